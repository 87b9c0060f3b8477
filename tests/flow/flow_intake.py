"""Flows: what becomes of mail that comes: tickets, comments, what waits for staff, what came back, and what is answered by
nobody. The ledger says it of every mail."""
import email
import email.message
import email.policy
import pathlib
import re
import smtplib
import uuid

from desk import address, desk, eventually, flow, staff

HELP = "support@guichet.localhost"
API = "/api/v1/admin/mail/"


def letter(sender, text="It smokes.", subject="The printer", to=HELP, html=None, files=(), **headers):
    m = email.message.EmailMessage(policy=email.policy.SMTP)
    if sender:
        m["From"] = sender
    m["To"], m["Subject"] = to, subject
    m["Message-ID"] = f"<{uuid.uuid4().hex}@client.example>"
    for name, value in headers.items():
        m[name.replace("_", "-")] = value
    m.set_content(text)
    if html:
        m.add_alternative(html, subtype="html")
    for name, data in files:
        m.add_attachment(data, maintype="text", subtype="plain", filename=name)
    return m


def bring(m, to=HELP, sender="someone@client.example"):
    """The rows of this very message, oldest first, when all are settled."""
    hand_in(m.as_bytes(), to, sender)
    return settled(m)


def hand_in(raw, to=HELP, sender="someone@client.example"):
    host, port = desk.env["GUICHET_SMTP"].split(":")
    with smtplib.SMTP(host, int(port)) as client:
        client.sendmail(sender, [to] if isinstance(to, str) else to, raw)


def settled(m):
    ident = m["Message-ID"].strip("<>")
    return eventually("it is settled", lambda: rows(f"message_id = '{ident}'"), 30)


def rows(where):
    names = "id outcome reason approval verified ticket_id comment_id applied".split()
    found = desk.sql(f"select {', '.join(names)} from inbound_mails where {where} order by id")
    return [dict(zip(names, row)) for row in found]


def outcome(m, to=HELP, **words):
    return bring(m, to, **words)[-1]


def ticket(ident, token):
    return eventually("the ticket is there", lambda: [answer.data for answer in [desk.get(f"/api/v1/tickets/{ident}", token)]
                                                     if answer.status == 200], 20)[0]


def confirmation(recipient):
    return eventually("it is confirmed", lambda: desk.mails(recipient), 20)[-1]


def lead(m):
    """The address that leads an answer to a mail of ours back."""
    return re.search(r"[\w.+-]+@[\w.-]+", str(m["Reply-To"]).split("<")[-1])[0]


def resolve(ident, token):
    for status in ({"status": "in_progress"}, {"status": "resolved", "resolution": "Gone."}):
        assert desk.call("PUT", f"/api/v1/tickets/{ident}", status, token).status == 200


def opened(sender):
    """A ticket of that sender's that came by mail, and the confirmation."""
    row = outcome(letter(sender))
    assert row["outcome"] == "ticket", row
    return row["ticket_id"], confirmation(sender)


@flow("a mail becomes a ticket with its files, and its sender is told so in words that repeat nothing of it")
def _():
    admin, who = desk.admin(), address()
    row = outcome(letter(f"Zoé Martin <{who}>", "It smokes.\n\nSecret word: kumquat", "Printer kumquat", files=[("notes.txt", b"hello")],
                         html="<p>It <b>smokes</b>.<script>alert(1)</script><img src='http://evil.example/x.png'></p>"))
    assert row["outcome"] == "ticket", row
    shown = ticket(row["ticket_id"], admin)
    assert shown["title"] == "Printer kumquat" and "Secret word" in shown["description"] and shown["status"] == "open"
    assert "<b>smokes</b>" in shown["mail"]["html"] and "script" not in shown["mail"]["html"] and " src=" not in shown["mail"]["html"]
    files = eventually("its file was looked at",
                       lambda: desk.sql(f"select name from files where ticket_id = '{row['ticket_id']}' and scan_state = 'clean'"))
    assert files == [["notes.txt"]]
    told = confirmation(who)
    assert shown["number"] in told["Subject"] and "kumquat" not in told.as_string() and told["Auto-Submitted"]
    assert told["In-Reply-To"] and told["In-Reply-To"] == told["References"]
    raw = desk.get(f"{API}inbound/{row['id']}/raw", admin)
    assert raw.status == 200 and b"Secret word: kumquat" in raw.raw and raw.headers["Content-Disposition"].startswith("attachment")
    assert desk.get(f"{API}inbound/{row['id']}", desk.register(address())["token"]).status == 403


