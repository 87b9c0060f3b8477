"""traffic.py - load and kills for what listens: tickets and comments, each asked for until it is accepted, while programs and
services are killed one after the other. What they became is read from the database in the end."""
import argparse
import collections
import http.client
import json
import os
import pathlib
import random
import signal
import subprocess
import threading
import time
import urllib.parse
import uuid

SERVICES = ("rabbitmq", "postgresql", "redis")  # they have no supervisor


def eventually(what, probe, deadline_s):
    """The first true value; an AssertionError when there is none in time."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        try:
            value = probe()
            if value:
                return value
        except (AssertionError, OSError):
            pass  # not there yet
        time.sleep(0.1)
    raise AssertionError(f"not within {deadline_s} s: {what}")


class Traffic:
    def __init__(self, state, units, seed):
        self.state, self.units = pathlib.Path(state), units
        listing = subprocess.run(["bash", "-c", f". {self.state}/env && env -0"], capture_output=True, text=True, check=True).stdout
        self.env = dict(line.split("=", 1) for line in listing.split("\0") if "=" in line)
        self.host = urllib.parse.urlsplit(self.env["GUICHET_URL"]).netloc
        self.lock, self.local, self.failures = threading.Lock(), threading.local(), []
        self.count, self.again, self.kills, self.tickets = 0, 0, collections.Counter(), []
        random.seed(seed)
        self.admin = self.token(self.env["GUICHET_ADMIN_EMAIL"], self.env["GUICHET_ADMIN_PASSWORD"])
        who = f"listens-{uuid.uuid4().hex[:8]}@example.org"
        form = {"email": who, "password": "Listens-Passw0rd!"}
        self.user_id = self.certain("POST", "/auth/register", form)["user"]["id"]
        self.user = self.token(who, form["password"])

    def sql(self, query):
        out = subprocess.run(["psql", self.env["DATABASE_URL"], "-XAtq", "-F", "\x1f", "-v", "ON_ERROR_STOP=1", "-c", query],
                             capture_output=True, text=True, timeout=60)
        assert out.returncode == 0, out.stderr
        return [line.split("\x1f") for line in out.stdout.splitlines()]

    # --- asking
    def once(self, method, path, body, token=None, **headers):
        if not getattr(self.local, "connection", None):
            self.local.connection = http.client.HTTPConnection(self.host, timeout=20)
        headers = {name.replace("_", "-"): value for name, value in headers.items()} | {"Content-Type": "application/json"}
        headers |= {"Authorization": "Bearer " + token} if token else {}
        try:
            self.local.connection.request(method, "/api/v1" + path, json.dumps(body), headers)
            answer = self.local.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.local.connection.close()
            self.local.connection = None
            return 0, b""

    def certain(self, method, path, body, token=None):
        """With one key, until somebody says that it is done."""
        key, end = uuid.uuid4().hex, time.monotonic() + 90
        while time.monotonic() < end:
            status, raw = self.once(method, path, body, token, Idempotency_Key=key, Prefer="wait=5")
            if status in (200, 201):
                return json.loads(raw)["data"]
            assert status in (0, 202, 408, 429, 500, 503), f"{method} {path}: {status} {raw[:300]}"
            with self.lock:
                self.again += 1
            time.sleep(0.1)
        raise AssertionError(f"nobody says what became of {method} {path}")

    def token(self, email, password):
        return self.certain("POST", "/auth/login", {"email": email, "password": password})["accessToken"]

    # --- load and kills
    def unit(self):
        ticket = self.certain("POST", "/tickets", {"title": "heard", "description": "by all who listen"}, self.user)["id"]
        with self.lock:
            self.tickets.append(ticket)
        for said in ("one", "two"):
            self.certain("POST", f"/tickets/{ticket}/comments", {"content": said}, self.admin)

    def is_over(self):
        return bool(self.failures) or self.count >= self.units

    def work(self):
        try:
            while not self.is_over():
                self.unit()
                with self.lock:
                    self.count += 1
        except Exception as error:  # whatever it is, the load has failed
            self.failures.append(repr(error)[:400])

    def kill(self, victim):
        self.kills[victim] += 1
        if victim in SERVICES:
            for verb in ("kill", "start"):
                subprocess.run(["ops/stack", verb, victim, "--state", self.state], capture_output=True, check=False, timeout=150)
            return
        try:
            os.kill(int((self.state / f"run/{victim}.pid").read_text()), signal.SIGKILL)
        except (OSError, ValueError):
            pass  # it is just coming back

    def kill_in_turn(self, victims):
        for n, victim in enumerate(victims):
            while not self.is_over() and self.count < (n + 1) * self.units / (len(victims) + 1):
                time.sleep(0.02)
            if not self.is_over():
                self.kill(victim)

    def run(self, victims):
        threads = [threading.Thread(target=self.work) for _ in range(4)]
        threads.append(threading.Thread(target=self.kill_in_turn, args=(victims,)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def events(self, *types):
        """The ids of what was told of the load's tickets, of those types or of any, in order; all of it has been relayed."""
        eventually("everything is relayed", lambda: self.sql(
            "select not exists (select from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id))") == [["t"]], 90)
        names = ", ".join(f"'{name}'" for name in types)
        wanted = f"and type in ({names})" if types else ""
        return [row for row, in self.sql(f"""select body::jsonb ->> 'id' from outbox where exchange = 'guichet.events' {wanted}
            and body::jsonb ->> 'ticketId' = any ('{{{','.join(self.tickets)}}}') order by xid, id""")]


def arguments(about):
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", required=True)
    parser.add_argument("--units", type=int, default=150, help="a ticket and two comments each")
    parser.add_argument("--seed", type=int)
    return parser.parse_args()


def tell(traffic, begun, verdicts):
    """Prints them; the exit code."""
    verdicts = [("the load ends", not traffic.failures, traffic.failures[:3]), *verdicts]
    print(f"# {traffic.count} tickets with two comments in {time.monotonic() - begun:.0f} s, {traffic.again} asked again, "
          f"killed: {', '.join(f'{name} {n}' for name, n in traffic.kills.items())}")
    for sentence, holds, what in verdicts:
        print(f"# {'holds' if holds else 'DOES NOT HOLD'}: {sentence}{'' if holds else f' {what}'}")
    return 0 if all(holds for _, holds, _ in verdicts) else 1
