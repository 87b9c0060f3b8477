"""Flows: lists, search and figures."""
from desk import address, desk, flow, staff


def shown(answer):
    assert answer.status == 200, answer.raw
    return [ticket["id"] for ticket in answer.data["tickets"]]


@flow("a user lists their own tickets, staff lists everybody's, and totals are exact")
def _():
    user, other = desk.register(address()), desk.register(address())["accessToken"]
    mine = [desk.ticket(user["accessToken"], f"n {n}", priority="low" if n % 2 else "high")["id"] for n in range(5)]
    foreign = desk.ticket(other)["id"]
    page = desk.get("/api/v1/tickets?limit=2", user["accessToken"])
    assert shown(page) == mine[:-3:-1] and page.data["totalCount"] == 5 and page.json["pagination"]["totalPages"] == 3
    assert page.json["pagination"]["totalIsExact"] is True and page.json["pagination"]["hasNext"] is True
    assert shown(desk.get("/api/v1/tickets?limit=2&page=3", user["accessToken"])) == mine[:1]
    assert shown(desk.get("/api/v1/tickets?priority=LOW", user["accessToken"])) == [mine[3], mine[1]]
    agent, _ = staff()
    assert foreign in shown(desk.get("/api/v1/tickets?limit=100", agent))
    assert shown(desk.get(f"/api/v1/tickets?userId={user['user']['id']}", agent)) == mine[::-1]
    assert shown(desk.get(f"/api/v1/tickets/user/{user['user']['id']}", agent)) == mine[::-1]
    assert desk.get(f"/api/v1/tickets/user/{user['user']['id']}", other).status == 403
    assert desk.get("/api/v1/admin/tickets", other).status == 403
    assert len(shown(desk.get("/api/admin/tickets?limit=3", agent))) == 3


@flow("cursors neither skip nor repeat while tickets are created")
def _():
    token = desk.register(address())["accessToken"]
    made = [desk.ticket(token, f"n {n}")["id"] for n in range(7)]
    seen, path = [], "/api/v1/tickets?limit=2"
    while path:
        page = desk.get(path, token)
        seen += shown(page)
        desk.ticket(token, "meanwhile")
        cursor = page.json["pagination"]["nextCursor"]
        path = f"/api/v1/tickets?limit=2&cursor={cursor}" if cursor else None
    assert seen == made[::-1]


@flow("search finds public words for everybody, internal ones for staff only")
def _():
    token, (agent, _) = desk.register(address())["accessToken"], staff()
    ticket = desk.ticket(token, "Le clavier bleu quetzalcoatl")
    desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "popocatepetl", "isInternal": True}, agent)
    assert shown(desk.get("/api/v1/tickets/search?q=quetzalcoatl", token)) == [ticket["id"]]
    assert shown(desk.get("/api/v1/tickets?search=quetzalcoatl", token)) == [ticket["id"]]
    assert shown(desk.get("/api/v1/tickets/search?q=popocatepetl", token)) == []
    assert shown(desk.get("/api/v1/tickets/search?q=popocatepetl", agent)) == [ticket["id"]]
    assert desk.get("/api/v1/tickets/search", token).status == 400


@flow("figures follow every change: by status and priority, by assignee, overdue")
def _():
    token, (agent, agent_id) = desk.register(address())["accessToken"], staff()
    ticket = desk.ticket(token, priority="urgent", category="Zèbre")
    stats = desk.get("/api/v1/tickets/stats", token).data
    assert stats == [{"count": "1", "status": "open", "priority": "urgent"}]
    desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {}, agent)
    mine = desk.get(f"/api/v1/tickets/assigned/{agent_id}", agent)
    assert shown(mine) == [ticket["id"]] and mine.data["totalCount"] == 1
    admin = desk.get("/api/v1/admin/tickets/stats", agent).data
    assert admin["byCategory"]["Zèbre"] == 1 and admin["byStatus"]["open"] >= 1
    desk.sql(f"update tickets set due_at = now() - interval '1 hour' where id = '{ticket['id']}'")
    assert ticket["id"] in shown(desk.get("/api/v1/admin/tickets/overdue?limit=100", agent))
    assert desk.get("/api/v1/tickets?overdue=true", token).data["tickets"][0]["isOverdue"] is True
    desk.call("DELETE", f"/api/v1/tickets/{ticket['id']}", token=desk.admin())
    assert desk.get("/api/v1/tickets/stats", token).data == []


@flow("counters equal a recount")
def _():
    assert desk.sql("""
        with counted as (select scope, scope_id, status, priority, sum(n) as n from ticket_counters
            where scope in ('all', 'owner', 'assignee') group by 1, 2, 3, 4 having sum(n) <> 0),
        live as (select * from tickets where deleted_at is null),
        recounted as (
            select 'all' as scope, '00000000-0000-0000-0000-000000000000'::uuid as scope_id, status, priority, count(*)::numeric as n
                from live group by 3, 4
            union all select 'owner', owner_id, status, priority, count(*) from live group by 2, 3, 4
            union all select 'assignee', assignee_id, status, priority, count(*) from live where assignee_id is not null group by 2, 3, 4)
        (table counted except table recounted) union all (table recounted except table counted)""") == []


