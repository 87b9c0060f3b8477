"""Flows: who guesses, and who has forgotten. On stacks of its own settings: what other themes need to be wide is narrow here."""
import concurrent.futures
import re
import shlex
import subprocess
import threading
import uuid

from desk import ROOT, address, desk, eventually, flow, stopped

NARROW = {"SIGN_IN_FAILURES": "5", "SIGN_IN_TRIES": "15", "SIGN_IN_TRIES_PER_ACCOUNT": "60", "SIGN_IN_TRIES_PER_CLIENT": "150"}


def sign_in(who, password="password123", client=None):
    headers = {"X_Forwarded_For": client} if client else {}
    return desk.post("/api/v1/auth/login", {"email": who, "password": password}, **headers)


def clients():
    """Addresses that nobody has come from yet."""
    n = 0
    while True:
        n += 1
        yield f"203.0.{113 + n // 250}.{n % 250 + 1}"


client = clients()


def narrow(**more):
    """A stack that is as careful as the defaults are."""
    desk.stack("restart", "ingress", **{**NARROW, **more})


@flow("of fifteen tries at an account in three minutes a client has no sixteenth, whatever the password; others go on")
def _():
    narrow(SIGN_IN_FAILURES="0")
    who, here = address(), next(client)
    desk.register(who)
    answers = [sign_in(who, "not this one", here) for _ in range(15)]
    assert {a.status for a in answers} == {401}
    assert [a.headers["RateLimit-Remaining"] for a in answers] == [str(n) for n in range(14, -1, -1)]
    assert answers[0].headers["RateLimit-Policy"] == "15;w=180" and answers[0].headers["RateLimit-Limit"] == "15"
    refused = sign_in(who, "password123", here)
    assert refused.status == 429 and refused.json["code"] == "RATE_LIMITED" and "réessayez" in refused.json["message"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 360 and refused.headers["RateLimit-Remaining"] == "0"
    assert sign_in(who, "password123", next(client)).status == 200
    other = address()
    desk.register(other)
    assert sign_in(other, "password123", here).status == 200


@flow("an account has sixty tries from all clients together, also while Redis is away")
def _():
    narrow(SIGN_IN_FAILURES="0", SIGN_IN_TRIES_PER_ACCOUNT="20")
    for away in (False, True):
        who = address()
        if not away:
            assert [sign_in(who, "guess", next(client)).status for _ in range(21)] == [401] * 20 + [429]
            continue
        with stopped("redis"):
            assert [sign_in(who, "guess", next(client)).status for _ in range(21)] == [401] * 20 + [429]


@flow("who floods the door with addresses that nobody has holds a part of it, and people get in meanwhile")
def _():
    narrow(SIGN_IN_TRIES_PER_CLIENT="0")
    who, flooder = address(), next(client)
    desk.register(who)
    refused, over = [], threading.Event()

    def flood():
        while not over.is_set():
            refused.append(sign_in(address("nobody"), "guess", flooder).status)
    with concurrent.futures.ThreadPoolExecutor(60) as pool:
        for _ in range(60):
            pool.submit(flood)
        try:
            eventually("the flood is there", lambda: 429 in refused)
            for _ in range(3):
                eventually("somebody gets in", lambda: sign_in(who, "password123", next(client)).status == 200)
        finally:
            over.set()


def fail(who, times):
    return [sign_in(who, "guess", next(client)).status for _ in range(times)]


def forget_the_lock(who):
    """As if its time were over."""
    desk.sql(f"update sign_in_failures set locked_until = now() - interval '1 second' where email = '{who}'")


@flow("five failures lock an address, known or not, then longer each time; sessions live on, and the owner is told once")
def _():
    narrow(SIGN_IN_TRIES="0", SIGN_IN_TRIES_PER_ACCOUNT="0")
    who, nobody = address(), address()
    account = desk.register(who)
    for each in (who, nobody):
        assert fail(each, 5) == [401] * 5
        locked = sign_in(each, client=next(client))
        assert locked.status == 423 and locked.json["code"] == "AUTH_ACCOUNT_LOCKED", locked.raw
        assert 50 <= int(locked.headers["Retry-After"]) <= 60
    assert desk.get("/api/v1/auth/me", account["token"]).status == 200
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": account["refreshToken"]}).status == 200
    for minutes in (5, 15, 60, 60):
        forget_the_lock(who)
        assert fail(who, 5) == [401] * 5
        left = int(sign_in(who, client=next(client)).headers["Retry-After"])
        assert minutes * 60 - 10 <= left <= minutes * 60, left
    eventually("the trail is told of each", lambda: [row[0] for row in desk.sql(
        f"select payload::jsonb #>> '{{data,lockedSeconds}}' from audit_log where action = 'USER_LOCKED' and payload like '%{account['user']['id']}%'"
        " order by seq")] == ["60", "300", "900", "3600", "3600"])
    eventually("the owner has a mail", lambda: len(desk.mails(who)) == 1)
    assert "suspendue" in desk.mails(who)[0]["Subject"]
    forget_the_lock(who)
    assert sign_in(who, client=next(client)).status == 200
    assert fail(who, 4) == [401] * 4 and sign_in(who, client=next(client)).status == 200


@flow("an administrator lets in again whom wrong passwords have locked out")
def _():
    narrow(SIGN_IN_TRIES="0", SIGN_IN_TRIES_PER_ACCOUNT="0")
    who, admin = address(), desk.admin()
    account = desk.register(who)["user"]["id"]
    assert fail(who, 5) == [401] * 5 and sign_in(who, client=next(client)).status == 423
    assert desk.call("PUT", f"/api/v1/users/{account}/status", {"status": "unlock"}, admin).status == 200
    assert sign_in(who, client=next(client)).status == 200
    eventually("the trail is told", lambda: desk.sql(f"select 1 from audit_log where action = 'USER_UNLOCKED' and resource_id = '{account}'"))


@flow("who is invited sets the first password by the link of the mail")
def _():
    who = address("invited")
    assert desk.post("/api/v1/users", {"email": who, "role": "agent", "language": "en"}, desk.admin()).status == 201
    token = link_of(who, "invitation")
    assert at("accept-invitation", token=token, password="password123").status == 200
    assert desk.get("/api/v1/auth/me", desk.login(who)).data["role"] == "agent"
    assert at("accept-invitation", token=token, password="password1234").json["code"] == "AUTH_LINK_INVALID"


# --- links that come by mail ------------------------------------------------------------------------------------

CHEAP = "$argon2id$v=19$m=256,t=1,p=1$c29tZSBzYWx0IGhlcmUhIQ$vCq9SQ9VsJNr7lWZYdj3oIhuZ9DnrGGyRO2Sb0nh/k0"  # of password123

LINK = re.compile(r"/auth/links/([0-9a-f]{64})")


def link_of(who, subject, n=1):
    """The token of the nth mail to that address whose subject holds the words."""
    def found():
        mails = sorted((m for m in desk.mails(who) if subject in m["Subject"]), key=lambda m: m["Message-ID"])
        return LINK.search(mails[n - 1].get_content())[1]
    return eventually(f"the mail {subject!r} to {who}", found)


def at(path, **body):
    return desk.post("/api/v1/auth/" + path, body)


@flow("who has forgotten the password sets another by a mail, once, and every session ends")
def _():
    narrow(SIGN_IN_TRIES="0", SIGN_IN_TRIES_PER_ACCOUNT="0", ACCOUNT_MAILS_PER_HOUR="3")
    who, nobody = address(), address()
    before = desk.register(who)
    answers = [at("forgot-password", email=each) for each in (who, nobody)]
    assert [a.status for a in answers] == [200, 200] and answers[0].json["message"] == answers[1].json["message"]
    token = link_of(who, "mot de passe")
    assert fail(who, 5) == [401] * 5 and sign_in(who, client=next(client)).status == 423
    weak = at("reset-password", token=token, password="12345678")
    assert weak.status == 400 and weak.json["errors"][0]["pointer"] == "/password", weak.raw
    assert at("reset-password", token=token, newPassword="another one").status == 200
    again = at("reset-password", token=token, password="a third one")
    assert again.status == 400 and again.json["code"] == "AUTH_LINK_INVALID"
    assert sign_in(who, "another one", next(client)).status == 200  # and the lock is lifted
    assert sign_in(who, "password123", next(client)).status == 401
    assert desk.get("/api/v1/auth/me", before["token"]).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": before["refreshToken"]}).status == 401
    for _ in range(4):  # of a kind of mails there are three in an hour, and one was used
        assert at("forgot-password", email=who).status == 200
    assert desk.sql(f"select template, count(*) from mails where recipient = '{who}' and template like 'account%' group by 1 order by 1") == [
        ["account_locked", "1"], ["account_reset", "3"]]
    assert desk.sql(f"select count(*) from mails where recipient = '{nobody}'") == [["0"]]
    token = link_of(who, "mot de passe", 2)
    desk.sql("update account_tokens set expires_at = now() - interval '1 second'")
    assert at("reset-password", token=token, password="too late now").json["code"] == "AUTH_LINK_INVALID"


@flow("no token is anywhere but in its mail: not in the database, not in a log, not in a message")
def _():
    who = address()
    desk.register(who)
    at("forgot-password", email=who)
    token = link_of(who, "mot de passe")
    assert at("reset-password", token="0" * 64, password="another one").json["code"] == "AUTH_LINK_INVALID"
    desk.get("/api/v1/auth/links/" + token)
    assert desk.sql("select count(*) from account_tokens") != [["0"]]
    for table in ("mails", "outbox", "account_tokens", "audit_log", "inbox"):
        assert desk.sql(f"select count(*) from {table} t where t::text like '%{token}%'") == [["0"]], table
    for log in (desk.state / "log").glob("*"):
        assert token not in log.read_text(errors="replace"), log


@flow("until who registers has followed the one link, the address gets no other mail; then it does")
def _():
    narrow(SIGN_IN_TRIES="0", VERIFY_EMAIL="yes")
    who = address()
    account = desk.register(who)
    token = link_of(who, "Vérifiez")
    me = lambda: desk.get("/api/v1/auth/me", account["token"]).data["emailVerified"]
    assert me() is False
    desk.ticket(account["token"])
    at("forgot-password", email=who)
    eventually("it was decided", lambda: desk.sql(
        f"select count(*) from notifications where recipient_id = '{account['user']['id']}' and channel = 'email' and state = 'declined'"
        " and why ->> 'preference' = 'the address is not proven'") != [["0"]])
    assert at("verify-email", token=token).status == 200 and me() is True
    assert at("verify-email", token=token).status == 400
    desk.ticket(account["token"], "Deuxième")
    eventually("a mail", lambda: any("Deuxième" in str(m["Subject"]) for m in desk.mails(who)))
    assert desk.sql(f"select count(*) from mails where recipient = '{who}'") == [["2"]]
    events = eventually("the trail", lambda: desk.sql(
        f"select count(*) from audit_log where action = 'USER_EMAIL_VERIFIED' and payload like '%{account['user']['id']}%'") == [["1"]])
    assert events
    desk.stack("restart", "ingress", VERIFY_EMAIL="auto")


@flow("who registers with another's address reads nothing of what its owner writes by mail, and the owner gets in by a link")
def _():
    narrow(SIGN_IN_TRIES="0", VERIFY_EMAIL="yes")
    who = address("victim")
    taken = desk.register(who)
    program = desk.post("/api/v1/auth/tokens", {"name": "x", "scopes": ["read"]}, taken["token"]).data["token"]
    assert desk.post("/api/v1/auth/totp/enrol", {"password": "password123"}, taken["token"]).status == 200
    mail = f"From: {who}\r\nTo: support@guichet.localhost\r\nSubject: secret\r\nMessage-ID: <{uuid.uuid4()}@x.test>\r\n\r\nle code est 1234\r\n"
    piped = desk.ctl("mail", "pipe", "--recipient", "support@guichet.localhost", "--sender", who, input=mail)
    assert piped.returncode == 0, piped.stderr
    ticket = eventually("the ticket", lambda: desk.sql(f"select id from tickets where owner_id = '{taken['user']['id']}'"))[0][0]
    eventually("the session is over", lambda: desk.get(f"/api/v1/tickets/{ticket}", taken["token"]).status == 401, 3)
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": taken["refreshToken"]}).status == 401
    assert sign_in(who).status == 401
    eventually("so is the program's token", lambda: desk.get("/api/v1/tickets", program).status == 401, 3)
    assert desk.sql(f"select 1 from totp_factors where account_id = '{taken['user']['id']}'") == []
    at("forgot-password", email=who)
    assert at("reset-password", token=link_of(who, "mot de passe"), password="a new password of mine").status == 200
    own = desk.login(who, "a new password of mine")
    assert "1234" in desk.get(f"/api/v1/tickets/{ticket}", own).data["description"]
    desk.stack("restart", "ingress", VERIFY_EMAIL="auto")


@flow("a link signs a requester in, once, and never staff; a browser does it by a page without a script")
def _():
    who = address()
    desk.register(who)
    assert at("magic-link", email=who).status == at("magic-link", email=desk.env["GUICHET_ADMIN_EMAIL"]).status == 200
    token = link_of(who, "connexion")
    opened = at("magic-link/confirm", token=token)
    assert opened.status == 200 and desk.get("/api/v1/auth/me", opened.data["token"]).data["email"] == who
    assert at("magic-link/confirm", token=token).json["code"] == "AUTH_LINK_INVALID"
    assert desk.sql(f"select count(*) from mails where recipient = '{desk.env['GUICHET_ADMIN_EMAIL']}' and template = 'account_magic'") == [["0"]]
    at("magic-link", email=who)
    page = "/api/v1/auth/links/" + link_of(who, "connexion", 2)
    for language, word in (("fr", "Me connecter"), ("en", "Sign in")):
        shown = desk.get(page, Accept="text/html", Accept_Language=language)
        assert shown.status == 200 and word in shown.raw.decode() and "<script" not in shown.raw.decode()
        assert "default-src 'none'" in shown.headers["Content-Security-Policy"] and shown.headers["Referrer-Policy"] == "no-referrer"
    done = desk.call("POST", page, b"", Accept="text/html", Content_Type="application/x-www-form-urlencoded")
    assert done.status == 200 and "connecté" in done.raw.decode()
    cookie = done.headers["Set-Cookie"].split(";")[0]
    assert desk.post("/api/v1/auth/refresh", {}, Cookie=cookie).data["user"]["email"] == who
    assert desk.call("POST", page, b"", Accept="text/html", Content_Type="application/x-www-form-urlencoded").status == 400


@flow("a password is set on the page of a link, by a form")
def _():
    who = address()
    desk.register(who)
    at("forgot-password", email=who)
    page = "/api/v1/auth/links/" + link_of(who, "mot de passe")
    assert 'type="password"' in desk.get(page, Accept="text/html").raw.decode()
    form = {"Accept": "text/html", "Content_Type": "application/x-www-form-urlencoded"}
    assert desk.call("POST", page, b"password=court", **form).status == 400
    assert desk.call("POST", page, "password=un+autre%20%C3%A9t%C3%A9".encode(), **form).status == 200
    assert sign_in(who, "un autre été").status == 200


@flow("an address changes when the old one and the new one have said yes, for who knows the password")
def _():
    who, new, other = address(), address("new"), address()
    token = desk.register(who)["token"]
    desk.register(other)
    ask = lambda **body: desk.post("/api/v1/auth/change-email", body, token)
    assert ask(newEmail=new, password="not this one").json["code"] == "AUTH_INVALID_CREDENTIALS"
    assert ask(newEmail=other, password="password123").json["code"] == "USER_ALREADY_EXISTS"
    assert ask(newEmail=new, password="password123").status == 200
    first = at("change-email/confirm", token=link_of(new, "Confirmez"))
    assert first.status == 200 and first.data["isChanged"] is False
    assert sign_in(who).status == 200 and sign_in(new).status == 401
    assert at("change-email/confirm", token=link_of(who, "Changement")).data["isChanged"] is True
    assert sign_in(who).status == 401 and sign_in(new).status == 200
    assert desk.get("/api/v1/auth/me", token).data["email"] == new


@flow("a new password for who knows the present one ends every other session, and not this one")
def _():
    who = address()
    here, there = desk.register(who)["token"], desk.login(who)
    change = lambda verb, old, new: desk.call(verb, "/api/v1/auth/change-password", {"currentPassword": old, "newPassword": new}, here)
    assert change("POST", "not this one", "another one").json["code"] == "AUTH_INVALID_CREDENTIALS"
    assert change("POST", "password123", who).json["errors"][0]["pointer"] == "/newPassword"
    assert change("POST", "password123", "another one").status == 200
    assert desk.get("/api/v1/auth/me", here).status == 200
    assert desk.get("/api/v1/auth/me", there).json["code"] == "AUTH_TOKEN_REVOKED"
    assert change("PUT", "another one", "a third one").status == 200
    assert sign_in(who, "a third one").status == 200 and sign_in(who, "another one").status == 401


# --- sessions, accounts, production ---------------------------------------------------------------------------------

@flow("one sees where one is signed in, and ends one's own sessions, not other people's")
def _():
    who, other = address(), desk.register(address())
    here = desk.register(who)["token"]
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
    there = desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}, User_Agent=firefox, X_Forwarded_For="203.0.113.9").data
    listed = desk.get("/api/v1/auth/sessions", here).data["sessions"]
    assert [s["isCurrent"] for s in listed] == [False, True] and listed[0]["method"] == "password"
    assert listed[0]["device"] == "Firefox, Linux" and listed[0]["ipAddress"] == "203.0.113.9" and listed[0]["userAgent"] == firefox
    end = lambda session, token: desk.call("DELETE", f"/api/v1/auth/sessions/{session}", token=token)
    assert end(listed[0]["id"], other["token"]).status == 404
    assert end(listed[0]["id"], here).status == 200 and end(listed[0]["id"], here).status == 404
    assert desk.get("/api/v1/auth/me", there["token"]).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": there["refreshToken"]}).status == 401
    assert len(desk.get("/api/v1/auth/sessions", here).data["sessions"]) == 1


