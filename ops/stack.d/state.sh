# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# state.sh - the folder a stack lives in: its lock, its secrets, its env file.
#
#   DIR/env        for tests and people: . DIR/env
#   DIR/ports      which part listens where
#   DIR/secrets/   passwords (program:password) and stack (NAME=value), made once
#   DIR/programs/  NAME.env, the exact environment of each program
#   DIR/run/       NAME.pid and what else is true of a running process
#   DIR/log/       NAME.log
#   DIR/mail/      the Maildir of the mail catcher
#   DIR/backups/   what was asked for by the API
#   DIR/postgresql DIR/rabbitmq DIR/redis DIR/objects DIR/clamd   data

mapfile -t state_programs < <("$ops/programs" | cut -d' ' -f1)

state_create()
{
	(umask 022 && mkdir -p "$state")
	[[ -O $state ]] || die "$state belongs to another user"
	[[ -d $state/secrets || -z "$(ls -A "$state")" ]] || die "$state is not empty and holds no stack"
	state=$(readlink -f "$state")
	# PostgreSQL's user passes through here; what is inside has its own modes.
	chmod 711 "$state"
	mkdir -p "$state"/{run,log,secrets,programs,redis,mail/{tmp,new,cur},rabbitmq}
	state_shared
	(umask 022 && mkdir -p "$REPLY/objects")
	((EUID != 0)) || chown "$account_id:$account_id" "$REPLY/objects"
}

# state_shared - in REPLY the folder below which programs open files themselves: the state's own, but where root
# started them and their account cannot come that far (a checkout in /root), one of the state's in /var/tmp.
state_shared()
{
	REPLY=$state
	((EUID == 0)) && ! account_may -x "$state" || return 0
	REPLY=/var/tmp/guichet-$(printf '%s' "$state" | sha256sum | cut -c1-16)
	[[ -d $REPLY ]] || (umask 022 && mkdir -m 711 "$REPLY")
	[[ -O $REPLY && ! -L $REPLY ]] || die "$REPLY belongs to another user"
}

# One command at a time changes a stack. The lock goes when this process does, and an
# interrupted up goes down under the lock it has.
state_lock()
{
	[[ -z ${lock_fd:-} ]] || return 0
	exec {lock_fd}>"$state/lock"
	flock -n "$lock_fd" || {
		say "another command is at work on $state: waiting"
		flock -w 120 "$lock_fd" || die "$state is still locked after 120 s"
	}
}

state_unlock()
{
	exec {lock_fd}>&-
	lock_fd=
}

# random_hex BYTES - in REPLY.
random_hex()
{
	REPLY=$(od -An -v -N"$1" -tx1 /dev/urandom | tr -d ' \n')
}

