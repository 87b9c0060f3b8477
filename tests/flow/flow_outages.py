"""Flows: what is wrong with the stack itself costs nobody a request."""
import base64
import concurrent.futures
import json
import os
import signal
import time
import urllib.error
import urllib.request
import uuid

from desk import address, desk, eventually, flow, pid_of, staff


def impatient():
    """Workers that wait for a short time only, so that what happens after it happens soon: from here to the end."""
    if "LANE_PATIENCE" not in (desk.state / "programs/ticket.env").read_text():
        desk.up(LANE_PATIENCE="1s", UNKNOWN_TYPE_WAIT="6s")


def publish(exchange, key, properties, body):
    """As somebody who may publish anything would."""
    scheme, rest = desk.env["RABBITMQ_MANAGEMENT_URL"].split("://")
    login, host = rest.rsplit("@", 1)
    request = urllib.request.Request(f"{scheme}://{host.rstrip('/')}/api/exchanges/guichet/{exchange}/publish", method="POST",
                                     data=json.dumps({"properties": properties, "routing_key": key, "payload": body,
                                                      "payload_encoding": "string"}).encode())
    request.add_header("Authorization", "Basic " + base64.b64encode(login.encode()).decode())
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)["routed"]


def properties(kind, message_id, version="v1"):
    return {"message_id": message_id, "type": kind, "content_type": f"application/vnd.guichet.{version}+json",
            "delivery_mode": 2, "timestamp": int(time.time()), "correlation_id": message_id,
            "headers": {"fp": "00" * 32, "accepted_at": time.time_ns() // 1000}}


def new_id():
    """UUIDv7."""
    return str(uuid.UUID(int=(time.time_ns() // 1000000 << 80) | (7 << 76) | (2 << 62) | uuid.uuid4().int >> 66))


def ready(program):
    """The health of a worker, asked from its probe."""
    line = (desk.state / f"programs/{program}.env").read_text().split("PROBE_LISTEN=")[1].split()[0]
    port = line.strip("'").rsplit(":", 1)[1]
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def count(query):
    return int(desk.sql(f"select count(*) from {query}")[0][0])


@flow("a grant that is missing for long kills no command, and all are done when it is there again")
def _():
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    log = desk.state / "log/ticket.log"
    impatient()
    begun = log.stat().st_size
    desk.sql("revoke update on tickets from guichet_ticket")
    try:
        answers = [desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": f"no {n}"}, token,
                             Prefer="respond-async") for n in range(3)]
        assert [answer.status for answer in answers] == [202] * 3
        # Twice given back: each comes redelivered, as after the death of its worker.
        eventually("it was given back twice", lambda: log.read_bytes()[begun:].count(b"giving the lanes back") >= 2, 60)
        eventually("its probe says so", lambda: "refuses" in ready("ticket")["checks"]["database"])
    finally:
        desk.sql("grant update on tickets to guichet_ticket")
    for answer in answers:
        eventually("it is done", lambda: desk.get(answer.data["statusUrl"]).data["state"] == "done", 60)
    ids = [answer.data["statusUrl"].rsplit("/", 1)[1].split(".")[0] for answer in answers]
    assert count(f"dead_letters where command_id in ({', '.join(map(repr, ids))})") == 0
    seen = desk.get(f"/api/v1/tickets/{ticket['id']}/comments", token).data
    assert [comment["content"] for comment in seen] == ["no 0", "no 1", "no 2"]


@flow("commands of a kind that nobody knows yet wait once, visibly; what is about other tickets overtakes them, what is about the same does not")
def _():
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    lane = ticket["id"][-1]
    other = next(t for t in (desk.ticket(token) for _ in range(200)) if t["id"][-1] == lane)
    impatient()
    ids = [new_id() for _ in range(3)]
    for message_id in ids:
        publish("guichet.commands", f"cmd.ticket.{lane}", properties("ticket.explode", message_id), json.dumps({"ticketId": ticket["id"]}))
    eventually("it is seen", lambda: "unknown" in ready("ticket")["checks"].get("messages", ""))
    behind = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "behind them"}, token, Prefer="respond-async")
    for n in range(5):
        assert desk.post(f"/api/v1/tickets/{other['id']}/comments", {"content": f"overtakes {n}"}, token).status == 201
    assert behind.status == 202 and desk.get(behind.data["statusUrl"]).data["state"] == "accepted"
    assert count(f"dead_letters where command_id in ({', '.join(map(repr, ids))})") == 0, "they have not waited"
    eventually("operators see what waits, and for whom", lambda: desk.sql("""select 1 from program_instances, jsonb_array_elements(facts -> 'unknown') u
        where program = 'ticket' and u ->> 'type' = 'ticket.explode' and u ->> 'queue' like 'cmd.ticket._'"""))
    eventually("they are dead", lambda: count(f"dead_letters where command_id in ({', '.join(map(repr, ids))})") == 3)
    eventually("what was behind them is done", lambda: desk.get(behind.data["statusUrl"]).data["state"] == "done")
    assert count(f"(select 1 from dead_letters where command_id in ({', '.join(map(repr, ids))}) "
                 "having max(died_at) - min(died_at) < interval '2 seconds') as together") == 1, "each waited for itself"
    eventually("nothing waits", lambda: ready("ticket")["checks"]["messages"] == "ok")


@flow("what waits for an upgrade is lost by no restart, and the worker that knows no more of it does not die of it")
def _():
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    impatient()
    message_id = new_id()
    publish("guichet.commands", f"cmd.ticket.{ticket['id'][-1]}", properties("ticket.vanish", message_id), json.dumps({"ticketId": ticket["id"]}))
    eventually("it is seen", lambda: "unknown" in ready("ticket")["checks"].get("messages", ""))
    behind = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "behind it"}, token, Prefer="respond-async")
    os.kill(pid_of("ticket"), signal.SIGKILL)
    eventually("it waits again", lambda: "unknown" in ready("ticket")["checks"].get("messages", ""), 40)
    eventually("it is dead", lambda: count(f"dead_letters where command_id = '{message_id}' and reason like 'unknown type%'") == 1)
    eventually("what was behind it is done", lambda: desk.get(behind.data["statusUrl"]).data["state"] == "done")


