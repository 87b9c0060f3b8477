"""Flows: people who sign in by what they have already: a provider of OpenID Connect that is real, one that lies, and a directory."""
import base64
import contextlib
import hashlib
import hmac
import http.cookiejar
import http.server
import json
import re
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from desk import PORT_BASE, ROOT, address, desk, eventually, flow
from slapd import BASE, US, slapd

PROVIDER, LIAR, DIRECTORY = PORT_BASE + 180, PORT_BASE + 181, PORT_BASE + 182
OIDC = "/api/v1/auth/oidc/"
ROLES = "helpdesk=agent leads=manager chiefs=admin"


def narrow(port, **more):
    """Ingress, with that provider."""
    here = desk.env["GUICHET_URL"] + OIDC + "callback"
    desk.stack("restart", "ingress", OIDC_ISSUER=f"http://127.0.0.1:{port}", OIDC_CLIENT_ID="guichet", OIDC_CLIENT_SECRET="hush",
               OIDC_REDIRECT_URI=here, OIDC_ROLES=ROLES, **more)


@contextlib.contextmanager
def signing_in_by(port, **more):
    narrow(port, **more)
    try:
        yield
    finally:
        desk.stack("restart", "ingress", OIDC_ISSUER="")


@contextlib.contextmanager
def provider():
    script = ROOT / "tests/oidc/provider.mjs"
    assert (script.parent / "node_modules").exists(), "oidc-provider is not installed; tests/npm tests/oidc does it"
    process = subprocess.Popen([script, str(PROVIDER), desk.env["GUICHET_URL"] + OIDC + "callback"], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout.readline() == "listening\n"
        yield process
    finally:
        process.kill()
        process.wait()


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Keeps cookies, and goes where it is sent when it is told to."""

    def __init__(self):
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar), Stay)

    def open(self, url, **form):
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self.opener.open(urllib.request.Request(url, data), timeout=20) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers, answer.read().decode()

    def cookie(self, name):
        return next((c.value for c in self.jar if c.name == name), None)

    def leave(self, return_to=None):
        """On the way to the provider: where to."""
        query = "?" + urllib.parse.urlencode({"returnTo": return_to}) if return_to else ""
        status, headers, said = self.open(desk.env["GUICHET_URL"] + OIDC + "login" + query)
        assert status == 302, said
        return headers["Location"]

    def prove(self, url, subject):
        """Signs in at the provider; where it sends us back to."""
        here = desk.env["GUICHET_URL"]
        for _ in range(12):
            status, headers, page = self.open(url)
            if status in (302, 303):
                url = urllib.parse.urljoin(url, headers["Location"])
                if url.startswith(here):
                    return url
                continue
            form = re.search(r'action="([^"]+)"', page)[1]
            prompt = re.search(r'name="prompt" value="(\w+)"', page)[1]
            status, headers, page = self.open(urllib.parse.urljoin(url, form), prompt=prompt, login=subject, password="any")
            url = urllib.parse.urljoin(url, headers["Location"])
        raise AssertionError("the provider leads nowhere")

    def session(self):
        """Who the browser is now, by its cookie."""
        answer = desk.post("/api/v1/auth/refresh", {}, Cookie=f"refreshToken={self.cookie('refreshToken')}")
        assert answer.status == 200, answer.raw
        return answer.data


def person(subject, **claims):
    request = urllib.request.Request(f"http://127.0.0.1:{PROVIDER}/people/{subject}", json.dumps(claims).encode(), method="PUT")
    urllib.request.urlopen(request, timeout=10).close()


def sign_in(subject, return_to=None):
    browser = Browser()
    back = browser.prove(browser.leave(return_to), subject)
    return browser, browser.open(back), back


def code_of(answer):
    return json.loads(answer[2])["code"]


@flow("somebody signs in by a real provider: an account, a session and a role follow, and another group is another role")
def _():
    with provider() as process, signing_in_by(PROVIDER):
        who, subject = address("zoe"), uuid.uuid4().hex
        person(subject, email=who, email_verified=True, given_name="Zoé\n", family_name="Martin", groups=["all", "helpdesk"])
        browser, (status, headers, said), back = sign_in(subject, "/screen?tab=1")
        assert status == 302 and headers["Location"] == "/screen?tab=1", said
        session = browser.session()
        assert session["user"]["email"] == who and session["user"]["role"] == "agent" and session["user"]["firstName"] == "Zoé"
        again = browser.open(back)
        assert again[0] == 400 and code_of(again) == "AUTH_SIGN_IN_REFUSED"  # the way is over
        person(subject, email=address(), groups=["chiefs", "helpdesk"])
        raised = sign_in(subject)
        assert raised[1][1]["Location"] == "/" and raised[0].session()["user"] == {**session["user"], "role": "admin"}
        assert desk.get("/api/v1/auth/me", session["token"]).json["code"] == "AUTH_TOKEN_REVOKED"
        person(subject)
        lowered = sign_in(subject)[0].session()
        assert lowered["user"]["role"] == "user"
        eventually("the trail is told", lambda: desk.sql(
            "select payload::jsonb #>> '{data,newRole}' from audit_log where action = 'USER_ROLE_CHANGED'"
            f" and payload like '%{session['user']['id']}%' order by seq") == [["agent"], ["admin"], ["user"]])
        assert desk.sql(f"select method from sessions where account_id = '{session['user']['id']}'") == [["oidc"]] * 3
        assert desk.ctl("user", "disable", "--email", who).returncode == 0
        assert code_of(sign_in(subject)[1]) == "AUTH_ACCOUNT_DISABLED"
        process.kill()
        process.wait()
        browser = Browser()
        there = browser.leave()  # its description is known
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(there).query)["state"][0]
        away = browser.open(desk.env["GUICHET_URL"] + OIDC + "callback?" + urllib.parse.urlencode({"state": state, "code": "c", "iss": f"http://127.0.0.1:{PROVIDER}"}))
        assert away[0] == 503 and code_of(away) == "AUTH_PROVIDER_UNAVAILABLE"
        assert desk.login(desk.env["GUICHET_ADMIN_EMAIL"], desk.env["GUICHET_ADMIN_PASSWORD"])


@flow("an address leads to an account only when both sides have proven it")
def _():
    with provider(), signing_in_by(PROVIDER):
        def arrive(who, **claims):
            subject = uuid.uuid4().hex
            person(subject, email=who, **claims)
            return sign_in(subject)
        proven, unproven, bare = address("proven"), address("unproven"), address("bare")
        mine = desk.register(proven)
        desk.register(unproven)
        desk.sql(f"update accounts set email_verified_at = now() where email = '{proven}'")
        made = desk.call("POST", "/internal/user-registered", {"email": bare}, token="a-service-of-the-tests-0123456789")
        assert made.status == 201, made.raw
        for who, claims in ((proven, {}), (proven, {"email_verified": False}), (unproven, {"email_verified": True})):
            refused = arrive(who, **claims)
            assert refused[1][0] == 409 and code_of(refused[1]) == "AUTH_ADDRESS_UNPROVEN", refused[1]
            assert not refused[0].cookie("refreshToken")
        assert arrive(proven.upper(), email_verified=True)[0].session()["user"]["id"] == mine["user"]["id"]
        assert arrive(bare, email_verified=True)[0].session()["user"]["email"] == bare
        person("nameless")
        assert code_of(sign_in("nameless")[1]) == "AUTH_SIGN_IN_REFUSED"
        fresh = address("fresh")
        assert arrive(fresh, email_verified=False)[0].session()["user"]["email"] == fresh
        assert desk.sql(f"select email_unproven, email_verified_at is null from accounts where email = '{fresh}'") == [["t", "t"]]


# --- a provider that lies -----------------------------------------------------------------------------------

def letters(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def number(n):
    return letters(n.to_bytes((n.bit_length() + 7) // 8, "big"))


class Liar(http.server.ThreadingHTTPServer):
    """Answers every code with self.token, and publishes self.keys; what it was asked for is in asked."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", LIAR), LiarHandler)
        self.url = f"http://127.0.0.1:{LIAR}"
        self.rsa = rsa.generate_private_key(65537, 2048)
        self.ec = ec.generate_private_key(ec.SECP256R1())
        of_rsa, of_ec = self.rsa.public_key().public_numbers(), self.ec.public_key().public_numbers()
        self.keys = [{"kty": "RSA", "kid": "r", "use": "sig", "n": number(of_rsa.n), "e": number(of_rsa.e)},
                     {"kty": "EC", "kid": "e", "crv": "P-256", "x": letters(of_ec.x.to_bytes(32, "big")), "y": letters(of_ec.y.to_bytes(32, "big"))}]
        self.token, self.asked = "", []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def sign(self, head, claims):
        text = letters(json.dumps(head).encode()) + "." + letters(json.dumps(claims).encode())
        if head["alg"] == "RS256":
            raw = self.rsa.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
        elif head["alg"] == "ES256":
            r, s = utils.decode_dss_signature(self.ec.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        elif head["alg"] == "HS256":  # with what everybody knows
            pem = self.rsa.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            raw = hmac.new(pem, text.encode(), hashlib.sha256).digest()
        else:
            raw = b""
        return text + "." + letters(raw)


class LiarHandler(http.server.BaseHTTPRequestHandler):
    def say(self, said):
        raw = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def do_GET(self):
        liar = self.server
        liar.asked.append(self.path)
        self.say({"keys": liar.keys} if self.path == "/keys" else
                 {"issuer": liar.url, "authorization_endpoint": liar.url + "/go", "token_endpoint": liar.url + "/token", "jwks_uri": liar.url + "/keys"})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.say({"access_token": "x", "token_type": "Bearer", "id_token": self.server.token})

    def log_message(self, *_):
        pass


@flow("a token that is not the provider's answer to this very sign-in opens nothing, whatever is wrong with it")
def _():
    liar = Liar()
    with contextlib.closing(liar.socket), signing_in_by(LIAR):
        def way(head=None, sub="somebody", **changed):
            """A browser's way back, with such a token: the answer, and the browser."""
            browser = Browser()
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(browser.leave()).query)
            assert asked["code_challenge_method"] == ["S256"] and len(asked["code_challenge"][0]) == 43
            now = int(time.time())
            claims = {"iss": liar.url, "aud": "guichet", "sub": sub, "nonce": asked["nonce"][0], "iat": now, "exp": now + 300,
                      "email": f"{sub}@liar.example", "email_verified": True, **changed}
            liar.token = liar.sign(head or {"alg": "RS256", "kid": "r"}, {k: v for k, v in claims.items() if v is not None})
            query = {"state": asked["state"][0], "code": "c"}
            return browser, query

        def come(browser, query):
            return browser.open(desk.env["GUICHET_URL"] + OIDC + "callback?" + urllib.parse.urlencode(query))

        one = uuid.uuid4().hex
        for head in ({"alg": "RS256", "kid": "r"}, {"alg": "ES256", "kid": "e"}, {"alg": "RS256"}):
            browser, query = way(head, one)
            assert come(browser, query)[0] == 302 and browser.session()["user"]["email"] == f"{one}@liar.example"
        assert come(*way(aud=["guichet", "other"], azp="guichet"))[0] == 302
        now, other = int(time.time()), rsa.generate_private_key(65537, 2048)
        bad = [{"nonce": "another"}, {"nonce": None}, {"aud": "another"}, {"aud": ["another"]}, {"aud": ["guichet", "other"]}, {"azp": "another"},
               {"iss": "http://evil.example"}, {"iss": None}, {"exp": now - 90}, {"exp": None}, {"iat": now + 300}, {"iat": now - 4000},
               {"iat": None}, {"nbf": now + 300}, {"sub": None}, {"sub": "x" * 300}]
        heads = [{"alg": "none"}, {"alg": "HS256", "kid": "r"}, {"alg": "HS256"}, {"alg": "RS256", "kid": "e"}, {"alg": "ES256", "kid": "r"},
                 {"alg": "RS256", "kid": "r", "crit": ["b64"]}]
        for head, changed in [*((None, claims) for claims in bad), *((head, {}) for head in heads)]:
            browser, query = way(head, **changed)
            refused = come(browser, query)
            assert refused[0] == 400 and code_of(refused) == "AUTH_SIGN_IN_REFUSED", (head, changed, refused)
            assert not browser.cookie("refreshToken")
        mine, liar.rsa = liar.rsa, other
        browser, query = way()
        assert come(browser, query)[0] == 400  # signed by another key of the same name
        liar.rsa = mine
        asked = liar.asked.count("/keys")
        for _ in range(4):
            assert come(*way({"alg": "RS256", "kid": uuid.uuid4().hex}))[0] == 400
        assert liar.asked.count("/keys") - asked <= 1
        browser, query = way()
        for changed in ({"state": "another"}, {"iss": "http://evil.example"}, {"error": "access_denied"}):
            assert come(browser, {**query, **changed})[0] == 400
            browser, query = way()
        assert come(Browser(), query)[0] == 400, "another browser's"
        held = browser.cookie("oidcWay")
        assert come(browser, query)[0] == 302
        replayed = desk.get(OIDC + "callback?" + urllib.parse.urlencode(query), Cookie="oidcWay=" + held)
        assert replayed.status == 400, "the provider takes the code again, we do not"
        for led in ("//evil.example", "/\\evil.example", "https://evil.example", "evil", "/a\tb", "/é"):
            astray = desk.get(OIDC + "login?" + urllib.parse.urlencode({"returnTo": led}))
            assert astray.status == 400 and astray.json["errors"][0]["pointer"] == "/returnTo", led
    liar.shutdown()


