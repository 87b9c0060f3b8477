"""Flows: the outbox and its relay, when a row cannot be got rid of."""
import urllib.parse
import urllib.request
import uuid

from desk import address, desk, eventually, flow, nothing_waits, probe


def relay_is_ready():
    return probe("relay", "/ready")[0] == 200


def metric(program, name):
    return next(int(line.split()[1]) for line in probe(program, "/metrics")[1].splitlines() if line.startswith(name + " "))


def write_rows(*rows):
    """Rows of (exchange, routing key, type), in one transaction; their message ids."""
    ids = [str(uuid.uuid4()) for _ in rows]
    values = ", ".join(f"('{exchange}', '{key}', '{kind}', '{{\"message_id\": \"{id}\"}}', '{{}}')"
                       for (exchange, key, kind), id in zip(rows, ids))
    desk.sql(f"insert into outbox (exchange, routing_key, type, headers, body) values {values}")
    return ids


def forget(*ids):
    """The letters and the rows they came from, which a restored outbox would tell again (flow_restore.py)."""
    wanted = ", ".join(f"'{id}'" for id in ids)
    desk.sql(f"delete from dead_letters where command_id in ({wanted})")
    desk.sql(f"delete from outbox where headers ->> 'message_id' in ({wanted})")


@flow("a row that no queue takes is put aside as a dead letter, and what stands behind it goes on")
def _():
    lost, stray = write_rows(("guichet.commands", "cmd.nowhere", "ticket.create"), ("elsewhere", "cmd.account", "ticket.create"))
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)["id"]
    eventually("the ticket is audited", lambda: desk.sql(
        f"select 1 from audit_log where resource_id = '{ticket}'"))
    eventually("each is a letter", lambda: {row[0] for row in desk.sql(
        "select command_id from dead_letters where queue = 'outbox' and reason like '%no queue takes it%'")} == {lost, stray})
    eventually("the relay is well again", relay_is_ready)
    replay = desk.ctl("dead", "replay", desk.sql(f"select id from dead_letters where command_id = '{lost}'")[0][0])
    assert replay.returncode == 1 and "no queue" in replay.stderr, replay.stderr
    forget(lost, stray)


@flow("a row of which no message can be made is put aside at once, and what stands behind it goes on")
def _():
    token = desk.register(address())["accessToken"]
    ids = [str(uuid.uuid4()) for _ in range(4)]
    desk.sql("insert into outbox (exchange, routing_key, type, headers, body) values " + ", ".join(
        f"('guichet.work', {key}, {kind}, jsonb_build_object('message_id', '{id}') || {more}, '{{}}')" for id, (key, kind, more) in zip(ids, (
            ("'work.mail.low'", "'mail.due'", "jsonb_build_object('correlation_id', repeat('c', 256))"),
            ("'work.mail.low'", "'mail.due'", "jsonb_build_object('traceparent', repeat('t', 200000))"),
            ("'work.mail.low'", "repeat('y', 256)", "'{}'"),
            ("repeat('k', 256)", "'mail.due'", "'{}'")))))
    ticket = desk.ticket(token)["id"]
    eventually("the ticket is audited", lambda: desk.sql(f"select 1 from audit_log where resource_id = '{ticket}'"))
    eventually("each is a letter", lambda: {row[0] for row in desk.sql(
        "select command_id from dead_letters where queue = 'outbox' and reason like '%longer%'")} == set(ids))
    eventually("the relay is well again", relay_is_ready)
    forget(*ids)


def delete_queue(name):
    url = urllib.parse.urlsplit(desk.env["RABBITMQ_MANAGEMENT_URL"])
    opener = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    place = f"http://{url.hostname}:{url.port}/api/queues/guichet/{name}"
    opener.add_password(None, place, url.username, url.password)
    urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(opener)).open(
        urllib.request.Request(place, method="DELETE"), timeout=10).close()


@flow("while a queue is missing the relay is red and waits, and nothing behind is told twice")
def _():
    token = desk.register(address())["accessToken"]
    eventually("all is told", nothing_waits)
    delete_queue("work.mail.low")
    try:
        write_rows(("guichet.work", "work.mail.low", "mail.due"))
        eventually("the relay says so", lambda: probe("relay", "/ready")[0] == 503 and "topology apply" in probe("relay", "/ready")[1])
        repeated, restarts = metric("audit", "guichet_messages_repeated_total"), metric("relay", "guichet_outbox_restarts_total")
        ticket = desk.ticket(token)["id"]
        eventually("the ticket is audited all the same", lambda: desk.sql(
            f"select 1 from audit_log where resource_id = '{ticket}'"))
        eventually("the relay has tried again", lambda: metric("relay", "guichet_outbox_restarts_total") >= restarts + 3, 30)
        assert metric("audit", "guichet_messages_repeated_total") == repeated
        assert desk.sql("select count(*) from dead_letters where queue = 'outbox'") == [["0"]]
    finally:
        applied = desk.ctl("topology", "apply")
    assert applied.returncode == 0, applied.stderr
    eventually("the relay is well again", relay_is_ready, 30)
    eventually("all is told", nothing_waits)


@flow("an event whose body speaks for another than its sender is put aside, and stands in no trail")
def _():
    event, sender, admin = (str(uuid.uuid4()) for _ in range(3))
    desk.sql(f"""insert into outbox (exchange, routing_key, type, headers, body) values ('guichet.events', 'ticket.noted', 'ticket.noted',
        '{{"message_id": "{event}", "actor": "{sender}"}}', '{{"id": "{event}", "type": "ticket.noted", "actorId": "{admin}"}}')""")
    eventually("it is put aside by all three who listen", lambda: desk.sql(
        f"select count(*) from dead_letters where command_id = '{event}' and reason like '%another actor%'") == [["3"]])
    assert desk.sql(f"select count(*) from audit_log where event_id = '{event}'") == [["0"]]
    forget(event)