@flow("an event of a newer version is kept for whoever can read it, and so is one without a body")
def _():
    newer, torn, strange = new_id(), new_id(), new_id()
    body = json.dumps({"id": strange, "type": "ticket.exploded", "occurredAt": "2026-11-29T12:00:00Z", "data": {}})
    impatient()
    publish("guichet.events", "ticket.created", properties("ticket.created", newer, "v2"), "{}")
    publish("guichet.events", "ticket.created", properties("ticket.created", torn), "")
    publish("guichet.events", "ticket.exploded", properties("ticket.exploded", strange), body)
    dead = "dead_letters where headers ->> 'message_id' = '%s' and queue = 'events.%s'"
    for message_id in (newer, torn):
        for queue in ("audit", "notify"):
            eventually(f"{queue} puts it aside", lambda: count(dead % (message_id, queue)) == 1)
    eventually("notify puts the unknown type aside", lambda: count(dead % (strange, "notify")) == 1)
    eventually("the trail has it", lambda: count(f"audit_log where event_id = '{strange}'") == 1)
    assert count(f"event_inbox where event_id in ('{newer}', '{torn}')") == 0
    token, _ = staff()
    ticket = desk.ticket(token)
    eventually("events go on", lambda: count(f"audit_log where resource_id = '{ticket['id']}'") >= 1)


def memory_mb():
    """The most that each program has ever had in memory."""
    peaks = {}
    for file in (desk.state / "run").glob("*.pid"):
        if file.stem.endswith(".supervisor"):
            continue
        status = open(f"/proc/{int(file.read_text())}/status").read()
        if "guichet-" in status.split("\n")[0]:
            peaks[file.stem] = int(status.split("VmHWM:")[1].split()[0]) // 1024
    return peaks


@flow("a flood of the longest tickets while their worker was away leaves every program small")
def _():
    token = desk.register(address())["accessToken"]
    desk.stack("stop", "ticket")
    before = count("tickets")
    body = json.dumps({"title": "long", "description": "\U0001f5a8" * 49000}, ensure_ascii=False).encode()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.call("POST", "/api/v1/tickets", body, token, Prefer="respond-async"), range(240)))
    assert {answer.status for answer in answers} == {202}
    desk.stack("start", "ticket")
    eventually("all are there", lambda: count("tickets") == before + 240, 60)
    peaks = memory_mb()
    assert peaks["ticket"] < 60 and sum(peaks.values()) < 17 * len(peaks), peaks
    print(f"# at most, MB: {peaks}", flush=True)
