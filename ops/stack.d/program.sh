# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# program.sh - the programs of Guichet: every guichet-* in the folder of binaries that has a row in queues/programs.def.
#
# Each has a role in PostgreSQL, a user in RabbitMQ and in Redis, a port and a log of its own, and in
# its environment no secret but its own. What the caller of the stack has set wins, in
# those programs that know the name.

# Which there are, in program_names: a new worker needs no change here. The ingress is
# last, so that it finds the others.
program_discover()
{
	local name
	program_names=()
	for name in $("$ops/programs" door lane consumer ticker | cut -d' ' -f1 | LC_ALL=C sort); do
		[[ ! -x $bin/guichet-$name ]] || program_names+=("$name")
	done
	[[ ! -x $bin/guichet-ingress ]] || program_names+=(ingress)
}

program_must_exist()
{
	[[ -x $bin/guichet-ingress && -x $bin/guichetctl ]] ||
		die "there is no guichet-ingress or no guichetctl in $bin: run make first, or set GUICHET_BIN"
}

# program_settings NAME - fills the map settings with what the stack gives that program.
program_settings()
{
	local password shared role=guichet_${1//-/_}
	state_shared
	shared=$REPLY
	state_password "$1"
	password=$REPLY
	port_of "$1"
	settings=(
		[PATH]=$PATH
		[HOME]=$state
		[LANG]=C.UTF-8
		[DATABASE_URL]=postgresql://$role:$password@127.0.0.1:$((base + port_offset[postgresql]))/guichet
		[AMQP_URL]=amqp://$role:$password@127.0.0.1:$((base + port_offset[rabbitmq]))/guichet
		[REDIS_URL]=redis://$role:$password@127.0.0.1:$((base + port_offset[redis]))/0
		[PROBE_LISTEN]=127.0.0.1:$REPLY
		[LOG_LEVEL]=info
	)
	case $1 in
	ingress)
		unset 'settings[PROBE_LISTEN]'
		settings[LISTEN]=127.0.0.1:$REPLY
		settings[METRICS_LISTEN]=127.0.0.1:$((base + port_offset[metrics]))
		settings[JWT_SECRET]=$JWT_SECRET
		settings[MAIL_KEY]=$MAIL_KEY
		settings[WEBHOOK_KEY]=$WEBHOOK_KEY
		settings[INBOUND_KEY]=$INBOUND_KEY
		settings[STORE_URL]=file://$shared/objects
		settings[SPOOL_DIR]=$shared/objects
		;;
	scan)
		settings[STORE_URL]=file://$shared/objects
		settings[SPOOL_DIR]=$shared/objects
		settings[CLAMD_URL]=tcp://127.0.0.1:$((base + port_offset[clamd]))
		program_share guichetpicture PICTURE_PROGRAM
		;;
	intake)
		settings[MAIL_KEY]=$MAIL_KEY
		settings[MAIL_FROM]=support@guichet.localhost
		settings[STORE_URL]=file://$shared/objects
		settings[SPOOL_DIR]=$shared/objects
		program_share guichetmail MAIL_PROGRAM
		;;
	mail-ingress)
		unset 'settings[AMQP_URL]' 'settings[REDIS_URL]'
		settings[MAIL_LMTP_LISTEN]=127.0.0.1:$((base + port_offset[lmtp]))
		settings[MAIL_SMTP_LISTEN]=127.0.0.1:$((base + port_offset[smtp]))
		settings[MAIL_FROM]=support@guichet.localhost
		settings[STORE_URL]=file://$shared/objects
		settings[SPOOL_DIR]=$shared/objects
		;;
	fetch)
		settings[MAIL_FROM]=support@guichet.localhost
		settings[STORE_URL]=file://$shared/objects
		settings[SPOOL_DIR]=$shared/objects
		;;
	audit)
		settings[AUDIT_KEY]=$AUDIT_KEY
		;;
	monitor)
		settings[MONITOR_DISKS]=$state
		settings[MONITOR_BROKER]=http://127.0.0.1:$((base + port_offset[management]))
		;;
	webhook)
		settings[WEBHOOK_KEY]=$WEBHOOK_KEY
		;;
	mail)
		settings[MAIL_KEY]=$MAIL_KEY
		settings[SMTP_URL]=smtp://127.0.0.1:$((base + port_offset[catcher]))
		settings[MAIL_FROM]=support@guichet.localhost
		settings[PUBLIC_URL]=$ingress_url
		settings[STORE_URL]=file://$shared/objects
		settings[SPOOL_DIR]=$shared/objects
		;;
	esac
}

# program_wishes NAME - puts what the caller has set over it. A variable goes only to the
# programs in whose file its name occurs, so that what else the caller has in the
# environment (tokens, say) neither reaches them nor is written down.
program_wishes()
{
	local name words
	# A name may be the tail of another: linkers share the text of such strings.
	words=$(LC_ALL=C tr -c 'A-Z0-9_' '\n' <"$bin/guichet-$1" | LC_ALL=C grep -E '.{4}' | LC_ALL=C sort -u)$'\n'
	for name in "${!caller[@]}"; do
		case $name in
		PATH | HOME | LANG | TERM | USER | SHELL | LOGNAME | PWD | OLDPWD | SHLVL | BASH*) ;;
		PROBE_LISTEN | PROGRAM_PASSWORDS | RABBITMQ_* | GUICHET_*) ;;
		JWT_SECRET) [[ $1 != ingress ]] || settings[$name]=${caller[$name]} ;;
		MAIL_KEY) [[ $1 != ingress && $1 != mail && $1 != intake ]] || settings[$name]=${caller[$name]} ;;
		IMAP_ACCOUNTS) [[ $1 != fetch ]] || settings[$name]=${caller[$name]} ;;
		WEBHOOK_KEY) [[ $1 != ingress && $1 != webhook ]] || settings[$name]=${caller[$name]} ;;
		INBOUND_KEY) [[ $1 != ingress ]] || settings[$name]=${caller[$name]} ;;
		AUDIT_KEY) [[ $1 != audit ]] || settings[$name]=${caller[$name]} ;;
		LISTEN) [[ $1 != ingress ]] || settings[$name]=${caller[$name]} ;;
		[ALT]SAN_OPTIONS | UBSAN_OPTIONS | SSL_CERT_FILE | SSL_CERT_DIR | TZ) settings[$name]=${caller[$name]} ;;
		*) [[ $words != *"$name"$'\n'* ]] || settings[$name]=${caller[$name]} ;;
		esac
	done
}

