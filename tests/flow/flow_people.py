"""Flows: the people of the desk, as administrators and they themselves deal with them."""
import csv
import io
import json
import os
import signal
import tempfile
import uuid

from desk import address, desk, eventually, flow, pid_of, staff

USERS = "/api/v1/users"


def person(token):
    return desk.get("/api/v1/auth/me", token).data["id"]


def put(token, path, body, method="PUT", **headers):
    return desk.call(method, USERS + path, body, token, **headers)


def assigned(admin, agent, title):
    ticket = desk.ticket(desk.register(address())["accessToken"], title)
    answer = desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {"assigneeId": agent}, admin)
    assert answer.status == 200, answer.raw
    return ticket["id"]


@flow("a person is seen whole by administrators and themselves, by name by staff, and not by others")
def _():
    admin, (agent, _), ana = desk.admin(), staff(), desk.register(address("ana"), firstName="Ana", lastName="Ruiz")
    path = f"{USERS}/{ana['user']['id']}"
    whole = desk.get(path, admin)
    assert whole.status == 200 and whole.data["email"] == ana["user"]["email"] and whole.data["status"] == "active", whole.raw
    assert whole.data["preferences"]["language"] == "fr" and whole.data["isActive"] is True and whole.data["version"] == 1
    assert desk.get(path, ana["accessToken"]).data == whole.data
    named = desk.get(path, agent).data
    assert named["firstName"] == "Ana" and named["lastName"] == "Ruiz" and "email" not in named and "isActive" not in named
    assert desk.get(path, desk.register(address())["accessToken"]).status == 403
    missing = desk.get(f"{USERS}/01a1fd58-4002-7dbd-90e5-88c46df4ea86", admin)
    assert missing.status == 404 and missing.json["code"] == "USER_NOT_FOUND"
    assert desk.get(path).status == 401


@flow("a person's fields are the person's and the administrators' to change, the role the administrators' alone")
def _():
    admin, (agent, _), ana = desk.admin(), staff(), desk.register(address("ana"))
    path, token = f"/{ana['user']['id']}", ana["accessToken"]
    own = put(token, path, {"firstName": "Ana", "jobTitle": "Dompteuse", "role": "admin", "timezone": "Indian/Reunion"})
    assert own.status == 200 and own.json["meta"]["ignored"] == ["role"] and own.data["role"] == "user", own.raw
    assert own.data["firstName"] == "Ana" and own.data["preferences"]["timezone"] == "Indian/Reunion"
    strict = put(token, path, {"role": "admin"}, "PATCH")
    assert strict.status == 403 and strict.json["code"] == "INSUFFICIENT_PERMISSIONS"
    assert put(agent, path, {"firstName": "Zoé"}).status == 403
    assert put(token, path, {"timezone": "Mars/Base"}).json["errors"][0]["pointer"] == "/timezone"
    stale = put(admin, path, {"department": "Cirque"}, If_Match='"v1"')
    assert stale.status == 412
    both = put(admin, path, {"department": "Cirque", "role": "agent"})
    assert both.status == 200 and both.data["department"] == "Cirque" and both.data["role"] == "agent", both.raw
    assert put(admin, path, {"isActive": False}).status == 400


@flow("somebody's role is another within two seconds, and what was signed in with the old one ends")
def _():
    admin, agent, login = desk.admin(), address("agent"), None
    made = desk.register(agent)
    who, token = made["user"]["id"], made["accessToken"]
    assert put(token, f"/{who}/role", {"role": "admin"}).status == 403
    raised = put(admin, f"/{who}/role", {"role": "agent"})
    assert raised.status == 200 and raised.data["role"] == "agent", raised.raw
    assert raised.json["message"] == "Rôle utilisateur modifié avec succès"
    eventually("the old token counts no more", lambda: desk.get(USERS, token).status == 401, 2)
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": made["refreshToken"]}).status == 401
    login = desk.login(agent)
    assert desk.get(USERS, login).status == 200
    assert put(admin, f"/{who}/role", {"role": "user"}).status == 200
    assert desk.get(USERS, login).status in (401, 403), "a read knows the role at once"
    eventually("nor does the agent's", lambda: desk.get("/api/v1/auth/me", login).status == 401, 2)
    assert put(admin, f"/{who}/role", {"role": "chief"}).status == 400
    assert put(admin, f"/{who}/role", {}).status == 400
    told = desk.sql(f"select body::jsonb -> 'data' ->> 'newRole' from outbox where type = 'user.role_changed' "
                    f"and body::jsonb ->> 'accountId' = '{who}' order by id")
    assert told == [["agent"], ["user"]], told


