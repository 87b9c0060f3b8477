"""Flows: who is told what, by which channel and when; what people read in the app, and how they decline."""
import base64
import hashlib
import hmac
import uuid

from desk import address, desk, eventually, flow

N = "/api/v1/notifications"


def person(role="user"):
    who = address()
    data = desk.register(who, firstName="Ana" + who[:6].replace("@", ""), lastName="Li")
    if role != "user":
        assert desk.ctl("user", "role", "--email", who, "--role", role).returncode == 0
        return desk.login(who), who, data["user"]["id"]
    return data["accessToken"], who, data["user"]["id"]


def told(token, **wanted):
    """What the person was told in the app of that kind."""
    return [n for n in desk.get(N + "?limit=100", token).data if all(n[k] == v for k, v in wanted.items())]


def comment(ticket, token, content, **fields):
    answer = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": content, **fields}, token)
    assert answer.status == 201, answer.raw
    return answer.data


def prefer(token, **fields):
    answer = desk.call("PUT", "/api/v1/users/preferences", fields, token)
    assert answer.status == 200, answer.raw
    return answer.data


@flow("what somebody was told is there to be read, marked, taken away, and says why")
def _():
    owner, _, owner_id = person()
    agent, _, _ = person("agent")
    ticket = desk.ticket(owner)
    first = eventually("the confirmation", lambda: told(owner, ticketId=ticket["id"]))[0]
    assert first["type"] == "ticket_created" and first["status"] == "unread" and ticket["number"] in first["title"], first
    assert first["why"] == {"rule": "owner", "preference": "mandatory", "decided": "told"}
    said = comment(ticket, agent, "Regardé, c'est le tambour.")
    second = eventually("the comment", lambda: told(owner, type="ticket_commented"))[0]
    assert second["message"] == said["content"] and second["ticketNumber"] == ticket["number"]
    page = desk.get(N + "?unread=true&limit=1", owner)
    assert page.json["pagination"]["unreadCount"] == 2 and page.data[0]["id"] == second["id"], page.raw
    rest = desk.get(N + f"?limit=1&cursor={page.json['pagination']['nextCursor']}", owner)
    assert [n["id"] for n in rest.data] == [first["id"]] and rest.json["pagination"]["nextCursor"] is None, rest.raw
    read = desk.call("PUT", f"{N}/{second['id']}/read", None, owner)
    assert read.status == 200 and read.data["status"] == "read" and read.data["readAt"], read.raw
    again = desk.call("PUT", f"/api/notifications/{second['id']}/read", None, owner)
    assert again.status == 200 and again.data["readAt"] == read.data["readAt"], again.raw
    assert desk.get(N + "?unread=true", owner).json["pagination"]["unreadCount"] == 1
    assert desk.call("PUT", N + "/read-all", None, owner).status == 200
    assert desk.get("/api/notifications", owner).json["pagination"]["unreadCount"] == 0
    assert desk.get(f"{N}/{second['id']}/why", owner).data == second["why"]
    for stranger in (agent, person()[0]):
        assert desk.get(f"{N}/{second['id']}", stranger).status == 404
        assert desk.call("PUT", f"{N}/{second['id']}/read", None, stranger).status == 404
        assert desk.call("DELETE", f"{N}/{second['id']}", None, stranger).status == 404
    assert desk.call("DELETE", f"{N}/{second['id']}", None, owner).status == 200
    assert desk.call("DELETE", f"{N}/{second['id']}", None, owner).status == 404
    assert [n["id"] for n in told(owner, ticketId=ticket["id"])] == [first["id"]]
    assert desk.get(N + "?type=ticket_commented", owner).data == []
    rows = desk.get(f"/api/v1/tickets/{ticket['id']}/notifications", agent).data
    assert {(r["recipientId"], r["channel"]) for r in rows if r["type"] == "ticket_commented"} == {
        (owner_id, "email"), (owner_id, "in_app")}, rows
    assert desk.get(f"/api/v1/tickets/{ticket['id']}/notifications", owner).status == 403


@flow("whoever declines a topic gets no mail of it, and it is written down why")
def _():
    owner, who, owner_id = person()
    agent, _, _ = person("agent")
    sheet = prefer(owner, notifications={"ticket_commented": {"email": "off"}}, language="en")
    assert sheet["notifications"]["ticket_commented"] == {"email": "off", "in_app": "on", "push": "on", "sms": "off"}
    assert sheet["language"] == "en" and sheet["quietHours"] is None and sheet["digest"]["every"] == "hourly"
    ticket = desk.ticket(owner)
    comment(ticket, agent, "Bonjour")
    eventually("the comment", lambda: told(owner, type="ticket_commented"))
    row = [r for r in desk.get(f"/api/v1/tickets/{ticket['id']}/notifications", agent).data
           if r["recipientId"] == owner_id and r["type"] == "ticket_commented" and r["channel"] == "email"][0]
    assert row["state"] == "declined" and row["why"] == {"rule": "owner", "preference": "chosen: off", "decided": "declined"}
    assert desk.sql(f"select count(*) from mails where ticket_id = '{ticket['id']}' and template = 'ticket_updated'") == [["0"]]
    old = prefer(owner, notifications={"email": False})
    assert old["notifications"]["sla"]["email"] == "off" and old["notifications"]["ticket_created"]["email"] == "on"