@flow("the owner's answer is a comment without what it quotes, and opens a resolved ticket again")
def _():
    admin, who = desk.admin(), address()
    ident, told = opened(who)
    assert desk.post(f"/api/v1/tickets/{ident}/assign", {}, admin).status == 200
    resolve(ident, admin)
    row = outcome(letter(who, "Still there.\n\nOn Mon, 30 Nov 2026 at 10:00, Support <support@guichet.localhost> wrote:\n> We have received it\n",
                         "Re: " + str(told["Subject"]).replace("\n", ""), In_Reply_To=told["Message-ID"]), lead(told))
    assert row["outcome"] == "reply" and not row["approval"], row
    shown = eventually("it is open again", lambda: [t for t in [ticket(ident, admin)] if t["status"] == "in_progress" and t["comments"]])[0]
    said = shown["comments"][-1]
    assert said["content"] == "Still there." and "We have received it" in said["mail"]["foldedText"]
    eventually("it was done", lambda: rows(f"id = '{row['id']}'")[0]["applied"] == "t")


@flow("an agent's answer leads back to the ticket by its address alone, whatever else the mail has lost")
def _():
    admin, who = desk.admin(), address()
    ident, told = opened(who)
    assert desk.post(f"/api/v1/tickets/{ident}/comments", {"content": "Have you tried the other plug?"}, admin).status == 201
    mailed = eventually("the answer is mailed", lambda: [m for m in desk.mails(who) if "other plug" in m.get_content()], 90)[0]
    assert outcome(letter(who, "Yes.", "Lost subject"), lead(mailed))["ticket_id"] == ident
    assert outcome(letter(who, "Yes again.", "Lost subject", References=f"<gone@x> {mailed['Message-ID']} <later@y>"))["ticket_id"] == ident


@flow("nobody gets into a ticket that is not his: not by a token, a reference, a number or a forged header")
def _():
    admin, who, eve = desk.admin(), address(), address()
    ident, told = opened(who)
    number, wrong = ticket(ident, admin)["number"], lead(told).replace("@", "x@")
    forged = {"Authentication_Results": "mx.elsewhere.example; dmarc=pass header.from=guichet.localhost"}
    for m, to in ((letter(eve, "token"), lead(told)), (letter(eve, "reference", In_Reply_To=told["Message-ID"]), HELP),
                  (letter(desk.env["GUICHET_ADMIN_EMAIL"], "#close\nin the name of staff", **forged), lead(told))):
        row = outcome(m, to)
        assert (row["outcome"], row["approval"], row["ticket_id"], row["comment_id"]) == ("reply", "waiting", ident, ""), row
    for m, to in ((letter(eve, "number", f"Re: [{number}] Printer"), HELP), (letter(eve, "wrong token"), wrong)):
        row = outcome(m, to)
        assert row["outcome"] == "ticket" and row["ticket_id"] != ident, row
    shown = ticket(ident, admin)
    assert shown["commentCount"] == 0 and shown["status"] == "open" and shown["watchers"] == []


@flow("an answer is drawn to no other's ticket by a message that was brought again, with its id, by somebody else")
def _():
    who, eve = address(), address()
    m = letter(who)
    ident, told = outcome(m)["ticket_id"], confirmation(who)
    for n in range(6):
        again = letter(eve, f"mine {n}")
        again.replace_header("Message-ID", m["Message-ID"])
        assert len(bring(again)) >= 1
    eventually("all are settled", lambda: [r["outcome"] for r in settled(m)] == ["ticket"] * 7)
    row = outcome(letter(who, "secret", References=f"{m['Message-ID']} {told['Message-ID']}"))
    assert (row["ticket_id"], row["approval"]) == (ident, ""), row


@flow("nobody owns the mail that names no sender, nor what comes from an address of ours")
def _():
    admin, name = desk.admin(), f"unknown.sender@{HELP.split('@')[1]}"
    token = desk.register(name)["token"]
    m = letter("", "secret")
    row = outcome(m, sender="")
    ticket(row["ticket_id"], admin)
    assert desk.get(f"/api/v1/tickets/{row['ticket_id']}", token).status == 403
    assert outcome(letter(HELP.replace("@", "+more@"), "Thank you"))["outcome"] == "auto"


