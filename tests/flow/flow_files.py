"""Flows: files on tickets and comments, their lists, who may change them. Bytes are another matter: the rows are made here."""
import os
import threading
import uuid

from desk import address, desk, eventually, flow, staff


def file_of(account_id, name="tray.png", size=1000, state="clean", purpose="ticket"):
    """A file that was uploaded and looked at, and waits for a ticket."""
    file = str(uuid.uuid4())
    desk.sql("insert into files (id, name, size, mime_type, sha256, purpose, uploaded_by, created_at, updated_at, scan_state, "
             f"scan_engine, scanned_at, place) values ('{file}', '{name}', {size}, 'image/png', decode('{os.urandom(32).hex()}', 'hex'), "
             f"'{purpose}', '{account_id}', now(), now(), '{state}', 'ClamAV', now(), '{'kept' if state == 'clean' else 'temp'}')")
    return file


def person():
    account = desk.register(address())
    return account["accessToken"], account["user"]["id"]


@flow("files come with a ticket and a comment, and are read with them")
def _():
    token, me = person()
    agent, agent_id = staff()
    first, second, internal = file_of(me), file_of(me, "écran.png", 50), file_of(agent_id, "note.png")
    ticket = desk.ticket(token, fileIds=[first])
    path = f"/api/v1/tickets/{ticket['id']}"
    assert ticket["attachmentCount"] == 1, ticket
    said = desk.post(path + "/comments", {"content": "voir", "fileIds": [second.upper()]}, token)
    assert said.status == 201 and [f["id"] for f in said.data["files"]] == [second], said.raw
    assert desk.post(path + "/comments", {"content": "entre nous", "isInternal": True, "file_ids": [internal]}, agent).status == 201
    mine, staffs = desk.get(path + "/files", token).data, desk.get(f"/api/files/ticket/{ticket['id']}", agent).json
    assert {f["id"] for f in mine["files"]} == {first, second} and mine["totalFiles"] == 2 and mine["totalSize"] == 1050, mine
    assert staffs["totalFiles"] == 3 and len(staffs["files"]) == 3, staffs  # older clients: at the top, too
    assert desk.get(path, token).data["attachmentCount"] == 2
    assert [h["newValue"] for h in desk.get(path + "/history", token).data if h["fieldName"] == "file"] == ["tray.png", "écran.png"]
    assert "note.png" not in desk.get(path + "/history", token).raw.decode()
    assert desk.get(f"/api/v1/files/{internal}", token).status == 404
    assert desk.get(f"/api/v1/files/{internal}", agent).data["ticketId"] == ticket["id"]


@flow("what cannot be attached is named, and the ticket is not made")
def _():
    token, me = person()
    fine, infected = file_of(me), file_of(me, state="infected")
    foreign = file_of(person()[1])
    before = len(desk.get("/api/v1/tickets", token).data["tickets"])
    for wrong in (infected, foreign, str(uuid.uuid4()), "tray.png"):
        answer = desk.post("/api/v1/tickets", {"title": "a", "description": "b", "fileIds": [fine, wrong]}, token)
        assert answer.status == 400 and answer.json["code"] == "VALIDATION_ERROR", answer.raw
        assert [e["pointer"] for e in answer.json["errors"]] == ["/fileIds/1"], answer.raw
    eleven = desk.post("/api/v1/tickets", {"title": "a", "description": "b", "fileIds": [str(uuid.uuid4()) for _ in range(11)]}, token)
    assert eleven.status == 400 and eleven.json["errors"][0]["pointer"] == "/fileIds", eleven.raw
    assert len(desk.get("/api/v1/tickets", token).data["tickets"]) == before
    assert desk.get(f"/api/v1/files/{fine}", token).data["ticketId"] is None


