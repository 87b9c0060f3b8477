"""Flows: an Idempotency-Key tells the truth, by whichever way it is asked."""
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