@flow("nobody changes their own role or status, or deletes themselves, and an administrator has to remain")
def _():
    admin = desk.admin()
    me = person(admin)
    for method, path, body, code in (("PUT", f"/{me}/role", {"role": "user"}, "OWN_ROLE"),
                                     ("PATCH", f"/{me}", {"role": "user"}, "OWN_ROLE"),
                                     ("PUT", f"/{me}/status", {"status": "deactivate"}, "OWN_STATUS"),
                                     ("DELETE", f"/{me}", None, "OWN_ACCOUNT")):
        answer = put(admin, path, body, method)
        assert answer.status == 403 and answer.json["code"] == code, (path, answer.raw)
    assert put(admin, f"/{me}/role", {"role": "admin"}).status == 200, "what is so already is done"
    other, other_id = staff("admin")
    # The first administrator is the only other one: with the other gone it is the last.
    answers = [put(other, f"/{me}/status", {"isActive": False}), put(other, f"/{me}/status", {"isActive": True})]
    assert [a.status for a in answers] == [200, 200], [a.raw for a in answers]
    admin = desk.admin()
    assert put(admin, f"/{other_id}/role", {"role": "user"}).status == 200
    assert put(other, f"/{me}/role", {"role": "user"}).status in (401, 403), "who was an administrator"


@flow("an administrator makes accounts: with a password one signs in, without one somebody is invited")
def _():
    admin, who, invited = desk.admin(), address("made"), address("invited")
    made = desk.post(USERS, {"email": who.upper(), "password": "correct horse", "firstName": "Ana", "department": "Cirque",
                             "role": "agent"}, admin)
    assert made.status == 201 and made.data["email"] == who and made.data["role"] == "agent", made.raw
    assert made.data["department"] == "Cirque" and "password" not in made.raw.decode()
    assert desk.get(USERS, desk.login(who, "correct horse")).status == 200
    assert desk.post(USERS, {"email": who, "role": "user"}, admin).json["code"] == "USER_ALREADY_EXISTS"
    plain = desk.post("/api/users", {"email": invited, "language": "en"}, admin)
    assert plain.status == 201 and plain.json["role"] == "user", plain.raw
    told = desk.sql(f"select type, body::jsonb -> 'data' ->> 'email', body::jsonb -> 'data' ->> 'language' from outbox "
                    f"where body::jsonb ->> 'accountId' = '{plain.data['id']}'")
    assert told == [["user.invited", invited, "en"]], told
    assert desk.post("/api/v1/auth/login", {"email": invited, "password": "password123"}).status == 401
    assert desk.post(USERS, {"email": address()}, staff()[0]).status == 403
    assert desk.post(USERS, {"email": address(), "password": "correct horse"}, staff("manager")[0]).status == 403
    assert desk.post(USERS, {"email": "no address"}, admin).status == 400
    assert desk.sql("select count(*) from outbox where body like '%correct horse%'") == [["0"]]


@flow("who is deactivated is out at once: tokens, sessions, mails that wait; and comes back by being activated")
def _():
    admin, who = desk.admin(), address("leaver")
    user = desk.register(who)
    path, token = f"/{user['user']['id']}/status", user["accessToken"]
    desk.sql(f"insert into mails (id, event_id, priority, template, language, recipient, recipient_id, fields, next_attempt_at) values "
             f"(gen_random_uuid(), gen_random_uuid(), 3, 'notice', 'fr', '{who}', '{user['user']['id']}', '{{}}', now() + interval '1 hour')")
    assert put(token, path, {"status": "deactivate"}).status == 403
    assert put(admin, path, {}).status == 400 and put(admin, path, {"status": "active", "isActive": False}).status == 400
    out = put(admin, path, {"action": "deactivate"})
    assert out.status == 200 and out.data["isActive"] is False and out.data["status"] == "inactive", out.raw
    eventually("the token counts no more", lambda: desk.get("/api/v1/auth/me", token).status in (401, 403), 2)
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": user["refreshToken"]}).status in (401, 403)
    assert desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}).status == 403
    assert desk.sql(f"select count(*) from sessions where account_id = '{user['user']['id']}' and revoked_at is null") == [["0"]]
    assert desk.sql(f"select distinct state from mails where recipient = '{who}' and state in ('queued', 'failed')") == [["failed"]]
    assert put(admin, path, {"status": "activate"}).status == 200
    assert desk.get("/api/v1/auth/me", desk.login(who)).status == 200


