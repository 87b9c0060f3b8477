# shellcheck shell=bash disable=SC2034,SC2154 # the variables are those of run
# scenarios.sh - what goes wrong. Sourced by run.
#
# A fault runs beside the load and ends when it has done its harm. Where prepare_FAULT or
# heal_FAULT exists it runs before the load and after it. How often a fault comes grows with
# the load: once for every 5,000 commands, 10 times at most.

all_scenarios()
{
	judge_is_judged
	random_walk
	files_under_kills
	mails_under_kills
	listens streams "every client of a live stream hears every event once, whatever is killed"
	listens hooks "every webhook is delivered, whatever is killed, and what comes twice has the same delivery id"
	timers timers 10000 "of 10,000 timers none is missed and none fires twice, whatever dies, stops or freezes" hurt_timers
	scenario ingress "kill -9 of the ingress loses, doubles and invents nothing" kill_ingress
	scenario ticket "kill -9 of the ticket worker loses, doubles and reorders nothing" kill_ticket
	scenario relay "kill -9 of the relay delays events, and each arrives once" kill_relay
	scenario consumers "kill -9 of audit and notify leaves one line and one mail for each event" kill_consumers
	scenario mail "kill -9 of the mail worker loses no mail" kill_mail
	scenario any "kill -9 of any program, one after the other, is survived by all" kill_any
	scenario twice "every message delivered twice takes effect once" deliver_twice
	scenario redis "without Redis everything works, and goes on when it is back" lose_redis
	scenario broker "a restart of RabbitMQ loses and doubles nothing" restart_broker
	scenario broker-kill "kill -9 of RabbitMQ loses and doubles nothing" kill_broker
	scenario database "a restart of PostgreSQL loses and doubles nothing" restart_database
	scenario database-kill "kill -9 of PostgreSQL loses and doubles nothing" kill_database
	full_disk
	starved
	scenario net-broker "a network that swallows, delays, slices, cuts and half closes what goes to RabbitMQ loses and doubles nothing" \
		hurt_broker_net --rate $((commands / 40))
	scenario net-database "the same between programs and PostgreSQL loses and doubles nothing" \
		hurt_database_net --rate $((commands / 40))
	scenario frozen "a ticket worker that freezes is replaced, and changes nothing when it thaws" \
		freeze_ticket --rate $((commands / 40)) --async-percent 100
	scenario at-commit "a ticket worker killed before, in and after its commit and its ack repeats nothing" die_in_ticket
	scenario at-relay "a relay killed after the confirm and after moving its cursor doubles no event" die_in_relay
	scenario at-consumer "audit and notify killed around their commit double nothing" die_in_consumers
	scenario at-mail "a mail worker killed with a claim, and with answers in hand, loses no mail" die_in_mail
	timers at-timers 2000 "a timer worker killed before and behind its commit misses nothing and fires nothing twice" die_in_timer
	scenario at-poison "a command that kills its worker becomes one dead letter, and its neighbours are applied" \
		poison --poison-at $((commands / 3)) --poison "$poison_word" -- --dead 1
}

# Merges, splits and all that concerns two tickets: walk has a load and a judge of its own.
random_walk()
{
	local good sentence="a random walk over 200 tickets loses and doubles nothing, whatever is merged and taken back, under kill -9"
	[[ -z $list ]] || { printf '%-16s %s\n' walk "$sentence"; return 0; }
	wanted walk || return 0
	stack_for walk || give_up "$sentence"
	say
	log_mark
	"$here/walk" --state "$state" --seed "$seed" --commands "$((commands < 3000 ? 3000 : commands))" && good=0 || good=1
	((good == 0)) || log_tails
	report "$good" "$sentence"
}

# Mail that comes: so has it.
mails_under_kills()
{
	local good sentence="mail is brought under kill -9: none is lost or doubled, nobody gets in who should not, and no machine is answered"
	[[ -z $list ]] || { printf '%-16s %s\n' mails "$sentence"; return 0; }
	wanted mails || return 0
	stack_for mails || give_up "$sentence"
	say
	log_mark
	"$here/mails" --state "$state" --seed "$seed" --mails "$commands" --seconds "$((240 + commands / 20))" && good=0 || good=1
	((good == 0)) || log_tails
	report "$good" "$sentence"
}

