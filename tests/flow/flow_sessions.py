"""Flows: refreshing, signing out, and tokens that count no more."""
import concurrent.futures
import subprocess
import threading

from desk import address, desk, eventually, flow


def refresh(token):
    return desk.post("/api/v1/auth/refresh", {"refreshToken": token})


def age_spent_tokens():
    """As if half a minute had passed."""
    desk.sql("update spent_tokens set spent_at = spent_at - interval '31 seconds'")


@flow("a refresh token that is sent twice at once, or again because the answer was lost, gets the same new one")
def _():
    first = desk.register(address())
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(refresh, [first["refreshToken"]] * 8))
    assert {a.status for a in answers} == {200} and len({a.data["refreshToken"] for a in answers}) == 1
    follower = answers[0].data["refreshToken"]
    assert follower != first["refreshToken"] and refresh(first["refreshToken"]).data["refreshToken"] == follower
    session = f"select count(*) from sessions where account_id = '{first['user']['id']}' and revoked_at is null"
    assert desk.sql(session) == [["1"]]
    age_spent_tokens()
    assert refresh(follower).status == 200
    assert desk.get("/api/v1/auth/me", answers[3].data["token"]).status == 200


@flow("a refresh token is good once; shown again after half a minute it ends the session, and the trail is told")
def _():
    first = desk.register(address())
    renewed = refresh(first["refreshToken"])
    assert renewed.status == 200 and renewed.data["refreshToken"] != first["refreshToken"]
    assert desk.get("/api/v1/auth/me", renewed.data["token"]).status == 200
    again = refresh(renewed.data["refreshToken"])
    assert again.status == 200
    age_spent_tokens()
    assert refresh(first["refreshToken"]).status == 401
    assert refresh(first["refreshToken"]).status == 401
    told = desk.sql("select count(*) from outbox where type = 'security.token_reused' and body::jsonb ->> 'accountId' = "
                    f"'{first['user']['id']}'")
    assert told == [["1"]], told
    assert refresh(again.data["refreshToken"]).status == 401
    revoked = eventually("the token is revoked", lambda: (lambda a: a if a.status == 401 else None)(
        desk.get("/api/v1/auth/me", again.data["token"])))
    assert revoked.json["code"] == "AUTH_TOKEN_REVOKED" and "révoqué" in revoked.json["message"]


@flow("the refresh cookie does what the token in the body does")
def _():
    account = desk.register(address())
    answer = desk.post("/api/v1/auth/refresh", {}, Cookie=f"theme=dark; refreshToken={account['refreshToken']}")
    assert answer.status == 200 and answer.data["user"]["email"] == account["user"]["email"]
    cookies = answer.headers.get_all("Set-Cookie")
    assert all("HttpOnly" in cookie and "SameSite=Strict" in cookie for cookie in cookies)
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


def cookie_paths(answer, secure):
    cookies = answer.headers.get_all("Set-Cookie")
    assert all(("; Secure" in cookie) == secure for cookie in cookies), cookies
    return {part.strip() for cookie in cookies for part in cookie.split(";") if part.strip().startswith("Path=")}


@flow("the refresh cookie goes to the paths that read it and nowhere else, and by TLS alone when it came by TLS")
def _():
    who = address()
    desk.register(who)
    sign_in = {"email": who, "password": "password123"}
    paths = {"Path=/auth/refresh", "Path=/api/auth/refresh", "Path=/api/v1/auth/refresh"}
    assert cookie_paths(desk.post("/api/v1/auth/login", sign_in), secure=False) == paths
    assert cookie_paths(desk.post("/api/v1/auth/login", sign_in, X_Forwarded_Proto="http"), secure=False) == paths
    behind = desk.post("/api/auth/login", sign_in, X_Forwarded_Proto="https")
    assert cookie_paths(behind, secure=True) == paths
    token = behind.data["refreshToken"]
    for cookie in (f"XrefreshToken={token}", f"x=refreshToken={token}", f'x="; refreshToken={token}', f"refreshtoken={token}"):
        assert desk.post("/auth/refresh", {}, Cookie=cookie).json["code"] == "AUTH_TOKEN_MISSING", cookie
    assert desk.post("/auth/refresh", {}, Cookie=f'theme=dark;refreshToken="{token}" ;x=y').status == 200
    gone = desk.post("/api/v1/auth/logout", {}, desk.login(who))
    assert cookie_paths(gone, secure=False) == paths and "Max-Age=0" in gone.headers["Set-Cookie"]


