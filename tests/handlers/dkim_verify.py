"""Another program's word on our signatures: python3-dkim's, with the keys of a folder instead of DNS.

usage: dkim_verify.py keys FOLDER            makes rsa.pem and ed.pem
       dkim_verify.py verify FOLDER COUNT    0.eml ... are signed by both, and by neither once anything is changed
"""
import base64
import subprocess
import sys

import dkim


def openssl(*words, **more):
    return subprocess.run(("openssl",) + words, check=True, capture_output=True, **more).stdout


def make_keys(folder):
    openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", f"{folder}/rsa.pem")
    openssl("genpkey", "-algorithm", "ED25519", "-out", f"{folder}/ed.pem")


def record(folder, name):
    public = openssl("pkey", "-in", f"{folder}/{name}.pem", "-pubout", "-outform", "DER")
    kind = "rsa"
    if name == "ed":
        kind, public = "ed25519", public[-32:]
    return f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}".encode()


def main():
    folder = sys.argv[2]
    if sys.argv[1] == "keys":
        make_keys(folder)
        return
    records = {f"{n}._domainkey.desk.example.": record(folder, n) for n in ("rsa", "ed")}

    def ask(name, timeout=5):
        return records[name.decode() if isinstance(name, bytes) else name]

    def good(message, which):
        return dkim.DKIM(message).verify(idx=which, dnsfunc=ask)

    for number in range(int(sys.argv[3])):
        with open(f"{folder}/{number}.eml", "rb") as file:
            message = file.read()
        head, body = message.split(b"\r\n\r\n", 1)
        for which in (0, 1):
            assert good(message, which), (number, which, message)
            assert good(head.replace(b"\r\nX-A:", b"\r\nX-B: new\r\nX-A:") + b"\r\n\r\n" + body + b" \r\n\r\n", which)
            for changed in (message + b"x\r\n", message.replace(b"To: <zoe", b"To: <eve", 1),
                            head + b"\r\nFrom: eve@example.org\r\n\r\n" + body,
                            head + b"\r\nSubject: other\r\n\r\n" + body):
                try:
                    assert not good(changed, which), (number, which, changed)
                except dkim.ValidationError:
                    pass


main()
