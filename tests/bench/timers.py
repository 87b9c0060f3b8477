"""timers.py - what is due: how late it is fired and applied, how quick an outage is made up for, and what waiting costs."""
import json
import pathlib
import time

from desk import eventually
from rig import ROOT, TOOLS, Unmeasured, run, say

RATE, STEADY_S, LATE, WAITING, REST_S = 1000, 60, 100000, 1000000, 60


def sleepers(rig, count, rate):
    """Tickets that are to wake, so many a second from three seconds on (tests/fault/timers.sql)."""
    rig.psql((ROOT / "tests/fault/timers.sql").read_text() + f"select fault.fill_sleepers({count}, {rate}); analyze timers; analyze tickets;")


def lateness(rig):
    """Of the commands, by when they were written, and of what they did: p50, p95, p99 and the longest, in milliseconds."""
    return [json.loads(line) for line in rig.psql("""
        create temp table late as select (extract(epoch from w.late) * 1000) as fired, (extract(epoch from t.at - w.due_at) * 1000) as applied
        from fault.woken w left join (select (body::jsonb ->> 'ticketId')::uuid as id, min((body::jsonb ->> 'occurredAt')::timestamptz) as at
            from outbox where type = 'ticket.woken' group by 1) t on t.id = w.ticket_id;
        select to_json(array(select round(v::numeric, 1) from unnest(percentile_disc(array[0.5, 0.95, 0.99, 1]) within group (order by fired)) v)) from late;
        select to_json(array(select round(v::numeric, 1) from unnest(percentile_disc(array[0.5, 0.95, 0.99, 1]) within group (order by applied)) v)) from late;
        select to_json(count(*) filter (where fired is null or applied is null)) from late""").split("\n") if line]


def steady(rig, table):
    count = (STEADY_S // (20 if rig.small else 1)) * RATE
    say(f"timers: {RATE} a second, {count} in all")
    rig.stop("timer")
    sleepers(rig, count, RATE)
    rig.stack("start", "timer")  # rows of the bench's own tell nobody that they are there: it would rest for a minute
    eventually("all are fired", lambda: rig.psql("select count(*) from timers where kind = 'wake'").strip() == "0", count / RATE + 120)
    rig.settle(120)
    fired, applied, missed = lateness(rig)
    if missed:
        raise Unmeasured(f"timers: {missed} of {count} were not applied")
    for name, ms in (("fired", fired), ("applied", applied)):
        table.plain(f"timers at {RATE}/s, {name}", f"p50 {ms[0]} ms, p95 {ms[1]} ms, p99 {ms[2]} ms, longest {ms[3]} ms after they were due")
    return {"fired_ms": fired, "applied_ms": applied}


def outage(rig, table):
    """All due while no timer worker ran; meanwhile people go on writing tickets, 100 a second."""
    count = LATE // (20 if rig.small else 1)
    say(f"timers: {count} late at once")
    rig.stop("timer")
    sleepers(rig, count, 10 ** 6)
    tokens = rig.scratch / "timer.tokens"
    rig.register("timers@example.org")
    tokens.write_text(rig.login("timers@example.org") + "\n")
    eventually("all are due", lambda: rig.psql("select bool_and(due_at <= now()) from timers where kind = 'wake'").strip() == "t", 30)
    rig.stack("start", "timer")
    begun = time.monotonic()
    got = json.loads(run([TOOLS / "open_loop", "--url", rig.env["GUICHET_URL"], "--tokens", tokens, "--rate", 100, "--seconds",
                          4 if rig.small else 20], "requests meanwhile"))
    eventually("all are applied", lambda: rig.psql("select count(*) from tickets where snoozed_until is not null").strip() == "0", 300)
    took = time.monotonic() - begun
    table.plain(f"timers, {count:,} late at once", f"applied after {took:.1f} s; POST meanwhile p50 {got['p50_ms']:.1f} ms, p95 {got['p95_ms']:.1f} ms")
    return {"seconds": round(took, 1), "post_p95_ms": got["p95_ms"]}


def rest(rig, table):
    """What a million that wait cost: statements of the worker, and its processor time."""
    count, seconds = WAITING // (20 if rig.small else 1), REST_S // (6 if rig.small else 1)
    say(f"timers: {count} that wait")
    rig.psql(f"delete from timers; insert into timers (kind, subject, due_at, version, rank) select 'sla', md5('rest' || n)::uuid, "
             f"now() + interval '9 d' + n * interval '1 s', 1, 1 + n % 4 from generate_series(1, {count}) n; analyze timers")
    rig.stop("timer")
    rig.stack("start", "timer")
    time.sleep(2)
    pid = (rig.state / "run/timer.pid").read_text().split()[0]
    used, seen, end = cpu_ms(pid), set(), time.monotonic() + seconds
    while time.monotonic() < end:
        seen.add(rig.psql("select max(query_start) from pg_stat_activity where usename = 'guichet_timer'"))
        time.sleep(0.25)
    used = cpu_ms(pid) - used
    rig.psql("delete from timers where kind = 'sla' and due_at > now() + interval '8 d'")
    table.plain(f"timers, {count:,} that wait", f"{len(seen) - 1} statements and {used} ms of the worker's processor time in {seconds} s")
    return {"statements": len(seen) - 1, "cpu_ms": used}


def cpu_ms(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 10


def timers(rig, table):
    rig.running()
    return {"steady": steady(rig, table), "outage": outage(rig, table), "rest": rest(rig, table)}
