"""Flows: an ingress that goes, and one that lacks a connection."""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from desk import ROOT, address, desk, eventually, flow, pid_of, stopped


def program_pid():
    """Of the ingress itself, below its supervisor if it has one."""
    pid = pid_of("ingress")
    found = subprocess.run(["pgrep", "-P", str(pid), "guichet-ingress"], capture_output=True, text=True).stdout.split()
    return int(found[0]) if found else pid


def cpu_s(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def refuses():
    try:
        urllib.request.urlopen(desk.env["GUICHET_URL"] + "/live", timeout=1).close()
    except urllib.error.URLError as error:
        return isinstance(error.reason, ConnectionRefusedError)
    return False


def sent(token, title, url=None, wait=6):
    """A connection on which a create is on its way."""
    connection = http.client.HTTPConnection((url or desk.env["GUICHET_URL"]).removeprefix("http://"), timeout=15)
    connection.request("POST", "/api/v1/tickets", json.dumps({"title": title, "description": "d"}), {
        "Authorization": "Bearer " + token, "Content-Type": "application/json", "Prefer": f"wait={wait}"})
    return connection


@flow("an ingress that is asked to stop still hears what became of the commands it waits for, and rests meanwhile")
def _():
    token = desk.register(address())["accessToken"]
    worker, ingress = pid_of("ticket"), program_pid()
    try:
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            os.kill(worker, signal.SIGSTOP)
            try:
                asked, asked_at = [sent(token, f"late {n}") for n in range(6)], time.monotonic()
                stop = pool.submit(desk.stack, "stop", "ingress")
                eventually("it takes no more", refuses)
                begun, used = time.monotonic(), cpu_s(ingress)
                eventually("a moment of it", lambda: time.monotonic() - begun > 1)
                used = cpu_s(ingress) - used
            finally:
                os.kill(worker, signal.SIGCONT)
            begun = time.monotonic()
            late = begun - asked_at > 5  # of their wait of 6 s, on a machine that does much else
            statuses = {connection.getresponse().status for connection in asked}
            assert statuses == {201} or (late and statuses <= {201, 202}), statuses
            assert time.monotonic() - begun < 2
            stop.result()
            assert used < 0.5, f"{used} s of processor time in a second of waiting"
    finally:
        desk.stack("start", "ingress")


@contextlib.contextmanager
def second_ingress(**settings):
    """Another process of the same desk, on a port of its own."""
    environ = pathlib.Path(f"/proc/{program_pid()}/environ").read_bytes().decode().split("\0")
    env = dict(pair.split("=", 1) for pair in environ if "=" in pair)
    env["LISTEN"] = f"127.0.0.1:{desk.port_base + 60}"
    env["METRICS_LISTEN"] = f"127.0.0.1:{desk.port_base + 63}"
    env.update(settings)
    url = "http://" + env["LISTEN"]
    with open(desk.state / "log/ingress-2.log", "ab") as log:
        process = subprocess.Popen([os.environ.get("GUICHET_BIN", str(ROOT / "build/bin")) + "/guichet-ingress"], env=env,
                                   stderr=log, stdout=log)
    try:
        eventually("the second listens", lambda: urllib.request.urlopen(url + "/live", timeout=1).status == 200)
        yield process, url
    finally:
        process.terminate()
        process.wait(15)


def create(urls, token, n):
    """A client that goes to the next address when one refuses to connect or, at its start, takes no command yet."""
    body = b'{"title":"rolling %d","description":"d"}' % n
    for url in urls * 50:
        request = urllib.request.Request(url + "/api/v1/tickets", body, method="POST", headers={
            "Authorization": "Bearer " + token, "Content-Type": "application/json", "Prefer": "wait=5"})
        try:
            with urllib.request.urlopen(request, timeout=15) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            code = json.loads(error.read())["code"]
            if code not in ("NOT_ACCEPTED", "SERVICE_UNAVAILABLE"):
                return code
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
    raise AssertionError("nobody answers")


@flow("a rolling restart under load loses no answer")
def _():
    token = desk.register(address())["accessToken"]
    done = False

    def load(k, urls):
        codes, n = [], 0
        while not done or n < 20:
            codes.append(create(urls, token, 10000 * k + n))
            n += 1
        return codes

    with second_ingress() as (process, url), concurrent.futures.ThreadPoolExecutor(8) as pool:
        eventually("the second is ready", lambda: urllib.request.urlopen(url + "/ready", timeout=1).status == 200)
        urls = [desk.env["GUICHET_URL"], url]
        clients = [pool.submit(load, k, urls if k % 2 else urls[::-1]) for k in range(6)]
        try:
            desk.stack("restart", "ingress")
            process.terminate()
            process.wait(15)
        finally:
            done = True
        codes = [code for client in clients for code in client.result()]
    assert set(codes) <= {201, 202} and codes.count(202) < 10, {code: codes.count(code) for code in set(codes)}
    assert desk.sql("select count(*) from tickets where title like 'rolling %'") == [[str(len(codes))]]


@flow("who waits longer than an ingress may take to stop is told that the command was accepted")
def _():
    token = desk.register(address())["accessToken"]
    with second_ingress() as (process, url), stopped("ticket"):
        eventually("the second is ready", lambda: urllib.request.urlopen(url + "/ready", timeout=1).status == 200)
        waiting = sent(token, "longer", url, wait=10)
        process.terminate()
        answer = waiting.getresponse()
        assert answer.status == 202 and process.wait(15) == 0
        told = json.loads(answer.read())["data"]
    eventually("it is applied", lambda: desk.get(told["resourceUrl"], token).status == 200)


@flow("an ingress whose brokers are all silent stops as fast as any other")
def _():
    silent = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
    brokers = ",".join(f"amqp://nobody:nothing@127.0.0.1:{s.getsockname()[1]}/x" for s in silent)
    with second_ingress(AMQP_URL=brokers) as (process, _):
        silent[1].settimeout(20)
        silent[1].accept()[0].close()  # it has given up the first and goes on to the next
        begun = time.monotonic()
        process.terminate()
        assert process.wait(15) == 0 and time.monotonic() - begun < 8, time.monotonic() - begun
    for server in silent:
        server.close()


@flow("the loss of Redis in the middle of a wait delays nobody's answer")
def _():
    token = desk.register(address())["accessToken"]
    worker = pid_of("ticket")
    os.kill(worker, signal.SIGSTOP)
    try:
        asked = [sent(token, f"deaf {n}") for n in range(4)]
        desk.stack("kill", "redis")
    finally:
        os.kill(worker, signal.SIGCONT)
    try:
        begun = time.monotonic()
        assert [connection.getresponse().status for connection in asked] == [201] * 4
        assert time.monotonic() - begun < 1.5, time.monotonic() - begun
    finally:
        desk.stack("start", "redis")


class Session:
    """A connection to the database that is kept, for when there is no other to be had."""

    def __init__(self):
        self.psql = subprocess.Popen(["psql", desk.env["DATABASE_URL"], "-XAtq", "-v", "ON_ERROR_STOP=1"], text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self, query):
        self.psql.stdin.write(query + ";\n\\echo done\n")
        self.psql.stdin.flush()
        rows = []
        while (line := self.psql.stdout.readline()) != "done\n":
            assert line, "the connection is lost"
            rows.append(line.strip())
        return rows

    def close(self):
        self.psql.stdin.close()
        self.psql.wait(10)


@flow("with one connection to the database too few the desk stays ready; with none it takes commands for a while")
def _():
    desk.up(REVOCATIONS_MAX_AGE="2s")
    token = desk.register(address())["accessToken"]
    create = {"title": "unrevoked", "description": "d"}
    session = Session()
    try:
        # This one and the programs'; what others of the owner's come and go in between does not count.
        count = 1 + int(session.ask("select count(*) from pg_stat_activity where datname = current_database() and usename <> current_user")[0])
        name = session.ask("select quote_ident(current_database())")[0]
        victim = int(session.ask("select min(pid) from pg_stat_activity where usename = 'guichet_ingress'")[0])
        session.ask(f"alter database {name} connection limit {count - 1}")
        os.kill(victim, signal.SIGTERM)
        begun, states = time.monotonic(), set()
        while time.monotonic() - begun < 4:
            states.add((str(set(desk.get("/ready").json["checks"].values())), desk.post("/api/v1/tickets", create, token).status))
        mine = "select count(*) from pg_stat_activity where usename = 'guichet_ingress'"
        assert int(session.ask(mine)[0]) == 9 and states == {("{'ok'}", 201)}, (session.ask(mine), states)
        session.ask(f"alter database {name} connection limit -1")
    finally:
        session.close()
    with stopped("postgresql"):
        assert desk.post("/api/v1/tickets", create, token, Prefer="respond-async").status == 202
        refused = eventually("nobody knows any more who was revoked", lambda: (lambda a: a if a.status == 503 else None)(
            desk.post("/api/v1/tickets", create, token, Prefer="respond-async")))
        assert refused.json["code"] == "NOT_ACCEPTED"
        assert desk.get("/ready").json["checks"]["revocations"] == "out of date"
    eventually("they are known again", lambda: desk.post("/api/v1/tickets", create, token).status == 201)
    desk.up()
