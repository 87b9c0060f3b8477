"""rig.py - what the bench measures on and with: a private stack, load from outside, and looks at it while it runs."""
import base64
import contextlib
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/flow"))
from desk import Desk, eventually  # noqa: E402

TOOLS = ROOT / "build/tests/bench"
BROKER = ROOT / "build/tests/fault/broker"
PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
BEGUN = time.monotonic()


class Unmeasured(Exception):
    """A figure that cannot be had, and why."""


def say(text):
    print(f"{time.monotonic() - BEGUN:6.1f} s  {text}", file=sys.stderr, flush=True)


class Turns:
    """What was measured, by name, a figure for each turn; they are told as they come."""

    def __init__(self, what):
        self.what, self.figures = what, {}

    def add(self, name, rate):
        self.figures.setdefault(name, []).append(rate)
        say(f"{self.what}, {name}: {rate:,.0f}/s")

    def __getitem__(self, name):
        return statistics.median(self.figures[name])


def busy_percent(seconds=1):
    """Of the processors, by whoever it is."""
    def look():
        times = list(map(int, pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
        return sum(times), times[3] + times[4]
    total, idle = look()
    time.sleep(seconds)
    total_now, idle_now = look()
    return 100 - 100 * (idle_now - idle) / (total_now - total)


def run(command, what, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode:
        raise Unmeasured(f"{what}: exit code {result.returncode}: {(result.stderr or result.stdout).strip()[-400:]}")
    return result.stdout


class Rig(Desk):
    """The folder of the state's parent is the rig's own too, and goes with it."""

    def __init__(self, state, port_base, seconds, small):
        super().__init__(state, port_base)
        self.seconds, self.small = seconds, small
        self.scratch = self.state.parent
        self.programs, self.secrets, self.helpers = [], {}, []
        self.peaks = {}
        self.desk_is_filled = False  # with accounts and tickets for a backlog

    def port(self, name):
        """Of a part of the stack."""
        return dict(line.split() for line in (self.state / "ports").read_text().splitlines())[name]

    def free_port(self):
        """For the next helper, behind the stack's own."""
        return self.port_base + 40 + len(self.helpers)

    # --- up and down
    def up(self):
        say("starting a stack and a mail sink")
        self.stack("remove", check=False)
        sink = self.free_port()
        self.help([TOOLS / "sink", sink])
        super().up(SMTP_URL=f"smtp://127.0.0.1:{sink}", WEBHOOK_ALLOW="127.0.0.1/32", GUICHET_BIN=str(ROOT / "build/bin"))
        assert self.helpers[0].poll() is None, f"the mail sink does not run: is port {sink} taken?"
        self.programs = sorted(file.stem for file in (self.state / "programs").glob("*.env"))
        self.secrets = dict(line.split("=", 1) for line in (self.state / "secrets/stack").read_text().splitlines())

    def help(self, command, **options):
        """A process that goes when the rig does."""
        log = open(self.scratch / "helpers.log", "a")
        self.helpers.append(subprocess.Popen([str(word) for word in command], stdout=log, stderr=log, **options))

    def remove(self):
        for helper in self.helpers:
            helper.terminate()
        for helper in self.helpers:
            helper.wait()
        self.stack("remove", check=False)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def running(self, *wanted):
        """Exactly those programs run; without a word, all of them."""
        wanted = wanted or self.programs
        up = {name for name in self.programs if (self.state / f"run/{name}.supervisor.pid").exists()}
        self.stop(*[name for name in up if name not in wanted])
        missing = [name for name in wanted if name not in up]
        if missing:
            self.stack("start", *missing)

    def stop(self, *names):
        if names:
            self.stack("stop", *names)

    # --- looks at it
    def env_of(self, program):
        listing = run(["env", "-i", "bash", "-c", f". {self.state}/programs/{program}.env && env -0"], "its environment")
        return dict(line.split("=", 1) for line in listing.split("\0") if "=" in line)

    def metric(self, program, name):
        """None while the program does not answer."""
        try:
            port = self.port("metrics" if program == "ingress" else program)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=1) as answer:
                found = re.search(rf"^{name} ([0-9.]+)", answer.read().decode(), re.M)
                return float(found[1]) if found else None
        except OSError:
            return None

    def pss_mb(self):
        """Of each program of ours that runs."""
        found = {}
        for name in self.programs:
            try:
                pid = (self.state / f"run/{name}.pid").read_text().split()[0]
                rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
                found[name] = int(re.search(r"^Pss: +(\d+) kB", rollup, re.M)[1]) / 1024
            except (OSError, IndexError, TypeError):
                continue  # it has stopped
        return found

    @contextlib.contextmanager
    def watching_memory(self):
        """Each program's peak stays in peaks."""
        over = threading.Event()

        def watch():
            while not over.wait(0.5):
                for name, size in self.pss_mb().items():
                    self.peaks[name] = max(self.peaks.get(name, 0), size)
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    # --- the broker
    def broker(self, method, path):
        user = "guichet:" + self.secrets["RABBITMQ_PASSWORD"]
        request = urllib.request.Request(f"http://127.0.0.1:{self.port('management')}/api{path}", method=method)
        request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def queues(self):
        return [queue["name"] for queue in self.broker("GET", "/queues/guichet?columns=name")]

    def waiting(self):
        """Messages in all queues, as their leaders know it now."""
        depths = run([BROKER, "depth", *self.queues()], "depths", env={**os.environ, **self.env})
        return sum(int(line.split()[1]) for line in depths.splitlines())

    def purge(self):
        """What waits in any queue is gone."""
        for name in self.queues():
            self.broker("DELETE", f"/queues/guichet/{name}/contents")

    def publish(self, lines, *words):
        return json.loads(run([TOOLS / "publisher", "--lines", lines, *words], "the publisher", env={**os.environ, **self.env}))

    # --- the database
    def database_url(self, program):
        return self.env_of(program)["DATABASE_URL"]

    def psql(self, text, url=None, **variables):
        words = [word for name, value in variables.items() for word in ("-v", f"{name}={value}")]
        url = url or self.env["DATABASE_URL"]
        return run(["psql", url, "-XAtq", "-F", " ", "-v", "ON_ERROR_STOP=1", *words, "-f", "-"], "psql", input=text)

    def superuser_url(self, database="guichet"):
        return f"postgresql://postgres:{self.secrets['POSTGRES_PASSWORD']}@127.0.0.1:{self.port('postgresql')}/{database}"

    def as_superuser(self, text):
        return self.psql(text, self.superuser_url())

    def checkpoint(self):
        self.as_superuser("checkpoint")

    def fill_log(self):
        """A new server makes its write-ahead log's files one by one, 50 ms each, while a commit waits for it; one
        that has run for a day uses them again."""
        self.as_superuser("select count(pg_logical_emit_message(false, 'fill', repeat('x', 1048576))) from generate_series(1, 320)")
        self.checkpoint()

    def pgbench(self, url, *scripts, seconds=None, **variables):
        words = [word for name, value in variables.items() for word in ("-D", f"{name}={value}")]
        words += [word for script in scripts for word in ("-f", script)]
        out = run([PGBENCH, "-n", "-M", "prepared", "-c", 8, "-j", 1, "-T", seconds or self.seconds, *words, url], "pgbench")
        if not re.search(r"^number of failed transactions: 0 ", out, re.M):
            raise Unmeasured("pgbench: there were failed transactions")
        return float(re.search(r"^tps = ([0-9.]+)", out, re.M)[1])

    # --- load over HTTP
    def wrk(self, path, token, connections, body=None, url=None):
        """Answers a second; one that is no success is an error."""
        environment = {**os.environ, "BENCH_METHOD": "POST" if body else "GET", "BENCH_TOKEN": token}
        if body:
            environment["BENCH_BODY"] = json.dumps(body)
        out = run(["wrk", "-t1", f"-c{connections}", f"-d{self.seconds}s", "-s", ROOT / "tests/bench/load.lua",
                   (url or self.env["GUICHET_URL"]) + path], "wrk", env=environment)
        requests, microseconds, errors = map(int, re.search(r"^bench (\d+) (\d+) (\d+)$", out, re.M).groups())
        if errors:
            raise Unmeasured(f"wrk: {errors} of {requests} requests were no success")
        return requests * 1e6 / microseconds

    def outbox_is_empty(self):
        return self.sql("select not exists (select from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id))") == [["t"]]

    def settle(self, deadline_s=60):
        """Until nothing is on its way any more."""
        eventually("the outbox is empty", self.outbox_is_empty, deadline_s)
        eventually("the queues are empty", lambda: self.waiting() == 0, deadline_s)


def named_query(name, file):
    """The text of a block in sql/queries, with $1 as :p1 for pgbench."""
    blocks = re.split(r"^-- name: (\w+).*\n", (ROOT / "sql/queries" / file).read_text(), flags=re.M)
    text = dict(zip(blocks[1::2], blocks[2::2]))[name]
    return re.sub(r"\$(\d+)", r":p\1", text.rstrip()) + ";\n"
