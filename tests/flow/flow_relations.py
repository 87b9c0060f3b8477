"""Flows: watchers, links, merging and splitting."""
import uuid
from concurrent.futures import ThreadPoolExecutor

from desk import address, desk, eventually, flow, staff


def read(ticket, token):
    return desk.get(f"/api/v1/tickets/{ticket['id']}", token).data


@flow("staff and the owner watch a ticket, staff adds others, and everybody stops when they like")
def _():
    owner, other, (agent, agent_id) = desk.register(address()), desk.register(address()), staff()
    ticket = desk.ticket(owner["accessToken"])
    path = f"/api/v1/tickets/{ticket['id']}/watchers"
    assert desk.post(path, {}, agent).data["watchers"] == [agent_id]
    assert desk.post(path, {}, agent).data["watchers"] == [agent_id]
    assert desk.post(path, {}, other["accessToken"]).status == 403
    assert desk.post(path, {"userId": other["user"]["id"]}, owner["accessToken"]).status == 403
    assert set(desk.post(path, {"userId": other["user"]["id"]}, agent).data["watchers"]) == {agent_id, other["user"]["id"]}
    assert desk.call("DELETE", f"{path}/{other['user']['id']}", token=other["accessToken"]).status == 200
    assert desk.call("DELETE", f"{path}/{agent_id}", token=agent).status == 200
    assert read(ticket, agent)["watchers"] == []


@flow("a link is seen from both ends by staff, and is taken away from either")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    a, b = desk.ticket(owner, "a"), desk.ticket(owner, "b")
    made = desk.post(f"/api/v1/tickets/{a['id']}/links", {"otherId": b["id"], "kind": "blocks"}, agent)
    assert made.status == 200, made.raw
    assert [(l["number"], l["kind"], l["direction"]) for l in made.data["links"]] == [
        (b["number"], "blocks", "out")]
    assert [(l["number"], l["direction"]) for l in read(b, agent)["links"]] == [(a["number"], "in")]
    assert "links" not in read(a, owner) and "link" not in str(desk.get(f"/api/v1/tickets/{a['id']}/history", owner).data)
    assert desk.post(f"/api/v1/tickets/{a['id']}/links", {"otherId": a["id"]}, agent).status == 400
    assert desk.post(f"/api/v1/tickets/{a['id']}/links", {"otherId": str(uuid.uuid4())}, agent).status == 400
    assert desk.call("DELETE", f"/api/v1/tickets/{b['id']}/links/{a['id']}", token=agent).status == 200
    assert read(a, agent)["links"] == [] and read(b, agent)["links"] == []


@flow("a merged ticket is closed, and the other one learns all of it once")
def _():
    owner, second, (agent, _) = desk.register(address()), desk.register(address()), staff()
    target = desk.ticket(owner["accessToken"], "Le réseau est en panne")
    source = desk.ticket(second["accessToken"], "Internet ne marche pas")
    merged = desk.post(f"/api/v1/tickets/{source['id']}/merge", {"intoId": target["id"]}, agent)
    assert merged.status == 200 and merged.data["status"] == "closed" and merged.data["mergedInto"] == target["id"]
    comments = eventually("the other learns", lambda: read(target, agent)["comments"])
    assert len(comments) == 1 and source["number"] in comments[0]["content"] and comments[0]["userId"] == second["user"]["id"]
    assert second["user"]["id"] in read(target, agent)["watchers"]
    for answer in (desk.post(f"/api/v1/tickets/{source['id']}/comments", {"content": "x"}, second["accessToken"]),
                   desk.post(f"/api/v1/tickets/{source['id']}/reopen", {}, agent),
                   desk.post(f"/api/v1/tickets/{source['id']}/merge", {"intoId": target["id"]}, agent)):
        assert answer.status == 409 and answer.json["code"] == "MERGED" and target["id"] in answer.json["detail"]
    assert desk.post(f"/api/v1/tickets/{target['id']}/merge", {"intoId": target["id"]}, agent).status == 400
    assert desk.post(f"/api/v1/tickets/{target['id']}/merge", {"intoId": source["id"]}, owner["accessToken"]).status == 403


@flow("two merges that cross leave exactly one ticket alive, and both askers know")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    for n in range(12):
        a, b = desk.ticket(owner, f"a {n}"), desk.ticket(owner, f"b {n}")
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda pair: desk.post(f"/api/v1/tickets/{pair[0]['id']}/merge", {"intoId": pair[1]["id"]}, agent),
                                    ((a, b), (b, a))))
        assert sorted(answer.status for answer in answers) in ([200, 400], [200, 409]), [answer.raw for answer in answers]
        assert sorted(read(t, agent)["status"] for t in (a, b)) == ["closed", "open"]


