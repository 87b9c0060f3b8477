#!/bin/sh
# redis.sh - starts Redis in its container, with the users that redis-users.sh has written. Not every Compose waits for
# that service, so it is waited for here.
set -eu
umask 077
turn=0
until [ -e /users/users.acl ]; do
	turn=$((turn + 1))
	[ $turn -lt 60 ] || { echo "redis: redis-users has written no users" >&2; exit 1; }
	sleep 1
done
cat >/tmp/redis.conf <<CONF
aclfile /users/users.acl
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
CONF
exec redis-server /tmp/redis.conf
