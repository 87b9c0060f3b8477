"""Flows: calendars and policies, as administrators make them."""
import datetime
import functools
import http.server
import json
import threading
import uuid

from desk import ROOT, address, desk, eventually, flow, staff

SLA = "/api/v1/admin/sla"
TARGETS = {"urgent": {"firstResponse": 900, "nextResponse": 1800, "resolution": 7200}}
S1 = {"urgent": (1800, 7200), "high": (7200, 14400), "medium": (14400, 86400), "low": (86400, 259200)}


def send(verb, path, body, token, **headers):
    return desk.call(verb, SLA + path, body, token, **headers)


def make(kind, token, **body):
    answer = send("POST", kind, body, token)
    assert answer.status == 201, answer.raw
    return answer


def pointers(answer):
    assert answer.status == 400 and answer.json["code"] == "VALIDATION_ERROR", answer.raw
    return [e["pointer"] for e in answer.json["errors"]]


def names(token):
    return [p["name"] for p in desk.get(SLA + "/policies", token).data["policies"]]


@flow("the delays of the four priorities are there from the beginning, for staff, and an administrator changes them")
def _():
    admin, _ = staff("admin")
    agent, _ = staff("agent")
    first = desk.get(SLA, agent)
    assert first.status == 200, first.raw
    assert {p: (first.data[p]["firstResponse"], first.data[p]["resolution"]) for p in S1} == S1
    assert first.data["policies"][-1]["isDefault"] and first.data["policies"][-1]["autoCloseAfter"] == 86400
    assert desk.get(SLA, desk.register(address())["token"]).status == 403
    assert send("PUT", "", {"low": {"resolution": 3600}}, agent).status == 403
    changed = send("PUT", "", {"low": {"nextResponse": 3600}, "high": {"firstResponse": None}}, admin)
    assert changed.status == 200, changed.raw
    assert changed.data["low"] == {"firstResponse": 86400, "nextResponse": 3600, "resolution": 259200}
    assert changed.data["high"] == {"firstResponse": None, "nextResponse": None, "resolution": 14400}
    assert pointers(send("PUT", "", {"urgent": {"resolution": -1}}, admin)) == ["/urgent/resolution"]
    assert pointers(send("PUT", "", {"urgent": [1]}, admin)) == ["/urgent"]
    assert pointers(send("PUT", "", {"urgent": {"answer": 5}}, admin)) == ["/urgent/answer"]
    back = send("PUT", "", {"low": {"nextResponse": None}, "high": {"firstResponse": 7200}}, admin)
    assert back.status == 200 and {p: (back.data[p]["firstResponse"], back.data[p]["resolution"]) for p in S1} == S1
    assert send("PUT", "", {"low": {"resolution": 1}}, admin, If_Match=changed.headers["ETag"]).status == 412
    assert desk.get("/api/admin/sla", agent).status == desk.get("/admin/sla", agent).status == 200


@flow("a calendar is made, changed and taken away, and each version of it stays")
def _():
    admin, _ = staff("admin")
    name = f"Bureau {uuid.uuid4()}"
    made = make("/calendars", admin, name=name, timezone="Europe/Paris", weekly={"mon": [["08:00", "12:00"]]},
                holidays=["*-05-01", "Easter+1"])
    path = f"/calendars/{made.data['id']}"
    assert made.data["version"] == 1 and made.data["weekly"] == {"mon": [["08:00", "12:00"]]}
    assert desk.get(SLA + path, admin).data == made.data
    assert name in [c["name"] for c in desk.get(SLA + "/calendars", admin).data["calendars"]]
    same = send("POST", "/calendars", {"name": name.upper()}, admin)
    assert same.status == 409 and same.json["code"] == "NAME_TAKEN", same.raw
    other = send("PATCH", path, {"holidays": ["2026-12-25"]}, admin, If_Match=made.headers["ETag"])
    assert other.status == 200 and other.data["version"] == 2 and other.data["holidays"] == ["2026-12-25"]
    assert other.data["weekly"] == made.data["weekly"] and other.data["timezone"] == "Europe/Paris"
    assert send("PATCH", path, {"name": "x"}, admin, If_Match=made.headers["ETag"]).status == 412
    again = send("PUT", path, {"holidays": ["2026-12-25"]}, admin)
    assert again.status == 200 and again.data["version"] == 2
    assert desk.get(SLA + path + "?version=1", admin).data["holidays"] == ["*-05-01", "Easter+1"]
    assert send("DELETE", path, None, admin).status == 200
    assert desk.get(SLA + path, admin).status == 404 and send("PATCH", path, {"name": "y"}, admin).status == 404
    assert desk.get(SLA + path + "?version=2", admin).data["holidays"] == ["2026-12-25"]
    make("/calendars", admin, name=name)


