"""Flows: who is told by mail of what happens to a ticket, and who is not."""
from desk import address, desk, eventually, flow


class Person:
    def __init__(self, role="user", **fields):
        self.address = address(role)
        self.id = desk.register(self.address, **fields)["user"]["id"]
        if role != "user":
            assert desk.ctl("user", "role", "--email", self.address, "--role", role).returncode == 0
        self.token = desk.login(self.address)

    def mails(self, subject):
        return [mail for mail in desk.mails(self.address) if subject in mail["Subject"]]

    def mail(self, subject, *words):
        """The text of the first mail with that subject that holds the words."""
        return eventually(f"a mail to {self.address}: {subject} {words}", lambda: [
            text for text in (mail.get_content().replace("\r\n", "\n") for mail in self.mails(subject))
            if all(word in text for word in words)])[0]


def done(answer):
    assert answer.status in (200, 201), answer.raw
    return answer.data


def settled():
    """Every event told so far has been seen by notify, and every mail written has been sent."""
    eventually("all is told", lambda: desk.sql("""
        select count(*) from audit_log a where a.action like 'TICKET%' and not exists (
            select from event_inbox i where i.consumer = 'notify' and i.event_id = a.event_id)
            and a.payload::jsonb ->> 'type' ~ '^ticket[.][a-z_]+$'""") == [["0"]]
        and desk.sql("select count(*) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)") == [["0"]]
        and desk.sql("select count(*) from mails where state in ('queued', 'sending') and attempts = 0") == [["0"]])


def told(event, ticket, person):
    return desk.sql(f"""select m.template from mails m join audit_log a on a.event_id = m.event_id
        where a.payload::jsonb ->> 'type' = '{event}' and m.ticket_id = '{ticket['id']}' and m.recipient = '{person.address}'""")


@flow("an agent is mailed what others give him, not what he takes himself")
def _():
    user = Person(firstName="Zoé", lastName="Martin")
    agent, other = Person("agent", firstName="Bob"), Person("agent")
    ticket = desk.ticket(user.token, "La souris est partie", priority="urgent")
    done(desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {"assigneeId": agent.id}, other.token))
    text = agent.mail(f"[{ticket['number']}] La souris est partie", "nouveau ticket vous a été assigné")
    assert "Bonjour Bob," in text and "La souris est partie" in text and "urgente" in text and "Europe/Paris" in text
    assert f"/tickets/{ticket['number']}" in text
    assert "Créé par Zoé Martin" in text
    done(desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {"force": True}, other.token))
    settled()
    assert sorted(told("ticket.assigned", ticket, agent)) == [["ticket_assigned"], ["ticket_taken_over"]]
    agent.mail(ticket["number"], "ne vous est plus attribué")
    assert told("ticket.assigned", ticket, other) == [] and other.mails("") == []
    assert desk.sql(f"select distinct priority from mails where ticket_id = '{ticket['id']}' and recipient = '{agent.address}'") == [["1"]]


@flow("the owner is mailed what others change, in both words, and never what they change themselves")
def _():
    user, agent = Person(), Person("agent", firstName="Ada", lastName="L")
    ticket = desk.ticket(user.token)
    path = f"/api/v1/tickets/{ticket['id']}"
    done(desk.call("PATCH", path, {"title": "Autre titre"}, user.token))
    done(desk.call("PUT", f"/api/v1/admin/tickets/{ticket['id']}/status", {"status": "in_progress"}, agent.token))
    subject = f"[{ticket['number']}] Imprimante en panne"
    text = user.mail(subject, "Statut: Ouvert → En cours")
    assert "Statut: Ouvert → En cours" in text and "Commentaire" not in text
    done(desk.call("PATCH", path, {"priority": "high", "assigneeId": agent.id, "tags": ["interne"]}, agent.token))
    text = user.mail(subject, "Priorité: moyenne →")
    assert "→ haute" in text and "Assigné à: Ada L" in text and "Échéance: " in text and "Europe/Paris" in text
    assert "Statut" not in text and "interne" not in text
    done(desk.call("PATCH", path, {"tags": ["autre"]}, agent.token))
    done(desk.call("PUT", f"/api/v1/admin/tickets/{ticket['id']}/status", {"status": "resolved", "resolution": "Un four neuf"},
                   agent.token))
    assert "Titre: Autre titre" in user.mail(subject, "En cours → Résolu", "Résolution:\nUn four neuf")
    done(desk.post(path + "/close", {}, user.token))
    done(desk.post(path + "/reopen", {}, agent.token))
    user.mail(subject, "Fermé → Ouvert")
    settled()
    assert len(user.mails(subject)) == len(user.mails("")) == 5
    first = next(m for m in user.mails(subject) if m["In-Reply-To"] is None)
    assert {m["References"] for m in user.mails(subject)} == {None, first["Message-ID"]}
    assert len(told("ticket.updated", ticket, user)) == 3 and told("ticket.closed", ticket, user) == []


