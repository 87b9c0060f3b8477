"""edge_smuggling.py - one request is one request: nothing in it is ever taken for a second one.

Each case hides a good, authorized command (POST /tickets with a title of its own) where a
server that counts bytes otherwise would find it. Judged by what can be seen: how many answers
come back on the connection, and that no ticket of that title exists afterwards.
"""
import itertools
import uuid

from edge import answers, at_once, eventually, head, test

LIVE = b"POST /live HTTP/1.1\r\nHost: localhost\r\n"


def hidden(token, title):
    body = b'{"title":"%s","description":"smuggled"}' % title.encode()
    return (b"POST /api/v1/tickets HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (token.encode(), len(body))) + body


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


# --- two lengths: whoever believes the shorter one finds a second request ------------------
def lengths(h):
    """(name, bytes): refused by the ingress, and the connection ends there."""
    n = b"%d" % len(h)
    yield "two Content-Length, the first is 0", LIVE + b"Content-Length: 0\r\nContent-Length: " + n + b"\r\n\r\n" + h
    yield "two Content-Length, the second is 0", LIVE + b"Content-Length: " + n + b"\r\nContent-Length: 0\r\n\r\n" + h
    yield "two Content-Length, the same", LIVE + b"Content-Length: " + n + b"\r\nContent-Length: " + n + b"\r\n\r\n" + h
    yield "a list in Content-Length", LIVE + b"Content-Length: " + n + b", " + n + b"\r\n\r\n" + h
    yield "a list of two in Content-Length", LIVE + b"Content-Length: 0, " + n + b"\r\n\r\n" + h
    for name, value in (("plus", b"+" + n), ("minus", b"-1"), ("hexadecimal", b"0x" + n), ("empty", b""),
                        ("a word", b"ten"),
                        ("overflow of 64 bits", b"18446744073709551616"), ("just below", b"18446744073709551615"),
                        ("blanks between digits", n[:1] + b" " + n[1:]), ("a fraction", n + b".0"), ("e", b"1e2")):
        yield f"Content-Length: {name}", LIVE + b"Content-Length: " + value + b"\r\n\r\n" + h
    yield "a NUL in Content-Length", LIVE + b"Content-Length: 0\0\r\n\r\n" + h
    yield "a blank before the colon of Content-Length", LIVE + b"Content-Length : " + n + b"\r\n\r\n" + h


# --- a length and chunks ----------------------------------------------------------------
def codings(h):
    n = b"%d" % len(h)
    end = b"0\r\n\r\n"
    yield "CL.TE", LIVE + b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n" % len(end + h) + end + h
    yield "TE.CL", LIVE + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunk(h) + end
    yield "CL.TE, the coding in capitals", LIVE + b"Content-Length: " + n + b"\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n" + end + h
    for value in (b"xchunked", b"chunked, identity", b"identity, chunked", b"identity", b"chunked, chunked",
                  b"gzip, chunked",
                  b"\tchunked\x0b", b'"chunked"', b"chunked;q=1", b"chunked\0", b"c\x00hunked", b"\x01chunked",
                  b"chunke", b""):
        with_length = LIVE + b"Content-Length: %d\r\nTransfer-Encoding: " % len(end + h) + value
        yield f"CL with Transfer-Encoding: {value!r}", with_length + b"\r\n\r\n" + end + h
    for line in (b"Transfer-Encoding : chunked", b"Transfer-Encoding\t: chunked", b" Transfer-Encoding: chunked",
                 b"X: y\r\n Transfer-Encoding: chunked", b"X: y\nTransfer-Encoding: chunked",
                 b"X: y\rTransfer-Encoding: chunked",
                 b"Transfer-Encoding:\r\n chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
                 b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
                 b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
                 b"Transfer-Encoding\0: chunked", b"Transfer\x0b-Encoding: chunked", b"\xefTransfer-Encoding: chunked"):
        yield f"CL with {line!r}", LIVE + b"Content-Length: %d\r\n" % len(end + h) + line + b"\r\n\r\n" + end + h


def lone_codings(h):
    """No length beside them: the coding alone decides where the request ends."""
    end = b"0\r\n\r\n"
    for value in (b"xchunked", b"chunked, identity", b"identity", b"gzip", b"chunked, chunked", b'"chunked"',
                  b"chunked\0", b""):
        yield f"Transfer-Encoding: {value!r}", LIVE + b"Transfer-Encoding: " + value + b"\r\n\r\n" + end + h
    yield "twice the same", LIVE + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n" + end + h


# --- lines that end otherwise ---------------------------------------------------------------
def lines(h):
    yield "a bare LF after the request line", b"GET /live HTTP/1.1\nHost: localhost\r\n\r\n" + h
    yield "a bare LF after a header", b"GET /live HTTP/1.1\r\nHost: localhost\nX: y\r\n\r\n" + h
    yield "a bare LF at the end", b"GET /live HTTP/1.1\r\nHost: localhost\r\n\n" + h
    yield "only bare LFs", b"GET /live HTTP/1.1\nHost: localhost\n\n" + h
    yield "a folded header", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: y\r\n z\r\n\r\n" + h
    yield "a header folded by a tab", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: y\r\n\tz\r\n\r\n" + h
    yield "a fold before any header", b"GET /live HTTP/1.1\r\n Host: localhost\r\n\r\n" + h
    yield "a NUL in a header's value", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n" + h
    yield "a CR in a header's value", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n" + h
    yield "a control character in a header's value", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: a\x01b\r\n\r\n" + h
    yield "a NUL in a header's name", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX\0: y\r\n\r\n" + h
    yield "a blank in a header's name", b"GET /live HTTP/1.1\r\nHost: localhost\r\nX y: z\r\n\r\n" + h
    yield "a header without a name", b"GET /live HTTP/1.1\r\nHost: localhost\r\n: z\r\n\r\n" + h
    yield "a header without a colon", b"GET /live HTTP/1.1\r\nHost: localhost\r\nXYZ\r\n\r\n" + h
    yield "no Host", b"GET /live HTTP/1.1\r\n\r\n" + h
    yield "two Hosts", b"GET /live HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n" + h
    yield "an HTTP version of the future", b"GET /live HTTP/3.7\r\nHost: localhost\r\n\r\n" + h
    yield "a version that is none", b"GET /live HTTX/1.1\r\nHost: localhost\r\n\r\n" + h
    yield "a method with a control character", b"GE\x01T /live HTTP/1.1\r\nHost: localhost\r\n\r\n" + h
    yield "a NUL in the path", b"GET /li\0ve HTTP/1.1\r\nHost: localhost\r\n\r\n" + h
    yield "a second blank in the request line", b"GET  /live HTTP/1.1\r\nHost: localhost\r\n\r\n" + h
    yield "a tab in the request line", b"GET\t/live HTTP/1.1\r\nHost: localhost\r\n\r\n" + h


# --- bodies whose chunks are no chunks: what follows them is nothing ------------------------
def chunking(h):
    te = LIVE + b"Transfer-Encoding: chunked\r\n\r\n"
    yield "the size is too large for 64 bits", te + b"10000000000000000\r\n" + h
    yield "the size wraps to nothing", te + b"FFFFFFFFFFFFFFFF1\r\n" + h
    yield "the size is negative", te + b"-1\r\n" + h
    yield "the size has a plus", te + b"+0\r\n\r\n" + h
    yield "the size is empty", te + b"\r\n\r\n" + h
    yield "the size is a word", te + b"zero\r\n\r\n" + h
    yield "the size line has a blank in front", te + b" 0\r\n\r\n" + h
    yield "the data is not followed by a line end", te + b"1\r\naX0\r\n\r\n" + h


def loose_chunking(h):
    te = LIVE + b"Transfer-Encoding: chunked\r\n\r\n"
    yield "the size is 0x0", te + b"0x0\r\n\r\n" + h
    yield "the size line ends with two CRs", te + b"0\r\r\n\r\n" + h
    yield "the size line ends with a bare LF", te + b"1\na\r\n0\r\n\r\n" + h
    yield "the data ends with a bare LF", te + b"1\r\na\n0\r\n\r\n" + h
    yield "the body ends with a bare LF", te + b"0\n\n" + h
    yield "an extension with a bare LF", te + b"0;a=\n\r\n" + h


def refused(here, cases):
    """Answered 4xx at most once, and the connection ends there."""
    def one(case):
        replies, closed = answers(here.port, case[1])
        bad = [f"{case[0]}: {what}" for what, is_so in (
            (f"{len(replies)} answers", len(replies) > 1),
            (f"answered {replies}", any(r.status // 100 != 4 for r in replies)),
            ("the connection stayed open", not closed)) if is_so]
        return bad
    bad = list(itertools.chain.from_iterable(at_once(one, cases)))
    assert not bad, "\n".join(bad)


def none_took_effect(here, token, mark):
    """A last, good command is done; of the hidden ones there is no trace."""
    sentinel = here.ticket(token, f"{mark} last")
    eventually("the last command is done", lambda: here.get(f"/api/v1/tickets/{sentinel['id']}", token).status == 200)
    found = here.sql(f"SELECT title FROM tickets WHERE title LIKE '{mark} hidden%'")
    assert not found, f"a hidden request took effect: {found}"


def marked(here, *kinds):
    """All cases of these kinds, each hiding a ticket of its own title."""
    token, mark = here.user_token(), f"smuggled {uuid.uuid4().hex[:8]}"
    cases = []
    for kind in kinds:
        for i, (name, _) in enumerate(list(kind(b""))):
            title = f"{mark} hidden {kind.__name__} {i}"
            cases.append((name, list(kind(hidden(token, title)))[i][1]))
    return token, mark, cases


@test("a request with two lengths is refused, and what follows it is never a second request")
def _(here):
    token, mark, cases = marked(here, lengths)
    refused(here, cases)
    none_took_effect(here, token, mark)


@test("a request with a length and chunks, however written, is refused, and nothing follows it")
def _(here):
    token, mark, cases = marked(here, codings, lone_codings)
    refused(here, cases)
    none_took_effect(here, token, mark)


@test("lines that end with a bare LF, folded headers and control characters are refused, and nothing follows them")
def _(here):
    token, mark, cases = marked(here, lines)
    refused(here, cases)
    none_took_effect(here, token, mark)


@test("chunks that are no chunks are refused, and nothing follows them")
def _(here):
    token, mark, cases = marked(here, chunking)
    refused(here, cases)
    none_took_effect(here, token, mark)


@test("chunks whose lines end otherwise, or begin with more than a number, are refused, and nothing follows them")
def _(here):
    token, mark, cases = marked(here, loose_chunking)
    refused(here, cases)
    none_took_effect(here, token, mark)


@test("what is inside a body stays inside it: chunk extensions, trailers, a request as data")
def _(here):
    token, mark = here.user_token(), f"smuggled {uuid.uuid4().hex[:8]}"
    h = hidden(token, f"{mark} hidden inside")
    te = LIVE + b"Transfer-Encoding: chunked\r\n\r\n"
    for name, data, most in (
            ("a request as the body", LIVE + b"Content-Length: %d\r\n\r\n" % len(h) + h, 1),
            ("a request as a chunk", te + chunk(h) + b"0\r\n\r\n", 1),
            ("an extension", te + b"0;x=y\r\n\r\n", 1),
            ("a trailer that is a header", te + b"0\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n", 1),
            ("a request as a trailer", te + b"0\r\n" + h, 2)):
        replies, _ = answers(here.port, data, quiet=0.3)
        assert 1 <= len(replies) <= most and replies[0].status // 100 in (2, 4), f"{name}: {replies}"
        assert all(r.status // 100 == 4 for r in replies[1:]), f"{name}: {replies}"
    none_took_effect(here, token, mark)


@test("requests that are sent ahead are answered each, in order")
def _(here):
    token = here.user_token()
    post = [head("POST", "/api/v1/tickets", [f"Authorization: Bearer {token}", "Content-Type: application/json",
                                             f"X-Request-Id: ahead-{i}"], b'{"title":"Ahead %d","description":"d"}' % i)
            for i in range(3)]
    get = [head("GET", "/live", [f"X-Request-Id: ahead-{i}"]) for i in (3, 4)]
    replies, _ = answers(here.port, b"".join(post[:2] + get + post[2:]), quiet=1.5)
    assert [r.status for r in replies] == [201, 201, 200, 200, 201], replies
    assert [r.header("x-request-id") for r in replies] == [f"ahead-{i}" for i in (0, 1, 3, 4, 2)], replies


@test("an empty line before a request, and a target with a host in it, are no trick")
def _(here):
    token, mark = here.user_token(), f"smuggled {uuid.uuid4().hex[:8]}"
    for data in (b"\r\n" + head(), b"\n" + head(), head(path="http://elsewhere.example/live"),
                 head(path="http://elsewhere.example/metrics HTTP/1.1\r\nX: y"), head(path="*"), head(path="live"),
                 head("OPTIONS", "*")):
        replies, _ = answers(here.port, data, quiet=0.3)
        assert len(replies) <= 1, f"{data!r}: {replies}"
    none_took_effect(here, token, mark)


@test("through nginx the ingress sees as many requests as nginx has sent, whatever the client sends")
def _(here):
    token, mark, cases = marked(here, lengths, codings, lone_codings, lines, chunking, loose_chunking)
    sent, seen = here.nginx.passed_on(), here.answered()
    at_once(lambda case: here.nginx.answers(case[1], quiet=0.6, first=3), cases, 12)
    # What nginx takes for two requests (a bare LF is a line end for it) is two for both.
    eventually("as many answered as sent", lambda: here.nginx.passed_on() - sent == here.answered() - seen, 10)
    found = {row[0] for row in here.sql(f"SELECT title FROM tickets WHERE title LIKE '{mark} hidden%'")}
    bad = [title for title in found if " hidden lines " not in title and " hidden loose_chunking " not in title]
    assert not bad, f"a hidden request took effect: {bad}"
