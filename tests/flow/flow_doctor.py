"""Flows: what goes wrong at night is staged, and guichetctl doctor names each cause in one sentence, with what to do.

Every stage begins and ends with a stack in which all is well, so that what is found is of that stage alone.
"""
import base64
import contextlib
import hmac
import json
import os
import pathlib
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time
import urllib.request
import uuid

from desk import ROOT, desk, eventually, flow, pid_of, probe, programs
from script import Script

HUNDREDS = 230  # more than max_connections


def doctor(*words, code=None, **environment):
    """What is not well."""
    out = subprocess.run([ROOT / "build/bin/guichetctl", "doctor", "--json", *words], env={**desk.env, **environment}, capture_output=True,
                         text=True, timeout=20)
    report = json.loads(out.stdout)
    assert out.returncode == (1 if report["fail"] else 0), out
    assert out.stderr == "", out.stderr
    return [finding for finding in report["findings"] if finding["verdict"] != "ok"]


def all_is_well():
    found = doctor("--disk-mb", "1")
    assert [finding for finding in found if finding["id"] != "disk.filling"] == [], found  # of the machine that tests
    return True


@contextlib.contextmanager
def staged():
    eventually("all is well before", all_is_well, 40)
    yield
    eventually("all is well again", all_is_well, 60)


def finds(verdict, name, *words, todo, among=(), options=("--disk-mb", "1"), **environment):
    """One finding alone, with these words; and none but what else is among those that the same fault brings."""
    def look():
        found = [f for f in doctor(*options, **environment) if f["id"] != "disk.filling" or name == "disk.filling"]
        of_it = [f for f in found if f["id"] == name]
        assert len(of_it) == 1 and {f["id"] for f in found} <= {name, *among}, found
        assert of_it[0]["verdict"] == verdict and all(word in of_it[0]["sentence"] for word in words), of_it
        assert todo in of_it[0]["todo"], of_it
        return of_it[0]["sentence"]
    sentence = eventually(f"{name} is found", look, 40)
    assert "\n" not in sentence
    for secret in ("DATABASE_URL", "AMQP_URL", "REDIS_URL"):
        assert desk.env[secret].split("@")[0].rsplit(":", 1)[1] not in sentence
    return sentence


def superuser(*statements):
    secrets = dict(line.split("=", 1) for line in (desk.state / "secrets/stack").read_text().split("\n") if "=" in line)
    port = desk.env["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0]
    words = [word for statement in statements for word in ("-c", statement)]
    subprocess.run(["psql", f"postgresql://postgres:{secrets['POSTGRES_PASSWORD']}@127.0.0.1:{port}/postgres", "-XAtq", *words],
                   env={**os.environ, "PGOPTIONS": "-c default_transaction_read_only=off"}, check=True, capture_output=True, timeout=20)


def management(method, path, body=None):
    login, _, place = desk.env["RABBITMQ_MANAGEMENT_URL"].removeprefix("http://").partition("@")
    request = urllib.request.Request(f"http://{place}/api/{path}", method=method, data=json.dumps(body).encode() if body else None,
                                     headers={"Authorization": "Basic " + base64.b64encode(login.encode()).decode(), "Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=5).close()


def expired_certificate(folder, key, days_ago):
    """One that ended so many days ago. Only `openssl ca` makes such."""
    (folder / "index").write_text("")
    (folder / "ca.conf").write_text(f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\nnew_certs_dir={folder}\nrand_serial=yes\n"
                                    "default_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nsubjectAltName=IP:127.0.0.1\n")
    subprocess.run(["openssl", "req", "-new", "-key", key, "-out", folder / "csr", "-subj", "/CN=desk"], check=True, capture_output=True)
    moments = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() - days * 86400)) for days in (days_ago + 90, days_ago)]
    subprocess.run(["openssl", "ca", "-batch", "-selfsign", "-notext", "-config", folder / "ca.conf", "-keyfile", key, "-in", folder / "csr",
                    "-out", folder / "old.pem", "-startdate", moments[0], "-enddate", moments[1]], check=True, capture_output=True)
    return folder / "old.pem"


def rabbitmqctl(*words):
    environ = pathlib.Path(f"/proc/{pid_of('rabbitmq')}/environ").read_bytes().decode().split("\0")
    env = {"PATH": os.environ["PATH"],
           **dict(pair.split("=", 1) for pair in environ if pair.startswith(("HOME=", "ERL_", "RABBITMQ_")))}
    subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", *words], env=env, check=True, capture_output=True, timeout=60)


