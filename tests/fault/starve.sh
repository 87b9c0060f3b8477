# shellcheck shell=bash disable=SC2154 # the variables are those of run
# starve.sh - hardly any processor: the programs of the way of a command share a twentieth of one until that has held them back for ten seconds, by a control group
# (version 1 or 2). Sourced by run. Making one takes root; who may not has one scenario less, and is told.

starved_programs=(ingress ticket relay audit notify mail)

# The group that has the controller; ours is made within.
cpu_root()
{
	if [[ -d /sys/fs/cgroup/cpu && -w /sys/fs/cgroup/cpu ]]; then
		REPLY=/sys/fs/cgroup/cpu
	else
		REPLY=/sys/fs/cgroup
		grep -qw cpu /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
	fi
}

may_starve()
{
	((EUID == 0)) && cpu_root && mkdir -p "$REPLY/guichet-fault-$$" 2>/dev/null && rmdir "$REPLY/guichet-fault-$$"
}

starved()
{
	local sentence="a twentieth of a processor for all programs together loses and doubles nothing"
	if [[ -z $list ]] && wanted starved && ! may_starve; then
		say "starved: left out, no control group can be made here"
		return 0
	fi
	scenario starved "$sentence" starve
}

starve()
{
	local group name good periods
	load_reaches 20 || return 0
	cpu_root
	group=$REPLY/guichet-fault-$$
	mkdir "$group"
	if [[ -e $group/cpu.max ]]; then
		echo "5000 100000" >"$group/cpu.max"
	else
		echo 5000 >"$group/cpu.cfs_quota_us"
	fi
	for name in "${starved_programs[@]}"; do
		cat "$state/run/$name.pid" >"$group/cgroup.procs"
	done
	eventually 60 held_back_often "$group"
	good=$?
	say "held back in $periods periods"
	for name in "${starved_programs[@]}"; do
		cat "$state/run/$name.pid" >"${group%/*}/cgroup.procs"
	done
	rmdir "$group"
	return "$good"
}

# For ten seconds in all, a tenth of a second each.
held_back_often()
{
	periods=$(sed -n 's/^nr_throttled //p' "$1/cpu.stat")
	((periods >= 100))
}