# Files: a load and a judge of their own, too.
files_under_kills()
{
	local good sentence="files are uploaded and read under kill -9: none accepted is lost, none half or unscanned is ever served"
	[[ -z $list ]] || { printf '%-16s %s\n' files "$sentence"; return 0; }
	wanted files || return 0
	stack_for files || give_up "$sentence"
	say
	log_mark
	"$here/files" --state "$state" --seed "$seed" --files "$((commands / 12 < 200 ? 200 : commands / 12))" \
		--seconds $((120 + commands / 10)) && good=0 || good=1
	((good == 0)) || log_tails
	report "$good" "$sentence"
}

# listens NAME SENTENCE - live streams and webhooks: a client and a judge of their own, too.
listens()
{
	local good
	[[ -z $list ]] || { printf '%-16s %s\n' "$1" "$2"; return 0; }
	wanted "$1" || return 0
	stack_for "$1" || give_up "$2"
	say
	log_mark
	"$here/$1" --state "$state" --seed "$seed" --units "$((commands / 10 < 150 ? 150 : commands / 10))" && good=0 || good=1
	((good == 0)) || log_tails
	report "$good" "$2"
}

rounds()
{
	REPLY=$((commands / 5000))
	((REPLY >= 1)) || REPLY=1
	((REPLY <= 10)) || REPLY=10
}

# at_random_moments N COMMAND... - one in each Nth of the load, somewhere in it.
at_random_moments()
{
	local n=$1 i
	shift
	for ((i = 0; i < n; i++)); do
		random_below $((90 / n))
		load_reaches $((3 + i * 90 / n + REPLY)) || return 0
		"$@" || return 1
	done
}

# --- programs ---------------------------------------------------------------------------

kill_ingress()
{
	rounds
	at_random_moments $((3 + REPLY)) kill_program ingress
}

kill_ticket()
{
	rounds
	at_random_moments $((3 + REPLY)) kill_program ticket
}

kill_relay()
{
	rounds
	at_random_moments $((3 + REPLY)) kill_program relay
}

kill_both_consumers()
{
	kill_program audit && kill_program notify
}

kill_consumers()
{
	rounds
	at_random_moments $((3 + REPLY)) kill_both_consumers
}

# Two sessions at a time: of each the last mail may be answered and not recorded yet.
mail_window=2

all_mail_is_out()
{
	[[ $(sql "select count(*) from mails where state <> 'sent'") == 0 ]]
}

# What is left of the scenarios before goes out first: it would be doubled on their account.
await_mail()
{
	eventually 90 all_mail_is_out || { say "the mails of the scenarios before do not go out"; return 1; }
}

prepare_kill_mail()
{
	await_mail
}

kill_mail()
{
	rounds
	at_random_moments $((2 + REPLY)) kill_program mail
	mail_copies["$run"]=$((mail_window * kills))
}

kill_one_of()
{
	random_below $#
	shift "$REPLY"
	kill_program "$1"
}

kill_any()
{
	rounds
	at_random_moments $((7 + REPLY)) kill_one_of ingress ticket relay audit notify undertaker
}

# --- messages ---------------------------------------------------------------------------

prepare_deliver_twice()
{
	AMQP_URL=$amqp_url "$FAULT_TOOLS/broker" double "$work/percents" >"$work/doubled" 2>&1 &
	doubler=$!
	background+=("$doubler")
	read -r -t 10 -u "$percents" _
}

deliver_twice()
{
	load_reaches 100 || true
}

heal_deliver_twice()
{
	eventually 20 nothing_to_relay
	kill -TERM "$doubler" && wait "$doubler"
	say "$(<"$work/doubled") messages were delivered twice"
}

nothing_to_relay()
{
	[[ $(sql 'select count(*) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)') == 0 ]]
}

# --- services ---------------------------------------------------------------------------

prepare_lose_redis()
{
	stack stop redis
}

lose_redis()
{
	load_reaches 60
	stack start redis
}

# service_down_and_up VERB PART [SECONDS it stays away]
service_down_and_up()
{
	stack "$1" "$2" && sleep "${3:-0}" && stack start "$2" && kills=$((kills + 1))
}

restart_broker()
{
	rounds
	at_random_moments "$REPLY" service_down_and_up stop rabbitmq
}

kill_broker()
{
	rounds
	at_random_moments "$REPLY" service_down_and_up kill rabbitmq
}

prepare_restart_database()
{
	await_mail
}

# The mail worker cannot write down what the server said, and waits with it; but when the
# commit itself is cut off, the last mail of each session may go out again.
restart_database()
{
	rounds
	at_random_moments $((1 + REPLY)) service_down_and_up stop postgresql 2
	mail_copies["$run"]=$((mail_window * kills))
}