@flow("what a form says in Reply-To commands nothing, whoever vouches for the form")
def _():
    desk.up(MAIL_AUTHSERV_ID="mx.guichet.localhost")
    try:
        admin, name, form = desk.admin(), desk.env["GUICHET_ADMIN_EMAIL"], f"form-{uuid.uuid4().hex[:8]}@guichet.localhost"
        assert desk.post("/api/v1/admin/mailboxes", {"address": form, "trustReplyTo": True}, admin).status == 201
        ident, told = opened(address())
        vouched = {"Authentication_Results": f"mx.guichet.localhost; dmarc=pass header.from={name.split('@')[1]}"}
        m = letter(f"form@{name.split('@')[1]}", "#close\nBye.", f"[{ticket(ident, admin)['number']}]", to=form, Reply_To=name, **vouched)
        row = eventually("its mail is taken", lambda: outcome(m, form))
        assert row["verified"] == "none" and row["ticket_id"] != ident and ticket(ident, admin)["status"] == "open", row
    finally:
        desk.up(MAIL_AUTHSERV_ID="")


@flow("who stands in Cc watches the ticket when the mailbox wants that; a mailbox needs no more than an address, without a +")
def _():
    desk.up(MAIL_AUTHSERV_ID="mx.guichet.localhost")
    try:
        admin, who, copied, name = desk.admin(), address(), address("copied"), f"team-{uuid.uuid4().hex[:8]}@guichet.localhost"
        assert desk.post("/api/v1/admin/mailboxes", {"address": name.replace("@", "+x@")}, admin).status == 400
        assert desk.post("/api/v1/admin/mailboxes", {"address": name, "watchCopied": True}, admin).status == 201
        vouched = {"Authentication_Results": "mx.guichet.localhost; dmarc=pass header.from=example.org"}
        row = eventually("its mail is taken", lambda: outcome(letter(who, to=name, Cc=f"{copied}, {HELP}", **vouched), name))
        watchers = ticket(row["ticket_id"], admin)["watchers"]
        assert len(watchers) == 1 and desk.sql(f"select email from accounts where id = '{watchers[0]}'") == [[copied]], watchers
    finally:
        desk.up(MAIL_AUTHSERV_ID="")


@flow("of very many files the first ten come with the ticket, and no more is kept than that")
def _():
    row = outcome(letter(address(), files=[(f"{n}.txt", b"%d" % n) for n in range(14)]))
    kept = desk.sql("select a ->> 'name', a ->> 'fileId' is not null from inbound_texts, jsonb_array_elements(attachments) a "
                    f"where inbound_id = '{row['id']}'")
    assert kept == [[f"{n}.txt", "t" if n < 10 else "f"] for n in range(14)], kept


@flow("an answer that waits is let in by staff, with or without its sender, or kept out")
def _():
    admin, who, (agent, _) = desk.admin(), address(), staff()
    ident, told = opened(who)
    first, second, third = (outcome(letter(address(), f"answer {n}", In_Reply_To=told["Message-ID"]))["id"] for n in range(3))
    waiting = {m["id"] for m in desk.get(f"{API}inbound?approval=waiting&ticketId={ident}", agent).data}
    assert waiting == {first, second, third}
    assert desk.post(f"{API}inbound/{first}/approve", {}, desk.register(address())["token"]).status == 403
    assert desk.post(f"{API}inbound/{first}/approve", {}, agent).status == 202
    assert desk.post(f"{API}inbound/{second}/approve", {"watch": True}, agent).status == 202
    assert desk.post(f"{API}inbound/{third}/reject", {}, agent).status == 200
    shown = eventually("two are in", lambda: [t for t in [ticket(ident, admin)] if t["commentCount"] == 2])[0]
    assert {c["content"] for c in shown["comments"]} == {"answer 0", "answer 1"} and len(shown["watchers"]) == 1
    assert desk.post(f"{API}inbound/{first}/approve", {}, agent).status == 409
    eventually("all three are settled", lambda: {r["approval"] for r in rows(f"ticket_id = '{ident}' and outcome = 'reply'")} == {"approved", "rejected"})


