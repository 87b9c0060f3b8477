"""Flows: second factors, which signing in asks for beside the password; and tokens, by which programs get in."""
import base64
import concurrent.futures
import hashlib
import hmac
import re
import struct
import time
import urllib.parse

from desk import address, desk, eventually, flow, staff
from sse import Stream

PASSWORD = "password123"


def code_of(secret, ahead=0):
    """What a device shows that shares the secret: RFC 6238, written anew."""
    counter = struct.pack(">Q", int(time.time()) // 30 + ahead)
    mac = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = mac[19] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


def at(method, path, bearer=None, /, **body):
    return desk.call(method, "/api/v1" + path, body, bearer)


def forget_the_step(account):
    """As if half a minute had passed since a code was used."""
    desk.sql(f"update totp_factors set last_step = last_step - 2 where account_id = '{account['user']['id']}'")


def enrol(account):
    """The secret of a device that counts, and its recovery codes."""
    begun = at("POST", "/auth/totp/enrol", account["token"], password=PASSWORD)
    assert begun.status == 200, begun.raw
    secret = begun.data["secret"]
    done = at("POST", "/auth/totp/confirm", account["token"], code=code_of(secret))
    assert done.status == 200, done.raw
    forget_the_step(account)
    return secret, done.data["recoveryCodes"]


def half(who, password=PASSWORD):
    answer = at("POST", "/auth/login", email=who, password=password)
    assert answer.status == 200 and answer.data["mfaRequired"], answer.raw
    assert "token" not in answer.data and "Set-Cookie" not in answer.headers
    return answer.data["mfaToken"]


def second(token, code):
    return at("POST", "/auth/login/totp", mfaToken=token, code=code)


def events(account, kind):
    return desk.sql(f"select payload::jsonb ->> 'actorId' from audit_log where action = '{kind}' and payload::jsonb ->> 'accountId' = "
                    f"'{account['user']['id']}' order by seq")


@flow("a device is enrolled by the password and its first code; then signing in takes a code, which counts once")
def _():
    who = address()
    account = desk.register(who)
    assert at("POST", "/auth/totp/enrol", account["token"], password="not this one").json["code"] == "AUTH_INVALID_CREDENTIALS"
    assert at("POST", "/auth/totp/confirm", account["token"], code="123456").json["code"] == "MFA_NOT_ENABLED"
    begun = at("POST", "/auth/totp/enrol", account["token"], password=PASSWORD)
    secret = begun.data["secret"]
    uri = urllib.parse.urlsplit(begun.data["uri"])
    assert (uri.scheme, uri.netloc, urllib.parse.unquote(uri.path)) == ("otpauth", "totp", f"/Guichet:{who}")
    assert urllib.parse.parse_qs(uri.query)["secret"] == [secret] and len(secret) == 32
    assert begun.data["qr"].startswith("<svg ") and "script" not in begun.data["qr"]
    assert "accessToken" in at("POST", "/auth/login", email=who, password=PASSWORD).data  # nothing is asked for yet
    wrong = f"{(int(code_of(secret)) + 1) % 1000000:06d}"
    assert at("POST", "/auth/totp/confirm", account["token"], code=wrong).json["code"] == "AUTH_CODE_INVALID"
    done = at("POST", "/auth/totp/confirm", account["token"], code=code_of(secret))
    codes = done.data["recoveryCodes"]
    assert done.status == 200 and len(set(codes)) == 10 and all(re.fullmatch("([A-Z2-7]{4}-){3}[A-Z2-7]{4}", c) for c in codes)
    assert at("GET", "/auth/totp", account["token"]).data["recoveryCodesLeft"] == 10
    assert at("POST", "/auth/totp/enrol", account["token"], password=PASSWORD).json["code"] == "MFA_ALREADY_ENABLED"
    forget_the_step(account)
    token, code = half(who), code_of(secret)
    assert desk.get("/api/v1/auth/me", token).status == 401  # it gives access to nothing
    opened = second(token, code)
    assert opened.status == 200 and desk.get("/api/v1/auth/me", opened.data["token"]).status == 200
    assert desk.get("/api/v1/auth/sessions", opened.data["token"]).data["sessions"][0]["method"] == "password+totp"
    assert second(half(who), code).json["code"] == "AUTH_CODE_INVALID"
    forget_the_step(account)
    assert second(token, code_of(secret)).status == 401  # a token opens one session
    eventually("the trail is told", lambda: len(events(account, "USER_MFA_ENABLED")) == 1)
    eventually("the owner is told", lambda: [m for m in desk.mails(who) if "Double authentification activée" in m["Subject"]])
    kept = desk.sql(f"select encode(secret, 'escape') from totp_factors where account_id = '{account['user']['id']}'")[0][0]
    assert secret not in kept and base64.b32decode(secret).hex() not in desk.sql(
        f"select encode(secret, 'hex') from totp_factors where account_id = '{account['user']['id']}'")[0][0]
    everywhere = desk.sql("select (select string_agg(body, '') from outbox) || (select string_agg(payload, '') from audit_log)")[0][0]
    assert secret not in everywhere and not any(c in everywhere for c in codes)


@flow("a code that is sent four times at once opens one session")
def _():
    who = address()
    secret, _ = enrol(desk.register(who))
    tokens, code = [half(who) for _ in range(4)], code_of(secret)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = [a.status for a in pool.map(lambda t: desk.post("/api/v1/auth/login/totp", {"mfaToken": t, "code": code}), tokens)]
    assert sorted(answers) == [200, 401, 401, 401], answers


@flow("who has lost the device gets in with a recovery code, each once, and may have ten others")
def _():
    who = address()
    account = desk.register(who)
    secret, codes = enrol(account)
    loosely = codes[0].lower().replace("-", " ")
    opened = second(half(who), loosely)
    assert opened.status == 200
    assert desk.get("/api/v1/auth/sessions", opened.data["token"]).data["sessions"][0]["method"] == "password+recovery_code"
    assert second(half(who), codes[0]).status == 401
    assert at("GET", "/auth/totp", account["token"]).data["recoveryCodesLeft"] == 9
    assert at("POST", "/auth/totp/recovery-codes", account["token"], password=PASSWORD, code="000000").status == 401
    others = at("POST", "/auth/totp/recovery-codes", account["token"], password=PASSWORD, code=code_of(secret))
    assert others.status == 200 and not set(others.data["recoveryCodes"]) & set(codes)
    assert second(half(who), codes[1]).status == 401
    assert second(half(who), others.data["recoveryCodes"][1]).status == 200
    eventually("the trail is told", lambda: events(account, "USER_RECOVERY_CODES_RENEWED"))


@flow("guessing codes locks the account as guessing passwords does, and knowing the password does not help")
def _():
    who = address()
    account = desk.register(who)
    secret, _ = enrol(account)
    for _ in range(5):  # each with a fresh first half, which forgets nothing
        assert second(half(who), "000000").json["code"] == "AUTH_CODE_INVALID"
    token = at("POST", "/auth/login", email=who, password=PASSWORD)
    assert token.status == 423, token.raw
    eventually("the trail is told", lambda: len(events(account, "USER_LOCKED")) == 1)
    desk.sql(f"update sign_in_failures set locked_until = now() - interval '1 second' where email = '{who}'")
    assert second(half(who), code_of(secret)).status == 200


@flow("half of a sign-in ends with the password, or when a letter of it is changed")
def _():
    who = address()
    account = desk.register(who)
    secret, _ = enrol(account)
    token = half(who)
    for i in (0, 70, 100, len(token) - 1):
        changed = token[:i] + ("0" if token[i] != "0" else "1") + token[i + 1:]
        assert second(changed, code_of(secret)).json["code"] == "AUTH_TOKEN_INVALID"
    answer = at("POST", "/auth/change-password", account["token"], currentPassword=PASSWORD, newPassword="another password 1")
    assert answer.status == 200, answer.raw
    assert second(token, code_of(secret)).json["code"] == "AUTH_TOKEN_INVALID"
    assert second(half(who, "another password 1"), code_of(secret)).status == 200


@flow("password and code take the second factor away; an administrator does it for who has lost both")
def _():
    who = address()
    account = desk.register(who)
    secret, codes = enrol(account)
    assert at("DELETE", "/auth/totp", account["token"], password="wrong", code=code_of(secret)).status == 401
    assert at("DELETE", "/auth/totp", account["token"], password=PASSWORD, code="000000").json["code"] == "AUTH_CODE_INVALID"
    assert at("DELETE", "/auth/totp", account["token"], password=PASSWORD, code=code_of(secret)).status == 200
    assert at("DELETE", "/auth/totp", account["token"], password=PASSWORD, code=codes[0]).json["code"] == "MFA_NOT_ENABLED"
    assert "token" in at("POST", "/auth/login", email=who, password=PASSWORD).data
    enrol(account)
    path, admin = f"/users/{account['user']['id']}/totp", desk.admin()
    assert at("DELETE", path, account["token"]).status == 403
    assert at("DELETE", path, staff("agent")[0]).status == 403
    assert at("DELETE", path, admin).status == 200
    assert at("DELETE", path, admin).json["code"] == "MFA_NOT_ENABLED"
    assert at("DELETE", f"/users/{'0' * 8}-0000-7000-8000-{'0' * 12}/totp", admin).status == 404
    assert "token" in at("POST", "/auth/login", email=who, password=PASSWORD).data
    actors = eventually("the trail is told", lambda: (lambda e: e if len(e) == 2 else None)(events(account, "USER_MFA_DISABLED")))
    assert actors[0] == [account["user"]["id"]] and actors[1] != actors[0]
    eventually("the owner is told", lambda: len([m for m in desk.mails(who) if "désactivée" in m["Subject"]]) == 2)


@flow("a link that signs in is half of it, too, for who has a second factor")
def _():
    who = address()
    secret, _ = enrol(desk.register(who))
    assert at("POST", "/auth/magic-link", email=who).status == 200
    link = eventually("the mail is there", lambda: [re.search("/auth/links/([0-9a-f]{64})", m.get_content()) for m in desk.mails(who)
                                                    if "/auth/links/" in m.get_content()][0][1])
    answer = at("POST", "/auth/magic-link/confirm", token=link)
    assert answer.status == 200 and answer.data["mfaRequired"] and "token" not in answer.data, answer.raw
    assert second(answer.data["mfaToken"], "000000").json["code"] == "AUTH_CODE_INVALID"
    opened = second(answer.data["mfaToken"], code_of(secret))
    assert desk.get("/api/v1/auth/sessions", opened.data["token"]).data["sessions"][0]["method"] == "magic_link+totp"


@flow("who must have a second factor can do nothing else before, and everything after a renewal")
def _():
    who = address("manager")
    desk.register(who)
    assert desk.ctl("user", "role", "--email", who, "--role", "manager").returncode == 0
    desk.stack("restart", "ingress", MFA_REQUIRED_FOR="manager")
    try:
        account = at("POST", "/auth/login", email=who, password=PASSWORD).data
        assert account["mfaEnrolmentRequired"] is True
        for method, path in (("GET", "/auth/me"), ("GET", "/tickets"), ("GET", "/auth/verify"), ("POST", "/tickets"), ("GET", "/auth/sessions"),
                             ("POST", "/auth/change-password"), ("GET", f"/events/stream?token={account['token']}")):
            answer = desk.call(method, "/api/v1" + path, {} if method == "POST" else None, account["token"])
            assert answer.status == 403 and answer.json["code"] == "MFA_REQUIRED", (path, answer.raw)
        renewed = at("POST", "/auth/refresh", refreshToken=account["refreshToken"]).data
        assert renewed["mfaEnrolmentRequired"] is True
        enrol(account)
        renewed = at("POST", "/auth/refresh", refreshToken=renewed["refreshToken"]).data
        assert "mfaEnrolmentRequired" not in renewed and desk.get("/api/v1/tickets", renewed["token"]).status == 200
        other = desk.register(address())
        assert "mfaEnrolmentRequired" not in other and desk.get("/api/v1/auth/me", other["token"]).status == 200
    finally:
        desk.stack("restart", "ingress", MFA_REQUIRED_FOR="")


# --- tokens of programs ------------------------------------------------------------------------------------------

def token(account, scopes, **more):
    made = at("POST", "/auth/tokens", account["token"], name="A program", scopes=scopes, **more)
    assert made.status == 201, made.raw
    return made.data


def status(bearer, method="GET", path="/tickets", **body):
    return desk.call(method, "/api/v1" + path, body or None, bearer).status


TICKET = {"title": "Imprimante", "description": "Plus rien ne sort."}


@flow("a program asks with a token of its own, shown once, for what its scopes and its account's role allow")
def _():
    who = address()
    account = desk.register(who)
    made = token(account, ["read"])
    assert re.fullmatch("gct_[0-9a-f]{96}", made["token"]) and made["token"].startswith(made["prefix"])
    reads, writes, all_of_it = made["token"], token(account, ["write"])["token"], token(account, ["read", "write"])["token"]
    assert (status(reads), status(reads, "POST", "/tickets", **TICKET)) == (200, 403)
    assert (status(writes), status(writes, "POST", "/tickets", **TICKET)) == (403, 201)
    assert (status(all_of_it), status(all_of_it, "POST", "/tickets", **TICKET)) == (200, 201)
    assert status(all_of_it, path="/admin/users") == status(account["token"], path="/admin/users") != 200
    said = desk.get("/api/v1/auth/verify", writes)
    assert said.status == 200 and said.data["email"] == who and status(writes, "POST", "/auth/verify", x=1) in (200, 400)
    for method, path in (("POST", "/auth/tokens"), ("GET", "/auth/tokens"), ("DELETE", "/auth/tokens/" + made["id"]), ("POST", "/auth/logout-all"),
                         ("POST", "/auth/change-password"), ("POST", "/auth/totp/enrol"), ("GET", "/auth/sessions"), ("POST", "/auth/logout")):
        answer = desk.call(method, "/api/v1" + path, {} if method == "POST" else None, all_of_it)
        assert answer.status == 403 and answer.json["code"] == "INSUFFICIENT_PERMISSIONS", (path, answer.raw)
    eventually("it is known by whom", lambda: desk.sql(f"select 1 from tickets where owner_id = '{account['user']['id']}' having count(*) = 2"))
    listed = at("GET", "/auth/tokens", account["token"])
    assert len(listed.data["tokens"]) == 3 and made["token"] not in listed.raw.decode() and made["prefix"] in listed.raw.decode()
    kept = desk.sql(f"select encode(hash, 'hex') from api_tokens where id = '{made['id']}'")[0][0]
    assert kept == hashlib.sha256(bytes.fromhex(made["token"][36:])).hexdigest()
    assert made["token"][36:] not in desk.sql("select coalesce(string_agg(body, ''), '') from outbox")[0][0]
    assert desk.get("/api/v1/auth/me", desk.admin()).status == 200


@flow("an administrator's token does what is for administrators with that scope alone")
def _():
    admin = {"token": desk.admin()}
    plain, full = token(admin, ["read", "write"])["token"], token(admin, ["read", "write", "admin"])["token"]
    lacking = desk.get("/api/v1/users/stats", plain)
    assert lacking.status == 403 and "admin" in lacking.json["detail"]
    assert (status(full, path="/users/stats"), status(plain), status(full)) == (200, 200, 200)
    other = desk.register(address())
    whose = other["user"]["id"]
    assert status(plain, "PUT", f"/users/{whose}", role="admin") == status(plain, path=f"/users/{whose}/export") == 403
    assert desk.sql(f"select role from accounts where id = '{whose}'") == [["user"]]
    assert at("POST", "/auth/tokens", other["token"], name="x", scopes=["admin"]).status == 403
    mine = desk.ticket(other["token"])["id"]
    assert status(token(other, ["write"])["token"], "DELETE", f"/tickets/{mine}") == 200  # what is one's own needs no administrator


@flow("what somebody has open with a token ends with the token")
def _():
    account = desk.register(address())
    made = token(account, ["read"])
    stream = Stream("/notifications/stream", made["token"])
    assert stream.status == 200
    assert at("DELETE", "/auth/tokens/" + made["id"], account["token"]).status == 200
    stream.events(lambda *_: False)
    stream.close()


@flow("a token ends when it is revoked, at its time, or with the account's right to sign in, but not with a new password")
def _():
    who = address()
    account = desk.register(who)
    made, other = token(account, ["read"]), token(account, ["read"])
    assert [status(t["token"]) for t in (made, other)] == [200] * 2
    assert at("DELETE", "/auth/tokens/" + made["id"], account["token"]).status == 200
    assert desk.get("/api/v1/tickets", made["token"]).json["code"] == "AUTH_TOKEN_REVOKED"
    assert at("DELETE", "/auth/tokens/" + made["id"], account["token"]).status == 404
    assert at("POST", "/auth/change-password", account["token"], currentPassword=PASSWORD, newPassword="another password 1").status == 200
    assert status(other["token"]) == 200
    desk.sql(f"update api_tokens set revoked_at = now(), changed_xid = pg_current_xact_id() where id = '{other['id']}'")
    eventually("what is revoked elsewhere ends here", lambda: status(other["token"]) == 401, deadline_s=2)
    last = token(account, ["read"])["token"]
    assert desk.ctl("user", "disable", "--email", who).returncode == 0
    eventually("it has ended", lambda: status(last) == 401, deadline_s=2)
    assert desk.ctl("user", "enable", "--email", who).returncode == 0
    account["token"] = desk.login(who, "another password 1")
    last = token(account, ["read"])["token"]
    short = token(account, ["read"], expiresAt=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5)))
    assert status(last) == status(short["token"]) == 200
    eventually("its time comes", lambda: desk.get("/api/v1/tickets", short["token"]).json["code"] == "AUTH_TOKEN_EXPIRED", deadline_s=10)
    fake = last[:-1] + ("0" if last[-1] != "0" else "1")
    assert status(fake) == status("gct_") == status(last + "00") == 401
    eventually("the trail is told", lambda: len(events(account, "USER_TOKEN_CREATED")) == 5)


