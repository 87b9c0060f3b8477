"""Flows: what every program tells Prometheus, in which forms, to whom, and how quickly."""
import contextlib
import json
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

from desk import ROOT, address, desk, eventually, flow, programs

OPEN = "application/openmetrics-text; version=1.0.0"
SERVED = [name for name in programs() if name != "ctl"]
PROMETHEUS = f"http://127.0.0.1:{desk.port_base + 66}"
# Figures of what a stack of tests does not have: queries that ask for them may find nothing.
MONITOR = [line for line in (ROOT / "tests/contract/monitor_figures").read_text().splitlines() if line[0] != "#"]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def port_of(program):
    ports = dict(line.split() for line in (desk.state / "ports").read_text().splitlines())
    return ports["metrics" if program == "ingress" else program]


def scrape(program, **headers):
    """Status, content type and text."""
    request = urllib.request.Request(f"http://127.0.0.1:{port_of(program)}/metrics",
                                     headers={name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def value(program, sample):
    """Of one sample, written as it is told."""
    return next(float(line.split()[-1]) for line in scrape(program)[2].splitlines() if line.startswith(sample + " "))


def work():
    """Somebody's ticket goes through the whole pipeline; with a trace of his own."""
    who = address("metrics")
    desk.register(who)
    token = desk.login(who)
    answer = desk.post("/api/v1/tickets", {"title": "Rien", "description": "Rien ne va."}, token,
                       traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
    assert answer.status == 201, answer.raw
    assert desk.get(f"/api/v1/tickets/{answer.data['id']}", token).status == 200
    assert desk.get("/api/v1/tickets/nobody-knows-it", token).status in (400, 404)
    eventually("it is mailed", lambda: desk.mails(who))


@flow("what every program tells is as Prometheus wants it")
def _():
    work()
    for program in SERVED:
        status, headers, text = scrape(program)
        assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", program
        found = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert found.returncode == 0 and not found.stdout + found.stderr, (program, found.stdout + found.stderr)
        assert f'guichet_build_info{{program="guichet-{program}",version="' in text, program
        for name in ("process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds", "process_max_fds",
                     "process_start_time_seconds", "guichet_db_pool_connections"):
            assert re.search(rf"^{name} [1-9]", text, re.M) or name == "process_cpu_seconds_total", (program, name)


@flow("requests, commands, the outbox, queues and mails are counted where they pass")
def _():
    before = value("ticket", "tickets_created")
    work()
    ingress, ticket = scrape("ingress")[2], scrape("ticket")[2]
    for sample in ('guichet_http_requests_total{route="/tickets",method="POST",status="2xx"}',
                   'guichet_http_requests_total{route="/tickets/{ticket_id}",method="GET",status="2xx"}',
                   'guichet_http_requests_total{route="/tickets/{ticket_id}",method="GET",status="4xx"}',
                   'guichet_http_request_duration_seconds_bucket{route="/tickets",method="POST",le="0.02"}',
                   'http_request_duration_seconds{quantile="0.95"}', "guichet_http_connections_active",
                   "guichet_session_cache_hits_total", 'guichet_cache_hits_total{cache="results"}',
                   "guichet_loop_delay_seconds_count", "guichet_db_pool_waiting"):
        assert "\n" + sample + " " in ingress, sample
    assert "nobody-knows-it" not in ingress
    for sample in ('guichet_commands_total{type="ticket.create",outcome="done"}', "guichet_batch_commands_count",
                   'guichet_command_duration_seconds_bucket{type="ticket.create",le="0.5"}',
                   'guichet_queue_in_hand{queue="cmd.ticket.0"}', "guichet_cache_published_total"):
        assert "\n" + sample + " " in ticket, sample
    assert value("ticket", "tickets_created") == before + 1
    assert 0 < value("ingress", 'http_request_duration_seconds{quantile="0.5"}') < 1
    assert value("relay", "guichet_outbox_relayed_total") > 0 and value("relay", "guichet_outbox_relay_rows_count") > 0
    assert value("mail", 'guichet_mail_outcomes_total{domain="example.org",outcome="sent"}') > 0
    assert value("mail", 'guichet_circuit_breaker_state{name="smtp"}') == 0
    assert value("mail", 'guichet_queue_in_hand{queue="work.mail.high"}') >= 0


@flow("who asks for OpenMetrics gets it, and with it the trace of a slow request")
def _():
    work()
    for program in SERVED:
        status, headers, text = scrape(program, Accept=OPEN + ",text/plain;q=0.5,*/*;q=0.1")
        assert status == 200 and headers["Content-Type"] == OPEN + "; charset=utf-8", program
        assert text.endswith("\n# EOF\n") and text.count("# EOF") == 1
        assert "\n# TYPE process_cpu_seconds counter\n" in text and "\nprocess_cpu_seconds_total " in text
        assert not re.search(r"# TYPE \w+_total ", text) and 'le="1"' not in text, program
    exemplar = rf' # \{{trace_id="{TRACE}"\}} [0-9.]+ [0-9.]+$'
    assert re.search(r'^guichet_http_request_duration_seconds_bucket\{route="/tickets",method="POST",.*' + exemplar,
                     scrape("ingress", Accept=OPEN)[2], re.M)
    assert re.search(r'^guichet_command_duration_seconds_bucket\{type="ticket.create",.*' + exemplar,
                     scrape("ticket", Accept=OPEN)[2], re.M)
    for plain in ("text/plain", "*/*", "text/plain, application/openmetrics-text;q=0.5", "application/openmetrics-text;q=0"):
        assert scrape("ticket", Accept=plain)[1]["Content-Type"].startswith("text/plain"), plain


@flow("all programs tell everything within 50 ms")
def _():
    def all_of_them():
        begun = time.monotonic()
        for program in SERVED:
            assert scrape(program)[0] == 200
        return time.monotonic() - begun

    took = min(all_of_them() for _ in range(5))
    assert took < 0.05, f"{took * 1000:.1f} ms"


@contextlib.contextmanager
def prometheus(*options):
    """A Prometheus that asks every program of the stack each second."""
    with tempfile.TemporaryDirectory() as folder:
        config = f"{folder}/prometheus.yml"
        with open(config, "w") as file:
            subprocess.run([ROOT / "ops/prometheus/configure", "--state", desk.state, "--every", "1s", *options], stdout=file, check=True)
        server = subprocess.Popen(["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/data", "--log.level=error",
                                   f"--web.listen-address={PROMETHEUS.removeprefix('http://')}"], stdout=subprocess.DEVNULL)
        try:
            eventually("Prometheus is ready", lambda: urllib.request.urlopen(PROMETHEUS + "/-/ready", timeout=2).status == 200)
            yield
        finally:
            server.terminate()
            try:
                server.wait(20)
            finally:
                server.kill()


def ask(path, **parameters):
    try:
        with urllib.request.urlopen(f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(parameters)}", timeout=5) as answer:
            return json.load(answer)["data"]
    except urllib.error.HTTPError as error:
        raise RuntimeError(error.read().decode()) from None  # what Prometheus can't read is not waited for


def series(query):
    return ask("query", query=query.replace("$__rate_interval", "10s"))["result"]


def panels():
    """Dashboard and panel, each of its queries, and what its lines are called."""
    for file in sorted((ROOT / "ops/grafana").glob("*.json")):
        board = json.loads(file.read_text())
        assert board["uid"] == "guichet-" + file.stem
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{file.stem}: {panel['title']}", target["expr"], target["legendFormat"]


def times_asked():
    return int(series("sum(count_over_time(up[1h]))")[0]["value"][1]) // len(SERVED)


@flow("every query of every dashboard finds something in a Prometheus that watches the stack, and every rule can be read")
def _():
    with prometheus():
        up = eventually("all are asked", lambda: (lambda rows: rows if len(rows) == len(SERVED) else None)(series("up == 1")))
        assert {row["metric"]["job"] for row in up} == set(SERVED)
        for _ in range(3):  # a rate needs more than one look
            looks = times_asked()
            work()
            eventually("it is asked again", lambda: times_asked() > looks)
        looked = 0
        for where, query, legend in panels():
            looked += 1
            if any(figure in query for figure in MONITOR):
                series(query)  # it can be read
                continue
            found = series(query) or eventually(f"{where} shows something: {query}", lambda: (work(), series(query))[1], 10)
            wanted = set(re.findall(r"{{(\w+)}}", legend))
            assert all(wanted <= set(row["metric"]) for row in found if row["metric"]), (where, legend, found)
        assert looked > 80
        groups = ask("rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) > 30 and all(rule["health"] == "ok" for rule in rules), [rule for rule in rules if rule["health"] != "ok"]
        assert not [rule["name"] for rule in rules if rule.get("state") == "firing"]
    return looked


@flow("every alert fires and clears in the test of its rule")
def _():
    for file in ("rules/*.yml", "tests/*.yml"):
        files = [str(found) for found in sorted((ROOT / "ops/prometheus").glob(file))]
        found = subprocess.run(["promtool", *("check rules" if "rules" in file else "test rules").split(), *files], capture_output=True,
                               text=True, timeout=60)
        assert found.returncode == 0, found.stdout + found.stderr


@flow("where METRICS_TOKEN is set /metrics is told to nobody else")
def _():
    token = "a-token-of-the-metrics"
    watched = ("ingress", "mail-ingress", "timer")
    desk.stack("restart", *watched, METRICS_TOKEN=token)
    try:
        for program in watched:
            eventually(f"{program} is there", lambda: scrape(program)[0] == 401)
            for wrong in ({}, {"Authorization": "Bearer " + token + "x"}, {"Authorization": "Bearer"},
                          {"Authorization": "Basic " + token}, {"Authorization": "Bearer " + token[:-1]}):
                status, headers, text = scrape(program, **wrong)
                assert status == 401 and headers["WWW-Authenticate"] == 'Bearer realm="metrics"', (program, wrong)
                assert "guichet_" not in text
            assert scrape(program, Authorization="bearer " + token)[0] == 200
        stats = [ROOT / "build/bin/guichetctl", "stats", "timer"]
        asked = subprocess.run(stats, env=desk.env | {"METRICS_TOKEN": ""}, capture_output=True, text=True, timeout=60)
        assert asked.returncode == 1 and "401" in asked.stderr, asked
        eventually("guichetctl has the token", lambda: "guichet_" in subprocess.run(
            stats, env=desk.env | {"METRICS_TOKEN": token}, capture_output=True, text=True, timeout=60).stdout)
        with tempfile.NamedTemporaryFile("w") as file:
            print(token, file=file, flush=True)
            with prometheus("--token-file", file.name):
                eventually("Prometheus has the token", lambda: len(series("up == 1")) == len(SERVED))
    finally:
        desk.stack("restart", *watched, METRICS_TOKEN="")
    assert scrape("timer")[0] == 200
