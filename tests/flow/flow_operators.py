"""Flows: what an operator sees and mends: dead letters, the story of a request, queues live."""
import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
import uuid

from desk import ROOT, address, desk, eventually, flow, nothing_waits, pid_of, probe, programs, staff, stopped


def ctl(*words, code=0):
    """The answer of a command as JSON."""
    done = desk.ctl(*words, "--json")
    assert done.returncode == code, (words, done.stdout, done.stderr)
    return json.loads(done.stdout)


def fresh_id():
    """UUIDv7."""
    at = f"{int(time.time() * 1000):012x}"
    rest = uuid.uuid4().hex
    return str(uuid.UUID(at + "7" + rest[13:16] + "8" + rest[17:]))


def dead_comment(ticket, actor, content, reason="the flow put it aside", accepted_us=None):
    """A letter as the ticket worker would have written it."""
    letter, command = fresh_id(), fresh_id()
    body = {"ticketId": ticket, "commentId": fresh_id()} | ({"content": content} if content else {})
    headers = {"message_id": command, "actor": actor, "fp": "00" * 32, "accepted_at": accepted_us or int(time.time() * 1e6)}
    lane = f"cmd.ticket.{ticket[-1]}"
    desk.sql("insert into dead_letters (id, queue, type, reason, command_id, exchange, routing_key, headers, body) values "
             f"('{letter}', '{lane}', 'ticket.comment', '{reason}', '{command}', 'guichet.commands', '{lane}', "
             f"'{json.dumps(headers)}', '{json.dumps(body)}')")
    return letter


def person():
    who = desk.register(address())
    return who["accessToken"], who["user"]["id"]


def said(ticket, token):
    return [comment["content"] for comment in desk.get(f"/api/v1/tickets/{ticket}/comments", token).data]


@flow("a dead letter is changed as its row allows, what it said first is kept, and it is applied once however often it is replayed")
def _():
    token, actor = person()
    ticket = desk.ticket(token)["id"]
    letter = dead_comment(ticket, actor, None)
    refused = desk.ctl("dead", "edit", letter, "--set", "content=7", "--set", "frob=1")
    assert refused.returncode == 1 and "/frob" in refused.stderr, refused.stderr
    assert desk.ctl("dead", "edit", letter, "--set", f"ticketId={fresh_id()}", "--set", "content=x").returncode == 1
    edited = ctl("dead", "edit", letter, "--set", "content=Mended by hand")
    assert "Mended" in edited["body"] and "content" not in edited["firstBody"], edited
    assert ctl("dead", "replay", letter, "--dry-run")["replayed"] == 1
    assert ctl("dead", "show", letter)["state"] == "open"
    assert ctl("dead", "replay", letter)["replayed"] == 1
    again = ctl("dead", "replay", letter)
    assert (again["replayed"], again["already"]) == (0, 1), again
    assert "nothing was done" in desk.ctl("dead", "replay", letter).stdout
    assert ctl("dead", "replay", letter, "--again")["replayed"] == 1  # its inbox row knows it
    eventually("it is said", lambda: said(ticket, token) == ["Mended by hand"])
    eventually("all of it is told", nothing_waits)
    assert said(ticket, token) == ["Mended by hand"]
    assert ctl("dead", "edit", letter, "--set", "content=Late", code=1)
    eventually("the trail has it", lambda: {row[0] for row in desk.sql(
        f"select action from audit_log where payload like '%{letter}%'")} >= {"DEAD_EDITED", "DEAD_REPLAYED"})


