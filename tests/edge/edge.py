"""edge.py - raw bytes to the ingress and to nginx before it, and what comes back.

The ingress under test is the sanitized build, in a stack of its own; nginx runs the
configuration an administrator would include, with ports and paths replaced as docs/EDGE.md says.
"""
import atexit
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flow"))
from desk import ROOT, Desk, eventually  # noqa: E402

PORT_BASE = int(os.environ.get("GUICHET_TEST_PORT_BASE", "18700"))
TLS_PORT, PLAIN_PORT, NOBODY_PORT = PORT_BASE + 60, PORT_BASE + 61, PORT_BASE + 62
INGRESS_TLS_PORT = PORT_BASE + 64
ORIGIN = "https://console.example.org"
MEMBERS = {"type", "title", "status", "detail", "code", "success", "message", "error", "errors", "requestId",
           "timestamp"}
TESTS = []


def test(title):
    """The title is a sentence about what a user would notice."""
    def keep(run):
        TESTS.append((title, run))
        return run
    return keep


class Skip(Exception):
    """What this machine does not allow; the reason is printed."""


# --- answers, read from raw bytes -----------------------------------------------------
class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        values = [v for n, v in self.headers if n == name]
        return values[0] if values else None

    def __repr__(self):
        return f"{self.status} {self.body[:200]!r}"


def chunks(data):
    """The body of a chunked message and what follows it, or None while it is not whole."""
    body = b""
    while True:
        line, end, data = data.partition(b"\r\n")
        if not end:
            return None
        size = int(line.split(b";")[0], 16)
        if len(data) < size + 2:
            return None
        body, data = body + data[:size], data[size + 2:]
        if size == 0:
            return body, data


def one_reply(data, head_only=False):
    """The first whole answer in data and the rest, or None."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    lines = head.split(b"\r\n")
    status = re.fullmatch(rb"HTTP/1\.[01] (\d{3})( .*)?", lines[0])
    assert status, f"no answer begins like this: {data[:80]!r}"
    headers = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        assert colon and re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name), f"no header is like this: {line!r}"
        headers.append((name.decode().lower(), value.strip().decode("latin-1")))
    reply = Reply(int(status[1]), headers, b"")
    if head_only or reply.status in (204, 304) or reply.status < 200:
        return reply, rest
    if reply.header("transfer-encoding"):
        whole = chunks(rest)
        if whole is None:
            return None
        reply.body, rest = whole
        return reply, rest
    length = int(reply.header("content-length") or 0)
    if len(rest) < length:
        return None
    reply.body = rest[:length]
    return reply, rest[length:]


class Wire:
    """One connection, by bytes."""

    def __init__(self, port, source=None, tls=None, rcvbuf=None, timeout=15):
        self.sock = socket.socket()
        if rcvbuf:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        if source:
            self.sock.bind((source, 0))
        self.sock.settimeout(timeout)
        self.sock.connect(("127.0.0.1", port))
        if tls:
            self.sock = tls.wrap_socket(self.sock, server_hostname="localhost")
        self.data = b""
        self.closed = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        """False when the other side would not take all of it."""
        try:
            self.sock.sendall(data)
            return True
        except OSError:
            return False

    def more(self, timeout):
        """Reads what comes within timeout: False when nothing did, or the connection ended."""
        if self.closed:
            return False
        self.sock.settimeout(timeout)
        try:
            data = self.sock.recv(65536)
        except TimeoutError:
            return False
        except OSError:  # a reset is an end, too
            data = b""
        self.data += data
        self.closed = not data
        return bool(data)

    def reply(self, timeout=15, head_only=False):
        """The next answer, or None when the connection ends or is silent first."""
        end = time.monotonic() + timeout
        while True:
            whole = one_reply(self.data, head_only)
            if whole:
                self.data = whole[1]
                return whole[0]
            if not self.more(max(0.01, end - time.monotonic())) and (self.closed or time.monotonic() >= end):
                return None

    def ends(self, timeout=5):
        """Is it closed by the other side, with no byte more?"""
        end = time.monotonic() + timeout
        while not self.closed and time.monotonic() < end:
            self.more(max(0.01, end - time.monotonic()))
        return self.closed and not self.data


def answers(port, data, quiet=0.8, first=15, tls=None):
    """All answers to these bytes until the connection ends or is quiet; and whether it ended."""
    with Wire(port, tls=tls) as wire:
        wire.send(data)
        replies = []
        while True:
            reply = wire.reply(quiet if replies else first)
            if reply is None:
                return replies, wire.closed
            replies.append(reply)


def at_once(work, items, threads=24):
    """work(item) for all of them, side by side; the first failure is raised."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, items))