@flow("accounts are shown to staff and to oneself, figures to administrators")
def _():
    who = address()
    mine, other, admin = desk.register(who), desk.register(address()), desk.admin()
    path = "/api/v1/auth/users/" + mine["user"]["id"]
    assert desk.get(path, mine["token"]).data["email"] == who and desk.get(path, admin).data["id"] == mine["user"]["id"]
    assert desk.get(path, other["token"]).status == 403
    assert desk.get("/api/auth/users/email/" + who, admin).data["id"] == mine["user"]["id"]
    assert desk.get("/api/v1/auth/users/email/" + who, mine["token"]).status == 403
    assert desk.get("/api/v1/auth/users/email/" + address(), admin).status == 404
    assert desk.get("/api/v1/auth/stats", mine["token"]).status == 403
    figures = desk.get("/api/v1/auth/stats", admin).data
    assert figures["totalUsers"] >= figures["activeUsers"] >= 3 and figures["logins24h"] >= 1 and figures["lockedUsers"] >= 0


@flow("a session ends when it is old enough, however often it was renewed")
def _():
    first = desk.register(address())
    desk.sql(f"update sessions set ends_at = now() + interval '1 hour' where account_id = '{first['user']['id']}'")
    renewed = desk.post("/api/v1/auth/refresh", {"refreshToken": first["refreshToken"]})
    assert renewed.status == 200
    left = desk.sql(f"select expires_at <= ends_at from sessions where account_id = '{first['user']['id']}'")
    assert left == [["t"]]
    desk.sql(f"update sessions set expires_at = now() - interval '1 second' where account_id = '{first['user']['id']}'")
    assert desk.post("/api/v1/auth/refresh", {"refreshToken": renewed.data["refreshToken"]}).status == 401


