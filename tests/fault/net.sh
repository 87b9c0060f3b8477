# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of run
# net.sh - a bad network: proxy.c stands between all programs of the way of a command and RabbitMQ, or PostgreSQL. Sourced by run.

net_programs=(ingress ticket relay audit notify mail)

# by_proxy SETTING SERVER_PORT - from now on the programs reach that server through the proxy.
by_proxy()
{
	local name port=$((port_base + 90)) value
	mkfifo "$work/net"
	"$FAULT_TOOLS/proxy" "$port" "$2" <"$work/net" &
	net_proxy=$!
	background+=("$net_proxy")
	exec {net}>"$work/net"
	net_setting=$1
	for name in "${net_programs[@]}"; do
		value=$(sed -n "s/^export $1='\\(.*\\)'$/\\1/p" "$state/programs/$name.env")
		[[ $value == *:$2/* ]] || { say "$name has no $1 at $2"; return 1; }
		echo "$value" >"$work/net.$name"
		program_setting "$name" "$1" "${value/:$2\//:$port/}"
	done
	start_again
}

# Each ends in good order and is started by hand, with the settings in its file.
start_again()
{
	local name
	for name in "${net_programs[@]}"; do
		try_kill_program "$name"
	done
	eventually 60 stack_is_ready || { say "the programs do not come back"; return 1; }
}

stack_is_ready()
{
	[[ $(curl -s -m 2 --noproxy '*' -o "$work/ready" -w '%{http_code}' "$url/ready") == 200 ]]
}

straight_again()
{
	local name
	net_is pass
	kill "$net_proxy" && wait "$net_proxy" 2>/dev/null
	exec {net}>&-
	rm "$work/net"
	for name in "${net_programs[@]}"; do
		program_setting "$name" "$net_setting" "$(<"$work/net.$name")"
	done
	start_again
}

net_is()
{
	echo "$*" >&"$net"
}

# for_seconds N WORD... - how the network is meanwhile; then it is good again.
for_seconds()
{
	local seconds=$1
	shift
	net_is "$@"
	sleep "$seconds"
	net_is pass
}

# One kind of harm after the other: what is swallowed for longer than anybody waits, and for a moment.
hurt_net()
{
	local harms=('8 hole' '3 cut 900' '4 half' '4 delay 150' '4 slice 7' '1 hole' '2 cut 60') i
	for i in "${!harms[@]}"; do
		random_below 10
		load_reaches $((3 + i * 13 + REPLY)) || { say "the load was over before: ${harms[i]}"; return 1; }
		# shellcheck disable=SC2086 # several words
		for_seconds ${harms[i]}
	done
}

prepare_hurt_broker_net()
{
	by_proxy AMQP_URL $((port_base + 2))
}

hurt_broker_net()
{
	hurt_net
}

heal_hurt_broker_net()
{
	straight_again
}

prepare_hurt_database_net()
{
	by_proxy DATABASE_URL $((port_base + 1))
}

hurt_database_net()
{
	hurt_net
}

heal_hurt_database_net()
{
	straight_again
}
