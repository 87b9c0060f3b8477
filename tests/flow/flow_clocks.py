"""Flows: what a ticket's clocks show, why it is due when it is, and how lists ask for it."""
from datetime import datetime, timedelta, timezone

from desk import address, desk, flow, staff


def move(ticket, status, token):
    answer = desk.call("PUT", f"/api/v1/admin/tickets/{ticket['id']}/status", {"status": status}, token)
    assert answer.status == 200, answer.raw
    return answer.data


def ids(answer):
    assert answer.status == 200, answer.raw
    return [row["id"] for row in answer.data["tickets"]]


@flow("a ticket shows its clocks, and explains each deadline by what adds up to it")
def _():
    owner, agent = desk.register(address())["accessToken"], staff()[0]
    ticket = desk.ticket(owner, priority="high")
    path = f"/api/v1/tickets/{ticket['id']}"
    sla = desk.get(path, owner).data["sla"]
    assert sla["state"] == "running" and sla["dueAt"] == sla["responseDue"] and 0 < sla["remainingSeconds"] <= 14400
    assert set(sla["targets"]) == {"firstResponse", "resolution"} and 0 < sla["timeRemainingMs"] <= 14400000
    desk.post(path + "/comments", {"content": "entre nous", "isInternal": True}, agent)
    assert desk.get(path, owner).data["sla"]["targets"]["firstResponse"]["state"] == "running"
    desk.post(path + "/comments", {"content": "on arrive"}, agent)
    assert desk.get(path, owner).data["sla"]["targets"]["firstResponse"]["state"] == "met"
    move(ticket, "in_progress", agent)
    waits = move(ticket, "waiting_user", agent)
    assert waits["dueDate"] is None and waits["sla"]["targets"]["resolution"]["state"] == "paused"
    desk.post(path + "/comments", {"content": "voilà"}, owner)
    why = desk.get(path + "/sla", agent)
    assert why.status == 200 and why.data["policy"]["name"] == "Default", why.raw
    target = why.data["targets"]["resolution"]
    assert [i["kind"] for i in target["intervals"]] == ["worked", "paused", "running"] and target["intervals"][1]["why"] == "waiting_user"
    assert all(t["isConsistent"] for t in why.data["targets"].values())
    assert desk.get(path + "/sla", owner).status == 403
    fields = {row["fieldName"] for row in desk.get(path + "/history?limit=100", owner).data}
    assert "due_at" in fields and not fields & {"sla", "snoozed_until", "response_due_at"}


@flow("lists filter by the state of clocks, and sort by the next deadline with what has none last, without a gap")
def _():
    owner, agent = desk.register(address())["accessToken"], staff()[0]
    urgent, low, waits = [desk.ticket(owner, priority=p) for p in ("urgent", "low", "high")]
    for ticket in (waits,):
        move(ticket, "in_progress", agent)
        move(ticket, "waiting_user", agent)
    for sort, wanted in (("dueAt", [urgent, low, waits]), ("-dueAt", [low, urgent, waits]), ("dueDate", [urgent, low, waits]),
                         ("-dueDate", [low, urgent, waits])):
        seen, cursor = [], ""
        while cursor is not None:
            page = desk.get(f"/api/v1/tickets?limit=1&sort={sort}" + (f"&cursor={cursor}" if cursor else ""), owner)
            seen += ids(page)
            cursor = page.json["pagination"]["nextCursor"] if page.data["tickets"] else None
        assert seen == [t["id"] for t in wanted], sort
    assert ids(desk.get("/api/v1/tickets?sla=paused", owner)) == [waits["id"]]
    assert set(ids(desk.get("/api/v1/tickets?sla=running,warned", owner))) == {urgent["id"], low["id"]}
    assert ids(desk.get("/api/v1/tickets?sla=breached", owner)) == []
    assert desk.get("/api/v1/tickets?sla=late", owner).json["errors"][0]["pointer"] == "/sla"


@flow("staff snoozes a ticket and wakes it again; its clocks go on, and its owner does not see it")
def _():
    owner, agent = desk.register(address())["accessToken"], staff()[0]
    ticket = desk.ticket(owner)
    path = f"/api/v1/tickets/{ticket['id']}"
    until = (datetime.now(timezone.utc) + timedelta(days=1)).isoformat(timespec="seconds")
    assert desk.post(path + "/snooze", {"until": until}, owner).status == 403
    assert desk.post(path + "/snooze", {"until": "2020-01-01T00:00:00Z"}, agent).json["errors"][0]["pointer"] == "/until"
    slept = desk.post(path + "/snooze", {"until": until}, agent)
    assert slept.status == 200 and datetime.fromisoformat(slept.data["snoozedUntil"]) == datetime.fromisoformat(until), slept.raw
    assert slept.data["dueDate"] == ticket["dueDate"] and "snoozedUntil" not in desk.get(path, owner).data
    assert ticket["id"] in ids(desk.get("/api/v1/tickets?snoozed=true&limit=100", agent))
    assert desk.call("DELETE", path + "/snooze", None, agent).status == 200
    assert desk.get(path, agent).data["snoozedUntil"] is None
