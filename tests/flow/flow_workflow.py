"""Flows: the workflow of a ticket, its versions and who may what."""
from desk import address, desk, eventually, flow, staff


def move(ticket, status, token, **more):
    return desk.call("PUT", f"/api/v1/admin/tickets/{ticket['id']}/status", {"status": status, **more}, token)


def at(status):
    """A ticket in that status: the ticket, its owner's token, an agent's."""
    owner, agent = desk.register(address())["accessToken"], staff()[0]
    ticket = desk.ticket(owner)
    way = {"open": [], "in_progress": ["in_progress"], "waiting_user": ["in_progress", "waiting_user"],
           "resolved": ["in_progress", "resolved"], "closed": ["in_progress", "resolved", "closed"]}[status]
    for step in way:
        assert move(ticket, step, agent).status == 200
    return ticket, owner, agent


@flow("a ticket moves along the workflow and no other way")
def _():
    allowed = {("open", "in_progress"), ("in_progress", "waiting_user"), ("in_progress", "resolved"),
               ("waiting_user", "in_progress"), ("resolved", "closed"), ("closed", "open")}
    statuses = ("open", "in_progress", "waiting_user", "resolved", "closed")
    for before in statuses:
        for after in statuses:
            ticket, _, agent = at(before)
            answer = move(ticket, after.upper(), agent)
            fits = before == after or (before, after) in allowed
            assert answer.status == (200 if fits else 409), (before, after, answer.raw)
            assert fits or answer.json["code"] == "INVALID_TRANSITION"
            now = desk.get(f"/api/v1/tickets/{ticket['id']}", agent).data["status"]
            assert now == (after if fits else before)


@flow("a user cannot move a ticket, but a reply to a waiting one takes it back to work")
def _():
    ticket, owner, agent = at("waiting_user")
    assert move(ticket, "resolved", owner).status == 403
    desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "le numéro est 42"}, owner)
    read = desk.get(f"/api/v1/tickets/{ticket['id']}", owner).data
    assert read["status"] == "in_progress"
    history = desk.get(f"/api/v1/tickets/{ticket['id']}/history", owner).data
    assert ["waiting_user", "in_progress"] in [[h["oldValue"], h["newValue"]] for h in history]


@flow("the owner closes what is resolved and reopens it within seven days, not later")
def _():
    ticket, owner, agent = at("in_progress")
    path = f"/api/v1/tickets/{ticket['id']}"
    assert desk.post(path + "/close", {}, owner).json["code"] == "INVALID_TRANSITION"
    resolved = move(ticket, "resolved", agent, resolution="Câble remplacé")
    assert resolved.data["resolution"] == "Câble remplacé" and resolved.data["resolvedAt"]
    closed = desk.post(path + "/close", {}, owner)
    assert closed.status == 200 and closed.data["status"] == "closed" and closed.data["closedAt"]
    reopened = desk.post(path + "/reopen", {}, owner)
    assert reopened.data["status"] == "open" and reopened.data["closedAt"] is None
    assert desk.post(path + "/reopen", {}, owner).json["code"] == "INVALID_TRANSITION"
    for step in ("in_progress", "resolved", "closed"):
        assert move(ticket, step, agent).status == 200
    desk.sql(f"update tickets set closed_at = now() - interval '8 days' where id = '{ticket['id']}'")
    assert desk.post(path + "/reopen", {}, owner).json["code"] == "REOPEN_WINDOW_EXPIRED"


@flow("PUT does what the role may and lists the rest, PATCH refuses it")
def _():
    owner = desk.register(address())["accessToken"]
    path = f"/api/v1/tickets/{desk.ticket(owner)['id']}"
    body = {"title": "Nouveau titre", "description": "Nouvelle description", "status": "in_progress", "priority": "high"}
    put = desk.call("PUT", path, body, owner)
    assert put.status == 200 and put.data["title"] == "Nouveau titre" and put.data["status"] == "open"
    assert put.data["description"] == "Nouvelle description" and put.data["priority"] == "high"
    assert put.json["meta"]["ignored"] == ["status"]
    assert desk.call("PATCH", path, {"status": "in_progress"}, owner).status == 403
    assert desk.call("PUT", path, body, owner, Prefer="handling=strict").status == 403
    patch = desk.call("PATCH", path, {"title": "Encore"}, owner)
    assert patch.status == 200 and "meta" not in patch.json and patch.data["title"] == "Encore"
    history = desk.get(path + "/history", owner).data
    assert ["title", "Nouveau titre", "Encore"] in [[h["fieldName"], h["oldValue"], h["newValue"]] for h in history]
    assert ["description", "Plus rien ne sort.", "Nouvelle description"] in [
        [h["fieldName"], h["oldValue"], h["newValue"]] for h in history]


