"""Flows: the audit trail as administrators ask it, and as operators keep it."""
import csv
import http.client
import io
import json
import time
import urllib.parse

from desk import address, desk, eventually, flow, staff


def logs(token, path="/api/v1/audit/logs", **wanted):
    answer = desk.get(f"{path}?" + urllib.parse.urlencode(wanted), token)
    assert answer.status == 200, answer.raw
    return answer.json


def entries(token, what, path="/api/v1/audit/logs", least=1, **wanted):
    return eventually(what, lambda: (lambda found: found if len(found) >= least else None)(
        logs(token, path, **wanted)["data"]))


@flow("an entry tells who did what from where, old and new values, and what came of it")
def _():
    owner, (agent, agent_id), admin = desk.register(address()), staff(), desk.admin()
    ticket = desk.ticket(owner["token"])
    made = desk.call("PATCH", f"/api/v1/tickets/{ticket['id']}", {"priority": "urgent"}, agent, User_Agent="Étude/1.0 test",
                     X_Forwarded_For="203.0.113.9")
    assert made.status == 200, made.raw
    entry = entries(admin, "the change is in the trail", resourceId=ticket["id"], action="ticket_updated")[0]
    assert entry["userId"] == agent_id and entry["resource"] == "ticket" and entry["outcome"] == "done"
    assert entry["ipAddress"] == "203.0.113.9" and "tude/1.0" in entry["userAgent"]
    assert {"fieldName": "priority", "oldValue": "medium", "newValue": "urgent"} in entry["changes"], entry["changes"]
    assert [e["seq"] for e in logs(admin, ip="203.0.113.9")["data"]] == [entry["seq"]]
    refused = desk.call("PATCH", f"/api/v1/tickets/{ticket['id']}", {"priority": "low"}, desk.register(address())["token"])
    assert refused.status == 403
    assert entries(admin, "the refusal, too", resourceId=ticket["id"], action="COMMAND_REFUSED")[0]["outcome"] == "refused"
    for event in desk.get("/api/v1/events?limit=100", admin).data["events"]:
        assert "203.0.113.9" not in json.dumps(event) and event["eventId"] == event["id"] and event["eventType"] == event["type"]
    assert desk.get("/api/v1/audit/logs", agent).status == 403


@flow("the trail is filtered by resource, person, time, address and words, and read to its end by cursor")
def _():
    admin, owner = desk.admin(), desk.register(address())
    word = "zx" + address().split("@")[0].replace("-", "")
    tickets = [desk.ticket(owner["token"], title=f"{word} {n}")["id"] for n in range(12)]
    entries(admin, "all are there", least=12, search=word, limit=50)
    page, seen = logs(admin, search=word, resource="ticket", limit=5), []
    assert page["pagination"]["total"] == 12 and page["pagination"]["totalIsExact"] and page["pagination"]["hasNext"]
    while True:
        seen += [e["resourceId"] for e in page["data"]]
        if not page["pagination"]["nextCursor"]:
            break
        page = logs(admin, search=word, resource="ticket", limit=5, cursor=page["pagination"]["nextCursor"])
    assert seen == tickets[::-1]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    assert logs(admin, userId=owner["user"]["id"], startDate=today, endDate=today)["pagination"]["total"] >= 13
    assert logs(admin, userId=owner["user"]["id"], endDate="2001-01-01")["data"] == []
    assert logs(admin, **{"userId": owner["user"]["id"], "from": today})["pagination"]["total"] >= 13
    for wrong, pointer in (("startDate=yesterday..", "/startDate"), ("endDate=2026-02-31", "/endDate"), ("cursor=x", "/cursor"),
                           ("format=xml", "/format"), ("surprise=1", "/surprise")):
        answer = desk.get(f"/api/v1/audit/logs?{wrong}", admin)
        assert answer.status == 400 and answer.json["errors"][0]["pointer"] == pointer, answer.raw


