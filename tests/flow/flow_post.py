"""Flows: the way from a row of mails to a mail server that goes wrong, and what operators see of it and do with it."""
import base64
import contextlib
import email
import email.policy
import json
import pathlib
import subprocess
import tempfile
import time
import uuid

import dkim

from desk import address, desk, eventually, flow, probe, staff
from script import DROP, Script, certificate

API = "/api/v1/notifications/"


def mail(recipient, sender="", priority=2, count=1):
    """The id of a new mail, or of the last of several."""
    return desk.sql(f"""insert into mails (id, priority, template, language, recipient, sender, event_id, fields)
        select gen_random_uuid(), {priority}, 'mail_test', 'en', '{recipient}', '{sender}', gen_random_uuid(), '{{}}'
        from generate_series(1, {count}) returning id""")[-1][0]


TRANSCRIPT = "translate(transcript, E'\\n', '|')"  # a row is a line


def row(job, *columns):
    return desk.sql(f"select {', '.join(columns or ['state'])} from mails where id = '{job}'")[0]


def sent(job, deadline=60):
    eventually(f"mail {job} is sent", lambda: row(job) == ["sent"], deadline)


@contextlib.contextmanager
def sending_to(server, **settings):
    """The mail workers send to this server; what waits of other tests is put aside, digests of the hour too."""
    desk.sql("delete from mails where state <> 'sent'; delete from mail_domains; delete from notifications where state = 'waiting'")
    desk.up(**{"SMTP_URL": server.url, **settings})
    try:
        yield server
    finally:
        desk.sql("delete from mails where state <> 'sent'; delete from mail_domains")
        desk.up()


FAULTS = {
    "RCPT-451": "queued 1 t", "RCPT-550": "failed 1 t", "RCPT-421": "queued 1 f", "RCPT-drop": "queued 1 f",
    "DATA-451": "queued 1 t", "DATA-554": "failed 1 t", "DATA-421": "queued 1 f", "DATA-drop": "queued 1 f",
    "BODY-drop": "queued 1 f",
    "DOT-452": "queued 1 t", "DOT-554": "failed 1 t", "DOT-421": "queued 1 f", "DOT-drop": "queued 1 f",
}


def by_name(stage):
    """What the recipient's name asks for at this stage: rcpt-451-x@..., dot-drop-x@..."""
    def plan(recipient):
        words = recipient.upper().split("@")[0].split("-")
        if words[0] != stage or len(words) < 3:
            return None
        return DROP if words[1] == "DROP" else f"{words[1]} {words[1][0]}.7.0 as you like"
    return plan


@flow("whatever a mail server answers to a mail, or does not, its row waits or dies by it, and no neighbour suffers")
def _():
    with Script() as server, sending_to(server):
        for stage in ("RCPT", "DATA", "BODY", "DOT"):
            server.at[stage] = by_name(stage)
        good, bad = [], {}
        for fault in FAULTS:
            bad[fault] = mail(f"{fault.lower()}-{uuid.uuid4().hex[:6]}@fault.example")
            good.append(mail(f"good-{uuid.uuid4().hex[:6]}@good.example"))
        for job in good:
            sent(job)
        for fault, job in bad.items():
            told = eventually(f"{fault} is recorded", lambda: row(
                job, "state", "refusals", "first_refused_at is not null", "last_reply", TRANSCRIPT,
                "state = 'failed' or next_attempt_at - tried_at between interval '40 s' and interval '9 min'")
                if row(job, "state")[0] not in ("sending",) and row(job, "refusals") != ["0"] else None)
            assert " ".join(told[:3]) == FAULTS[fault], (fault, told)
            assert told[3] and "MAIL FROM" in told[4] and told[5] == "t", (fault, told)
        recipients = [recipient for recipient, _ in server.taken]
        assert sorted(recipients) == sorted(row(job, "recipient")[0] for job in good), recipients