@flow("one of many tickets gets a file, and ten comments at once do not pass a ticket's limit")
def _():
    token, me = person()
    file = file_of(me)
    tickets = [desk.ticket(token)["id"] for _ in range(8)]
    answers = []

    def at_once(work):
        threads = [threading.Thread(target=lambda job=job: answers.append(job())) for job in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    at_once([lambda t=t: desk.post(f"/api/v1/tickets/{t}/comments", {"content": "ci-joint", "fileIds": [file]}, token) for t in tickets])
    assert sorted(a.status for a in answers) == [201] + [400] * 7, [a.raw for a in answers]
    got = desk.get(f"/api/v1/files/{file}", token).data["ticketId"]
    assert sum(desk.get(f"/api/v1/tickets/{t}/files", token).data["totalFiles"] for t in tickets) == 1 and got in tickets
    full, answers[:] = next(t for t in tickets if t != got), []
    pairs = [[file_of(me), file_of(me)] for _ in range(8)]
    at_once([lambda p=p: desk.post(f"/api/v1/tickets/{full}/comments", {"content": "deux", "fileIds": p}, token) for p in pairs])
    assert sorted(a.status for a in answers) == [201] * 5 + [400] * 3, [a.raw for a in answers]
    assert {a.json["code"] for a in answers if a.status == 400} == {"TOO_MANY_FILES"}
    assert desk.get(f"/api/v1/tickets/{full}/files", token).data["totalFiles"] == 10


@flow("a file is renamed, deleted, and given back by staff")
def _():
    token, me = person()
    agent, _ = staff()
    admin, _ = staff("admin")
    file = file_of(me)
    path = f"/api/v1/files/{file}"
    ticket = desk.ticket(token, fileIds=[file])["id"]
    shown = desk.get(path, token)
    renamed = desk.call("PUT", path, {"originalName": "bac.png", "description": "de gauche", "is_public": True}, token,
                        If_Match=shown.headers["ETag"])
    assert renamed.status == 200 and renamed.data["originalName"] == "bac.png" and renamed.data["isPublic"], renamed.raw
    assert desk.call("PUT", path, {"originalName": "bac.html"}, token).json["errors"][0]["pointer"] == "/name"
    assert desk.call("PUT", path, {"description": "x"}, token, If_Match=shown.headers["ETag"]).status == 412
    assert desk.call("PUT", path, {"description": "x"}, agent).status == 403
    assert desk.call("DELETE", path, token=agent).status == 403
    assert desk.call("DELETE", path, token=token).status == 200
    assert desk.get(path, token).json["code"] == desk.get(path, admin).json["code"] == "FILE_NOT_FOUND"
    assert desk.get(f"/api/v1/tickets/{ticket}/files", token).data["totalFiles"] == 0
    assert desk.post(path + "/restore", None, token).status == 403
    assert desk.post(path + "/restore", None, agent).data["isDeleted"] is False
    assert desk.get(f"/api/v1/tickets/{ticket}/files", token).data["totalFiles"] == 1
    logs = desk.get(path + "/logs", admin)
    assert [entry["action"] for entry in logs.data] == ["RESTORE", "DELETE", "UPDATE"] and logs.data[0]["ipAddress"], logs.raw
    assert desk.get(path + "/logs", agent).status == 403
    eventually("the trail knows", lambda: {"FILE_UPDATED", "FILE_DELETED", "FILE_RESTORED"} <= {
        e["action"] for e in desk.get(f"/api/v1/audit/logs?resourceId={file}", admin).data})


@flow("a file that is no id is not found, and others' files are forbidden")
def _():
    token, me = person()
    stranger, _ = person()
    file = file_of(me)
    for verb, end in (("GET", ""), ("PUT", ""), ("DELETE", ""), ("GET", "/logs"), ("POST", "/restore")):
        for name in ("non-existent-id", "tray.png", str(uuid.uuid4())):
            answer = desk.call(verb, f"/api/v1/files/{name}{end}", {} if verb in ("PUT", "POST") else None, token)
            assert (answer.status, answer.json["code"]) == (404, "FILE_NOT_FOUND"), (verb, name, end, answer.raw)
        refused = desk.call(verb, f"/api/files/{file}{end}", {} if verb in ("PUT", "POST") else None, stranger)
        assert refused.status == 403, (verb, end, refused.raw)
        assert desk.call(verb, f"/api/files/{file}{end}", {} if verb in ("PUT", "POST") else None).status == 401


@flow("files are listed, searched and counted")
def _():
    token, me = person()
    files = [file_of(me, name) for name in ("facture 1.png", "facture_2.png", "plan.png")]
    listed = desk.get("/api/v1/files?limit=2", token).json
    assert [f["id"] for f in listed["data"]["files"]] == files[:0:-1] and listed["pagination"]["total"] == 3, listed
    rest = desk.get(f"/api/v1/files?limit=2&cursor={listed['pagination']['nextCursor']}", token).data["files"]
    assert [f["id"] for f in rest] == files[:1], rest
    assert desk.get("/api/v1/files?type=application/pdf", token).data["files"] == []
    assert {f["id"] for f in desk.get("/api/v1/files/search?q=FACTURE", token).data["files"]} == set(files[:2])
    assert [f["id"] for f in desk.get("/api/v1/files/search?q=e_2", token).data["files"]] == files[1:2]
    assert desk.get("/api/v1/files/search", token).status == 400
    assert desk.get("/api/v1/files?cursor=here", token).status == 400
    assert desk.get("/api/v1/files/stats", token).data["totalSize"] == 3000


@flow("an avatar is shown in the profile until it is deleted")
def _():
    token, me = person()
    assert desk.get("/api/v1/users/profile", token).data["avatarUrl"] is None
    file = file_of(me, "moi.png", purpose="avatar")
    assert file in desk.get("/api/v1/users/profile", token).data["avatarUrl"]
    assert file in desk.get("/api/v1/auth/me", token).data["avatarUrl"]
    for path in ("/api/v1/users/avatar", "/api/profile/avatar"):
        assert desk.call("DELETE", path, token=token).status == 200
        assert desk.get("/api/v1/users/profile", token).data["avatarUrl"] is None


@flow("administrators see how many people there are")
def _():
    admin, _ = staff("admin")
    figures = desk.get("/api/admin/stats", admin).json["data"]
    assert figures["total_users"] >= figures["new_users_7d"] > 0 and figures["byRole"]["admin"] > 0, figures
    assert desk.get("/api/v1/users/stats", person()[0]).status == 403
