"""Flows: what older clients, browsers and operators find at the addresses they know."""
import base64
import gzip
import html.parser
import json
import re

from desk import address, desk, eventually, flow, stopped


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


@flow("the token names its user as older clients read it, and an answer to signing in has the names")
def _():
    who = address()
    account = desk.register(who, firstName="Zoé", lastName="Martin")
    assert claims(account["token"])["userId"] == claims(account["token"])["sub"] == account["user"]["id"]
    assert (account["user"]["firstName"], account["user"]["lastName"]) == ("Zoé", "Martin")
    user = desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}).data["user"]
    assert (user["firstName"], user["lastName"]) == ("Zoé", "Martin")
    renewed = desk.post("/api/v1/auth/refresh", {"refreshToken": account["refreshToken"]}).data["user"]
    assert renewed == user
    assert desk.get("/api/v1/auth/me", account["token"]).data["emailVerified"] is False
    for path in ("/api/v1/verify", "/api/verify", "/verify"):
        assert desk.get(path, account["token"]).json["user"]["firstName"] == "Zoé"
        assert desk.post(path, {}, account["token"]).json["valid"] is True


@flow("every service of old has its health at the address it had, and all say the same")
def _():
    port = int(desk.env["GUICHET_URL"].rsplit(":", 1)[1])
    for service in ("auth", "users", "tickets", "files", "notifications", "audit"):
        for prefix in ("/api/v1/", "/api/", "/"):
            health = desk.get(f"{prefix}{service}/health")
            assert health.status == 200 and health.json["status"] == "healthy" and health.json["port"] == port, health.raw
            assert {part["status"] for part in health.json["dependencies"].values()} == {"healthy"}


@flow("without Redis the desk is degraded since then and works; it is as ready as before")
def _():
    token = desk.register(address())["token"]
    with stopped("redis"):
        health = eventually("it is degraded", lambda: (lambda a: a if a.json["status"] == "degraded" else None)(
            desk.get("/api/v1/health")))
        assert health.status == 200 and health.json["success"] is True
        redis = health.json["dependencies"]["redis"]
        assert redis["status"] == "degraded" and redis["since"] and redis["reason"]
        assert health.json["dependencies"]["database"]["status"] == "healthy"
        assert desk.get("/ready").status == 200
        desk.ticket(token)
    eventually("it is healthy", lambda: desk.get("/api/v1/health").json["status"] == "healthy")


@flow("what a read does not know is ignored by an old prefix and listed, and is wrong by /api/v1")
def _():
    token = desk.register(address())["token"]
    for prefix in ("/api", ""):
        answer = desk.get(f"{prefix}/tickets?limit=5&include=owner&expand=1", token)
        assert answer.status == 200 and answer.json["meta"]["ignored"] == ["include", "expand"], answer.raw
        assert desk.get(f"{prefix}/tickets?limit=0", token).status == 400
    assert "meta" not in desk.get("/api/tickets?limit=5", token).json
    strict = desk.get("/api/v1/tickets?include=owner", token)
    assert strict.status == 400 and strict.json["errors"][0]["pointer"] == "/include"


@flow("a text within its limit of characters is taken however it is spelled")
def _():
    token = desk.register(address())["token"]
    for letter in ("ж", "🖨"):
        text = letter * 50000
        raw = json.dumps({"title": "t", "description": text}).encode()
        assert len(raw) > 262144
        made = desk.post("/api/v1/tickets", raw, token)
        assert made.status == 201 and made.data["description"] == text, made.raw[:200]
        assert desk.post("/api/v1/tickets", json.dumps({"title": "t", "description": text + letter}).encode(), token).status == 400


@flow("a browser finds a page at / and the API's description to read; nothing in it is loaded or run")
def _():
    browser = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
    for path in ("/", "/api/v1", "/api-docs", "/api/v1/api-docs"):
        page = desk.get(path, **browser)
        assert page.status == 200 and page.headers["Content-Type"].startswith("text/html"), page.headers
        assert b"<script" not in page.raw and not re.search(rb"(src|href|action)\s*=\s*.?https?:", page.raw)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "style-src 'sha256-" in policy and "unsafe" not in policy
        html.parser.HTMLParser().feed(page.raw.decode())
    text = desk.get("/api-docs").raw.decode()
    assert "/api/v1/tickets/{ticketId}" in text and "Set status of ticket" in text and "Idempotency-Key" in text
    assert desk.get("/api-docs", Accept="application/json").json["openapi"].startswith("3.1")
    card = desk.get("/").json
    assert card["success"] and card["service"] == "guichet" and card["services"]["tickets"] == "/api/v1/tickets"


@flow("who follows a mail's link with a browser and is not signed in gets a page that says what to do, whatever is there")
def _():
    token = desk.register(address())["token"]
    ticket = desk.ticket(token)
    pages = []
    for path in (f"/tickets/{ticket['number']}", "/tickets/HD-2026-999999", f"/tickets/{ticket['id']}", "/tickets/%3Cb%3E",
                 f"/api/v1/tickets/{ticket['number']}"):
        page = desk.get(path, Accept="text/html,*/*;q=0.8", Accept_Language="en")
        assert page.status == 401 and page.headers["Content-Type"].startswith("text/html"), (path, page.status)
        assert page.headers["WWW-Authenticate"].startswith("Bearer") and "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert b'lang="en"' in page.raw and b"Sign in" in page.raw and b"<b><b>" not in page.raw and b"The printer" not in page.raw
        pages.append(page.raw)
    assert ticket["number"].encode() in pages[0] and pages[0].replace(ticket["number"].encode(), b"HD-2026-999999") == pages[1]
    assert "Connectez-vous".encode() in desk.get(f"/tickets/{ticket['number']}", Accept="text/html").raw
    assert desk.get(f"/tickets/{ticket['number']}").json["code"] == "AUTH_TOKEN_MISSING"
    assert desk.get(f"/tickets/{ticket['number']}", token, Accept="text/html").data["id"] == ticket["id"]


@flow("small answers to GET are compressed for who can read it, those with a token never")
def _():
    who = address()
    token = desk.register(who)["token"]
    small = desk.get("/api/v1/auth/me", token, Accept_Encoding="gzip")
    assert small.headers["Content-Encoding"] == "gzip" and json.loads(gzip.decompress(small.raw))["data"]["email"] == who
    login = desk.call("POST", "/api/v1/auth/login", {"email": who, "password": "password123"}, Accept_Encoding="gzip")
    assert login.headers["Content-Encoding"] is None and login.json["success"]


@flow("while the mail server is away the desk is degraded, and says so from what the mail worker last found")
def _():
    def smtp():
        return desk.get("/api/v1/health").json["dependencies"]["smtp"]["status"]

    desk.stack("stop", "catcher")
    try:
        desk.ticket(desk.register(address())["token"])
        eventually("smtp is degraded", lambda: smtp() == "degraded", 60)
        assert desk.get("/api/v1/health").status == desk.get("/ready").status == 200
    finally:
        desk.stack("start", "catcher")
    desk.sql("update mails set next_attempt_at = now() where state = 'queued'")
    eventually("smtp is healthy", lambda: smtp() == "healthy", 60)