@flow("the same mail to two addresses of ours, or brought twice, is one ticket; the same id with other words is another")
def _():
    admin, who = desk.admin(), address()
    name = f"billing-{uuid.uuid4().hex[:8]}@guichet.localhost"
    assert desk.post("/api/v1/admin/mailboxes", {"address": name, "category": "billing", "priority": "high", "language": "en"}, admin).status == 201
    eventually("its mail is taken", lambda: outcome(letter(address()), name)["outcome"] == "ticket")
    m = letter(who, to=f"{HELP}, {name}")
    assert [r["outcome"] for r in bring(m, [HELP, name])] == ["ticket"]
    bring(m, name)
    eventually("the second is known", lambda: [r["outcome"] for r in settled(m)] == ["ticket", "duplicate"])
    other = letter(who, "Something else.")
    other.replace_header("Message-ID", m["Message-ID"])
    bring(other)
    eventually("other words are another ticket", lambda: [r["outcome"] for r in settled(m)] == ["ticket", "duplicate", "ticket"])


@flow("a mailbox gives its mail a category and a priority, answers in its own name and language, and has switches")
def _():
    admin, who = desk.admin(), address()
    name = f"ventes-{uuid.uuid4().hex[:8]}@guichet.localhost"
    box = desk.post("/api/v1/admin/mailboxes", {"address": name, "name": "Sales", "category": "sales", "priority": "urgent", "language": "en",
                                                "signature": "Yours, the sales team"}, admin)
    assert box.status == 201, box.raw
    assert desk.post("/api/v1/admin/mailboxes", {"address": name.upper()}, admin).status in (400, 409)
    row = eventually("its mail is taken", lambda: outcome(letter(who, to=name), name))
    shown = ticket(row["ticket_id"], admin)
    assert (shown["category"], shown["priority"]) == ("sales", "urgent")
    told = confirmation(who)
    assert name in str(told["From"]) and "Sales" in str(told["From"]) and "We have received" in told.get_content() and "the sales team" in told.get_content()
    assert desk.call("PATCH", f"/api/v1/admin/mailboxes/{box.data['id']}", {"answers": False}, admin).status == 200
    quiet = address()
    assert outcome(letter(quiet, to=name), name)["outcome"] == "ticket"
    assert desk.sql(f"select acknowledged from inbound_mails where from_address = '{quiet}'") == [["f"]]
    assert desk.call("PATCH", f"/api/v1/admin/mailboxes/{box.data['id']}", {"active": False}, admin).status == 200

    def refused():
        try:
            bring(letter(address(), to=name), name)
        except smtplib.SMTPRecipientsRefused:
            return True
        return False
    eventually("nothing more is taken", refused)


@flow("an absence is kept for staff: it opens nothing and answers nobody")
def _():
    admin, who = desk.admin(), address()
    ident, told = opened(who)
    assert desk.post(f"/api/v1/tickets/{ident}/assign", {}, admin).status == 200
    resolve(ident, admin)
    row = outcome(letter(who, "I am away until Monday.", "Out of office", Auto_Submitted="auto-replied"), lead(told), sender="")
    assert row["outcome"] == "auto" and row["ticket_id"] == ident, row
    shown = eventually("it is kept", lambda: [t for t in [ticket(ident, admin)] if t["commentCount"] == 1])[0]
    assert shown["status"] == "resolved" and shown["comments"][0]["isInternal"]
    alone = address()
    assert outcome(letter(alone, "I am away.", "Out of office", Auto_Submitted="auto-replied"), sender="")["outcome"] == "auto"
    assert not desk.mails(alone)


@flow("a mail of ours that comes back is its own failure: the agent is told, and after the second nothing more is sent there")
def _():
    admin, who = desk.admin(), address()
    ident, told = opened(who)
    assert desk.post(f"/api/v1/tickets/{ident}/comments", {"content": "Are you there?"}, admin).status == 201
    eventually("it is mailed", lambda: [m for m in desk.mails(who) if "Are you there" in m.get_content()], 90)
    sent = desk.mails(who)
    assert len(sent) >= 2
    for n, m in enumerate(sent[:2]):
        path = re.search(r"<(.+)>", m["X-Envelope-From"])[1]
        dsn = (f"From: MAILER-DAEMON@mx.example\r\nTo: {path}\r\nSubject: Undelivered Mail Returned to Sender\r\n"
               f"Message-ID: <{uuid.uuid4().hex}@mx.example>\r\nMIME-Version: 1.0\r\n"
               "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nThe mail could not be delivered.\r\n"
               "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n"
               f"Final-Recipient: rfc822; {who}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
               f"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: {m['Message-ID']}\r\nSubject: x\r\n\r\nx\r\n--b--\r\n")
        parsed = email.message_from_string(dsn)
        hand_in(dsn.encode(), path, "")
        row = settled(parsed)[-1]
        assert row["outcome"] == "bounce", row
        suppressed = desk.sql(f"select source from mail_suppressions where address = '{who}'")
        assert suppressed == ([["bounce"]] if n else []), suppressed
    shown = eventually("the agent is told", lambda: [t for t in [ticket(ident, admin)]
                                                    if sum("5.1.1" in c["content"] for c in t["comments"]) == 2])
    assert shown
    forged = letter("MAILER-DAEMON@evil.example", "550 5.1.1 user unknown: victim@client.example", "Undelivered Mail Returned to Sender")
    outcome(forged, sender="")
    assert desk.sql("select count(*) from mail_suppressions where address = 'victim@client.example'") == [["0"]]


