# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# catcher.sh - the mail catcher: every mail this stack sends ends in DIR/mail.

catcher_start()
{
	port_of catcher
	process_launch catcher env MAIL_CATCHER_FAULTS="${caller[MAIL_CATCHER_FAULTS]:-on}" PYTHONDONTWRITEBYTECODE=1 \
		/usr/bin/python3 "$ops/mail_catcher.py" --listen "127.0.0.1:$REPLY" --maildir "$state/mail"
	eventually 15 catcher_ready
}

catcher_ready()
{
	process_alive catcher && port_listening $((base + port_offset[catcher]))
}

catcher_stop()
{
	process_end catcher TERM 3
}

catcher_kill()
{
	process_signal catcher KILL
	eventually 5 process_gone catcher
}