# A file that a setting names must be readable to the account that the program will be.
program_can_read()
{
	local name
	for name in "${!settings[@]}"; do
		[[ ${settings[$name]} != /* || ! -f ${settings[$name]} ]] || account_may -r "${settings[$name]}" ||
			die "$name of $1: ${settings[$name]} cannot be read by the account that the programs run as ($account_id)"
	done
}

# What it was started with last time, which a single start or restart keeps.
program_recorded()
{
	local entry
	while IFS= read -r -d '' entry; do
		case $entry in PWD=* | SHLVL=* | OLDPWD=* | _=*) continue ;; esac
		settings[${entry%%=*}]=${entry#*=}
	done < <(env -i "$BASH" -c '. "$1" && env -0' - "$state/programs/$1.env" 2>/dev/null)
}

# program_write_env NAME [KEEP] - DIR/programs/NAME.env; fails when it is as it was.
program_write_env()
{
	local name file=$state/programs/$1.env
	local -A settings
	program_settings "$1"
	[[ -z ${2:-} ]] || program_recorded "$1"
	program_wishes "$1"
	program_can_read "$1"
	for name in $(printf '%s\n' "${!settings[@]}" | LC_ALL=C sort); do
		shell_quote "${settings[$name]}"
		echo "export $name=$REPLY"
	done >"$file.new"
	! cmp -s "$file.new" "$file" || { rm "$file.new"; return 1; }
	mv "$file.new" "$file"
}

# Where LISTEN, if the caller has set it, lets the ingress be reached from here.
program_find_ingress()
{
	local listen=${caller[LISTEN]:-} host
	read -r listen _ <<<"${listen//,/ }" || true # the first of several
	port_of ingress
	listen=${listen:-127.0.0.1:$REPLY}
	[[ $listen == *:* ]] || listen=127.0.0.1:$listen
	host=${listen%:*}
	case $host in '' | 0.0.0.0 | '[::]' | '*') host=127.0.0.1 ;; esac
	ingress_url=http://$host:${listen##*:}
}

# Started from a file that has changed since?
program_outdated()
{
	[[ "$(stat -Lc '%n %d:%i:%s:%y' "$bin/guichet-$1")" != "$(cat "$state/run/$1.binary" 2>/dev/null)" ]]
}

# program_share FILE SETTING - what a program starts by itself must be reached by its name.
program_share()
{
	local from=$bin/$1 to=$shared/$1
	settings[$2]=$from
	! account_may -x "$from" || return 0
	cmp -s "$from" "$to" || install -m 755 "$from" "$to"
	settings[$2]=$to
}

program_start()
{
	[[ -x $bin/guichet-$1 ]] || die "there is no guichet-$1 in $bin"
	! process_alive "$1.supervisor" || return 0
	rm -f "$state/run/$1.deaths"
	process_launch "$1.supervisor" "$BASH" "$ops/supervise" "$1" "$state" "$bin/guichet-$1"
}

# The given programs drain, all at the same time, for 10 s at most.
program_stop()
{
	local name
	for name in "$@"; do
		process_signal "$name.supervisor" TERM
	done
	eventually 10 program_all_gone "$@" || {
		for name in "$@"; do
			! process_alive "$name" || say "$name did not drain within 10 s: killed"
			process_signal "$name" KILL
		done
		eventually 5 program_all_gone "$@" || true
	}
	for name in "$@"; do
		process_end "$name.supervisor" KILL 5
		process_end "$name" KILL 5
	done
}

program_all_gone()
{
	local name
	for name in "$@"; do
		process_gone "$name.supervisor" && process_gone "$name" || return 1
	done
}

# Those that run, whether their file still exists or not, in REPLY.
program_running()
{
	local file
	REPLY=
	for file in "$state"/run/*.supervisor.pid; do
		[[ -e $file ]] || continue
		file=${file##*/}
		REPLY+=" ${file%.supervisor.pid}"
	done
}

# KILL goes to the program itself; its supervisor starts it again.
program_kill()
{
	process_signal "$1" KILL
}

# /ready of NAME, in REPLY.
program_ready_url()
{
	port_of "$1"
	if [[ $1 == ingress ]]; then
		REPLY=$ingress_url/ready
	else
		REPLY=http://127.0.0.1:$REPLY/ready
	fi
}

# Of the given programs those that are not ready, in REPLY: one curl asks all.
program_unready()
{
	local name urls=() codes=() unready='' i=0
	for name in "$@"; do
		program_ready_url "$name"
		urls+=(-o /dev/null "$REPLY")
	done
	REPLY=
	(($#)) || return 0
	mapfile -t codes < <(curl -s -m 2 --noproxy '*' -w '%{http_code}\n' "${urls[@]}" 2>/dev/null || true)
	for name in "$@"; do
		if [[ ${codes[i++]:-} != 200 ]] || process_gone "$name"; then
			unready+=" $name"
		fi
	done
	REPLY=$unready
}