@flow("who leaves hands over: it is shown before, and the tickets' own history tells of it")
def _():
    admin, (_, leaver), (heir_token, heir) = desk.admin(), staff(), staff()
    tickets = sorted(assigned(admin, leaver, f"Ticket {n}") for n in range(3))
    shown = desk.get(f"{USERS}/{leaver}/leaving?handOverTo={heir}&limit=2", admin)
    assert shown.status == 200 and [t["id"] for t in shown.data["tickets"]] == tickets[:2], shown.raw
    assert shown.json["pagination"]["total"] == 3 and shown.data["handOverTo"]["id"] == heir
    assert shown.data["lastAdministrator"] is False
    assert desk.get(f"{USERS}/{leaver}/leaving", admin).data["handOverTo"] is None
    assert desk.get(f"{USERS}/{leaver}/leaving", heir_token).status == 403
    user = desk.register(address())["user"]["id"]
    for wrong in (user, leaver):
        assert desk.get(f"{USERS}/{leaver}/leaving?handOverTo={wrong}", admin).status == 400
        refused = put(admin, f"/{leaver}/status", {"status": "deactivate", "handOverTo": wrong})
        assert refused.status == 400 and refused.json["errors"][0]["pointer"] == "/handOverTo", refused.raw
    assert put(admin, f"/{leaver}/status", {"status": "deactivate", "handOverTo": heir}).status == 200
    for ticket in tickets:
        eventually("the heir has it", lambda: desk.get(f"/api/v1/tickets/{ticket}", admin).data["assigneeId"] == heir)
        history = desk.get(f"/api/v1/tickets/{ticket}/history", admin).raw.decode()
        assert heir in history
    assert desk.get(f"{USERS}/{leaver}/leaving", admin).json["pagination"]["total"] == 0


@flow("who is deleted is gone, the address is free, the tickets are nobody's and whole")
def _():
    admin, who = desk.admin(), address("gone")
    made = desk.register(who, firstName="Gone")
    leaver = made["user"]["id"]
    own = desk.ticket(made["accessToken"], "Mon ticket")
    assert put(admin, f"/{leaver}/role", {"role": "agent"}).status == 200
    ticket = assigned(admin, leaver, "Attribué")
    assert put(staff()[0], f"/{leaver}", None, "DELETE").status == 403
    assert put(admin, f"/{leaver}", None, "DELETE").status == 200
    assert desk.get(f"{USERS}/{leaver}", admin).status == 404
    assert put(admin, f"/{leaver}/status", {"status": "activate"}).status == 404
    assert put(admin, f"/{leaver}", None, "DELETE").status == 404
    assert desk.get(f"{USERS}?search=Gone&limit=100", admin).raw.decode().find(leaver) < 0
    eventually("nobody's", lambda: desk.get(f"/api/v1/tickets/{ticket}", admin).data["assigneeId"] is None)
    assert desk.get(f"/api/v1/tickets/{own['id']}", admin).data["title"] == "Mon ticket"
    assert desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}).status == 401
    assert desk.register(who)["user"]["id"] != leaver


@flow("who is erased is nobody: tickets stay whole, and the chain of the trail holds")
def _():
    admin, who = desk.admin(), address("erased")
    user = desk.register(who, firstName="Eva", lastName="Effacée")
    me, token = user["user"]["id"], user["accessToken"]
    ticket = desk.ticket(token, "Mon écran")["id"]
    assert desk.call("PUT", "/api/v1/users/profile", {"phone": "0102030405"}, token).status == 200
    eventually("the trail has it", lambda: len(desk.get(USERS + "/activities", token).data) == 3)
    assert desk.post(f"{USERS}/{me}/erase", {}, token).status == 403
    done = desk.post(f"{USERS}/{me}/erase", {}, admin)
    assert done.status == 200 and done.json["message"] == "Données personnelles effacées", done.raw
    eventually("the trail is blank", lambda: desk.sql(
        f"select count(*) from audit_log where (actor_id = '{me}' or resource_id = '{me}') and payload like '%{who}%'") == [["0"]])
    row = desk.sql(f"select email, first_name || last_name || phone, active from accounts where id = '{me}'")
    assert row == [[me + "@deleted.invalid", "", "f"]], row
    eventually("credentials are gone", lambda: desk.sql(f"select count(*) from credentials where account_id = '{me}'") == [["0"]])
    shown = desk.get(f"/api/v1/tickets/{ticket}", admin)
    assert shown.status == 200 and shown.data["title"] == "Mon écran" and "Eva" not in shown.raw.decode()
    assert desk.ctl("audit", "verify").returncode == 0, "the chain holds"
    assert desk.post(f"{USERS}/{me}/erase", {}, admin).status == 200, "again is as good as once"
    other = desk.register(address("erased"))["user"]["id"]
    assert put(admin, f"/{other}?erase=true", None, "DELETE").status == 200
    eventually("erased", lambda: desk.sql(f"select count(*) from credentials where account_id = '{other}'") == [["0"]])