@flow("letters are chosen by what is known of them, grouped by error, sent again at a rate in the order of acceptance, or set aside with a reason")
def _():
    token, actor = person()
    ticket = desk.ticket(token)["id"]
    mark = uuid.uuid4().hex[:8]
    now = int(time.time() * 1e6)
    for n in (3, 1, 2, 0):
        dead_comment(ticket, actor, f"{mark} no {n}", f"broken {mark}x at {n}", now + n)
    other = dead_comment(ticket, actor, f"{mark} never", f"hopeless {mark}")
    assert len(ctl("dead", "list", "--text", mark)) == 5
    groups = ctl("dead", "list", "--group", "--text", mark)
    assert [group["count"] for group in groups] == [4, 1], groups
    assert ctl("dead", "list", "--error", f"broken {mark}", "--older-than", "5") == []
    assert len(ctl("dead", "list", "--error", f"BROKEN {mark}", "--newer-than", "5", "--queue", "cmd.ticket")) == 4
    begun = time.monotonic()
    assert ctl("dead", "replay", "--error", f"broken {mark}", "--rate", "2")["replayed"] == 4
    assert time.monotonic() - begun >= 0.9
    eventually("they are said in order", lambda: said(ticket, token) == [f"{mark} no {n}" for n in range(4)])
    assert desk.ctl("dead", "replay").returncode == 2 and desk.ctl("dead", "discard", "--why", "x").returncode == 2
    assert desk.ctl("dead", "discard", other, "--why", "no use").returncode == 1  # nobody can be asked
    assert ctl("dead", "discard", "--error", f"hopeless {mark}", "--why", "no use", "--dry-run")["discarded"] == 1
    assert ctl("dead", "show", other)["state"] == "open"
    assert ctl("dead", "discard", "--error", f"hopeless {mark}", "--why", "no use", "--yes")["discarded"] == 1
    shown = ctl("dead", "show", other)
    assert (shown["state"], shown["discardedWhy"]) == ("discarded", "no use"), shown
    assert ctl("dead", "replay", other, code=1)["refused"] == 1
    assert ctl("dead", "list", "--text", mark) == [] and len(ctl("dead", "list", "--all", "--text", mark)) == 5
    eventually("the trail has the reason", lambda: desk.sql(
        f"select 1 from audit_log where payload like '%{other}%' and payload like '%no use%'"))


@flow("administrators do the same by the API, nobody else does, and what is amiss is said")
def _():
    admin = desk.admin()
    token, actor = person()
    ticket = desk.ticket(token)["id"]
    mark = uuid.uuid4().hex[:8]
    letter, lost = dead_comment(ticket, actor, None, f"api {mark} 1"), dead_comment(ticket, actor, f"{mark} lost", f"api {mark} 2")
    base = "/api/v1/admin/dead-letters"
    for other in (token, staff("agent")[0], staff("manager")[0]):
        for method, path, body in (("GET", base, None), ("GET", f"{base}/{letter}", None), ("GET", f"{base}/groups", None),
                                   ("PATCH", f"{base}/{letter}", {"set": {"content": "x"}}), ("POST", f"{base}/{letter}/replay", {}),
                                   ("DELETE", f"{base}/{letter}?why=x", None), ("POST", f"{base}/replay", {"type": "ticket.comment"}),
                                   ("POST", f"{base}/discard", {"why": "x", "type": "ticket.comment"})):
            assert desk.call(method, path, body, other).status == 403, (method, path)
    page = desk.get(f"{base}?error={mark}&limit=1", admin).json
    assert len(page["data"]) == 1 and page["pagination"]["total"] == 2, page
    assert [group["count"] for group in desk.get(f"{base}/groups?error={mark}", admin).data] == [2]
    assert desk.get(f"{base}/{letter}", admin).data["headers"]["actor"] == actor
    assert desk.get(f"{base}/{fresh_id()}", admin).status == 404
    refused = desk.call("PATCH", f"{base}/{letter}", {"set": {"content": 7}}, admin)
    assert refused.status == 400 and refused.json["errors"][0]["pointer"] == "/content", refused.json
    assert desk.call("PATCH", f"{base}/{letter}", {"set": {"content": f"{mark} mended"}}, admin).status == 200
    assert desk.post(f"{base}/replay", {}, admin).status == 400
    assert desk.post(f"{base}/replay", {"error": mark, "dryRun": True}, admin).data["replayed"] == 2
    assert desk.post(f"{base}/{letter}/replay", {}, admin).data["replayed"] == 1
    assert desk.post(f"{base}/{letter}/replay", {}, admin).data["already"] == 1
    assert desk.post(f"{base}/{fresh_id()}/replay", {}, admin).status == 404
    assert desk.call("PATCH", f"{base}/{letter}", {"set": {"content": "late"}}, admin).status == 409
    assert desk.call("DELETE", f"{base}/{lost}", None, admin).status == 400
    assert desk.call("DELETE", f"{base}/{lost}?why=hopeless", None, admin).data["discarded"] == 1
    assert desk.call("DELETE", f"{base}/{lost}?why=hopeless", None, admin).status == 409
    eventually("it is said", lambda: said(ticket, token) == [f"{mark} mended"])
    eventually("the trail names who did it", lambda: len(desk.sql(
        f"select distinct action from audit_log where action like 'DEAD%' and actor_id is not null and (payload like '%{letter}%' or payload like '%{lost}%')")) == 3)


