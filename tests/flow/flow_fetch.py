"""Flows: mail is fetched from mailboxes by IMAP, from a private Dovecot. The ledger is the judge: each message is there once,
byte by byte, and is marked in its mailbox only then."""
import contextlib
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import time
import uuid

from desk import desk, eventually, flow, pid_of, probe, stopped
from dovecot import Dovecot, Rude, Tokens, Wire

HELP = "support@guichet.localhost"
SERVER, SECURE, TOKENS, WIRE, TARPIT, NOBODY = (desk.port_base + n for n in range(94, 100))


def mail(subject=None, extra=b"Hello.\r\n", sender="ada@example.org"):
    subject = subject or uuid.uuid4().hex
    return f"From: {sender}\r\nTo: {HELP}\r\nSubject: {subject}\r\nMessage-ID: <{subject}@example.org>\r\n\r\n".encode() + extra


def user():
    return f"u{uuid.uuid4().hex[:10]}"


def account(who, more="", port=SERVER, password=":sesame", to=HELP):
    return f"imap://{who}{password}@127.0.0.1:{port}/INBOX?to={to}{more}"


def name(who):
    return f"{who}@127.0.0.1/INBOX"


def rows(body):
    """The ledger's rows of this very message: id, who brought it, its outcome."""
    return desk.sql("select id, peer, coalesce(outcome, ''), array_to_string(recipients, ' ') from inbound_mails where door = 'imap' and "
                    f"sha256 = decode('{hashlib.sha256(body).hexdigest()}', 'hex') order by id")


def taken(*bodies):
    return lambda: all(rows(body) for body in bodies)


def said(who):
    """Is the account polled, and what is said of it?"""
    return desk.sql(f"select is_up, coalesce(said, '') from dependencies where name = 'imap {name(who)}'")


def stored(row):
    return (pathlib.Path(desk.env["STORE_URL"].removeprefix("file://")) / "helpdesk-mail" / row[0][:6] / row[0]).read_bytes()


@contextlib.contextmanager
def fetching(*accounts, **settings):
    """The worker fetches from these, then from none."""
    desk.stack("restart", "fetch", IMAP_ACCOUNTS=" ".join(accounts), IMAP_EVERY="300ms", **settings)
    try:
        yield
    finally:
        desk.stack("up")


def dovecot():
    return Dovecot(desk.state / "dovecot", SERVER, SECURE, TOKENS)


@flow("without accounts the fetch worker is ready, and fetches nothing")
def _():
    assert probe("fetch", "/ready")[0] == 200
    assert "guichet_imap" not in probe("fetch", "/metrics")[1]


@flow("mail in several mailboxes is taken once and marked as its account wants, and broken ones beside them delay nobody")
def _():
    seen, moved, kept, wrong, away, mute = (user() for _ in range(6))
    read, unread, large = mail(), mail(), mail(extra=b"\xe9\x80 \x01}\r\n+ a0 OK\r\n)\r\n" + (b"x" * 998 + b"\r\n") * 3000)
    first, second, quiet = mail(), mail(extra=b""), mail()
    with dovecot() as server, Wire(TARPIT, None):
        server.put(seen, read, r"\Seen")
        for body in (unread, large):
            server.put(seen, body)
        for body in (first, second):
            server.put(moved, body)
        server.put(kept, quiet)
        accounts = [account(mute, port=TARPIT), account(away, port=NOBODY), account(wrong, password=":guessed"), account(seen),
                    account(moved, "&after=move:Trait%C3%A9"), account(kept, "&after=keep")]
        begun = time.monotonic()
        with fetching(*accounts):
            eventually("all are taken", taken(unread, large, first, second, quiet), 15)
            print(f"# taken within {time.monotonic() - begun:.1f} s", flush=True)
            assert not rows(read), "somebody had read it before"
            eventually("they are marked", lambda: server.flags(seen) == [True] * 3)
            eventually("they are moved", lambda: not server.flags(moved) and len(server.flags(moved, '"Trait&AOk-"')) == 2)
            later = mail()
            server.put(seen, later, r"\Seen")
            eventually("what is read meanwhile by somebody else is taken too", taken(later))
            eventually("it is said why", lambda: "refused" in said(wrong)[0][1] and said(away)[0][0] == "f")
            assert server.flags(kept) == [False]
            assert said(seen) == said(moved) == said(kept) == [["t", ""]]
            assert probe("fetch", "/ready")[0] == 200
            metrics = probe("fetch", "/metrics")[1]
            assert f'guichet_imap_taken_total{{account="{name(seen)}"}} 3\n' in metrics, metrics
            assert f'guichet_imap_up{{account="{name(wrong)}"}} 0\n' in metrics
            assert "sesame" not in (desk.state / "log/fetch.log").read_text()
            for body, who in ((unread, seen), (large, seen), (first, moved), (second, moved), (quiet, kept)):
                row, = rows(body)
                assert row[1] == name(who) and row[3] == HELP and stored(row) == body
            eventually("it is a ticket", lambda: rows(unread)[0][2] == "ticket")


