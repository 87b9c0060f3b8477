# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# up.sh - from nothing, or from whatever runs already, to a stack that is ready.
#
# Services start side by side. What only needs one of them follows it at once, so that the
# database is migrated while RabbitMQ, the slowest, still starts. Then come the programs.

stack_up()
{
	local since
	now_ms
	since=$REPLY
	program_must_exist
	state_create
	state_lock
	port_load
	stack_check_base
	program_discover
	state_secrets
	port_save
	program_find_ingress
	stack_check
	state_write_env
	stack_start_parts
	stack_start_programs
	stack_wait_ready
	: >"$state/run/up"
	state_unlock
	say_since "$since" "Guichet is ready at $ingress_url"
}

# The base of a running stack cannot change under it.
stack_check_base()
{
	local name
	[[ $base =~ ^[0-9]{4,5}$ ]] && ((base >= 1024 && base <= 65400)) ||
		die "--port-base $base is not between 1024 and 65400"
	[[ -n $port_recorded_base && $port_recorded_base != "$base" ]] || return 0
	for name in "${stack_parts[@]}"; do
		process_gone "$name" || die "this stack runs with --port-base $port_recorded_base: bring it down first"
	done
}

# Packages, and the ports of what does not run yet.
stack_check()
{
	local name
	if process_gone postgresql || process_gone rabbitmq; then
		"$ops/setup" --check run || die "packages are missing: run make setup"
	fi
	process_alive postgresql || port_must_be_free postgresql
	process_alive redis || port_must_be_free redis
	process_alive catcher || port_must_be_free catcher
	process_alive clamd || port_must_be_free clamd
	process_alive epmd || port_must_be_free epmd
	if process_gone rabbitmq; then
		for name in rabbitmq management prometheus distribution; do
			port_must_be_free "$name"
		done
	fi
	for name in "${program_names[@]}"; do
		process_alive "$name.supervisor" && continue
		if [[ $name == ingress ]]; then
			port_must_be_free ingress "${ingress_url##*:}"
			port_must_be_free metrics
		else
			port_must_be_free "$name"
		fi
		[[ $name != mail-ingress ]] || { port_must_be_free lmtp; port_must_be_free smtp; }
	done
}

# Services start side by side, each followed by what has only waited for it.
stack_start_parts()
{
	local part pid failed=''
	stack_prepared || rm -f "$state/run/prepared"
	starting=()
	for part in "${stack_parts[@]}"; do
		(
			part_up "$part"
			[[ -e $state/run/prepared ]] || stack_prepare "$part"
		) &
		starting+=($!)
	done
	for pid in "${starting[@]}"; do
		wait "$pid" || failed=1
	done
	starting=()
	[[ -z $failed ]] || die "not everything started; what did still runs (ops/stack down)"
	stack_signature >"$state/run/prepared"
}

# Migrations, the topology and the first administrator are as this guichetctl wants them.
stack_prepared()
{
	[[ "$(stack_signature)" == "$(cat "$state/run/prepared" 2>/dev/null)" ]] &&
		process_alive postgresql && process_alive rabbitmq
}

stack_signature()
{
	stat -Lc '%n %d:%i:%s:%y' "$bin/guichetctl"
	cksum <"$state/secrets/passwords"
}

stack_prepare()
{
	case $1 in
	postgresql)
		ctl_database=postgresql://postgres:$POSTGRES_PASSWORD@127.0.0.1:$((base + port_offset[postgresql]))/guichet \
			ctl 'making the roles' roles
		ctl 'migrating the database' migrate
		ctl 'adding the first administrator' user add --email "$ADMIN_EMAIL" --role admin \
			--if-absent --password-stdin <<<"$ADMIN_PASSWORD"
		;;
	rabbitmq)
		ctl 'applying the topology' topology apply
		;;
	backups)
		# By this guichetctl, and not by one of before.
		backups_stop && backups_start
		;;
	redis)
		# One that was started without a file of users loads none.
		redis_load_users || { redis_stop && redis_start; } || { log_tail redis; die 'Redis refuses its users'; }
		;;
	esac
}

# ctl WHAT ARGUMENT... - guichetctl as the owner of this stack, or as who ctl_database says.
ctl()
{
	local what=$1 since output
	shift
	now_ms
	since=$REPLY
	# shellcheck disable=SC1091
	output=$(. "$state/env" && DATABASE_URL=${ctl_database:-$DATABASE_URL} "$bin/guichetctl" "$@" 2>&1) ||
		die "$what failed: guichetctl $*"$'\n'"$output"
	[[ -z $output ]] || printf '%s\n' "$output" >>"$state/log/guichetctl.log"
	say_since "$since" "$what"
}

part_up()
{
	local since
	now_ms
	since=$REPLY
	if process_alive "$1"; then
		eventually 90 "$1_ready" || { log_tail "$1"; die "$1 runs but is not ready"; }
		return
	fi
	"$1_start" || { log_tail "$1"; die "$1 did not start"; }
	say_since "$since" "starting $1"
}

# Those that are not running, and those whose binary or settings have changed.
stack_start_programs()
{
	local name changed=() known=" ${program_names[*]} "
	program_running
	for name in $REPLY; do
		[[ $known == *" $name "* ]] || changed+=("$name")
	done
	for name in "${program_names[@]}"; do
		if program_write_env "$name" || program_outdated "$name"; then
			changed+=("$name")
		fi
	done
	program_stop "${changed[@]}"
	for name in "${program_names[@]}"; do
		program_start "$name"
	done
}

# All of the given programs, or all there are, within two minutes.
stack_wait_ready()
{
	local name deadline unready
	(($#)) || set -- "${program_names[@]}"
	now_ms
	deadline=$((REPLY + 120000))
	unready=" $*"
	while :; do
		# shellcheck disable=SC2086 # several names
		program_unready $unready
		unready=$REPLY
		[[ -n $unready ]] || return 0
		now_ms
		((REPLY < deadline)) && ! stack_hopeless "$unready" || break
		sleep 0.05
	done
	for name in $unready; do
		log_tail "$name"
	done
	die "not ready:$unready"
}

# A program that keeps dying, or has stopped by itself, will not become ready.
stack_hopeless()
{
	local name deaths
	for name in $1; do
		deaths=$(cat "$state/run/$name.deaths" 2>/dev/null || echo 0)
		((deaths < 8)) && process_alive "$name.supervisor" || return 0
	done
	return 1
}