@flow("a hash that was made with less is made anew when its owner signs in")
def _():
    who = address()
    desk.register(who)
    hashed = lambda: desk.sql(f"select password_hash from credentials join accounts a on a.id = account_id where a.email = '{who}'")[0][0]
    desk.sql(f"update credentials set password_hash = '{CHEAP}' where account_id = (select id from accounts where email = '{who}')")
    assert sign_in(who).status == 200 and hashed().startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert sign_in(who).status == 200


@flow("in production passwords are strong, addresses proven, and the cookie belongs to this host and to TLS")
def _():
    narrow(SIGN_IN_TRIES="0", ENVIRONMENT="production")
    try:
        register = lambda password, who: desk.post("/api/v1/auth/register", {"email": who, "password": password})
        who = address("zoemartin")
        for weak in ("password123", "Azerty1234", "onlysmallletters", who.split("@")[0].upper() + "a1!", "Summer2025"):
            assert register(weak, who).json["errors"][0]["code"] == "weak", weak
        sentence = "une phrase assez longue, été comme hiver " * 20
        for strong in ("Tr1ste-Tropique", sentence):
            who = address()
            opened = register(strong, who)
            assert opened.status == 201, opened.raw
            cookie = opened.headers["Set-Cookie"]
            assert cookie.startswith("__Host-refreshToken=") and "; Secure" in cookie and "Path=/;" in cookie
            assert sign_in(who, strong).status == 200 and sign_in(who, strong[:-1]).status == 401
            assert desk.post("/api/v1/auth/refresh", {}, Cookie=cookie.split(";")[0]).status == 200
        link_of(who, "Vérifiez")
    finally:
        desk.stack("restart", "ingress", ENVIRONMENT="development", SIGN_IN_TRIES="0", SIGN_IN_TRIES_PER_ACCOUNT="0", SIGN_IN_TRIES_PER_CLIENT="0")


