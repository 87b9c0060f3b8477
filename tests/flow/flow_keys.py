"""Flows: an Idempotency-Key tells the truth, by whichever way it is asked."""
import base64
import json
import subprocess
import uuid

from desk import address, desk, eventually, flow


def comment(ticket, token, content="said once", path="/api/v1/tickets/{}/comments", **headers):
    return desk.post(path.format(ticket), {"content": content}, token, **headers)


@flow("two requests with one key and two bodies each learn their own fate, whatever ids the client chose")
def _():
    token = desk.register(address())["accessToken"]
    same = {"Idempotency_Key": uuid.uuid4().hex, "X_Request_Id": "mine"}
    ticket = desk.ticket(token)["id"]
    first = comment(ticket, token, "first", Prefer="respond-async", **same)
    second = comment(ticket, token, "second", **same)
    assert (first.status, second.status) == (202, 422), (first.raw, second.raw)
    late = comment(ticket, token, "third", Prefer="respond-async", **same)
    assert late.status == 202
    told = eventually("the fate of the later one", lambda: (lambda d: d if d["state"] != "accepted" else None)(
        desk.get(late.data["statusUrl"]).data))
    assert (told["state"], told["status"], told["code"]) == ("refused", 422, "IDEMPOTENCY_KEY_REUSED"), told
    assert desk.get(first.data["statusUrl"]).data["state"] == "done"
    log = (desk.state / "log/ingress.log").read_text()
    assert first.data["commandId"] in log and first.data["statusUrl"].split(".")[1] not in log
    for at in range(1, len(first.data["statusUrl"]), 7):  # no part of it may be another
        url = list(first.data["statusUrl"])
        url[-at] = "0" if url[-at] != "0" else "1"
        assert desk.get("".join(url)).status in (404, 405), at


@flow("a key means the same however the ticket's id is typed, and by whichever prefix it is sent")
def _():
    token = desk.register(address())["accessToken"]
    ticket, key = desk.ticket(token)["id"], uuid.uuid4().hex
    ids = {comment(name, token, path=path, Idempotency_Key=key).data["id"]
           for name in (ticket, ticket.upper()) for path in ("/api/v1/tickets/{}/comments", "/tickets/{}/comments/")}
    assert len(ids) == 1, ids
    both = [desk.post("/api/v1/tickets/bulk", {"ticketIds": [name], "action": "comment", "content": "c"}, token,
                      Idempotency_Key="b" + key).data["results"][0]["commandId"] for name in (ticket, ticket.upper())]
    assert both[0] == both[1]


@flow("a key that is repeated after the inbox forgot it is refused, and is no dead letter")
def _():
    token = desk.register(address())["accessToken"]
    ticket, key = desk.ticket(token)["id"], uuid.uuid4().hex
    made = comment(ticket, token, Idempotency_Key=key)
    assert made.status == 201
    desk.sql("delete from inbox_keyed")
    again = comment(ticket, token, Idempotency_Key=key)
    assert (again.status, again.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED"), again.raw
    assert desk.get(f"/api/v1/tickets/{ticket}", token).data["version"] == 2


@flow("a dead command that is sent again with its key is told what became of it now")
def _():
    token = desk.register(address())["accessToken"]
    ticket, key = desk.ticket(token)["id"], uuid.uuid4().hex
    desk.stack("stop", "redis")  # so that its row in the inbox is all there is to ask
    try:
        first = comment(ticket, token, Idempotency_Key=key, Prefer="respond-async")
        command = first.data["commandId"]
        eventually("it is done", lambda: desk.get(first.data["statusUrl"]).data["state"] == "done")
        desk.sql(f"delete from ticket_comments where command_id = '{command}';"
                 f"update inbox_keyed set state = 'dead', status = 500, code = 'INTERNAL_ERROR' where command_id = '{command}'")
        again = comment(ticket, token, Idempotency_Key=key)
        assert again.status == 201, again.raw
    finally:
        desk.stack("start", "redis")


@flow("a token counts no more within seconds of its revocation, whatever the database's clock says")
def _():
    session = desk.register(address())
    token = session["accessToken"]
    assert desk.get("/api/v1/auth/verify", token).status == 200
    desk.sql("update sessions set revoked_at = now() - interval '1 hour'"  # by an ingress, while the clock was behind
             f" where account_id = '{session['user']['id']}'")
    eventually("it is refused", lambda: desk.get("/api/v1/auth/verify", token).status == 401, 5)


def header_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))


@flow("keys of tokens change without signing anybody out, and who verifies tokens finds the public ones")
def _():
    who, folder = address(), desk.state / "keys"
    folder.mkdir(exist_ok=True)
    before = desk.register(who)["accessToken"]
    assert header_of(before)["alg"] == "HS256" and desk.get("/.well-known/jwks.json").json == {"keys": []}
    files = []
    for name in ("new", "newer"):
        files.append(folder / f"{name}.pem")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", files[-1]], check=True, capture_output=True)
        files[-1].chmod(0o644)
    folder.chmod(0o755)
    tokens = [before]
    try:
        for settings in ({"JWT_KEY_FILE": str(files[0])}, {"JWT_KEY_FILE": str(files[1]), "JWT_OLD_KEY_FILES": str(files[0])}):
            desk.stack("restart", "ingress", **settings)
            tokens.append(desk.login(who))
            keys = desk.get("/.well-known/jwks.json")
            header = header_of(tokens[-1])
            assert header["alg"] == "ES256"
            assert keys.json["keys"][0]["kid"] == header["kid"] and len(keys.json["keys"]) == len(tokens) - 1, keys.raw
            assert all(key["kty"] == "EC" and "d" not in key for key in keys.json["keys"])
            assert [desk.get("/api/v1/auth/me", token).status for token in tokens] == [200] * len(tokens)
        desk.stack("restart", "ingress", JWT_SECRET="another-secret-of-thirty-two-letters", JWT_OLD_SECRETS=desk.env["JWT_SECRET"],
                   JWT_KEY_FILE="", JWT_OLD_KEY_FILES="")
        found = [desk.get("/api/v1/auth/me", token).status for token in tokens]
        assert found == [200, 401, 401], found
    finally:
        desk.stack("up")
    assert desk.get("/api/v1/auth/me", before).status == 200
