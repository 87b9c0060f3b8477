"""edge_input.py - bodies that are wrong: refused with every fault named at once, and nothing has changed.

The commands, their routes and their fields are read from `make contract`, so that a new
command is attacked by being there.
"""
import json
import re
import subprocess
import uuid

import edge
from edge import assert_problem, at_once, eventually, head, test

ID = "0190a5f2-0000-7000-8000-000000000001"
BODY_MAX, ENTITY_MAX = 768 * 1024, 2 * 1024 * 1024


class Command:
    def __init__(self, name, routes, fields):
        self.name, self.routes = name, routes
        self.fields = [f for f in fields if f[1] in ("required", "optional", "clearable")]


def catalogue(here):
    """The commands with a route, and the forms with the paths they are posted to."""
    printed = subprocess.run([here.build / "tests/contract/print"], capture_output=True, text=True, check=True,
                             env={"ASAN_OPTIONS": "detect_leaks=0"}).stdout
    commands, section = [], None
    posted = {"account_register": "/api/v1/auth/register", "account_login": "/api/v1/auth/login",
              "account_refresh": "/api/v1/auth/refresh"}
    for line in printed.splitlines():
        route = re.match(r"  (POST|PUT|PATCH|DELETE) (\S+)( +\(lenient\))?$", line)
        field = re.match(r"  (\S+) +(path|If-Match|required|optional|clearable|minted) +(.*)", line)
        if re.fullmatch(r"[A-Z]+", line):
            section = line
        elif section not in ("COMMANDS", "FORMS") or not line:
            continue
        elif line[0] != " ":
            name = line.split()[0]
            commands.append((name, [("POST", posted[name])] if section == "FORMS" else [], []))
        elif route:
            commands[-1][1].append((route[1], re.sub(r"\{[a-z_]+\}", ID, route[2])))
        elif field:
            commands[-1][2].append(field.groups())
    known = [Command(*entry) for entry in commands if entry[1]]
    assert len(known) > 12 and all(route[1].startswith("/api/v1/") for c in known for route in c.routes), printed
    return known


class Client:
    """Sends whole requests, each on a connection of its own."""

    def __init__(self, here, token):
        self.here, self.token = here, token

    def __call__(self, method, path, body, content_type="application/json"):
        with edge.Wire(self.here.port) as wire:
            lines = [f"Authorization: Bearer {self.token}", "Connection: close"]
            lines += [f"Content-Type: {content_type}"] if content_type is not None else []
            wire.send(head(method, path, lines, body))
            return wire.reply()


def admin_client(here):
    return Client(here, here.admin())


NOT_JSON = {
    "nothing but a brace": b"{", "truncated": b'{"title":"x","descr', "a truncated string": b'{"title":"x',
    "a truncated escape": b'{"title":"\\u00',
    "bad UTF-8": b'{"title":"\xff\xfe"}', "overlong UTF-8": b'{"title":"\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"title":"\xed\xa0\x80"}',
    "beyond Unicode": b'{"title":"\xf4\x90\x80\x80"}', "cut UTF-8": b'{"title":"\xe2\x82"}',
    "a lone high surrogate": b'{"title":"\\ud800"}',
    "a lone low surrogate": b'{"title":"\\udc00x"}', "two high surrogates": b'{"title":"\\ud800\\ud800"}',
    "NUL as an escape": b'{"title":"a\\u0000b"}',
    "NUL as a byte": b'{"title":"a\0b"}', "NUL in a name": b'{"ti\\u0000tle":"a"}',
    "a raw line break": b'{"title":"a\nb"}',
    "a duplicate member": b'{"title":"a","title":"b"}',
    "a duplicate after an escape": b'{"title":"a","\\u0074itle":"b"}',
    "NaN": b'{"version":NaN}', "Infinity": b'{"version":-Infinity}', "a comment": b'{/* x */"title":"a"}',
    "single quotes": b"{'title':'a'}",
    "a last comma": b'{"title":"a",}', "trailing garbage": b'{"title":"a"} x', "two objects": b'{}{}',
    "a BOM": b'\xef\xbb\xbf{"title":"a"}',
    "UTF-16": '{"title":"a"}'.encode("utf-16"), "a number too large for any": b'{"version":1e999}',
    "an integer of 400 digits": b'{"version":' + b"9" * 400 + b"}",
    "a leading zero": b'{"version":01}', "hexadecimal": b'{"version":0x1}', "true in capitals": b'{"isInternal":TRUE}',
    "a form": b"title=a&description=b",
    "XML": b"<title>a</title>", "a list": b"[]", "a list of objects": b'[{"title":"a"}]', "a string": b'"title"',
    "a number": b"1", "null": b"null",
    "true": b"true", "1,000 lists deep": b'{"title":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "100,000 lists deep": b"[" * 100000,
    "40,000 objects deep": b'{"a":' * 40000 + b"1" + b"}" * 40000,
    "deep after an escaped quote": b'{"a":"\\"","b":' + b"[" * 1000 + b"]" * 1000 + b"}",
    "control characters": b'{"title":"\x01"}', "only blanks and a letter": b"   x   ",
}


