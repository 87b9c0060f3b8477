"""edge_paths.py - paths, queries and headers as nobody should write them: one answer each, in the one shape,
never another's data, never a line of ours that is the client's.
"""
import os

from edge import ORIGIN, Wire, answers, assert_problem, at_once, head, test

ID = "0190a5f2-0000-7000-8000-000000000001"
LONG = "a" * 8000


def one_answer(here, data, *statuses):
    """Answered once, as a problem, in headers that are all ours."""
    replies, _ = answers(here.port, data, quiet=0.05)
    assert len(replies) == 1, f"{data[:80]!r}: {replies}"
    if replies[0].header("content-type", ) == "text/plain; charset=utf-8":  # libh2o's own, see edge_protocol.py
        assert replies[0].status == 400, f"{data[:80]!r}: {replies}"
    else:
        assert_problem(replies[0], *statuses)
    assert "injected" not in dict(replies[0].headers) and "set-cookie" not in dict(replies[0].headers), replies[0].headers
    return replies[0]


@test("no way of writing a path leads to what it does not name")
def _(here):
    token = here.user_token()
    ticket = here.ticket(token)["id"]
    auth = f"Authorization: Bearer {token}"
    paths = [f"/api/v1/tickets/{ticket}{tail}" for tail in ("%00", "%00.json", ".", "..", "%2e%2e", ";x", "%20", "%0a",
                                                            "%0d%0aInjected: 1", "%ff",
                                                            "%c0%af", "%", "%4", "%zz", "x", "%2f", "/x", "\\", "'")]
    paths += [f"/api/v1/tickets/{bad}" for bad in (ticket[:-1], ticket + "0", ticket.replace("-", ""),
                                                   "{" + ticket + "}", "urn:uuid:" + ticket, "0", "-1",
                                                   "null", "%2e", "' or 1=1", LONG, "%00" * 1000,
                                                   "\u00e9".encode().decode("latin-1"),
                                                   "ffffffff-ffff-ffff-ffff-ffffffffffff",
                                                   "00000000-0000-0000-0000-000000000000", ticket[:-2] + "\u0661")]
    paths += ["/api/v1//tickets", "//api/v1/tickets", "/api/v1/tickets//" + ticket, "/api/v2/tickets",
              "/API/v1/tickets", "/api/v1/Tickets", "/api/v1/tickets.json",
              "/api/v1/tickets;jsessionid=1", "/..", "/../../../etc/passwd",
              "/%2e%2e/%2e%2e/etc/passwd", "/.git/config", "/.env",
              "/" + LONG, "/" + "a/" * 4000, "/" + "../" * 2600, "/" + "%2e%2e%2f" * 800, "/%u0074ickets",
              "/api/v1/tickets%23", "/" + "%" * 100]
    before = here.counts()

    def one(path):
        target = path.encode("utf-8", "surrogateescape")
        data = b"GET " + target.replace(b" ",
                                        b"%20") + b" HTTP/1.1\r\nHost: localhost\r\n" + auth.encode() + b"\r\n\r\n"
        replies, _ = answers(here.port, data, quiet=0.05)
        assert len(replies) == 1, f"{path[:80]}: {replies}"
        if replies[0].status == 200:  # another spelling of the same resource, and nothing else
            data = replies[0].json["data"]
            assert [t["id"] for t in data.get("tickets", [data])] == [ticket], f"{path[:80]}: {replies}"
        elif replies[0].header("content-type") != "text/plain; charset=utf-8":
            assert_problem(replies[0], 400, 404, 405)
    at_once(one, paths, 8)
    assert here.counts() == before