# secret NAME - of a program, in REPLY; made when it has none. The file has the names of rows.
state_password()
{
	local name password row=${1//-/_}
	while IFS=: read -r name password; do
		if [[ $name == "$row" ]]; then
			REPLY=$password
			return
		fi
	done <"$state/secrets/passwords"
	random_hex 16
	printf '%s:%s\n' "$row" "$REPLY" >>"$state/secrets/passwords"
}

state_secrets()
{
	local name
	[[ -e $state/secrets/passwords ]] || : >"$state/secrets/passwords"
	for name in "${state_programs[@]}"; do
		state_password "$name"
	done
	if [[ ! -e $state/secrets/stack ]]; then
		{
			for name in POSTGRES_PASSWORD OWNER_PASSWORD RABBITMQ_PASSWORD REDIS_PASSWORD ADMIN_PASSWORD; do
				random_hex 16
				echo "$name=$REPLY"
			done
			random_hex 32
			echo "JWT_SECRET=$REPLY"
			random_hex 32
			echo "AUDIT_KEY=$REPLY"
			echo "ADMIN_EMAIL=admin@guichet.localhost"
		} >"$state/secrets/stack.new"
		mv "$state/secrets/stack.new" "$state/secrets/stack"
	fi
	# One that a later version wants, of a stack that was there before.
	for name in MAIL_KEY WEBHOOK_KEY INBOUND_KEY; do
		grep -q "^$name=" "$state/secrets/stack" && continue
		random_hex 32
		echo "$name=$REPLY" >>"$state/secrets/stack"
	done
	. "$state/secrets/stack"
}

# shell_quote WORDS - for a POSIX shell, in REPLY.
shell_quote()
{
	REPLY="'${1//\'/\'\\\'\'}'"
}

# state_write_env - DIR/env, for whoever tests or looks around.
state_write_env()
{
	local name shared
	state_shared
	shared=$REPLY
	local -A value=(
		[GUICHET_STATE]=$state
		[LOG_DIR]=$state/log
		[GUICHET_URL]=$ingress_url
		[GUICHET_LMTP]=127.0.0.1:$((base + port_offset[lmtp]))
		[GUICHET_SMTP]=127.0.0.1:$((base + port_offset[smtp]))
		[GUICHET_MAIL_DIR]=$state/mail
		[STORE_URL]=file://$shared/objects
		[GUICHET_ADMIN_EMAIL]=$ADMIN_EMAIL
		[GUICHET_ADMIN_PASSWORD]=$ADMIN_PASSWORD
		[DATABASE_URL]=postgresql://guichet:$OWNER_PASSWORD@127.0.0.1:$((base + port_offset[postgresql]))/guichet
		[AMQP_URL]=amqp://guichet:$RABBITMQ_PASSWORD@127.0.0.1:$((base + port_offset[rabbitmq]))/guichet
		[RABBITMQ_MANAGEMENT_URL]=http://guichet:$RABBITMQ_PASSWORD@127.0.0.1:$((base + port_offset[management]))
		[REDIS_URL]=redis://guichet:$REDIS_PASSWORD@127.0.0.1:$((base + port_offset[redis]))/0
		[INBOUND_KEY]=${caller[INBOUND_KEY]:-$INBOUND_KEY}
		[AUDIT_KEY]=${caller[AUDIT_KEY]:-$AUDIT_KEY}
		[PROGRAM_PASSWORDS]=$state/secrets/passwords
		[JWT_SECRET]=${caller[JWT_SECRET]:-$JWT_SECRET}
		[MAIL_KEY]=${caller[MAIL_KEY]:-$MAIL_KEY}
		[WEBHOOK_KEY]=${caller[WEBHOOK_KEY]:-$WEBHOOK_KEY}
		[SMTP_URL]=${caller[SMTP_URL]:-smtp://127.0.0.1:$((base + port_offset[catcher]))}
		[CLAMD_URL]=${caller[CLAMD_URL]:-tcp://127.0.0.1:$((base + port_offset[clamd]))}
		[SPOOL_DIR]=$shared/objects
		[DOCTOR_DISKS]=$state
	)
	[[ -z ${caller[TLS_CERTIFICATE]:-} ]] || value[TLS_CERTIFICATE]=${caller[TLS_CERTIFICATE]}
	{
		echo "# The stack in this folder. To use it in a shell: . $state/env"
		for name in $(printf '%s\n' "${!value[@]}" | sort); do
			shell_quote "${value[$name]}"
			echo "export $name=$REPLY"
		done
		shell_quote "$bin"
		echo "case :\$PATH: in *:$REPLY:*) ;; *) export PATH=$REPLY:\$PATH ;; esac"
	} >"$state/env.new"
	mv "$state/env.new" "$state/env"
}

# What the caller has set, but for what came from sourcing the env file of a stack:
# that is the owner's, and must not reach the programs as if it had been wished.
state_load_caller()
{
	local name entry
	local -A sourced=()
	if [[ -n ${GUICHET_STATE:-} && -r $GUICHET_STATE/env ]]; then
		while IFS= read -r -d '' entry; do
			sourced[${entry%%=*}]=${entry#*=}
		done < <(env -i PATH="$PATH" "$BASH" -c '. "$1"; env -0' - "$GUICHET_STATE/env")
	fi
	while read -r name; do
		[[ $name =~ ^[A-Z][A-Z0-9_]+$ ]] || continue
		[[ ${sourced[$name]-$'\1'} != "${!name}" ]] || continue
		caller[$name]=${!name}
	done < <(compgen -e)
}
