"""listing.py - is a list as quick with a million tickets stored as with a thousand?"""
import urllib.request

from rig import ROOT, Desk, Turns, eventually, say

PATH = "/api/v1/tickets?limit=10"


class Side:
    """A desk with so many tickets in a database of its own, and an ingress in front of it."""

    def __init__(self, rig, name, tickets, password_hash):
        say(f"filling a desk with {tickets:,} tickets")
        database = f"guichet_{name}"
        owner = rig.env["DATABASE_URL"].rpartition("/")[0] + "/" + database
        rig.as_superuser(f"create database {database} owner guichet")
        made = Desk(rig.state, rig.port_base)
        made.env = {**rig.env, "DATABASE_URL": owner}
        assert made.ctl("migrate").returncode == 0, f"{database} cannot be migrated"
        rig.psql((ROOT / "tests/bench/lists_fill.sql").read_text(), rig.superuser_url(database), tickets=tickets)
        rig.psql("insert into credentials (account_id, password_hash) select id, :'hash' from accounts "
                 "where email in ('agent7@example.org', 'user1@example.org')", owner, hash=password_hash)
        self.name, self.url = f"{tickets:,} tickets", f"http://127.0.0.1:{rig.free_port()}"
        settings = rig.env_of("ingress")
        rig.help([ROOT / "build/bin/guichet-ingress"], env={
            **settings, "LISTEN": self.url.removeprefix("http://"),
            "DATABASE_URL": settings["DATABASE_URL"].rpartition("/")[0] + "/" + database})
        eventually(f"the ingress of {database} is ready", lambda: urllib.request.urlopen(self.url + "/ready", timeout=2))
        made.env["GUICHET_URL"] = self.url
        self.tokens = {who: made.login(f"{account}@example.org", "password123")
                       for who, account in (("agent", "agent7"), ("user", "user1"))}
        shown = made.get(PATH, self.tokens["user"])
        assert shown.status == 200 and len(shown.data["tickets"]) == 10, f"this is no list: {shown.raw[:200]}"


def lists(rig, table):
    """By an agent, and by a user who owns a hundred."""
    rig.running("ingress")
    rig.register("list@example.org")  # for the hash of the password everybody here has
    password_hash = rig.sql("select c.password_hash from credentials c join accounts a on a.id = c.account_id "
                            "where a.email = 'list@example.org'")[0][0]
    small = Side(rig, "small", 1000, password_hash)
    large = Side(rig, "large", 50000 if rig.small else 1000000, password_hash)
    rig.checkpoint()
    figures = {}
    for who in ("agent", "user"):
        got = Turns(f"list, {who}")
        for _ in range(3):
            for side in (large, small):
                got.add(side.name, rig.wrk(PATH, side.tokens[who], 64, url=side.url))
        figures[who] = table.pair(f"list, {who}, {large.name}", got[large.name], small.name, got[small.name])
    return figures