@flow("everybody finds what they have done themselves, by type and time, and nobody else's doings")
def _():
    user = desk.register(address())
    token, me = user["accessToken"], user["user"]["id"]
    ticket = desk.ticket(token)["id"]
    desk.ticket(desk.register(address())["accessToken"])
    path = USERS + "/activities"
    eventually("the trail has both", lambda: len(desk.get(path, token).data) >= 2)
    found = desk.get(path, token)
    assert found.status == 200 and {a["type"] for a in found.data} == {"user.registered", "ticket.created"}, found.raw
    for asked in ("?type=ticket.created", "?type=TICKET_CREATED&startDate=2026-01-01&endDate=2999-01-01"):
        one = desk.get(path + asked, token)
        assert [a["resourceId"] for a in one.data] == [ticket] and one.json["pagination"]["total"] == 1, one.raw
    assert one.data[0]["userAgent"].startswith("Python") and one.data[0]["ipAddress"]
    assert desk.get("/api/users/activities?endDate=2020-01-01", token).data == []
    first = desk.get(path + "?limit=1", token)
    second = desk.get(path + "?limit=1&cursor=" + first.json["pagination"]["nextCursor"], token)
    assert first.data[0]["id"] != second.data[0]["id"] and not second.json["pagination"]["hasNext"]
    assert desk.get(path + "?startDate=yesterday", token).status == 400 and desk.get(path).status == 401
    assert me not in desk.get(path, desk.admin()).raw.decode()


@flow("one answer has oneself, one's tickets and what one has not read")
def _():
    user, (agent, agent_id), admin = desk.register(address(), firstName="Ana"), staff(), desk.admin()
    ticket = desk.ticket(user["accessToken"], "Mon écran")["id"]
    assert desk.post(f"/api/v1/tickets/{ticket}/assign", {"assigneeId": agent_id}, admin).status == 200
    seen = desk.get("/api/v1/dashboard", user["accessToken"])
    assert seen.status == 200 and seen.data["profile"]["firstName"] == "Ana" and "assigned" not in seen.data, seen.raw
    assert [t["id"] for t in seen.data["tickets"]] == [ticket] and seen.data["ticketCounts"] == {"open": 1}
    eventually("told", lambda: desk.get("/api/v1/dashboard", user["accessToken"]).data["unreadNotifications"] >= 1)
    works = desk.get("/dashboard", agent).json["data"]
    assert [t["id"] for t in works["assigned"]] == [ticket] and works["tickets"] == []
    assert desk.get("/api/v1/dashboard").status == 401


@flow("administrators take all people with them as CSV, in which nothing is a formula")
def _():
    admin, department = desk.admin(), "Cirque " + uuid.uuid4().hex[:8]
    body = {"email": address("=csv"[1:]), "firstName": "=HYPERLINK(1)", "lastName": 'Zoé "Z", Ruiz', "department": department, "phone": "+33 1"}
    made = desk.post(USERS, body, admin)
    assert made.status == 201, made.raw
    path = f"{USERS}/export?department={department.replace(' ', '%20')}"
    answer = desk.get(path, admin)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/csv; charset=utf-8", answer.raw
    assert answer.headers["Content-Disposition"] == 'attachment; filename="users.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.raw.decode())))
    assert [(r["email"], r["firstName"], r["lastName"], r["phone"], r["status"]) for r in rows] == [
        (body["email"], "'=HYPERLINK(1)", body["lastName"], "'+33 1", "active")], rows
    lines = desk.get(path + "&format=jsonl", admin).raw.decode().splitlines()
    assert [json.loads(line)["email"] for line in lines] == [body["email"]]
    desk.sql("insert into accounts (id, email) select gen_random_uuid(), 'many-' || n || '@example.org' from generate_series(1, 2500) n")
    everybody = desk.get("/api/users/export", admin).raw.decode()
    assert everybody.count("many-") == 2500 and everybody.count("firstName") == 1
    assert len({line.split(",")[0] for line in everybody.splitlines()}) == everybody.count("\n")
    desk.sql("delete from accounts where email like 'many-%'")
    page = desk.get(path + "&format=json", admin)
    assert [u["email"] for u in page.data["users"]] == [body["email"]] and page.json["pagination"]["total"] == 1
    assert desk.get(path, staff("manager")[0]).status == 403


