"""edge_end.py - after all of it: still the same process, it drains as asked, and the sanitizers are silent."""
import os
import re
import signal

import edge

REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|UndefinedBehavior|SUMMARY: .*Sanitizer")


def still_the_same(here):
    assert here.pid() == here.first_pid, "the ingress was started again: it had ended meanwhile"


def drains(here):
    """In-flight requests are answered, nobody new is let in, and it ends with code 0."""
    token = here.user_token()
    body = b'{"title":"While it drains","description":"It must be answered."}'
    supervisor = int((here.state / "run/ingress.supervisor.pid").read_text())
    asks = [edge.Wire(here.port) for _ in range(8)]
    here.stack("stop", "ticket")
    before = here.metric("guichet_commands_accepted_total")
    for wire in asks:  # without a worker they wait for their outcome
        wire.send(edge.head("POST", "/api/v1/tickets",
                            [f"Authorization: Bearer {token}", "Content-Type: application/json",
                                                        "Prefer: wait=3"], body))
    edge.eventually("the commands are with the broker",
                    lambda: here.metric("guichet_commands_accepted_total") - before >= 8)
    os.kill(supervisor, signal.SIGTERM)
    edge.eventually("nobody new is let in", lambda: refused(here.port), 5)
    for wire in asks:
        reply = wire.reply(10)
        assert reply and reply.status in (201, 202), f"what was in flight got {reply}"
        wire.sock.close()
    edge.eventually("the ingress has ended", lambda: ended(here), 30)
    assert ended(here) == "0", f"it ended with code {ended(here)}"


def ended(here):
    """The code the ingress has ended with; none while it runs."""
    found = re.findall(r"supervise: ingress stopped with status (\d+)", here.log())
    return found[-1] if found else None


def refused(port):
    try:
        edge.answers_at(port)
        return False
    except ConnectionRefusedError:
        return True


def is_clean(here):
    here.stack("stop", "ingress")  # leaks are looked for at the end
    assert ended(here), "it has not ended by itself"
    found = [line for line in here.log().splitlines() if REPORT.search(line)]
    assert not found, "\n".join(found[:20])


TESTS_LAST = [
    ("whatever was sent, the ingress is the process it was at the start", still_the_same),
    ("told to stop, it answers what is in flight, lets nobody new in and ends with code 0", drains),
    ("no sanitizer has anything to say, leaks included", is_clean),
]
