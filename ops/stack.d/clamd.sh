# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# clamd.sh - a private clamd that knows the EICAR test file and nothing else, so that no signatures are fetched.
#
# GUICHET_SIGNATURES names a folder with other signatures: those of freshclam, /var/lib/clamav.

clamd_configure()
{
	local signatures=${caller[GUICHET_SIGNATURES]:-$ops/clamav/signatures}
	state_shared
	home=$REPLY/clamd
	mkdir -p "$home"/{signatures,tmp}
	cp "$signatures"/* "$home/signatures/"
	port_of clamd
	cat "$ops/clamav/clamd.conf" - >"$home/clamd.conf" <<-CONF
		TCPSocket $REPLY
		TCPAddr 127.0.0.1
		DatabaseDirectory $home/signatures
		TemporaryDirectory $home/tmp
	CONF
	((EUID != 0)) || chown -R "$account_id:$account_id" "$home"
}

clamd_start()
{
	local as=() home
	clamd_configure
	((EUID != 0)) || as=(setpriv --reuid "$account_id" --regid "$account_id" --clear-groups --no-new-privs --)
	process_launch clamd "${as[@]}" clamd --config-file="$home/clamd.conf"
	eventually 120 clamd_ready
}

clamd_ready()
{
	process_alive clamd && port_listening $((base + port_offset[clamd]))
}

clamd_stop()
{
	process_end clamd TERM 5
}

clamd_kill()
{
	process_signal clamd KILL
	eventually 5 process_gone clamd
}