@flow("killed between taking mail and marking it, the fetch worker loses nothing, takes nothing twice, and marks it later")
def _():
    who, bodies = user(), [mail() for _ in range(40)]
    with dovecot() as server, Wire(WIRE, SERVER) as wire:
        for body in bodies:
            server.put(who, body)
        with fetching(account(who, port=WIRE)):
            for _ in range(3):
                eventually("the others are marked", lambda: all(server.flags(who)))
                wire.word = b"STORE"
                bodies.append(mail())
                server.put(who, bodies[-1])
                eventually("it wants to mark", wire.held.is_set)
                assert rows(bodies[-1]) and server.flags(who)[-1] is False, "it is taken, and not marked yet"
                os.kill(pid_of("fetch"), signal.SIGKILL)
                wire.cut()
                eventually("it is marked by the next one", lambda: all(server.flags(who)))
        found = [rows(body) for body in bodies]
        assert [len(each) for each in found] == [1] * len(bodies), [len(each) for each in found]
        assert all(stored(each[0]) == body for each, body in zip(found, bodies))


@flow("what was taken under another numbering is not a second ticket, and what is new is taken")
def _():
    who, old, new = user(), mail(), mail()
    with dovecot() as server:
        server.put(who, old)
        with fetching(account(who, "&after=keep")):
            eventually("it is a ticket", lambda: rows(old)[0][2] == "ticket")
            before = desk.sql(f"select uidvalidity from imap_cursors where account = '{name(who)}'")
            eventually("a second has passed", lambda: int(time.time()) > int(before[0][0]))
            server.forget_numbers(who)
            server.put(who, new)
            eventually("it is taken", taken(new))
            eventually("both have an outcome", lambda: all(row[2] for row in rows(old) + rows(new)))
            assert sorted(row[2] for row in rows(old)) == ["duplicate", "ticket"]
            assert desk.sql(f"select uidvalidity from imap_cursors where account = '{name(who)}'") != before


@flow("a message that cannot be taken stays where it is and is told, and those behind it are taken")
def _():
    who, large, small = user(), mail(extra=(b"z" * 998 + b"\r\n") * 100), mail()
    with dovecot() as server:
        server.put(who, large)
        server.put(who, small)
        with fetching(account(who), MAIL_MAX_BYTES="65536"):
            eventually("it is taken", taken(small))
            eventually("it is told", lambda: f'guichet_imap_left{{account="{name(who)}"}} 1\n' in probe("fetch", "/metrics")[1])
            assert desk.sql(f"select reason, next_try_at from imap_troubles where account = '{name(who)}'") == [
                ["it is larger than MAIL_MAX_BYTES", ""]]
            assert server.flags(who) == [False, True] and not rows(large)


@flow("a connection that ends in the middle of a message holds up no other message, and the message is tried again")
def _():
    who, killer, behind = user(), mail(), mail()
    with dovecot() as server, Wire(WIRE, SERVER) as wire:
        server.put(who, killer)
        server.put(who, behind)
        wire.word = b"UID FETCH 1 "
        with fetching(account(who, port=WIRE)):
            eventually("it is asked for", wire.held.is_set)
            wire.cut()
            eventually("the other one is taken", taken(behind))
            assert not rows(killer)
            desk.sql(f"update imap_troubles set next_try_at = now() where account = '{name(who)}'")
            eventually("it is taken the next time", taken(killer))
            eventually("there is no trouble any more", lambda: not desk.sql(f"select from imap_troubles where account = '{name(who)}'"))
            eventually("both are marked", lambda: server.flags(who) == [True, True])