@flow("who deletes somebody says in the query, by the name that is documented, who gets the tickets")
def _():
    admin, (_, leaver), (_, heir) = desk.admin(), staff(), staff()
    ticket = assigned(admin, leaver, "Ticket à léguer")
    twice = desk.call("DELETE", f"{USERS}/{leaver}?handOverTo={heir}&hand_over_to={heir}", token=admin)
    assert twice.status == 400 and twice.json["errors"][0]["code"] == "duplicate", twice.raw
    assert desk.call("DELETE", f"{USERS}/{leaver}?handOverTo={heir}", token=admin).status == 200
    eventually("the heir has it", lambda: desk.get(f"/api/v1/tickets/{ticket}", admin).data["assigneeId"] == heir)


@flow("a person takes along all that is kept of them, and nobody else's but administrators does")
def _():
    admin, name = desk.admin(), address("ana")
    ana = desk.register(name, firstName="Ana")
    token, path = ana["accessToken"], f"{USERS}/{ana['user']['id']}/export"
    tickets = [desk.ticket(token, f"Ticket {n}")["id"] for n in range(3)]
    said = desk.post(f"/api/v1/tickets/{tickets[0]}/comments", {"content": "Toujours en panne."}, token)
    assert said.status == 201, said.raw
    desk.sql("insert into ticket_comments (id, ticket_id, seq, author_id, created_at, content, command_id) select gen_random_uuid(), "
             f"'{tickets[1]}', 1000 + n, '{ana['user']['id']}', now(), 'Encore ' || n, gen_random_uuid() from generate_series(1, 450) n")
    eventually("the trail has it", lambda: "ticket.created" in desk.get(path, token).raw.decode())
    answer = desk.get(path, token)
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/jsonl; charset=utf-8", answer.raw[:300]
    lines = [json.loads(line) for line in answer.raw.decode().splitlines()]
    of = {kind: [line["data"] for line in lines if line["kind"] == kind] for kind in
          ("profile", "session", "ticket", "comment", "notification", "mail", "file", "activity")}
    assert sum(map(len, of.values())) == len(lines) and of["profile"][0]["email"] == name and len(of["profile"]) == 1
    assert sorted(t["id"] for t in of["ticket"]) == sorted(tickets) and of["session"], of["ticket"]
    assert len({c["id"] for c in of["comment"]}) == len(of["comment"]) == 451
    assert "Toujours en panne." in [c["content"] for c in of["comment"]]
    assert "refresh" not in answer.raw.decode() and "hash\"" not in answer.raw.decode()
    assert desk.get(path, admin).status == 200 and desk.get(path, staff("manager")[0]).status == 403
    assert desk.get(path).status == 401
    told = f"select count(*) from outbox where type = 'audit.exported' and headers ->> 'actor' = '{ana['user']['id']}'"
    eventually("the trail is told", lambda: desk.sql(told) != [["0"]])
    desk.sql(f"delete from ticket_comments where ticket_id = '{tickets[1]}' and content like 'Encore %'")


def imported(token, text, **wanted):
    query = "&".join(f"{name}={value}" for name, value in wanted.items())
    return desk.call("POST", f"{USERS}/import?{query}", text.encode(), token, Content_Type="text/csv; charset=utf-8")


def by_address(who):
    return desk.sql(f"select role, active, first_name, department, phone, epoch from accounts where email = '{who}'")


