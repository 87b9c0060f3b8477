"""Flows: webhooks, against endpoints that take, refuse, linger and lead astray."""
import base64
import collections
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import signal
import threading
import time
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk import address, desk, eventually, flow, pid_of, staff

HOOKS = "/api/v1/webhooks"


class Endpoint(http.server.ThreadingHTTPServer):
    """Keeps what arrives; `answer(path, body)` gives status and headers."""
    daemon_threads, request_queue_size = True, 256

    def __init__(self, answer=lambda body: (200, {})):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.got, self.lock = answer, [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/hook"

    def handle_error(self, *_):
        """A worker that is killed, or a hook that is deleted, hangs up."""

    def of(self, event):
        return [g for g in list(self.got) if g["headers"]["Guichet-Event"] == event]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.got.append({"path": self.path, "headers": self.headers, "body": body, "at": time.monotonic()})
        status, headers = self.server.answer(body)
        said = b'{"ok":true}'
        self.send_response(status)
        for name, value in {"Set-Cookie": "session=hush", **headers, "Content-Length": str(len(said))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def endpoint(answer=lambda body: (200, {})):
    server = Endpoint(answer)
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def hook(url, admin, events=("ticket.created",), **fields):
    made = desk.post(HOOKS, {"url": url, "events": list(events), **fields}, admin, Prefer="wait=10")
    assert made.status == 201, made.raw
    try:
        yield made.data
    finally:
        gone = desk.call("DELETE", f"{HOOKS}/{made.data['id']}", token=admin)
        assert gone.status == 200, gone.raw


def good(got, *secrets):
    """Is it signed by each of them, and by no other?"""
    stamp, *signatures = got["headers"]["Guichet-Signature"].split(",")
    assert stamp.startswith("t=") and abs(int(stamp[2:]) - time.time()) < 300, stamp
    wanted = [hmac.new(s.encode(), stamp[2:].encode() + b"." + got["body"], hashlib.sha256).hexdigest() for s in secrets]
    return [s.removeprefix("v1=") for s in signatures] == wanted


def deliveries(webhook, admin, query=""):
    answer = desk.get(f"{HOOKS}/{webhook['id']}/deliveries{query}", admin)
    assert answer.status == 200, answer.raw
    return answer.data


@flow("an event reaches who subscribed to it, signed, as the feed shows it; another does not")
def _():
    admin, _ = staff("admin")
    with endpoint() as taker, hook(taker.url, admin, filter={"priority": ["urgent"]}) as webhook:
        desk.ticket(admin, priority="low")
        ticket = desk.ticket(admin, priority="urgent")
        [got] = eventually("the delivery", lambda: list(taker.got))
        assert got["headers"]["Guichet-Event"] == "ticket.created" and good(got, webhook["secret"])
        assert got["headers"]["traceparent"].startswith("00-")
        event = json.loads(got["body"])
        assert event["ticketId"] == ticket["id"] and event["eventType"] == "ticket.created"
        [row] = eventually("its row", lambda: deliveries(webhook, admin, "?state=delivered"))
        assert row["id"] == got["headers"]["Guichet-Delivery"] and row["eventId"] == event["id"] and row["attempts"] == 1
        whole = desk.get(f"{HOOKS}/deliveries/{row['id']}", admin).data
        assert "200" in whole["answer"] and '{"ok":true}' in whole["answer"] and "hush" not in whole["answer"]
        assert "Guichet-Delivery" in whole["request"] and "v1=" not in whole["request"]
        assert webhook["secret"] not in json.dumps([desk.get(HOOKS, admin).json, whole])
        assert desk.sql(f"select count(*) from outbox where body like '%{webhook['secret']}%'") == [["0"]]
        assert len(taker.got) == 1
        agent, _ = staff("agent")
        assert desk.get(HOOKS, agent).status == 403


@flow("a webhook that is none is refused, with what is wrong")
def _():
    admin, _ = staff("admin")
    fine = {"url": "https://hooks.example.org/x", "events": ["*"]}
    for wrong, pointer in (({"url": "ftp://example.org/x"}, "/url"), ({"url": "https://u:p@example.org/"}, "/url"),
                           ({"events": ["ticket.eaten"]}, "/events/0"), ({"events": ["tick.*"]}, "/events/0"), ({"events": []}, "/events"),
                           ({"filter": {"colour": ["red"]}}, "/filter"), ({"filter": {"tag": "x"}}, "/filter")):
        answer = desk.post(HOOKS, fine | wrong, admin)
        assert answer.status == 400 and [e["pointer"] for e in answer.json["errors"]] == [pointer], (wrong, answer.raw)


@flow("a delivery that fails is sent again with the same id until it is taken, and can be replayed")
def _():
    admin, _ = staff("admin")
    seen = collections.Counter()

    def twice_bad(body):
        seen[json.loads(body)["id"]] += 1
        return (500 if seen[json.loads(body)["id"]] < 3 else 204, {})
    with endpoint(twice_bad) as taker, hook(taker.url, admin) as webhook:
        desk.ticket(admin)
        [row] = eventually("delivered at last", lambda: deliveries(webhook, admin, "?state=delivered"))
        assert row["attempts"] == 3 and row["status"] == 204
        assert {g["headers"]["Guichet-Delivery"] for g in taker.got} == {row["id"]} and len(taker.got) == 3
        gaps = [b["at"] - a["at"] for a, b in zip(taker.got, taker.got[1:])]
        assert gaps[1] > gaps[0] > 0.2, gaps
        again = desk.post(f"{HOOKS}/{webhook['id']}/replay", {"deliveryId": row["id"]}, admin)
        assert again.status == 200, again.raw
        eventually("the replay", lambda: len(taker.got) == 4)
        assert taker.got[3]["headers"]["Guichet-Delivery"] == row["id"] and taker.got[3]["body"] == taker.got[0]["body"]
        assert desk.post(f"{HOOKS}/{webhook['id']}/replay", {"from": "2026-01-01", "state": "delivered"}, admin).status == 200
        eventually("the range", lambda: len(taker.got) == 5)
        assert desk.post(f"{HOOKS}/{webhook['id']}/replay", {}, admin).status == 400


@flow("while a secret is rotated both sign, and a test arrives whatever is subscribed to")
def _():
    admin, _ = staff("admin")
    with endpoint() as taker, hook(taker.url, admin) as webhook:
        path, key = f"{HOOKS}/{webhook['id']}", {"Idempotency-Key": str(uuid.uuid4())}
        renewed = desk.post(path + "/rotate", {}, admin, **key)
        assert renewed.status == 200 and renewed.data["secret"] != webhook["secret"], renewed.raw
        assert desk.post(path + "/rotate", {}, admin, **key).data == renewed.data
        assert desk.post(path + "/test", {}, admin).status == 200
        [got] = eventually("the test", lambda: taker.of("webhook.tested"))
        assert good(got, renewed.data["secret"], webhook["secret"])
        desk.sql(f"update webhooks set previous_until = now() where id = '{webhook['id']}'")
        assert desk.post(path + "/test", {}, admin).status == 200
        got = eventually("the second test", lambda: taker.of("webhook.tested")[1:])[0]
        assert good(got, renewed.data["secret"])


@flow("410 ends a webhook, and says so")
def _():
    admin, _ = staff("admin")
    with endpoint(lambda body: (410, {})) as taker, hook(taker.url, admin) as webhook:
        desk.ticket(admin)
        shown = eventually("it rests", lambda: [w for w in [desk.get(f"{HOOKS}/{webhook['id']}", admin).data] if not w["active"]])[0]
        assert shown["stoppedBy"] == "410 Gone" and deliveries(webhook, admin)[0]["state"] == "failed"
        assert len(taker.got) == 1
        assert desk.call("PUT", f"{HOOKS}/{webhook['id']}", {"active": True}, admin).data["stoppedBy"] is None


@flow("neither an address nor a redirect leads to what is not public; what is allowed is followed")
def _():
    admin, _ = staff("admin")
    with endpoint() as inner, endpoint(lambda body: (307, {"Location": inner.url.replace("127.0.0.1", "127.9.9.9")})) as astray, \
            endpoint(lambda body: (307, {"Location": inner.url})) as allowed:
        urls = [astray.url, "http://[::1]:9/x", "http://169.254.169.254/latest", "http://127.9.9.9:9/", "http://localhost.localdomain:9/",
                "http://[::ffff:127.0.0.1]:9/"]
        with contextlib.ExitStack() as stack:
            hooks = [stack.enter_context(hook(url, admin)) for url in urls]
            followed = stack.enter_context(hook(allowed.url, admin))
            desk.ticket(admin)
            eventually("the redirect is followed", lambda: deliveries(followed, admin, "?state=delivered"))
            for webhook, url in zip(hooks, urls):
                row = eventually(url, lambda: [d for d in deliveries(webhook, admin) if d["attempts"] and d["error"]])[0]
                if url != urls[4]:  # which may have no address at all
                    assert "not public" in row["error"], (url, row)
            assert len(astray.got) >= 1 and len(inner.got) == 1, inner.got


@flow("a slow endpoint delays no other, and one that fails is left alone and tried again")
def _():
    admin, _ = staff("admin")
    state = {"bad": True}
    with endpoint(lambda body: (time.sleep(4), (200, {}))[1]) as slow, endpoint() as fast, \
            endpoint(lambda body: (503 if state["bad"] else 200, {})) as bad, \
            hook(slow.url, admin), hook(fast.url, admin) as quick, hook(bad.url, admin) as failing:
        for n in range(30):
            desk.ticket(admin)
        eventually("the fast one has all", lambda: len(fast.got) == 30, 15)
        sixteen_later = zip(slow.got, slow.got[16:])  # as many has it at a time, each for four seconds
        assert all(later["at"] - sooner["at"] > 3 for sooner, later in sixteen_later) and len(deliveries(quick, admin, "?limit=50")) == 30
        shown = eventually("the circuit opens", lambda: [w for w in [desk.get(f"{HOOKS}/{failing['id']}", admin).data]
                                                       if w["circuit"] == "open" and w["failures"] >= 10])[0]
        assert shown["retryAt"]
        state["bad"] = False
        eventually("it closes", lambda: desk.get(f"{HOOKS}/{failing['id']}", admin).data["circuit"] == "closed", 40)
        eventually("and has all", lambda: len({g["headers"]["Guichet-Delivery"] for g in bad.got}) == 30, 40)


@flow("where it is asked for, what is about a ticket arrives in order, whatever fails in between")
def _():
    admin, _ = staff("admin")
    failed = set()

    def once_bad(body):
        event = json.loads(body)["id"]
        bad = hash(event) % 2 and event not in failed
        failed.add(event)
        return (500 if bad else 200, {})
    with endpoint(once_bad) as taker, hook(taker.url, admin, ("ticket.commented", "ticket.created"), ordered=True) as webhook:
        tickets = [desk.ticket(admin) for _ in range(3)]
        for n in range(4):
            for ticket in tickets:
                assert desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": f"{n}"}, admin).status == 201
        eventually("all", lambda: len(deliveries(webhook, admin, "?state=delivered&limit=50")) == 15, 60)
        for ticket in tickets:
            versions = [json.loads(g["body"])["ticketVersion"] for g in taker.got if json.loads(g["body"])["ticketId"] == ticket["id"]]
            assert versions == sorted(versions) and len(set(versions)) == 5, versions


@flow("kill -9 of the webhook worker under load loses no delivery, and what comes twice has the same id")
def _():
    admin, _ = staff("admin")
    with endpoint(lambda body: (time.sleep(0.02), (200, {}))[1]) as taker, hook(taker.url, admin) as webhook:
        wanted = set()
        for n in range(120):
            wanted.add(desk.ticket(admin)["id"])
            if n % 40 == 20:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid_of("webhook"), signal.SIGKILL)
                desk.up()
        eventually("all are delivered", lambda: {json.loads(g["body"])["ticketId"] for g in taker.got} == wanted, 60)
        eventually("and recorded", lambda: desk.sql(f"select count(*) from webhook_deliveries where webhook_id = '{webhook['id']}' "
                                                   "and state = 'delivered'") == [["120"]], 60)
        ids = collections.defaultdict(set)
        for g in taker.got:
            ids[json.loads(g["body"])["id"]].add(g["headers"]["Guichet-Delivery"])
        assert all(len(of) == 1 for of in ids.values()) and len(ids) == 120


# --- web push: a browser and its push service, as the standards describe them ---
def unb64(letters):
    return base64.urlsafe_b64decode(letters + "=" * (-len(letters) % 4))


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key):
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def curve(data):
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)


