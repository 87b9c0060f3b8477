"""Flows: what a program may inside the desk, and that nobody listens or pretends on the wires there."""
import contextlib
import json
import os
import pathlib
import pwd
import shlex
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

from desk import Desk, address, desk, eventually, flow, pid_of, programs

BROKER, REDIS, ANOTHER = (desk.port_base + n for n in (61, 62, 63))


# --- Redis: a user for each program ------------------------------------------------------------
def redis(*words, user="guichet"):
    secrets = pathlib.Path(desk.env["PROGRAM_PASSWORDS"]).read_text().split()
    password = desk.env["REDIS_URL"].split("@")[0].rsplit(":", 1)[1]
    if user != "guichet":
        password = dict(line.split(":", 1) for line in secrets)[user.removeprefix("guichet_")]
    out = subprocess.run(["redis-cli", "-p", desk.env["REDIS_URL"].rsplit(":", 1)[1].split("/")[0], "--user", user, *words],
                         env={**os.environ, "REDISCLI_AUTH": password}, capture_output=True, text=True, timeout=10)
    return (out.stdout + out.stderr).strip()


@flow("a program that writes no results can't forge one, nor do anything else at Redis that is not its own")
def _():
    said = {name: redis("publish", "guichet.results.somebody", "{}", user=f"guichet_{name.replace('-', '_')}")
            for name in programs()}
    assert {name for name, answer in said.items() if answer == "0"} == {"ticket", "account", "desk"}, said
    for name in ("ctl", "mail-ingress"):
        assert "WRONGPASS" in said.pop(name), "has no user there"
    assert all("NOPERM" in answer for name, answer in said.items() if name not in ("ticket", "account", "desk")), said
    assert redis("publish", "guichet.poke.revocations", "1", user="guichet_ingress").isdigit()
    assert "NOPERM" in redis("publish", "guichet.poke.revocations", "1", user="guichet_ticket")
    assert redis("publish", "guichet.poke.relay", "1", user="guichet_mail").isdigit()
    for user, words in (("mail", "subscribe guichet.results.x"), ("ticket", "subscribe guichet.poke.revocations"),
                        ("ingress", "psubscribe *"), ("ingress", "set a b"), ("ticket", "get a"), ("relay", "client list"),
                        ("relay", "acl whoami"), ("audit", "flushall"), ("ingress", "config get *")):
        assert "NOPERM" in redis(*words.split(), user=f"guichet_{user}"), (user, words)
    assert "NOAUTH" in subprocess.run(["redis-cli", "-p", desk.env["REDIS_URL"].rsplit(":", 1)[1].split("/")[0], "publish",
                                       "guichet.results.somebody", "{}"], capture_output=True, text=True, timeout=10).stdout


# --- TLS ---------------------------------------------------------------------------------------
def authority(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={name}", "-days", "2"],
                   check=True, capture_output=True)
    return folder / f"{name}.pem"


def certificate(folder, name, of, signer="ours"):
    """NAME.pem and NAME.key, for that host."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-CA", folder / f"{signer}.pem", "-CAkey", folder / f"{signer}.key", "-keyout", folder / f"{name}.key",
                    "-out", folder / f"{name}.pem", "-subj", f"/CN={name}", "-addext", f"subjectAltName={of}",
                    "-addext", "basicConstraints=critical,CA:FALSE", "-days", "2"], check=True, capture_output=True)


def rabbitmq_listens(folder):
    environ = (pathlib.Path("/proc") / str(pid_of("rabbitmq")) / "environ").read_bytes().decode().split("\0")
    env = {"PATH": os.environ["PATH"],
           **dict(pair.split("=", 1) for pair in environ if pair.startswith(("HOME=", "ERL_", "RABBITMQ_")))}
    out = subprocess.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", "eval", f"""
        {{ok, _}} = application:ensure_all_started(ssl),
        rabbit_networking:start_ssl_listener({{"127.0.0.1", {BROKER}, auto}},
            [{{certfile, "{folder}/broker.pem"}}, {{keyfile, "{folder}/broker.key"}}], 4)."""],
                         env=env, capture_output=True, text=True, timeout=120)
    assert out.returncode == 0 and out.stdout.split() == ["ok"], out.stdout + out.stderr


def superuser(*statements):
    secrets = dict(line.split("=", 1) for line in (desk.state / "secrets/stack").read_text().split("\n") if "=" in line)
    port = desk.env["DATABASE_URL"].rsplit(":", 1)[1].split("/")[0]
    words = [word for statement in statements for word in ("-c", statement)]
    subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-d", "postgres", *words],
                   env={**os.environ, "PGPASSWORD": secrets["POSTGRES_PASSWORD"]}, check=True, capture_output=True)


@contextlib.contextmanager
def tls_everywhere():
    """The running services listen with TLS too, each with a certificate of one private authority."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        for who in ("ours", "strange"):
            authority(folder, who)
        certificate(folder, "broker", "DNS:localhost")
        certificate(folder, "redis", "IP:127.0.0.1")
        certificate(folder, "database", "DNS:localhost")
        if os.geteuid() == 0:
            shutil.chown(folder / "database.key", pwd.getpwnam("postgres").pw_uid)
        rabbitmq_listens(folder)
        assert redis("config", "set", "tls-cert-file", f"{folder}/redis.pem", "tls-key-file", f"{folder}/redis.key",
                     "tls-auth-clients", "no", "tls-ca-cert-file", f"{folder}/ours.pem", "tls-port", str(REDIS)) == "OK"
        superuser(f"alter system set ssl_cert_file = '{folder}/database.pem'",
                  f"alter system set ssl_key_file = '{folder}/database.key'", "alter system set ssl = on",
                  "select pg_reload_conf()")
        try:
            yield folder
        finally:
            superuser("alter system reset ssl", "alter system reset ssl_cert_file", "alter system reset ssl_key_file",
                      "select pg_reload_conf()")
            assert redis("config", "set", "tls-port", "0") == "OK"