@flow("two agents racing with If-Match: one 200, one 412 that names the fields")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    ticket = desk.ticket(owner)
    path = f"/api/v1/tickets/{ticket['id']}"
    etag = desk.get(path, agent).headers["ETag"]
    first = desk.call("PATCH", path, {"priority": "urgent"}, agent, If_Match=etag)
    second = desk.call("PATCH", path, {"title": "Mien"}, agent, If_Match=etag)
    assert first.status == 200 and second.status == 412 and second.json["code"] == "PRECONDITION_FAILED"
    assert {"/priority", "/dueAt", "/responseDueAt"} == {e["pointer"] for e in second.json["errors"]}
    conflict = desk.call("PATCH", path, {"title": "Mien", "version": 1}, agent)
    assert conflict.status == 409 and conflict.json["code"] == "VERSION_CONFLICT"
    assert desk.call("PATCH", path, {"title": "Mien"}, agent, If_Match=first.headers["ETag"]).status == 200


@flow("every command on a ticket keeps its If-Match, and what cannot be kept is refused")
def _():
    owner, (agent, agent_id) = desk.register(address())["accessToken"], staff()
    ticket, other = desk.ticket(owner), desk.ticket(owner)
    path = f"/api/v1/tickets/{ticket['id']}"
    comment = desk.post(path + "/comments", {"content": "c"}, owner).data["id"]
    stale, now = '"v1-agent"', f'"v2-agent-gz", {desk.get(path, agent).headers["ETag"]}'
    asks = (("POST", "/comments", {"content": "d"}), ("POST", "/split", {"commentId": comment}), ("POST", "/watchers", {}),
            ("DELETE", f"/watchers/{agent_id}", None), ("POST", "/links", {"otherId": other["id"]}),
            ("DELETE", f"/links/{other['id']}", None))
    for method, tail, body in asks:
        assert desk.call(method, path + tail, body, agent, If_Match=stale).status == 412, tail
    for wrong in ('W/"v2-agent"', '"v2abc"', '"v1-agent", "v2-agent"', "99999999999", '"v99999999999-user"', '"v0-user"',
                  '""', "two"):
        refused = desk.call("PATCH", path, {"title": "t"}, agent, If_Match=wrong)
        assert refused.status == 400 and "If-Match" in refused.json["errors"][0]["detail"], f"{wrong}: {refused.raw}"
    assert desk.call("POST", path + "/comments", {"content": "d"}, agent, If_Match=now).status == 201
    assert desk.call("PATCH", path, {"title": "t"}, agent, If_Match="*").status == 200
    for where, body in (("/api/v1/tickets", {"title": "t", "description": "d"}),
                        ("/api/v1/tickets/bulk", {"action": "close", "ticketIds": [ticket["id"]]})):
        assert desk.post(where, body, agent, If_Match='"v1-user"').status == 400, where
    assert desk.call("PATCH", "/api/v1/users/profile", {"bio": "b"}, agent, If_Match='"v1-user"').status == 400


@flow("what is confirmed can be applied, at the very limits")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    path = f"/api/v1/tickets/{desk.ticket(owner)['id']}"
    wide = "\U0001f5a8" * 50000

    def body(size):
        text = '{"description":"%s","resolution":"' % wide
        return (text + "r" * (size - len(text.encode()) - 2) + '"}').encode()
    dead = desk.sql("select count(*) from dead_letters")
    answers = {size: desk.call("PATCH", path, body(size), agent).status for size in
               (250000, 262000, 262080, 262084, 262100, 262140, 262144, 262145)}
    assert answers[250000] == 400 or answers[250000] == 200, answers
    assert set(answers.values()) <= {200, 400}, answers
    assert desk.call("PATCH", path, {"description": wide, "resolution": wide[:15600]}, agent).status == 413
    assert desk.post("/api/v1/tickets", {"title": "t", "description": "a" + " " * 200000}, owner).status == 400
    for title in ("\u200b", "\u202e", "a\u0085b", "a\u2028b", "a\u009b31m"):
        assert desk.post("/api/v1/tickets", {"title": title, "description": "d"}, owner).status == 400, repr(title)
    assert desk.sql("select count(*) from dead_letters") == dead


