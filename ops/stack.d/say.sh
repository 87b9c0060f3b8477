# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# say.sh - what the stack tells the person in front of it, all on stderr. That nobody
# reads it any more (a closed terminal) is no reason to stop half-way.

say()
{
	printf '%s\n' "$*" >&2 2>/dev/null || true
}

die()
{
	printf 'stack: %s\n' "$*" >&2
	exit 1
}

# The present time in milliseconds, in REPLY.
now_ms()
{
	local now=${EPOCHREALTIME/[.,]/}
	REPLY=$((now / 1000))
}

# say_since SINCE_MS WORDS... - a line of progress with the time it took.
say_since()
{
	local since=$1 took
	shift
	now_ms
	took=$((REPLY - since))
	printf '%s … %d.%d s\n' "$*" $((took / 1000)) $((took % 1000 / 100)) >&2 2>/dev/null || true
}

# eventually SECONDS COMMAND... - until the command succeeds, or fails at the deadline.
eventually()
{
	local deadline pause=0.003
	now_ms
	deadline=$((REPLY + $1 * 1000))
	shift
	until "$@"; do
		now_ms
		((REPLY < deadline)) || return 1
		sleep "$pause"
		pause=0.03
	done
}
