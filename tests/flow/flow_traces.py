"""Flows: one request's way as spans, told to a collector; and that nobody waits for it."""
import contextlib
import email.utils
import http.server
import json
import re
import smtplib
import socket
import threading
import time
import uuid

from desk import address, desk, eventually, flow, probe, staff
from flow_hooks import endpoint, hook

CHAIN = ("ingress", "ticket", "relay", "notify", "audit", "webhook", "mail", "mail-ingress", "intake")
RECIPIENT = "support@guichet.localhost"
HEX16, HEX32 = re.compile("(?!0{16})[0-9a-f]{16}"), re.compile("(?!0{32})[0-9a-f]{32}")


class Collector(http.server.ThreadingHTTPServer):
    """Takes OTLP in JSON, as an OpenTelemetry collector does, and minds its form."""
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Taker)
        self.spans, self.wrong, self.lock = {}, [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/v1/traces"

    def take(self, posted):
        for resource in posted["resourceSpans"]:
            service = {a["key"]: a["value"]["stringValue"] for a in resource["resource"]["attributes"]}["service.name"]
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    self.take_span(service, span)

    def take_span(self, service, span):
        assert HEX32.fullmatch(span["traceId"]) and HEX16.fullmatch(span["spanId"]), span
        assert "parentSpanId" not in span or HEX16.fullmatch(span["parentSpanId"]), span
        assert span["kind"] in range(1, 6) and span["name"] and span["status"] in ({}, {"code": 2}), span
        begun, ended = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
        assert isinstance(span["startTimeUnixNano"], str) and begun <= ended < time.time_ns() + 10**9, span
        assert ended > time.time_ns() - 300 * 10**9, span
        for attribute in span["attributes"]:
            (kind, value), = attribute["value"].items()
            assert isinstance(value, str) and (kind == "stringValue" or (kind == "intValue" and int(value) is not None)), attribute
        with self.lock:
            assert span["spanId"] not in self.spans, "told once"
            self.spans[span["spanId"]] = {**span, "service": service}

    def of(self, trace):
        with self.lock:
            return {key: span for key, span in self.spans.items() if span["traceId"] == trace}


class Taker(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            assert self.path == "/v1/traces" and self.headers["Content-Type"] == "application/json"
            self.server.take(json.loads(body))
        except Exception as error:  # told by the flow
            self.server.wrong.append(repr(error))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def traced(url, *programs, **settings):
    desk.stack("restart", *programs, OTLP_URL=url, **settings)
    try:
        yield
    finally:
        desk.stack("restart", *programs, OTLP_URL="", **dict.fromkeys(settings, "100"))


def somebody():
    who = address("traced")
    desk.register(who)
    return who, desk.login(who)


def ask(token, traceparent=None):
    headers = {"traceparent": traceparent} if traceparent else {}
    answer = desk.post("/api/v1/tickets", {"title": "Rien", "description": "Rien ne va."}, token, **headers)
    assert answer.status == 201, answer.raw
    return answer


def counted(program, name):
    text = probe("metrics" if program == "ingress" else program, "/metrics")[1]
    return next(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name + " "))


def by_lmtp(sender):
    """A request by mail; when it was brought, in nanoseconds."""
    host, port = desk.env["GUICHET_LMTP"].split(":")
    begun = time.time_ns()
    with smtplib.LMTP(host, int(port), timeout=10) as door:
        door.sendmail(sender, [RECIPIENT], f"From: {sender}\r\nTo: {RECIPIENT}\r\nSubject: Rien\r\n"
                      f"Message-Id: <{uuid.uuid4()}@example.org>\r\nDate: {email.utils.formatdate()}\r\n\r\nRien ne va.\r\n")
    return begun


def traces_with(collector, name, since):
    """Those that have a span of that name and began in a mail after that moment."""
    with collector.lock:
        spans = list(collector.spans.values())
    begun = {span["traceId"] for span in spans if span["name"] == "mail by lmtp" and int(span["startTimeUnixNano"]) >= since - 10**6}
    return [collector.of(span["traceId"]) for span in spans if span["name"] == name and span["traceId"] in begun]


def firsts(spans):
    """Those whose parent is not there: programs tell theirs at different times, so that at the end it is one."""
    return [span for span in spans.values() if span.get("parentSpanId") not in spans]


@flow("a request leads to one tree of spans, from the answer to the mail and the webhook; what is not to be kept leads to none")
def _():
    trace, above, silent = uuid.uuid4().hex, uuid.uuid4().hex[16:], uuid.uuid4().hex
    collector = Collector()
    wanted = {("guichet-ingress", "POST /tickets"), ("guichet-ingress", "publish ticket.create"), ("guichet-ticket", "apply ticket.create"),
              ("guichet-ticket", "batch"), ("guichet-relay", "relay ticket.created"), ("guichet-notify", "notify ticket.created"),
              ("guichet-audit", "audit ticket.created"), ("guichet-webhook", "webhook ticket.created"), ("guichet-mail", "mail ticket_created")}
    with endpoint() as server, traced(collector.url, *CHAIN), hook(server.url, desk.admin()):
        who, token = somebody()
        ask(token, f"00-{silent}-{above}-00")
        answer = ask(token, f"00-{trace}-{above}-01")
        eventually("it is mailed", lambda: len(desk.mails(who)) >= 2)

        def found():
            return {(span["service"], span["name"]) for span in collector.of(trace).values()}

        eventually(f"all are told: {wanted}", lambda: wanted <= found())
        eventually("both of the webhook", lambda: len([s for s in collector.of(trace).values() if s["name"] == "webhook ticket.created"]) == 2)
        spans = eventually("nothing hangs in the air", lambda: (lambda all_: all_ if len(firsts(all_)) == 1 else None)(collector.of(trace)))
        sent = [g["headers"]["traceparent"] for g in server.of("ticket.created") if trace in g["headers"]["traceparent"]]
        fresh = ask(token).headers["traceparent"]
        eventually("a trace that begins here has its first span", lambda: fresh[36:52] in collector.of(fresh[3:35]))
        assert "parentSpanId" not in collector.of(fresh[3:35])[fresh[36:52]]
        mailed = by_lmtp(who)
        way_of_mail = {"mail by lmtp", "intake lmtp", "relay ticket.open", "apply ticket.open"}
        of_mail = eventually("what came by mail has one, too", lambda: next((
            list(spans.values()) for spans in traces_with(collector, "apply ticket.open", mailed)
            if way_of_mail <= {span["name"] for span in spans.values()} and len(firsts(spans)) == 1), None))
    assert [span["name"] for span in firsts({span["spanId"]: span for span in of_mail})] == ["mail by lmtp"]
    assert not collector.wrong, collector.wrong
    assert not collector.of(silent)
    roots = firsts(spans)
    assert [(span["name"], span["parentSpanId"]) for span in roots] == [("POST /tickets", above)], roots

    def way(name, service):
        """From the span of that name up to the request."""
        span = next(s for s in spans.values() if (s["name"], s["service"]) == (name, service) and s["kind"] != 5 or
                    (s["name"], s["service"]) == (name, service) and name.startswith(("notify", "audit")))
        names = []
        while span:
            names.append(span["name"])
            span = spans.get(span["parentSpanId"])
        return names

    before = ["relay ticket.created", "apply ticket.create", "publish ticket.create", "POST /tickets"]
    assert way("mail ticket_created", "guichet-mail") == ["mail ticket_created", "notify ticket.created", *before]
    assert way("audit ticket.created", "guichet-audit") == ["audit ticket.created", *before]
    assert way("webhook ticket.created", "guichet-webhook") == ["webhook ticket.created"] * 2 + before
    assert answer.headers["traceparent"] == f"00-{trace}-{roots[0]['spanId']}-01"
    assert any(header[36:52] in spans for header in sent), "the receiver of a webhook goes on with the trace"
    assert {"key": "http.response.status_code", "value": {"intValue": "201"}} in roots[0]["attributes"]


@flow("who does not want traces that begin here keeps none of them, and those that others begin")
def _():
    collector, trace = Collector(), uuid.uuid4().hex
    with traced(collector.url, "ingress", TRACE_PERCENT="0"):
        _, token = somebody()
        fresh = ask(token).headers["traceparent"]
        assert fresh.endswith("-00")
        ask(token, f"00-{trace}-{uuid.uuid4().hex[16:]}-01")
        eventually("that of others is kept", lambda: collector.of(trace))
        assert {span["traceId"] for span in collector.spans.values()} == {trace}


@flow("a collector that is silent, or away, keeps nobody waiting: spans are dropped and counted")
def _():
    with socket.socket() as silent:  # takes connections, and never says a word
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        with traced(f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces", "ingress"):
            _, token = somebody()
            begun = time.monotonic()
            for _ in range(50):
                ask(token)
            assert time.monotonic() - begun < 10
            eventually("they are counted", lambda: counted("ingress", "guichet_spans_dropped_total") > 0)
            assert counted("ingress", "guichet_spans_sent_total") == 0
            silent.close()
            dropped = counted("ingress", "guichet_spans_dropped_total")
            ask(token)
            eventually("away", lambda: counted("ingress", "guichet_spans_dropped_total") > dropped)


@flow("of a mail that tells several events the story of each knows, and its own story knows all of them")
def _():
    desk.stack("restart", "notify", NOTIFY_BURST="2s")
    try:
        who, token = somebody()
        agent, _ = staff()
        ticket = ask(token).data["id"]
        for n in range(3):
            answer = desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": f"Message {n}."}, agent)
            assert answer.status == 201, answer.raw
        eventually("the later two in one mail", lambda: desk.sql(
            f"select 1 from mails where ticket_id = '{ticket}' and template = 'burst' and state = 'sent'"))
        (mail, events), = desk.sql("select m.id, string_agg(n.event_id::text, ' ') from mails m join notifications n on n.mail_id = m.id "
                                   f"where m.ticket_id = '{ticket}' and m.template = 'burst' group by 1")
        assert len(events.split()) == 2, events
        admin = desk.admin()

        def tells(of):
            steps = desk.get(f"/api/v1/admin/trace/{of}", admin).data["steps"]
            return {step["id"] for step in steps}

        for event in events.split():
            eventually("each event is in the trail and has its mail", lambda: mail in tells(event))
        assert set(events.split()) <= tells(mail)
    finally:
        desk.stack("restart", "notify", NOTIFY_BURST="0")
