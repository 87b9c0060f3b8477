# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of run
# disk.sh - a full disk below PostgreSQL: its folder moves to a file system of its own, in memory and small, which is filled up in
# the middle of the load and emptied again. Sourced by run. Mounting takes root; who may not has one scenario less, and is told.

disk_room_mb=160 # beside what is there already

may_mount()
{
	mkdir -p "$work/mount"
	((EUID == 0)) && mount -t tmpfs -o size=1m guichet "$work/mount" 2>/dev/null && umount "$work/mount"
}

full_disk()
{
	local sentence="a full disk below PostgreSQL loses and doubles nothing of what was accepted"
	if [[ -z $list ]] && wanted disk-full && ! may_mount; then
		say "disk-full: left out, nothing can be mounted here"
		return 0
	fi
	scenario disk-full "$sentence" fill_disk
}

prepare_fill_disk()
{
	local used
	await_mail || return 1
	disk=$state/postgresql/data
	stack stop postgresql || return 1
	used=$(du -sm "$disk" | cut -f1)
	mv "$disk" "$disk.whole" && mkdir "$disk" &&
		mount -t tmpfs -o size=$((used + disk_room_mb))m,mode=700 guichet "$disk" &&
		chown --reference="$disk.whole" "$disk" && cp -a "$disk.whole/." "$disk/" && stack start postgresql
}

# Nothing fits any more, until the database has said so often.
fill_disk()
{
	load_reaches 20 || return 0
	cat /dev/zero >"$disk/ballast" 2>/dev/null
	say "full: $(df --output=avail "$disk" | tail -n 1) KB are left"
	eventually 30 refused_often || { rm "$disk/ballast"; say "PostgreSQL has not met it"; return 1; }
	rm "$disk/ballast"
	say "PostgreSQL has met it $refusals times"
	kills=$((kills + 1))
	eventually 30 database_is_back
	mail_copies["$run"]=$((mail_window * kills))
}

refused_often()
{
	refusals=$(grep -c 'No space left' "$state/log/postgresql.log")
	((refusals >= 50))
}

# Without room for its log PostgreSQL ends; whoever frees the disk starts it.
database_is_back()
{
	sql 'select 1' >/dev/null || { stack start postgresql; return 1; }
}

heal_fill_disk()
{
	stack stop postgresql && whole_disk_again && stack start postgresql
}

whole_disk_again()
{
	[[ -d ${disk:-}.whole ]] || return 0
	rm -rf "$disk.whole"
	cp -a "$disk" "$disk.whole" && umount "$disk" && rmdir "$disk" && mv "$disk.whole" "$disk"
}

# Of a run that ends in the middle.
let_go_of_disk()
{
	[[ -d ${disk:-}.whole ]] || return 0
	stack stop postgresql
	umount -l "$disk"
}