@test("a query that is wrong is 400 with the parameter's name, and never an error of ours")
def _(here):
    token = here.user_token()
    auth = [f"Authorization: Bearer {token}"]
    for query in ("page=0", "page=-1", "page=x", "page=99999999999999999999", "limit=101", "limit=0", "limit=1e3",
                  "limit=%00", "status=none", "sort=;drop",
                  "cursor=" + "a" * 81, "cursor=%00", "search=%ff%fe", "search=a%00b", "search=" + "a" * 201,
                  "priority=HIGHEST", "overdue=maybe",
                  "userId=x", "userId=" + ID + "0", "tag=" + "a" * 51, "category=%0a", "limit=" + "9" * 5000,
                  "sort=%c3%28"):
        reply = one_answer(here, head(path=f"/api/v1/tickets?{query}", headers=auth), 400)
        errors = reply.json["errors"]
        assert errors and errors[0]["pointer"] == "/" + query.split("=")[0], f"{query[:60]}: {reply}"
    for query in ("", "&", "&&&&", "=", "=x", "?", "a=b=c", "&" * 5000, "%", "%zz=%zz", "page=1&page=1",
                  "x=" + LONG):
        replies, _ = answers(here.port, head(path=f"/api/v1/tickets?{query}", headers=auth), quiet=0.05)
        assert len(replies) == 1 and replies[0].status in (200, 400), f"{query[:60]}: {replies}"


@test("too many headers, and too large ones, are refused, and the sender is sent away")
def _(here):
    for data in (head(headers=[f"X-{i}: y" for i in range(101)]), head(headers=[f"X-{i}: y" for i in range(5000)]),
                 head(headers=["X: " + "a" * 40000]),
                 head(headers=["X: " + "a" * 417000]), head(headers=["a" * 1000000 + ": x"]),
                 head(headers=[f"X-{i}: " + "a" * 10000 for i in range(100)]),
                 head(path="/" + "a" * 40000), b"A" * 1000000, b"GET /" + b"a" * 1000000):
        with Wire(here.port) as wire:
            wire.send(data)
            reply = wire.reply(3)
            # What is sent while nobody reads any more may take the answer with it (a reset).
            assert reply is None or reply.status in (400, 431), f"{data[:40]!r}: {reply}"
            assert wire.ends(), f"{data[:40]!r}: it stayed open"
    fits = head(headers=[f"X-{i}: " + "a" * 300 for i in range(90)])
    assert answers(here.port, fits, quiet=0.05)[0][0].status == 200


@test("what stands in a header is never echoed as a header of ours")
def _(here):
    token = here.user_token()
    for name in ("X-Request-Id", "traceparent", "Origin", "Accept-Language", "If-None-Match", "Prefer"):
        for value in (b"x\rInjected: 1", b"x\nInjected: 1", b"x\r\n Injected: 1", b"x%0d%0aInjected: 1",
                      b"x\\r\\nInjected: 1", b"\xff\xfe\x80", b"x\x0bInjected: 1",
                      b"\xe5\x98\x8d\xe5\x98\x8aInjected: 1", b"a" * 20000, b"<script>", b'"', b'"}', b""):
            data = head(path="/api/v1/tickets/" + ID, headers=[f"Authorization: Bearer {token}",
                                                               name.encode() + b": " + value])
            reply = one_answer(here, data, 400, 404)
            shown = reply.header("x-request-id")
            assert shown is None or value not in (shown.encode("latin-1"),) or not value.strip(b"a"), reply.headers
            assert reply.header("access-control-allow-origin") is None, reply.headers


@test("keys, versions and tokens that are none are refused, however large")
def _(here):
    token = here.user_token()
    ticket = here.ticket(token)["id"]
    auth, kind = f"Authorization: Bearer {token}", "Content-Type: application/json"
    before = here.counts()
    for value in (b"", b" ", b"a" * 256, b"a b", b"\xc3\xa9", b"\xff", b"a\tb"):
        one_answer(here, head("POST", "/api/v1/tickets", [auth, kind, b"Idempotency-Key: " + value],
                              b'{"title":"a","description":"b"}'), 400)
    for value in (b"x", b'"x"', b'"v"', b"v0", b"-1", b"99999999999999999999999", b"W/", b"\xff", b"a" * 9000):
        one_answer(here, head("PATCH", f"/api/v1/tickets/{ticket}", [auth, kind, b"If-Match: " + value],
                              b'{"title":"a"}'), 400, 412)
    part = token.split(".")
    for value in ("", "Bearer", "Bearer ", "Bearer a", "Bearer a.b.c", "Bearer " + "a" * 20000, "Bearer " + "." * 1000,
                  f"Bearer {part[0]}.{part[1]}.",
                  f"Bearer {part[0]}.{part[1]}", f"Bearer {token}x", f"Bearer {token[:-1]}",
                  f"Bearer {part[0]}..{part[2]}", f"Bearer {token} {token}",
                  f"Bearer eyJhbGciOiJub25lIn0.{part[1]}.", f"Bearer eyJhbGciOiJSUzI1NiJ9.{part[1]}.{part[2]}",
                  "Basic YTpi", "Bearer \xff\xfe", f"Token {token}"):
        one_answer(here, head("POST", "/api/v1/tickets", [b"Authorization: " + value.encode("latin-1"), kind],
                              b'{"title":"a","description":"b"}'), 401)
    assert here.counts() == before


