"""Flows: parts that stand still without being gone (SIGSTOP), which is worse: whoever asks them waits."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import re
import subprocess
import time
import uuid

from desk import address, desk, eventually, family, flow, pid_of, staff, stopped

DEFAULT_WAIT = 2


@contextlib.contextmanager
def mute(queue):
    """The queue's leader stands still for as long as a file is there; starting Erlang twice would take too long."""
    environ = (pathlib.Path("/proc") / str(pid_of("rabbitmq")) / "environ").read_bytes().decode().split("\0")
    env = {"PATH": os.environ["PATH"], **dict(pair.split("=", 1) for pair in environ if pair.startswith(("HOME=", "ERL_", "RABBITMQ_")))}
    flag = desk.state.resolve() / "mute"
    flag.touch()
    try:
        out = subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", "eval", f"""
            Server = 'guichet_{queue}',
            Wait = fun Wait() -> case filelib:is_file("{flag}") of
                true -> timer:sleep(20), Wait();
                false -> sys:resume(Server) end end,
            sys:suspend(Server), spawn(Wait), ok."""], env=env, capture_output=True, text=True, timeout=120)
        assert out.returncode == 0 and out.stdout.strip() == "ok", out.stdout + out.stderr
        yield
    finally:
        flag.unlink()


class Asked:
    """A request on its way, its answer, and how long that took."""

    def __init__(self, pool, method, path, body=None, token=None, wait=DEFAULT_WAIT, what="", **headers):
        if wait != DEFAULT_WAIT:
            headers["Prefer"] = f"wait={wait}" if wait else "respond-async"
        self.wait, self.what, self.answer = wait, what, None
        self.future = pool.submit(self.ask, method, path, body, token, headers)

    def ask(self, method, path, body, token, headers):
        begun = time.monotonic()
        self.answer = desk.call(method, path, body, token, timeout=30, **headers)
        self.took = time.monotonic() - begun

    def done(self):
        self.future.result(60)
        assert self.took < self.wait + 2, f"{self.what}: {self.answer.status} after {self.took:.2f} s, wait {self.wait}"
        return self.answer


def ready():
    return eventually("everything is there again", lambda: desk.get("/ready").status == 200, 60)


def tickets_of_two_lanes(token):
    first = desk.ticket(token, "one")
    while (other := desk.ticket(token, "two"))["id"][-1] == first["id"][-1]:
        pass
    return first["id"], other["id"]


@flow("a queue that confirms nothing holds up its own commands until their deadline, and no others")
def _():
    token = desk.register(address())["accessToken"]
    silent, other = tickets_of_two_lanes(token)
    comments = f"/api/v1/tickets/{silent}/comments"
    with concurrent.futures.ThreadPoolExecutor(96) as pool, mute(f"cmd.ticket.{silent[-1]}"):
        asked = [Asked(pool, "POST", comments, {"content": f"mute {n}"}, token, wait=n % 2, what="mute") for n in range(90)]
        eventually("the probe says so", lambda: desk.get("/ready").json["checks"]["confirms"] != "ok")
        for n in range(20):
            answer = desk.post(f"/api/v1/tickets/{other}/comments", {"content": f"other {n}"}, token)
            assert answer.status == 201, answer.raw
        codes = [a.done().json["code"] for a in asked]
        assert set(codes) == {"OUTCOME_UNKNOWN", "NOT_ACCEPTED"}, set(codes)
        late = Asked(pool, "POST", comments, {"content": "late"}, token, wait=0, what="late").done()
        assert late.json["code"] in ("NOT_ACCEPTED", "OUTCOME_UNKNOWN")
    ready()
    assert desk.post(comments, {"content": "heard"}, token).status == 201
    said = {c[0] for c in desk.sql(f"select content from ticket_comments where ticket_id = '{silent}'")}
    assert not said & {f"mute {n}" for n, code in enumerate(codes) if code == "NOT_ACCEPTED"}
    assert {f"mute {n}" for n, code in enumerate(codes) if code == "OUTCOME_UNKNOWN"} <= said


def ask_everything(pool, who, mark):
    """One request of each kind; what is written is marked."""
    token, ticket, status = who["accessToken"], who["ticket"], who["status"]
    create = {"title": mark, "description": "d"}
    key = uuid.uuid4().hex
    commands = [Asked(pool, "POST", "/api/v1/tickets", {**create, "title": f"{mark} wait {wait}"}, token, wait, f"wait {wait}")
                for wait in (0, 1, DEFAULT_WAIT, 6)]
    commands.append(Asked(pool, "POST", "/api/v1/tickets", {**create, "title": f"{mark} key"}, token, 1, "key", Idempotency_Key=key))
    bulk = Asked(pool, "POST", "/api/v1/tickets/bulk", {"ticketIds": [ticket], "action": "comment", "content": f"{mark} bulk"},
                 token, 1, "bulk")
    rest = [Asked(pool, "GET", f"/api/v1/tickets/{ticket}", token=token, what="read"),
            Asked(pool, "GET", "/api/v1/tickets", token=token, what="list"),
            Asked(pool, "GET", status, what="status"),
            Asked(pool, "POST", "/api/v1/auth/login", {"email": who["email"], "password": "password123"}, what="login"),
            Asked(pool, "POST", "/api/v1/auth/refresh", {"refreshToken": uuid.uuid4().hex * 2}, what="refresh"),
            Asked(pool, "POST", "/api/v1/auth/register", {"email": address(), "password": "password123"}, what="register"),
            Asked(pool, "GET", "/live", wait=0, what="live"), Asked(pool, "GET", "/health", wait=0, what="health")]
    return commands, bulk, rest


def flood(pool, agent, tickets):
    """More than the sockets on the way to the broker hold: the publisher hangs in the middle of a write."""
    body = json.dumps({"ticketIds": tickets, "action": "comment", "content": "x" * 50000}).encode()
    for asked in [Asked(pool, "POST", "/api/v1/tickets/bulk", body, agent, 1, "flood") for _ in range(6)]:
        assert {result["status"] for result in asked.done().data["results"]} == {503}


@flow("whatever stands still, no request is open longer than its wait and two seconds, and every answer is true")
def _():
    email = address()
    who = {**desk.register(email), "email": email}
    token = who["accessToken"]
    first = desk.post("/api/v1/tickets", {"title": "first", "description": "d"}, token, Prefer="respond-async")
    who["status"] = first.data["statusUrl"]
    tickets = [desk.ticket(token, f"flood {n}")["id"] for n in range(18)]
    who["ticket"] = tickets[0]
    agent = staff()[0]
    rounds = [("rabbitmq",), ("postgresql",), ("redis",), ("rabbitmq", "postgresql"), ("rabbitmq", "redis"), ("postgresql", "redis")]
    told = []
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        for parts in rounds:
            mark = " ".join(parts)
            with stopped(*parts):
                if parts[0] == "rabbitmq":
                    flood(pool, agent, tickets)
                commands, bulk, rest = ask_everything(pool, who, mark)
                told += [(f"{mark} {c.what}", c.done()) for c in commands]
                results = bulk.done()
                for asked in rest:
                    asked.done()
            assert "rabbitmq" not in parts or all(a.status == 503 for _, a in told[-5:]), [a.raw for _, a in told[-5:]]
            assert parts != ("redis",) or ({a.status for _, a in told[-5:]} == {201, 202} and told[-2][1].status == 201)
            assert parts != ("postgresql",) or {a.status for _, a in told[-5:]} == {202}
            assert results.status == 200, results.raw
            ready()
    for mark, answer in told:
        if answer.status in (201, 202):
            eventually(f"{mark} is applied", lambda: desk.sql(f"select 1 from tickets where title = '{mark}'"))
    for mark, answer in told:
        if answer.status == 503:
            assert answer.json["code"] in ("NOT_ACCEPTED", "OUTCOME_UNKNOWN"), answer.raw
            assert answer.json["code"] == "OUTCOME_UNKNOWN" or not desk.sql(f"select 1 from tickets where title = '{mark}'")


@flow("one bulk request writes a megabyte at most, and while it is worked on others are answered")
def _():
    token = staff()[0]
    tickets = [desk.ticket(token, f"bulk {n}")["id"] for n in range(20)]
    content = "x" * 50000
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        much = {"ticketIds": tickets, "action": "comment", "content": content}
        asked = [pool.submit(desk.post, "/api/v1/tickets/bulk", much, token) for _ in range(3)]
        longest = 0
        while not all(a.done() for a in asked):
            begun = time.monotonic()
            assert desk.get("/live").status == 200
            longest = max(longest, time.monotonic() - begun)
        assert {a.result().status for a in asked} == {200} and longest < 1, longest
    too_much = desk.post("/api/v1/tickets/bulk", {**much, "ticketIds": tickets + [tickets[0]] * 2}, token)
    assert (too_much.status, too_much.json["code"]) == (413, "BODY_TOO_LARGE"), too_much.raw
    assert desk.sql("select max(comment_count) from tickets where title like 'bulk %'") == [["3"]]


@flow("a flood of the largest bodies waits in files or is refused rather than held, and none of it is lost")
def _():
    token = desk.register(address())["accessToken"]
    ingress = family(pid_of("ingress"))[-1]
    body = {"title": "flood", "description": "\U0001f5a8" * 49000}
    raw = json.dumps(body, ensure_ascii=False).encode()
    with stopped("ticket"), concurrent.futures.ThreadPoolExecutor(200) as pool:
        asked = [pool.submit(desk.call, "POST", "/api/v1/tickets", raw, token, 60, Prefer="wait=5") for _ in range(400)]
        answers = [a.result() for a in asked]
    statuses = [a.status for a in answers]
    assert 202 in statuses and set(statuses) <= {202, 503}, set(statuses)
    assert {a.json["code"] for a in answers if a.status == 503} <= {"SERVICE_UNAVAILABLE", "NOT_ACCEPTED"}
    peak = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{ingress}/status").read_text())
    assert int(peak[1]) < 200 * 1024, f"{peak[1]} kB"
    eventually("what was accepted is there", lambda: desk.sql(
        "select count(*) from tickets where title = 'flood'") == [[str(statuses.count(202))]], 60)
