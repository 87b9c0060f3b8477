"""Flows: a ticket by REST, and the protocol of commands."""
import re
import uuid

from desk import address, desk, eventually, flow


@flow("a ticket goes from REST to PostgreSQL, history, audit and an e-mail in French")
def _():
    who = address()
    token = desk.register(who, firstName="Zoé", lastName="Martin")["accessToken"]
    ticket = desk.ticket(token, "L'écran est noir {title}", priority="HIGH", category="Matériel")
    assert ticket["number"].startswith("HD-20") and ticket["status"] == "open" and ticket["priority"] == "high"
    assert ticket["version"] == 1 and ticket["description"] == "Plus rien ne sort."
    assert desk.sql(f"select number, status from tickets where id = '{ticket['id']}'") == [[ticket["number"], "open"]]
    history = desk.get(f"/api/v1/tickets/{ticket['id']}/history", token).data
    assert {row["fieldName"] for row in history} == {"status", "priority", "category", "title", "due_at"}
    assert all(row["action"] == "created" for row in history)
    logs = eventually("an audit row", lambda: desk.get(f"/api/v1/audit/logs?resourceId={ticket['id']}", desk.admin()).data)
    assert [row["action"] for row in logs] == ["TICKET_CREATED"] and logs[0]["details"]["title"] == ticket["title"]
    mail, = eventually("a mail", lambda: desk.mails(who))
    assert mail["Subject"] == f"[{ticket['number']}] L'écran est noir {{title}}"
    text = mail.get_content()
    assert "Bonjour Zoé Martin," in text and ticket["number"] in text and "L'équipe Support" in text
    assert mail["Message-ID"] and mail["Auto-Submitted"] == "auto-generated" and mail["References"] is None


@flow("who reads English gets English, in answers and by mail")
def _():
    who = address()
    token = desk.register(who, language="en")["accessToken"]
    desk.ticket(token, "The screen is black")
    mail, = eventually("a mail", lambda: desk.mails(who))
    assert "has been created" in mail.get_content() and "Hello" in mail.get_content()
    assert desk.get("/api/v1/nothing", Accept_Language="en-GB").json["message"] == "Endpoint not found"
    assert desk.get("/api/v1/nothing").json["message"] == "Endpoint non trouvé"


@flow("a comment is added, read back and told in the history; the version rises")
def _():
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    for n in (1, 2, 3):
        comment = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": f"note {n}"}, token)
        assert comment.status == 201 and comment.data["seq"] == n and comment.data["content"] == f"note {n}"
    read = desk.get(f"/api/v1/tickets/{ticket['id']}", token).data
    assert read["version"] == 4 and [c["content"] for c in read["comments"]] == ["note 1", "note 2", "note 3"]
    page = desk.get(f"/api/v1/tickets/{ticket['id']}/comments?page=2&limit=2", token)
    assert [c["seq"] for c in page.data] == [3] and page.json["pagination"]["total"] == 3
    history = desk.get(f"/api/v1/tickets/{ticket['id']}/history", token).data
    assert [row["version"] for row in history if row["fieldName"] == "comment"] == [2, 3, 4]


@flow("internal comments are staff's alone")
def _():
    token, agent = desk.register(address())["accessToken"], address("agent")
    desk.register(agent)
    assert desk.ctl("user", "role", "--email", agent, "--role", "Support").returncode == 0
    agent = desk.login(agent)
    ticket = desk.ticket(token)
    path = f"/api/v1/tickets/{ticket['id']}/comments"
    refused = desk.post(path, {"content": "psst", "isInternal": True}, token)
    assert refused.status == 403 and refused.json["code"] == "INSUFFICIENT_PERMISSIONS"
    internal = desk.post(path, {"content": "psst", "isInternal": True}, agent)
    assert internal.status == 201 and internal.data["isInternal"] is True
    assert desk.get(path, token).data == [] and len(desk.get(path, agent).data) == 1
    assert desk.get(f"/api/v1/tickets/{ticket['id']}", token).data["comments"] == []
    assert "psst" not in desk.get(f"/api/v1/tickets/{ticket['id']}/history", token).raw.decode()
    assert desk.get(f"{path}/{internal.data['id']}", token).status == 404