@flow("a comment is mailed to the others on the ticket, an internal one to no user")
def _():
    user, watcher = Person(firstName="Zoé"), Person()
    agent, other = Person("agent"), Person("agent")
    ticket = desk.ticket(user.token)
    path = f"/api/v1/tickets/{ticket['id']}"
    done(desk.post(path + "/assign", {}, agent.token))
    desk.sql(f"update tickets set watchers = array['{watcher.id}', '{user.id}', '{agent.id}']::uuid[] where id = '{ticket['id']}'")
    done(desk.post(path + "/comments", {"content": "Débranchez tout.\n\nPuis attendez."}, agent.token))
    text = user.mail(ticket["number"], "a été mis à jour")
    assert "Commentaire de l'agent:\nDébranchez tout.\n\nPuis attendez.\n" in text and "Changements" not in text
    done(desk.post(path + "/comments", {"content": "C'est fait."}, user.token))
    text = agent.mail(ticket["number"], "C'est fait.")
    assert "Zoé a commenté le ticket" in text and "C'est fait." in text
    watcher.mail(ticket["number"], "C'est fait.")
    done(desk.post(path + "/comments", {"content": "Quel boulet.", "isInternal": True}, other.token))
    agent.mail(ticket["number"], "Quel boulet.")
    settled()
    assert desk.sql("select recipient from mails where fields ->> 'comment' like '%boulet%'") == [[agent.address]]
    assert len(user.mails("")) == 2 and len(agent.mails("")) == 2 and other.mails("") == []
    assert desk.sql("select count(*) from mails group by event_id, recipient having count(*) > 1") == []


@flow("who reads English is mailed in English")
def _():
    user, agent = Person(language="en"), Person("agent", language="en")
    ticket = desk.ticket(user.token)
    done(desk.call("PATCH", f"/api/v1/tickets/{ticket['id']}", {"status": "in_progress", "priority": "low"}, agent.token))
    text = user.mail(ticket["number"], "was updated")
    assert "Status: Open → In progress" in text and "- Priority: medium → low" in text and "Kind regards" in text
    done(desk.post(f"/api/v1/tickets/{ticket['id']}/assign", {"assigneeId": agent.id}, desk.admin()))
    assert "A new ticket was assigned to you." in agent.mail(ticket["number"], "assigned to you")


@flow("who works on a ticket is mailed of its reopening and of what its owner edits, and in his own language and time")
def _():
    user, agent = Person(firstName="Zoé"), Person("agent", language="en")
    done(desk.call("PUT", "/api/v1/users/profile", {"timezone": "Asia/Tokyo"}, agent.token))
    ticket = desk.ticket(user.token)
    path = f"/api/v1/tickets/{ticket['id']}"
    done(desk.post(path + "/assign", {"assigneeId": agent.id}, desk.admin()))
    agent.mail(ticket["number"], "Asia/Tokyo")
    done(desk.call("PATCH", path, {"title": "Imprimante en feu"}, user.token))
    agent.mail(ticket["number"], "Zoé changed ticket", "- Title: Imprimante en feu")
    comment = done(desk.post(path + "/comments", {"content": "un"}, user.token))
    done(desk.call("PUT", f"{path}/comments/{comment['id']}", {"content": "deux"}, user.token))
    agent.mail(ticket["number"], "Zoé changed ticket", "Comment:\ndeux")
    for status in ("in_progress", "resolved", "closed"):
        done(desk.call("PUT", f"/api/v1/admin/tickets/{ticket['id']}/status", {"status": status}, agent.token))
    done(desk.post(path + "/reopen", {}, user.token))
    agent.mail(ticket["number"], "Zoé changed ticket", "Status: Closed → Open")


@flow("an answer that resolves and hands on is one mail to the owner")
def _():
    user, agent = Person(), Person("agent")
    ticket = desk.ticket(user.token)
    path = f"/api/v1/tickets/{ticket['id']}"
    done(desk.call("PATCH", path, {"status": "in_progress"}, agent.token))
    done(desk.post(path + "/comments", {"content": "Remplacé.", "status": "resolved", "resolution": "Un four neuf",
                                        "assigneeId": agent.id, "tags": ["four"]}, agent.token))
    user.mail(ticket["number"], "En cours → Résolu", "Un four neuf", "Remplacé.")
    settled()
    assert len(user.mails("")) == 3, "created, in progress, resolved"


@flow("of a ticket that was merged into another person's its owner is mailed by its own name, and of nothing before")
def _():
    first, second, agent = Person(), Person(), Person("agent")
    target, source = desk.ticket(first.token, "Titre de l'autre"), desk.ticket(second.token, "Mon titre")
    path = f"/api/v1/tickets/{target['id']}"
    done(desk.post(path + "/assign", {}, agent.token))
    done(desk.post(path + "/comments", {"content": "avant"}, agent.token))
    done(desk.post(f"/api/v1/tickets/{source['id']}/merge", {"intoId": target["id"], "confirmDifferentOwners": True}, desk.admin()))
    done(desk.post(path + "/comments", {"content": "réparé"}, agent.token))
    text = second.mail(f"[{source['number']}] Mon titre", "réparé")
    assert target["number"] not in text and "Titre de l'autre" not in text
    done(desk.post(f"/api/v1/tickets/{source['id']}/comments", {"content": "merci"}, second.token))
    agent.mail(source["number"], "merci")
    settled()
    assert not any("avant" in m.get_content() or "Titre de" in m["Subject"] for m in second.mails(""))
    assert first.mails("merci") == []