@test("what must be single is refused when it is repeated, and what may be several counts whole")
def _(here):
    token = here.user_token()
    ticket = here.ticket(token)["id"]
    auth, kind = f"Authorization: Bearer {token}", "Content-Type: application/json"
    body, before = b'{"title":"a","description":"b"}', here.counts()
    for twice in ([auth, auth, kind], [auth, kind, kind], [auth, kind, "Idempotency-Key: a", "idempotency-key: b"],
                  [auth, kind, "Idempotency-Key: a", "Idempotency-Key: a"],
                  [auth, kind, f"Origin: {ORIGIN}", f"Origin: {ORIGIN}"]):
        reply = one_answer(here, head("POST", "/api/v1/tickets", twice, body), 400)
        assert "given twice" in reply.json["errors"][0]["detail"], reply
    for query, name in (("limit=1&limit=2", "limit"), ("page=1&page=1", "page"), ("userId=%s&user_id=%s" % (ID, ID), "user_id"),
                        ("sort=-createdAt&search=a&sort=-createdAt", "sort")):
        reply = one_answer(here, head(path=f"/api/v1/tickets?{query}", headers=[auth]), 400)
        assert [(e["pointer"], e["code"]) for e in reply.json["errors"]] == [("/" + name, "duplicate")], reply
    reply = one_answer(here, head(path=f"/api/v1/tickets/{ticket}/comments?ticketId={ID}", headers=[auth]), 400)
    assert reply.json["errors"][0]["pointer"] == "/ticketId", reply
    tag = answers(here.port, head(path=f"/api/v1/tickets/{ticket}", headers=[auth]), quiet=0.05)[0][0].header("etag")
    known = head(path=f"/api/v1/tickets/{ticket}", headers=[auth, 'If-None-Match: "x"', f"If-None-Match: {tag}"])
    assert answers(here.port, known, quiet=0.05)[0][0].status == 304
    assert here.counts() == before
    change = head("PATCH", f"/api/v1/tickets/{ticket}", [auth, kind, 'If-Match: "v1-user"', f"If-Match: {tag}",
                                                         "Prefer: handling=strict", "Prefer: wait=9223372036854775807",
                                                         "Accept-Language: af-ZA", "Accept-Language: en;q=0.1"], b'{"title":"c"}')
    reply = answers(here.port, change, quiet=0.05)[0][0]
    assert reply.status == 200 and reply.json["message"] == "Ticket updated", reply


@test("no number in a header is too large to be read")
def _(here):
    token = here.user_token()
    for n in ("9223372036854775807", "9223372036854775808", "18446744073709551616", "9" * 4000, "-1", "0x7f", "1e99", ""):
        reply = answers(here.port, head("POST", "/api/v1/tickets", [
            f"Authorization: Bearer {token}", "Content-Type: application/json", f"Prefer: wait={n}"],
            b'{"title":"a","description":"b"}'), quiet=0.05)[0][0]
        assert reply.status in (201, 202), reply


@test("noise is answered at most by a 400, and does no harm")
def _(here):
    pieces = [os.urandom(size) for size in (1, 10, 100, 1000, 20000) for _ in range(8)]
    pieces += [b"GET /live HTTP/1.1\r\nHost: localhost\r\n\r\n"[:cut] + os.urandom(40) + b"\r\n\r\n"
               for cut in range(1, 40)]

    def one(data):
        with Wire(here.port) as wire:
            wire.send(data)
            reply = wire.reply(0.3)
            assert reply is None or reply.status in (200, 400, 404, 405), f"{data[:60]!r}: {reply}"
    at_once(one, pieces, 16)
    assert here.get("/live", Origin=ORIGIN).status == 200