@flow("an export is the whole, slice by slice, as CSV and JSON lines; who may not read the trail gets none")
def _():
    admin, owner = desk.admin(), desk.register(address())
    ticket = desk.ticket(owner["token"], title='=1+1 "quoted", and more')
    desk.sql("insert into audit_log (seq, occurred_at, action, resource_type, resource_id, event_id, payload, payload_sha256, "
             f"prev_hash, row_hash) select -n, '2020-01-01', 'TICKET_EXPORTED', 'ticket', '{ticket['id']}', gen_random_uuid(), "
             "'{\"data\": {}}', '', '', '' from generate_series(1, 2345) n")
    try:
        answer = desk.get("/api/v1/audit/logs?format=csv&action=TICKET_EXPORTED", admin)
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/csv"), answer.raw[:300]
        assert "attachment" in answer.headers["Content-Disposition"] and answer.headers["Content-Length"] is None
        rows = list(csv.DictReader(io.StringIO(answer.raw.decode())))
        assert [int(r["seq"]) for r in rows] == [-n for n in range(1, 2346)] and rows[0]["resourceId"] == ticket["id"]
        lines = desk.get("/api/v1/audit/logs?format=jsonl&action=TICKET_EXPORTED", admin).raw.decode().splitlines()
        assert [json.loads(line)["seq"] for line in lines] == [-n for n in range(1, 2346)]
        head = http.client.HTTPConnection(desk.env["GUICHET_URL"].removeprefix("http://"), timeout=10)
        for _ in range(20):  # clients that leave after the first bytes
            head.request("GET", "/api/v1/audit/logs?format=csv", headers={"Authorization": f"Bearer {admin}"})
            assert head.getresponse().read(20)
            head.close()
    finally:
        desk.sql("delete from audit_log where seq < 0")
    for who, status in ((owner["token"], 403), ("nonsense", 401)):
        assert desk.get("/api/v1/audit/logs?format=csv", who).status == status
    assert desk.get("/api/v1/audit/logs?format=csv&startDate=nonsense-x", admin).json["errors"][0]["pointer"] == "/startDate"
    entries(admin, "the export itself is told", action="AUDIT_EXPORTED")


@flow("failed sign-ins are told at once and then by the minute, so that an attacker fills no disk")
def _():
    admin, who = desk.admin(), address()
    account = desk.register(who)["user"]["id"]
    for _ in range(3):
        assert desk.post("/api/v1/auth/login", {"email": who, "password": "wrong password"}).status == 401
    mine = entries(admin, "it is told", path="/api/v1/audit/security", resourceId=account)
    assert mine[0]["action"] == "LOGIN_FAILED" and mine[0]["outcome"] == "failed" and mine[0]["details"]["email"] == who
    assert mine[0]["details"]["reason"] == "wrong_password" and mine[0]["ipAddress"] == "127.0.0.1"
    before = int(desk.sql("select count(*) from outbox where type = 'security.login_failed'")[0][0])
    for n in range(30):
        desk.post("/api/v1/auth/login", {"email": f"nobody-{n}@example.org", "password": "wrong password"})
    assert int(desk.sql("select count(*) from outbox where type = 'security.login_failed'")[0][0]) <= before + 2  # loops
    assert logs(admin, "/api/v1/audit/security", action="LOGIN_FAILED")["data"][0]["outcome"] == "failed"


@flow("refused reads, roles and passwords are in the security log; what is counted is told when ingress stops")
def _():
    admin, who = desk.admin(), address()
    account = desk.register(who)
    for _ in range(5):
        assert desk.get("/api/v1/audit/logs", account["token"]).status == 403
    found = entries(admin, "the refused read", path="/api/v1/audit/security", userId=account["user"]["id"], action="FORBIDDEN")
    assert found[0]["details"]["path"] == "/audit/logs" and found[0]["outcome"] == "refused"
    desk.stack("restart", "ingress")
    eventually("all five are told", lambda: desk.sql(
        "select sum((body::jsonb #>> '{data,count}')::int) from outbox where type = 'security.forbidden' and "
        f"body::jsonb ->> 'actorId' = '{account['user']['id']}'") == [["5"]])
    assert desk.ctl("user", "role", "--email", who, "--role", "agent").returncode == 0
    changed = entries(admin, "the role", path="/api/v1/audit/security", resourceId=account["user"]["id"],
                      action="USER_ROLE_CHANGED")[0]
    assert changed["changes"] == [{"fieldName": "role", "oldValue": "user", "newValue": "agent"}]