@flow("a mail server that takes nothing holds the queue and loses none of it, and all goes out once when it is well")
def _():
    refusals = {"BANNER": "554 5.7.1 not you", "EHLO": "550 5.7.1 not you", "MAIL": "550 5.7.1 not from you"}
    with Script() as server, sending_to(server):
        for stage, reply in [*refusals.items(), ("BANNER", "421 4.3.2 closing"), ("MAIL", DROP), ("MAIL", "451 4.3.0 later")]:
            server.at = {stage: lambda _, reply=reply: reply}
            jobs = [mail(address("held")) for _ in range(3)]
            eventually(f"{stage} {reply}: it waits", lambda: all(
                row(job, "state", "refusals", "for_server") == ["queued", "0", "t"] for job in jobs), 40)
            eventually("the operator sees it", lambda: desk.get("/api/v1/health").json["dependencies"]["smtp"]["status"] == "degraded")
            assert "guichet_mail_server_up 0" in probe("mail", "/metrics")[1]
            server.at = {}
            for job in jobs:
                sent(job)
        assert len(server.taken) == len({recipient for recipient, _ in server.taken}) == 18
        eventually("all is well", lambda: desk.get("/api/v1/health").json["dependencies"]["smtp"]["status"] == "healthy")
        server.at = {"BANNER": lambda _: time.sleep(3)}
        sent(mail(address("slow-banner")))


@flow("without STARTTLS, with a wrong certificate or a refused login no mail and no password goes out, and the queue waits")
def _():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        folder.chmod(0o755)
        pem = certificate(folder)
        trusted = folder / "trusted.pem"
        trusted.write_text(pem.read_text().split("-----BEGIN PRIVATE KEY")[0])
        trusted.chmod(0o644)

        def waits(words, server):
            job = mail(address("tls"))
            reply, state = eventually(words, lambda: [v for v in [row(job, "last_reply", "state")] if words in v[0]], 40)[0]
            assert state == "queued" and not server.taken
            return job

        with Script() as server, sending_to(server, SMTP_URL=f"smtp://localhost:{server.port}?tls=required"):
            waits("STARTTLS", server)
        with Script(tls=pem) as server, sending_to(server, SMTP_URL=f"smtp://localhost:{server.port}?tls=required"):
            waits("self-signed certificate", server)
        with Script(tls=pem, login=True) as server, sending_to(
                server, SMTP_URL=f"smtp://me:s3cr3t-word@localhost:{server.port}", SMTP_CA_FILE=str(trusted)):
            server.at["AUTH"] = lambda _: "535 5.7.8 no s3cr3t-word is yours"
            job = waits("refuses our login", server)
            assert "535" in row(job, TRANSCRIPT)[0] or "repeats our password" in row(job, TRANSCRIPT)[0]
            assert "s3cr3t-word" not in "".join(row(job, TRANSCRIPT, "last_reply"))
            del server.at["AUTH"]
            sent(job)
            assert "AUTH PLAIN|" in row(job, TRANSCRIPT)[0]
        assert "s3cr3t-word" not in desk.stack("logs", "mail", check=False).stdout


@flow("a domain that keeps sessions waiting delays no other, and has a sender of its own from then on")
def _():
    with Script() as server, sending_to(server):
        server.at["RCPT"] = lambda recipient: time.sleep(6) if recipient.endswith("@tarpit.example") else None
        mail("one@tarpit.example")
        eventually("it is known to be slow", lambda: desk.sql(
            "select count(*) from mail_domains where domain = 'tarpit.example' and slow_until > now()") == [["1"]], 40)
        mail("more@tarpit.example", count=5)
        for n in range(10):
            mail(f"u{n}@d{n}.example", count=5)
        left = "select count(*) from mails where state <> 'sent' and domain {} 'tarpit.example'"
        eventually("the others are sent", lambda: desk.sql(left.format("<>")) == [["0"]], 20)
        assert desk.sql(left.format("=")) != [["0"]], "its own go one after the other, 6 s each"
        eventually("all are sent", lambda: desk.sql(left.format("=")) == [["0"]], 90)


