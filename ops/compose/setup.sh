#!/bin/bash
# setup.sh - the service "setup" of docker-compose.yml: roles, schema, broker, users of Redis, first administrator.
#
# May run any number of times, and does at each `up`. Waits for services that are starting,
# because not every Compose does.
set -eu
umask 077
export PROGRAM_PASSWORDS=/tmp/passwords

# Passwords are parts of URLs, where other characters would mean something.
for entry in $PASSWORDS $SERVICE_PASSWORDS; do
	case ${entry#*:} in
	*[!A-Za-z0-9._~-]*)
		echo "setup: only letters, digits and . _ ~ - may be in the password of ${entry%%:*} (ops/env says the same)" >&2
		exit 1
		;;
	esac
done

# eventually COMMAND... - within a minute; what it said last is shown when it never succeeds.
eventually()
{
	turn=0
	until "$@" >/tmp/said 2>&1; do
		turn=$((turn + 1))
		if [ $turn -ge 60 ]; then
			cat /tmp/said >&2
			exit 1
		fi
		sleep 1
	done
	cat /tmp/said
}

# Redis reads the users that redis-users.sh has written: it may have started with others. It may close the connection
# for that before it answers QUIT.
redis_reads_users()
{
	local said
	exec 3<>/dev/tcp/redis/6379 || return 1
	printf 'AUTH guichet %s\r\nACL LOAD\r\nQUIT\r\n' "$REDIS_PASSWORD" >&3
	said=$(tr -d '\r' <&3)
	exec 3>&-
	[[ $said == $'+OK\n+OK'* ]] || { printf 'redis: %s\n' "$said"; return 1; }
}

# shellcheck disable=SC2086 # several words
printf '%s\n' $PASSWORDS >$PROGRAM_PASSWORDS
eventually env DATABASE_URL="$SUPERUSER_DATABASE_URL" guichetctl roles
guichetctl migrate
eventually guichetctl topology apply
eventually redis_reads_users
printf '%s\n' "$ADMIN_PASSWORD" |
	guichetctl user add --email "$ADMIN_EMAIL" --role admin --if-absent --password-stdin
