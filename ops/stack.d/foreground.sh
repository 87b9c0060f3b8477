# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# foreground.sh - a command that stays in the foreground until it is told to stop.
#
# INT, TERM and HUP end it, sent to it alone or to its whole group, as a terminal does.
# So it waits without a child: one would die of the same signal, and who waits for it
# would be woken twice.

# foreground_begin END - END gets the exit code, once, whichever way the end comes.
foreground_begin()
{
	trap "$1"' $?' EXIT
	trap 'exit 0' INT TERM HUP
	trap '' PIPE
}

# foreground_while FILE - returns when the file is gone.
foreground_while()
{
	local never
	exec {never}<> <(:)
	while [[ -e $1 ]]; do
		read -r -t 1 -u "$never" || true
	done
	exec {never}>&-
}
