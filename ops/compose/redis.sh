#!/bin/sh
# redis.sh - starts Redis in its container. The password stands in a file and in no argument.
set -eu
umask 077
cat >/tmp/redis.conf <<CONF
requirepass $REDIS_PASSWORD
save ""
appendonly no
maxmemory 256mb
maxmemory-policy allkeys-lru
CONF
exec redis-server /tmp/redis.conf
