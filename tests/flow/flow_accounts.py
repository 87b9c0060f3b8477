"""Flows: who gets in, and as what."""
import base64
import hashlib
import hmac
import json
import time

from desk import address, desk, flow


def segment(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@flow("somebody registers, signs in and reads who they are")
def _():
    who = address()
    created = desk.register(who, firstName="Zoé", lastName="Martin")
    assert created["token"] == created["accessToken"] and created["refreshToken"] and created["expiresIn"] == 86400
    token = desk.login(who.upper())
    me = desk.get("/api/v1/auth/me", token).data
    assert me["email"] == who and me["role"] == "user" and me["firstName"] == "Zoé" and me["isActive"]
    assert "password" not in json.dumps(me)


@flow("an address can be registered once")
def _():
    who = address()
    desk.register(who)
    again = desk.post("/api/v1/auth/register", {"email": who, "password": "password123"})
    assert again.status == 409 and "existe déjà" in again.json["message"] and again.json["code"] == "USER_ALREADY_EXISTS"


@flow("a wrong password and an unknown address get the same answer")
def _():
    who = address()
    desk.register(who)
    wrong = desk.post("/api/v1/auth/login", {"email": who, "password": "not this one"})
    unknown = desk.post("/api/v1/auth/login", {"email": address(), "password": "not this one"})
    assert wrong.status == unknown.status == 401
    assert wrong.json["code"] == unknown.json["code"] == "AUTH_INVALID_CREDENTIALS"
    assert wrong.json["message"] == unknown.json["message"]


@flow("a registration that grants itself a role stays a user")
def _():
    assert desk.register(address(), role="admin")["user"]["role"] == "user"


@flow("without a token, with a bad one, unsigned, or signed with another key, nobody gets in")
def _():
    missing = desk.get("/api/v1/auth/me")
    assert missing.status == 401 and "authentification" in missing.json["error"]
    assert missing.headers["WWW-Authenticate"].startswith("Bearer")
    good = desk.register(address())["accessToken"]
    head, body, signature = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    none = segment({"alg": "none", "typ": "JWT"}) + "." + body + "."
    unsigned = segment({"alg": "none", "typ": "JWT"}) + "." + body + "." + signature
    other = head + "." + body
    other += "." + segment(hmac.new(b"x" * 48, other.encode(), hashlib.sha256).digest())
    longer = head + "." + segment({**claims, "exp": claims["exp"] + 9999}) + "." + signature
    for token in (none, unsigned, other, longer, "a.b.c", "nonsense", good[:-3]):
        answer = desk.get("/api/v1/auth/me", token)
        assert answer.status == 401 and "invalide" in answer.json["message"], token


@flow("a token signed by the right key is refused when it has expired, has another issuer or another algorithm")
def _():
    good = desk.register(address())["accessToken"]
    claims = json.loads(base64.urlsafe_b64decode(good.split(".")[1] + "=="))
    secret = next(line.split("=", 1)[1].strip().strip("'\"") for line in
                  (desk.state / "programs/ingress.env").read_text().splitlines() if "JWT_SECRET=" in line)

    def token(claims, alg="HS256", digest=hashlib.sha256, **more):
        text = segment({"alg": alg, "typ": "JWT", **more}) + "." + segment(claims)
        return text + "." + segment(hmac.new(secret.encode(), text.encode(), digest).digest())
    assert desk.get("/api/v1/auth/me", token(claims)).status == 200
    assert desk.get("/api/v1/auth/me", token({**claims, "exp": 1})).json["code"] == "AUTH_TOKEN_EXPIRED"
    without = {name: value for name, value in claims.items() if name != "exp"}
    for bad in (token({**claims, "iss": "someone"}), token(without), token({**claims, "nbf": int(time.time()) + 3600}),
                token(claims, "HS512", hashlib.sha512), token(claims, crit=["b64"]), token(claims, crit="x"),
                token(claims, crit=7), token({**claims, "iat": int(time.time()) + 3600}),
                token({name: value for name, value in claims.items() if name != "iat"})):
        assert desk.get("/api/v1/auth/me", bad).json["code"] == "AUTH_TOKEN_INVALID"
    # Signed when tokens lived longer: the present lifetime (24 h) has passed, so its revocation may be forgotten.
    older = {**claims, "iat": int(time.time()) - 24 * 3600 - 1, "exp": int(time.time()) + 3600}
    assert desk.get("/api/v1/auth/me", token(older)).json["code"] == "AUTH_TOKEN_EXPIRED"
    young = {**claims, "iat": int(time.time()) - 60, "exp": int(time.time()) + 30 * 24 * 3600}
    assert desk.get("/api/v1/auth/verify", token(young)).json["exp"] == young["iat"] + 24 * 3600



@flow("a changed role and a disabled account count at once, whatever the token says")
def _():
    who = address()
    token = desk.register(who)["accessToken"]
    assert desk.get("/api/v1/audit/logs", token).status == 403
    assert desk.ctl("user", "role", "--email", who, "--role", "admin").returncode == 0
    token = desk.login(who)
    assert desk.get("/api/v1/audit/logs", token).status == 200
    # The token of the role before is revoked within a second or two; until then the role of now counts.
    desk.sql(f"update accounts set role = 'user' where email = '{who}'")
    assert desk.get("/api/v1/audit/logs", token).status in (401, 403)
    token = desk.login(who)
    desk.sql(f"update accounts set active = false where email = '{who}'")
    assert desk.get("/api/v1/audit/logs", token).status in (401, 403)
    refused = desk.post("/api/v1/tickets", {"title": "t", "description": "d"}, token)
    assert (refused.status, refused.json["code"]) in ((403, "AUTH_ACCOUNT_DISABLED"), (401, "AUTH_TOKEN_REVOKED")), refused.raw
