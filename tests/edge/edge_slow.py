"""edge_slow.py - slow clients, greedy ones and many: they are sent away, and good clients hardly notice.

Good clients ask meanwhile; each abuse prints what they waited, and what the ingress held. The bounds
are wide, for a sanitized build on a small machine; docs/EDGE.md has the figures of the plain one.
The stack has short limits (REQUEST_TIMEOUT 3 s, IDLE_TIMEOUT 12 s), so that this does not take minutes.
"""
import resource
import time

from crowd import Crowd, Good, Watch
from edge import INGRESS_TLS_PORT, Skip, Wire, eventually, head, test

MEDIAN_MS = 250  # a machine that others use makes some wait for long, but not most
GOOD_LEAST = 20  # an attack on the sanitized ingress may be over in half a second, with a tenth of it for each of the good
LEAST_S = 0.5  # an attack that is over sooner is measured for so long
IDLE_COUNT = 10000


def measured(here, name, attack):
    """The attack while good clients ask: all of them are answered, soon, and memory stays bounded."""
    with Watch(here) as watch, Good(here.port, here.known["id"], here.known["token"]) as good:
        end = time.monotonic() + LEAST_S
        attack()
        pass_time(max(0, end - time.monotonic()))
    p50, p99 = good.percentile_ms(0.5), good.percentile_ms(0.99)
    print(f"# {name:28} {len(good.times):5d} good requests, p50 {p50:6.1f} ms, p99 {p99:6.1f} ms; "
          f"memory {watch.before_mb:4.0f} to {watch.rss_mb:4.0f} MB, descriptors {watch.fds}", flush=True)
    assert not good.failed, f"{len(good.failed)} good requests failed: {good.failed[:3]}"
    assert len(good.times) > GOOD_LEAST and p50 < MEDIAN_MS, f"the good wait {p50:.0f} ms, p99 {p99:.0f} ms"
    assert watch.growth_mb() < here.growth_most_mb, f"memory grew by {watch.growth_mb():.0f} MB"


@test("good clients are answered quickly when there is peace")
def _(here):
    token = here.user_token()
    here.known = {"token": token, "id": here.ticket(token)["id"]}
    measured(here, "in peace", lambda: pass_time(3))
    here.first_fds = here.fds()
    here.mute = Crowd(INGRESS_TLS_PORT, 100, b"\x16\x03\x01\x02")  # the begin of a handshake, for later


def pass_time(seconds):
    time.sleep(seconds)  # nothing is waited for: this is the time that is measured