def expand(length, salt, secret, info):
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Browser:
    def __init__(self):
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)

    def subscription(self, url):
        return {"endpoint": url, "keys": {"p256dh": b64(point(self.key.public_key())), "auth": b64(self.auth)}}

    def read(self, body):
        salt, record, own = body[:16], int.from_bytes(body[16:20], "big"), body[21:21 + body[20]]
        assert len(body) - 86 <= record == 4096
        secret = self.key.exchange(ec.ECDH(), curve(own))
        ikm = expand(32, self.auth, secret, b"WebPush: info\0" + point(self.key.public_key()) + own)
        plain = AESGCM(expand(16, salt, ikm, b"Content-Encoding: aes128gcm\0")).decrypt(
            expand(12, salt, ikm, b"Content-Encoding: nonce\0"), body[86:], None)
        assert plain[-1] == 2
        return json.loads(plain[:-1])


def vouched(got, origin, public):
    """Is the request our own, and for this service? RFC 8292."""
    scheme, rest = got["headers"]["Authorization"].split(" ", 1)
    parts = dict(p.split("=", 1) for p in rest.split(","))
    assert scheme == "vapid" and parts["k"] == public
    head, claims, signature = parts["t"].split(".")
    raw = unb64(signature)
    curve(unb64(public)).verify(utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
                                f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    claims = json.loads(unb64(claims))
    return json.loads(unb64(head))["alg"] == "ES256" and claims["aud"] == origin and 0 < claims["exp"] - time.time() <= 86400


def push(account, title, body="", priority=2):
    """A notification as the notify worker writes it."""
    desk.sql("insert into notifications (id, event_id, event_type, recipient_id, channel, topic, template, state, priority, language, title, "
             f"body, fields, why) values (gen_random_uuid(), gen_random_uuid(), 'ticket.updated', '{account}', 'push', 'ticket_updated', "
             f"'ticket_updated', 'told', {priority}, 'fr', '{title}', '{body}', '{{}}', '{{}}')")


@flow("a notification reaches each browser of its reader, who alone can read it; one that is gone is forgotten")
def _():
    person = desk.register(address())
    token, account = person["accessToken"], person["user"]["id"]
    public = desk.get("/api/v1/notifications/push-key").data["publicKey"]
    assert len(unb64(public)) == 65
    one, other, status = Browser(), Browser(), {"other": 201}
    subscriptions = "/api/v1/notifications/push-subscriptions"
    with endpoint(lambda body: (201, {})) as service, endpoint(lambda body: (status["other"], {})) as second:
        made = desk.post(subscriptions, one.subscription(service.url), token)
        assert made.status == 201 and made.data["endpoint"] == service.url, made.raw
        also = desk.post(subscriptions, other.subscription(second.url), token)
        assert also.status == 201, also.raw
        push(account, "Ticket mis à jour", "L''imprimante 🖨️ remarche.", 1)
        for browser, where in ((one, service), (other, second)):
            [got] = eventually("the push", lambda where=where: list(where.got))
            said = browser.read(got["body"])
            assert said["title"] == "Ticket mis à jour" and said["body"] == "L'imprimante 🖨️ remarche.", said
            assert got["headers"]["Urgency"] == "high" and 86000 < int(got["headers"]["TTL"]) <= 86400
            assert got["headers"]["Content-Encoding"] == "aes128gcm" and 0 < len(got["headers"]["Topic"]) <= 32
            assert vouched(got, where.url.removesuffix("/hook"), public)
        status["other"] = 503
        push(account, "Encore")
        eventually("it is tried again", lambda: len(second.got) >= 3)
        status["other"] = 410
        eventually("the browser that is gone is forgotten", lambda: desk.get(f"{subscriptions}/{also.data['id']}", token).status == 404)
        eventually("the other has both", lambda: len(service.got) == 2)
        assert one.read(service.got[1]["body"])["title"] == "Encore"
        again = desk.post(subscriptions, one.subscription(service.url), token)
        assert again.status == 201 and desk.get(f"{subscriptions}/{made.data['id']}", token).status == 404
        ticket, (agent, _) = desk.ticket(token), staff()
        assert desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "Elle remarche."}, agent).status == 201
        eventually("what happens is pushed by itself", lambda: [said for said in (one.read(got["body"]) for got in list(service.got))
                                                                if ticket["number"] in said["title"] and said["body"] == "Elle remarche."])
        assert desk.call("DELETE", f"{subscriptions}/{again.data['id']}", token=token).status == 200
        assert desk.call("DELETE", f"{subscriptions}/{again.data['id']}", token=token).status == 404
        wrong = {"endpoint": service.url, "keys": {"p256dh": b64(b"\4" + b"1" * 64), "auth": b64(b"2" * 16)}}
        refused = desk.post(subscriptions, wrong, token)
        assert refused.status == 400 and [e["pointer"] for e in refused.json["errors"]] == ["/p256dh"], refused.raw
        before = len(service.got)
        push(account, "Personne")
        eventually("it is looked at", lambda: desk.sql(f"select count(*) from notifications where recipient_id = '{account}' "
                                                       "and channel = 'push' and pushed_at is null") == [["0"]])
        assert len(service.got) == before