@flow("preferences that say nothing are refused, with a pointer to what is wrong")
def _():
    token, _, _ = person()
    for body, pointer in (({"notifications": {"ticket_created": {"email": "off"}}}, "/notifications/ticket_created/email"),
                          ({"notifications": {"nothing": {"email": "on"}}}, "/notifications/nothing"),
                          ({"notifications": {"sla": {"pigeon": "on"}}}, "/notifications/sla/pigeon"),
                          ({"notifications": {"sla": {"in_app": "digest"}}}, "/notifications/sla/in_app"),
                          ({"notifications": {"sla": "on"}}, "/notifications/sla"), ({"notifications": [1]}, "/notifications"),
                          ({"quietHours": {"from": "25:00", "to": "07:00"}}, "/quietHours/from"),
                          ({"quietHours": {"from": "22:00", "to": "22:00"}}, "/quietHours/to"),
                          ({"quietHours": {"from": "22:00", "to": "07:00", "days": ["day"]}}, "/quietHours/days"),
                          ({"digest": {"every": "yearly"}}, "/digest/every"), ({"timezone": "Mars/Base"}, "/timezone")):
        answer = desk.call("PUT", "/api/v1/users/preferences", body, token)
        assert answer.status == 400 and [e["pointer"] for e in answer.json["errors"]] == [pointer], (body, answer.raw)
    sheet = prefer(token, quietHours={"from": "22:00", "to": "07:00"}, digest={"every": "daily", "at": "09:30"})
    assert sheet["quietHours"]["from"] == "22:00" and sheet["digest"] == {"every": "daily", "at": "09:30"}
    assert prefer(token, quietHours=None)["quietHours"] is None


@flow("a mention reaches whom it names, and nobody who must not know")
def _():
    owner, _, _ = person()
    agent, _, _ = person("agent")
    other, other_address, _ = person("agent")
    stranger, stranger_address, _ = person()
    ticket = desk.ticket(owner)
    comment(ticket, agent, f"@{other_address}: et toi ? @{stranger_address}", isInternal=True)
    mention = eventually("the mention", lambda: told(other, type="mentioned"))[0]
    assert mention["why"]["rule"] == "mentioned" and mention["ticketId"] == ticket["id"]
    eventually("the mail", lambda: desk.mails(other_address))
    assert told(owner, type="ticket_commented") == [] and told(stranger) == [] and told(agent, type="mentioned") == []


@flow("a new ticket reaches who subscribed by mail, the rest of the staff in the app, and nobody who was disabled")
def _():
    owner, _, _ = person()
    one, one_address, _ = person("agent")
    other, other_address, _ = person("agent")
    gone, gone_address, gone_id = person("agent")
    made = desk.post(N + "/subscriptions", {"category": "hardware"}, one, Idempotency_Key="first")
    assert made.status == 201 and made.data["category"] == "hardware" and made.data["tag"] is None, made.raw
    assert desk.post(N + "/subscriptions", {"category": "hardware"}, one, Idempotency_Key="first").data == made.data
    assert len(desk.get(N + "/subscriptions", one).data["subscriptions"]) == 1
    assert desk.post(N + "/subscriptions", {}, owner).status == 403
    assert desk.ctl("user", "disable", "--email", gone_address).returncode == 0
    ticket = desk.ticket(owner, category="hardware")
    assert eventually("the subscription", lambda: told(one, ticketId=ticket["id"]))[0]["why"]["rule"] == "subscribed"
    assert eventually("the default", lambda: told(other, ticketId=ticket["id"]))[0]["why"]["rule"] == "staff"
    eventually("the mail", lambda: desk.mails(one_address))
    states = dict(desk.sql("select recipient_id, state from notifications where channel = 'email' and template = 'ticket_new' "
                           f"and ticket_id = '{ticket['id']}'"))
    assert gone_id not in states and sorted(set(states.values())) == ["declined", "told"], states
    assert desk.call("DELETE", f"{N}/subscriptions/{made.data['id']}", None, one).status == 200
    assert desk.call("DELETE", f"{N}/subscriptions/{made.data['id']}", None, one).status == 404
    assert desk.mails(other_address) == []