@flow("what somebody changed about themselves is in the trail with what it was and what it is")
def _():
    admin, token = desk.admin(), desk.register(address())
    for phone in ("+33 1 02 03", "", None):
        assert desk.call("PUT", "/api/v1/users/profile", {"phone": phone, "language": "en"}, token["token"]).status == 200
    told = entries(admin, "both changes", least=2, userId=token["user"]["id"], action="PROFILE_UPDATED")
    changes = [change for entry in told for change in entry["changes"] if change["fieldName"] == "phone"]
    assert {"fieldName": "phone", "oldValue": None, "newValue": "+33 1 02 03"} in changes
    assert {"fieldName": "phone", "oldValue": "+33 1 02 03", "newValue": None} in changes and len(changes) == 2


@flow("an event that cannot be read is kept with its error, stops nobody, and can be sent again")
def _():
    admin = desk.admin()
    place = desk.get("/api/v1/events?after=now", admin).json["pagination"]["nextCursor"]
    ids = [desk.sql("select gen_random_uuid()")[0][0] for _ in range(2)]
    for event, body in zip(ids, ("no json at all", '{"data": "\\u0000"}')):
        desk.sql("insert into outbox (exchange, routing_key, type, headers, body) values ('guichet.events', 'ticket.created', "
                 f"'ticket.created', '{{\"message_id\": \"{event}\"}}', '{body}')")
    desk.ticket(desk.register(address())["token"], title="behind them")
    feed = eventually("the feed goes on", lambda: (lambda a: a if any(
        e["data"].get("title") == "behind them" for e in a.data["events"]) else None)(
        desk.get(f"/api/v1/events?after={place}", admin)))
    assert feed.status == 200 and sum("error" in e for e in feed.data["events"]) == 2
    failed = eventually("both are kept", lambda: (lambda l: l if len(l) >= 2 else None)(
        [e for e in logs(admin, "/api/v1/audit/events", status="failed")["data"] if e["eventId"] in ids]))
    assert all(e["error"] and e["status"] == "failed" and e["eventType"] == "ticket.created" for e in failed)
    assert {"no json at all", '{"data": "\\u0000"}'} == {e["payload"] for e in failed}
    agent, _ = staff()
    url = f"/api/v1/audit/events/{ids[0]}/replay"
    assert desk.post(url, {}, agent).status == 403
    again = desk.post(url, {}, admin)
    assert again.status == 202 and again.data["eventId"] == ids[0], again.raw
    eventually("it failed again", lambda: desk.sql(
        f"select state, replays from dead_letters where headers ->> 'message_id' = '{ids[0]}' and state = 'open'"))
    told = logs(admin, "/api/v1/audit/events")["data"][0]
    assert {"eventId", "eventType", "userId", "data", "timestamp", "payload"} <= set(told) and told["status"] == "ok"
    assert desk.post(f"/api/v1/audit/events/{told['eventId']}/replay", {}, admin).status == 409
    assert desk.post(f"/api/v1/audit/events/{address()}/replay", {}, admin).status == 404
    assert desk.post("/api/v1/audit/events/01a1fd58-4037-7b51-8275-9e8082d1c2d5/replay", {}, admin).status == 404
    assert desk.get("/api/v1/audit/events?status=maybe", admin).json["errors"][0]["pointer"] == "/status"


@flow("reports and metrics count what the trail holds, as JSON and CSV")
def _():
    admin = desk.admin()
    desk.ticket(desk.register(address())["token"])
    metrics = desk.get("/api/v1/audit/metrics", admin).data
    assert metrics["interval"] == "day" and len(metrics["series"]["tickets_created"]) == 30
    eventually("today has some", lambda: desk.get("/api/v1/audit/metrics?interval=hour", admin).data["series"][
        "tickets_created"][-1]["value"] > 0)
    assert desk.get("/api/v1/audit/metrics?interval=week", admin).json["errors"][0]["pointer"] == "/interval"
    assert desk.get("/api/v1/audit/metrics?startDate=2001-01-01", admin).json["errors"][0]["pointer"] == "/startDate"
    activity = desk.get("/api/v1/audit/reports?type=activity", admin).data
    assert next(r for r in activity["rows"] if r["action"] == "TICKET_CREATED")["count"] > 0
    table = desk.get("/api/v1/audit/reports?type=activity&from=2026-01-01&format=csv", admin)
    assert table.raw.decode().splitlines()[0] == "action,count,users,last" and b"TICKET_CREATED," in table.raw
    assert desk.get("/api/v1/audit/reports?type=security", admin).data["addresses"]
    assert {"priority", "opened", "resolvedInTime"} <= set(desk.get("/api/v1/audit/reports?type=sla", admin).data["rows"][0])
    compliance = desk.get("/api/v1/audit/reports?type=compliance", admin).data
    assert compliance["retentionDays"] >= 1 and compliance["chain"]["lastSeq"] > 0 and isinstance(compliance["erasures"], list)
    assert desk.get("/api/v1/audit/reports?type=gossip", admin).json["errors"][0]["pointer"] == "/type"
    assert desk.get("/api/v1/audit/reports", desk.register(address())["token"]).status == 403


