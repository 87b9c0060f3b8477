"""Flows: what operators see of the programs, let rest, and hear more of."""
import json
import time

from desk import address, desk, eventually, flow, pid_of, programs, staff, stopped


def listed(*words):
    return json.loads(desk.ctl(*words, "--json").stdout)


def silence(program):
    """Seconds for which the youngest process of that program was not heard."""
    return min((row["silentSeconds"] for row in listed("programs")["programs"] if row["program"] == program), default=None)


def resumed(target):
    assert desk.ctl("resume", target).returncode == 0


@flow("every program says how it is every two seconds; one that hangs is silent, one that ended in good order is not missed")
def _():
    names = {name.replace("-", "_") for name in programs("ingress", "door", "lane", "consumer", "ticker")}
    eventually("each program is listed", lambda: {row["program"] for row in listed("programs")["programs"]} == names)
    with stopped("webhook"):
        eventually("its silence is seen", lambda: silence("webhook") >= 5)
    eventually("it is heard again", lambda: silence("webhook") <= 3)
    before = pid_of("webhook")
    desk.stack("stop", "webhook")
    eventually("it is not missed", lambda: before not in [row["pid"] for row in listed("programs")["programs"]])
    desk.stack("start", "webhook")
    eventually("another one is there", lambda: pid_of("webhook") in [row["pid"] for row in listed("programs")["programs"]])


@flow("what comes while the ticket worker rests is accepted and waits, over a restart too, and is done when it works again")
def _():
    token = desk.register(address())["accessToken"]
    assert desk.ctl("pause", "ticket", "--why", "the flow asks for it").returncode == 0
    try:
        time.sleep(3)
        answer = desk.post("/api/v1/tickets", {"title": "Waits", "description": "It rests."}, token, Prefer="respond-async")
        assert answer.status == 202, answer.status
        desk.stack("stop", "ticket")
        desk.stack("start", "ticket")  # waits until it is ready, all the same
        time.sleep(3)
        assert desk.get("/api/v1/tickets", token).data["tickets"] == []
        assert [row["target"] for row in listed("pauses")["pauses"]] == ["ticket"]
    finally:
        resumed("ticket")
    eventually("the ticket is there", lambda: len(desk.get("/api/v1/tickets", token).data["tickets"]) == 1)
    assert desk.ctl("resume", "ticket").returncode == 1


@flow("of the lanes that one worker reads one can rest alone, and a pause can end by itself")
def _():
    token = desk.register(address())["accessToken"]
    tickets = [desk.ticket(token)["id"] for _ in range(24)]
    lane = next(digit for digit in "0123456789abcdef" if any(t.endswith(digit) for t in tickets)
                and any(not t.endswith(digit) for t in tickets))
    assert desk.ctl("pause", f"cmd.ticket.{lane}", "--why", "one lane", "--minutes", "1").returncode == 0
    try:
        time.sleep(3)
        resting = next(t for t in tickets if t.endswith(lane))
        working = next(t for t in tickets if not t.endswith(lane))
        assert desk.post(f"/api/v1/tickets/{working}/comments", {"content": "goes on"}, token).status == 201
        assert desk.post(f"/api/v1/tickets/{resting}/comments", {"content": "waits"}, token, Prefer="wait=1").status == 202
        desk.sql(f"update operator_pauses set until = now() where target = 'cmd.ticket.{lane}'")  # sooner than a minute
        eventually("what waited is done", lambda: desk.get(f"/api/v1/tickets/{resting}/comments", token).data)
    finally:
        desk.sql("delete from operator_pauses")


@flow("a mail worker that rests sends nothing, and sends all of it when it works again")
def _():
    who = address()
    assert desk.ctl("pause", "mail", "--why", "the server is being moved").returncode == 0
    try:
        time.sleep(3)
        desk.ticket(desk.register(who)["accessToken"], "Told later")
        time.sleep(3)
        assert desk.mails(who) == []
    finally:
        resumed("mail")
    eventually("the mail comes", lambda: desk.mails(who))


@flow("administrators let rest and work by the API, with a reason, and the trail has it; others may not, and nonsense is refused")
def _():
    admin = desk.admin()
    user = desk.register(address())["accessToken"]
    for token in (user, staff("agent")[0], staff("manager")[0]):
        assert desk.call("PUT", "/api/v1/admin/pauses/events.webhook", {"why": "being looked at"}, token).status == 403
        assert desk.get("/api/v1/admin/pauses", token).status == 403
    for target, pointer in (("nothing", "/target"), ("ingress", "/target"), ("work.mail.low", "/target")):
        answer = desk.call("PUT", f"/api/v1/admin/pauses/{target}", {"why": "no"}, admin)
        assert answer.status == 400 and answer.json["errors"][0]["pointer"] == pointer, (target, answer.json)
    answer = desk.call("PUT", "/api/v1/admin/pauses/events.webhook", {"why": "being looked at", "seconds": 600}, admin)
    assert answer.status == 200 and answer.data == {"target": "events.webhook", "isPaused": True}, answer.json
    rows = desk.get("/api/v1/admin/pauses", admin).data
    assert [(row["target"], row["why"]) for row in rows] == [("events.webhook", "being looked at")] and rows[0]["until"], rows
    assert desk.call("DELETE", "/api/v1/admin/pauses/events.webhook", None, admin).status == 200
    assert desk.call("DELETE", "/api/v1/admin/pauses/events.webhook", None, admin).status == 404
    eventually("the trail has both", lambda: len(desk.sql(
        "select 1 from audit_log where payload like '%operator.paused%' and payload like '%events.webhook%'")) >= 2)


@flow("a program logs more for a while without a restart, and less again")
def _():
    admin = desk.admin()
    user = desk.register(address())["accessToken"]
    assert desk.call("PUT", "/api/v1/admin/log-level", {"service": "ticket", "level": "debug"}, user).status == 403
    assert desk.call("PUT", "/api/v1/admin/log-level", {"service": "nobody", "level": "debug"}, admin).status == 400
    assert desk.call("PUT", "/api/v1/admin/log-level", {"level": "loud"}, admin).status == 400
    answer = desk.call("PUT", "/api/v1/admin/log-level", {"service": "ticket", "level": "debug", "seconds": 600}, admin)
    assert answer.status == 200 and answer.data["level"] == "debug" and answer.data["until"], answer.json
    eventually("it says so", lambda: '"to":"debug"' in desk.stack("logs", "ticket").stdout)
    desk.ticket(user, "Seen in the log")
    eventually("and logs more", lambda: '"msg":"applied"' in desk.stack("logs", "ticket").stdout)
    assert desk.ctl("log-level", "--program", "ticket", "--to", "default").returncode == 0
    eventually("and less again", lambda: '"to":"info"' in desk.stack("logs", "ticket").stdout)
