"""Flows: mail, audit and dead letters."""
import json
import subprocess
import uuid

from desk import address, desk, eventually, flow


@flow("a mail that is refused for good leaves an internal note on the ticket")
def _():
    who = "fail550-" + address()
    token = desk.register(who)["accessToken"]
    ticket = desk.ticket(token)
    note = eventually("the note", lambda: desk.get(f"/api/v1/tickets/{ticket['id']}/comments", desk.admin()).data)
    assert note[0]["isInternal"] and note[0]["userId"] is None and "550" in note[0]["content"]
    assert desk.get(f"/api/v1/tickets/{ticket['id']}/comments", token).data == []


@flow("a mail that is deferred waits for its next attempt, and is sent then")
def _():
    who = "defer451-" + address()
    token = desk.register(who)["accessToken"]
    ticket = desk.ticket(token)
    query = f"select state, attempts, last_reply, next_attempt_at > now() from mails where ticket_id = '{ticket['id']}'"
    state, attempts, reply, later = eventually("a deferral", lambda: [
        row for row in desk.sql(query) if row[0] == "queued" and row[1] == "1"])[0]
    assert "451" in reply and later == "t"
    for _ in range(2):
        desk.sql(f"update mails set next_attempt_at = now() where ticket_id = '{ticket['id']}' and state = 'queued'")
        eventually("another attempt", lambda: desk.sql(query)[0][1] != attempts, 30)
        attempts = desk.sql(query)[0][1]
    eventually("the mail", lambda: desk.mails(who), 30)



@flow("the audit chain verifies, and a changed row breaks it at its place")
def _():
    assert desk.ctl("audit", "verify").returncode == 0
    seq, payload = desk.sql("select seq, replace(payload, '''', '''''') from audit_log order by seq desc limit 1")[0]
    desk.sql(f"update audit_log set payload = payload || ' ' where seq = {seq}")
    broken = desk.ctl("audit", "verify")
    assert broken.returncode == 1 and seq in broken.stdout + broken.stderr
    desk.sql(f"update audit_log set payload = '{payload}' where seq = {seq}")
    assert desk.ctl("audit", "verify").returncode == 0
    desk.sql(f"update audit_log set actor_id = gen_random_uuid() where seq = {seq}")
    assert desk.ctl("audit", "verify").returncode == 1
    desk.sql(f"update audit_log set actor_id = (payload::jsonb ->> 'actorId')::uuid where seq = {seq}")


@flow("a message that nobody can read becomes a dead letter that can be looked at and replayed")
def _():
    marker = uuid.uuid4()
    body = {"properties": {"message_id": str(marker), "type": "ticket.create", "delivery_mode": 2,
                           "content_type": "application/vnd.guichet.v1+json", "headers": {}},
            "routing_key": "cmd.ticket.3", "payload": "{\"nonsense\":true}", "payload_encoding": "string"}
    url = desk.env["RABBITMQ_MANAGEMENT_URL"] + "/api/exchanges/guichet/guichet.commands/publish"
    sent = subprocess.run(["curl", "-sf", "-H", "content-type: application/json", "-d", json.dumps(body), url],
                          capture_output=True, text=True)
    assert sent.returncode == 0 and json.loads(sent.stdout)["routed"], sent
    dead = eventually("the dead letter", lambda: [letter for letter in json.loads(
        desk.ctl("dead", "list", "--json").stdout) if letter.get("commandId", letter.get("command_id")) == str(marker)])[0]
    shown = desk.ctl("dead", "show", dead["id"])
    assert shown.returncode == 0 and "nonsense" in shown.stdout
    assert desk.ctl("dead", "replay", dead["id"]).returncode == 0
    eventually("it dies again", lambda: desk.sql(
        f"select count(*) from dead_letters where command_id = '{marker}' and state = 'open'") == [["1"]])
