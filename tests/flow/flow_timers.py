"""Flows: what is due some day - tickets that wake, tickets that come again, and a worker that rests meanwhile."""
import contextlib
import subprocess
import time
import urllib.parse
import uuid

from desk import ROOT, address, desk, eventually, flow, pid_of, probe, staff


def in_seconds(seconds):
    """By the database's clock, which is the one that counts."""
    return desk.sql(f"select to_char((now() + interval '{seconds} s') at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")[0][0]


def snooze(ticket, token, seconds):
    answer = desk.post(f"/api/v1/tickets/{ticket}/snooze", {"until": in_seconds(seconds)}, token)
    assert answer.status == 200, answer.raw


def woken(ticket):
    """How often, and how long after the time that was asked for, in seconds."""
    return desk.sql("select count(*), coalesce(max(extract(epoch from (body::jsonb ->> 'occurredAt')::timestamptz - "
                    f"(body::jsonb -> 'data' ->> 'until')::timestamptz)), 0) from outbox where type = 'ticket.woken' "
                    f"and body::jsonb ->> 'ticketId' = '{ticket}'")[0]


def wakes_once(ticket, most_s):
    eventually("it wakes", lambda: woken(ticket)[0] != "0", 15)
    count, late = woken(ticket)
    assert count == "1" and 0 <= float(late) < most_s, (count, late)


@flow("a ticket that was snoozed wakes when its time has come, once")
def _():
    agent, _ = staff()
    tickets = [desk.ticket(desk.register(address())["accessToken"])["id"] for _ in range(5)]
    for ticket in tickets:
        snooze(ticket, agent, 2)
    for ticket in tickets:
        wakes_once(ticket, 1.5)


def restart(*names):
    desk.stack("stop", *names)
    desk.stack("start", *names)


@contextlib.contextmanager
def jumping_clocks(*names):
    shim = (desk.state / "clock_jumps.so").resolve()
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, ROOT / "tests/flow/clock_jumps.c"], check=True)
    shim.chmod(0o755)
    files = {name: desk.state / f"programs/{name}.env" for name in names}
    before = {name: file.read_text() for name, file in files.items()}
    desk.stack("stop", *names)
    try:
        for name, file in files.items():
            file.write_text(before[name] + f"export LD_PRELOAD='{shim}'\n")
        subprocess.run([ROOT / "ops/stack", "start", *names, "--state", desk.state], check=True, capture_output=True)
        for name in names:
            assert str(shim) in open(f"/proc/{pid_of(name)}/maps").read(), "the clock does not jump"
        yield
    finally:
        for name, file in files.items():
            file.write_text(before[name])
        restart(*names)


@flow("a machine whose date jumps an hour ahead and back wakes nothing early, late or twice")
def _():
    agent, _ = staff()
    token = desk.register(address())["accessToken"]
    with jumping_clocks("timer", "ticket"):
        tickets = [desk.ticket(token)["id"] for _ in range(4)]
        for place, ticket in enumerate(tickets):
            snooze(ticket, agent, 2 + place)
        for ticket in tickets:
            wakes_once(ticket, 1.5)


def statement_of_timer():
    """When it sent its last one, and whether that was a moment ago; only a superuser, or the worker itself, is shown that. What every
    program says of itself every two seconds does not count: "report" when that was the last."""
    secrets = dict(line.split("=", 1) for line in (desk.state / "secrets/stack").read_text().splitlines())
    server = urllib.parse.urlsplit(desk.env["DATABASE_URL"])
    out = subprocess.run(["psql", f"postgresql://postgres:{secrets['POSTGRES_PASSWORD']}@{server.hostname}:{server.port}/guichet", "-XAtc",
                          "select coalesce(max(query_start)::text, 'report') || ' ' || coalesce(max(query_start) between now() - interval '2 s' "
                          "and now() - interval '0.3 s', false) from pg_stat_activity "
                          "where usename = 'guichet_timer' and query not like '%instance_seen%'"], capture_output=True, text=True, check=True).stdout.strip()
    return out.rsplit(" ", 1)


def timer_is_quiet(seconds):
    before, end = statement_of_timer()[0], time.monotonic() + seconds
    while time.monotonic() < end:
        if statement_of_timer()[0] not in (before, "report"):
            return False
        time.sleep(0.1)
    return True


