"""Flows: every route of a ticket by everybody, as `make contract` prints them.

A route that is added to queues/ is asked for here without a word being written; only a
body that the contract requires must be known in BODIES.
"""
import re
import subprocess
import uuid

from desk import ROOT, address, desk, flow, staff

BODIES = {"ticket.create": {"title": "Écran noir", "description": "Depuis ce matin."},
          "ticket.comment": {"content": "toujours"}, "comment.edit": {"content": "corrigé"},
          "ticket.update": {"title": "Écran gris"}, "ticket.set_status": {"status": "in_progress"},
          "ticket.snooze": {"until": "2099-01-05T08:00:00Z"},
          "ticket.record_event": {"eventType": "device.restarted"}}
QUERIES = {"ticket_search": "?q=ecran"}
ROLES = {"user": {"SELF"}, "agent": {"SELF", "AGENT"}, "manager": {"SELF", "MANAGER"}, "admin": {"SELF", "ADMIN"}}


def rows():
    """(type or query, who may, verb, path, is a read) of each way to a ticket."""
    text = subprocess.run(["make", "-s", "contract"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    part, row = None, None
    for line in text.splitlines():
        if line in ("COMMANDS", "ACTIONS", "READS", "EVENTS"):
            part = line
        elif head := re.fullmatch(r"([a-z._]+)  \[([A-Z ]+)\]", line):
            row = head[1], set(head[2].split())
        elif part == "ACTIONS":
            continue  # what they need is their own: tests/flow/flow_relations.py, flow_sessions.py
        elif way := re.match(r"  (GET|POST|PUT|PATCH|DELETE) (/api/v1(/admin)?/tickets\S*)", line):
            yield *row, way[1], way[2], part == "READS"


class People:
    def __init__(self):
        user, stranger = desk.register(address()), desk.register(address())
        self.tokens = {"user": user["accessToken"]}
        self.ids = {"user": user["user"]["id"]}
        self.stranger, self.stranger_id = stranger["accessToken"], stranger["user"]["id"]
        for role in ("agent", "manager", "admin"):
            self.tokens[role], self.ids[role] = staff(role)

    def ask(self, row, role, whose):
        """One request about an own ticket, another's, or none; what it came to."""
        name, _, verb, path, is_read = row
        token = self.tokens.get(role)
        owner = self.tokens[role] if whose == "own" and role else self.stranger
        ticket = desk.ticket(owner)["id"]
        # Whoever may write a comment mends its own.
        written = desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": "allô"}, token) if role else None
        if not written or written.status != 201:
            written = desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": "allô"}, owner)
        other = desk.ticket(self.stranger)["id"] if "link" in name or "merge" in name else None
        own_id = self.ids.get(role, self.stranger_id)
        if name == "ticket.unwatch":  # "self" is who watches
            desk.post(f"/api/v1/tickets/{ticket}/watchers", {"userId": own_id}, self.tokens["agent"])
        names = {"ticket_id": ticket if whose != "none" else str(uuid.uuid4()), "comment_id": written.data["id"],
                 "user_id": own_id if whose == "own" or name == "ticket.unwatch" else self.stranger_id,
                 "assignee_id": own_id, "other_id": other}
        body = {**BODIES.get(name, {}), **{"ticket.link": {"otherId": other}, "ticket.merge": {"intoId": other, "confirmDifferentOwners": True},
                                           "ticket.unmerge": {"intoId": other},
                                           "ticket.split": {"commentId": names["comment_id"]}}.get(name, {})}
        filled = re.sub(r"\{([a-z_]+)\}", lambda m: names[m[1]], path) + QUERIES.get(name, "")
        return desk.call(verb, filled, None if is_read else body, token)


def expected(row, role, whose):
    name, access, _, path, is_read = row
    if role is None:
        return {401}
    if "{ticket_id}" in path:
        if whose == "none":
            return {404}
        bits = ROLES[role] | ({"OWNER"} if whose == "own" else set())
    else:
        bits = ROLES[role]
        if name == "ticket_list_of_user" and role == "user" and whose != "own":
            return {403}
    return {200, 201} if access & bits else {403}


def transition(answer):
    """Permitted, but not from the status the ticket is in."""
    return answer.status == 409 and answer.json["code"] == "INVALID_TRANSITION"


@flow("each way to a ticket lets in whom its row names, and nobody else")
def _():
    people, wrong, asked = People(), [], 0
    for row in rows():
        for role in (None, *ROLES):
            for whose in ("own", "other's", "none") if role else ("other's",):
                answer = people.ask(row, role, whose)
                wanted = expected(row, role, whose)
                asked += 1
                if answer.status in wanted or (200 in wanted and transition(answer)):
                    continue
                wrong.append(f"{row[2]} {row[3]} ({row[0]}) by {role}, {whose} ticket: {answer.status} "
                             f"{answer.raw[:200]}, expected {sorted(wanted)}")
    assert asked > 200, asked
    assert not wrong, "\n".join([f"{len(wrong)} of {asked}:", *wrong])


@flow("a token that is none, or of an account that is gone, opens nothing")
def _():
    account = desk.register(address())
    ticket = desk.ticket(account["accessToken"])["id"]
    desk.sql(f"update accounts set active = false where id = '{account['user']['id']}'")
    names = {"ticket_id": ticket, "comment_id": ticket, "user_id": account["user"]["id"],
             "assignee_id": ticket, "other_id": str(uuid.uuid4())}
    for name, _, verb, path, is_read in rows():
        filled = re.sub(r"\{([a-z_]+)\}", lambda m: names[m[1]], path) + QUERIES.get(name, "")
        body = None if is_read else {**BODIES.get(name, {}), **{
            "ticket.link": {"otherId": ticket}, "ticket.merge": {"intoId": ticket}, "ticket.unmerge": {"intoId": ticket},
            "ticket.split": {"commentId": ticket}}.get(name, {})}
        forged = desk.call(verb, filled, body, account["accessToken"][:-4] + "AAAA")
        assert forged.status == 401, (verb, path, forged.status)
        gone = desk.call(verb, filled, body, account["accessToken"])
        assert gone.status in (401, 403), (verb, path, gone.status, gone.raw)
