"""drain.py - what one ticket worker does to a backlog: how quick, and does it matter how long the backlog is?"""
import subprocess
import time

from rig import ROOT, Turns, Unmeasured, say

ACCOUNTS = 1000
TICKETS = 20000
BACKLOG = 200000
SHORT, LONG, COUNTED = 50000, 1000000, 50000
APPLIED = "guichet_commands_applied_total"


def scaled(rig, count):
    return count // 20 if rig.small else count


def desk(rig):
    """Accounts with tickets, made by commands like any other: the file with a line for each."""
    lines = rig.scratch / "desk.lines"
    if rig.desk_is_filled:
        return lines
    rig.running("ingress")
    rig.purge()
    rig.psql(f"insert into accounts (id, email) select md5('desk' || n)::uuid, 'desk' || n || '@example.org' "
             f"from generate_series(1, {ACCOUNTS}) n")
    lines.write_text(rig.psql("select id from accounts where email like 'desk%'"))
    count = scaled(rig, TICKETS)
    say(f"filling a desk with {count} tickets")
    rig.publish(lines, "--creates", 100, "--count", count)
    drain(rig, count)
    rig.psql("create table bench_lines (line integer primary key, account_id uuid, ticket_id uuid); "
             "insert into bench_lines select row_number() over (order by right(t.id::text, 6)), owner_id, t.id "
             "from tickets t join accounts a on a.id = t.owner_id where a.email like 'desk%'; "
             "grant select on bench_lines to guichet_ticket")
    lines.write_text(rig.psql("select account_id, ticket_id from bench_lines order by line"))
    rig.desk_is_filled = True
    return lines


def fill(rig, lines, count):
    say(f"filling the queues with {count} commands")
    rig.publish(lines, "--count", count, "--window", 1024)
    rig.as_superuser("analyze")
    rig.checkpoint()


def drain(rig, until, since=1, stop=True, deadline_s=300):
    """Starts a ticket worker; commands applied a second from the since-th to the until-th, by its own counter. It has
    applied more when it has stopped, and given back what it had been sent."""
    starter = subprocess.Popen([ROOT / "ops/stack", "start", "ticket", "--state", rig.state], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        first, end = None, time.monotonic() + deadline_s
        while time.monotonic() < end:
            applied, now = rig.metric("ticket", APPLIED), time.monotonic()
            if first is None and applied and applied >= since:
                first = (applied, now)
            if applied and applied >= until:
                break
            time.sleep(0.05)
        else:
            raise Unmeasured(f"the worker applied {applied} of {until} commands in {deadline_s} s")
    finally:
        starter.wait()
        if stop:
            rig.stop("ticket")
    return (applied - first[0]) / (now - first[1]) if now > first[1] else 0


def apply(rig, table):
    """One worker's batches against pgbench with a transaction for each command and the same rows."""
    lines, count = desk(rig), scaled(rig, BACKLOG)
    url = rig.database_url("ticket")
    got = Turns("apply")
    for _ in range(2):
        rig.running("ingress")
        fill(rig, lines, count)
        got.add("the worker", drain(rig, count))
        rig.checkpoint()
        got.add("pgbench", rig.pgbench(url, ROOT / "tests/bench/apply_create.sql", ROOT / "tests/bench/apply_comment.sql",
                                       seconds=2 * rig.seconds, lines=scaled(rig, TICKETS)))
    everything, empty_s = with_all_running(rig, lines, count)
    odd = rig.sql("select state, count(*) from inbox where state <> 'done' group by state")
    if odd:
        raise Unmeasured(f"not every command was applied: {odd}")
    alone = ("pgbench, 8 clients", got["pgbench"])
    figures = {"ratio": table.pair("apply, one worker", got["the worker"], *alone),
               "all_running": table.pair("apply, everything running", everything, *alone),
               "outbox_empty_s": round(empty_s, 1)}
    table.plain("outbox, everything running", f"empty {empty_s:.1f} s after the start, with {count} commands")
    return figures


def with_all_running(rig, lines, count):
    """Applied a second, and seconds until the relay has caught up; what earlier turns left in the outbox is passed over."""
    rig.psql("update relay_cursor set (xid, id) = (select xid, id from outbox order by xid desc, id desc limit 1)")
    fill(rig, lines, count)
    rig.running(*[name for name in rig.programs if name != "ticket"])
    say("apply: the worker, with everything running")
    begun = time.monotonic()
    rate = drain(rig, count, stop=False)
    while not rig.outbox_is_empty():
        if time.monotonic() - begun > 300:
            raise Unmeasured("the outbox is not empty after 300 s")
        time.sleep(0.2)
    empty_s = time.monotonic() - begun
    rig.running("ingress")
    rig.purge()
    return rate, empty_s


def backlog(rig, table):
    """The same part of a short and of a long backlog: the long ones between the short ones, so that a desk that grows
    weighs on both alike. What the worker gave back when it was stopped comes first and is not counted."""
    lines = desk(rig)
    short, long, until = scaled(rig, SHORT), scaled(rig, LONG), scaled(rig, COUNTED)
    rig.running("ingress")
    got = Turns("backlog")
    waiting = 0
    for size in (short, long, long, short):
        if size < waiting:
            rig.purge()
            waiting = 0
        fill(rig, lines, size - waiting)
        got.add(f"{size:,} waiting", drain(rig, until * 98 // 100, since=until * 6 // 100))
        waiting = rig.waiting()
    rig.purge()
    return table.pair(f"apply, {long:,} waiting", got[f"{long:,} waiting"], f"{short:,} waiting",
                      got[f"{short:,} waiting"])