@flow("tokens want a name, scopes that are known and a time to come, and are fifty at most")
def _():
    account = desk.register(address())
    for wrong, pointer in (({"scopes": ["read"]}, "/name"), ({"name": "x"}, "/scopes"), ({"name": "x", "scopes": []}, "/scopes"),
                           ({"name": "x", "scopes": ["root"]}, "/scopes"), ({"name": "x", "scopes": ["read"], "expiresAt": "2020-01-01T00:00:00Z"}, "/expiresAt")):
        answer = at("POST", "/auth/tokens", account["token"], **wrong)
        assert answer.status == 400 and answer.json["errors"][0]["pointer"] == pointer, answer.raw
    assert at("GET", "/auth/tokens", account["token"]).data["tokens"] == []
    for _ in range(50):
        token(account, ["read"])
    assert at("POST", "/auth/tokens", account["token"], name="x", scopes=["read"]).json["code"] == "LIMIT_REACHED"
    assert at("POST", "/auth/tokens", account["token"], name="x", scopes=["read"], accountId=account["user"]["id"]).status == 409


@flow("a service has an account of its own that nobody signs in to; its token does what names services")
def _():
    admin, user = {"token": desk.admin()}, desk.register(address())
    assert at("POST", "/users/services", user["token"], name="Kiosk").status == 403
    made = at("POST", "/users/services", admin["token"], name="Kiosk")
    assert made.status == 201 and made.data["role"] == "service", made.raw
    service = made.data["id"]
    assert at("POST", "/auth/tokens", user["token"], name="x", scopes=["read"], accountId=service).status == 403
    assert at("POST", "/auth/tokens", admin["token"], name="x", scopes=["read"], accountId=user["user"]["id"]).status == 404
    key = token(admin, ["read", "write"], accountId=service)
    bearer, known = key["token"], user["user"]
    assert key["accountId"] == service
    assert status(bearer, path=f"/auth/users/{known['id']}") == status(bearer, path=f"/auth/users/email/{known['email']}") == 200
    assert status(bearer, "POST", "/logs", service="kiosk", level="warning", message="The printer is out of paper") == 202
    assert status(bearer, "POST", "/audit/log", action="KIOSK_OPENED", resource="kiosk") in (200, 201)
    assert status(bearer, "POST", "/notifications/send", recipient=known["id"], subject="Kiosk", content="Ready.") == 202
    assert status(bearer, path="/users") == 403 and status(bearer, path="/users/stats") == 403
    mine = desk.ticket(bearer)
    assert status(user["token"], path=f"/tickets/{mine['id']}") == 403
    assert at("POST", "/auth/login", email=made.data["email"], password=PASSWORD).status == 401
    assert at("POST", "/auth/forgot-password", email=made.data["email"]).status == 200
    assert desk.sql(f"select 1 from mails where recipient = '{made.data['email']}'") == []
    listed = at("GET", f"/auth/tokens?accountId={service}", admin["token"])
    assert [t["id"] for t in listed.data["tokens"]] == [key["id"]], listed.raw
    assert at("GET", f"/auth/tokens?accountId={service}", user["token"]).status == 403
    assert at("DELETE", "/auth/tokens/" + key["id"], user["token"]).status == 404
    assert at("DELETE", "/auth/tokens/" + key["id"], admin["token"]).status == 200 and status(bearer) == 401