@flow("another one's ticket is refused, one that is not there is not found, a malformed id is invalid")
def _():
    owner, other = desk.register(address())["accessToken"], desk.register(address())["accessToken"]
    ticket = desk.ticket(owner)
    assert desk.get(f"/api/v1/tickets/{ticket['id']}", other).json["code"] == "TICKET_ACCESS_DENIED"
    refused = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "x"}, other)
    assert refused.status == 403 and refused.json["code"] == "TICKET_ACCESS_DENIED"
    assert desk.get(f"/api/v1/tickets/{uuid.uuid4()}", other).json["code"] == "TICKET_NOT_FOUND"
    gone = desk.post(f"/api/v1/tickets/{uuid.uuid4()}/comments", {"content": "x"}, other)
    assert gone.status == 404 and gone.json["code"] == "TICKET_NOT_FOUND"
    bad = desk.get("/api/v1/tickets/invalid-uuid", other)
    assert bad.status == 400 and bad.json["errors"][0]["pointer"] == "/ticketId"


@flow("staff may open a ticket for somebody, a user for nobody else")
def _():
    user, other = desk.register(address()), desk.register(address())
    refused = desk.post("/api/v1/tickets", {"title": "a", "description": "b", "userId": other["user"]["id"]},
                        user["accessToken"])
    assert refused.status == 403
    own = desk.ticket(user["accessToken"], userId=user["user"]["id"])
    assert own["userId"] == user["user"]["id"]
    made = desk.ticket(desk.admin(), userId=user["user"]["id"])
    assert made["userId"] == user["user"]["id"]
    nobody = desk.post("/api/v1/tickets", {"title": "a", "description": "b", "userId": str(uuid.uuid4())}, desk.admin())
    assert nobody.status == 400 and nobody.json["errors"][0]["pointer"] == "/userId"


@flow("a refused command is in the audit trail too")
def _():
    owner, other = desk.register(address())["accessToken"], desk.register(address())["accessToken"]
    ticket = desk.ticket(owner)
    desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "x"}, other)
    eventually("the refusal", lambda: [row for row in desk.get(
        f"/api/v1/audit/logs?resourceId={ticket['id']}&action=COMMAND_REFUSED", desk.admin()).data
        if row["details"]["code"] == "TICKET_ACCESS_DENIED"])



@flow("respond-async answers 202 with a status URL that authenticates itself")
def _():
    token = desk.register(address())["accessToken"]
    answer = desk.post("/api/v1/tickets", {"title": "later", "description": "d"}, token, Prefer="respond-async")
    assert answer.status == 202 and answer.headers["Preference-Applied"] == "respond-async"
    assert answer.headers["Location"] == answer.data["statusUrl"]
    done = eventually("the outcome", lambda: (lambda d: d if d["state"] == "done" else None)(
        desk.get(answer.data["statusUrl"]).data))
    assert done["status"] == 201 and done["subjectId"] == answer.data["resourceId"] and done["version"] == 1
    assert desk.get(answer.data["resourceUrl"], token).data["title"] == "later"
    forged = answer.data["statusUrl"][:-1] + ("0" if answer.data["statusUrl"][-1] != "0" else "1")
    assert desk.get(forged).status == 404


