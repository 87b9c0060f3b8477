"""Flows: what happens is seen as it happens, without a gap and without a double, whatever goes down meanwhile."""
import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import struct
import time
import urllib.request

from desk import address, desk, eventually, flow, pid_of, staff
from flow_restart import second_ingress
from sse import Stream


@contextlib.contextmanager
def ready_ingress():
    """A second one, that knows already which tokens were revoked."""
    with second_ingress() as (process, url):
        eventually("it is ready", lambda: urllib.request.urlopen(url + "/ready", timeout=2).status == 200)
        yield process, url


def ticket_events(ticket):
    return [row for row, in desk.sql(f"""select body::jsonb ->> 'id' from outbox where exchange = 'guichet.events'
        and body::jsonb ->> 'ticketId' = '{ticket}' order by xid, id""")]


def comment(ticket, token, text):
    return desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": text}, token)


@flow("an agent sees what happens while it happens, and a user sees what he is told and nothing else")
def _():
    agent, _ = staff()
    email = address("owner")
    owner, other = desk.register(email)["accessToken"], desk.register(address())["accessToken"]
    all_, mine, theirs = Stream("/events/stream", agent), Stream("/notifications/stream", owner), Stream("/notifications/stream?token=" + other)
    assert [s.status for s in (all_, mine, theirs)] == [200] * 3
    assert all_.answer.headers["Content-Type"].startswith("text/event-stream")
    ticket = desk.ticket(owner)["id"]
    seen = all_.events(lambda kind, data: kind == "ticket.created" and data["ticketId"] == ticket)
    assert seen[-1][1]["eventType"] == "ticket.created"
    assert comment(ticket, agent, "seen").status == 201
    kind, told, _ = mine.events(lambda kind, data: data.get("ticketId") == ticket and data["event"] == "ticket.commented")[-1]
    assert kind == "notification" and told["isRead"] is False
    assert told["id"] == desk.get("/api/v1/notifications", owner).data[0]["id"]
    theirs.connection.sock.settimeout(1)
    with contextlib.suppress(TimeoutError):
        assert not theirs.events(lambda *_: True), "another person's notification"
    assert Stream("/events/stream", owner).status == 403
    assert Stream("/events/stream").status == 401
    assert Stream("/events/stream", agent, last="nonsense").status == 400
    for stream in (all_, mine, theirs):
        stream.close()


@flow("who comes again with Last-Event-ID has missed nothing and gets nothing twice: after kill -9, and by another ingress")
def _():
    agent, _ = staff()
    owner = desk.register(address())["accessToken"]
    ticket = desk.ticket(owner)["id"]
    stream = Stream(f"/events/stream?ticketId={ticket}", agent)
    comment(ticket, owner, "first")
    seen = stream.events(lambda kind, data: kind == "ticket.commented")
    os.kill(pid_of("ingress"), signal.SIGKILL)
    with contextlib.suppress(OSError, http.client.HTTPException):
        seen += stream.events(lambda *_: False)
    eventually("it is started again", lambda: desk.get("/ready").status == 200)
    for n in range(120):  # more than a page of who catches up
        assert comment(ticket, owner, f"meanwhile {n}").status == 201
    with ready_ingress() as (_, url):
        again = Stream(f"/events/stream?ticketId={ticket}", agent, stream.last, url)
        comment(ticket, owner, "last")
        wanted = ticket_events(ticket)
        seen += again.events(lambda kind, data: data["id"] == wanted[-1])
        again.close()
    assert [data["id"] for _, data, _ in seen] == wanted[1:], "one is missing, or came twice"
    narrow = Stream(f"/events/stream?ticketId={ticket}&types=ticket.crea*", agent, "20000101_1_1")
    assert narrow.events(lambda kind, _: kind == "expired")[0][0] == "expired"
    narrow.close()