def health(url):
    try:
        with urllib.request.urlopen(url + "/health", timeout=5) as answer:
            return json.load(answer)["status"]
    except urllib.error.HTTPError as error:
        return json.load(error)["status"]


@contextlib.contextmanager
def over_tls(program, folder, broker="localhost", cache="127.0.0.1", database="localhost", authorities="ours"):
    """Another process of that program, all of whose connections are TLS: where it answers, and its log."""
    words = shlex.split((desk.state / f"programs/{program}.env").read_text())
    env = dict(word.split("=", 1) for word in words if "=" in word)
    port = ANOTHER if program == "ingress" else ANOTHER + 2
    url = f"127.0.0.1:{port}"
    env.update({"LISTEN": url, "METRICS_LISTEN": f"127.0.0.1:{port + 1}"} if program == "ingress" else {"PROBE_LISTEN": url})

    def at(url, scheme, host, port=None):
        login, rest = url.split("://")[1].split("@")
        return f"{scheme}://{login}@{host}:{port or rest.split('/')[0].split(':')[1]}/{rest.split('/')[1]}"

    env.update({
        "AMQP_URL": at(env["AMQP_URL"], "amqp", "127.0.0.1", 1) + "," + at(env["AMQP_URL"], "amqps", broker, BROKER),
        "REDIS_URL": at(env["REDIS_URL"], "rediss", cache, REDIS), "CA_FILE": f"{folder}/{authorities}.pem",
        "DATABASE_URL": at(env["DATABASE_URL"], "postgresql", database)
        + f"?sslmode=verify-full&sslrootcert={folder}/{authorities}.pem"})
    log = desk.state / f"log/{program}-tls.log"
    with open(log, "wb") as file:
        process = subprocess.Popen([os.environ["GUICHET_BIN"] + f"/guichet-{program}"], env=env, stdout=file, stderr=file)
    try:
        eventually("it lives", lambda: urllib.request.urlopen(f"http://{url}/live", timeout=1).status == 200)
        yield f"http://{url}", log
    finally:
        process.terminate()
        assert process.wait(15) == 0


def exchange_tickets(token, url):
    """Commands and their results go both ways, longer ones than fit into a record of TLS."""
    there = Desk(desk.state, desk.port_base)
    there.env = {**desk.env, "GUICHET_URL": url}
    assert [there.ticket(token, f"sealed {n}")["version"] for n in range(20)] == [1] * 20
    long = "é" * 40000
    assert there.ticket(token, description=long)["description"] == long


STRANGERS = (
    ({"broker": "127.0.0.1", "cache": "localhost", "database": "127.0.0.1"},
     ("IP address mismatch", "hostname mismatch", "does not match host name")),
    ({"authorities": "strange"},
     ("unable to get local issuer certificate", "self-signed certificate in certificate chain", "certificate verify failed")))


@flow("broker, Redis and database are spoken to over TLS when their URLs say so, and who can't prove to be them is named")
def _():
    token = desk.register(address())["accessToken"]
    with tls_everywhere() as folder:
        desk.stack("stop", "ticket")
        try:
            with over_tls("ticket", folder) as (worker, _), over_tls("ingress", folder) as (url, _):
                for program in (worker, url):
                    eventually("it is ready", lambda: health(program) == "healthy")
                eventually("it hears results", lambda: f"laddr=127.0.0.1:{REDIS} " in redis("client", "list"))
                exchange_tickets(token, url)
        finally:
            desk.stack("start", "ticket")
        for settings, reasons in STRANGERS:
            with over_tls("ingress", folder, **settings) as (url, log):
                for what, reason in zip(("broker does not answer", "redis lost", "database connection lost"), reasons):
                    eventually(f"the log says {what}: {reason}", lambda: any(
                        what in line and reason in line for line in log.read_text().split("\n")))
                assert health(url) == "unhealthy"
