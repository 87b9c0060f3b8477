"""edge.py - what clients feel: commands accepted a second, reads a second, latency, and memory meanwhile."""
import json
import statistics

from rig import TOOLS, Turns, Unmeasured, named_query, run, say

TICKET = {"title": "The printer on the third floor is on fire",
          "description": "Printed pages come out blank, and then they come out black.", "priority": "high",
          "category": "printer"}
TURNS = 3


def accept(rig, table):
    """Over HTTP against a publisher of the same messages, with nobody taking them out of the queues."""
    who = rig.register("accept@example.org")
    lines = rig.scratch / "accept.lines"
    lines.write_text(who["user"]["id"] + "\n")
    token = rig.login("accept@example.org")
    rig.running("ingress")
    got = Turns("accept")
    for _ in range(TURNS):
        for connections in (64, 256):
            rig.purge()
            with rig.watching_memory():
                got.add(f"HTTP with {connections}", rig.wrk("/api/v1/tickets", token, connections, TICKET))
            rig.purge()
            bare = rig.publish(lines, "--creates", 100, "--window", connections, "--seconds", rig.seconds)
            got.add(f"publisher with {connections}", bare["per_second"])
    rig.purge()
    bare = ("publisher, window 256", got["publisher with 256"])
    return {"c64": table.pair("accept, 64 connections", got["HTTP with 64"], *bare),
            "c256": table.pair("accept, 256 connections", got["HTTP with 256"], *bare),
            "c64_window64": table.pair("accept, 64 connections", got["HTTP with 64"], "publisher, window 64",
                                       got["publisher with 64"])}


def read(rig, table):
    """A ticket with five comments: GET against the statement it runs."""
    rig.running()
    who = rig.register("read@example.org")["user"]["id"]
    token = rig.login("read@example.org")
    ticket = rig.ticket(token)["id"]
    for n in range(5):
        said = rig.post(f"/api/v1/tickets/{ticket}/comments", {"content": f"Still on fire, day {n}."}, token)
        assert said.status == 201, said.raw
    rig.settle()
    rig.as_superuser("analyze")
    script = rig.scratch / "read.sql"
    script.write_text(named_query("ticket_read", "reads.sql"))
    got = Turns("read")
    for _ in range(TURNS):
        got.add("HTTP", rig.wrk(f"/api/v1/tickets/{ticket}", token, 64))
        # 60: owner, agent, manager, admin, as the catalogue's row says
        got.add("pgbench", rig.pgbench(rig.database_url("ingress"), script, p1=who, p2=60, p3=json.dumps({"ticketId": ticket})))
    return table.pair("read a ticket, 64 connections", got["HTTP"], "pgbench, 8 clients", got["pgbench"])


def one_rate(rig, tokens, rate):
    rig.settle()
    rig.checkpoint()
    with rig.watching_memory():
        got = json.loads(run([TOOLS / "open_loop", "--url", rig.env["GUICHET_URL"], "--tokens", tokens, "--rate", rate,
                              "--seconds", 2 * rig.seconds], f"{rate} requests a second"))
    say(f"latency at {rate}/s: p50 {got['p50_ms']:.1f} ms, p95 {got['p95_ms']:.1f} ms, p99 {got['p99_ms']:.1f} ms")
    if got["late"]:
        say(f"latency: {got['late']} of {got['answered']} were answered 202 after the server's own wait")
    return got


def latency(rig, table):
    """POST and wait until it is applied, at a fixed rate, with everything running."""
    rig.running()
    tokens = rig.scratch / "tokens"
    with open(tokens, "w") as file:
        for n in range(16):
            rig.register(f"latency{n}@example.org")
            file.write(rig.login(f"latency{n}@example.org") + "\n")
    rig.fill_log()
    turns = {rate: [one_rate(rig, tokens, rate) for _ in range(TURNS)] for rate in (200, 500, 1000)}
    rig.settle()
    figures = {}
    for rate, got in turns.items():
        figures[str(rate)] = {name: statistics.median(turn[f"{name}_ms"] for turn in got) for name in ("p50", "p95", "p99")}
        table.plain(f"latency at {rate}/s", ", ".join(f"{name} {ms:.1f} ms" for name, ms in figures[str(rate)].items())
                    + ", p95 of each turn " + " ".join(f"{turn['p95_ms']:.1f}" for turn in got))
    return figures


def memory(rig, table, idle):
    """Of all programs together: proportional set size, before the load and at each one's peak under it."""
    if set(rig.peaks) != set(idle):
        raise Unmeasured("not every program was seen under load")
    figures = {"idle": round(sum(idle.values()), 1), "load": round(sum(rig.peaks.values()), 1)}
    for name in sorted(idle):
        table.plain(f"memory of {name}", f"{idle[name]:.1f} MB idle, {rig.peaks[name]:.1f} MB under load")
    table.plain("memory of all", f"{figures['idle']} MB idle, {figures['load']} MB under load")
    return figures
