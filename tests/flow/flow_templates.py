"""Flows: an administrator words what the desk writes to people, and the next mail says it so."""
from desk import address, desk, eventually, flow, staff

PATH = "/api/v1/notifications/templates"


def problem(answer):
    """Status, pointer and detail of a refusal."""
    assert answer.status in (400, 404), answer.raw
    at = answer.json["errors"][0] if answer.json["errors"] else {"pointer": "", "detail": ""}
    return answer.status, at["pointer"], at["detail"]


def person():
    who = address()
    return who, desk.register(who)["token"]


def next_mail(who, beginning):
    """The first mail whose subject begins so; ticket after ticket, for an edit is in the mails within seconds."""
    token = desk.login(who)

    def look():
        number = desk.ticket(token, "La souris")["number"]
        mail = eventually(f"a mail about {number}", lambda: [m for m in desk.mails(who) if m["X-Guichet-Ticket"] == number])[0]
        return mail["Subject"].startswith(beginning) and mail
    return eventually(f"a mail that begins with {beginning}", look, 40)


@flow("an administrator's words for a template are in the next mails, and those that are built in come back")
def _():
    who, token = person()
    before = desk.get(f"{PATH}/ticket_created", desk.admin()).data
    assert before["languages"]["fr"]["edited"] == [] and "title" in before["fields"], before
    answer = desk.call("PUT", f"{PATH}/ticket_created", {"subject": "X {title}", "text": "Salut {userName},\r\n\r\nvu : {title}"},
                       token=desk.admin())
    assert answer.status == 200, answer.raw
    mail = next_mail(who, "X La souris")
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert "vu : La souris" in text and "répondez simplement" in text, text
    after = desk.get(f"{PATH}/ticket_created", desk.admin()).data["languages"]
    assert after["fr"]["edited"] == ["subject", "text"] and after["fr"]["subject"] == "X {title}" and after["en"]["edited"] == []

    history = desk.get(f"{PATH}/ticket_created/history", desk.admin()).data["versions"]
    assert history[0]["parts"]["subject"] == "X {title}" and history[0]["language"] == "fr" and history[0]["changedBy"], history
    again = desk.call("PUT", f"{PATH}/ticket_created", {"subject": "Y {title}", "text": None}, token=desk.admin())
    assert again.status == 200 and again.data["version"] == history[0]["version"] + 1, again.raw
    back = desk.post(f"{PATH}/ticket_created/revert", {"to": history[0]["version"]}, desk.admin())
    assert back.status == 200, back.raw
    assert desk.get(f"{PATH}/ticket_created", desk.admin()).data["languages"]["fr"]["subject"] == "X {title}"
    wrong = problem(desk.post(f"{PATH}/ticket_created/revert", {"to": history[0]["version"], "language": "en"}, desk.admin()))
    assert wrong[:2] == (400, "/to"), wrong
    assert desk.post(f"{PATH}/ticket_created/revert", {}, desk.admin()).status == 200
    assert desk.get(f"{PATH}/ticket_created", desk.admin()).data["languages"] == before["languages"]
    next_mail(who, "[HD-")


@flow("the language of a template is said in the query or in the body, and not in both")
def _():
    admin = desk.admin()
    before = desk.get(f"{PATH}/ticket_created", admin).data
    assert desk.get(f"{PATH}/ticket_created?language=en", admin).data["languages"] == {"en": before["languages"]["en"]}
    answer = desk.call("PUT", f"{PATH}/ticket_created?language=en", {"subject": "Z {title}"}, token=admin)
    assert answer.status == 200, answer.raw
    after = desk.get(f"{PATH}/ticket_created", admin).data["languages"]
    assert after["en"]["subject"] == "Z {title}" and after["fr"] == before["languages"]["fr"], after
    shown = desk.post(f"{PATH}/ticket_created/preview?language=en", {}, admin).data["subject"]
    assert shown.startswith("Z "), shown
    for verb, query, body in (("PUT", "language=en", {"language": "en", "subject": "x"}), ("PUT", "language=de", {}), ("GET", "language=", None)):
        assert problem(desk.call(verb, f"{PATH}/ticket_created?{query}", body, token=admin))[:2] == (400, "/language"), (verb, query)
    assert desk.post(f"{PATH}/ticket_created/revert?language=en", {}, admin).status == 200
    assert desk.get(f"{PATH}/ticket_created", admin).data["languages"] == before["languages"]


@flow("a template that cannot be read is refused with its line and column, also by the preview")
def _():
    for body, pointer, detail in (
            ({"subject": "X {titel}"}, "/subject", "line 1, column 3: {titel} is no field of this template"),
            ({"text": "un\ndeux {#title}"}, "/text", "line 2, column 6: this section does not end"),
            ({"html": "<p>un</p>\n<p onclick=\"x\">"}, "/html", "line 2, column 11: this attribute is not allowed"),
            ({"html": "<script>"}, "/html", "line 1, column 8: this element is not allowed")):
        for method, path in (("PUT", f"{PATH}/ticket_created"), ("POST", f"{PATH}/ticket_created/preview")):
            assert problem(desk.call(method, path, body, token=desk.admin())) == (400, pointer, detail), (method, body)
    assert desk.get(f"{PATH}/ticket_created", desk.admin()).data["languages"]["fr"]["edited"] == []
    assert desk.call("PUT", f"{PATH}/nobodys", {"subject": "X"}, token=desk.admin()).status == 404
    assert desk.call("PUT", f"{PATH}/ticket_created", {"subject": "X", "language": "xx"}, token=desk.admin()).status == 400