@flow("a comment is split off into a ticket of the same owner")
def _():
    owner, (agent, _) = desk.register(address()), staff()
    ticket = desk.ticket(owner["accessToken"])
    comment = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "Et ma souris aussi"},
                        owner["accessToken"]).data
    answer = desk.post(f"/api/v1/tickets/{ticket['id']}/split", {"commentId": comment["id"], "title": "Souris"}, agent)
    assert answer.status == 201
    new = read(answer.data, owner["accessToken"])
    assert new["title"] == "Souris" and new["description"] == "Et ma souris aussi" and new["userId"] == owner["user"]["id"]
    assert desk.post(f"/api/v1/tickets/{ticket['id']}/split", {"commentId": str(uuid.uuid4())}, agent).status == 400


@flow("a bulk change is one command for each ticket, and one list of what became of them")
def _():
    owner, (agent, agent_id) = desk.register(address())["accessToken"], staff()
    tickets = [desk.ticket(owner, f"n {n}")["id"] for n in range(5)]
    ids = tickets + [str(uuid.uuid4())]
    answer = desk.post("/api/v1/tickets/bulk", {"ticketIds": ids, "action": "assign", "assigneeId": agent_id}, agent)
    assert answer.status == 200 and answer.data["total"] == 6 and answer.data["done"] == 5
    assert [r["ticketId"] for r in answer.data["results"]] == ids
    assert [r["status"] for r in answer.data["results"]] == [200] * 5 + [404]
    assert answer.data["results"][5]["code"] == "TICKET_NOT_FOUND"
    assert all(read({"id": i}, agent)["assigneeId"] == agent_id for i in tickets)
    moved = desk.post("/api/v1/tickets/bulk", {"ticketIds": tickets, "action": "status", "status": "resolved"}, agent)
    assert {r["code"] for r in moved.data["results"]} == {"INVALID_TRANSITION"}
    key = str(uuid.uuid4())
    for _ in range(2):
        desk.post("/api/v1/tickets/bulk", {"ticketIds": tickets, "action": "comment", "content": "vu"}, agent,
                  Idempotency_Key=key)
    assert all(read({"id": i}, agent)["commentCount"] == 1 for i in tickets)
    bad = desk.post("/api/v1/tickets/bulk", {"ticketIds": tickets, "action": "status"}, agent)
    assert bad.status == 400 and bad.json["errors"][0]["pointer"] == "/status"
    assert desk.post("/api/v1/tickets/bulk", {"ticketIds": [], "action": "close"}, agent).status == 400
    assert desk.post("/api/v1/tickets/bulk", {"ticketIds": tickets, "action": "dance"}, agent).status == 400


@flow("a client that asks again is shown what has changed around a ticket, and its If-Match still holds")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    a, b = desk.ticket(owner, "a"), desk.ticket(owner, "b")
    desk.post(f"/api/v1/tickets/{a['id']}/links", {"otherId": b["id"]}, agent)
    path = f"/api/v1/tickets/{a['id']}"
    seen = desk.get(path, agent).headers["ETag"]
    assert desk.get(path, agent, If_None_Match=seen).status == 304
    assert desk.call("PATCH", f"/api/v1/tickets/{b['id']}", {"title": "B"}, agent).status == 200
    again = desk.get(path, agent, If_None_Match=seen)
    assert again.status == 200 and again.data["links"][0]["title"] == "B" and again.headers["ETag"] != seen
    assert desk.get(path, agent, If_None_Match=again.headers["ETag"]).status == 304
    desk.sql(f"update tickets set due_at = now() - interval '1 minute' where id = '{a['id']}'")
    late = desk.get(path, agent, If_None_Match=again.headers["ETag"])
    assert late.status == 200 and late.data["isOverdue"] is True
    assert desk.call("PATCH", path, {"title": "A"}, agent, If_Match=seen).status == 200, "the version is the same"


@flow("a stranger is told nothing of a merged ticket, whatever is asked")
def _():
    owner, stranger, (agent, _) = desk.register(address())["accessToken"], desk.register(address()), staff()
    a, b = desk.ticket(owner, "a"), desk.ticket(owner, "b")
    assert desk.post(f"/api/v1/tickets/{a['id']}/merge", {"intoId": b["id"]}, agent).status == 200
    path, token = f"/api/v1/tickets/{a['id']}", stranger["accessToken"]
    for method, tail, body in (("DELETE", f"/watchers/{stranger['user']['id']}", None), ("POST", "/watchers", {}),
                               ("POST", "/comments", {"content": "c"}), ("PATCH", "", {"title": "t"}),
                               ("POST", "/close", {}), ("DELETE", "", None)):
        for match in ({}, {"If_Match": '"v1-user"'}):
            answer = desk.call(method, path + tail, body, token, **match)
            assert answer.status == 403 and b["id"] not in answer.raw.decode(), f"{method} {tail}: {answer.raw}"