@flow("a file of people tells what each of its lines would do, and does nothing until it is asked to")
def _():
    admin, ana, new = desk.admin(), desk.register(address("ana"), firstName="Ana", lastName="Ruiz")["user"]["email"], address("neu")
    file = f"\ufeffEmail,firstName,department,role,shoe\r\n{ana},Ana,\"Cirque, Sud\",user,42\r\n{new},'=Zoé,,agent,\r\n"
    dry = imported(admin, file)
    assert dry.status == 200 and dry.data["dryRun"] is True, dry.raw
    assert [(l["line"], l["outcome"], l["changes"]) for l in dry.data["lines"]] == [
        (2, "changed", {"department": "Cirque, Sud"}), (3, "made", {"firstName": "=Zoé", "department": None, "role": "agent"})], dry.raw
    assert dry.data["unknownColumns"] == ["shoe"] and (dry.data["made"], dry.data["changed"], dry.data["wrong"]) == (1, 1, 0)
    assert by_address(new) == [] and by_address(ana)[0][3] == ""
    done = imported(admin, file, dryRun="false")
    assert done.status == 200 and done.data["dryRun"] is False and done.data["made"] == 1, done.raw
    assert by_address(new) == [["agent", "t", "=Zoé", "", "", "0"]]
    eventually("Ana has her department", lambda: by_address(ana)[0][3] == "Cirque, Sud")
    eventually("the invitation has come", lambda: len(desk.mails(new)) == 1)
    again = imported(admin, file, dryRun="false")
    assert (again.data["unchanged"], again.data["made"], again.data["changed"]) == (2, 0, 0), again.raw


@flow("one wrong line of a file keeps all of it from being done, and says its column")
def _():
    admin, new = desk.admin(), address("neu")
    own = desk.env["GUICHET_ADMIN_EMAIL"]
    file = f"email,role,status\n{new},agent,active\nnobody,user,\n{address()},king,\n{new},user,\n{own},user,inactive\n"
    dry = imported(admin, file)
    assert [(l["line"], l["outcome"], [p["column"] for p in l["problems"]]) for l in dry.data["lines"]] == [
        (2, "made", []), (3, "wrong", ["email"]), (4, "wrong", ["role"]), (5, "wrong", ["email"]), (6, "wrong", ["role", "status"])], dry.raw
    done = imported(admin, file, dryRun="false")
    assert done.status == 400 and done.json["code"] == "VALIDATION_ERROR" and by_address(new) == [], done.raw
    for text, why in (("name\nZoé\n", "no column email"), ("email\n\"x", "line 2: a quote"), ("", "empty")):
        broken = imported(admin, text)
        assert broken.status == 400 and why in broken.json["detail"], broken.raw
    assert imported(staff("manager")[0], file).status == 403 and imported(None, file).status == 401
    assert desk.post(f"{USERS}/import", {"email": new}, admin).status == 415


@flow("who is not in the file leaves with sync, as if an administrator had said so, but never administrators or too many")
def _():
    admin, (agent, leaver) = desk.admin(), staff()
    ticket = assigned(admin, leaver, "Ticket de qui part")
    gone, epoch = desk.sql(f"select email, epoch from accounts where id = '{leaver}'")[0]
    rest = [row[0] for row in desk.sql(f"select email from accounts where active and deleted_at is null and id <> '{leaver}' and role <> 'admin'")]
    file = "email\n" + "\n".join(rest) + "\n"
    dry = imported(admin, file, sync="true")
    assert [g["email"] for g in dry.data["gone"]] == [gone] and dry.data["goneTotal"] == 1, dry.raw
    few = imported(admin, f"email\n{rest[0]}\n", sync="true", dryRun="false", mostGone="1")
    assert few.status == 400 and few.json["errors"][0]["pointer"] == "/mostGone", few.raw
    assert imported(admin, file, sync="true", dryRun="false").status == 200
    eventually("who is gone has left", lambda: by_address(gone)[0][1] == "f" and int(by_address(gone)[0][5]) > int(epoch))
    eventually("the ticket is free", lambda: desk.get(f"/api/v1/tickets/{ticket}", admin).data["assigneeId"] is None)
    assert desk.get("/api/v1/auth/me", agent).status in (401, 403)
    assert desk.sql("select count(*) from accounts where active and role = 'admin'") != [["0"]]