def wrong_values(kind):
    """Values no field of this kind takes."""
    if kind.startswith(("data", "document")):  # a text, or whatever JSON
        return ["a" * (int(re.search(r"to (\d+) characters", kind)[1]) + 1)]
    wrong = [{"a": 1}, [[]], 1.5, -1, 10 ** 18, [1, "a"], [None], {"$ne": ""}]
    if not kind.startswith("yes_no"):
        wrong += [True, False]
    if kind.startswith("event_patterns"):
        return wrong + ["a", [""], ["a" * 51], ["a"] * 51]
    if "items of" in kind and not kind.startswith("tags"):  # ids
        return wrong + ["a", [""], ["a"], ["a" * 51], [ID[:-3] + f"{n:03x}" for n in range(101)]]
    if not kind.startswith("tags"):
        wrong += [[], ["a"]]
    if re.match(r"(version|page|seconds)", kind):
        wrong += ["1", 0, 2 ** 31, 2 ** 63 - 1, 1e3]
    elif kind.startswith("tags"):
        wrong += ["a", [""], ["a" * 51], ["a"] * 21, ["a\nb"]]
    elif re.match(r"[a-z_]+(_ref|_id)$|any_id", kind.split(";")[0]):
        wrong += ["", "x", ID[:-1], ID + "0", ID.replace("-", "_"), "0" * 36, "00000000-0000-0000-0000-000000000000",
                  "'; drop table tickets; --"]
    elif ":" in kind:
        wrong += ["nonsense", "open ", "a" * 5000]
    else:
        most = int(re.search(r"to (\d+) characters", kind)[1])
        wrong += ["a" * (most + 1), "é" * (most + 1)]
        if not re.match(r"(long_text|paragraph|secret|password|email)", kind):
            wrong += ["a\nb", "a\x7fb", "a\x1bb"]
    return wrong


@test("a body that is no JSON object is 400 at every command and form, and nothing has changed")
def _(here):
    client, before = admin_client(here), here.counts()

    def one(case):
        (method, path), name, body = case
        reply = client(method, path, body)
        problem = assert_problem(reply, 400).json
        assert problem["code"] == "VALIDATION_ERROR" and problem["errors"], f"{method} {path}, {name}: {reply}"
    at_once(one, [(c.routes[0], name, body) for c in catalogue(here) for name, body in NOT_JSON.items()
                  if c.name != "account_refresh" or name != "null"], 8)
    assert here.counts() == before


@test("each wrong value of each field is named by its pointer")
def _(here):
    client, before = admin_client(here), here.counts()

    def one(case):
        command, (name, _, kind), value = case
        method, path = command.routes[-1]
        problem = assert_problem(client(method, path, json.dumps({name: value}, ensure_ascii=False).encode()), 400).json
        pointers = [e["pointer"] for e in problem["errors"]]
        assert problem["code"] == "VALIDATION_ERROR", problem
        assert any(at == f"/{name}" or at.startswith(f"/{name}/") for at in pointers), f"{command.name} {name} = {value!r}: {problem['errors']}"
        assert all(e["code"] and e["detail"] for e in problem["errors"]), problem
    at_once(one, [(c, f, v) for c in catalogue(here) for f in c.fields for v in wrong_values(f[2])], 8)
    assert here.counts() == before, here.sql("SELECT type, code, problem FROM inbox ORDER BY finished_at DESC LIMIT 4")


@test("all that is wrong with a body is said at once: wrong, unknown and missing members")
def _(here):
    client, before = admin_client(here), here.counts()
    for command in catalogue(here):
        method, path = command.routes[-1]
        body = {name: wrong_values(kind)[0] for name, _, kind in command.fields} | {"unknown~1/": 1, "ticketId": ID,
                                                                           "__proto__": {}}
        problem = assert_problem(client(method, path, json.dumps(body).encode()), 400).json
        wanted = {f"/{name}" for name in body if name != "unknown~1/"} | {"/unknown~01~1"}
        assert {e["pointer"] for e in problem["errors"]} == wanted, f"{command.name}: {problem['errors']}"
        required = {f"/{name}" for name, need, _ in command.fields if need == "required"}
        if required:
            problem = assert_problem(client(method, path, b"{}"), 400).json
            assert {e["pointer"] for e in problem["errors"]} == required, f"{command.name}: {problem['errors']}"
    body = json.dumps({f"member{i}": i for i in range(5000)}).encode()
    problem = assert_problem(client("POST", "/api/v1/tickets", body), 400).json
    assert 1 <= len(problem["errors"]) <= 100, "as many errors as members"
    assert here.counts() == before


