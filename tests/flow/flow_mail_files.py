"""Flows: the files of a comment go with the mail that tells it, inside where they fit, else as links."""
import re
import urllib.parse

from desk import desk, eventually, flow
from flow_bytes import text
from flow_mail import Person, done, settled

ROOM = 1000  # MAIL_ATTACH_MAX of this ring, in tests/flow/run


def upload(person, name, content):
    """The id of a file that clamd has called clean."""
    answer = desk.call("POST", "/api/v1/files/upload", content, person.token, Content_Type="text/plain", Prefer="wait=10",
                       Content_Disposition="attachment; filename*=UTF-8''" + urllib.parse.quote(name))
    assert answer.status == 201, answer.raw
    eventually("it is clean", lambda: desk.get(f"/api/v1/files/{answer.data['id']}", person.token).data["scanState"] == "clean")
    return answer.data["id"]


def mail_with(person, word):
    return eventually(f"a mail to {person.address} that says {word}", lambda: [
        mail for mail in person.mails("") if word in mail.get_content()])[0]


def inside(mail):
    return {part.get_filename(): part.get_payload(decode=True) for part in mail.iter_attachments()}


def linked(mail):
    """Where the links to files in the plain text lead."""
    return re.findall(r"https?://\S+(/api/v1/files/shared/\S+)", mail.get_content())


@flow("the owner gets small files inside the mail, and larger ones by a link that needs no token and shows what he may see")
def _():
    owner, agent = Person(), Person("agent")
    ticket = desk.ticket(owner.token)
    small, large = text(600), text(5000)
    files = [upload(agent, "légende.txt", small), upload(agent, "large.txt", large)]
    done(desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "Voyez ci-joint.", "fileIds": files}, agent.token))
    mail = mail_with(owner, "Voyez ci-joint.")
    assert mail.get_content_type() == "multipart/mixed" and inside(mail) == {"légende.txt": small}, mail
    said = mail.get_content()
    assert "Fichiers :" in said and "- légende.txt (600 o)" in said and "- large.txt (5 Ko) http" in said, said
    html = mail.get_body(("html",)).get_content()
    assert "légende.txt (600 o)" in html and ">large.txt</a> (5 Ko)" in html, html
    [path] = linked(mail)
    got = desk.get(path)
    assert got.status == 200 and got.raw == large
    desk.sql(f"update accounts set active = false where id = '{owner.id}'")
    assert desk.get(path).status == 403, "a person deactivated sees nothing more"


@flow("two files that do not fit together are one inside and one linked, and in English they are Files")
def _():
    owner, agent = Person(language="en"), Person("agent")
    ticket = desk.ticket(owner.token)
    files = [upload(agent, f"{n}.txt", text(ROOM - 100)) for n in (1, 2)]
    done(desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "Both of them.", "fileIds": files}, agent.token))
    mail = mail_with(owner, "Both of them.")
    assert len(inside(mail)) == 1 and len(linked(mail)) == 1 and "Files :" in mail.get_content(), mail.get_content()


@flow("a mail brings no file of an internal comment, none that is not called clean yet, and none to who may not see the ticket")
def _():
    owner, watcher, agent, other = Person(), Person(), Person("agent"), Person("agent")
    ticket = desk.ticket(owner.token)
    path = f"/api/v1/tickets/{ticket['id']}"
    done(desk.post(path + "/assign", {}, agent.token))
    desk.sql(f"update tickets set watchers = array['{watcher.id}']::uuid[] where id = '{ticket['id']}'")
    done(desk.post(path + "/comments", {"content": "entre nous", "isInternal": True, "fileIds": [upload(other, "note.txt", text())]},
                   other.token))
    assert "note.txt" not in mail_with(agent, "entre nous").as_string()
    files = [upload(owner, "good.txt", text()), upload(owner, "late.txt", text())]
    desk.sql(f"update files set scan_state = 'pending', place = 'temp', next_scan_at = now() + interval '1 hour' where id = '{files[1]}'")
    done(desk.post(path + "/comments", {"content": "un seul", "fileIds": files}, owner.token))
    assert set(inside(mail_with(agent, "un seul"))) == {"good.txt"}
    other_mail = mail_with(watcher, "un seul")
    assert not inside(other_mail) and not linked(other_mail) and "good.txt" not in other_mail.get_content()
    settled()
    assert not any("note.txt" in mail.as_string() for mail in owner.mails("") + watcher.mails(""))