@flow("while no provider is set there is no such door, and one that is away is said to be")
def _():
    assert desk.get(OIDC + "login").status == desk.get(OIDC + "callback").status == 404
    with signing_in_by(LIAR):
        away = desk.get(OIDC + "login")
        assert away.status == 503 and away.json["code"] == "AUTH_PROVIDER_UNAVAILABLE"
        assert desk.admin()


# --- a directory ---------------------------------------------------------------------------------------------

@contextlib.contextmanager
def signing_in_by_directory(host="127.0.0.1", **more):
    desk.stack("restart", "ingress", LDAP_URL=f"ldap://{host}:{DIRECTORY}", LDAP_BASE=BASE, LDAP_BIND_DN=US, LDAP_BIND_PASSWORD="our-own",
               LDAP_ROLES=ROLES, **more)
    try:
        yield
    finally:
        desk.stack("restart", "ingress", LDAP_URL="", **{name: "" for name in more})


def enter(who, password="of the directory"):
    return desk.post("/api/v1/auth/login", {"email": who, "password": password})


@flow("people of the directory sign in with their passwords there, in the role of their groups; one who is local needs it not")
def _():
    zoe, yann, local = address("zoe"), address("yann"), address("local")
    desk.register(local)
    twins = address("twins")
    people = [("Zoé", zoe, "of the directory"), ("Yann", yann, "of the directory"), ("Ada", local, "of the directory"),
              ("One", twins, "of the directory"), ("Other", twins, "of the directory")]
    with slapd(DIRECTORY, people, {"helpdesk": ["Zoé", "Ada"], "everybody": ["Zoé", "Yann"]}) as server, signing_in_by_directory():
        first = enter(zoe)
        assert first.status == 200, first.raw
        assert first.data["user"]["role"] == "agent" and first.data["user"]["firstName"] == "Zoé" and first.data["user"]["email"] == zoe
        assert enter(yann).data["user"]["role"] == "user"
        assert enter(zoe.upper()).data["user"]["id"] == first.data["user"]["id"]
        assert desk.sql(f"select count(*), min(method) from sessions where account_id = '{first.data['user']['id']}'") == [["2", "ldap"]]
        wrong = [enter(zoe, "not this one"), enter(address()), enter(local), enter(twins), enter("*" + zoe[1:]), enter("zoe-*@example.org")]
        assert {answer.status for answer in wrong} == {401} and {answer.json["code"] for answer in wrong} == {"AUTH_INVALID_CREDENTIALS"}
        assert len({answer.json["message"] for answer in wrong}) == 1
        assert enter(zoe, "").status == 400
        assert enter(local, "password123").data["user"]["role"] == "user"
        server.change(f"dn: cn=helpdesk,{BASE}\nchangetype: delete\n\ndn: {server.dn('Yann')}\nchangetype: delete\n")
        assert enter(zoe).data["user"]["role"] == "user"
        assert desk.get("/api/v1/auth/me", first.data["token"]).json["code"] == "AUTH_TOKEN_REVOKED"
        assert enter(yann).status == 401
        server.stop()
        away = enter(zoe)
        assert away.status == 503 and away.json["code"] == "AUTH_PROVIDER_UNAVAILABLE"
        assert enter(local, "password123").status == 200
        server.start()
        assert enter(zoe).status == 200


@flow("five wrong passwords of the directory lock an address, and the right one does not get in then")
def _():
    who = address("zoe")
    with slapd(DIRECTORY, [("Zoé", who, "of the directory")], {}), signing_in_by_directory():
        assert [enter(who, "guess").status for _ in range(5)] == [401] * 5 and enter(who).status == 423
        desk.sql(f"update sign_in_failures set locked_until = now() where email = '{who}'")
        assert enter(who).status == 200
        assert desk.sql(f"select count(*) from sign_in_failures where email = '{who}'") == [["0"]]


@flow("a directory on another host gets a password by TLS alone, and only when it is the one that it says it is")
def _():
    who, far = address("zoe"), "127.0.0.2"
    people = [("Zoé", who, "of the directory")]
    with slapd(DIRECTORY, people, {}, far), signing_in_by_directory(far):
        assert enter(who).status == 503
    with slapd(DIRECTORY, people, {}, far, certified=True) as server:
        with signing_in_by_directory(far):
            assert enter(who).status == 503
        with signing_in_by_directory(far, CA_FILE=str(server.authority)):
            entered = enter(who)
            assert entered.status == 200, entered.raw