@test("a bulk request is read as strictly as a single one")
def _(here):
    client, before = admin_client(here), here.counts()
    for body in [*NOT_JSON.values(), b"{}", b'{"action":"close"}', b'{"action":"close","ticketIds":[]}',
                 b'{"action":1,"ticketIds":["%s"]}' % ID.encode(),
                 b'{"action":"destroy","ticketIds":["%s"]}' % ID.encode(),
                 b'{"action":"close","ticketIds":"%s"}' % ID.encode(),
                 b'{"action":"close","ticketIds":[1]}', b'{"action":"close","ticketIds":[null]}',
                 b'{"action":"close","ticketIds":["x"]}',
                 json.dumps({"action": "close", "ticketIds": [ID] * 1001}).encode(),
                 json.dumps({"action": "status", "ticketIds": [ID], "status": "x"}).encode(),
                 json.dumps({"action": "close", "ticketIds": [ID], "unknown": 1}).encode()]:
        problem = assert_problem(client("POST", "/api/v1/tickets/bulk", body), 400).json
        assert problem["code"] == "VALIDATION_ERROR" and problem["errors"], f"{body[:80]!r}: {problem}"
    assert here.counts() == before


@test("only JSON is taken for JSON: other content types are 415")
def _(here):
    client, before = admin_client(here), here.counts()
    body = b'{"title":"a","description":"b"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                 "application/xml", "x", "text/json", "", None):
        for method, path in (("POST", "/api/v1/tickets"), ("PATCH", f"/api/v1/tickets/{ID}"),
                             ("POST", f"/api/v1/tickets/{ID}/comments")):
            assert_problem(client(method, path, body, kind), 415)
    assert here.counts() == before


@test("what only begins like JSON's name is 415, and so is all else at sign-in and for many tickets at once")
def _(here):
    client, before = admin_client(here), here.counts()
    body = b'{"title":"a","description":"b"}'
    for kind in ("application/jsonp", "application/json5", "application/jsonx; charset=utf-8", "text/plain"):
        for path in ("/api/v1/tickets", "/api/v1/tickets/bulk", "/api/v1/auth/login", "/api/v1/auth/register"):
            reply = client("POST", path, body, kind)
            assert reply.status == 415, f"{path} {kind}: {reply}"
    for kind in ("application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"):
        assert_problem(client("POST", "/api/v1/tickets", b"{}", kind), 400)
    assert here.counts() == before


@test("a body over the limit is 413 before it has come, and one of the largest is read")
def _(here):
    client, before = admin_client(here), here.counts()
    fits = b'{"title":"a","unknown":"' + b"x" * (BODY_MAX - 100) + b'"}'
    assert_problem(client("POST", "/api/v1/tickets", fits), 400)
    assert_problem(client("POST", "/api/v1/tickets", fits + b" " * 200), 413)
    for size in (ENTITY_MAX + 1, 64 << 20, 1 << 40):
        with edge.Wire(here.port) as wire:
            wire.send(head("POST", "/api/v1/tickets", [f"Content-Length: {size}"]))
            assert_problem(wire.reply(3), 413)
            assert wire.ends(), "it reads on"
    with edge.Wire(here.port) as wire:
        wire.send(head("POST", "/api/v1/tickets", ["Transfer-Encoding: chunked"]))
        piece = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        sent = next((i for i in range(1024) if not wire.send(piece)), 1024)
        assert sent < 1024, "64 MB were taken"
        reply = wire.reply(1)
        assert reply is None or reply.status == 413, reply
    assert here.counts() == before


@test("words that mean something to a database are words")
def _(here):
    token = here.user_token()
    for text in ("'; DROP TABLE tickets; --", "\\x27", "%s%n%d", "{{7*7}}", "$(reboot)", "<script>alert(1)</script>",
                 "\u202eabc", "NULL",
                 "../../etc/passwd", "\U0001f4a9", "\ufeffx", "\u0301", "a" * 255):
        shown = here.ticket(token, text, description=text)
        assert shown["title"] == text.replace("\u202e", "") and shown["description"] == text, shown
        found = here.get("/api/v1/tickets/search?q=" + "".join(f"%{b:02x}" for b in text[:200].encode()), token)
        assert found.status == 200, found.raw
    mark = uuid.uuid4().hex
    here.ticket(token, mark)
    eventually("the search still works", lambda: here.get(f"/api/v1/tickets/search?q={mark}", token).json["data"])