def steps(*names, of):
    """The steps of that sort in a story; every one has a time, and they are in order."""
    times = [step["at"] for step in of["steps"]]
    assert times == sorted(times), times
    return [step for step in of["steps"] if step["step"] in names]


@flow("a request is followed by any of its ids through command, events, notification and mail, to the reply of the mail server")
def _():
    admin, who = desk.admin(), address()
    token = desk.register(who)["accessToken"]
    request, trace = "req-" + uuid.uuid4().hex[:12], uuid.uuid4().hex
    answer = desk.post("/api/v1/tickets", {"title": "Followed", "description": "Step by step."}, token, X_Request_Id=request,
                       traceparent=f"00-{trace}-{uuid.uuid4().hex[:16]}-01")
    assert answer.status == 201, answer.raw
    ticket = answer.data
    eventually("the mail is sent", lambda: desk.mails(who))
    story = eventually("the trail has it", lambda: steps("mail tried", of=ctl("trace", request)) and ctl("trace", request))
    assert story["kind"] == "request", story
    command = steps("accepted", of=story)[0]["id"]
    assert [step["outcome"] for step in steps("accepted", "applied", of=story)] == ["confirmed", "done"], story
    assert "ticket.created" in [step["what"] for step in steps("event", of=story)]
    assert steps("notification", of=story) and "250" in steps("mail tried", of=story)[0]["detail"], story
    mail = steps("mail tried", of=story)[0]["id"]
    message = desk.mails(who)[0]["Message-ID"]
    event = steps("event", of=story)[0]["id"]
    for name, kind in ((trace, "trace"), (command, "command"), (ticket["id"], "ticket"), (ticket["number"], "ticket"), (mail, "mail"),
                       (message, "message"), (event, "event")):
        other = ctl("trace", name)
        assert other["kind"] == kind, (name, other)
        assert command in [step["id"] for step in steps("accepted", of=other)] and mail in [step["id"] for step in other["steps"]], (name, other)
    told = desk.ctl("trace", ticket["number"])
    assert told.returncode == 0 and "+0.000 s" in told.stdout and "mail tried" in told.stdout, told.stdout
    assert "nothing is known" in desk.ctl("trace", "req-nobody").stderr
    assert desk.get(f"/api/v1/admin/trace/{command}", admin).data["steps"] == ctl("trace", command)["steps"]
    assert desk.get("/api/v1/admin/trace/req-nobody", admin).status == 404
    for other in (token, staff("agent")[0]):
        assert desk.get(f"/api/v1/admin/trace/{command}", other).status == 403


@flow("a command that was refused, and one that died and was mended, tell so; what is forgotten is said")
def _():
    token, actor = person()
    other = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)["id"]
    request = "req-" + uuid.uuid4().hex[:12]
    assert desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": "not mine"}, other, X_Request_Id=request).status == 403
    story = eventually("the refusal is in the trail", lambda: ctl("trace", request))
    assert [step["outcome"] for step in steps("applied", of=story)] == ["refused"], story
    letter = dead_comment(ticket, actor, None, "it broke")
    ctl("dead", "edit", letter, "--set", "content=Mended")
    ctl("dead", "replay", letter)
    eventually("it is applied", lambda: steps("applied", of=ctl("trace", letter)))
    names = [step["step"] for step in ctl("trace", letter)["steps"]]
    assert {"died", "changed by hand", "replayed", "applied", "event"} <= set(names), names
    old = "0" * 8 + "-0000-7000-8000-" + uuid.uuid4().hex[:12]
    desk.sql("insert into dead_letters (id, state, queue, type, reason, command_id, exchange, routing_key, headers, body) values "
             f"(gen_random_uuid(), 'open', 'cmd.ticket.0', 'ticket.comment', 'x', '{old}', '', '', '{{}}', '{{}}')")
    assert any("30 days" in note for note in ctl("trace", old)["notes"])
    desk.sql(f"delete from dead_letters where command_id = '{old}'")