def head(method="GET", path="/live", headers=(), body=b"", host=True):
    """A request as a good client writes it."""
    lines = [f"{method} {path} HTTP/1.1".encode()]
    if host:
        lines.append(b"Host: localhost")
    lines += [line if isinstance(line, bytes) else line.encode() for line in headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def assert_problem(reply, *statuses):
    """The one shape every error has."""
    assert reply is not None, "no answer"
    assert not statuses or reply.status in statuses, f"{statuses} was expected: {reply}"
    assert (reply.header("content-type") or "").startswith("application/problem+json"), f"{reply.headers} {reply}"
    missing = MEMBERS - set(reply.json)
    assert not missing, f"{missing} missing: {reply}"
    assert reply.json["status"] == reply.status and reply.json["success"] is False, reply
    return reply


# --- the stack, with the sanitized ingress in it ------------------------------------------
class Edge(Desk):
    """A stack whose ingress is that of BUILD."""

    def __init__(self, build):
        super().__init__(ROOT / "var/test-edge", PORT_BASE)
        self.build = pathlib.Path(build)
        self.port = PORT_BASE
        # AddressSanitizer keeps what was freed for a while, and a shadow of all.
        self.growth_most_mb = 1000 if "address" in self.build.name else 300
        self.bin = ROOT / "var/test-edge-bin"
        # What the ingress reads: root's runs as an account of its own, which may not reach our folder.
        self.outside = pathlib.Path(tempfile.mkdtemp(prefix="guichet-edge-"))
        self.outside.chmod(0o755)
        atexit.register(shutil.rmtree, self.outside, ignore_errors=True)
        self.certificates = self.outside / "tls"

    def gather(self):
        """The sanitized ingress beside the plain other programs."""
        self.bin.mkdir(parents=True, exist_ok=True)
        for old in self.bin.iterdir():
            old.unlink()
        for program in (ROOT / "build/bin").iterdir():
            source = self.build / "bin" / program.name if program.name == "guichet-ingress" else program
            (self.bin / program.name).symlink_to(source)

    def up(self, **environment):
        self.gather()
        suppressions = shutil.copy(ROOT / "tests/edge/lsan.supp", self.outside)
        self.certificates.mkdir(exist_ok=True)
        certificate(self.certificates)
        super().up(GUICHET_BIN=str(self.bin), CORS_ORIGIN=ORIGIN, LOG_LEVEL="info",
                   LISTEN_TLS=f"127.0.0.1:{INGRESS_TLS_PORT}", TLS_CERTIFICATE=f"{self.certificates}/fullchain.pem",
                   TLS_KEY=f"{self.certificates}/privkey.pem", REQUEST_TIMEOUT="3s", IDLE_TIMEOUT="12s", CONNECTIONS_MAX="10240",
                   SIGN_IN_TRIES="0", SIGN_IN_TRIES_PER_ACCOUNT="0", SIGN_IN_TRIES_PER_CLIENT="0",
                   ASAN_OPTIONS="detect_leaks=1:quarantine_size_mb=16:detect_stack_use_after_return=1",
                   LSAN_OPTIONS=f"suppressions={suppressions}:print_suppressions=0:exitcode=0",
                   UBSAN_OPTIONS="print_stacktrace=1", **environment)

    def pid(self):
        return int((self.state / "run/ingress.pid").read_text())

    def rss_mb(self):
        status = pathlib.Path(f"/proc/{self.pid()}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def fds(self):
        return len(os.listdir(f"/proc/{self.pid()}/fd"))

    def log(self, name="ingress"):
        return (self.state / f"log/{name}.log").read_text(errors="replace")

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT_BASE + 10}/metrics", timeout=15) as answer:
            text = answer.read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith((name + " ", name + "{")))

    def answered(self):
        """How many answers the ingress has given."""
        return self.metric("guichet_http_requests_total")

    def nginx_from(self, source, data):
        """The answer to one request through nginx from that address."""
        with Wire(TLS_PORT, source=source, tls=self.nginx.tls()) as wire:
            wire.send(data)
            return wire.reply()

    def user_token(self):
        who = f"edge-{uuid.uuid4().hex[:10]}@example.org"
        self.register(who)
        return self.login(who)

    def counts(self):
        """What a refused request must leave as it was. Work for the mail senders comes later, for what was done before."""
        return self.sql("SELECT (SELECT count(*) FROM tickets), (SELECT count(*) FROM ticket_comments), "
                        "(SELECT count(*) FROM inbox), (SELECT count(*) FROM inbox_keyed), "
                        "(SELECT count(*) FROM outbox WHERE exchange <> 'guichet.work'), (SELECT count(*) FROM accounts)")[0]


