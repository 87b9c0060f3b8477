"""postfix.py - a private Postfix that brings mail to the desk: everything it has lies in one folder."""
import os
import pathlib
import re
import shutil
import subprocess

from desk import eventually

DAEMONS = "/usr/lib/postfix/sbin"
SERVICES = """
127.0.0.1:{port} inet n - n - 100 smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
SETTINGS = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
myhostname = mx.test
mydestination =
local_recipient_maps =
mynetworks = 127.0.0.0/8
relay_domains = {domain}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtp_host_lookup = native
lmtp_host_lookup = native
smtpd_peername_lookup = no
transport_maps = inline:{{ {{{domain} = lmtp:inet:{lmtp}}}, {{sink.test = discard:}} }}
relayhost = [127.0.0.1]:1
minimal_backoff_time = 2s
maximal_backoff_time = 4s
queue_run_delay = 2s
maximal_queue_lifetime = 1h
message_size_limit = 0
default_process_limit = 100
smtpd_client_connection_count_limit = 0
smtpd_forbid_bare_newline = normalize
smtpd_forbid_bare_newline_exclusions =
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
"""


class Postfix:
    def __init__(self, folder, port, lmtp, domain="guichet.localhost", more=""):
        self.folder, self.port = pathlib.Path(folder), port
        self.config = self.folder / "etc"
        self.words = {"folder": self.folder, "port": port, "lmtp": lmtp, "domain": domain, "daemons": DAEMONS}
        self.more = more

    def __enter__(self):
        assert os.geteuid() == 0, "a private Postfix is started by root"
        shutil.rmtree(self.folder, ignore_errors=True)
        for part in ("etc", "queue", "data"):
            (self.folder / part).mkdir(parents=True)
        shutil.chown(self.folder / "data", "postfix")
        (self.config / "main.cf").write_text(SETTINGS.format(**self.words) + self.more + "\n")
        (self.config / "master.cf").write_text(SERVICES.format(**self.words))
        subprocess.run(["postfix", "-c", self.config, "check"], check=True, capture_output=True)
        self.master = subprocess.Popen([f"{DAEMONS}/master", "-c", self.config, "-d"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        eventually("Postfix listens", self.listens)
        return self

    def __exit__(self, *_):
        self.master.terminate()
        self.master.wait()

    def listens(self):
        return subprocess.run(["smtp-source", "-c", "-m", "1", "-f", "a@b.test", "-t", "x@sink.test", f"127.0.0.1:{self.port}"],
                              capture_output=True).returncode == 0

    def queued(self):
        listing = subprocess.run(["postqueue", "-c", self.config, "-j"], check=True, capture_output=True, text=True).stdout
        return len(listing.splitlines())

    def flush(self):
        subprocess.run(["postqueue", "-c", self.config, "-f"], check=True)

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def statuses(self):
        """How many deliveries have ended how: sent, deferred, bounced."""
        found = re.findall(r" status=(\w+) ", self.log())
        return {word: found.count(word) for word in set(found)}