@flow("each queue is shown with depth, age, rates and forecast, and what rests, has died or is due beside it")
def _():
    token = desk.register(address())["accessToken"]
    assert desk.ctl("pause", "cmd.account", "--why", "the flow looks at it").returncode == 0
    try:
        def account():
            desk.call("PUT", "/api/v1/users/profile", {"phone": "+1234567890"}, token, Prefer="respond-async")  # until it rests
            seen = {queue["name"]: queue for queue in ctl("queues", "--over", "0")["queues"]}
            assert len(seen) >= 25 and not any(queue["isMissing"] for queue in seen.values())
            return seen["cmd.account"]
        eventually("it rests, with what waits", lambda: account()["isPaused"] and account()["depth"] >= 1)
        text = desk.ctl("queues", "--over", "1").stdout
        assert "rests" in text and "out/s" in text and all(len(line) <= 80 for line in text.splitlines()), text
    finally:
        assert desk.ctl("resume", "cmd.account").returncode == 0
    eventually("it works again", lambda: not account()["isPaused"])
    assert ctl("queues", "--over", "1")["queues"][0]["inPerSecond"] is not None


class Terminal:
    """A command in a terminal of 80 by 24."""

    def __init__(self, *words):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.execve(ROOT / "build/bin/guichetctl", ["guichetctl", *words], desk.env | {"TERM": "xterm"})
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = ""

    def sees(self, words):
        """Waits until the words are on the screen."""
        def look():
            ready, _, _ = select.select([self.fd], [], [], 0.2)
            if ready:
                with contextlib.suppress(OSError):  # it is gone
                    self.shown += os.read(self.fd, 65536).decode()
            return words in self.shown
        eventually(f"{words} is shown", look)

    def ends(self, keys):
        os.write(self.fd, keys)
        self.sees("\x1b[?1049l")
        after = termios.tcgetattr(self.fd)
        assert after[3] & termios.ICANON and after[3] & termios.ECHO, "the terminal is not as it was"
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        os.close(self.fd)
        return code


@flow("top draws itself anew in 80 columns, obeys its keys, and leaves the terminal as it was, also when it is interrupted")
def _():
    screen = Terminal("top")
    screen.sees("cmd.ticket.0")
    lines = re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "", screen.shown).split("\r\n")
    assert max(map(len, lines)) <= 80 and len(lines) <= 24, lines
    screen.shown = ""
    os.write(screen.fd, b"n")
    screen.sees("cmd.account")  # sorted by name of topology.def all the same on the first page
    screen.shown = ""
    screen.sees("guichet 20")  # by itself
    assert screen.ends(b"q") == 0
    screen = Terminal("top", "--sort", "age")
    screen.sees("cmd.ticket.0")
    assert screen.ends(b"\x03") == -signal.SIGINT
    once = desk.ctl("top")
    assert once.returncode == 0 and "\x1b" not in once.stdout and "cmd.ticket.f" in once.stdout


@flow("the figures of a program are told, and how they change")
def _():
    eventually("they say where they can be asked", lambda: desk.ctl("stats", "relay").returncode + desk.ctl("stats", "ingress").returncode == 0)
    figures = ctl("stats", "relay")["metrics"]
    assert figures and all(isinstance(value, float) for value in figures.values())
    assert "--url" in desk.ctl("stats", "nobody").stderr
    assert ctl("stats", "ingress", "--match", "guichet_http_")["metrics"]
    watching = subprocess.Popen([ROOT / "build/bin/guichetctl", "stats", "ingress", "--watch", "--every", "1", "--turns", "3", "--match",
                                 "guichet_http_", "--json"], env=desk.env, stdout=subprocess.PIPE, text=True)
    end = time.monotonic() + 20
    while watching.poll() is None and time.monotonic() < end:
        desk.get("/api/v1/health")
        time.sleep(0.1)
    turns = [json.loads(line) for line in watching.communicate()[0].splitlines()]
    assert watching.returncode == 0 and len(turns) == 3
    assert any(change["delta"] > 0 for turn in turns for change in turn.values()), turns


def secrets():
    """Every password and key of the stack."""
    found = set()
    for name, value in desk.env.items():
        if re.search(r"PASSWORD|SECRET|_KEY$", name) and not name.endswith("_FILE") and len(value) >= 8:
            found.add(value)
        found.update(re.findall(r"://[^:/@]*:([^@/]{6,})@", value))
    for file in (desk.state / "secrets").rglob("*"):
        if file.is_file():
            found.update(word for word in re.findall(r"[A-Za-z0-9+/_-]{20,}", file.read_text(errors="replace")) if not word.startswith("/"))
    return found