prepare_kill_database()
{
	await_mail
}

kill_database()
{
	rounds
	at_random_moments $((1 + REPLY)) service_down_and_up kill postgresql
	mail_copies["$run"]=$((mail_window * kills))
}

# --- a frozen worker -----------------------------------------------------------------------

# The second instance has every setting of the first but the port of its probe.
prepare_freeze_ticket()
{
	(
		# shellcheck source=/dev/null
		. "$state/programs/ticket.env"
		export PROBE_LISTEN=127.0.0.1:$((port_base + 80))
		exec "$GUICHET_BIN/guichet-ticket"
	) >>"$work/standby.log" 2>&1 &
	standby=$!
	background+=("$standby")
	eventually 10 curl -sf --noproxy '*' -m 1 -o /dev/null "http://127.0.0.1:$((port_base + 80))/ready"
}

# Commands that came a second after the freeze are done.
somebody_took_over()
{
	[[ $(sql "select exists (select from inbox where finished_at > to_timestamp($1) + interval '1 second')") == t ]]
}

freeze_ticket()
{
	local frozen began
	load_reaches 5 && program_pid ticket || return 1
	frozen=$REPLY
	began=${EPOCHREALTIME/,/.}
	kill -STOP "$frozen"
	eventually 45 somebody_took_over "$began" || { kill -CONT "$frozen"; say "nobody took over within 45 s"; return 1; }
	say "taken over after $(awk -v a="$began" -v b="${EPOCHREALTIME/,/.}" 'BEGIN { printf "%.1f", b - a }') s"
	eventually 31 thirty_seconds_since "$began"
	kill -CONT "$frozen"
}

thirty_seconds_since()
{
	((${EPOCHREALTIME%[.,]*} - ${1%.*} >= 30))
}

heal_freeze_ticket()
{
	kill -TERM "$standby" && wait "$standby"
}

# --- exact places ----------------------------------------------------------------------------

# die_at PROGRAM PASSES POINT... - dies at each point in turn, at a random pass near PASSES.
# What the next one dies of is written down while the one before still lives.
die_at()
{
	local program=$1 passes=$2 point pid
	shift 2
	load_reaches 5 || return 0
	for point in "$@" ''; do
		random_below "$passes"
		program_setting "$program" FAULT_AT "${point:+$point:$((passes / 2 + REPLY + 1))}"
		program_pid "$program" || return 1
		pid=$REPLY
		[[ $point != "$1" ]] || kill -KILL "$pid"
		dies_and_returns "$program" "$pid" || break
		kills=$((kills + 1))
	done
	program_setting "$program" FAULT_AT
	[[ -z $point ]] || { say "$program had no time to die once more before $point"; kill -KILL "$pid"; }
}

dies_and_returns()
{
	local worked=$SECONDS
	eventually 30 is_back_or_idle "$@" && another_pid "$@"
}

# Without work for 3 s: after that nothing passes its points any more.
is_back_or_idle()
{
	! kill -0 "$load" 2>/dev/null || worked=$SECONDS
	another_pid "$@" || ((SECONDS >= worked + 3))
}

die_in_ticket()
{
	die_at ticket 16 lane.committing lane.committed lane.acking lane.suspect lane.committed
}

die_in_relay()
{
	die_at relay 10 relay.confirmed relay.moved relay.confirmed
}

die_in_consumers()
{
	load_reaches 5 || return 0
	die_at audit 10 consumer.committing consumer.committed &
	die_at_notify=$!
	die_at notify 10 consumer.committed consumer.committing
	wait "$die_at_notify"
}

prepare_die_in_mail()
{
	await_mail
}

die_in_mail()
{
	die_at mail 4 mail.claimed mail.answered mail.answered
	mail_copies["$run"]=$((mail_window * kills))
}

# --- poison ------------------------------------------------------------------------------------

poison_word=arsenic-$seed

prepare_poison()
{
	local pid
	program_setting ticket FAULT_POISON "$poison_word"
	program_pid ticket
	pid=$REPLY
	kill -KILL "$pid"
	eventually 10 another_pid ticket "$pid"
}

poison()
{
	load_reaches 100 || true
}

heal_poison()
{
	eventually 60 poison_is_put_aside || say "the poison is not put aside after 60 s"
	program_setting ticket FAULT_POISON
}

poison_is_put_aside()
{
	[[ $(sql "select count(*) from dead_letters where body like '%$poison_word%'") == 1 ]]
}
