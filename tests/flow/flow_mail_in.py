"""Flows: mail is brought by LMTP, SMTP, HTTP, a pipe and archives. The ledger is the judge: what was answered 250 is there,
byte by byte, and nothing else."""
import contextlib
import hashlib
import hmac
import mailbox
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import time
import uuid

from desk import desk, eventually, flow, nothing_waits, pid_of, probe
from postfix import Postfix

HELP = "support@guichet.localhost"
ENDINGS = [b"\n.\n", b"\r.\r", b"\r.\n", b"\n.\r", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\r\n\0.\r\n", b"\r\n.\0\r\n"]


class Talk:
    """A client that says exactly what it is told to."""

    def __init__(self, door="GUICHET_LMTP", source=None, greet=True):
        host, port = desk.env[door].split(":")
        self.sock = socket.create_connection((host, int(port)), 20, source_address=source and (source, 0))
        self.file = self.sock.makefile("rb")
        self.greeting = b"LHLO client\r\n" if door == "GUICHET_LMTP" else b"EHLO client\r\n"
        if greet:
            assert self.reply().startswith("220")
            self.hello = self.say(self.greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data)

    def reply(self):
        lines = []
        while True:
            line = self.file.readline().decode()
            if not line:
                return "".join(lines) or "closed"
            lines.append(line)
            if line[3:4] == " ":
                return "".join(lines)

    def say(self, data):
        self.send(data)
        return self.reply()

    def begin(self, recipients=(HELP,), sender="ada@example.org"):
        assert self.say(f"MAIL FROM:<{sender}>\r\n".encode()).startswith("250")
        return [self.say(f"RCPT TO:<{who}>\r\n".encode()) for who in recipients]

    def message(self, body, recipients=(HELP,)):
        """The answers for the recipients. The body is stuffed and ended here."""
        taken = [answer for answer in self.begin(recipients) if answer.startswith("250")]
        answer = self.say(b"DATA\r\n")
        if not answer.startswith("354"):
            return [answer]
        stuffed = re.sub(rb"(^|\r\n)\.", rb"\1..", body)
        self.send(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return [self.reply() for _ in (taken if self.greeting.startswith(b"LHLO") else [1])]


def deliver(body, **talk):
    with Talk(**talk) as client:
        return client.message(body)[0]


def rows(where):
    names = "id door peer envelope_from recipients size sha256".split()
    return [dict(zip(names, row)) for row in desk.sql(f"select id, door, peer, coalesce(envelope_from, '-'), array_to_string(recipients, ' '), "
                                                      f"size, encode(sha256, 'hex') from inbound_mails where {where} order by id")]


def stored(row):
    folder = desk.env["STORE_URL"].removeprefix("file://")
    return (pathlib.Path(folder) / "helpdesk-mail" / row["id"][:6] / row["id"]).read_bytes()


def taken_as(body):
    """The rows of this very message."""
    return rows(f"sha256 = decode('{hashlib.sha256(body).hexdigest()}', 'hex')")


def count():
    return int(desk.sql("select count(*) from inbound_mails")[0][0])


def mail(subject=None, extra=b"Hello.\r\n"):
    subject = subject or uuid.uuid4().hex
    return f"From: ada@example.org\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n".encode() + extra


@contextlib.contextmanager
def with_settings(**settings):
    """The mail ingress with these, then as it was."""
    desk.stack("restart", "mail-ingress", **settings)
    try:
        yield
    finally:
        desk.stack("up")


@flow("a mail is kept byte for byte as it was sent, and the ledger says who brought it for whom")
def _():
    dice = random.Random(7)
    bodies = [mail(extra=b".\r\n..\r\n.a\r\n\r\n.\r\n"), mail(extra=b"\xe9\x80\0\r\n" + b"x" * 5000 + b"\r\n"), b"\r\n", b"no head at all\r\n",
              mail(extra=bytes(dice.choice(b"abc.\0\x80 ") for _ in range(300000)) + b"\r\n")]
    with Talk() as client:
        for body in bodies:
            answers = client.message(body, (HELP, "SUPPORT+token@Guichet.localhost", "nobody@guichet.localhost"))
            assert [answer[:9] for answer in answers] == ["250 2.0.0"] * 2, answers
            row, = taken_as(body)
            assert stored(row) == body and int(row["size"]) == len(body)
            assert row["recipients"] == f"{HELP} SUPPORT+token@Guichet.localhost"
            assert (row["door"], row["peer"], row["envelope_from"]) == ("lmtp", "127.0.0.1", "ada@example.org")
    told = desk.sql(f"select body from outbox where type = 'mail.received' and body::jsonb ->> 'inboundId' = '{row['id']}'")
    assert len(told) == 1


@flow("commands that come all at once are answered in order, and a mail for nobody here is refused before it is sent")
def _():
    body = mail()
    with Talk() as client:
        client.send(b"MAIL FROM:<>\r\nRCPT TO:<nobody@guichet.localhost>\r\nRCPT TO:<" + HELP.encode() + b">\r\nDATA\r\n" + body +
                    b".\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<x@elsewhere.test>\r\nDATA\r\nVRFY x\r\nQUIT\r\n")
        codes = [client.reply()[:9] for _ in range(10)]
    assert codes == ["250 2.1.0", "550 5.1.1", "250 2.1.5", "354 go on", "250 2.0.0", "250 2.1.0", "550 5.1.1", "503 5.5.1", "252 2.5.2",
                     "221 2.0.0"], codes
    row, = taken_as(body)
    assert row["envelope_from"] == ""


@flow("a mailbox takes mail within seconds of being made, and no more when it rests")
def _():
    box, one = uuid.uuid4(), f"box-{uuid.uuid4().hex[:8]}@desk.test"
    desk.sql(f"insert into mailboxes (id, address) values ('{box}', '{one}')")

    def answer():
        with Talk() as client:
            return client.begin((one.upper().replace("@", "+t1@"),))[0][:9]
    eventually("it is known", lambda: answer() == "250 2.1.5", 5)
    desk.sql(f"update mailboxes set active = false where id = '{box}'")
    eventually("it rests", lambda: answer() == "550 5.1.1", 5)


@flow("no message is smuggled in behind any of ten endings that are none")
def _():
    before = count()
    for door in ("GUICHET_LMTP", "GUICHET_SMTP"):
        for ending in ENDINGS:
            with Talk(door) as client:
                client.begin()
                assert client.say(b"DATA\r\n").startswith("354")
                client.send(b"Subject: one\r\n\r\none" + ending + b"MAIL FROM:<x@y.test>\r\nRCPT TO:<" + HELP.encode() +
                            b">\r\nDATA\r\nSubject: two\r\n\r\ntwo\r\n.\r\n")
                answer = client.reply()
                assert answer.startswith("550 5.5.2"), (ending, answer)
                with contextlib.suppress(ConnectionResetError):
                    assert client.reply() == "closed"
    assert count() == before


@flow("what is too large is refused, told beforehand or not, and 25 MB cost the mail ingress less than 64")
def _():
    with Talk("GUICHET_SMTP") as client:
        assert "250-SIZE 31457280\r\n" in client.hello
        assert client.say(b"MAIL FROM:<a@b.test> SIZE=31457281\r\n").startswith("552 5.3.4")
        body = mail(extra=(b"y" * 998 + b"\r\n") * 25000)
        assert client.message(body)[0].startswith("250")
        assert stored(taken_as(body)[0]) == body
        assert client.message(mail(extra=(b"y" * 998 + b"\r\n") * 31500))[0].startswith("552 5.3.4")
        assert client.message(mail())[0].startswith("250")
    peak = int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid_of('mail-ingress')}/status").read_text())[1])
    assert peak < 64 * 1024, f"{peak} KiB"


@flow("ten thousand idle connections cost less than 100 MB, and mail is taken meanwhile")
def _():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with with_settings(MAIL_PEER_CONNECTIONS="10010"):
        host, port = desk.env["GUICHET_LMTP"].split(":")
        idle, more = [], []
        try:
            for _ in range(10000):
                idle.append(socket.create_connection((host, int(port)), 20))
            for sock in idle:
                assert sock.recv(100).startswith(b"220")
                sock.sendall(b"LHLO client\r\n")
            for sock in idle:
                assert sock.recv(4096)
            assert deliver(mail()).startswith("250")
            status = pathlib.Path(f"/proc/{pid_of('mail-ingress')}/status").read_text()
            resident = int(re.search(r"VmRSS:\s+(\d+)", status)[1])
            eventually("all are there", lambda: "guichet_mail_connections 10000\n" in probe("mail-ingress", "/metrics")[1])
            assert resident < 100 * 1024, f"{resident} KiB"
            print(f"# {resident} KiB for 10,000 connections", flush=True)
            more = [Talk(greet=False) for _ in range(11)]
            assert any(talk.reply().startswith("421 4.3.2") for talk in more)
        finally:
            for sock in idle:
                sock.close()
            for talk in more:
                talk.__exit__()
        eventually("they are forgotten", lambda: "guichet_mail_connections 0\n" in probe("mail-ingress", "/metrics")[1])


@contextlib.contextmanager
def certificate():
    folder = desk.state / "tls"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=desk.test", "-keyout",
                    folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    (folder / "key.pem").chmod(0o644)
    yield {"TLS_CERTIFICATE": str(folder / "cert.pem"), "TLS_KEY": str(folder / "key.pem")}


@flow("with TLS nothing counts that was said before it, and with a proxy who it speaks for")
def _():
    with certificate() as files, with_settings(**files, MAIL_PROXY_PEERS="127.0.0.2", MAIL_PEERS="127.0.0.0/8,192.0.2.0/24"):
        with Talk("GUICHET_SMTP") as client:
            assert "STARTTLS" in client.hello
            assert client.say(b"STARTTLS\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<" + HELP.encode() + b">\r\n").startswith("220")
            context = ssl.create_default_context(cafile=files["TLS_CERTIFICATE"])
            client.sock = context.wrap_socket(client.sock, server_hostname="desk.test")
            client.file = client.sock.makefile("rb")
            assert client.say(b"DATA\r\n").startswith("503")
            assert "STARTTLS" not in client.say(client.greeting)
            body = mail()
            answer = client.message(body)[0]
            assert answer.startswith("250"), answer
            assert stored(taken_as(body)[0]) == body
        swaks = subprocess.run(["swaks", "--server", desk.env["GUICHET_SMTP"], "--tls", "--to", HELP, "--from", "a@b.test"], capture_output=True,
                               text=True)
        assert swaks.returncode == 0, swaks.stdout + swaks.stderr
        v1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 5000 25\r\n"
        v2 = b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack(">H", 12) + socket.inet_aton("192.0.2.8") + socket.inet_aton("127.0.0.1") + b"\1\2\3\4"
        for header, address in ((v1, "192.0.2.7"), (v2, "192.0.2.8")):
            with Talk(source="127.0.0.2", greet=False) as client:
                assert client.say(header).startswith("220")
                client.say(client.greeting)
                body = mail()
                assert client.message(body)[0].startswith("250")
                assert taken_as(body)[0]["peer"] == address
        with Talk(source="127.0.0.2", greet=False) as client:
            assert client.say(v1.replace(b"192.0.2.7", b"198.51.100.9")).startswith("421 4.7.0"), "nobody on the list"
        with Talk(source="127.0.0.2", greet=False) as client:
            assert client.say(b"LHLO client\r\n") == "closed"
        with Talk(greet=False) as client:
            client.reply()
            assert client.say(v1).startswith("421"), "who is no proxy speaks for himself"


def signed(body, t=None, key=None):
    t = str(t or int(time.time()))
    return {"Content_Type": "message/rfc822", "Guichet_Signature": "t=" + t + ",v1=" + hmac.new(
        (key or desk.env["INBOUND_KEY"]).encode(), t.encode() + b"." + body, hashlib.sha256).hexdigest()}


@flow("a message is handed in over HTTP by who can sign it, and is there once however often it is sent")
def _():
    path, body, other = f"/api/v1/inbound/mail?recipient={HELP}&sender=ada%40example.org", mail(), mail()
    for again in range(2):
        answer = desk.call("POST", path, body, **signed(body))
        assert answer.status == 202, answer.raw
    row, = taken_as(body)
    assert row["id"] == answer.data["id"] and stored(row) == body
    assert (row["door"], row["recipients"], row["envelope_from"]) == ("http", HELP, "ada@example.org")
    key = uuid.uuid4().hex
    first = desk.call("POST", path, body, **signed(body), Idempotency_Key=key)
    assert first.status == 202 and first.data["id"] != row["id"]
    assert desk.call("POST", path, body, **signed(body), Idempotency_Key=key).data == first.data
    assert desk.call("POST", path, other, **signed(other), Idempotency_Key=key).status == 422
    assert stored({"id": first.data["id"]}) == body and not taken_as(other)
    assert desk.call("POST", path, other, **signed(other, time.time() - 400)).status == 401
    assert desk.call("POST", path, other, **signed(other, key="guessed")).status == 401
    assert desk.call("POST", path, other, **signed(body)).status == 401
    assert desk.call("POST", path, other, **{**signed(other), "Content_Type": "text/plain"}).status == 415
    assert not taken_as(other)


def pipe(data, *words, **environment):
    return subprocess.run([desk.env["PATH"].split(":")[0] + "/guichetctl", "mail", "pipe", *words], input=data, env={**desk.env, **environment},
                          capture_output=True, timeout=60).returncode


@flow("a mail server that calls a program is told what became of the mail, as sysexits.h has it")
def _():
    subject = uuid.uuid4().hex
    body = mail(subject, b".dot\r\nfrom a pipe\r\n")
    assert pipe(b"From ada@example.org Mon Nov 30\n" + body.replace(b"\r\n", b"\n"), "--recipient", HELP) == 0
    row, = taken_as(body)
    assert stored(row) == body and row["envelope_from"] == "ada@example.org"
    assert pipe(mail(), ORIGINAL_RECIPIENT=HELP, SENDER="bob@example.org") == 0
    assert pipe(mail(), "--recipient", "nobody@guichet.localhost") == 67
    assert pipe(mail(), "--recipient", HELP, GUICHET_LMTP="127.0.0.1:1") == 75
    assert pipe(mail(extra=b"z" * 32000000), "--recipient", HELP) == 69
    assert pipe(mail()) == 64
    door = desk.env["STORE_URL"].removeprefix("file://") + "/lmtp"
    with with_settings(MAIL_LMTP_SOCKET=door):
        body = mail()
        assert pipe(body, "--recipient", HELP, GUICHET_LMTP=door) == 0
        assert taken_as(body)[0]["peer"] == "unix"


@flow("an archive is imported once, however often that is done")
def _():
    folder = desk.state / "archive"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    box = mailbox.mbox(folder / "mbox")
    maildir = mailbox.Maildir(folder / "maildir")
    for i in range(150):
        box.add(f"Subject: {uuid.uuid4()}\n\nFrom here on\n\n.\n")
        maildir.add(f"Subject: {uuid.uuid4()}\n\nmaildir\n")
    box.flush()
    for path in ("mbox", "maildir"):
        before = count()
        for taken in ("150 taken, 0 known", "0 taken, 150 known"):
            result = desk.ctl("mail", "import", str(folder / path), "--mailbox", HELP)
            assert result.returncode == 0 and taken in result.stdout, result
        assert count() == before + 150
    found = rows("door = 'import'")
    assert sum(bool(re.fullmatch(rb"Subject: [0-9a-f-]{36}\r\n\r\nFrom here on\r\n\r\n\.\r\n", stored(row))) for row in found) == 150
    assert {(row["recipients"], row["envelope_from"]) for row in found} == {(HELP, "-")}


def source(postfix_port, messages, connections=10, size=2000):
    return ["smtp-source", "-s", str(connections), "-m", str(messages), "-l", str(size), "-f", "load@example.org", "-t", HELP,
            f"127.0.0.1:{postfix_port}"]


def ids_since(start):
    """The Message-IDs of what was taken since, each as often as it was."""
    return [re.search(rb"^Message-Id: <(.*?)>", stored(row), re.M | re.I)[1] for row in rows(f"id > '{start}'::uuid and door = 'lmtp'")]


def last_id():
    return desk.sql("select coalesce(max(id::text), '00000000-0000-0000-0000-000000000000') from inbound_mails where door in ('lmtp', 'smtp')")[0][0]


@contextlib.contextmanager
def a_postfix():
    with Postfix(desk.state / "postfix", desk.port_base + 90, desk.env["GUICHET_LMTP"]) as postfix:
        yield postfix


@flow("what Postfix brings while the database is away waits with Postfix, and is there once")
def _():
    with a_postfix() as postfix:
        start = last_id()
        assert subprocess.run(source(postfix.port, 20)).returncode == 0
        eventually("it is brought", lambda: len(ids_since(start)) == 20)
        desk.stack("stop", "postgresql")
        try:
            eventually("it is noticed", lambda: deliver(mail()).startswith("451 4.3.0"))
            assert subprocess.run(source(postfix.port, 60)).returncode == 0
            eventually("it is put off", lambda: postfix.statuses().get("deferred", 0) >= 60, 60)
            eventually("its probe says so", lambda: probe("mail-ingress", "/ready")[0] == 503)
        finally:
            desk.stack("start", "postgresql")
        eventually("nothing waits", lambda: not postfix.queued(), 60)
        found = ids_since(start)
        assert len(found) == len(set(found)) == 80, (len(found), len(set(found)))
        assert "bounced" not in postfix.statuses()


@flow("while RabbitMQ is away mail is taken, and told when it is back")
def _():
    desk.stack("stop", "rabbitmq")
    try:
        body = mail()
        assert deliver(body).startswith("250")
        assert len(taken_as(body)) == 1 and probe("mail-ingress", "/ready")[0] == 200
    finally:
        desk.stack("start", "rabbitmq")
    eventually("it is told", nothing_waits, 60)


@contextlib.contextmanager
def small_disk():
    folder = pathlib.Path(f"/var/tmp/guichet-small-{os.getpid()}")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


@flow("a full disk refuses a mail for now, takes the next small one, and is all right again when there is room")
def _():
    with small_disk() as folder, with_settings(STORE_URL=f"file://{folder}", SPOOL_DIR=str(folder)):
        desk.stack("stop", "intake")  # its store is another
        fill, [[start]] = folder / "fill", desk.sql("select now()")
        body = mail(extra=b"w" * 990 + b"\r\n" + (b"w" * 998 + b"\r\n") * 1000)
        with Talk() as client:
            assert client.message(body)[0].startswith("250")
            fill.write_bytes(bytes(2 * 1024 * 1024))
            assert client.message(mail(extra=(b"v" * 998 + b"\r\n") * 2000))[0].startswith("452 4.3.1")
            eventually("it says so", lambda: probe("mail-ingress", "/ready")[0] == 503)
            assert client.message(mail())[0].startswith("250")
            fill.unlink()
            assert client.message(mail(extra=(b"u" * 998 + b"\r\n") * 1500))[0].startswith("250")
            assert probe("mail-ingress", "/ready")[0] == 200
        desk.sql(f"delete from inbound_mails where accepted_at > '{start}'")  # their bytes go with the disk


@flow("killed again and again under load, the mail ingress loses nothing that it has taken")
def _():
    kills, messages = 6, 3000
    with a_postfix() as postfix:
        start = last_id()
        load = subprocess.Popen(source(postfix.port, messages, 20))
        for _ in range(kills):
            reached = len(rows(f"id > '{start}'::uuid"))
            eventually("it goes on", lambda: len(rows(f"id > '{start}'::uuid")) >= min(reached + 150, messages), 60)
            os.kill(pid_of("mail-ingress"), signal.SIGKILL)
            eventually("it is up again", lambda: probe("mail-ingress", "/ready")[0] == 200)
        assert load.wait(120) == 0

        def drained():
            postfix.flush()
            return not postfix.queued()
        eventually("nothing waits with Postfix", drained, 120)
        found = ids_since(start)
        assert len(set(found)) == messages, f"{messages - len(set(found))} lost"
        # What was committed when it was killed, and not yet answered, is brought again: the intake worker sees that it is the same.
        assert len(found) - messages <= kills * 20, len(found) - messages
        assert "bounced" not in postfix.statuses()
        in_doubt = desk.ctl("store", "check", "--quick", "--json")
        assert '"missing": 0' in in_doubt.stdout and '"wrong": 0' in in_doubt.stdout, in_doubt.stdout
