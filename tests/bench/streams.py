"""streams.py - 10,000 clients of server-sent events on one ingress: how long after its commit an event has reached them."""
import calendar
import http.client
import json
import multiprocessing
import select
import socket
import threading
import time

from rig import Unmeasured, say

TICKETS, EACH, RATE = 100, 100, 100  # clients of each ticket; comments a second
WRITERS = 16


def write(host, token, tickets, seconds):
    """A comment to each ticket in turn, RATE a second, in a process of its own."""
    begun, lock, state = time.monotonic(), threading.Lock(), {"n": 0}

    def one():
        connection = http.client.HTTPConnection(host, timeout=20)
        while True:
            with lock:
                n = state["n"]
                state["n"] += 1
            due = begun + n / RATE
            if due > begun + seconds:
                return
            time.sleep(max(0, due - time.monotonic()))
            connection.request("POST", f"/api/v1/tickets/{tickets[n % len(tickets)]}/comments", json.dumps({"content": "heard"}),
                               {"Authorization": "Bearer " + token, "Content-Type": "application/json", "Prefer": "respond-async"})
            connection.getresponse().read()
    threads = [threading.Thread(target=one) for _ in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def moment(chunk, at):
    """The milliseconds of what stands there as 2026-11-30T08:01:02.345Z."""
    text = chunk[at:at + 23].decode()
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S")) * 1000 + int(text[20:23])


class Crowd:
    def __init__(self, rig, token):
        host, port = rig.env["GUICHET_URL"].removeprefix("http://").split(":")
        self.address, self.token = (host, int(port)), token
        self.poll, self.sockets, self.begun, self.late_ms, self.ended = select.epoll(), {}, set(), [], 0
        self.known = {}  # of a moment that is written: its milliseconds

    def join(self, ticket):
        s = socket.create_connection(self.address, timeout=10)
        s.sendall(f"GET /api/v1/events/stream?ticketId={ticket} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {self.token}\r\n\r\n".encode())
        s.setblocking(False)
        self.sockets[s.fileno()] = s
        self.poll.register(s.fileno(), select.EPOLLIN)

    def take(self, fd):
        chunk = self.sockets[fd].recv(65536)
        now = time.time() * 1000
        if not chunk:
            self.ended += 1
            self.poll.unregister(fd)
            return
        if fd not in self.begun and b"id: " in chunk:
            self.begun.add(fd)
        at = chunk.find(b'"occurredAt": "')
        while at >= 0:
            said = chunk[at + 15:at + 38]
            if said not in self.known:
                self.known[said] = moment(said, 0)
            self.late_ms.append(now - self.known[said])
            at = chunk.find(b'"occurredAt": "', at + 38)

    def listen(self, until):
        while not until():
            for fd, _ in self.poll.poll(0.1, 1000):
                self.take(fd)


def streams(rig, table):
    """occurredAt is a moment before the commit, so the figure is a little more than it is. Wanted: p95 below 150 ms, ingress below 200 MB."""
    rig.running()
    rig.settle()
    each, seconds = EACH // (20 if rig.small else 1), 3 if rig.small else 30
    token = rig.admin()
    tickets = [rig.ticket(token, f"stream {n}")["id"] for n in range(TICKETS)]
    rig.settle()
    crowd = Crowd(rig, token)
    for _ in range(each):
        for ticket in tickets:
            crowd.join(ticket)
        end = time.monotonic() + 20
        crowd.listen(lambda: len(crowd.begun) == len(crowd.sockets) or time.monotonic() > end)
    wanted = TICKETS * each
    if len(crowd.begun) != wanted:
        raise Unmeasured(f"{len(crowd.begun)} of {wanted} streams began")
    memory_mb = rig.pss_mb()["ingress"]
    say(f"streams: {wanted} are there, ingress has {memory_mb:.0f} MB")
    writer = multiprocessing.Process(target=write, args=(crowd.address[0] + ":" + str(crowd.address[1]), token, tickets, seconds))
    writer.start()
    crowd.listen(lambda: not writer.is_alive())
    end = time.monotonic() + 10
    crowd.listen(lambda: len(crowd.late_ms) >= RATE * seconds * each or time.monotonic() > end)
    memory_mb = max(memory_mb, rig.pss_mb()["ingress"])
    for s in crowd.sockets.values():
        s.close()
    late = sorted(crowd.late_ms)
    if crowd.ended or len(late) < RATE * seconds * each:
        raise Unmeasured(f"{crowd.ended} streams ended, {len(late)} of {RATE * seconds * each} events came")
    p50, p95, p99 = (late[int(len(late) * part)] for part in (0.5, 0.95, 0.99))
    table.plain(f"{wanted:,} streams, p95 < 150 ms", f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 {p99:.0f} ms; {RATE} events/s to {each} each; ingress "
                f"{memory_mb:.0f} MB (wanted < 200)")
    return {"p50": round(p50), "p95": round(p95), "p99": round(p99), "ingress_mb": round(memory_mb)}