@flow("doctor finds nothing to mend while all is well, in text and as JSON, and says what it did not look at")
def _():
    eventually("all is well", all_is_well, 40)
    said = desk.ctl("doctor", "--disk-mb", "1").stdout
    assert "not looked at: TLS_CERTIFICATE is not set" in said
    assert said.splitlines()[-1].startswith(("all is well", "0 must be mended now"))
    bare = subprocess.run([ROOT / "build/bin/guichetctl", "doctor"], env={"PATH": os.environ["PATH"], "DOCTOR_DISKS": "/nowhere"},
                          capture_output=True, text=True, timeout=20)
    assert bare.returncode == 0 and "not looked at: DATABASE_URL is not set" in bare.stdout, bare


@flow("whatever takes connections and says nothing is named, and costs doctor less than ten seconds")
def _():
    with contextlib.ExitStack() as stack:
        hole = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=64))
        place = f"127.0.0.1:{hole.getsockname()[1]}"
        begun = time.monotonic()
        found = doctor(DATABASE_URL=f"postgresql://a:b@{place}/a", RABBITMQ_MANAGEMENT_URL=f"http://a:b@{place}", REDIS_URL=f"redis://{place}",
                       SMTP_URL=f"smtp://{place}", CLAMD_URL=f"tcp://{place}", GUICHET_LMTP=place, GUICHET_URL=f"http://{place}")
        assert time.monotonic() - begun < 10
        assert {f["what"] for f in found if f["verdict"] == "fail"} == {"database", "broker", "redis", "smtp", "clamd", "mail in", "ingress"}, found


@flow("doctor tells who paused a queue and why")
def _():
    with staged():
        assert desk.ctl("pause", "cmd.desk", "--why", "the desk is being moved").returncode == 0
        finds("warn", "paused", "queue cmd.desk", "guichetctl", "the desk is being moved", todo="guichetctl resume cmd.desk")
        assert desk.ctl("resume", "cmd.desk").returncode == 0


@flow("doctor names a poison message: its type, its queue, its error, and how to look at it")
def _():
    with staged():
        management("POST", "exchanges/guichet/guichet.commands/publish",
                   {"properties": {"message_id": str(uuid.uuid4()), "type": "ticket.create", "content_type": "application/vnd.guichet.v1+json"},
                    "routing_key": "cmd.ticket.3", "payload": "{ torn", "payload_encoding": "string"})
        finds("warn", "dead.open", "1 message", "ticket.create", "cmd.ticket.3", todo="guichetctl dead show")
        desk.sql("delete from dead_letters where state = 'open'")


@flow("doctor says that a queue was deleted, and that topology apply makes it again")
def _():
    with staged():
        management("DELETE", "queues/guichet/cmd.ticket.7")
        wrong = desk.env["AMQP_URL"].replace("guichet:", "guichet:not", 1)
        finds("fail", "broker.login", "AMQP_URL", todo="AMQP_URL", among=("broker.queue_missing",), AMQP_URL=wrong)
        finds("fail", "broker.queue_missing", "queue cmd.ticket.7 is missing", todo="guichetctl topology apply")
        assert desk.ctl("topology", "apply").returncode == 0


