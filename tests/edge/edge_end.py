"""edge_end.py - after all of it: still the same process, it drains as asked, and the sanitizers are silent."""
import os
import re
import signal
import subprocess

import edge

REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehavior|SUMMARY: .*Sanitizer")


def still_the_same(here):
    assert here.pid() == here.first_pid, "the ingress was started again: it had ended meanwhile"


def drains(here):
    """In-flight requests are answered, nobody new is let in, and it ends with code 0."""
    token = here.user_token()
    pid = here.pid()
    body = b'{"title":"While it drains","description":"It must be answered."}'
    asks = [edge.Wire(here.port) for _ in range(8)]
    supervisor = int((here.state / "run/ingress.supervisor.pid").read_text())
    here.stack("stop", "ticket")
    for wire in asks:  # without a worker they wait for their outcome
        wire.send(edge.head("POST", "/api/v1/tickets", [f"Authorization: Bearer {token}", "Content-Type: application/json",
                                                        "Prefer: wait=3"], body))
    edge.eventually("the commands are with the broker", lambda: here.log().count('"type":"ticket.create"') >= 8)
    os.kill(pid, signal.SIGTERM)
    edge.eventually("nobody new is let in", lambda: refused(here.port), 5)
    for wire in asks:
        reply = wire.reply(10)
        assert reply and reply.status in (201, 202), f"what was in flight got {reply}"
        wire.sock.close()
    edge.eventually("the ingress has ended", lambda: not os.path.exists(f"/proc/{pid}"), 30)
    edge.eventually("and its supervisor, as after an end with code 0", lambda: ended(supervisor), 5)


def ended(pid):
    return subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()[:1] in ("", "Z")


def refused(port):
    try:
        edge.answers_at(port)
        return False
    except ConnectionRefusedError:
        return True


def is_clean(here):
    found = [line for line in here.log().splitlines() if REPORT.search(line)]
    assert not found, "\n".join(found[:20])


TESTS_LAST = [
    ("whatever was sent, the ingress is the process it was at the start", still_the_same),
    ("told to stop, it answers what is in flight, lets nobody new in and ends with code 0", drains),
    ("no sanitizer has anything to say, leaks included", is_clean),
]
