"""desk.py - a desk under test: the local stack, HTTP as a client speaks it, and waiting with a deadline."""
import contextlib
import email
import email.message
import email.policy
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]


def eventually(what, probe, deadline_s=20):
    """The first true value of probe(), which may raise while it is not there yet."""
    end = time.monotonic() + deadline_s
    last = None
    while time.monotonic() < end:
        try:
            value = probe()
            if value:
                return value
        except (AssertionError, KeyError, IndexError, OSError) as error:
            last = error
        time.sleep(0.02)  # between looks, never instead of one
    raise AssertionError(f"not within {deadline_s} s: {what}" + (f" ({last})" if last else ""))


class Answer:
    def __init__(self, status, headers, raw):
        self.status, self.headers, self.raw = status, headers, raw

    @property
    def json(self):
        return json.loads(self.raw)

    @property
    def data(self):
        return self.json["data"]


class Mail(email.message.EmailMessage):
    """Its content is what it says in plain text, whatever else it brings."""

    def get_content(self, *words, **names):
        plain = self.get_body(("plain",)) if self.is_multipart() else None
        return plain.get_content() if plain else super().get_content(*words, **names)


MAIL_POLICY = email.policy.default.clone(message_factory=Mail)


class Desk:
    def __init__(self, state, port_base):
        self.state, self.port_base = pathlib.Path(state), port_base
        self.env = {}
        self.read_mails = {}  # file: to whom, and the mail

    # --- the stack
    def stack(self, *words, check=True, **environment):
        result = subprocess.run([ROOT / "ops/stack", *words, "--state", self.state, "--port-base", str(self.port_base)],
                                env={**os.environ, **environment}, capture_output=True, text=True)
        assert not check or result.returncode == 0, f"ops/stack {' '.join(words)}: {result.stderr[-2000:]}"
        return result

    def up(self, **environment):
        self.stack("up", **environment)
        self.read_mails.clear()
        listing = subprocess.run(["bash", "-c", f". {self.state}/env && env -0"], capture_output=True, text=True,
                                 check=True).stdout
        self.env = dict(line.split("=", 1) for line in listing.split("\0") if "=" in line)

    def ctl(self, *words, input=None):
        return subprocess.run([ROOT / "build/bin/guichetctl", *words], env=self.env, input=input, capture_output=True,
                              text=True, timeout=60)

    def sql(self, query):
        """Rows of texts, as the owner of the database."""
        out = subprocess.run(["psql", self.env["DATABASE_URL"], "-XAtq", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", query],
                             capture_output=True, text=True, timeout=60)
        assert out.returncode == 0, out.stderr
        return [line.split("\x1f") for line in out.stdout.splitlines()]

    # --- HTTP
    def call(self, method, path, body=None, token=None, timeout=15, **headers):
        request = urllib.request.Request(self.env["GUICHET_URL"] + path, method=method)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        if body is not None:
            request.add_header("Content-Type", headers.get("Content_Type", "application/json"))
            request.data = body if isinstance(body, bytes) else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def get(self, path, token=None, **headers):
        return self.call("GET", path, token=token, **headers)

    def post(self, path, body=None, token=None, **headers):
        return self.call("POST", path, {} if body is None else body, token, **headers)

    def register(self, address, **fields):
        answer = self.post("/api/v1/auth/register", {"email": address, "password": "password123", **fields})
        assert answer.status == 201, answer.raw
        return answer.data

    def login(self, address, password="password123"):
        answer = self.post("/api/v1/auth/login", {"email": address, "password": password})
        assert answer.status == 200, answer.raw
        return answer.data["accessToken"]

    def admin(self):
        return self.login(self.env["GUICHET_ADMIN_EMAIL"], self.env["GUICHET_ADMIN_PASSWORD"])

    def ticket(self, token, title="Imprimante en panne", **fields):
        answer = self.post("/api/v1/tickets", {"title": title, "description": "Plus rien ne sort.", **fields}, token)
        assert answer.status == 201, answer.raw
        return answer.data

    # --- mail
    def mails(self, recipient):
        """A mail's file never changes: each is read once."""
        for file in pathlib.Path(self.env["GUICHET_MAIL_DIR"]).glob("new/*"):
            if file not in self.read_mails:
                message = email.message_from_bytes(file.read_bytes(), policy=MAIL_POLICY)
                self.read_mails[file] = str(message["To"]), message
        return [message for file, (to, message) in self.read_mails.items() if recipient in to]


PORT_BASE = int(os.environ.get("GUICHET_TEST_PORT_BASE", "18400"))
desk = Desk(ROOT / os.environ.get("GUICHET_TEST_STATE", "var/test-flow"), PORT_BASE)
FLOWS = []


def pid_of(part):
    return int((desk.state / f"run/{part}.pid").read_text())


def family(pid):
    """The process and its children: PostgreSQL's backends."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True).stdout.split()
    return [pid, *map(int, found)]


@contextlib.contextmanager
def stopped(*parts):
    pids = [pid for part in parts for pid in family(pid_of(part))]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def probe(program, path):
    """Status and text of one of a program's own addresses."""
    ports = dict(line.split() for line in (desk.state / "ports").read_text().splitlines())
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{ports[program]}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def nothing_waits():
    """Is all of the outbox told?"""
    return desk.sql("select count(*) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)") == [["0"]]


def flow(title):
    """The title is a sentence about what a user would notice."""
    def keep(run):
        FLOWS.append((title, run))
        return run
    return keep


def programs(*kinds):
    """The names of queues/programs.def, of these kinds or all, in the order of the rows."""
    rows = subprocess.run([ROOT / "ops/programs", *kinds], capture_output=True, text=True, check=True).stdout
    return [row.split()[0] for row in rows.splitlines()]


def address(name="user"):
    return f"{name}-{uuid.uuid4().hex[:10]}@example.org"


def staff(role="agent"):
    """A fresh account with that role: its token and its id."""
    who = address(role)
    account = desk.register(who)["user"]["id"]
    assert desk.ctl("user", "role", "--email", who, "--role", role).returncode == 0
    return desk.login(who), account
