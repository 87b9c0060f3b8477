"""script.py - a mail server that goes wrong as it is told.

    with Script() as server:
        server.at["RCPT"] = lambda recipient: "451 4.2.0 later" if recipient.startswith("later") else None

A stage is BANNER, EHLO, AUTH, MAIL, RCPT, DATA, BODY (in the middle of the content) or DOT. What stands there is called with the
recipient ("" before RCPT) and answers a reply, DROP, or None: all is well. What was accepted is in .taken: (recipient, content).
"""
import socket
import ssl
import subprocess
import threading

DROP = "drop"


class Script:
    def __init__(self, tls=None, login=False):
        self.at, self.taken, self.sessions = {}, [], 0
        self.tls, self.login = tls, login
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.url = f"smtp://127.0.0.1:{self.port}"
        threading.Thread(target=self.listen, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def listen(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.session, args=(peer,), daemon=True).start()

    def session(self, peer):
        try:
            Session(self, peer).run()
        except (OSError, EOFError):
            pass
        finally:
            peer.close()


class Session:
    def __init__(self, server, peer):
        self.server, self.peer, self.recipient = server, peer, ""
        self.lines = peer.makefile("rb")

    def say(self, stage, usual):
        """False: the connection is dropped, or was answered otherwise than usual."""
        plan = self.server.at.get(stage)
        other = plan(self.recipient) if plan else None
        if other == DROP:
            raise EOFError
        self.peer.sendall((other or usual).encode() + b"\r\n")
        return other is None

    def line(self):
        line = self.lines.readline()
        if not line:
            raise EOFError
        return line

    def run(self):
        if not self.say("BANNER", "220 script ESMTP"):
            raise EOFError
        while True:
            line = self.line().decode().strip()
            self.server.sessions += line[:4].upper() in ("EHLO", "HELO")
            getattr(self, line[:4].strip().upper(), self.other)(line)

    def EHLO(self, line):
        offers = ["script"] + ["STARTTLS"] * bool(self.server.tls) + ["AUTH PLAIN"] * self.server.login
        self.say("EHLO", "\r\n".join(f"250{' ' if i == len(offers) - 1 else '-'}{offer}" for i, offer in enumerate(offers)))

    def HELO(self, line):
        self.say("EHLO", "250 script")

    def STAR(self, line):
        self.peer.sendall(b"220 go on\r\n")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.tls)
        self.peer = context.wrap_socket(self.peer, server_side=True)
        self.lines = self.peer.makefile("rb")

    def AUTH(self, line):
        self.say("AUTH", "235 welcome")

    def MAIL(self, line):
        self.recipient = ""
        self.say("MAIL", "250 fine")

    def RCPT(self, line):
        self.recipient = line[line.index("<") + 1:line.index(">")]
        self.say("RCPT", "250 fine")

    def DATA(self, line):
        if not self.say("DATA", "354 go on"):
            return
        content = b""
        while (line := self.line()) != b".\r\n":
            content += line[1:] if line.startswith(b"..") else line
            if self.server.at.get("BODY") and self.server.at["BODY"](self.recipient):
                raise EOFError
        if self.say("DOT", "250 taken"):
            self.server.taken.append((self.recipient, content))

    def QUIT(self, line):
        self.peer.sendall(b"221 bye\r\n")
        raise EOFError

    def other(self, line):
        self.peer.sendall(b"250 fine\r\n" if line[:4].upper() in ("RSET", "NOOP") else b"500 what?\r\n")


def certificate(folder):
    """A file with a key and a certificate for localhost that nobody has signed but itself."""
    file = folder / "localhost.pem"
    key = folder / "localhost.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=DNS:localhost", "-keyout", key, "-out", file], check=True, capture_output=True)
    file.write_text(file.read_text() + key.read_text())
    key.unlink()
    return file
