"""Flows: what people say about themselves."""
from desk import address, desk, eventually, flow

PROFILE = "/api/v1/users/profile"


def put(token, body, path=PROFILE, **headers):
    return desk.call("PUT", path, body, token, **headers)


@flow("a profile is there from the first moment, and changes where it is told to")
def _():
    who = address()
    user = desk.register(who, firstName="Zoé", lastName="Martin")
    token = user["accessToken"]
    fresh = desk.get(PROFILE, token)
    assert fresh.status == 200 and fresh.headers["ETag"]
    assert fresh.data["id"] == fresh.data["userId"] == user["user"]["id"] and fresh.data["email"] == who
    assert fresh.data["role"] == "user" and fresh.data["firstName"] == "Zoé" and fresh.data["lastName"] == "Martin"
    assert fresh.data["phone"] is fresh.data["jobTitle"] is fresh.data["bio"] is fresh.data["avatarUrl"] is None
    assert fresh.data["preferences"] == {"language": "fr", "timezone": "Europe/Paris", "theme": "auto"}
    changed = put(token, {"phone": "+1234567890", "jobTitle": "Dompteuse", "department": "Cirque", "theme": "dark",
                          "bio": "Deux\nlignes", "timezone": "Indian/Reunion", "language": "EN"})
    assert changed.status == 200 and changed.json["message"] == "Profil mis à jour avec succès"
    assert changed.data["phone"] == "+1234567890" and changed.data["jobTitle"] == "Dompteuse"
    assert changed.data["department"] == "Cirque" and changed.data["bio"] == "Deux\nlignes"
    assert changed.data["firstName"] == "Zoé" and changed.data["createdAt"] == fresh.data["createdAt"]
    assert changed.data["preferences"] == {"language": "en", "timezone": "Indian/Reunion", "theme": "dark"}
    assert changed.data["updatedAt"] > fresh.data["updatedAt"]
    assert desk.get(PROFILE, token).data == changed.data
    assert desk.get(PROFILE, token, If_None_Match=changed.headers["ETag"]).status == 304
    emptied = desk.call("PATCH", PROFILE, {"phone": None, "bio": ""}, token)
    assert emptied.status == 200 and emptied.data["phone"] is emptied.data["bio"] is None
    assert emptied.data["jobTitle"] == "Dompteuse"


@flow("preferences of a profile may come in an object of their own")
def _():
    token = desk.register(address())["accessToken"]
    answer = put(token, {"firstName": "Ana", "preferences": {"language": "en", "theme": "dark"}})
    assert answer.status == 200 and answer.data["firstName"] == "Ana"
    assert answer.data["preferences"] == {"language": "en", "timezone": "Europe/Paris", "theme": "dark"}


@flow("a profile has its limits, and says which one was met")
def _():
    token = desk.register(address())["accessToken"]
    for body, pointer in (({"phone": "1" * 21}, "/phone"), ({"department": "x" * 101}, "/department"),
                          ({"jobTitle": "x" * 101}, "/jobTitle"), ({"bio": "x" * 2001}, "/bio"),
                          ({"firstName": "x" * 101}, "/firstName"), ({"language": "xx"}, "/language"),
                          ({"theme": "pink"}, "/theme"), ({"timezone": "x" * 65}, "/timezone"),
                          ({"timezone": "../etc"}, "/timezone"), ({"timezone": "Mars/Base"}, "/timezone"),
                          ({"timezone": "europe/paris"}, "/timezone"), ({"phone": 12}, "/phone"),
                          ({"jobTitle": "a\u0007b"}, "/jobTitle"), ({"role": "admin"}, "/role"),
                          ({"email": "x@example.org"}, "/email"), ({"preferences": {"role": "admin"}}, "/role")):
        answer = put(token, body)
        assert answer.status == 400 and answer.json["code"] == "VALIDATION_ERROR", body
        assert [e["pointer"] for e in answer.json["errors"]] == [pointer], (body, answer.json)
    assert put(token, {"bio": "é" * 2000, "phone": "1" * 20, "timezone": "UTC"}).status == 200


@flow("somebody who changes a profile changes nobody else's")
def _():
    mine, other = (desk.register(address())["accessToken"] for _ in range(2))
    before = desk.get(PROFILE, other).data
    assert put(mine, {"firstName": "Moi", "phone": "1"}).status == 200
    assert desk.get(PROFILE, other).data == before
    assert put(None, {"firstName": "Personne"}).status == desk.get(PROFILE).status == 401


@flow("a changed profile is in the trail, with the names of what changed, and what that was and is")
def _():
    user = desk.register(address())
    token, account = user["accessToken"], user["user"]["id"]
    assert put(token, {"phone": "0601020304", "theme": "light"}).status == 200
    assert put(token, {"phone": "0601020304"}).status == 200  # nothing changes, nothing is told
    admin = desk.admin()

    def logged():
        rows = desk.get(f"/api/v1/audit/logs?action=PROFILE_UPDATED&resourceId={account}", admin).data
        return rows if rows else None
    rows = eventually("the change is logged", logged)
    assert len(rows) == 1 and rows[0]["resourceType"] == "account" and rows[0]["userId"] == account
    assert rows[0]["details"] == {"changed": ["phone", "theme"], "oldPhone": "", "newPhone": "0601020304", "oldTheme": "auto", "newTheme": "light"}
    assert put(token, {"timezone": "nulle part"}).status == 400
    refused = eventually("the refusal is logged", lambda: desk.get(
        f"/api/v1/audit/logs?action=COMMAND_REFUSED&resourceId={account}", admin).data)
    assert refused[0]["details"]["commandType"] == "account.update_profile"


@flow("a profile has the same address under its old names")
def _():
    user = desk.register(address())
    token = user["accessToken"]
    for path in ("/api/profile/me", "/profile/me", "/profile/me/", "/api/v1/profile/me", "/api/users/profile", "/users/profile"):
        assert put(token, {"jobTitle": path}, path).status == 200, path
        read = desk.get(path, token)
        assert read.status == 200 and read.data["jobTitle"] == path, path
        assert "/v1" in path or read.json["userId"] == user["user"]["id"] and read.json["email"], path
    assert desk.call("DELETE", "/profile/me", token=token).status == 400, "no person has that id"
    assert desk.get("/profile", token).status == 404


@flow("a profile is changed once, however often the same key asks")
def _():
    token = desk.register(address())["accessToken"]
    first = put(token, {"jobTitle": "un"}, Idempotency_Key="profil-1")
    again = put(token, {"jobTitle": "un"}, "/profile/me", Idempotency_Key="profil-1")
    assert first.status == again.status == 200 and first.data["version"] == again.data["version"]
    assert put(token, {"jobTitle": "deux"}, Idempotency_Key="profil-1").json["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert desk.get(PROFILE, token).data["jobTitle"] == "un"
