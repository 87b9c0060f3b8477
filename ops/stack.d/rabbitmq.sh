# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# rabbitmq.sh - a private RabbitMQ 3.10 with an epmd of its own.
#
# The scripts of /usr/sbin would change to the system's user and configuration, so the
# server is called directly. Erlang's port mapper is started first: otherwise RabbitMQ
# starts one that outlives it. The node is guichet@localhost, so that the machine's own
# name need not resolve.

rabbitmq_server=/usr/lib/rabbitmq/bin/rabbitmq-server

rabbitmq_configure()
{
	local home=$state/rabbitmq amqp management prometheus
	amqp=$((base + port_offset[rabbitmq]))
	management=$((base + port_offset[management]))
	prometheus=$((base + port_offset[prometheus]))
	mkdir -p "$home"/{mnesia,generated,schema}
	echo '[rabbitmq_management,rabbitmq_prometheus].' >"$home/enabled_plugins"
	if [[ ! -e $home/.erlang.cookie ]]; then
		random_hex 16
		printf %s "$REPLY" >"$home/.erlang.cookie"
		chmod 400 "$home/.erlang.cookie"
	fi
	echo '[{rabbit, [{quorum_commands_soft_limit, 256}]}].' >"$home/advanced.config"
	cat >"$home/rabbitmq.conf" <<-CONF
		listeners.tcp.1 = 127.0.0.1:$amqp
		management.tcp.ip = 127.0.0.1
		management.tcp.port = $management
		prometheus.tcp.ip = 127.0.0.1
		prometheus.tcp.port = $prometheus
		default_user = guichet
		default_pass = $RABBITMQ_PASSWORD
		default_vhost = guichet
		loopback_users = none
		heartbeat = 10
		channel_max = 64
		raft.wal_max_size_bytes = 67108864
		vm_memory_high_watermark.absolute = 1GB
		disk_free_limit.absolute = 200MB
		log.file = rabbitmq.log
		log.file.level = info
	CONF
}

rabbitmq_environment()
{
	# Half of the cores: a second scheduler on two cores wakes and waits more than it works.
	local home=$state/rabbitmq schedulers=$((($(nproc) + 1) / 2))
	rabbitmq_env=(
		HOME="$home"
		RUNNING_UNDER_SYSTEMD=true # the script then becomes the VM, so that our pid is the VM's
		RABBITMQ_NODENAME=guichet@localhost
		RABBITMQ_USE_LONGNAME=false
		RABBITMQ_CONF_ENV_FILE=/dev/null
		RABBITMQ_CONFIG_FILE="$home/rabbitmq.conf"
		RABBITMQ_ADVANCED_CONFIG_FILE="$home/advanced.config"
		RABBITMQ_ENABLED_PLUGINS_FILE="$home/enabled_plugins"
		RABBITMQ_MNESIA_BASE="$home/mnesia"
		RABBITMQ_LOG_BASE="$state/log"
		RABBITMQ_PID_FILE="$home/pid"
		RABBITMQ_GENERATED_CONFIG_DIR="$home/generated"
		RABBITMQ_SCHEMA_DIR="$home/schema"
		RABBITMQ_FEATURE_FLAGS_FILE="$home/feature_flags"
		RABBITMQ_DIST_PORT=$((base + port_offset[distribution]))
		RABBITMQ_CTL_DIST_PORT_MIN=$((base + port_offset[ctl]))
		RABBITMQ_CTL_DIST_PORT_MAX=$((base + port_first_worker - 1))
		RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} +B i +S $schedulers:$schedulers +sbwt none +sbwtdcpu none +sbwtdio none"
		RABBITMQ_CTL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}'
		ERL_EPMD_ADDRESS=127.0.0.1
		ERL_EPMD_PORT=$((base + port_offset[epmd]))
	)
}

rabbitmq_start()
{
	rabbitmq_configure
	rabbitmq_environment
	port_of epmd
	process_alive epmd || process_launch epmd epmd -address 127.0.0.1 -port $((base + port_offset[epmd]))
	eventually 20 port_listening $((base + port_offset[epmd])) || return 1
	process_launch rabbitmq env "${rabbitmq_env[@]}" "$rabbitmq_server"
	eventually 180 rabbitmq_settled && rabbitmq_ready
}

rabbitmq_settled()
{
	rabbitmq_ready || { [[ -e $state/run/rabbitmq.pid ]] && process_gone rabbitmq; }
}

# Its listeners are opened last, and the management of them tells.
rabbitmq_ready()
{
	process_alive rabbitmq || return 1
	port_listening $((base + port_offset[rabbitmq])) || return 1
	printf 'user = "guichet:%s"\n' "$RABBITMQ_PASSWORD" |
		curl -fsS -m 5 -K - -o /dev/null 2>/dev/null --noproxy '*' \
			"http://127.0.0.1:$((base + port_offset[management]))/api/health/checks/port-listener/$((base + port_offset[rabbitmq]))"
}

# TERM ends the application at once, but the VM lingers for 7 s more for nothing.
rabbitmq_stop()
{
	if process_alive rabbitmq; then
		process_signal rabbitmq TERM
		eventually 10 port_free $((base + port_offset[rabbitmq])) || true
		if ! eventually_short process_gone rabbitmq; then
			process_signal rabbitmq KILL
		fi
	fi
	process_end rabbitmq KILL 5
	process_end epmd TERM 2
	eventually 5 port_free $((base + port_offset[distribution])) || true
}

# The half second in which a VM may write down what it still has.
eventually_short()
{
	local turn
	for turn in {1..17}; do
		! "$@" || return 0
		sleep 0.03
	done
	return 1
}

rabbitmq_kill()
{
	process_signal rabbitmq KILL
	eventually 5 process_gone rabbitmq
}
