"""Flows: watchers, links, merging and splitting."""
import uuid
from concurrent.futures import ThreadPoolExecutor

from desk import address, desk, eventually, flow, nothing_waits, staff


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


def say(ticket, token, content, **fields):
    answer = desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": content, **fields}, token)
    assert answer.status == 201, answer.raw
    return answer.data


def merge(ticket, into, token, **fields):
    return desk.post(f"/api/v1/tickets/{ticket['id']}/merge", {"intoId": into["id"], **fields}, token)


def unmerge(ticket, into, token):
    return desk.post(f"/api/v1/tickets/{ticket['id']}/unmerge", {"intoId": into["id"]}, token)


def texts(ticket, token):
    return [(c.get("fromTicket"), c["content"]) for c in read(ticket, token)["comments"]]


@flow("what was said in a merged ticket is read in the other one, and goes back when the merge is taken back")
def _():
    owner, (agent, agent_id) = desk.register(address()), staff()
    token = owner["accessToken"]
    target, source = desk.ticket(token, "Le réseau"), desk.ticket(token, "Internet", description="Rien ne marche")
    say(source, token, "toujours rien")
    say(source, agent, "entre nous", isInternal=True)
    desk.post(f"/api/v1/tickets/{source['id']}/assign", {}, agent)
    merged = merge(source, target, agent)
    assert merged.status == 200 and merged.data["status"] == "closed" and merged.data["mergedInto"] == target["id"]
    assert merged.data["mergedIntoNumber"] == target["number"]
    number = source["number"]
    assert texts(target, token) == [(number, "Rien ne marche"), (number, "toujours rien")]
    seen = read(target, agent)
    assert texts(target, agent)[2] == (number, "entre nous") and seen["commentCount"] == 3 and seen["assigneeId"] == agent_id
    assert [c["userId"] for c in seen["comments"]] == [owner["user"]["id"]] * 2 + [agent_id]
    assert [(l["number"], l["kind"], l["direction"]) for l in seen["links"]] == [(number, "duplicate", "in")]
    history = desk.get(f"/api/v1/tickets/{target['id']}/history?limit=100", agent).data
    assert {"merged_from", "merged_into"} <= {h["fieldName"] for h in history}
    found = desk.get("/api/v1/tickets/search?q=toujours", token).data["tickets"]
    assert [t["id"] for t in found] == [target["id"]]
    for answer in (desk.post(f"/api/v1/tickets/{source['id']}/comments", {"content": "x"}, token),
                   desk.post(f"/api/v1/tickets/{source['id']}/reopen", {}, agent),
                   merge(source, target, agent), merge(desk.ticket(token), source, agent)):
        assert answer.status == 409 and answer.json["code"] == "MERGED", answer.raw
        assert target["id"] in answer.json["detail"] and target["number"] in answer.json["detail"]
    assert merge(target, target, agent).status == 400
    assert merge(target, source, token).status == 403
    assert desk.call("DELETE", f"/api/v1/tickets/{target['id']}", token=desk.admin()).status == 409
    assert unmerge(source, desk.ticket(token), agent).status == 400
    back = unmerge(source, target, agent)
    assert back.status == 200 and back.data["status"] == "open" and back.data["mergedInto"] is None
    assert texts(target, agent) == [] and len(texts(source, agent)) == 2 and read(target, agent)["assigneeId"] is None
    assert [t["id"] for t in desk.get("/api/v1/tickets/search?q=toujours", token).data["tickets"]] == [source["id"]]
    assert unmerge(source, target, agent).status == 409


@flow("the tickets of two people are merged on purpose only, and neither reads what the other said before")
def _():
    owner, second, (agent, _) = desk.register(address()), desk.register(address()), staff()
    target, source = desk.ticket(owner["accessToken"], "a"), desk.ticket(second["accessToken"], "b")
    say(target, owner["accessToken"], "mon secret")
    refused = merge(source, target, agent)
    assert refused.status == 409 and refused.json["code"] == "OWNERS_DIFFER", refused.raw
    assert merge(source, target, agent, confirmDifferentOwners=True).status == 200
    assert desk.get(f"/api/v1/tickets/{target['id']}", second["accessToken"]).status == 403
    assert second["user"]["id"] not in read(target, agent)["watchers"]
    say(target, agent, "réparé pour tous")
    say(target, agent, "note", isInternal=True)
    say(source, second["accessToken"], "merci")
    assert [c for _, c in texts(source, second["accessToken"])] == ["réparé pour tous", "merci"]
    assert [c for _, c in texts(target, owner["accessToken"])] == ["mon secret", "réparé pour tous"]
    assert [c for _, c in texts(target, agent)][-1] == "merci"