# --- nginx as an administrator would run it -----------------------------------------------
class Nginx:
    """nginx with a copy of ops/nginx/guichet.conf, all of it below a temporary folder."""

    def __init__(self, tls_port, plain_port, user=None):
        self.tls_port, self.plain_port, self.user = tls_port, plain_port, user
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="guichet-edge-"))
        self.process = None

    def configure(self, change):
        certificate(self.home)
        listen = f"127.0.0.1:{self.tls_port}"
        rules = [f"s|127.0.0.1:8080|127.0.0.1:{PORT_BASE}|", f"s|listen 443 |listen {listen} |",
                 f"s|listen 80;|listen 127.0.0.1:{self.plain_port};|", r"/listen \[::\]/d",
                 f"s|/etc/ssl/guichet/|{self.home}/|"]
        words = [word for rule in rules for word in ("-e", rule)]
        copied = subprocess.run(["sed", *words, ROOT / "ops/nginx/guichet.conf"], capture_output=True, text=True,
                                check=True)
        (self.home / "guichet.conf").write_text(change(copied.stdout))
        temporary = "".join(f"\t{name}_temp_path {self.home}/{name};\n"
                            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.home / "nginx.conf").write_text(
            f"pid {self.home}/pid;\nerror_log {self.home}/error.log info;\nworker_rlimit_nofile 16384;\n"
            f"events {{\n\tworker_connections 4096;\n}}\nhttp {{\n{temporary}"
            "\tlog_format edge '$status|$upstream_http_content_type|$request';\n"
            f"\taccess_log {self.home}/access.log edge;\n\tinclude {self.home}/guichet.conf;\n}}\n")

    def command(self, *words):
        as_user = ["setpriv", f"--reuid={self.user}", "--regid=nogroup", "--clear-groups", "--"] if self.user else []
        return [*as_user, "nginx", "-p", str(self.home), "-e", f"{self.home}/error.log", "-c",
                f"{self.home}/nginx.conf", *words]

    def start(self, change=str):
        """change(text): the configuration as an administrator has altered it."""
        self.configure(change)
        self.home.chmod(0o755)
        if self.user:
            subprocess.run(["chown", "-R", self.user, self.home], check=True)
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        eventually("nginx answers", lambda: answers_at(self.plain_port))

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
        subprocess.run(["rm", "-rf", self.home], check=True)

    def tls(self, *protocols):
        return tls_client(self.home, *protocols)

    def answers(self, data, quiet=0.8, first=15):
        return answers(self.tls_port, data, quiet, first, self.tls())

    def passed_on(self):
        """How many requests it has sent to the ingress that this has parsed, and so has counted."""
        lines = (self.home / "access.log").read_text(errors="replace").splitlines()
        return sum(1 for line in lines if "json" in line.split("|")[1])


def answers_at(port):
    with Wire(port, timeout=2):
        return True


def tls_client(folder, *protocols):
    """Trusts the certificate in the folder; offers these protocols."""
    context = ssl.create_default_context(cafile=f"{folder}/fullchain.pem")
    context.set_alpn_protocols(protocols or ["http/1.1"])
    return context


def certificate(folder):
    """A key and a certificate for localhost, good for a day."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "1",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"], check=True,
                    capture_output=True)
    # Root's programs run as an account of their own, and nginx as another.
    (folder / "privkey.pem").chmod(0o644)
    folder.chmod(0o755)