@flow("a preview shows a template with made-up values or those of a ticket, and keeps nothing")
def _():
    said = desk.post(f"{PATH}/ticket_created/preview", {"language": "en", "subject": "{title}!"}, desk.admin())
    assert said.status == 200 and said.data["subject"] == "The printer is on fire!", said.raw
    assert said.data["html"].startswith("<!DOCTYPE html>") and "Open the ticket" in said.data["html"]
    assert "- Priority: high" in said.data["text"]
    who, token = person()
    ticket = desk.ticket(token, "<b>Écran & co</b>")
    desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "Il est noir"}, token)
    desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "à cacher", "isInternal": True}, desk.admin())
    for name in (ticket["id"], ticket["number"]):
        said = desk.post(f"{PATH}/ticket_created/preview", {"ticketId": name}, desk.admin())
        assert said.status == 200 and said.data["subject"] == f"[{ticket['number']}] <b>Écran & co</b>", said.raw
        assert "&lt;b&gt;Écran &amp; co&lt;/b&gt;" in said.data["html"] and "<b>Écran" not in said.data["html"]
        assert "Il est noir" in said.data["text"] and "Il est noir" in said.data["html"] and "cacher" not in said.raw.decode()
    assert desk.post(f"{PATH}/ticket_created/preview", {"ticketId": "HD-2001-000001"}, desk.admin()).status == 404
    assert desk.get(f"{PATH}/ticket_created", desk.admin()).data["languages"]["fr"]["edited"] == []


@flow("agents read templates and the brand, administrators write them, and nobody else sees them")
def _():
    who, token = person()
    agent, _ = staff()
    assert desk.get(PATH, token).status == desk.get("/api/v1/notifications/brand", token).status == 403
    listed = desk.get(PATH, agent).data["templates"]
    assert "ticket_created" in [t["name"] for t in listed] and all(set(t["languages"]) == {"fr", "en"} for t in listed)
    assert desk.get(f"{PATH}/nobodys", agent).status == 404
    assert desk.call("PUT", f"{PATH}/ticket_created", {"subject": "X"}, token=agent).status == 403
    assert desk.post(f"{PATH}/ticket_created/preview", {}, agent).status == 403
    assert desk.call("PUT", "/api/v1/notifications/brand", {"name": "X"}, token=agent).status == 403


@flow("the brand is in the mails, and a color that is none is refused")
def _():
    wrong = problem(desk.call("PUT", "/api/v1/notifications/brand", {"color": "red;x:url(y)"}, token=desk.admin()))
    assert wrong[:2] == (400, "/color"), wrong
    answer = desk.call("PUT", "/api/v1/notifications/brand",
                       {"name": "Acme & fils", "color": "#12ab9f", "footer": "1 rue\nParis", "replyLine": False}, token=desk.admin())
    assert answer.status == 200 and answer.data["name"] == "Acme & fils" and answer.data["replyLine"] is False, answer.raw
    said = desk.post(f"{PATH}/ticket_created/preview", {}, desk.admin()).data
    assert "Acme &amp; fils" in said["html"] and "#12ab9f" in said["html"] and "1 rue<br>\nParis" in said["html"]
    assert said["text"].rstrip().endswith("1 rue\nParis") and "répondez" not in said["text"], said["text"]
    back = desk.call("PUT", "/api/v1/notifications/brand", {"name": None, "color": None, "footer": None, "replyLine": True},
                     token=desk.admin())
    assert back.status == 200 and back.data["name"] is back.data["color"] is back.data["footer"] is None, back.raw


@flow("a mail has the latest public comments below, and never an internal one")
def _():
    who, token = person()
    agent, _id = staff()
    ticket = desk.ticket(token, "Clavier muet")
    path = f"/api/v1/tickets/{ticket['id']}/comments"
    for body in ({"content": "Bonjour, est-il branché ?"}, {"content": "il ment", "isInternal": True}, {"content": "Et maintenant ?"}):
        assert desk.post(path, body, agent).status == 201
    text = eventually("the second comment's mail", lambda: [
        text for text in (mail.get_body(("plain",)).get_content().replace("\r\n", "\n") for mail in desk.mails(who))
        if "Et maintenant ?" in text.split("--- Derniers messages ---")[0]])[0]
    said, below = text.split("--- Derniers messages ---")
    assert "Et maintenant ?" in said and "branché" in below, text
    assert not any("il ment" in mail.as_string() for mail in desk.mails(who))