@flow("a calendar that cannot be computed with is refused, and says where")
def _():
    admin, _ = staff("admin")
    for body, pointer in (({"timezone": "Mars/Base"}, "/timezone"), ({"timezone": "../etc/passwd"}, "/timezone"),
                          ({"weekly": {"mon": [["08:00", "25:00"]]}}, "/weekly/mon/0"), ({"weekly": {"day": []}}, "/weekly/day"),
                          ({"weekly": {}}, "/weekly"), ({"weekly": "mon"}, "/weekly"), ({"holidays": ["2026-02-30"]}, "/holidays/0"),
                          ({"holidays": {"a": 1}}, "/holidays"), ({"weekly": [1]}, "/weekly"), ({"hours": {}}, "/hours")):
        assert pointers(send("POST", "/calendars", {"name": f"x {uuid.uuid4()}", **body}, admin)) == [pointer], body


@flow("policies are tried in their order, and the default one is always there, last and for everybody")
def _():
    admin, _ = staff("admin")
    prefix = str(uuid.uuid4())[:8]
    calendar = make("/calendars", admin, name=f"{prefix} hours", weekly={"tue": [["09:00", "17:00"]]}).data["id"]
    one = make("/policies", admin, name=f"{prefix} one", targets=TARGETS, calendarId=calendar, criteria={"tag": ["vip"]}).data
    two = make("/policies", admin, name=f"{prefix} two", targets={}, autoCloseAfter=None).data
    assert one["warnings"] == [75, 90] and one["autoCloseAfter"] == 86400 and two["autoCloseAfter"] is None
    assert one["targets"]["low"] == {"firstResponse": None, "nextResponse": None, "resolution": None}
    mine = [n for n in names(admin) if n.startswith(prefix)]
    assert mine == [one["name"], two["name"]] and names(admin)[-1] == "Default"
    ordered = send("PUT", "/policies", {"order": [two["id"]]}, admin)
    assert ordered.status == 200 and ordered.data["policies"][0]["id"] == two["id"], ordered.raw
    assert [n for n in names(admin) if n.startswith(prefix)] == [two["name"], one["name"]]
    three = make("/policies", admin, name=f"{prefix} three", targets=TARGETS).data
    assert [n for n in names(admin) if n.startswith(prefix)] == [two["name"], one["name"], three["name"]]
    default = desk.get(SLA, admin).data["policies"][-1]["id"]
    assert pointers(send("PUT", "/policies", {"order": [two["id"], default]}, admin)) == ["/order/1"]
    assert pointers(send("PUT", "/policies", {"order": [str(uuid.uuid4())]}, admin)) == ["/order/0"]
    used = send("DELETE", f"/calendars/{calendar}", None, admin)
    assert used.status == 409 and used.json["code"] == "CALENDAR_IN_USE", used.raw
    loose = send("PATCH", f"/policies/{one['id']}", {"calendarId": None, "autoCloseAfter": None}, admin)
    assert loose.status == 200 and loose.data["calendarId"] is loose.data["autoCloseAfter"] is None and loose.data["version"] == 2
    assert loose.data["criteria"] == {"tag": ["vip"]}
    assert send("DELETE", f"/calendars/{calendar}", None, admin).status == 200
    for policy in (one, two, three):
        assert send("DELETE", f"/policies/{policy['id']}", None, admin).status == 200
    for verb, body in (("DELETE", None), ("PATCH", {"criteria": {"tag": ["x"]}})):
        kept = send(verb, f"/policies/{default}", body, admin)
        assert kept.status == 409 and kept.json["code"] == "DEFAULT_POLICY", kept.raw


