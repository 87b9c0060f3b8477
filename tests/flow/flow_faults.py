"""Flows: what a user notices when a part is away."""
import os
import subprocess
import time

from desk import ROOT, address, desk, eventually, flow, programs


@flow("without Redis a ticket is still answered")
def _():
    token = desk.register(address())["accessToken"]
    desk.stack("stop", "redis")
    try:
        for n in range(3):
            assert desk.ticket(token, f"no redis {n}")["version"] == 1
    finally:
        desk.stack("start", "redis")


@flow("without RabbitMQ a command is refused at once as not accepted, reads go on, and all comes back")
def _():
    token = desk.register(address())["accessToken"]
    ticket = desk.ticket(token)
    desk.stack("stop", "rabbitmq")
    try:
        begun = time.monotonic()
        answer = eventually("a refusal", lambda: (lambda a: a if a.status == 503 else None)(
            desk.post("/api/v1/tickets", {"title": "lost?", "description": "d"}, token)))
        assert answer.json["code"] in ("NOT_ACCEPTED", "OUTCOME_UNKNOWN") and answer.headers["Retry-After"]
        begun = time.monotonic()
        answer = desk.post("/api/v1/tickets", {"title": "never", "description": "d"}, token)
        assert answer.json["code"] == "NOT_ACCEPTED" and time.monotonic() - begun < 1
        assert desk.get(f"/api/v1/tickets/{ticket['id']}", token).status == 200
        assert desk.get("/ready").status == 503
    finally:
        desk.stack("start", "rabbitmq")
    eventually("a ticket again", lambda: desk.post("/api/v1/tickets", {"title": "back", "description": "d"},
                                                    token).status == 201, 30)
    assert desk.sql("select count(*) from tickets where title = 'never'") == [["0"]]


@flow("without PostgreSQL a command is accepted, and applied when it is back")
def _():
    token = desk.register(address())["accessToken"]
    desk.stack("stop", "postgresql")
    try:
        answer = desk.post("/api/v1/tickets", {"title": "patience", "description": "d"}, token, Prefer="wait=1")
        assert answer.status == 202, answer.raw
        assert desk.get(answer.data["statusUrl"]).status == 503
    finally:
        desk.stack("start", "postgresql")
    eventually("it is ready", lambda: desk.get("/ready").status == 200, 60)
    eventually("it is applied", lambda: desk.get(answer.data["statusUrl"]).data.get("state") == "done", 60)
    # Ready is who can read at all: another loop may still be at it.
    shown = eventually("every loop reads", lambda: (got := desk.get(answer.data["resourceUrl"], token)).status == 200 and got, 60)
    assert shown.data["title"] == "patience"


@flow("an ingress that starts without PostgreSQL takes no token before it knows which were revoked")
def _():
    token = eventually("somebody can register again", lambda: desk.register(address()))["accessToken"]
    eventually("he is signed out", lambda: desk.post("/api/v1/auth/logout", {}, token).status == 200)
    desk.stack("stop", "postgresql")
    try:
        desk.stack("kill", "ingress")
        answer = eventually("it answers again", lambda: asked_again(token), 30)
        assert answer.status == 503 and answer.json["code"] == "SERVICE_UNAVAILABLE", answer.raw
    finally:
        desk.stack("start", "postgresql")
    eventually("it knows", lambda: desk.post("/api/v1/tickets", {"title": "t", "description": "d"},
                                             token).json.get("code") == "AUTH_TOKEN_REVOKED", 60)
    eventually("it is ready", lambda: desk.get("/ready").status == 200, 60)


def asked_again(token):
    try:
        return desk.post("/api/v1/tickets", {"title": "t", "description": "d"}, token)
    except OSError:
        return None


@flow("a program asked to stop finishes and leaves within ten seconds")
def _():
    for name in programs("door", "lane", "consumer", "ticker", "ingress"):
        pid = int((desk.state / f"run/{name}.pid").read_text())
        begun = time.monotonic()
        desk.stack("stop", name)
        assert time.monotonic() - begun < 10, name
        assert not os.path.exists(f"/proc/{pid}"), name
        desk.stack("start", name)
    desk.up()
    desk.ticket(desk.register(address())["accessToken"])


@flow("a program with bad settings names all of them and stops")
def _():
    run = subprocess.run([ROOT / "build/bin/guichet-ingress"], capture_output=True, text=True, timeout=10,
                         env={"JWT_SECRET": "short", "REDIS_URL": "http://x", "JWT_EXPIRES_IN": "soon"})
    assert run.returncode == 78
    for name in ("DATABASE_URL", "AMQP_URL", "JWT_SECRET", "REDIS_URL", "JWT_EXPIRES_IN"):
        assert name in run.stderr, name
    assert "short" not in run.stderr
