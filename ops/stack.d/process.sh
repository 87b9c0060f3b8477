# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# process.sh - the processes this stack has started, and no others.
#
# STATE/run/NAME.pid holds a pid for whoever wants to signal it, NAME.started when
# that process began and in which boot. Only when both fit is it ours: a pid that
# the kernel has given to someone else since is never signalled.

# process_began PID - REPLY is its birthmark; fails when it is gone or a zombie.
process_began()
{
	local line fields
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
	read -ra fields <<<"${line##*) }"
	[[ ${fields[0]} != [ZX] ]] || return 1
	read -r REPLY </proc/sys/kernel/random/boot_id
	REPLY="${fields[19]} $REPLY"
}

# The calling (sub)shell is NAME from now on, also after exec.
process_record()
{
	local self=$BASHPID
	process_began "$self"
	printf '%s\n' "$REPLY" >"$state/run/$1.started"
	printf '%s\n' "$self" >"$state/run/$1.pid.new"
	mv -f "$state/run/$1.pid.new" "$state/run/$1.pid"
}

process_forget()
{
	rm -f "$state/run/$1.pid" "$state/run/$1.started" "$state/run/$1.binary" "$state/run/$1.deaths"
}

# process_alive NAME - REPLY is its pid.
process_alive()
{
	local pid started
	{ read -r pid <"$state/run/$1.pid" && read -r started <"$state/run/$1.started"; } 2>/dev/null || return 1
	process_began "$pid" && [[ $REPLY == "$started" ]] || return 1
	REPLY=$pid
}

process_gone()
{
	! process_alive "$1"
}

# process_signal NAME SIGNAL - quietly nothing when it has gone.
process_signal()
{
	! process_alive "$1" || kill -"$2" "$REPLY" 2>/dev/null || true
}

# process_end NAME SIGNAL SECONDS - ask, wait, then insist.
process_end()
{
	process_signal "$1" "$2"
	if ! eventually "$3" process_gone "$1"; then
		say "$1 did not stop within $3 s: killed"
		process_signal "$1" KILL
		eventually 5 process_gone "$1" || die "$1 cannot be killed"
	fi
	process_forget "$1"
}

# A daemon must hold nothing of ours: not the lock, not the caller's pipes.
process_close_files()
{
	local file
	for file in /proc/"$BASHPID"/fd/*; do
		file=${file##*/}
		((file < 3 || file == 255)) || eval "exec $file>&-"
	done
}

# process_launch NAME COMMAND... - in a session of its own, with a clean
# environment, its output appended to its log. Returns when it is on record;
# until then the variable launching names it, for whoever is interrupted here.
process_launch()
{
	local name=$1
	shift
	process_forget "$name"
	launching=$name
	(
		process_close_files 2>/dev/null
		exec </dev/null >>"$state/log/${name%.supervisor}.log" 2>&1
		cd /
		process_record "$name"
		exec env -i --default-signal=INT,QUIT,HUP,PIPE PATH="$PATH" LANG=C.UTF-8 setsid -- "$@"
	) &
	eventually 5 process_recorded "$name" || die "cannot write to $state/run"
	launching=
}

process_recorded()
{
	[[ -e $state/run/$1.pid ]]
}

# Pids whose working folder is the given one, in REPLY: children of a dead parent.
process_in_folder()
{
	local cwd
	REPLY=
	for cwd in /proc/[0-9]*/cwd; do
		[[ ! $cwd -ef $1 ]] || REPLY+=" ${cwd//[^0-9]/}"
	done
}
