# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# account.sh - who the programs are, when root starts them: nobody who can do anything.
#
# The account is a number alone, of those that systemd gives to services for a while;
# /etc/passwd is not touched. What a program reads it must be able to read as that
# account; the program file itself it is handed, wherever that lies.

account_id=64847

# account_drop_options NAME - for setpriv, in account_options. The ingress may have ports below 1024.
account_drop_options()
{
	account_options=()
	((EUID == 0)) || return 0
	account_options=(--reuid "$account_id" --regid "$account_id" --clear-groups --no-new-privs)
	[[ $1 != ingress ]] || account_options+=(--inh-caps +net_bind_service --ambient-caps +net_bind_service)
}

# account_reach FILE - a name by which the account can execute it, in REPLY.
account_reach()
{
	REPLY=$1
	((EUID == 0)) && ! account_may -x "$1" || return 0
	exec {account_program}<"$1"
	REPLY=/proc/self/fd/$account_program
}

# account_may -r|-x FILE
account_may()
{
	((EUID == 0)) || { test "$1" "$2"; return; }
	setpriv --reuid "$account_id" --regid "$account_id" --clear-groups -- test "$1" "$2"
}