@flow("a bulk request points at the id that is wrong")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    good = desk.ticket(owner)["id"]
    for bad in ("x", 7, None, ""):
        refused = desk.post("/api/v1/tickets/bulk", {"action": "close", "ticketIds": [good, good, bad]}, agent)
        assert refused.status == 400 and refused.json["errors"][0]["pointer"] == "/ticketIds/2", refused.raw


@flow("an agent takes a ticket, a manager gives it to another, nobody gives it to a user")
def _():
    user, (agent, agent_id), (manager, _) = desk.register(address()), staff(), staff("manager")
    ticket = desk.ticket(user["accessToken"])
    taken = desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {}, agent)
    assert taken.status == 200 and taken.data["assignedTo"] == taken.data["assigneeId"] == agent_id
    again = desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {"assignedTo": agent_id}, agent)
    assert again.status == 200 and again.data["version"] == taken.data["version"]
    other, other_id = staff()
    given = desk.call("PUT", f"/api/admin/tickets/{ticket['id']}/assign", {"assigned_to": other_id}, manager)
    assert given.status == 200 and given.data["assigneeId"] == other_id
    refused = desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {"assigneeId": user["user"]["id"]}, agent)
    assert refused.status == 400 and refused.json["errors"][0]["pointer"] == "/assigneeId"
    nobody = desk.call("PATCH", f"/api/v1/tickets/{ticket['id']}", {"assigneeId": None}, agent)
    assert nobody.data["assigneeId"] is None


@flow("a ticket is due by its priority, and another priority moves the time")
def _():
    from datetime import datetime
    owner = desk.register(address())["accessToken"]
    for priority, response, resolution in (("urgent", 1800, 7200), ("high", 7200, 14400), ("medium", 14400, 86400),
                                           ("low", 86400, 259200)):
        ticket = desk.ticket(owner, priority=priority)
        created = datetime.fromisoformat(ticket["createdAt"])
        assert (datetime.fromisoformat(ticket["dueDate"]) - created).total_seconds() == resolution
        assert (datetime.fromisoformat(ticket["sla"]["responseDue"]) - created).total_seconds() == response
    moved = desk.call("PATCH", f"/api/v1/tickets/{ticket['id']}", {"priority": "urgent"}, owner).data
    assert (datetime.fromisoformat(moved["dueDate"]) - created).total_seconds() == 7200


@flow("an open ticket can be deleted by its owner, any by an administrator, and is gone")
def _():
    ticket, owner, agent = at("in_progress")
    path = f"/api/v1/tickets/{ticket['id']}"
    assert desk.call("DELETE", path, token=owner).json["code"] == "INVALID_TRANSITION"
    assert desk.call("DELETE", path, token=agent).status == 403
    assert desk.call("DELETE", path, token=desk.admin()).status == 200
    assert desk.get(path, owner).status == 404 and desk.get(path + "/comments", owner).status == 404
    assert desk.post(path + "/comments", {"content": "x"}, owner).status == 404
    own = desk.ticket(owner)
    gone = desk.call("DELETE", f"/api/v1/tickets/{own['id']}", token=owner)
    assert gone.status == 200 and gone.json["message"] == "Ticket supprimé avec succès"
    assert own["id"] not in str(desk.get("/api/v1/tickets", owner).data)


@flow("a comment is mended by its author, and by nobody else but an administrator")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    ticket = desk.ticket(owner)
    comment = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "une fote"}, owner).data
    path = f"/api/v1/tickets/{ticket['id']}/comments/{comment['id']}"
    mended = desk.call("PUT", path, {"content": "une faute zyxwv"}, owner)
    assert mended.status == 200 and mended.data["content"] == "une faute zyxwv" and mended.data["editedAt"]
    assert desk.call("PUT", path, {"content": "autre"}, agent).status == 403
    assert desk.call("PATCH", path, {"content": "modéré"}, desk.admin()).status == 200
    assert desk.get("/api/v1/tickets/search?q=fote", owner).data["tickets"] == []
    assert desk.get(f"/api/v1/tickets/search?q=mod%C3%A9r%C3%A9", owner).data["totalCount"] == 1
