"""edge_protocol.py - HTTP/1.1 alone at the ingress, HTTP/2 at nginx; TLS, CORS, ids, and one shape of errors."""
import os
import re
import ssl
import struct
import subprocess
import time

from edge import (INGRESS_TLS_PORT, NOBODY_PORT, ORIGIN, PLAIN_PORT, ROOT, TLS_PORT, Nginx, Skip, Wire, answers,
                  assert_problem, at_once, certificate, eventually, head, test, tls_client)

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\4\0\0\0\0\0"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@test("the ingress speaks HTTP/1.1 and no HTTP/2, by whatever door one asks for it")
def _(here):
    for preface in (PREFACE, PREFACE + SETTINGS, PREFACE[:16], PREFACE[:18] + SETTINGS):
        replies, closed = answers(here.port, preface, first=2)  # an answer in frames would not parse
        assert len(replies) <= 1 and all(r.status // 100 == 4 for r in replies), f"{preface!r}: {replies}"
        assert closed or len(preface) < 18, f"{preface!r}: it stayed open"
    for upgrade in (["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"],
                    ["Connection: upgrade", "Upgrade: h2c"], ["Connection: Upgrade", "Upgrade: websocket"]):
        replies, _ = answers(here.port, head(headers=upgrade) + PREFACE)
        assert replies[0].status in (200, 400), replies
        assert all(r.status // 100 == 4 for r in replies[1:]) and len(replies) <= 2, replies


@test("over TLS the ingress agrees on http/1.1 alone, with TLS 1.2 or better")
def _(here):
    with Wire(INGRESS_TLS_PORT, tls=tls_client(here.certificates, "h2", "http/1.1")) as wire:
        assert wire.sock.selected_alpn_protocol() == "http/1.1" and wire.sock.version() in ("TLSv1.2", "TLSv1.3")
        wire.send(head())
        reply = wire.reply()
        assert reply.status == 200 and reply.header("strict-transport-security"), reply.headers
    try:
        with Wire(INGRESS_TLS_PORT, tls=tls_client(here.certificates, "h2")) as wire:
            assert wire.sock.selected_alpn_protocol() is None
            wire.send(PREFACE + SETTINGS)
            reply = wire.reply(3)  # an answer in frames would not parse
            assert reply is None or reply.status == 400, reply
    except ssl.SSLError:
        pass  # no protocol in common: refused in the handshake
    old = tls_client(here.certificates)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with Wire(INGRESS_TLS_PORT, tls=old):
            raise AssertionError("TLS 1.1 was agreed on")
    except (ssl.SSLError, OSError):
        pass


@test("plain bytes on the TLS port, and half a handshake, harm nobody")
def _(here):
    for data in (head(), b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"a" * 64,
                 b"\x80\x2e\x01\x00\x02" + b"\0" * 64, os.urandom(600)):
        with Wire(INGRESS_TLS_PORT) as wire:
            wire.send(data)
            wire.more(0.2)
    with Wire(INGRESS_TLS_PORT, tls=tls_client(here.certificates)) as wire:
        wire.send(head())
        assert wire.reply().status == 200


def served(context):
    """The certificate that the next client is shown; None: one that the context does not trust."""
    try:
        with Wire(INGRESS_TLS_PORT, tls=context) as wire:
            return wire.sock.getpeercert(binary_form=True)
    except ssl.SSLError:
        return None


@test("a renewed certificate is shown within seconds, one that can't be used never; handshakes that had begun go on")
def _(here):
    old = tls_client(here.certificates)
    first = served(old)
    (here.certificates / "fullchain.pem").write_text("no certificate\n")
    eventually("the bad one is noticed", lambda: served(old) and "going on with the old one" in here.log(), 10)
    assert served(old) == first
    with Wire(INGRESS_TLS_PORT) as silent:
        certificate(here.certificates)
        new = tls_client(here.certificates)
        eventually("the new one is shown", lambda: served(new) not in (None, first), 10)
        eventually("every loop shows it", lambda: not any(served(old) for _ in range(8)), 10)
        silent.sock = old.wrap_socket(silent.sock, server_hostname="localhost")
        assert silent.sock.getpeercert(binary_form=True) == first
        silent.send(head())
        assert silent.reply().status == 200


# --- one shape of errors ---------------------------------------------------------------------
@test("every error has the one shape, whoever found it")
def _(here):
    token = here.user_token()
    auth, json_type = f"Authorization: Bearer {token}", "Content-Type: application/json"
    for data, *statuses in (
            (head(path="/nowhere"), 404), (head(path="/api/v1/nowhere"), 404), (head("DELETE", "/live"), 405),
            (head("TRACE", "/live"), 405), (head("TRACE", "/api/v1/tickets"), 405), (head("CONNECT", "/live"), 405),
            (head("BREW", "/live"), 405),
            (head(path="/api/v1/tickets"), 401), (head(path="/api/v1/tickets", headers=["Authorization: Bearer x"]),
                                                  401),
            (head(path="/api/v1/tickets/no-id", headers=[auth]), 400), (head(path="/api/v1/audit/logs", headers=[auth]),
                                                                        403),
            (head(path="/api/v1/tickets?limit=0", headers=[auth]), 400),
            (head("POST", "/api/v1/tickets", [auth, json_type], b"{"), 400),
            (head("POST", "/api/v1/tickets", [auth, "Content-Type: text/plain"], b"{}"), 415),
            (head("POST", "/api/v1/tickets", [auth, json_type], b'{"title":"' + b"a" * 800000 + b'"}'), 413),
            (head("POST", "/api/v1/tickets", [auth, json_type, "Content-Length: 3000000"]), 413),
            (head(headers=["X: " + "a" * 33000]), 431), (head(host=False), 400),
            (head("POST", "/api/v1/auth/login", [json_type], b'{"email":"a@example.org","password":"wrong"}'), 401)):
        replies, _ = answers(here.port, data, quiet=0.1)
        assert len(replies) == 1, f"{data[:60]!r}: {replies}"
        assert_problem(replies[0], *statuses)


@test("what is no request at all gets a short 400, and the connection ends")
def _(here):
    for data in (b"GARBAGE\r\n\r\n", head(headers=["X y: z"]), head(headers=[f"X-{i}: y" for i in range(101)]),
                 head("POST", "/live", ["Content-Length: x"]), head("POST", "/live", ["Transfer-Encoding: gzip"])):
        replies, closed = answers(here.port, data, quiet=0.1)
        # libh2o says this itself, before there is a request whose shape could be ours.
        assert len(replies) == 1 and closed and replies[0].status == 400, f"{data[:60]!r}: {replies}"


@test("an answer carries the client's ids, and tells a browser to guess, frame and load nothing")
def _(here):
    for path in ("/live", "/nowhere", "/api/v1/tickets"):
        reply = answers(here.port, head(path=path, headers=["X-Request-Id: my-id.7", f"traceparent: {TRACE}"]),
                        quiet=0.1)[0][0]
        assert reply.header("x-request-id") == "my-id.7", reply.headers
        assert reply.header("traceparent")[:36] == TRACE[:36], reply.headers
        assert reply.header("x-content-type-options") == "nosniff" and reply.header("x-frame-options") == "DENY"
        assert reply.header("content-security-policy") == "default-src 'none'; frame-ancestors 'none'"
        assert reply.header("referrer-policy") == "no-referrer" and not reply.header("strict-transport-security")


@test("pages of an allowed origin may call the API, all others may not")
def _(here):
    for origin, allowed in ((ORIGIN, True), (ORIGIN + ".evil.example", False), (ORIGIN.replace("https", "http"), False),
                            ("null", False), (ORIGIN + ":444", False), ("*", False), (ORIGIN.upper(), False)):
        for method in ("GET", "OPTIONS"):
            wanted = ["Access-Control-Request-Method: PATCH"] if method == "OPTIONS" else []
            reply = answers(here.port, head(method, "/api/v1/tickets", [f"Origin: {origin}", *wanted]), quiet=0.1)[0][0]
            assert reply.header("access-control-allow-origin") == (ORIGIN if allowed
                                                                   else None), f"{method} {origin}: {reply.headers}"
            assert not allowed or "origin" in [v for n, v in reply.headers if n == "vary"], reply.headers
            if method == "OPTIONS":
                assert reply.status == 204 and "PATCH" in reply.header("access-control-allow-methods"), reply.headers


# --- nginx ---------------------------------------------------------------------------------
def curl(nginx, path, *words):
    return subprocess.run(["curl", "-s", "-m", "10", "--noproxy", "*", "--cacert", nginx.home / "fullchain.pem", *words,
                           f"https://localhost:{nginx.tls_port}{path}"], capture_output=True, text=True).stdout


@test("through nginx HTTP/2 and HTTP/1.1 are answered, with what a browser must know")
def _(here):
    assert curl(here.nginx, "/live", "--http2", "-o", "/dev/null", "-w", "%{http_version} %{http_code}") == "2 200"
    assert curl(here.nginx, "/live", "--http1.1", "-o", "/dev/null", "-w", "%{http_version} %{http_code}") == "1.1 200"
    reply = here.nginx.answers(head(headers=["X-Request-Id: my-id"]), quiet=0.1)[0][0]
    assert [v for n, v in reply.headers if n == "strict-transport-security"] == ["max-age=31536000"], reply.headers
    assert reply.header("x-request-id") == "my-id" and reply.header("server") == "nginx", reply.headers
    made = here.nginx.answers(head(headers=["X-Request-Id: not an id"]), quiet=0.1)[0][0].header("x-request-id")
    assert made and made != "not an id", made


@test("without TLS nginx leads to the name it was given, whatever Host a client brings")
def _(here):
    moved = answers(PLAIN_PORT, head(path="/api/v1/tickets?a=%2Fb", host=False,
                                     headers=["Host: elsewhere.example.net"]), quiet=0.1)[0][0]
    expected = "https://helpdesk.example.org/api/v1/tickets?a=%2Fb"
    assert moved.status == 308 and moved.header("location") == expected, moved.headers


@test("what a GET shows is compressed once, by the ingress, and nginx leaves it so")
def _(here):
    token = here.user_token()
    ticket = here.ticket(token, "Long", description="A long story. " * 200)
    reply = here.nginx.answers(head(path=f"/api/v1/tickets/{ticket['id']}",
                                    headers=[f"Authorization: Bearer {token}", "Accept-Encoding: gzip"]),
                                    quiet=0.1)[0][0]
    assert reply.header("content-encoding") == "gzip" and reply.header("etag").endswith('-gz"'), reply.headers
    assert reply.body[:2] == b"\x1f\x8b", reply.body[:20]


@test("a refresh cookie that came over TLS travels over TLS alone, through nginx too")
def _(here):
    who = f"edge-{time.monotonic_ns()}@example.org"
    here.register(who)
    data = head("POST", "/api/v1/auth/login", ["Content-Type: application/json", "X-Forwarded-Proto: http"],
                b'{"email":"%s","password":"password123"}' % who.encode())
    for replies in (answers(INGRESS_TLS_PORT, data, quiet=0.05, tls=tls_client(here.certificates))[0],
                    here.nginx.answers(data, quiet=0.05)[0]):
        cookies = [value for name, value in replies[0].headers if name == "set-cookie"]
        assert len(cookies) == 3 and all(cookie.endswith("; Secure") for cookie in cookies), replies[0].headers


def spellings(name):
    """Ways to write /NAME, or to come to it, for one parser or another. The first four are good ones."""
    first = f"%{ord(name[0]):02x}{name[1:]}"
    good = (f"/{name}", f"/api/{name}", f"/api/v1/{name}/", f"/{first}?x")
    return good + tuple(before + name + after for before in ("/", "/api/v1/")
                        for after in ("//", "/.", "/./", "//.", "/x/..", "//..", "//../", "/%2e", "/%2E%2e/", "/x/%2e.",
                                      "%2f", "%2F..%2f..", "/%2f..", "//..//..", "%5c", "\\", "\\..", "#", "#/../x",
                                      "/..;/", ";x", "%00", "%3f", "%23", "/%2e%2e%2f")) + tuple(
        before + name for before in ("//", "/./", "/x/../", "/x/%2e%2e/", "/x/%2E./", "/x%2f..%2f", "/x%2F%2e%2e/", "/%2f",
                                     "/api//", "/api/./v1/", "/api%2f", "/api/v1/../", "/api/v1/%2e%2e/", "/api/v1//",
                                     "/x\\..\\", "/x%5c..%5c", "/x#/../", "/live#/../../", "/x/..;/", "/x?/../", "/%252e%252e/",
                                     "http://localhost//", "http://localhost/x/../", "http://localhost/x#/../",
                                     "/api/v1/auth/login/../../", "/tickets//../")) + (f"/{name.upper()}",)


def rules():
    """What nginx.conf says about some paths alone: the words of its locations."""
    text = (ROOT / "ops/nginx/guichet.conf").read_text()
    found = re.findall(r"location ~ \^/\(api/\(v1/\)\?\)\?(\S*)/\?\$ \{(.*?)\n\t\}", text, re.S)
    return [((prefix + word), body) for names, body in found
            for prefix, words in re.findall(r"^([a-z/]*)\(([a-z|]+)\)$", names) for word in words.split("|")]


def one_reply(nginx, path, method="GET", source="127.0.0.1", body=b""):
    with Wire(nginx.tls_port, source=source, tls=nginx.tls()) as wire:
        wire.send(head(method, path, ["Content-Type: application/json"] if body else [], body))
        return wire.reply()


@test("what is for operators is not for the public, however its path is written")
def _(here):
    hidden = [name for name, body in rules() if "deny all" in body]
    assert {"ready", "health"} <= set(hidden), hidden
    # From 127/8 nginx lets everybody in, so the same file is read with that line left out.
    nginx = Nginx(TLS_PORT + 5, PLAIN_PORT + 5)
    nginx.start(lambda text: text.replace("allow 127.0.0.0/8;", ""))

    def is_hidden(path):
        reply = assert_problem(one_reply(nginx, path), 400, 403, 404, 405)
        assert b"checks" not in reply.body and b"guichet_" not in reply.body, f"{path}: {reply}"
    try:
        at_once(is_hidden, [path for name in hidden + ["metrics"] for path in spellings(name)], 8)
    finally:
        nginx.stop()


@test("who has guessed too often guesses no more, however the path is written")
def _(here):
    limited = [name for name, body in rules() if "guichet_sign_in" in body]
    assert {"auth/login", "auth/register", "auth/refresh"} <= set(limited), limited
    body = b'{"email":"nobody@example.org","password":"guess"}'
    begun = time.monotonic()

    def guess(path):
        return one_reply(here.nginx, path, "POST", "127.0.0.41", body)
    at_once(guess, ["/api/v1/auth/login"] * 24, 12)
    got = at_once(guess, [path for name in limited for path in spellings(name)], 12)
    codes = [r.json["code"] for r in got]
    passed = [c for c in codes if c not in ("MALFORMED_REQUEST", "ENDPOINT_NOT_FOUND", "RATE_LIMITED")]
    assert len(passed) <= time.monotonic() - begun + 2, passed
    assert len(passed) + codes.count("RATE_LIMITED") >= 4 * len(limited), "the good spellings are limited"


@test("the ingress itself reads no path in two ways")
def _(here):
    """Without nginx: what it answers well is one of the good spellings."""
    def one(path):
        replies, _ = answers(here.port, head(path=path), quiet=0.05)
        assert len(replies) == 1, f"{path}: {replies}"
        if path in spellings("ready")[:4]:
            assert replies[0].status == 200, f"{path}: {replies}"
        elif re.search(r"//|\\|%2f|%5c|/(\.|%2e){1,2}(/|$)", re.sub(r"^http:/|\?.*", "", path), re.I) or "#" in path:
            assert_problem(replies[0], 400)
        else:
            assert_problem(replies[0], 400, 404)
    at_once(one, spellings("ready"), 8)
    assert here.get("/metrics").status == 404, "the figures are not the public's"


@test("what nginx refuses itself has the one shape, too")
def _(here):
    for data, status in ((head(headers=["X: " + "a" * 9000]), 431), (head(path="/" + "a" * 9000), 414),
                         (head("TRACE", "/live"), 405),
                         (head("POST", "/live", ["Content-Length: 3000000"]), 413), (head(host=False), 400),
                         (head(headers=[f"X-{i}: " + "a" * 7000 for i in range(6)]), 431)):
        replies, _ = here.nginx.answers(data, quiet=0.1)
        assert len(replies) == 1, replies
        assert_problem(replies[0], status)
        assert replies[0].header("x-frame-options") == "DENY" and replies[0].header("server") == "nginx", replies[0].headers
    plain = answers(TLS_PORT, head(), quiet=0.1)[0]
    assert_problem(plain[0], 400)


@test("what nginx says is what the ingress says: the same codes, the same words")
def _(here):
    rows = re.findall(r'PROBLEM\((\w+), (\d+), "([^"]*)",\s*"([^"]*)"', (ROOT / "queues/problems.def").read_text())
    said = {code: (title, french) for code, _, title, french in rows}
    text = (ROOT / "ops/nginx/guichet.conf").read_text()

    def words(name):
        block = re.search(rf"map \$status \$guichet_{name} {{(.*?)\n}}", text, re.S)[1]
        return {status: value.strip('"') for status, value in re.findall(r"(\S+) (\"[^\"]*\"|\S+);", block)}
    titles, codes, french = words("title"), words("code"), words("said")
    for status, code in codes.items():
        if status not in ("~^4", "429"):  # nginx alone knows of too many requests
            assert said[code] == (titles.get(status, titles["default"]),
                                  french.get(status, french["default"])), f"{status} {code}: {said[code]}"
    assert said[codes["~^4"]] == (titles["400"], french["400"])


@test("passwords cannot be guessed quickly through nginx, and a flood from one address gets 429")
def _(here):
    body = b'{"email":"nobody@example.org","password":"guess"}'

    def guess(_):
        return here.nginx_from("127.0.0.21", head("POST", "/api/v1/auth/login", ["Content-Type: application/json"],
                                                  body))
    got = at_once(guess, range(60), 12)
    assert sum(r.status == 429 for r in got) >= 30, [r.status for r in got]
    limited = next(r for r in got if r.status == 429)
    assert_problem(limited, 429)
    assert limited.header("retry-after") == "1", limited.headers
    with Wire(TLS_PORT, tls=here.nginx.tls(), source="127.0.0.22") as wire:
        wire.send(head() * 600)
        statuses = [wire.reply().status for _ in range(600)]
    assert statuses.count(429) > 200 and statuses.count(200) >= 200, statuses.count(200)
    assert here.nginx_from("127.0.0.23", head()).status == 200, "a neighbour was refused, too"


@test("streams that are opened and reset at once reach the ingress at nginx's rate only")
def _(here):
    before = here.answered()
    for turn in range(3):
        with Wire(TLS_PORT, tls=here.nginx.tls("h2"), source="127.0.0.31") as wire:
            wire.send(PREFACE + SETTINGS + b"".join(reset_request(2 * i + 1) for i in range(1000)))
            while wire.more(0.5):
                pass
    eventually("nginx answers others", lambda: here.nginx_from("127.0.0.32", head()).status == 200)
    seen = here.answered() - before
    assert seen < 700, f"{seen} of 3000 requests reached the ingress"


def reset_request(stream):
    """HEADERS with GET https://localhost/live (RFC 7541, static names) and RST_STREAM."""
    block = b"\x82\x87\x44\x05/live\x41\x09localhost"
    return (struct.pack(">I", len(block))[1:] + b"\x01\x05" + struct.pack(">I", stream) + block +
            b"\0\0\x04\x03\0" + struct.pack(">II", stream, 8))


@test("an ordinary user can run the same nginx on ports of his own")
def _(here):
    if os.geteuid() != 0:
        raise Skip("this is an ordinary user, and nginx runs")
    nginx = Nginx(NOBODY_PORT, NOBODY_PORT + 1, user="nobody")
    nginx.start()
    try:
        assert nginx.answers(head(), quiet=0.1)[0][0].status == 200
    finally:
        nginx.stop()
