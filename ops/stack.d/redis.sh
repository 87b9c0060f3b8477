# redis.sh - a private Redis 7 that keeps nothing on disk.

redis_start()
{
	port_of redis
	cat >"$state/redis/redis.conf" <<-CONF
		bind 127.0.0.1
		port $REPLY
		requirepass $REDIS_PASSWORD
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