@flow("a sender has transports of its own, and another server stands in for one that is down")
def _():
    with Script() as server, Script() as second, Script() as team:
        dead = Script()
        dead.__exit__()
        with sending_to(server, SMTP_URL=dead.url, MAIL_TRANSPORTS=f"{second.url} team@desk.example={team.url}"):
            ours, theirs = mail(address("ours")), mail(address("theirs"), sender="team@desk.example")
            sent(ours)
            sent(theirs)
            assert [r for r, _ in second.taken] == row(ours, "recipient") and [r for r, _ in team.taken] == row(theirs, "recipient")
            team.at["BANNER"] = lambda _: "554 no"
            held, goes = mail(address("held"), sender="team@desk.example"), mail(address("goes"))
            sent(goes)
            eventually("it waits for its own", lambda: row(held, "state", "for_server") == ["queued", "t"])
            team.at = {}
            sent(held)
            assert len(second.taken) == 2
            from_team = email.message_from_bytes(team.taken[0][1], policy=email.policy.default)
            assert from_team["From"].addresses[0].addr_spec == "team@desk.example"


@flow("an administrator sees the queue, why a mail waits and what the server said, and mends it; the trail knows")
def _():
    admin, agent = desk.admin(), staff()[0]
    with Script() as server, sending_to(server):
        server.at["RCPT"] = lambda recipient: "452 4.2.2 mailbox full" if recipient.startswith("full") else None
        domain = f"{uuid.uuid4().hex[:8]}.example"
        job, other = mail(f"full@{domain}", priority=1), mail(f"full-too@{domain}")
        eventually("both wait", lambda: row(job, "refusals") == row(other, "refusals") == ["1"])
        assert desk.get(API + "queue", agent).status == 403
        queue = desk.get(API + "queue", admin).data
        assert {"high", "normal", "low"} <= set(queue)
        shown = next(j for j in queue["high"]["jobs"] if j["id"] == job)
        assert shown["attempts"] == 1 and shown["why"] == "refused" and "mailbox full" in shown["lastReply"]
        assert any(d["domain"] == domain and d["waiting"] == 2 and d["deferred"] == 2 for d in queue["byDomain"])
        assert desk.post(f"{API}queue/bulk", {"action": "retry", "domain": domain}, admin).data["changed"] == 2
        eventually("both were tried again, in one session", lambda: row(job, "attempts", "state") == row(other, "attempts", "state") == ["2", "queued"])
        for asked, recipient in (job, "full@"), (other, "full-too@"):  # each its own
            said = desk.get(f"{API}queue/{asked}", admin).data["transcript"]
            assert "< 452 4.2.2 mailbox full" in said and said.count("> RCPT TO:<") == said.count("> RCPT TO:<" + recipient) == 1, said

        assert desk.post(f"{API}queue/{job}/hold", {}, admin).status == 200 and row(job) == ["held"]
        assert desk.post(f"{API}queue/{job}/hold", {}, admin).status == 409
        assert desk.post(f"{API}queue/{job}/release", {}, admin).status == 200 and row(job) == ["queued"]
        assert desk.post(f"{API}queue/{job}/retry", {}, agent).status == 403
        assert desk.post(f"{API}queue/{job}/retry", {}, admin).status == 202
        eventually("it was tried again", lambda: row(job, "attempts", "state") == ["3", "queued"])
        assert desk.post(f"{API}queue/{uuid.uuid4()}/retry", {}, admin).status == 404
        assert desk.post(f"{API}queue/bulk", {"action": "retry"}, admin).status == 400
        held = desk.post(f"{API}queue/bulk", {"action": "hold", "domain": domain.upper(), "error": "Mailbox full"}, admin)
        assert held.status == 200 and held.data["changed"] == 2, held.raw
        changed = desk.call("PUT", f"{API}queue/{job}/recipient", {"recipient": f"fine@{domain}"}, admin)
        assert changed.status == 200, changed.raw
        sent(job)
        assert server.taken[-1][0] == f"fine@{domain}" and row(other) == ["held"]

        assert desk.post(API + "suppressions", {"address": f"gone@{domain}", "reason": "Has left"}, admin).status == 201
        gone = mail(f"gone@{domain}")
        eventually("nothing is sent to it", lambda: row(gone, "state") == ["failed"])
        assert "Has left" in row(gone, "last_reply")[0] and len(server.taken) == 1
        assert desk.get(API + "suppressions", admin).data[0]["address"] == f"gone@{domain}"
        assert desk.call("DELETE", f"{API}suppressions/gone@{domain}", token=admin).status == 200
        assert desk.call("DELETE", f"{API}suppressions/gone@{domain}", token=admin).status == 404
        assert desk.post(f"{API}queue/{gone}/retry", {}, admin).status == 202
        sent(gone)
        eventually("the trail knows", lambda: desk.sql(f"""select count(*) from audit_log where payload::jsonb ->> 'type' = 'mail.managed'
            and payload::jsonb #>> '{{data,recipient}}' = 'fine@{domain}' and actor_id is not null""") == [["1"]])