@flow("a policy that says what cannot be is refused, and says where")
def _():
    admin, _ = staff("admin")
    for body, pointer in (({"targets": {"soon": {}}}, "/targets/soon"), ({"targets": "{"}, "/targets"),
                          ({"targets": {"low": {"resolution": "1h"}}}, "/targets/low/resolution"),
                          ({"warnings": [101]}, "/warnings/0"), ({"autoCloseAfter": 5}, "/autoCloseAfter"),
                          ({"criteria": {"priority": ["soon"]}}, "/criteria/priority/0"), ({"reminders": [1]}, "/reminders/0"),
                          ({"escalations": [{"target": "resolution", "after": 0, "notify": ["boss"]}]}, "/escalations/0/notify/0"),
                          ({"calendarId": str(uuid.uuid4())}, "/calendarId"), ({"name": " "}, "/name")):
        answer = send("POST", "/policies", {"name": f"x {uuid.uuid4()}", "targets": TARGETS, **body}, admin)
        assert pointers(answer) == [pointer], (body, answer.raw)
    assert pointers(send("POST", "/policies", {"name": "x"}, admin)) == ["/targets"]


@flow("what administrators decide is in the trail, with who did it")
def _():
    admin, account = staff("admin")
    made = make("/policies", admin, name=f"trail {uuid.uuid4()}", targets=TARGETS).data
    send("DELETE", f"/policies/{made['id']}", None, admin)

    def told():
        rows = desk.get(f"/api/v1/audit/logs?resourceId={made['id']}", admin).data
        return {r["action"] for r in rows if r["userId"] == account and r["resource"] == "policy"}

    eventually("both are told", lambda: told() == {"POLICY_CREATED", "POLICY_DELETED"})


@flow("a deadline is explained, and its intervals add up to it")
def _():
    owner, (agent, _), (admin, _) = desk.register(address())["token"], staff("agent"), staff("admin")
    category = f"explained-{uuid.uuid4()}"
    hours = make("/calendars", admin, name=category, timezone="Europe/Paris",
                 weekly={day: [["00:00", "12:00"], ["12:30", "24:00"]] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}).data
    policy = make("/policies", admin, name=category, calendarId=hours["id"], targets=TARGETS, criteria={"category": [category]}).data
    ticket = desk.ticket(owner, priority="urgent", category=category)
    for body in ({"content": "on it", "status": "in_progress"}, {"content": "which one?", "status": "waiting_user"}):
        assert desk.post(f"/api/v1/tickets/{ticket['id']}/comments", body, agent).status == 201
    assert desk.post(f"/api/v1/tickets/{ticket['id']}/comments", {"content": "this one"}, owner).status == 201
    shown = desk.get(f"/api/v1/tickets/{ticket['id']}/sla", agent).data
    assert shown["policy"]["id"] == policy["id"] and shown["calendar"]["id"] == hours["id"], shown
    assert [i["kind"] for i in shown["targets"]["resolution"]["intervals"]] == ["worked", "paused", "running"], shown
    assert all(clock["isConsistent"] for clock in shown["targets"].values()), shown
    said = desk.ctl("sla", "explain", ticket["number"].lower())
    assert said.returncode == 0 and "waiting_user" in said.stdout and "version 1" in said.stdout, said.stdout + said.stderr
    assert said.stdout.count("add up to it") == len(shown["targets"]) and "do not" not in said.stdout
    told = json.loads(desk.ctl("sla", "explain", ticket["id"], "--json").stdout)
    assert told["targets"].keys() == shown["targets"].keys() and told["policy"] == shown["policy"]
    assert desk.ctl("sla", "explain", "HD-2026-999999999").returncode == 1 and desk.ctl("sla", "explain").returncode == 2