@flow("a chain of merges ends in one living ticket, where all is read")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    a, b, c = (desk.ticket(owner, name, description=f"texte {name}") for name in "abc")
    say(a, owner, "dit en a")
    assert merge(a, b, agent).status == 200 and merge(b, c, agent).status == 200
    assert texts(c, owner) == [(a["number"], "texte a"), (b["number"], "texte b"), (a["number"], "dit en a")]
    answer = merge(c, a, agent)
    assert answer.status == 409 and answer.json["code"] == "MERGED" and c["number"] in answer.json["detail"], answer.raw
    assert desk.post(f"/api/v1/tickets/{a['id']}/comments", {"content": "x"}, owner).json["detail"].count(c["number"]) == 1


@flow("two merges that cross leave exactly one ticket alive, and both askers know")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    for n in range(12):
        a, b = desk.ticket(owner, f"a {n}"), desk.ticket(owner, f"b {n}")
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda pair: desk.post(f"/api/v1/tickets/{pair[0]['id']}/merge", {"intoId": pair[1]["id"]}, agent),
                                    ((a, b), (b, a))))
        assert sorted(answer.status for answer in answers) == [200, 409], [answer.raw for answer in answers]
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
    again = desk.post(f"/api/v1/tickets/{ticket['id']}/split", {"commentId": comment["id"]}, agent)
    assert again.status == 409 and again.json["code"] == "ALREADY_SPLIT" and new["number"] in again.json["detail"], again.raw
    assert read(ticket, owner["accessToken"])["comments"][0]["becameTicket"] == {"id": new["id"], "number": new["number"]}
    assert [(l["number"], l["kind"]) for l in read(new, agent)["links"]] == [(ticket["number"], "related")]
    said = say(ticket, agent, "mot d'agent")
    of_agent = desk.post(f"/api/v1/tickets/{ticket['id']}/split", {"commentId": said["id"], "notify": False}, agent)
    assert read(of_agent.data, agent)["descriptionAuthorId"] != owner["user"]["id"]
    hidden = say(ticket, agent, "entre nous", isInternal=True)
    assert desk.post(f"/api/v1/tickets/{ticket['id']}/split", {"commentId": hidden["id"]}, agent).status == 400
    eventually("all is told", nothing_waits)
    told = lambda t: desk.sql(f"select count(*) from mails where ticket_id = '{t['id']}' and template = 'ticket_created'")
    eventually("the owner is mailed once", lambda: told(new) == [["1"]])
    assert told(of_agent.data) == [["0"]]


@flow("of three who take a ticket at once one has it, and the others are told who")
def _():
    owner, agents = desk.register(address())["accessToken"], [staff() for _ in range(3)]
    ticket = desk.ticket(owner)
    path = f"/api/v1/tickets/{ticket['id']}/assign"
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda agent: desk.post(path, {}, agent[0]), agents))
    assert sorted(a.status for a in answers) == [200, 409, 409], [a.raw for a in answers]
    holder = read(ticket, agents[0][0])["assigneeId"]
    for answer in answers:
        assert answer.status == 200 or (answer.json["code"] == "ALREADY_ASSIGNED" and holder in answer.json["detail"])
    other = next(a for a in agents if a[1] != holder)
    assert desk.post(path, {"force": True}, other[0]).data["assigneeId"] == other[1]
    assert desk.post(path, {"assigneeId": holder}, other[0]).data["assigneeId"] == holder


