"""Flows: what is wrong is found, told and shown by Guichet itself, and so is that it is over."""
import os
import subprocess
import time
import urllib.parse
import uuid

from desk import address, desk, eventually, flow, pid_of, programs, staff, stopped
from sse import Stream


def alerts(token, state="open"):
    answer = desk.get(f"/api/v1/monitoring/alerts?state={state}", token)
    assert answer.status == 200, answer.raw
    return {(alert["name"], alert["subject"]): alert for alert in answer.data}


def dashboard(token, minutes=0):
    return desk.get(f"/api/v1/monitoring/dashboard?minutes={minutes}", token).data


@flow("an administrator sees every program, every queue and their figures, and nobody else does")
def _():
    admin = desk.admin()
    names = {name.replace("-", "_") for name in programs("ingress", "door", "lane", "consumer", "ticker")}
    eventually("each program is up", lambda: {row["program"] for row in desk.get("/api/v1/monitoring/services", admin).data
                                              if row["state"] == "up"} == names)
    token = desk.register(address())["accessToken"]
    for _ in range(8):
        desk.ticket(token)
    seen = eventually("the tickets are counted", lambda: (lambda d: d if sum(
        queue["inPerSecond"] for queue in d["queues"] if queue["name"].startswith("cmd.ticket.")) > 0 else None)(dashboard(admin, 5)), 30)
    assert seen["ageSeconds"] < 6 and seen["database"]["isUp"] and seen["broker"]["isUp"] and seen["database"]["connections"] > 10
    assert len(seen["queues"]) == len({queue["name"] for queue in seen["queues"]}) > 25 and all(queue["exists"] for queue in seen["queues"])
    assert seen["series"] and set(seen["series"][-1]["queues"]) == {queue["name"] for queue in seen["queues"]}
    ingress = next(row for row in desk.get("/api/v1/monitoring/services", admin).data if row["program"] == "ingress")
    assert 0 < ingress["p50Ms"] <= ingress["p95Ms"] <= ingress["p99Ms"] and ingress["errorRate"] == 0, ingress
    slow = desk.get("/api/v1/admin/diagnostics/slow", admin).data
    create = next(row for row in slow["routes"] if (row["method"], row["route"]) == ("POST", "/tickets"))
    assert create["calls"] >= 8 and create["totalMs"] >= create["meanMs"] > 0
    found = desk.get("/api/v1/admin/diagnostics", admin).data
    assert found["disks"][0]["freeBytes"] > 0 and found["stores"]["database"]["isUp"] and len(found["queues"]) > 25
    assert {row["program"] for row in found["ports"]} == names and all(abs(row["aheadSeconds"]) < 5 for row in found["clock"]["programs"])
    for path in ("/admin/diagnostics", "/admin/diagnostics/slow", "/monitoring/dashboard", "/monitoring/services", "/monitoring/alerts"):
        assert desk.get("/api/v1" + path, token).status == 403
        assert desk.get("/api/v1" + path, staff()[0]).status == 403
        assert desk.get("/api/v1" + path).status == 401


def rabbitmqctl(*words):
    environ = open(f"/proc/{pid_of('rabbitmq')}/environ", "rb").read().decode().split("\0")
    env = {"PATH": os.environ["PATH"], **dict(pair.split("=", 1) for pair in environ if pair.startswith(("HOME=", "ERL_", "RABBITMQ_")))}
    out = subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", *words], env=env, capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stdout + out.stderr


def die(count):
    desk.sql(f"""insert into dead_letters (id, queue, type, reason, exchange, routing_key, headers, body)
        select gen_random_uuid(), 'events.audit', 'monitor.flow', 'nobody knows it', 'guichet.events', 'monitor.flow', '{{}}', '{{}}'
        from generate_series(1, {count})""")