@contextlib.contextmanager
def objects_folder(name):
    """A folder that is the programs' own, as an operator would give it to them."""
    objects = pathlib.Path(desk.env["STORE_URL"].removeprefix("file://"))
    folder = objects.parent / f"fetch-{name}"
    folder.mkdir(mode=0o700)
    os.chown(folder, objects.stat().st_uid, objects.stat().st_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def oauth_file(token):
    with objects_folder("oauth") as folder:
        yield write_oauth(folder / "desk.json", token)


def write_oauth(file, token):
    file.write_text(json.dumps({"token_url": f"http://127.0.0.1:{TOKENS}/token", "client_id": "desk", "client_secret": "s", "refresh_token": token,
                                "kept": "as it is"}))
    os.chown(file, file.parent.stat().st_uid, file.parent.stat().st_gid)
    file.chmod(0o600)
    return file


@flow("a mailbox that wants a token gets a new one when the old one is refused, and a replaced refresh token is kept")
def _():
    who, bodies = user(), [mail() for _ in range(3)]
    with Tokens(TOKENS, who) as tokens, dovecot() as server, oauth_file(tokens.refresh) as file:
        server.put(who, bodies[0])
        with fetching(account(who, f"&oauth={file}", password="")):
            eventually("it is taken", taken(bodies[0]))
            assert tokens.given == 1, "one token is good for many logins"
            kept = json.loads(file.read_text())
            assert kept["refresh_token"] == "refresh-1" and kept["kept"] == "as it is"
            assert file.stat().st_mode & 0o777 == 0o600 and [each.name for each in file.parent.iterdir()] == [file.name]
            tokens.good.clear()
            server.put(who, bodies[1])
            eventually("it is taken with another one", taken(bodies[1]))
            assert tokens.given == 2 and tokens.refused == 0
            desk.stack("restart", "fetch", IMAP_ACCOUNTS=account(who, f"&oauth={file}", password=""), IMAP_EVERY="300ms")
            server.put(who, bodies[2])
            eventually("after a restart, too", taken(bodies[2]))
            assert tokens.refused == 0
            tokens.good.clear()
            tokens.refresh = "somebody has taken the right away"
            eventually("it is said", lambda: said(who) == [["f", "the token server refuses: invalid_grant"]])
            log = (desk.state / "log/fetch.log").read_text()
            assert "access-" not in log and "refresh-" not in log


@flow("a server whose certificate nobody vouches for is told nothing, and one that is vouched for is")
def _():
    who, body = user(), mail()
    url = f"imaps://{who}:sesame@localhost:{SECURE}/?to={HELP}"
    with dovecot() as server, objects_folder("tls") as folder:
        (folder / "ca.pem").write_bytes((server.folder / "cert.pem").read_bytes())
        (folder / "ca.pem").chmod(0o644)
        server.put(who, body)
        told = f"select is_up, said from dependencies where name = 'imap {who}@localhost/INBOX'"
        with fetching(url):
            eventually("it is said", lambda: "certificate" in desk.sql(told)[0][1])
        assert not rows(body)
        with fetching(url, CA_FILE=str(folder / "ca.pem")):
            eventually("it is taken", taken(body))
            eventually("it is said", lambda: desk.sql(told) == [["t", ""]])


@flow("mail for an address that the desk does not take mail for waits in its mailbox until it does")
def _():
    who, box, body = user(), f"{user()}@desk.test", mail()
    with dovecot() as server:
        server.put(who, body)
        with fetching(account(who, to=box)):
            eventually("it is said", lambda: said(who) == [["f", f"{box} is no mailbox that takes mail"]])
            assert server.flags(who) == [False]
            desk.sql(f"insert into mailboxes (id, address) values ('{uuid.uuid4()}', '{box}')")
            eventually("it is taken", taken(body))
            assert rows(body)[0][3] == box


@flow("a mail server that goes away is polled again when it is back")
def _():
    who, body, later = user(), mail(), mail()
    with dovecot() as server:
        server.put(who, body)
        with fetching(account(who)):
            eventually("it is taken", taken(body))
            server.__exit__()
            eventually("it is said", lambda: said(who)[0][0] == "f")
            server.start()
            server.put(who, later)
            eventually("it is taken", taken(later), 30)
            eventually("it is said", lambda: said(who) == [["t", ""]])


@flow("while the database is away mail waits in its mailbox, unmarked, and is taken once when it is back")
def _():
    who, body = user(), mail()
    with dovecot() as server, fetching(account(who)):
        eventually("it is polled", lambda: said(who) == [["t", ""]])
        with stopped("postgresql"):
            server.put(who, body)
            eventually("it says so", lambda: probe("fetch", "/ready")[0] == 503, 40)
            assert server.flags(who) == [False]
        eventually("it is taken", taken(body), 40)
        eventually("it is marked", lambda: server.flags(who) == [True])
        assert len(rows(body)) == 1


@contextlib.contextmanager
def second_worker():
    """With the settings of the first one, but for its probe."""
    lines = (desk.state / "programs/fetch.env").read_text()
    env = dict(word.split("=", 1) for word in shlex.split(lines, comments=True) if "=" in word)
    with open(desk.state / "second.log", "wb") as log:
        process = subprocess.Popen([os.environ["GUICHET_BIN"] + "/guichet-fetch"], env={**env, "PROBE_LISTEN": f"127.0.0.1:{NOBODY}"}, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


@flow("of two fetch workers one polls an account at a time, and the other one goes on when that dies")
def _():
    who, bodies = user(), [mail() for _ in range(30)]
    held = "select count(*) from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory' and a.usename = 'guichet_fetch'"
    with dovecot() as server, fetching(account(who)), second_worker():
        eventually("it is polled", lambda: said(who) == [["t", ""]])
        for at, body in enumerate(bodies):
            server.put(who, body)
            if at % 10 == 5:
                os.kill(pid_of("fetch"), signal.SIGKILL)
            assert int(desk.sql(held)[0][0]) <= 1
        eventually("all are taken", taken(*bodies))
        eventually("all are marked", lambda: all(server.flags(who)))
        assert [len(rows(body)) for body in bodies] == [1] * len(bodies)


SELECTED, FOUND = b"* OK [UIDVALIDITY 7] fine\r\n* OK [UIDNEXT 9] fine\r\n{tag} OK\r\n", b"* SEARCH 3 -4 18446744073709551616 x 5\r\n{tag} OK\r\n"
SIZES = b"* 1 FETCH (UID 3 RFC822.SIZE 10)\r\n* 2 FETCH (RFC822.SIZE 10 UID 5)\r\n{tag} OK\r\n"
RUDE = [
    [b"{tag} OK\r\n"],
    [b"* OK [UIDVALIDITY 99999999999999999999999]\r\n{tag} OK\r\n"],
    [b"y" * 5000000],
    [b"* BYE\r\n"],
    [b"* 3 EXISTS {99999999999999999999}\r\n{tag} OK\r\n"],
    [SELECTED, b"* SEARCH" + b" 3" * 100000 + b"\r\n{tag} NO\r\n"],
    [SELECTED, FOUND, b"* 1 FETCH (UID 3 RFC822.SIZE -1)\r\n* FETCH\r\n*\r\n\r\n* 1 FETCH (UID\r\n{tag} OK\r\n"],
    [SELECTED, FOUND, SIZES, b"* 1 FETCH (UID 77 BODY[] {4}\r\nabcd)\r\n{tag} OK\r\n", b"* 2 FETCH (UID 5 BODY[] NIL)\r\n{tag} OK\r\n"],
    [SELECTED, FOUND, SIZES, b"* 1 FETCH (BODY[] {999999999999}\r\n" + b"z" * 100000],
]


@flow("a server that answers anything at all brings nobody down, and nothing that is no message of it is taken")
def _():
    rude_ones, beside, body = [user() for _ in RUDE], user(), mail()
    with dovecot() as server, Rude(WIRE, RUDE) as rude:
        with fetching(*(account(who, port=WIRE) for who in rude_ones), account(beside)):
            pid = pid_of("fetch")
            eventually("it has said all of it, and more", lambda: rude.served >= 2 * len(RUDE), 60)
            server.put(beside, body)
            eventually("mail of others is taken meanwhile", taken(body))
            assert pid_of("fetch") == pid
        names = "', '".join(map(name, rude_ones))
        assert desk.sql(f"select count(*) from inbound_mails where door = 'imap' and peer in ('{names}')") == [["0"]]