@flow("staff answers and commands by mail when our own mail server vouches for it")
def _():
    desk.up(MAIL_AUTHSERV_ID="mx.guichet.localhost")
    try:
        admin, who = desk.admin(), address()
        name = desk.sql(f"select email from accounts where id = '{staff()[1]}'")[0][0]
        vouched = {"Authentication_Results": f"mx.guichet.localhost; dmarc=pass header.from={name.split('@')[1]}"}
        ident, told = opened(who)
        row = outcome(letter(name, "#assign me\n#priority high\n\nWe are on it.\n", **vouched), lead(told))
        assert row["outcome"] == "reply" and not row["approval"] and row["verified"] == "pass", row
        shown = eventually("all is done", lambda: [t for t in [ticket(ident, admin)] if t["assignedTo"] and t["priority"] == "high" and t["comments"]])[0]
        assert shown["comments"][0]["content"] == "We are on it." and shown["comments"][0]["mail"]["verified"] == "pass"
        forwarded = (f"Please see to it.\n\n---------- Forwarded message ---------\nFrom: Max Mustermann <max-{uuid.uuid4().hex[:6]}@customer.example>\n"
                     "Date: Mon, Nov 30, 2026 at 9:00 AM\nSubject: My screen is black\nTo: <agent@guichet.localhost>\n\nIt went black.\n")
        row = outcome(letter(name, forwarded, "Fwd: My screen is black", **vouched))
        assert row["outcome"] == "ticket", row
        ticket(row["ticket_id"], admin)
        owner = desk.sql(f"select a.email from tickets t join accounts a on a.id = t.owner_id where t.id = '{row['ticket_id']}'")
        assert owner[0][0].startswith("max-"), owner
    finally:
        desk.up(MAIL_AUTHSERV_ID="")


@flow("two desks that answer each other stop after a bounded number of mails")
def _():
    who = address()
    for n in range(8):
        outcome(letter(who, f"Thank you for your mail number {n}.", f"Received: {n}"))
    outcome(letter(who.replace("@", "+more@"), "Thank you.", "Received"))
    assert desk.sql(f"select count(*) from inbound_mails where from_address like '{who.split('@')[0]}%' and acknowledged") == [["5"]]
    other = address()
    ident, told = opened(other)
    for n in range(32):
        outcome(letter(other, f"Thank you for your mail number {n}.", f"Received: {n}"), lead(told))
    waiting = desk.sql(f"select count(*) from inbound_mails where ticket_id = '{ident}' and approval = 'waiting'")
    assert waiting == [["2"]], waiting


@flow("a mail without a sender, without a date, with a subject of any length or a charset that there is none, is a ticket")
def _():
    admin = desk.admin()
    long = letter(address(), subject="x" * 2000)
    assert len(ticket(outcome(long)["ticket_id"], admin)["title"]) == 255
    for head in (b"", b"From: \r\n", b"From: undisclosed-recipients:;\r\n"):
        ident = uuid.uuid4().hex
        raw = head + f"Message-ID: <{ident}@x>\r\nSubject: =?x-no-such?Q?caf=E9?=\r\nContent-Type: text/plain; charset=x-no-such\r\n\r\ncaf\xe9\r\n".encode("latin-1")
        hand_in(raw, sender="")
        row = eventually("it is settled", lambda: rows(f"message_id = '{ident}@x'"))[0]
        assert row["outcome"] in ("ticket", "quarantined"), row
        shown = ticket(row["ticket_id"], admin)
        assert shown["title"] and shown["description"].strip()