@flow("a notification is sent to one person, once for its key, and its sender is told what became of it")
def _():
    agent, _, _ = person("agent")
    token, who, account = person()
    body = {"recipient": who.upper(), "type": "maintenance", "subject": "Coupure ce soir", "content": "Dès 22 h.",
            "data": {"until": "23:00"}, "priority": "high"}
    sent = desk.post(N + "/send", body, agent, Idempotency_Key="k")
    assert sent.status == 202 and sent.data["jobId"], sent.raw
    assert desk.post("/api/notifications/send", body, agent, Idempotency_Key="k").data["jobId"] == sent.data["jobId"]
    got = eventually("the notification", lambda: told(token, type="message"))
    assert len(got) == 1 and got[0]["title"] == body["subject"] and got[0]["message"] == body["content"], got
    assert got[0]["details"] == body["data"] and got[0]["priority"] == "high" and got[0]["why"]["rule"] == "addressed"
    eventually("the mail", lambda: [m for m in desk.mails(who) if body["subject"] in m["Subject"]])
    assert desk.post(N + "/send", body, token).status == 403
    wrong = desk.post(N + "/send", {**body, "recipient": str(uuid.uuid4())}, agent)
    assert wrong.status == 400 and wrong.json["errors"][0]["pointer"] == "/recipient", wrong.raw
    assert desk.post(N + "/send", {"recipient": account}, agent).status == 400


def letters(raw):
    return base64.b32encode(raw).decode().lower().rstrip("=")


def link(account, topic):
    """The link of a mail, as List-Unsubscribe names it."""
    env = dict(line.removeprefix("export ").split("=", 1) for line in (desk.state / "programs/ingress.env").read_text().splitlines() if "=" in line)
    raw = uuid.UUID(account).bytes
    data = b"guichet mail\0u" + raw + hashlib.sha256(topic.encode()).digest()
    mac = hmac.new(bytes.fromhex(env["MAIL_KEY"].strip("'\"")), data, hashlib.sha256).digest()[:10]
    return f"/api/v1/unsubscribe/u{letters(raw)}{letters(mac)}?topic={topic}"


@flow("one click in a mail declines its topic, without signing in; looking at the page changes nothing")
def _():
    token, _, account = person()
    path = link(account, "ticket_updated")
    wish = lambda: desk.get("/api/v1/users/preferences", token).data["notifications"]["ticket_updated"]["email"]  # noqa: E731
    page = desk.get(path, Accept="text/html", Accept_Language="en")
    assert page.status == 200 and b'<form method="post">' in page.raw and b"Unsubscribe" in page.raw, page.raw
    assert not page.headers["Set-Cookie"] and wish() == "on"
    assert desk.get(path.replace("ticket_updated", "sla")).status == 404
    assert desk.call("POST", path.replace("/u", "/x", 2)).status == 404
    clicked = desk.call("POST", path, b"List-Unsubscribe=One-Click", Content_Type="application/x-www-form-urlencoded")
    assert clicked.status == 200 and wish() == "off", clicked.raw
    assert desk.call("POST", path, b"List-Unsubscribe=One-Click").status == 200
    assert desk.call("POST", link(account, "file_infected"), b"").status == 400
    log = (desk.state / "log/ingress.log").read_text()
    assert path.split("/")[-1].split("?")[0] not in log


@flow("channels say what is configured, to administrators")
def _():
    channels = {c["channel"]: c for c in desk.get(N + "/channels", desk.admin()).data}
    assert channels["email"]["enabled"] and channels["in_app"]["enabled"]
    assert channels["sms"] == {"channel": "sms", "enabled": False, "detail": "channel not configured"}
    assert desk.get(N + "/channels", person("agent")[0]).status == 403


@flow("what happens at a ticket within a short time after a mail becomes one more mail that tells all of it")
def _():
    desk.stack("down")
    desk.up(NOTIFY_BURST="3s")
    try:
        owner, who, _ = person()
        agent, _, _ = person("agent")
        ticket = desk.ticket(owner)
        for n in range(5):
            comment(ticket, agent, f"Message {n}.")
        mails = eventually("both mails", lambda: len(desk.mails(who)) == 3 and desk.mails(who))
        texts = sorted((m.get_body(("plain",)).get_content() for m in mails), key=len)
        assert all(f"Message {n}." in texts[-1] for n in range(1, 5)) and "Message 0." not in texts[-1], texts
        assert len(told(owner, type="ticket_commented")) == 5
        states = desk.sql(f"select state, count(*) from notifications where ticket_id = '{ticket['id']}' and channel = 'email' "
                          "and topic = 'ticket_commented' group by 1")
        assert states == [["told", "5"]], states
    finally:
        desk.stack("down")
        desk.up()
