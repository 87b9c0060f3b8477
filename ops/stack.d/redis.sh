# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# redis.sh - a private Redis 7 that keeps nothing on disk but its users.

# A user for each program, and the owner. Redis itself checks the file, when it is told to load it.
redis_write_users()
{
	local users owner
	users=$(PROGRAM_PASSWORDS=$state/secrets/passwords "$bin/guichetctl" topology redis) || return 1
	owner=$(printf %s "$REDIS_PASSWORD" | sha256sum)
	printf '%s\nuser guichet on #%s ~* &* +@all\n' "$users" "${owner%% *}" >"$state/redis/users.acl.new"
	mv "$state/redis/users.acl.new" "$state/redis/users.acl"
}

# Other users than it was started with; Redis closes the connections of those it had.
redis_load_users()
{
	redis_write_users || return 1
	port_of redis
	[[ $(REDISCLI_AUTH=$REDIS_PASSWORD redis-cli -p "$REPLY" --user guichet acl load 2>&1) == OK ]]
}

redis_start()
{
	redis_write_users || return 1
	port_of redis
	cat >"$state/redis/redis.conf" <<-CONF
		bind 127.0.0.1
		port $REPLY
		aclfile "$state/redis/users.acl"
		dir "$state/redis"
		daemonize no
		save ""
		appendonly no
		maxmemory 256mb
		maxmemory-policy allkeys-lru
	CONF
	process_launch redis redis-server "$state/redis/redis.conf"
	eventually 10 redis_ready
}

redis_ready()
{
	port_of redis
	process_alive redis && port_listening $((base + port_offset[redis]))
}

redis_stop()
{
	process_end redis TERM 5
}

redis_kill()
{
	process_signal redis KILL
	eventually 5 process_gone redis
}