@flow("what is exported is imported again without a change, also ten thousand lines by an operator's command")
def _():
    admin, domain = desk.admin(), uuid.uuid4().hex[:8] + ".example.org"
    everybody = desk.get(f"{USERS}/export", admin).raw.decode()
    same = imported(admin, everybody)
    assert same.status == 200 and same.data["unchanged"] == len(same.data["lines"]) > 1, same.raw[:500]
    many = "email,lastName\n" + "".join(f"p{n}@{domain},Ruiz\n" for n in range(9000))
    done = desk.call("POST", f"{USERS}/import?dryRun=false&invite=false", many.encode(), admin, 60, Content_Type="text/csv")
    assert done.status == 200 and done.data["made"] == 9000, done.raw[:500]
    assert desk.sql(f"select count(*) from accounts where email like '%@{domain}'") == [["9000"]]
    file, own = os.path.join(tempfile.mkdtemp(), "people.csv"), desk.env["GUICHET_ADMIN_EMAIL"]
    with open(file, "w") as out:
        out.write(f"email,firstName\np1@{domain},Zoé\nnew@{domain},Léa\n")
    dry = desk.ctl("user", "import", file, "--as", own)
    assert dry.returncode == 0 and "1 made, 1 changed" in dry.stdout and by_address(f"new@{domain}") == [], dry
    assert desk.ctl("user", "import", file, "--as", own, "--apply", "--no-invite").returncode == 0
    assert by_address(f"new@{domain}")[0][2] == "Léa"
    eventually("the other has a first name", lambda: by_address(f"p1@{domain}")[0][2] == "Zoé")
    with open(file, "w") as out:
        out.write("name\nZoé\n")
    broken = desk.ctl("user", "import", file, "--as", own)
    assert broken.returncode == os.EX_DATAERR and "no column email" in broken.stderr, broken
    with open(file, "w") as out:
        out.write(f"email\np1@{domain}\n")
    nobody = desk.ctl("user", "import", file, "--as", address())
    assert nobody.returncode == 1 and "no administrator" in nobody.stderr, nobody
    desk.sql(f"delete from accounts where email like '%@{domain}'")


@flow("older clients find the service by its ping and its limits")
def _():
    ping = desk.get("/api/v1/ping")
    assert ping.status == 200 and ping.json["message"] == "Ticket Service API is running" and ping.json["success"]
    info = desk.get("/info").json["data"]
    assert info["limits"]["maxFileSize"] == 10485760 and "image/png" in info["limits"]["allowedMimeTypes"]
    assert info["limits"]["maxTitleLength"] == 255 and "webhooks" in info["features"]


@flow("another service tells of who has registered, any number of times, by its token alone")
def _():
    path, who = "/api/v1/internal/user-registered", address("elsewhere")
    body = {"email": who, "firstName": "Zoé", "userId": str(uuid.uuid4())}
    for token, code in ((None, "AUTH_TOKEN_MISSING"), ("wrong", "AUTH_TOKEN_INVALID"), (desk.admin(), "AUTH_TOKEN_INVALID")):
        refused = desk.post(path, body, token)
        assert refused.status == 401 and refused.json["code"] == code, refused.raw
    token = os.environ["SERVICE_TOKEN"]
    made, again = desk.post(path, body, token), desk.post(path, body, token)
    assert (made.status, again.status) == (201, 200) and made.data == again.data, (made.raw, again.raw)
    assert made.data["id"] == body["userId"] and made.data["email"] == who and made.data["firstName"] == "Zoé"
    assert desk.post(path, {**body, "userId": str(uuid.uuid4())}, token).status == 409
    assert desk.post(path, {"firstName": "Zoé"}, token).status == 400
    assert desk.sql(f"select count(*) from outbox where type = 'user.registered' and body::jsonb ->> 'accountId' = '{body['userId']}'") == [["1"]]


@flow("a worker that is killed while somebody leaves hands every ticket over once")
def _():
    admin, (_, leaver), (_, heir) = desk.admin(), staff(), staff()
    tickets = [assigned(admin, leaver, f"Ticket {n}") for n in range(5)]
    assert put(admin, f"/{leaver}/status", {"status": "deactivate", "handOverTo": heir}).status == 200
    for worker in ("account", "ticket"):
        os.kill(pid_of(worker), signal.SIGKILL)
    desk.stack("up")
    for ticket in tickets:
        eventually("the heir has it", lambda: desk.get(f"/api/v1/tickets/{ticket}", admin).data["assigneeId"] == heir, 40)
    counts = desk.sql("select count(*) from ticket_history where field = 'assignee_id' and new_value = '%s' group by ticket_id" % heir)
    assert counts == [["1"]] * 5, counts