@flow("a sign-in that is under way when the password changes is no sign-in")
def _():
    who, got = address(), []
    desk.register(who)
    psql = subprocess.Popen(["psql", desk.env["DATABASE_URL"], "-XAtq", "-v", "ON_ERROR_STOP=1"], stdin=subprocess.PIPE,
                            text=True)
    waiting = "select 1 from pg_locks where not granted and locktype in ('transactionid', 'tuple')"
    try:
        psql.stdin.write(f"begin; update accounts set epoch = epoch + 1 where email = '{who}';\n")
        psql.stdin.flush()
        eventually("the account is held", lambda: desk.sql(
            "select 1 from pg_stat_activity where state = 'idle in transaction' and query like 'update accounts set epoch%'"))
        signing_in = threading.Thread(target=lambda: got.append(
            desk.post("/api/v1/auth/login", {"email": who, "password": "password123"})))
        signing_in.start()
        eventually("the password was verified", lambda: desk.sql(waiting))
        psql.stdin.write("commit;\n")
    finally:
        psql.stdin.close()
        assert psql.wait(10) == 0
    signing_in.join()
    assert got[0].status == 401 and got[0].json["code"] == "AUTH_INVALID_CREDENTIALS", got[0].raw
    assert desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}).status == 200


@flow("whatever ends an account's tokens ends what would renew them")
def _():
    who = address()
    by_epoch = desk.register(who)
    desk.sql(f"update accounts set epoch = epoch + 1 where email = '{who}'")  # as a session that nobody saw being opened
    assert refresh(by_epoch["refreshToken"]).status == 401
    by_role = desk.post("/api/v1/auth/login", {"email": who, "password": "password123"}).data
    assert desk.ctl("user", "role", "--email", who, "--role", "agent").returncode == 0
    assert refresh(by_role["refreshToken"]).status == 401


@flow("a disabled account has no session and opens none, until it is enabled again")
def _():
    who = address()
    account = desk.register(who)
    assert desk.ctl("user", "disable", "--email", who).stdout.startswith("disabled")
    eventually("the token is revoked", lambda: desk.get("/api/v1/auth/me", account["token"]).status == 401)
    assert refresh(account["refreshToken"]).status in (401, 403)
    sign_in = {"email": who, "password": "password123"}
    assert desk.post("/api/v1/auth/login", sign_in).json["code"] == "AUTH_ACCOUNT_DISABLED"
    assert desk.ctl("user", "disable", "--email", who).stdout.startswith("unchanged")
    assert desk.ctl("user", "enable", "--email", who).stdout.startswith("enabled")
    assert refresh(account["refreshToken"]).status == 401
    assert desk.post("/api/v1/auth/login", sign_in).status == 200
    assert desk.ctl("user", "enable", "--email", "nobody@example.org").returncode == 1
    eventually("the trail tells of both", lambda: desk.sql(
        "select action from audit_log where action in ('USER_DISABLED', 'USER_ENABLED') and "
        f"payload like '%{account['user']['id']}%' order by seq") == [["USER_DISABLED"], ["USER_ENABLED"]])


@flow("signing out everywhere is not for a token that others have revoked")
def _():
    who = address()
    stolen, other = desk.register(who), desk.login(who)
    renewed = refresh(stolen["refreshToken"]).data
    age_spent_tokens()
    assert refresh(stolen["refreshToken"]).status == 401  # shown again: the session is revoked
    for token in (stolen["token"], renewed["token"]):
        assert desk.post("/api/v1/auth/logout-all", {}, token).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.get("/api/v1/auth/me", other).status == 200
    assert desk.ctl("user", "passwd", "--email", who, "--password-stdin", input="another one\n").returncode == 0
    fresh = desk.login(who, "another one")
    assert desk.post("/api/v1/auth/logout-all", {}, other).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.get("/api/v1/auth/me", fresh).status == 200


@flow("a token that signed itself out closes the sessions that are older, once")
def _():
    who = address()
    first, second = desk.register(who), desk.login(who)
    desk.post("/api/v1/auth/logout", {}, first["token"])
    newer = desk.login(who)
    assert desk.post("/api/v1/auth/logout-all", {}, first["token"]).status == 200
    assert desk.get("/api/v1/auth/me", second).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.get("/api/v1/auth/me", newer).status == 200
    assert desk.post("/api/v1/auth/logout-all", {}, first["token"]).json["code"] == "AUTH_TOKEN_REVOKED"
    assert desk.get("/api/v1/auth/me", newer).status == 200