@flow("a stream ends when its token counts no more, and when its ingress stops it says so")
def _():
    email = address()
    desk.register(email)
    token = desk.login(email)
    stream = Stream("/notifications/stream", token)
    assert desk.post("/api/v1/auth/logout", {}, token).status == 200
    begun = time.monotonic()
    assert stream.events(lambda *_: False)[-1][0] == "signed_out" and time.monotonic() - begun < 4
    token = desk.login(email)
    with ready_ingress() as (process, url):
        stream = Stream("/notifications/stream", token, url=url)
        process.terminate()
        begun = time.monotonic()
        assert stream.events(lambda *_: False)[-1][0] == "restart" and time.monotonic() - begun < 4
        assert process.wait(10) == 0


@flow("a client that takes nothing is told to go, and holds nobody up")
def _():
    agent, _ = staff()
    owner = desk.register(address())["accessToken"]
    ticket = desk.ticket(owner)["id"]
    with ready_ingress() as (_, url):
        host, port = url.removeprefix("http://").split(":")
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect((host, int(port)))
        deaf.sendall(f"GET /api/v1/events/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {agent}\r\n\r\n".encode())
        live = Stream(f"/events/stream?ticketId={ticket}", agent, url=url)
        eventually("it is there", lambda: deaf.recv(12) == b"HTTP/1.1 200")
        desk.sql(f"""insert into outbox (exchange, routing_key, type, headers, body)
            select 'guichet.events', 'ticket.noted', 'ticket.noted', jsonb_build_object('message_id', id), jsonb_build_object('id', id,
                'type', 'ticket.noted', 'ticketId', gen_random_uuid(), 'occurredAt', now(), 'data', jsonb_build_object('x', repeat('x', 4000)))::text
            from (select gen_random_uuid() as id from generate_series(1, 2500)) e""")
        comment(ticket, owner, "after all of it")
        assert live.events(lambda kind, data: kind == "ticket.commented")
        live.close()
        deaf.settimeout(40)
        taken = b""
        while more := deaf.recv(1 << 20):
            taken += more
            if b"event: slow" in taken[-200:]:
                break
        assert b"event: slow\ndata: {}" in taken, taken[-200:]
        deaf.close()


# --- WebSocket ------------------------------------------------------------------------------------
class Socket:
    def __init__(self, token):
        host, port = desk.env["GUICHET_URL"].removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), timeout=20)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(f"GET /ws?token={token} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
        self.file = self.socket.makefile("rb")
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self.file.read(1)

    def send(self, opcode, data=b"", declared=None):
        mask = os.urandom(4)
        size = len(data) if declared is None else declared
        head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else bytes([0x80 | 127]) + struct.pack(">Q", size))
        self.socket.sendall(head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))

    def receive(self, opcode):
        """The next frame of that kind and its data; others may come before it."""
        while (frame := self.frame())[0] != opcode:
            pass
        return frame[1]

    def frame(self):
        first, size = self.file.read(2)
        if size == 126:
            size, = struct.unpack(">H", self.file.read(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.file.read(8))
        return first & 15, self.file.read(size)


@flow("the same comes by WebSocket, and a client that breaks its rules is sent away")
def _():
    agent, _ = staff()
    owner = desk.register(address())["accessToken"]
    ticket = desk.ticket(owner)["id"]
    ws = Socket(owner)
    assert re.match(rb"HTTP/1.1 101 .*", ws.head), ws.head
    ws.send(9, b"there?")
    assert ws.receive(10) == b"there?"
    comment(ticket, agent, "hello")
    told = json.loads(ws.receive(1))
    assert told["type"] == "notification" and told["data"]["ticketId"] == ticket and told["id"], told
    ws.send(8, struct.pack(">H", 1000))
    ws.receive(8)
    for opcode, data, declared in ((1, b"x", 1 << 40), (3, b"", None), (1, b"\xff\xfe", None)):
        ws = Socket(owner)
        ws.send(opcode, data, declared)
        with contextlib.suppress(ValueError, ConnectionResetError):  # gone without a word is as good
            ws.receive(8)
    assert desk.get("/ws", owner).status == 426
    assert desk.get("/live").status == 200