ICAL = """BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{}END:VCALENDAR\r\n"""
EVENT = "BEGIN:VEVENT\r\nUID:{0}\r\nDTSTART;VALUE=DATE:{0}\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """What is asked for is no news here."""


def feed(name, *days):
    file = desk.state / name
    file.write_text(ICAL.format("".join(map(EVENT.format, days))))
    return file


def imported(where, calendar, *words):
    said = desk.ctl("sla", "holidays", "import", str(where), "--calendar", calendar, "--json", *words)
    assert said.returncode == 0, said.stderr
    return json.loads(said.stdout)


@flow("a feed of holidays is taken over into a calendar, from a file and from an address, and leaves a trace")
def _():
    admin, _ = staff("admin")
    year = datetime.date.today().year
    made = make("/calendars", admin, name=f"Feed {uuid.uuid4()}", holidays=["*-05-01"])
    path, name = f"/calendars/{made.data['id']}", made.data["name"]
    file = feed("feed.ics", "20000714", "20001225")
    both = [f"{year}-07-14", f"{year}-12-25"]
    tried = imported(file, name, "--years", "1", "--dry-run")
    assert tried == {"added": both, "removed": [], "applied": False} and desk.get(SLA + path, admin).data["version"] == 1
    assert imported(file, name, "--years", "1")["applied"] is True
    now = desk.get(SLA + path, admin).data
    assert now["holidays"] == ["*-05-01", *both] and now["version"] == 2
    assert imported(file, made.data["id"], "--years", "1")["applied"] is False
    feed("feed.ics", "20001224")
    handler = functools.partial(Quiet, directory=desk.state)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        said = imported(url + "feed.ics", made.data["id"], "--years", "1", "--replace")
        lost = desk.ctl("sla", "holidays", "import", url + "none.ics", "--calendar", name)
        server.shutdown()
    assert said == {"added": [f"{year}-12-24"], "removed": ["*-05-01", *both], "applied": True}
    assert desk.get(SLA + path, admin).data["holidays"] == [f"{year}-12-24"]
    assert desk.get(SLA + path + "?version=1", admin).data["holidays"] == ["*-05-01"]
    assert lost.returncode == 1 and "404" in lost.stderr, lost.stderr
    for words in ((str(ROOT / "README.md"), "--calendar", name), (str(file), "--calendar", "nobody's")):
        assert desk.ctl("sla", "holidays", "import", *words).returncode == 1
    assert desk.ctl("sla", "holidays", str(file), "--calendar", name).returncode == 2
    assert any(c["name"] == name and c["holidays"] == 1 for c in json.loads(desk.ctl("sla", "calendars", "--json").stdout)["calendars"])


@flow("a policy is tried on the tickets of the past, and nothing changes")
def _():
    owner, (agent, _), (admin, _) = desk.register(address())["token"], staff("agent"), staff("admin")
    category = f"sim-{uuid.uuid4()}"
    late, good = (desk.ticket(owner, priority="urgent", category=category)["id"] for _ in range(2))
    for ticket in (late, good):
        assert desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": "on it", "status": "in_progress"}, agent).status == 201
    assert desk.call("PATCH", f"/api/v1/tickets/{good}", {"priority": "low"}, agent).status == 200
    desk.sql(f"update tickets set created_at = created_at - interval '3 hours' where id = '{late}'")
    before = desk.get(f"/api/v1/tickets/{late}", agent).data["version"]
    file = desk.state / "policy.json"
    policy = {"name": "Proposed", "criteria": {"category": [category]}, "calendar": {"timezone": "Europe/Paris"},
              "targets": {"urgent": {"firstResponse": 3600, "resolution": 86400}, "low": {"firstResponse": 60}}}
    file.write_text(json.dumps(policy))
    words = ("sla", "simulate", "--policy", str(file), "--since", "2026-01-01")
    said = desk.ctl(*words, "--list", "--json")
    assert said.returncode == 0 and "100 %" in said.stderr, said.stderr
    found = json.loads(said.stdout)
    assert found["governed"] == 2 and found["tickets"] >= 2
    number = desk.get(f"/api/v1/tickets/{late}", agent).data["number"]
    assert [(m["ticket"], m["target"], m["priority"], m["overSeconds"] // 60) for m in found["missed"]] == \
        [(number, "firstResponse", "urgent", 120)], found
    first = next(r for r in found["results"] if r["target"] == "firstResponse" and r["priority"] == "urgent")
    assert (first["promised"], first["breached"]) == (1, 1) and 7200 <= first["worstOverSeconds"] < 7320, found
    text = desk.ctl(*words, "--list").stdout
    assert "first response" in text and number in text and "2 h 0" in text, text
    assert desk.get(f"/api/v1/tickets/{late}", agent).data["version"] == before
    file.write_text(json.dumps({**policy, "warnings": [200]}))
    assert "/warnings/0" in desk.ctl(*words).stderr
    file.write_text("{")
    assert desk.ctl(*words).returncode == 1
    make("/policies", admin, name=category, targets={}, criteria={"category": [category]})
    assert any(p["name"] == category for p in json.loads(desk.ctl("sla", "policies", "--json").stdout)["policies"])
