"""Flows: every route of the surface by every role, as the catalogue says who may.

The routes and who may take them come from `make contract`, their bodies from the examples of /openapi.json: a
route that is added to queues/ is asked for here without a word being written. What it names belongs to a stranger.
Tickets have a finer table of their own (flow_access.py).
"""
import re
import subprocess
import uuid

from desk import ROOT, address, desk, flow, staff

ROLES = {"user": {"SELF"}, "agent": {"SELF", "AGENT"}, "manager": {"SELF", "MANAGER"}, "admin": {"SELF", "ADMIN"}}
REFUSED = {403, 404}
# They end what the next request is signed with, or have no end; each has a theme of its own.
APART = {"account_logout", "account_logout_all", "events_stream", "notifications_stream", "notifications_socket", "monitoring_stream"}


def ways():
    """(name, who may, verb, path) of each route."""
    text = subprocess.run(["make", "-s", "contract"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    name, access = None, set()
    for line in text.splitlines():
        if line == "EVENTS":
            return
        if head := re.fullmatch(r"([a-z._0-9]+)  \[([A-Z ]+)\]", line):
            name, access = head[1], set(head[2].split())
        elif way := re.match(r"  (GET|POST|PUT|PATCH|DELETE) (/\S*)$", line):
            yield name, access, way[1], way[2]


def examples():
    """(verb, path with nameless places): the example of its body, as JSON or, a text, as CSV."""
    document = desk.get("/api/v1/openapi.json").json
    found = {}
    for path, item in document["paths"].items():
        for verb, spec in item.items():
            content = spec.get("requestBody", {}).get("content", {}) if isinstance(spec, dict) else {}
            found[verb.upper(), nameless(path)] = content.get("text/csv", content.get("application/json", {})).get("example")
    return found


def nameless(path):
    return re.sub(r"\{[^}]*\}", "{}", path.removeprefix("/api/v1"))


class Stranger:
    """Whose things the others ask for."""

    def __init__(self):
        account = desk.register(address())
        self.token, self.id, self.email = account["accessToken"], account["user"]["id"], account["user"]["email"]
        ticket = desk.ticket(self.token)["id"]
        comment = desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": "allô"}, self.token).data["id"]
        file = desk.call("POST", "/api/v1/files/upload", "un texte à moi".encode(), self.token, Content_Type="text/plain",
                         Content_Disposition='attachment; filename="mien.txt"').data
        agent, _ = staff()
        subscription = desk.post("/api/v1/notifications/subscriptions", {"tag": "printer"}, agent).data["id"]
        notice = desk.post("/api/v1/notifications/send", {"recipient": self.id, "subject": "Allô", "content": "C'est pour vous."}, agent)
        assert notice.status == 202, notice.raw
        file_id = file.get("id") or file["file"]["id"]
        self.things = {"ticket_id": ticket, "comment_id": comment, "file_id": file_id, "file": file_id, "user": self.id, "user_id": self.id,
                       "account_id": self.id, "userId": self.id, "id": self.id, "subscription_id": subscription, "email": self.email,
                       "target": "webhook"}

    def place(self, path):
        return re.sub(r"\{([a-z_A-Z]+)\}", lambda m: str(self.things.get(m[1], uuid.uuid4())), path)


def ask(way, body, stranger, token):
    _, _, verb, path = way
    if verb == "GET":
        return desk.get(stranger.place(path), token)
    if isinstance(body, str):
        return desk.call(verb, stranger.place(path), body.encode(), token, Content_Type="text/csv")
    return desk.call(verb, stranger.place(path), body or {}, token)


@flow("each route of the surface refuses whom its row does not name, and asks who is nobody to sign in")
def _():
    stranger, bodies, wrong, asked = Stranger(), examples(), [], 0
    tokens = {role: staff(role)[0] for role in ("agent", "manager", "admin")} | {"user": desk.register(address())["accessToken"]}
    for way in ways():
        name, access, verb, path = way
        if name in APART or "PUBLIC" in access:
            continue
        body = bodies.get((verb, nameless(path)))
        answer = ask(way, body, stranger, None)
        asked += 1
        if answer.status != 401:
            wrong.append(f"{verb} {path} ({name}) by nobody: {answer.status} {answer.raw[:160]}")
        for role, bits in ROLES.items():
            if access & bits or "OWNER" in access:
                continue
            answer = ask(way, body, stranger, tokens[role])
            asked += 1
            if answer.status not in REFUSED:
                wrong.append(f"{verb} {path} ({name}) by {role}: {answer.status} {answer.raw[:160]}")
    assert asked > 300, asked
    assert not wrong, "\n".join([f"{len(wrong)} of {asked}:", *wrong])


@flow("what belongs to one person opens to no other, by whatever route it is named")
def _():
    stranger, bodies, wrong, asked = Stranger(), examples(), [], 0
    token = desk.register(address())["accessToken"]
    before = desk.sql(f"select to_jsonb(a)::text from accounts a where id = '{stranger.id}'")
    for way in ways():
        name, access, verb, path = way
        named = set(re.findall(r"\{([a-z_A-Z]+)\}", path)) & stranger.things.keys()
        if name in APART or "PUBLIC" in access or not named:
            continue
        answer = ask(way, bodies.get((verb, nameless(path))), stranger, token)
        asked += 1
        if answer.status not in REFUSED:
            wrong.append(f"{verb} {path} ({name}): {answer.status} {answer.raw[:160]}")
    assert asked > 30, asked
    assert not wrong, "\n".join([f"{len(wrong)} of {asked}:", *wrong])
    assert desk.sql(f"select to_jsonb(a)::text from accounts a where id = '{stranger.id}'") == before
