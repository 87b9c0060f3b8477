"""dovecot.py - a private Dovecot with mailboxes for the desk to fetch from, and what stands beside it: a server that gives
tokens and knows them again, and a wire that can be held."""
import contextlib
import http.server
import imaplib
import json
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import threading
import urllib.parse

from desk import eventually

SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
auth_verbose = yes
default_login_user = {owner}
default_internal_user = {owner}
default_internal_group = {group}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
mail_uid = {owner}
mail_gid = {group}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password=sesame
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u allow_all_users=yes
}}
"""
OAUTH2 = """
introspection_mode = get
introspection_url = http://127.0.0.1:{port}/introspect?token=
username_attribute = email
"""


class Tokens(http.server.ThreadingHTTPServer):
    """Gives tokens as an OAuth server does, each refresh token once, and tells Dovecot whose an access token is."""

    def __init__(self, port, user):
        self.user, self.refresh, self.good, self.given, self.refused = user, "refresh-0", set(), 0, 0
        self.lasts_s = 3600
        super().__init__(("127.0.0.1", port), TokenCall)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def give(self, form):
        if form.get("client_id") != ["desk"] or form.get("refresh_token") != [self.refresh]:
            self.refused += 1
            return 400, {"error": "invalid_grant"}
        self.given += 1
        self.refresh = f"refresh-{self.given}"
        token = f"access-{self.given}"
        self.good.add(token)
        return 200, {"access_token": token, "expires_in": self.lasts_s, "refresh_token": self.refresh, "token_type": "Bearer"}

    def know(self, token):
        return (200, {"email": self.user}) if token in self.good else (401, {"error": "invalid_token"})


class TokenCall(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, said):
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.answer(*self.server.give(urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())))

    def do_GET(self):
        self.answer(*self.server.know(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["token"][0]))

    def log_message(self, *_):
        pass


class Wire:
    """Stands between the desk and Dovecot, and holds what the desk says from the first line on that has the word. With no
    server behind it nothing is ever said at all."""

    def __init__(self, port, behind):
        self.port, self.behind, self.word = port, behind, None
        self.held = threading.Event()
        self.ends = []

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.cut()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def cut(self):
        """Ends what is connected, and holds no more."""
        self.word = None
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self.ends.clear()
        self.held.clear()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                desk = self.listener.accept()[0]
                self.ends.append(desk)
                if not self.behind:
                    continue
                server = socket.create_connection(("127.0.0.1", self.behind))
                self.ends.append(server)
                threading.Thread(target=self.carry, args=(desk, server, True), daemon=True).start()
                threading.Thread(target=self.carry, args=(server, desk, False), daemon=True).start()

    def carry(self, source, goal, is_ours):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if is_ours and self.word and self.word in data:
                    self.held.set()
                    return
                goal.sendall(data)
            goal.shutdown(socket.SHUT_WR)


class Dovecot:
    def __init__(self, folder, port, tls_port, tokens_port):
        self.folder, self.port, self.tls_port, self.tokens_port = pathlib.Path(folder), port, tls_port, tokens_port

    def __enter__(self):
        assert os.geteuid() == 0, "a private Dovecot is started by root"
        shutil.rmtree(self.folder, ignore_errors=True)
        for part in ("run", "state", "mail"):
            (self.folder / part).mkdir(parents=True)
        owner = pwd.getpwnam("mail")
        for part in ("mail", "state"):
            os.chown(self.folder / part, owner.pw_uid, owner.pw_gid)
        words = {"folder": self.folder, "port": self.port, "tls_port": self.tls_port, "owner": "mail", "group": "mail"}
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", self.folder / "key.pem", "-out", self.folder / "cert.pem"],
                       check=True, capture_output=True)
        (self.folder / "dovecot.conf").write_text(SETTINGS.format(**words))
        (self.folder / "oauth2.conf").write_text(OAUTH2.format(port=self.tokens_port))
        self.start()
        return self

    def start(self):
        self.server = subprocess.Popen(["dovecot", "-F", "-c", self.folder / "dovecot.conf"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
        eventually("Dovecot listens", lambda: self.flags("nobody") == [])

    def __exit__(self, *_):
        self.server.terminate()
        self.server.wait()

    @contextlib.contextmanager
    def open(self, user, folder="INBOX"):
        client = imaplib.IMAP4("127.0.0.1", self.port, 10)
        client.login(user, "sesame")
        client.select(folder)
        try:
            yield client
        finally:
            client.logout()

    def put(self, user, message, flags="", folder="INBOX"):
        with self.open(user) as client:
            status, said = client.append(folder, flags, None, message)
            assert status == "OK", said

    def flags(self, user, folder="INBOX"):
        """Of each message, in their order: whether it was seen."""
        with self.open(user, folder) as client:
            status, found = client.fetch("1:*", "(FLAGS)") if client.search(None, "ALL")[1][0] else ("OK", [])
            assert status == "OK", found
            return [b"\\Seen" in line for line in found]

    def forget_numbers(self, user):
        """The folder has other UIDs from now on, and another UIDVALIDITY."""
        box = self.folder / "mail" / user
        for file in (*box.glob("dovecot-uidlist*"), *box.glob("dovecot.index*"), *box.glob("dovecot-uidvalidity*")):
            file.unlink(missing_ok=True)  # a lock goes by itself


class Rude:
    """A server that lets anybody in. Each conversation has the next of these lists of answers, one for each command."""

    def __init__(self, port, answers):
        self.port, self.answers, self.begun, self.served = port, answers, 0, 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client = self.listener.accept()[0]
                answers = self.answers[self.begun % len(self.answers)]
                self.begun += 1
                threading.Thread(target=self.serve, args=(client, answers), daemon=True).start()

    def serve(self, client, answers):
        """answers: for SELECT, SEARCH, FETCH of sizes, FETCH; {tag} stands for the command's."""
        rest = list(answers)
        with contextlib.suppress(OSError), client, client.makefile("rb") as lines:
            client.sendall(b"* OK ready\r\n")
            for line in lines:
                tag, word = line.split()[:2]
                if word in (b"CAPABILITY", b"LOGIN", b"LOGOUT", b"AUTHENTICATE"):
                    client.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
                elif rest:
                    client.sendall(rest.pop(0).replace(b"{tag}", tag))
                else:
                    break
        self.served += 1