@flow("what a ticket's lane refuses is decided again, and is nowhere lost")
def _():
    admin, who = desk.admin(), address()
    ident, told = opened(who)
    desk.stack("stop", "ticket")
    try:
        row = outcome(letter(who, "Too late?"), lead(told))
        assert row["ticket_id"] == ident
        desk.sql(f"update tickets set deleted_at = now() where id = '{ident}'")
    finally:
        desk.stack("up")
    again = eventually("it is a ticket of its own", lambda: [r for r in rows(f"id = '{row['id']}'")
                                                            if r["outcome"] == "ticket" and r["ticket_id"] != ident and r["applied"] == "t"], 40)[0]
    assert ticket(again["ticket_id"], admin)["description"] == "Too late?"


@flow("the sums of the ledger agree, for staff and by guichetctl")
def _():
    admin, (agent, _) = desk.admin(), staff()
    outcome(letter(address()))
    ledger = eventually("nothing waits", lambda: [d for d in [desk.get(f"{API}ledger", agent).data] if d["waiting"] == 0])[0]
    assert ledger["agrees"] and ledger["received"] == sum(ledger[word] for word in ("ticket", "reply", "bounce", "auto", "duplicate", "quarantined"))
    assert ledger["unapplied"] == 0
    assert desk.get(f"{API}ledger", desk.register(address())["token"]).status == 403


@flow("files that are too many for a ticket stay in the mail, and staff is told how many")
def _():
    admin = desk.admin()
    row = outcome(letter(address(), files=[(f"{n}.txt", b"hello %d" % n) for n in range(13)]))
    assert row["outcome"] == "ticket", row
    shown = eventually("staff is told", lambda: [t for t in [ticket(row["ticket_id"], admin)] if t["comments"]])[0]
    assert shown["comments"][0]["isInternal"] and shown["comments"][0]["content"].endswith(": 3") and not shown["comments"][0]["userId"]
    eventually("ten hang on it", lambda: desk.sql(f"select count(*) from files where ticket_id = '{row['ticket_id']}'") == [["10"]])


@flow("a mail that ends its reader three times is put aside where staff sees it, and read again is what it always was")
def _():
    admin, who = desk.admin(), address()
    killer = pathlib.Path(desk.env["GUICHET_STATE"]) / "objects/killed"  # where the account of the programs may look
    killer.write_text("#!/usr/bin/python3\nimport os, socket\nasked = socket.socket(fileno=0)\nasked.send(b'ready')\nasked.recv(1)\nos.kill(os.getpid(), 9)\n")
    killer.chmod(0o755)
    desk.up(MAIL_PROGRAM=str(killer))
    m = letter(who, "Please read me.")
    try:
        hand_in(m.as_bytes())
        row = eventually("it is put aside", lambda: rows("outcome = 'quarantined' and accepted_at > now() - interval '1 minute'"), 60)[-1]
        assert "reader" in row["reason"], row
        shown = ticket(row["ticket_id"], admin)
        assert shown["category"] == "quarantine" and row["id"] in shown["description"]
        raw = desk.get(f"{API}inbound/{row['id']}/raw", admin)
        assert b"Please read me." in raw.raw
    finally:
        desk.up(MAIL_PROGRAM="")
        killer.unlink()
    said = desk.ctl("mail", "reparse", row["id"])
    assert said.returncode == 0, said.stderr
    again = settled(m)[-1]
    assert again["id"] == row["id"] and again["outcome"] == "ticket" and again["ticket_id"] != row["ticket_id"]
    assert ticket(again["ticket_id"], admin)["description"] == "Please read me."
    assert desk.ctl("mail", "reparse", str(uuid.uuid4())).returncode == 1


@flow("a mail that is read again after a mend changes what it says, and nothing else")
def _():
    admin, who = desk.admin(), address()
    row = outcome(letter(who, "Hello.\n\n-- \nZoé"))
    before = ticket(row["ticket_id"], admin)
    desk.sql(f"update inbound_texts set visible_text = 'worse' where inbound_id = '{row['id']}'")
    assert desk.post(f"{API}inbound/{row['id']}/reparse", {}, admin).status == 202
    eventually("it says what it says", lambda: desk.get(f"{API}inbound/{row['id']}", admin).data["text"].startswith("Hello."))
    after = ticket(row["ticket_id"], admin)
    assert {k: v for k, v in after.items() if k not in ("sla", "mail")} == {k: v for k, v in before.items() if k not in ("sla", "mail")}
    assert len(rows(f"from_address = '{who}'")) == 1