@flow("the cookie does not count for a page of another site, a JWT_SECRET that can be guessed not in production")
def _():
    account = desk.register(address())
    cookie = f"refreshToken={account['refreshToken']}"
    foreign = desk.post("/api/v1/auth/refresh", {}, Cookie=cookie, Origin="https://evil.example")
    assert foreign.status == 403 and foreign.json["code"] == "ORIGIN_REFUSED"
    assert desk.post("/api/v1/auth/refresh", {}, Cookie=cookie, Origin=desk.env["GUICHET_URL"]).status == 200
    listing = subprocess.run(["bash", "-c", f"set -a; . {shlex.quote(str(desk.state / 'programs/ingress.env'))}; env -0"], env={},
                             capture_output=True, text=True, check=True).stdout
    settings = dict(line.split("=", 1) for line in listing.split("\0") if "=" in line)
    for secret in ("change-me-to-something-of-32-characters", "ab" * 20):
        ended = subprocess.run([ROOT / "build/bin/guichet-ingress"], env={**settings, "ENVIRONMENT": "production", "JWT_SECRET": secret, "LISTEN": "127.0.0.1:1"}, capture_output=True, text=True, timeout=20)
        assert ended.returncode == 78 and "JWT_SECRET" in ended.stderr and secret not in ended.stderr, ended
