"""Flows: refreshing, signing out, and tokens that count no more."""
from desk import address, desk, eventually, flow


def refresh(token):
    return desk.post("/api/v1/auth/refresh", {"refreshToken": token})


@flow("a refresh token is good once; shown again it ends the session")
def _():
    first = desk.register(address())
    renewed = refresh(first["refreshToken"])
    assert renewed.status == 200 and renewed.data["refreshToken"] != first["refreshToken"]
    assert desk.get("/api/v1/auth/me", renewed.data["token"]).status == 200
    again = refresh(renewed.data["refreshToken"])
    assert again.status == 200
    assert refresh(first["refreshToken"]).status == 401
    assert refresh(again.data["refreshToken"]).status == 401
    revoked = eventually("the token is revoked", lambda: (lambda a: a if a.status == 401 else None)(
        desk.get("/api/v1/auth/me", again.data["token"])))
    assert revoked.json["code"] == "AUTH_TOKEN_REVOKED" and "révoqué" in revoked.json["message"]


@flow("the refresh cookie does what the token in the body does")
def _():
    account = desk.register(address())
    answer = desk.post("/api/v1/auth/refresh", {}, Cookie=f"theme=dark; refreshToken={account['refreshToken']}")
    assert answer.status == 200 and answer.data["user"]["email"] == account["user"]["email"]
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert desk.post("/api/v1/auth/refresh", {}).json["code"] == "AUTH_TOKEN_MISSING"
    assert refresh("0" * 64).json["code"] == "AUTH_TOKEN_INVALID"


@flow("after signing out the token is dead at once, other sessions live on")
def _():
    who = address()
    here, there = desk.register(who)["token"], desk.login(who)
    assert desk.post("/api/v1/auth/logout", {}, here).json["message"] == "Déconnexion réussie"
    assert desk.get("/api/v1/auth/me", here).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.post("/api/v1/tickets", {"title": "t", "description": "d"}, here).status == 401
    assert desk.get("/api/v1/auth/me", there).status == 200


@flow("signing out everywhere ends every session, and can be asked with a token just signed out")
def _():
    who = address()
    first, second = desk.register(who), desk.login(who)
    desk.post("/api/v1/auth/logout", {}, first["token"])
    assert desk.post("/api/v1/auth/logout-all", {}, first["token"]).status == 200
    assert desk.get("/api/v1/auth/me", second).json["code"] == "AUTH_TOKEN_REVOKED"
    assert refresh(first["refreshToken"]).status == 401
    assert desk.get("/api/v1/auth/me", desk.login(who)).status == 200


@flow("a new password or role given by an operator ends what was signed in before")
def _():
    who = address()
    token = desk.register(who)["token"]
    assert desk.ctl("user", "passwd", "--email", who, "--password-stdin", input="another one\n").returncode == 0
    eventually("the token is revoked", lambda: desk.get("/api/v1/auth/me", token).status == 401)
    assert desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}).status == 401
    token = desk.login(who, "another one")
    assert desk.ctl("user", "role", "--email", who, "--role", "agent").returncode == 0
    eventually("the token is revoked", lambda: desk.get("/api/v1/auth/me", token).status == 401)


@flow("verify tells whose token it is, by GET and POST, at the top level too")
def _():
    account = desk.register(address())
    for answer in (desk.get("/api/v1/auth/verify", account["token"]), desk.post("/api/auth/verify", {}, account["token"]),
                   desk.get("/api/v1/verify", account["token"])):
        assert answer.status == 200 and answer.json["valid"] is True
        assert answer.json["user"]["id"] == answer.data["userId"] == account["user"]["id"]
        assert answer.data["token"]["valid"] and answer.data["token"]["expiresAt"] and answer.data["exp"] > answer.data["iat"]
    assert desk.get("/api/v1/auth/verify", "nonsense").status == 401
