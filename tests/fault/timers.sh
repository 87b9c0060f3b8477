# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of run
# timers.sh - the scenarios `timers` and `at-timers`: is everything that is due done, and done once? Sourced by run.
#
# Tickets that sleep until a moment each, 250 a second, are woken by timers while two timer workers share them. Meanwhile
# timer and ticket workers are killed, RabbitMQ and PostgreSQL are restarted, and one timer worker is frozen for 30 s;
# or a timer worker is killed just before and just behind its commit.
# The judge: each ticket woke, one event and one line of the trail say so, and one command was sent for it.

sleepers_a_second=250

# timers NAME SLEEPERS SENTENCE HARM
timers()
{
	local name=$1 sleepers=$2 sentence=$3 good=0
	[[ -z $list ]] || { printf '%-16s %s\n' "$name" "$sentence"; return 0; }
	wanted "$name" || return 0
	stack_for "$name" || give_up "$sentence"
	say
	log_mark
	kills=0
	start_second_timer || good=1
	psql -qAtX -v ON_ERROR_STOP=1 "$database_url" -f "$here/timers.sql" -c "analyze timers" \
		-c "select fault.fill_sleepers($sleepers, $sleepers_a_second)" >/dev/null || good=1
	"$4" || good=1
	eventually 120 all_are_awake || say "after two minutes not all are awake"
	judge_timers || good=1
	stop_second_timer
	((good == 0)) || log_tails
	report "$good" "$sentence"
}

# It has every setting of the first but the port of its probe.
start_second_timer()
{
	(
		# shellcheck source=/dev/null
		. "$state/programs/timer.env"
		export PROBE_LISTEN=127.0.0.1:$((port_base + 81))
		exec "$GUICHET_BIN/guichet-timer"
	) >>"$work/second_timer.log" 2>&1 &
	second_timer=$!
	background+=("$second_timer")
	eventually 10 curl -sf --noproxy '*' -m 1 -o /dev/null "http://127.0.0.1:$((port_base + 81))/ready"
}

stop_second_timer()
{
	kill -TERM "$second_timer" && wait "$second_timer"
}

# until_percent_is_due PERCENT - of the time in which sleepers are due.
until_percent_is_due()
{
	eventually 60 percent_is_due "$1"
}

percent_is_due()
{
	[[ $(sql "select count(*) filter (where due_at <= now()) * 100 >= count(*) * $1 from fault.sleepers") == t ]]
}

hurt_timers()
{
	until_percent_is_due 4
	kill -STOP "$second_timer"
	frozen_since=${EPOCHREALTIME/,/.}
	kill_program timer
	random_below 10
	until_percent_is_due $((8 + REPLY)) && kill_program ticket
	service_down_and_up stop rabbitmq
	kill_program timer && kill_program ticket
	service_down_and_up stop postgresql 1
	kill_program timer
	eventually 31 thirty_seconds_since "$frozen_since"
	kill -CONT "$second_timer"
	say "$kills kills and restarts, one timer worker frozen for 30 s"
}

# What it dies of is written down, then it is killed, and comes back to die of it.
die_in_timer()
{
	local point pid
	for point in timer.committing timer.committed timer.committing; do
		random_below 10
		program_setting timer FAULT_AT "$point:$((5 + REPLY))"
		kill_program timer && program_pid timer || return 1
		pid=$REPLY
		eventually 15 another_pid timer "$pid" || { say "the timer worker does not die at $point"; return 1; }
	done
	program_setting timer FAULT_AT
	kill_program timer
}

all_are_awake()
{
	[[ $(sql "select not exists (select from fault.woken where sleeps or lines = 0)") == t ]]
}

judge_timers()
{
	local verdict
	verdict=$(sql "select count(*) || ' timers, ' || count(*) filter (where sleeps or told = 0 or lines = 0) || ' missed, '
		|| count(*) filter (where told > 1 or lines > 1 or commands > 1 or version <> 2) || ' twice; late p50 '
		|| round(extract(epoch from percentile_cont(0.5) within group (order by late)) * 1000) || ' ms, longest '
		|| round(extract(epoch from max(late)), 1) || ' s' from fault.woken")
	say "$verdict"
	[[ $verdict == "$sleepers timers, 0 missed, 0 twice;"* ]]
}