@flow("guichetctl shows, holds, releases and sends mails, and a test mail prints the whole dialogue")
def _():
    with Script() as server, sending_to(server):
        server.at["RCPT"] = lambda recipient: "550 5.1.1 no such user" if recipient.startswith("nobody") else None
        domain = f"{uuid.uuid4().hex[:8]}.example"
        job = mail(f"nobody@{domain}")
        eventually("it failed", lambda: row(job) == ["failed"])
        queue = json.loads(desk.ctl("mail", "queue", "--domain", domain, "--json").stdout)
        assert queue["failed"]["jobs"][0]["id"] == job and queue["failed"]["depth"] == 1
        assert job in desk.ctl("mail", "queue", "--error", "No such user").stdout
        assert "< 550 5.1.1 no such user" in desk.ctl("mail", "show", job).stdout
        assert desk.ctl("mail", "retry").returncode == 2
        assert desk.ctl("mail", "readdress", job, "--to", f"somebody@{domain}").returncode == 0
        sent(job)
        assert desk.ctl("mail", "hold", job).returncode == 1
        assert desk.ctl("mail", "suppress", f"x@{domain}", "--reason", "why not").returncode == 0
        assert f"x@{domain}" in desk.ctl("mail", "suppress").stdout
        assert desk.ctl("mail", "suppress", f"x@{domain}", "--remove").returncode == 0
        tried = desk.ctl("mail", "test", f"somebody@{domain}")
        assert tried.returncode == 0 and "> MAIL FROM:<support+b" in tried.stdout and "< 250 taken" in tried.stdout, tried
        tried = desk.ctl("mail", "test", f"nobody@{domain}", "--language", "en")
        assert tried.returncode == 1 and "550 5.1.1" in tried.stdout, tried


@flow("a mail is signed, threads, and leads answers, bounces and one click back to where they belong")
def _():
    with tempfile.TemporaryDirectory() as folder:
        pem = certificate(pathlib.Path(folder))
        pathlib.Path(folder).chmod(0o755)
        pem.chmod(0o644)
        with Script() as server, sending_to(server, MAIL_DKIM=f"guichet.localhost:one:{pem}"):
            who = address("thread")
            token = desk.register(who)["accessToken"]
            ticket = desk.ticket(token)
            eventually("the mail", lambda: [r for r, _ in server.taken if r == who])
            message = email.message_from_bytes(next(c for r, c in server.taken if r == who), policy=email.policy.default)
            assert message["DKIM-Signature"] and "d=guichet.localhost" in message["DKIM-Signature"]
            assert message["Reply-To"].addresses[0].username.startswith("support+t")
            assert message["Auto-Submitted"] == "auto-generated" and message["X-Auto-Response-Suppress"] == "All"
            assert ticket["number"] in message["Subject"]
            raw = next(c for r, c in server.taken if r == who)
            assert verified(raw, pem)


def verified(raw, pem):
    """By python3-dkim, with the public half of the key instead of DNS."""
    public = subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return dkim.verify(raw, dnsfunc=lambda name, timeout=5: record)
