"""slapd.py - a directory of people and groups (OpenLDAP), private to a test."""
import contextlib
import pathlib
import shutil
import socket
import subprocess
import tempfile

from desk import eventually

BASE, US = "dc=house,dc=example", "cn=desk,dc=house,dc=example"

CONFIG = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile {folder}/pid
modulepath /usr/lib/ldap
moduleload back_mdb
{tls}
database mdb
maxsize 10485760
suffix "{base}"
rootdn "{us}"
rootpw our-own
directory {folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by * none
"""


class Slapd:
    """People are (name, address, password), groups {name: [names of people]}. certified: by a certificate of its host, authority is
    the file that believes it."""

    def __init__(self, host, port, people, groups, certified):
        self.folder, self.host, self.port = pathlib.Path(tempfile.mkdtemp()), host, port
        self.folder.chmod(0o755)  # the programs read the certificate
        (self.folder / "data").mkdir(0o700)
        self.authority, tls = self.folder / "cert.pem", ""
        if certified:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                            "-subj", "/CN=directory", "-addext", f"subjectAltName=IP:{host}", "-keyout", self.folder / "key.pem", "-out",
                            self.authority], check=True, capture_output=True)
            tls = f"TLSCertificateFile {self.authority}\nTLSCertificateKeyFile {self.folder}/key.pem"
        (self.folder / "slapd.conf").write_text(CONFIG.format(folder=self.folder, base=BASE, us=US, tls=tls))
        rows = [f"dn: {BASE}\nobjectClass: dcObject\nobjectClass: organization\ndc: house\no: house\n"]
        rows += [f"dn: {self.dn(name)}\nobjectClass: inetOrgPerson\ncn: {name}\nsn: Martin\ngivenName: {name}\nmail: {mail}\n"
                 f"userPassword: {password}\n" for name, mail, password in people]
        rows += [f"dn: cn={group},{BASE}\nobjectClass: groupOfNames\ncn: {group}\n" + "".join(f"member: {self.dn(name)}\n" for name in names)
                 for group, names in groups.items()]
        subprocess.run(["/usr/sbin/slapadd", "-f", self.folder / "slapd.conf"], input="\n".join(rows), text=True, check=True, capture_output=True)
        self.start()

    @staticmethod
    def dn(name):
        return f"cn={name},{BASE}"

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/slapd", "-d", "0", "-f", self.folder / "slapd.conf", "-h", f"ldap://{self.host}:{self.port}"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually("slapd listens", lambda: socket.create_connection((self.host, self.port), 1).close() or True)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)

    def change(self, text):
        """LDIF of changes."""
        self.stop()
        subprocess.run(["/usr/sbin/slapmodify", "-f", self.folder / "slapd.conf"], input=text, text=True, check=True, capture_output=True)
        self.start()


@contextlib.contextmanager
def slapd(port, people, groups, host="127.0.0.1", certified=False):
    server = Slapd(host, port, people, groups, certified)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder)