@flow("an Idempotency-Key makes one ticket however often it is sent, and refuses another body")
def _():
    token = desk.register(address())["accessToken"]
    key, body = str(uuid.uuid4()), {"title": "once", "description": "d"}
    ids = {desk.post("/api/v1/tickets", body, token, Idempotency_Key=key).data["id"] for _ in range(4)}
    assert len(ids) == 1
    other = desk.post("/api/v1/tickets", {**body, "title": "twice"}, token, Idempotency_Key=key)
    assert other.status == 422 and other.json["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert desk.get(f"/api/v1/tickets/{ids.pop()}", token).data["title"] == "once"
    bad = desk.post("/api/v1/tickets", body, token, Idempotency_Key="a b")
    assert bad.status == 400


@flow("bad input names every member at fault and changes nothing")
def _():
    token = desk.register(address())["accessToken"]
    before = desk.sql("select count(*) from tickets")
    answer = desk.post("/api/v1/tickets", {"title": "x" * 256, "priority": "soon", "surprise": 1}, token)
    assert answer.status == 400 and answer.json["code"] == "VALIDATION_ERROR" and answer.json["success"] is False
    assert {e["pointer"]: e["code"] for e in answer.json["errors"]} == {
        "/title": "length", "/priority": "value", "/surprise": "unknown", "/description": "required"}
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    for raw in (b"{", b"[]", b'{"title":"a","title":"b","description":"c"}', b'{"title":"a\x00","description":"c"}',
                b'{"title":"\xff","description":"c"}', b"[" * 5000, b'{"title":{"a":1},"description":"c"}'):
        assert desk.post("/api/v1/tickets", raw, token).status == 400, raw[:40]
    assert desk.post("/api/v1/tickets", b"title=a", token, Content_Type="text/plain").status == 415
    assert desk.post("/api/v1/tickets", {"title": "a", "description": "x" * 800000}, token).status == 413
    assert desk.sql("select count(*) from tickets") == before


@flow("unknown paths and verbs are said clearly, and probes answer on every surface")
def _():
    assert desk.get("/api/v1/nowhere").json["code"] == "ENDPOINT_NOT_FOUND"
    for path, verbs in (("/api/v1/auth/login", {"POST"}), ("/api/v1/tickets", {"GET", "HEAD", "POST"})):
        refused = desk.call("DELETE", path)
        assert refused.status == 405 and set(refused.headers["Allow"].split(", ")) == verbs | {"OPTIONS"}, path
    for path in ("/health", "/api/v1/health", "/api/health", "/ready", "/live"):
        assert desk.get(path).status == 200, path
    assert desk.get("/health").json["status"] == "healthy"


@flow("old surfaces answer the same, with the members of data at the top level too")
def _():
    answer = desk.post("/api/auth/register", {"email": address(), "password": "password123"})
    assert answer.status == 201 and answer.json["accessToken"] == answer.data["accessToken"]
    ticket = desk.post("/tickets/", {"title": "old", "description": "d"}, answer.json["token"])
    assert ticket.status == 201 and ticket.json["id"] == ticket.data["id"]
    assert desk.get(f"/api/tickets/{ticket.json['id']}", answer.json["token"]).json["title"] == "old"


@flow("a read has a strong ETag that spares the second transfer")
def _():
    token = desk.register(address())["accessToken"]
    path = f"/api/v1/tickets/{desk.ticket(token)['id']}"
    first = desk.get(path, token)
    assert re.fullmatch(r'"v1-user-[0-9a-f]{16}"', first.headers["ETag"]), first.headers["ETag"]
    assert desk.get(path, token, If_None_Match=first.headers["ETag"]).status == 304
    desk.post(path + "/comments", {"content": "more"}, token)
    assert desk.get(path, token, If_None_Match=first.headers["ETag"]).status == 200


@flow("request id and trace go in and come out")
def _():
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    token = desk.register(address())["accessToken"]
    answer = desk.post("/api/v1/tickets", {"title": "t", "description": "d"}, token, X_Request_Id="req-42",
                       traceparent=trace)
    assert answer.headers["X-Request-Id"] == "req-42" and answer.headers["traceparent"] == trace
    row, = eventually("the event", lambda: desk.sql(
        f"select payload::jsonb ->> 'requestId' from audit_log where resource_id = '{answer.data['id']}'"))
    assert row == ["req-42"]
    assert [trace] in desk.sql(f"select headers ->> 'traceparent' from outbox where body like '%{answer.data['id']}%'")
    assert trace.split("-")[1] in (desk.state / "log/ingress.log").read_text()


@flow("a ticket's files are listed, and there are none yet")
def _():
    token, other = desk.register(address())["accessToken"], desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    assert ticket["attachmentCount"] == 0
    assert desk.get(f"/api/v1/tickets/{ticket['id']}/files", token).data == {"files": [], "totalFiles": 0, "totalSize": 0}
    assert desk.get(f"/api/v1/tickets/{ticket['id']}/files", other).status == 403