@flow("what waits costs nothing: no statement is sent until the earliest is due")
def _():
    desk.sql("insert into timers (kind, subject, due_at, version) select 'sla', md5('waits' || n)::uuid, now() + interval '5 d', 1 "
             "from generate_series(1, 20000) n")
    try:
        agent, _ = staff()
        ticket = desk.ticket(desk.register(address())["accessToken"])["id"]
        snooze(ticket, agent, 12)
        eventually("it has heard of it", lambda: statement_of_timer()[1] == "true")
        # Of a worker that looks every second none of them is quiet; what is done once in a while may fall into one.
        assert any(timer_is_quiet(2.5) for _ in range(3)), "a statement was sent"
        wakes_once(ticket, 1.5)
    finally:
        desk.sql("delete from timers where subject in (select md5('waits' || n)::uuid from generate_series(1, 20000) n)")


@flow("a schedule opens its owner's ticket when its time has come, and comes again on the next day")
def _():
    agent, _ = staff()
    who = address()
    owner = desk.register(who)["user"]["id"]
    title = f"Change the tape {uuid.uuid4().hex[:8]}"
    answer = desk.post("/api/v1/admin/schedules", {"name": title, "rule": "FREQ=DAILY", "timezone": "Europe/Paris",
                                                   "startsAt": in_seconds(3), "ownerId": owner, "title": title,
                                                   "description": "Drive 2.", "priority": "high"}, agent)
    assert answer.status == 201, answer.raw
    schedule = answer.data
    rows = eventually("the ticket is there", lambda: desk.sql(f"select owner_id, priority, status from tickets where title = '{title}'"))
    assert rows == [[owner, "high", "open"]], rows
    again = desk.get(f"/api/v1/admin/schedules/{schedule['id']}", agent).data
    hours = desk.sql(f"select extract(epoch from '{again['nextAt']}'::timestamptz - '{schedule['nextAt']}'::timestamptz) / 3600")
    assert 23 <= float(hours[0][0]) <= 25, (schedule, again)
    eventually("the owner is told", lambda: any(title in str(mail) for mail in desk.mails(who)))
    rests = desk.call("PATCH", f"/api/v1/admin/schedules/{schedule['id']}", {"active": False}, agent)
    assert rests.status == 200 and rests.data["nextAt"] is None, rests.raw
    assert desk.call("DELETE", f"/api/v1/admin/schedules/{schedule['id']}", token=agent).status == 200
    assert desk.get(f"/api/v1/admin/schedules/{schedule['id']}", agent).status == 404


@flow("a schedule that can't be kept is refused, and says what is wrong with it")
def _():
    agent, _ = staff()
    user = desk.register(address())["accessToken"]
    good = {"name": f"s-{uuid.uuid4().hex[:8]}", "rule": "FREQ=MONTHLY;BYDAY=1MO", "startsAt": "2026-12-07T08:00:00Z",
            "title": "t", "description": "d"}
    for field, wrong in (("rule", "FREQ=HOURLY"), ("rule", "every monday"), ("rule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
                         ("rule", "FREQ=DAILY;UNTIL=20200101T000000Z"), ("timezone", "Mars/Olympus"),
                         ("startsAt", "yesterday"), ("ownerId", str(uuid.uuid4())), ("title", "")):
        answer = desk.post("/api/v1/admin/schedules", {**good, field: wrong}, agent)
        assert answer.status == 400 and f"/{field}" in answer.raw.decode(), (field, wrong, answer.raw)
    assert desk.post("/api/v1/admin/schedules", good, user).status == 403
    assert desk.sql(f"select count(*) from schedules where name = '{good['name']}'") == [["0"]]
    made = desk.post("/api/v1/admin/schedules", good, agent)
    assert made.status == 201, made.raw
    assert desk.post("/api/v1/admin/schedules", good, agent).status == 409


@flow("the timer worker tells what it fired, how late, and what waits")
def _():
    status, text = probe("timer", "/metrics")
    assert status == 200
    for name in ("guichet_timers_fired_total", "guichet_timers_lateness_seconds_bucket", "guichet_timers_lateness_max_seconds",
                 "guichet_timers_waiting", "guichet_timers_behind_seconds"):
        assert name in text, name
