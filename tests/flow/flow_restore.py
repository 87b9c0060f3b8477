"""Flows: a backup taken under load, brought back into a fresh cluster."""
import pathlib
import shutil
import subprocess
import threading

from desk import ROOT, address, desk, eventually, flow, nothing_waits, probe, programs

PROGRAMS = programs("ingress", "door", "lane", "consumer", "ticker")


def superuser_url():
    secrets = dict(line.split("=", 1) for line in (desk.state / "secrets/stack").read_text().splitlines())
    return desk.env["DATABASE_URL"].replace("guichet:" + secrets["OWNER_PASSWORD"], "postgres:" + secrets["POSTGRES_PASSWORD"])


def empty_cluster():
    """What ops/stack makes when there are no data yet, in the place of those there are."""
    desk.stack("stop", "postgresql")
    elsewhere = desk.state / "postgresql.home"
    home = pathlib.Path(elsewhere.read_text().strip()) if elsewhere.exists() else desk.state / "postgresql"
    shutil.rmtree(home / "data")
    desk.stack("start", "postgresql")


def under_load(work):
    """Runs work while tickets are made; the ids of those that were answered."""
    token, made, done = desk.register(address())["accessToken"], [], threading.Event()

    def make():
        while not done.is_set():
            made.append(desk.ticket(token, "under load")["id"])
    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    eventually("some tickets", lambda: len(made) > 20)
    work()
    done.set()
    for thread in threads:
        thread.join()
    return made


def copies():
    """How often each mail, by the left side of its Message-ID, was caught."""
    counted = {}
    for file in pathlib.Path(desk.env["GUICHET_MAIL_DIR"]).glob("new/*"):
        line = next(line for line in file.read_bytes().splitlines() if line.lower().startswith(b"message-id:"))
        mail = line.split(b"<")[1].split(b"@")[0].decode()
        counted[mail] = counted.get(mail, 0) + 1
    return counted


def not_told_once():
    return desk.sql("""
        select t.id, a.n, m.n from tickets t
        cross join lateral (select count(*) as n from audit_log where resource_id = t.id and action = 'TICKET_CREATED') a
        cross join lateral (select count(*) as n from mails where ticket_id = t.id and template = 'ticket_created' and state = 'sent') m
        where t.title in ('under load', 'since') and (a.n, m.n) is distinct from (1, 1)""")


@flow("a backup taken under load is brought back into a fresh cluster, and every ticket is audited and mailed once")
def _():
    dump = desk.state / "drill.dump"
    eventually("all is told", nothing_waits)
    desk.stack("stop", "mail")  # so that some of what the backup holds has not been sent

    def back_up():
        subprocess.run(["pg_dump", "-Fc", "-f", dump, desk.env["DATABASE_URL"]], check=True, timeout=60)
    made = under_load(back_up)
    desk.stack("start", "mail")
    for program in PROGRAMS:
        desk.stack("stop", program)
    empty_cluster()
    roles = subprocess.run([ROOT / "build/bin/guichetctl", "roles"], env={**desk.env, "DATABASE_URL": superuser_url()}, capture_output=True, text=True)
    assert roles.returncode == 0, roles.stderr
    restored = subprocess.run(["pg_restore", "-d", desk.env["DATABASE_URL"], "--no-owner", "--exit-on-error", dump],
                              capture_output=True, text=True, timeout=120)
    assert restored.returncode == 0, restored.stderr
    assert desk.ctl("migrate").returncode == 0
    dump.unlink()
    letters = {row[0] for row in desk.sql("select id from dead_letters")}
    before = {row[0] for row in desk.sql("select id from tickets where title = 'under load'")}
    sent_before = {row[0] for row in desk.sql("select id from mails where state = 'sent'")}
    assert before and before <= set(made)

    for program in PROGRAMS:
        if program != "relay":
            desk.stack("start", program, check=False)
    start = subprocess.Popen([ROOT / "ops/stack", "start", "relay", "--state", desk.state], stderr=subprocess.DEVNULL)
    eventually("the relay refuses", lambda: "rebase" in probe("relay", "/ready")[1], 30)
    status = desk.ctl("outbox", "status")
    assert status.returncode == 1 and "rebase" in status.stdout, status.stdout
    token = desk.register(address())["accessToken"]
    writer = subprocess.Popen(["psql", desk.env["DATABASE_URL"], "-XAtq"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    writer.stdin.write("begin; select pg_current_xact_id();\n")
    writer.stdin.flush()
    assert int(writer.stdout.readline()) > 0
    since = {desk.ticket(token, "since")["id"] for _ in range(5)}
    rebase = desk.ctl("outbox", "rebase", "--yes")
    assert rebase.returncode == 0, rebase.stderr
    since |= {desk.ticket(token, "since")["id"]}
    writer.communicate("commit;\n")

    assert start.wait(timeout=60) == 0  # it waited for the relay to be ready
    eventually("all is told", nothing_waits, 60)
    eventually("every ticket is audited and mailed once", lambda: not_told_once() == [], 60)
    told = {row[0] for row in desk.sql("select id from tickets where title in ('under load', 'since')")}
    assert told == before | since, "tickets went, or came from nowhere"
    fallen = [row for row in desk.sql("select id, queue, type, reason, headers, body from dead_letters") if row[0] not in letters]
    assert not fallen, fallen
    caught = copies()
    assert all(caught.get(mail) == 1 for mail in sent_before if mail in caught), "what had been sent was sent again"
    mine = {row[0] for row in desk.sql("select m.id from mails m join tickets t on t.id = m.ticket_id where t.title in ('under load', 'since')")}
    eventually("every mail is caught", lambda: mine <= set(copies()))
    assert desk.ctl("audit", "verify").returncode == 0