@flow("programs tell what they run with and where it comes from, no secret among it; administrators see the tables")
def _():
    admin, token = desk.admin(), desk.register(address())["accessToken"]
    wanted = {name.replace("-", "_") for name in programs("ingress", "door", "lane", "consumer", "ticker")}
    eventually("each has told", lambda: {program["program"] for program in ctl("config") if program["settings"]} == wanted)
    relay = {setting["name"]: setting for setting in ctl("config", "relay")[0]["settings"]}
    assert relay["DATABASE_URL"]["isSecret"] and "@" in relay["DATABASE_URL"]["value"] and relay["CA_FILE"]["source"] == "default", relay
    text = desk.ctl("config").stdout
    shown = desk.get("/api/v1/admin/config", admin).raw.decode()
    known = secrets()
    assert len(known) > 20
    for secret in known:
        assert secret not in text and secret not in shown, f"a secret of {len(secret)} characters is shown"
    assert "(hidden)" in text and "CA_FILE" not in desk.ctl("config", "relay", "--changed").stdout
    assert [p["program"] for p in desk.get("/api/v1/admin/config?program=mail-ingress", admin).data] == ["mail_ingress"]
    tables = {table["name"]: table for table in desk.get("/api/v1/admin/schema", admin).data["tables"]}
    assert tables["outbox"]["partitions"] > 3 and "outbox_default" not in tables and tables["tickets"]["indexes"], list(tables)
    for path in ("config", "schema"):
        assert desk.get(f"/api/v1/admin/{path}", token).status == 403


@flow("a drained program has nothing in hand, what comes waits, and a frozen one is named")
def _():
    token = desk.register(address())["accessToken"]
    try:
        assert ctl("drain", "ticket")["isDrained"]
        assert desk.post("/api/v1/tickets", {"title": "Waits", "description": "x"}, token, Prefer="respond-async").status == 202
        assert desk.get("/api/v1/tickets", token).data["tickets"] == []
        assert desk.ctl("drain", "ingress").returncode == 1 and desk.ctl("drain", "cmd.ticket.0").returncode == 1
        assert ctl("drain", "all", "--timeout", "30")["isDrained"]
        assert len(ctl("pauses")["pauses"]) >= 10
        assert desk.ctl("resume", "webhook").returncode == 0
        eventually("it has heard", lambda: not probe("webhook", "/health")[1].count("lets it rest"))
        with stopped("webhook"):
            late = ctl("drain", "webhook", "--timeout", "3", code=1)
            assert not late["isDrained"] and "webhook on" in late["busy"], late
    finally:
        assert ctl("resume", "all")["resumed"] >= 10
    eventually("it is done", lambda: len(desk.get("/api/v1/tickets", token).data["tickets"]) == 1)
    assert ctl("pauses")["pauses"] == []