@test("200 clients that drip their heads are told 408 when their time is over")
def _(here):
    def attack():
        crowd = Crowd(here.port, 200, b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: ")
        crowd.drip(b"a", 0.2, 8)
        assert not crowd.socks, f"{len(crowd.socks)} still drip"
        assert crowd.statuses() == {408: 200}, crowd.statuses()
    measured(here, "200 dripping heads", attack)


@test("200 clients that drip their bodies are told 408 when their time is over")
def _(here):
    def attack():
        lines = [f"Authorization: Bearer {here.known['token']}", "Content-Type: application/json"]
        by_length = Crowd(here.port, 100, head("POST", "/api/v1/tickets", [*lines, "Content-Length: 100000"]))
        by_chunks = Crowd(here.port, 100, head("POST", "/api/v1/tickets", [*lines, "Transfer-Encoding: chunked"]))
        for _ in range(40):
            by_length.drip(b"a", 0.1, 0.1)
            by_chunks.drip(b"1\r\na\r\n", 0.1, 0.1)
        assert not by_length.socks and not by_chunks.socks, f"{len(by_length.socks)} and {len(by_chunks.socks)} still drip"
        told = [by_length.statuses(), by_chunks.statuses()]
        assert told == [{408: 100}] * 2, told
    before = here.counts()
    measured(here, "200 dripping bodies", attack)
    assert here.counts() == before


@test("100 clients that read nothing of large answers hold little, and are cut")
def _(here):
    here.deaf = Crowd(here.port, 100, head(path="/api/v1/openapi.json") * 100, rcvbuf=4096)
    measured(here, "100 who read nothing", lambda: pass_time(4))


@test("500 heads of 417 KB that never end are cut before they fill the memory")
def _(here):
    def attack():
        crowd = Crowd(here.port, 500)
        line = b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: "
        for sock in list(crowd.socks):
            crowd.say(sock, line)
        crowd.drip(b"a" * 16384, 0.3, 9)
        told = crowd.statuses()
        assert not crowd.socks and set(told) <= {0, 400, 408, 431, 503}, f"{len(crowd.socks)} remain: {told}"
    measured(here, "500 unfinished heads", attack)


@test("64 MB bodies are refused at once by their length, and at 2 MiB by their chunks")
def _(here):
    def attack():
        by_length = Crowd(here.port, 20, head("POST", "/live", [f"Content-Length: {64 << 20}"]))
        by_chunks = Crowd(here.port, 20, head("POST", "/live", ["Transfer-Encoding: chunked"]))
        by_length.drip(b"a" * 65536, 0.01, 3)
        by_chunks.drip(b"10000\r\n" + b"a" * 65536 + b"\r\n", 0.01, 5)
        assert not by_length.socks and not by_chunks.socks, f"{len(by_length.socks)} and {len(by_chunks.socks)} still send"
    measured(here, "40 bodies of 64 MB", attack)


@test("such heads and bodies come again and again: 20 heads and a body each quarter of a second")
def _(here):
    def attack():
        due = time.monotonic()
        for _ in range(16):
            heads = Crowd(here.port, 20, b"GET /live HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (417 << 10))
            body = Crowd(here.port, 1, head("POST", "/live", ["Transfer-Encoding: chunked"]))
            body.drip(b"10000\r\n" + b"a" * 65536 + b"\r\n", 0.01, 3)
            heads.drip(b"a" * 65536, 0.05, 3)
            assert not heads.socks and not body.socks, f"{len(heads.socks)} and {len(body.socks)} still send"
            due += 0.25
            time.sleep(max(0, due - time.monotonic()))  # the rate, not a wait for anything
    measured(here, "80 such heads a second", attack)


@test("half a TLS handshake is not waited for")
def _(here):
    here.mute.listen(14)
    assert not here.mute.socks, f"{len(here.mute.socks)} are still waited for"


@test("10,000 idle connections hinder nobody, and are let go when their time is over; those in use are not")
def _(here):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < IDLE_COUNT + 500:
        raise Skip(f"the hard limit on open files is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (IDLE_COUNT + 500 if hard == resource.RLIM_INFINITY else hard, hard))

    def attack():
        crowd = Crowd(here.port, IDLE_COUNT)
        eventually("they have all got in", lambda: here.metric("guichet_http_connections_active") >= 9000, 10)
        with Wire(here.port) as wire:
            wire.send(head())
            assert wire.reply(2).status == 200, "nobody else gets in"
        used = [Wire(here.port) for _ in range(10)]
        end = time.monotonic() + 30
        while crowd.socks and time.monotonic() < end:
            crowd.listen(0.5)
            for wire in used:
                wire.send(head())
                assert wire.reply(5), "one that is used was taken for idle"
        assert not crowd.socks, f"{len(crowd.socks)} are still there"
    measured(here, "10,000 idle", attack)


@test("more connections than there may be: who has waited longest makes room for who comes")
def _(here):
    def attack():
        crowd = Crowd(here.port, 10240 - 400)
        late = Crowd(here.port, 1000)
        with Wire(here.port) as wire:
            wire.send(head())
            assert wire.reply(2).status == 200, "nobody else gets in"
        crowd.listen(0.5)
        assert len(crowd.socks) < 10240 - 400, "nobody made room"
        crowd.leave()
        late.leave()
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 12000:
        raise Skip("the limit on open files is below 12,000")
    measured(here, "more than there may be", attack)


@test("after all of it the deaf are cut, and memory and descriptors are as before")
def _(here):
    eventually("the deaf are cut", lambda: here.metric('guichet_http_connections_cut_total{reason="unread"}') >= 100,
               45)
    here.deaf.leave()
    eventually("descriptors are as before", lambda: here.fds() <= here.first_fds + 8, 20)
    assert here.get("/ready").status == 200
