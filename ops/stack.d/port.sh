# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of ops/stack
# port.sh - who listens where. Every port is on 127.0.0.1, counted from the base.

declare -A port_offset=(
	[ingress]=0 [postgresql]=1 [rabbitmq]=2 [management]=3 [prometheus]=4 [redis]=5
	[catcher]=6 [epmd]=7 [distribution]=8 [ctl]=9 [metrics]=10 [clamd]=11 [lmtp]=12 [smtp]=13)
declare -A port_purpose=(
	[ingress]='HTTP of the ingress' [postgresql]=PostgreSQL [rabbitmq]='AMQP of RabbitMQ'
	[management]='management of RabbitMQ' [prometheus]='metrics of RabbitMQ' [redis]=Redis
	[metrics]='metrics of the ingress' [clamd]=clamd [lmtp]='LMTP of the mail ingress' [smtp]='SMTP of the mail ingress' [catcher]='SMTP of the mail catcher' [epmd]='port mapper of Erlang' [distribution]='distribution of Erlang')
port_first_worker=16

# A worker's, and a door's, is that of its row in queues/programs.def, the first of them 2.
port_of_rows()
{
	local name port
	while read -r name _ port _; do
		port_offset[$name]=$((port_first_worker - 2 + port))
		port_purpose[$name]="probe of $name"
	done < <("$ops/programs" door lane consumer ticker)
}
port_of_rows

# port_of NAME - its number, in REPLY.
port_of()
{
	[[ -n ${port_offset[$1]:-} ]] || die "no port is known for '$1'"
	REPLY=$((base + port_offset[$1]))
}

# STATE/ports remembers the base.
port_load()
{
	local recorded=
	[[ ! -r $state/ports ]] || recorded=$(sed -n 's/^base //p' "$state/ports")
	[[ -n $base ]] || base=${recorded:-8080}
	port_recorded_base=$recorded
}

# For who wonders what listens there.
port_save()
{
	local name
	{
		echo "base $base"
		for name in "${!port_offset[@]}"; do
			echo "$name $((base + port_offset[$name]))"
		done | sort -k2n
	} >"$state/ports.new"
	mv "$state/ports.new" "$state/ports"
}

# port_listening PORT - does anything listen there, where we would? REPLY is the socket.
port_listening()
{
	local hex
	printf -v hex %04X "$1"
	REPLY=$(awk -v port=":$hex" '
		$4 == "0A" && substr($2, length($2) - 4) == port &&
		$2 ~ /^(0100007F|00000000|0000000000000000FFFF00000100007F|00000000000000000000000000000000):/ { print $10; exit }
	' /proc/net/tcp /proc/net/tcp6 2>/dev/null) || true
	[[ -n $REPLY ]]
}

port_free()
{
	! port_listening "$1"
}

# port_must_be_free NAME [PORT] - or say which it is, what for, and who has it.
port_must_be_free()
{
	local number=${2:-} holder
	[[ -n $number ]] || { port_of "$1"; number=$REPLY; }
	! port_listening "$number" || {
		holder=$(find /proc/[0-9]*/fd -lname "socket:\[$REPLY\]" 2>/dev/null | head -1 || true)
		holder=${holder#/proc/}
		holder=${holder%%/*}
		die "port $number (${port_purpose[$1]}) is taken${holder:+ by $(<"/proc/$holder/comm"), pid $holder}." \
			"Stop that, or choose another base: ops/stack --port-base N, make run PORT_BASE=N."
	}
}