@flow("logs are shown in one order, filtered, and followed over a rotation; a program tells its allocation when it is asked")
def _():
    mark = "req-" + uuid.uuid4().hex[:12]
    desk.post("/api/v1/tickets", {"title": "Logged", "description": "x"}, desk.register(address())["accessToken"], X_Request_Id=mark)
    lines = eventually("its lines are there", lambda: desk.ctl("logs", "--grep", mark, "--json").stdout.splitlines())
    times = [json.loads(line)["ts"] for line in lines]
    assert times == sorted(times) and {json.loads(line)["program"] for line in lines} >= {"guichet-ingress"}, lines
    assert desk.ctl("logs", "--grep", mark, "--level", "critical").stdout == ""
    assert len(desk.ctl("logs", "--program", "ingress", "--lines", "1").stdout.splitlines()) == 1
    assert desk.ctl("logs", "--program", "nobody").returncode == 1
    holes = desk.state / "holes"  # one that was emptied in place begins with NULs
    holes.mkdir(exist_ok=True)
    (holes / "relay.log").write_bytes(b"{\"msg\":\"first\"}\n" + b"\0" * 200 + b"{\"msg\":\"behind the hole\"}\n")
    for form in ([], ["--json"]):
        out = subprocess.run([ROOT / "build/bin/guichetctl", "logs", *form], env=desk.env | {"LOG_DIR": str(holes)}, capture_output=True, text=True, timeout=60)
        assert out.returncode == 0 and "behind the hole" in out.stdout and "first" in out.stdout, out
    for minutes in ("0", "5270401", "9223372036854775807"):
        assert desk.ctl("pause", "webhook", "--why", "x", "--minutes", minutes).returncode == 2, "0 is no pause without an end"
        assert desk.ctl("log-level", "--to", "debug", "--minutes", minutes).returncode == 2
    assert ctl("pauses")["pauses"] == []
    seen = desk.state / "tail.out"
    with open(seen, "w") as out:
        tail = subprocess.Popen([ROOT / "build/bin/guichetctl", "logs", "--tail", "--program", "relay", "--grep", "allocation", "--lines", "0"],
                                env=desk.env, stdout=out)
    log = desk.state / "log/relay.log"
    try:
        time.sleep(0.5)  # what was there before is not meant
        os.kill(pid_of("relay"), signal.SIGUSR2)
        eventually("the line comes", lambda: "arena_bytes=" in seen.read_text())
        log.rename(log.with_suffix(".log.1"))
        desk.stack("restart", "relay")  # writes to the new file
        eventually("it runs", lambda: log.exists() and pid_of("relay"))
        os.kill(pid_of("relay"), signal.SIGUSR2)
        eventually("the line of the other file comes, too", lambda: seen.read_text().count("arena_bytes=") == 2)
    finally:
        tail.kill()
        tail.wait()


def redis(*words):
    """As the owner of the stack."""
    user, password, host, port = re.fullmatch(r"redis://([^:]+):([^@]+)@([^:]+):(\d+)/0", desk.env["REDIS_URL"]).groups()
    out = subprocess.run(["redis-cli", "-h", host, "-p", port, "--user", user, *words], env={**os.environ, "REDISCLI_AUTH": password},
                         capture_output=True, text=True, timeout=10, check=True)
    return out.stdout.strip()


@flow("administrators see Redis as it is and delete keys of ours there, of which the trail is told; others may not, and other keys stay")
def _():
    admin, (agent, _) = desk.admin(), staff("agent")
    for number in range(3):
        redis("set", f"guichet:test:{number}", "x")
    redis("set", "others:test", "x")
    try:
        stats = desk.get("/api/v1/cache/stats", admin).data
        assert stats["status"] == "healthy" and stats["keys"] == 4 and stats["usedMemoryBytes"] > 1000, stats
        keys = desk.get("/api/v1/cache/keys?pattern=*test*", admin).data
        assert sorted(keys["keys"]) == ["guichet:test:0", "guichet:test:1", "guichet:test:2", "others:test"] and keys["isWhole"], keys
        for method, path in (("GET", "stats"), ("GET", "keys"), ("DELETE", "keys?pattern=*"), ("DELETE", "keys/guichet:test:0")):
            assert desk.call(method, "/api/v1/cache/" + path, token=agent).status == 403, path
        none = desk.call("DELETE", "/api/v1/cache/keys?pattern=auth-service:tokens:*", token=admin)
        assert none.status == 200 and none.data == {"deleted": 0}, none.raw
        assert desk.call("DELETE", "/api/v1/cache/keys/others:test", token=admin).status == 404
        assert desk.call("DELETE", "/api/v1/cache/keys/guichet:test:0", token=admin).data == {"deleted": 1}
        assert desk.call("DELETE", "/api/v1/cache/keys/guichet:test:0", token=admin).status == 404
        assert desk.call("DELETE", "/api/v1/cache/keys?pattern=*:1", token=admin).data == {"deleted": 1}
        assert desk.call("DELETE", "/api/v1/cache/keys", token=admin).data == {"deleted": 1}
        assert redis("keys", "*") == "others:test"
        eventually("the trail tells", lambda: desk.sql("select 1 from audit_log where payload like '%cache.cleared%' and payload like '%auth-service:tokens:%'"))
        desk.stack("stop", "redis")
        assert desk.get("/api/v1/cache/stats", admin).data == {"status": "unreachable"}
        assert desk.get("/api/v1/cache/keys", admin).status == 503
        desk.stack("start", "redis")
        eventually("it is back", lambda: desk.get("/api/v1/cache/stats", admin).data["status"] == "healthy")
    finally:
        desk.stack("start", "redis")
        redis("flushall")