@flow("an administrator adds to the trail by /audit/log, and nobody else does")
def _():
    admin, (agent, _) = desk.admin(), staff()
    note = {"action": "BACKUP_MADE", "resource": "database", "details": "to tape 7"}
    answer = desk.post("/api/v1/audit/log", note, admin)
    assert answer.status == 201 and answer.json["message"] == "Ajouté au journal"
    entry = entries(admin, "it is there", action="AUDIT_NOTED", search="tape")[0]
    assert entry["details"] == note and entry["eventId"] == answer.data["eventId"] and entry["ipAddress"]
    assert desk.post("/api/v1/audit/log", note, agent).status == 403
    assert desk.post("/api/v1/audit/log", {}, admin).json["errors"][0]["pointer"] == "/action"


@flow("sessions and tokens that have ended are purged when an administrator asks")
def _():
    admin, account = desk.admin(), desk.register(address())
    desk.post("/api/v1/auth/refresh", {"refreshToken": account["refreshToken"]})
    desk.sql(f"update sessions set expires_at = now() - interval '31 days' where account_id = '{account['user']['id']}'")
    assert desk.post("/api/v1/admin/tokens/purge", {}, account["token"]).status == 403
    purged = desk.post("/api/v1/admin/tokens/purge", {}, admin)
    assert purged.status == 200 and purged.data["sessions"] >= 1 and purged.data["tokens"] >= 1, purged.raw
    assert desk.sql(f"select count(*) from sessions where account_id = '{account['user']['id']}'") == [["0"]]
    assert desk.get("/api/v1/auth/me", admin).status == 200


@flow("erasing a person and pruning the trail leave a chain that holds; what was tampered with is found")
def _():
    def verify():
        return desk.ctl("audit", "verify", "--json")

    admin, who = desk.admin(), address()
    account = desk.register(who)
    desk.ticket(account["token"], title="personal words")
    entries(admin, "both are there", least=2, userId=account["user"]["id"])
    erased = desk.ctl("audit", "erase", "--user", who, "--json")
    assert erased.returncode == 0 and json.loads(erased.stdout)["erased"] >= 2, erased.stderr
    gone = logs(admin, userId=account["user"]["id"])["data"]
    assert all(e["isErased"] and e["details"] is None and e["ipAddress"] is None and e["changes"] == [] for e in gone)
    assert logs(admin, search="personal")["data"] == []
    entries(admin, "the erasure is told", action="AUDIT_ERASED")
    assert verify().returncode == 0, verify().stdout
    desk.sql("update audit_log set occurred_at = occurred_at - interval '40 days' where seq <= 20")
    before = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 20 * 86400))
    pruned = desk.ctl("audit", "prune", "--before", before, "--json")
    assert pruned.returncode == 0 and json.loads(pruned.stdout)["pruned"] == 20, (pruned.stdout, pruned.stderr)
    assert desk.sql("select min(seq) from audit_log") == [["21"]]
    assert verify().returncode == 0, "prune returns when the trail says so"
    state = json.loads(verify().stdout)
    assert state["intact"] and state["checked"] == state["seq"] - 20
    report = desk.get("/api/v1/audit/reports?type=compliance", admin).data
    assert report["chain"]["segments"][0]["lastSeq"] == 20 and report["erasures"]
    desk.sql("update audit_segments set last_hash = sha256('x')")
    assert verify().returncode == 1
    desk.sql("update audit_segments set last_hash = (select prev_hash from audit_log where seq = 21)")
    assert verify().returncode == 0
    assert desk.ctl("audit", "prune", "--before", "nonsense").returncode == 1
    assert json.loads(desk.ctl("audit", "prune", "--before", before, "--json").stdout)["pruned"] == 0