@flow("a list is sorted as it is asked to be")
def _():
    token = desk.register(address())["accessToken"]
    made = {p: desk.ticket(token, p, priority=p)["id"] for p in ("low", "urgent", "medium", "high")}
    newest = [made[p] for p in ("high", "medium", "urgent", "low")]
    assert shown(desk.get("/api/v1/tickets?sort=-createdAt", token)) == newest
    assert shown(desk.get("/api/v1/tickets?sort=createdAt", token)) == newest[::-1]
    by_due = [made[p] for p in ("urgent", "high", "medium", "low")]
    assert shown(desk.get("/api/v1/tickets?sort=dueDate", token)) == by_due
    assert shown(desk.get("/api/v1/tickets?sort=-dueDate", token)) == by_due[::-1]
    assert shown(desk.get("/api/v1/tickets?sort=-priority", token)) == by_due
    desk.post(f"/api/v1/tickets/{made['medium']}/comments", {"content": "x"}, token)
    assert shown(desk.get("/api/v1/tickets?sort=-updatedAt", token))[0] == made["medium"]
    assert desk.get("/api/v1/tickets?sort=colour", token).status == 400


@flow("a number stands for the id of a ticket, with the same rights")
def _():
    user, other, (agent, _) = desk.register(address())["accessToken"], desk.register(address())["accessToken"], staff()
    one, two = desk.ticket(user, "numéro un"), desk.ticket(user, "numéro deux")
    path = f"/api/v1/tickets/{one['number']}"
    assert desk.get(path, user).data["id"] == one["id"]
    assert desk.get(path.replace("HD-", "hd-"), user).data["id"] == one["id"]
    assert desk.get(path, other).status == 403
    assert desk.get("/api/v1/tickets/HD-2026-999999999", user).json["code"] == "TICKET_NOT_FOUND"
    assert desk.get("/api/v1/tickets/HD-26-x", user).status == 400
    said = desk.post(f"{path}/comments", {"content": "par le numéro"}, user)
    assert said.status == 201 and desk.get(f"{path}/comments", user).data[0]["content"] == "par le numéro"
    assert desk.post(f"{path}/comments", {"content": "non"}, other).status == 403
    assert desk.post("/api/v1/tickets/HD-2026-999999999/comments", {"content": "non"}, user).status == 404
    linked = desk.post(f"{path}/links", {"otherId": two["number"]}, agent)
    assert linked.data["links"][0]["ticketId"] == two["id"]
    done = desk.post("/api/v1/tickets/bulk", {"action": "comment", "content": "à tous",
                                             "ticketIds": [one["number"], two["id"], "HD-2026-999999999"]}, agent).data
    assert done["done"] == 2 and [r["ticketId"] for r in done["results"]][:2] == [one["number"], two["id"]]
    assert done["results"][2]["status"] == 404
    merged = desk.post(f"/api/v1/tickets/{two['number']}/merge", {"intoId": one["number"]}, agent)
    assert merged.data["mergedInto"] == one["id"]
    assert shown(desk.get(f"/api/v1/tickets?search={one['number']}", user)) == [one["id"]]
    assert shown(desk.get(f"/api/v1/tickets?search={one['number']}", other)) == []


@flow("a key is bound to the ticket, by whichever name")
def _():
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    sent = [desk.post(f"/api/v1/tickets/{name}/comments", {"content": "une fois"}, token, Idempotency_Key="k1")
            for name in (ticket["id"], ticket["number"])]
    assert [answer.status for answer in sent] == [201, 201] and sent[0].data["id"] == sent[1].data["id"]


@flow("filters take several values, and what is none is refused where it stands")
def _():
    token, (agent, agent_id) = desk.register(address())["accessToken"], staff()
    low, high = desk.ticket(token, priority="low"), desk.ticket(token, priority="urgent")
    assert shown(desk.get("/api/v1/tickets?priority=low,urgent", token)) == [high["id"], low["id"]]
    assert shown(desk.get("/api/v1/tickets?priority=low&priority=urgent&status=open", token)) == [high["id"], low["id"]]
    assert shown(desk.get("/api/v1/tickets?status=closed,resolved", token)) == []
    assert shown(desk.get("/api/v1/tickets?status=pending,open,pending", token)) == [high["id"], low["id"]]
    desk.post(f"/api/v1/tickets/{low['id']}/assign", {}, agent)
    assert shown(desk.get("/api/v1/tickets?assigneeId=me", agent)) == [low["id"]]
    assert high["id"] in shown(desk.get("/api/v1/tickets?assignee=none&limit=100", agent))
    assert shown(desk.get("/api/v1/tickets?createdTo=2020-01-01", token)) == []
    assert len(shown(desk.get("/api/v1/tickets?createdFrom=2020-01-01T00:00:00%2B01:00", token))) == 2
    for query, pointer in (("status=open,lost", "/status"), ("assigneeId=you", "/assigneeId"), ("dueBefore=2026-02-30", "/dueBefore"),
                           ("createdFrom=monday", "/createdFrom"), ("sort=colour", "/sort")):
        refused = desk.get(f"/api/v1/tickets?{query}", token)
        assert refused.status == 400 and refused.json["errors"][0]["pointer"] == pointer, refused.raw
    assert desk.get("/api/v1/tickets?sort=-priority&cursor=nonsense", token).status == 400


@flow("people are listed by name for staff, with all there is for administrators")
def _():
    token, (agent, _) = desk.register(address())["accessToken"], staff()
    assert desk.get("/api/v1/users", token).status == 403
    named = desk.get("/api/v1/users?limit=5&sortBy=createdAt&sortOrder=desc", agent)
    assert named.status == 200 and "email" not in named.data["users"][0]
    whole = desk.get("/api/admin/users?role=agent&limit=1", desk.admin()).data["users"][0]
    assert whole["role"] == "agent" and "@" in whole["email"]
