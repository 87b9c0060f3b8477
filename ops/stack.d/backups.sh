# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# backups.sh - takes the backups that administrators ask for by the API, into DIR/backups, as the owner of the database.

backups_start()
{
	process_launch backups "$BASH" -c '. "$1" && BACKUPS=$2 exec "$3" backup --wanted' - \
		"$state/env" "$state/backups" "$bin/guichetctl"
}

backups_ready()
{
	process_alive backups
}

backups_stop()
{
	process_end backups TERM 3
}

backups_kill()
{
	process_signal backups KILL
	eventually 5 process_gone backups
}