@flow("doctor tells a worker that is dead from one that was stopped, and from one whose clock is wrong")
def _():
    with staged():
        shim = (desk.state / "clock_jumps.so").resolve()
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", shim, ROOT / "tests/flow/clock_jumps.c"], check=True)
        shim.chmod(0o755)
        finds("fail", "clock", "the clock of this machine is", todo="timedatectl", LD_PRELOAD=str(shim), among=("certificate.expired", "program.dead"))
        frozen, dead = pid_of("timer"), pid_of("webhook")
        os.kill(pid_of("webhook.supervisor"), signal.SIGKILL)
        os.kill(dead, signal.SIGKILL)
        os.kill(frozen, signal.SIGSTOP)
        try:
            also = ("program.frozen", "program.dead")
            finds("fail", "program.dead", f"webhook is dead: its process {dead}", todo="systemctl start guichet@webhook", among=also)
            finds("fail", "program.frozen", f"timer hangs: its process {frozen}", "SIGSTOP", todo=f"kill -CONT {frozen}", among=also)
        finally:
            os.kill(frozen, signal.SIGCONT)
        env = desk.state / "programs/webhook.env"
        before = env.read_text()
        env.write_text(before + f"export LD_PRELOAD='{shim}'\n")
        out = subprocess.run([ROOT / "ops/stack", "start", "webhook", "--state", desk.state], capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        finds("fail", "clock.program", "the clock of webhook on", "PostgreSQL's", todo="timedatectl")
        env.write_text(before)
        desk.stack("stop", "webhook")
        desk.stack("start", "webhook")


@flow("doctor repeats what a mail server says that refuses us, and tells an expired certificate and a full disk")
def _():
    with staged(), Script() as server:
        server.at["BANNER"] = lambda recipient: "554 5.3.2 no service for you"
        finds("fail", "smtp.refused", "554 5.3.2 no service for you", todo="guichetctl mail queue", SMTP_URL=server.url)
        folder = desk.state / "certificates"
        folder.mkdir(exist_ok=True)
        key, fresh = folder / "key", folder / "fresh.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                        "-out", fresh, "-subj", "/CN=desk", "-days", "2"], check=True, capture_output=True)
        finds("fail", "certificate.ends", "of the ingress", "in 47 h", todo="TLS_CERTIFICATE", TLS_CERTIFICATE=str(fresh))
        old = expired_certificate(folder, key, 3)
        finds("fail", "certificate.expired", "of the ingress", "has expired on", "3 days ago", todo="TLS_CERTIFICATE", TLS_CERTIFICATE=str(old))
        expired_peer(old, key)
        disk_is_full()


def expired_peer(certificate, key):
    """A Redis whose certificate has ended."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    with contextlib.suppress(ssl.SSLError, ConnectionError):
                        context.wrap_socket(listener.accept()[0], server_side=True).close()
        threading.Thread(target=serve, daemon=True).start()
        finds("fail", "certificate.refused", "the certificate of Redis", "has expired", todo="Renew it", CA_FILE=str(certificate),
              REDIS_URL=f"rediss://127.0.0.1:{listener.getsockname()[1]}")
        listener.shutdown(socket.SHUT_RDWR)


def disk_is_full():
    """A small disk where we may mount one, else a threshold that no disk has."""
    small = desk.state / "small"
    small.mkdir(exist_ok=True)
    mounted = os.geteuid() == 0 and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "small", small], capture_output=True).returncode == 0
    try:
        disks, floor = (str(small), "70") if mounted else (desk.env["DOCTOR_DISKS"], "999999999")
        place = str(small) if mounted else desk.env["STORE_URL"].removeprefix("file://")
        finds("fail", "disk.full", place, "is nearly full", f"{floor} MB are needed", todo="Make room", options=("--disk-mb", floor), DOCTOR_DISKS=disks)
    finally:
        if mounted:
            subprocess.run(["umount", small], check=True)


@flow("doctor says that Redis is gone, and nothing of what follows from it")
def _():
    with staged():
        desk.stack("kill", "redis")
        finds("fail", "redis.away", "Connection refused", todo="Start Redis")
        desk.stack("start", "redis")


@flow("doctor says that the database takes no writes, and that its connections are used up")
def _():
    with staged():
        superuser("alter system set default_transaction_read_only = on", "select pg_reload_conf()")
        try:
            finds("fail", "database.read_only", "default_transaction_read_only is on", todo="ALTER SYSTEM RESET", among=("ingress.not_ready",))
            eventually("the scanner meets it", lambda: probe("scan", "/ready")[0] == 503)
        finally:
            superuser("alter system reset default_transaction_read_only", "select pg_reload_conf()")
        for name in programs("door", "lane", "consumer", "ticker"):
            eventually(f"{name} finds back, though it may have no work", lambda name=name: probe(name, "/ready")[0] == 200)
    with staged():
        port = int(desk.env["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0])
        words = struct.pack("!I", 196608) + b"user\0guichet\0database\0guichet\0\0"
        with contextlib.ExitStack() as held:
            for _ in range(HUNDREDS):
                peer = held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
                peer.sendall(struct.pack("!I", len(words) + 4) + words)
            finds("fail", "database.connections", "all connections of PostgreSQL are used up", "too many clients", todo="max_connections")


@flow("doctor says that the broker has a memory alarm, and that it is stopped")
def _():
    with staged():
        rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1MB")
        try:
            finds("fail", "broker.memory_alarm", "has a memory alarm and takes no messages", todo="vm_memory_high_watermark")
        finally:
            rabbitmqctl("set_vm_memory_high_watermark", "absolute", "1GB")
    with staged():
        desk.stack("stop", "rabbitmq")
        finds("fail", "broker.away", "RabbitMQ cannot be reached", todo="Start RabbitMQ")
        desk.stack("start", "rabbitmq")


def diagnosed(token):
    out = desk.ctl("diagnose", "token", "-", "--json", input=token + "\n")
    said = json.loads(out.stdout)
    assert out.returncode == (0 if said["isAccepted"] else 1), out
    assert token not in out.stdout and token.rsplit(".", 1)[1] not in out.stdout, "a token is printed"
    return said


@flow("diagnose token tells what a token says and why it is refused: forged, ended, signed out, disabled")
def _():
    who = f"token-{uuid.uuid4().hex[:8]}@example.org"
    session = desk.register(who)
    token = session["accessToken"]
    said = diagnosed(token)
    assert said["isAccepted"] and said["account"]["email"] == who and said["signature"] == "made with a key of ours", said
    assert said["claims"]["email"] == who and abs(said["clockAheadMs"]) < 2000, said
    forged = token.rsplit(".", 1)[0] + "." + token.rsplit(".", 1)[1][::-1]
    assert [reason["code"] for reason in diagnosed(forged)["refusedFor"]] == ["AUTH_TOKEN_INVALID"]
    header, claims, _ = token.split(".")
    old = json.loads(base64.urlsafe_b64decode(claims + "=="))
    old.update(iat=old["iat"] - 90000, exp=old["iat"] - 3600)
    body = header + "." + base64.urlsafe_b64encode(json.dumps(old).encode()).decode().rstrip("=")
    mac = hmac.new(desk.env["JWT_SECRET"].encode(), body.encode(), "sha256").digest()
    assert [reason["code"] for reason in diagnosed(body + "." + base64.urlsafe_b64encode(mac).decode().rstrip("="))["refusedFor"]] == ["AUTH_TOKEN_EXPIRED"]
    assert desk.ctl("user", "disable", "--email", who).returncode == 0
    assert {reason["code"] for reason in diagnosed(token)["refusedFor"]} == {"ACCOUNT_DISABLED", "AUTH_TOKEN_REVOKED"}
    hostile = [base64.urlsafe_b64encode(json.dumps(part, ensure_ascii=False).encode()).decode().rstrip("=")
               for part in ({"alg": "\x1b[2J\x9b2J" + "\u00e9" * 10}, {"iss": "\x1b]0;x\x07", "sub": "\x9b31m", "exp": 2**63 - 1, "iat": -2**63})]
    shown = desk.ctl("diagnose", "token", ".".join([*hostile, "x"]))
    assert shown.returncode == 1 and "its algorithm is" in shown.stdout and not set("\x1b\x9b\x07") & set(shown.stdout + shown.stderr), shown
    assert all(reason["why"] for reason in json.loads(desk.ctl("diagnose", "token", ".".join([*hostile, "x"]), "--json").stdout)["refusedFor"])
    nothing = desk.ctl("diagnose", "token", "hardly")
    assert nothing.returncode == 1 and "no access token" in nothing.stderr and "hardly" not in nothing.stderr


@flow("diagnose db shows who waits for whom, and diagnose net how long the way to each server is")
def _():
    holder = subprocess.Popen(["psql", desk.env["DATABASE_URL"], "-XAtq"], stdin=subprocess.PIPE, text=True)
    waiter = None
    try:
        holder.stdin.write("begin; lock table notices in exclusive mode;\n")
        holder.stdin.flush()
        eventually("it is held", lambda: desk.sql("select count(*) from pg_locks where relation = 'notices'::regclass and mode = 'ExclusiveLock'") == [["1"]])
        waiter = subprocess.Popen(["psql", desk.env["DATABASE_URL"], "-XAtq", "-c", "begin; lock table notices in share mode"])

        def waits():
            return json.loads(desk.ctl("diagnose", "db", "--json").stdout)["waits"]
        found = eventually("the wait is seen", waits)
        assert found[0]["lock"] == "relation notices" and "(guichet)" in found[0]["heldBy"], found
    finally:
        holder.stdin.close()
        holder.wait(timeout=10)
        if waiter:
            waiter.wait(timeout=10)
    said = json.loads(desk.ctl("diagnose", "db", "--json").stdout)
    assert any(row["role"] == "guichet_relay" for row in said["connections"]) and said["tables"] and said["cache"], said
    net = json.loads(desk.ctl("diagnose", "net", "--json").stdout)
    assert {way["server"] for way in net} == {"database", "broker", "management", "redis", "smtp", "clamd", "mail in", "ingress"}
    assert all(way["error"] == "" and way["tcpMs"] > 0 for way in net), net