@flow("a program that is gone, one that hangs, a broker without memory and dead letters are each called by name, and again when it is over")
def _():
    admin = desk.admin()
    wanted = {("ServiceDown", "fetch"), ("QueueStalled", "events.notify"), ("BrokerMemory", ""), ("DeadLetters", "")}
    assert not wanted & set(alerts(admin)), "they are there before anything happened"
    token = desk.register(address())["accessToken"]
    desk.stack("stop", "fetch")
    die(3)
    try:
        with stopped("notify"):
            desk.ticket(token)
            eventually("it stands still", lambda: ("QueueStalled", "events.notify") in alerts(admin), 120)
            rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1MB")
            found = eventually("all are called", lambda: (lambda a: a if wanted <= set(a) else None)(alerts(admin)), 60)
            took = []
            for _ in range(8):
                begun = time.monotonic()
                assert desk.post("/api/v1/tickets", {"title": "t", "description": "d"}, token).status == 503
                took.append(time.monotonic() - begun)
            assert min(took) < 0.1, f"who is refused waits for it: {took}"
    finally:
        rabbitmqctl("set_vm_memory_high_watermark", "0.4")
        desk.sql("delete from dead_letters where type = 'monitor.flow'")
        desk.stack("start", "fetch")
    assert found[("DeadLetters", "")]["message"]["en"] == "3 messages could not be worked on."
    assert found[("ServiceDown", "fetch")]["message"]["en"].startswith("Service fetch is down")
    assert "guichet-fetch" in found[("ServiceDown", "fetch")]["todo"]["fr"]
    acked = desk.post(f"/api/v1/monitoring/alerts/{found[('ServiceDown', 'fetch')]['id']}/ack", {}, admin)
    assert acked.status in (200, 404), acked.raw  # it may be over
    assert desk.post(f"/api/v1/monitoring/alerts/{uuid.uuid4()}/ack", {}, admin).status == 404
    assert desk.post(f"/api/v1/monitoring/alerts/{found[('ServiceDown', 'fetch')]['id']}/ack", {}, token).status == 403
    eventually("all of it is over", lambda: not wanted & set(alerts(admin)), 60)
    ended = alerts(admin, "all")
    assert all(ended[key]["state"] == "resolved" and ended[key]["resolvedAt"] > ended[key]["since"] for key in wanted)
    address_of_admin = desk.env["GUICHET_ADMIN_EMAIL"]
    for name, subject in wanted:
        called = f"{name} {subject}".strip()
        eventually(f"{called} was mailed twice", lambda: sum(called in str(mail["Subject"]) for mail in desk.mails(address_of_admin)) >= 2, 60)
    logged = [row for row, in desk.sql("select distinct json_of(payload) ->> 'type' from audit_log")]
    assert {"alert.fired", "alert.resolved"} <= set(logged), logged


@flow("while the database is away whoever looks on is told so, and the monitor goes on afterwards")
def _():
    admin = desk.admin()
    assert Stream("/monitoring/stream", staff()[0]).status == 403
    stream = Stream("/monitoring/stream", admin)
    assert stream.events(lambda kind, _: kind == "seen")[-1][1]["database"]["isUp"]
    with stopped("postgresql"):
        said = stream.events(lambda kind, data: kind == "seen" and not data["database"]["isUp"] and data["alerts"])[-1][1]
    stream.close()
    assert [alert["name"] for alert in said["alerts"]] == ["DatabaseDown"], said["alerts"]
    eventually("ingress has its connections", lambda: desk.get("/ready").status == 200)
    eventually("it looks again", lambda: dashboard(admin)["ageSeconds"] < 5)
    eventually("it is over", lambda: ("DatabaseDown", "") not in alerts(admin), 60)


@flow("when the monitor dies another one goes on with what it had found")
def _():
    admin = desk.admin()
    die(1)
    try:
        first = eventually("it is called", lambda: alerts(admin).get(("DeadLetters", "")), 30)
        os.kill(pid_of("monitor"), 9)
        eventually("it looks again", lambda: dashboard(admin)["ageSeconds"] < 3, 30)
        assert alerts(admin)[("DeadLetters", "")]["id"] == first["id"]
    finally:
        desk.sql("delete from dead_letters where type = 'monitor.flow'")
    eventually("it is over", lambda: ("DeadLetters", "") not in alerts(admin), 30)


@flow("what programs and other services log is found in one place, by level, id and words, and no secret is in it")
def _():
    desk.up(LOG_KEEP="info")
    admin, token = desk.admin(), desk.register(address())["accessToken"]
    answer = desk.post("/api/v1/tickets", {"title": "Logged", "description": "d"}, token)
    said = desk.post("/api/v1/logs", {"service": "kiosk", "level": "warn", "message": "out of paper", "data": "{\"tray\":2}"}, admin)
    assert said.status == 202, said.raw
    assert desk.post("/api/v1/logs", {"service": "kiosk", "level": "warn", "message": "x"}, token).status == 403
    assert desk.get("/api/v1/logs", token).status == 403

    def logs(**query):
        return desk.get("/api/v1/logs?" + urllib.parse.urlencode(query), admin).data

    found = eventually("the line is there", lambda: logs(service="kiosk"))[0]
    assert (found["message"], found["level"], found["line"]["data"]) == ("out of paper", "warning", "{\"tray\":2}")
    eventually("the request is found by its id", lambda: {"ingress"} == {line["service"] for line in logs(id=answer.headers["X-Request-Id"])})
    assert all(line["level"] in ("warning", "error", "critical") for line in logs(level="warning", tail=500))
    assert logs(search="out of pap") and not logs(search="out%paper") and not logs(service="nobody")
    lines = logs(tail=3)
    assert len(lines) == 3 and all(line["seq"] < lines[-1]["seq"] for line in logs(tail=3, before=lines[-1]["seq"]))
    everything = desk.sql("select string_agg(line::text, ' ') from log_lines")[0][0]
    for line in (desk.state / "secrets/stack").read_text().split() + (desk.state / "secrets/passwords").read_text().split():
        secret = line.split("=", 1)[-1].split(":", 1)[-1]
        assert len(secret) < 12 or secret not in everything, line.split("=")[0]
    desk.up()