@flow("the owner's word opens a ticket again, unless it is thanks, and after a week it becomes a follow-up")
def _():
    owner, (agent, agent_id) = desk.register(address())["accessToken"], staff()
    ticket = desk.ticket(owner)
    desk.call("PATCH", f"/api/v1/tickets/{ticket['id']}", {"status": "in_progress"}, agent)
    answered = say(ticket, agent, "Remplacé.", status="resolved", resolution="Un four neuf", assigneeId=agent_id, tags=["four"])
    now = read(ticket, agent)
    assert (now["status"], now["resolution"], now["assigneeId"], now["tags"]) == ("resolved", "Un four neuf", agent_id, ["four"])
    versions = {h["version"] for h in desk.get(f"/api/v1/tickets/{ticket['id']}/history?limit=100", agent).data
                if h["fieldName"] in ("status", "resolution", "tags", "comment") and h["comment"] == "Remplacé."}
    assert len(versions) == 1 and now["version"] == max(versions), versions
    assert desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "x", "status": "open"}, owner).status == 403
    say(ticket, owner, "merci", reopen=False)
    assert read(ticket, owner)["status"] == "resolved"
    say(ticket, owner, "non, ça recommence")
    assert read(ticket, owner)["status"] == "in_progress"
    say(ticket, agent, "voilà", status="resolved")
    desk.post(f"/api/v1/tickets/{ticket['id']}/close", {}, owner)
    say(ticket, owner, "encore")
    assert read(ticket, owner)["status"] == "in_progress"
    say(ticket, agent, "voilà", status="resolved")
    desk.post(f"/api/v1/tickets/{ticket['id']}/close", {}, owner)
    desk.sql(f"update tickets set closed_at = now() - interval '8 days' where id = '{ticket['id']}'")
    late = say(ticket, owner, "deux mois après")
    follow = read(late["becameTicket"], owner)
    assert follow["followUpTo"] == ticket["id"] and follow["description"] == "deux mois après" and follow["status"] == "open"
    assert read(ticket, owner)["status"] == "closed" and follow["id"][-1] == ticket["id"][-1]


@flow("an edited comment shows staff what it said before, and its owner only that it was edited")
def _():
    owner, (agent, _) = desk.register(address())["accessToken"], staff()
    ticket = desk.ticket(owner)
    comment = say(ticket, owner, "un")
    path = f"/api/v1/tickets/{ticket['id']}/comments/{comment['id']}"
    assert comment["edited"] is False
    for word in ("deux", "trois"):
        assert desk.call("PUT", path, {"content": word}, owner).data["content"] == word
    assert [e["content"] for e in desk.get(path, agent).data["edits"]] == ["un", "deux"]
    shown = desk.get(path, owner).data
    assert shown["edited"] is True and "edits" not in shown


@flow("another program tells what it has seen, and staff reads it in the history")
def _():
    owner = desk.register(address())["accessToken"]
    ticket = desk.ticket(owner)
    told = desk.post(f"/api/v1/tickets/{ticket['id']}/events",
                     {"event_type": "device.restarted", "event_data": {"uptime": 12}, "source": "monitoring"}, desk.admin())
    assert told.status == 200, told.raw
    history = desk.get(f"/api/v1/tickets/{ticket['id']}/history", desk.admin()).data
    assert history[-1]["newValue"] == 'device.restarted (monitoring): {"uptime":12}' and history[-1]["action"] == "event"
    assert "event" not in {h["fieldName"] for h in desk.get(f"/api/v1/tickets/{ticket['id']}/history", owner).data}


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
    stranger, foreign = desk.register(address())["accessToken"], read({"id": tickets[0]}, agent)["number"]
    named = desk.post("/api/v1/tickets/bulk", {"ticketIds": [foreign.lower(), "HD-2026-999999", tickets[1]], "action": "assign",
                                               "assigneeId": agent_id}, agent).data["results"]
    assert [(r["pointer"], r["status"]) for r in named] == [("/ticketIds/0", 200), ("/ticketIds/1", 404), ("/ticketIds/2", 200)]
    hidden = desk.post("/api/v1/tickets/bulk", {"ticketIds": [foreign], "action": "close"}, stranger)
    assert [(r["ticketId"], r["status"]) for r in hidden.data["results"]] == [(foreign, 403)] and tickets[0] not in hidden.raw.decode()
    many = desk.post("/api/v1/tickets/bulk", {"ticketIds": [tickets[n % 5] for n in range(500)], "action": "assign",
                                              "assigneeId": agent_id}, agent, Prefer="wait=10")
    assert many.status == 200 and many.data["done"] == 500, many.raw[:500]
    assert desk.post("/api/v1/tickets/bulk", {"ticketIds": tickets * 101, "action": "close"}, agent).status == 400
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
