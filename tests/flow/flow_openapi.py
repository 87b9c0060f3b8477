"""Flows: the API's description is true - its examples are sent, and the answers held against its schemas."""
import copy
import datetime
import json
import subprocess
import sys
import urllib.parse
import uuid

import jsonschema

from desk import ROOT, address, desk, eventually, flow

API = ROOT / "tests/api"
sys.path.insert(0, str(API))
from story import UNTOLD, Story, operations  # noqa: E402

DESCRIPTION = "/api/v1/openapi.json"

formats = jsonschema.FormatChecker(["uuid", "email"])


@formats.checks("date-time", ValueError)
def is_time(value):
    return not isinstance(value, str) or datetime.datetime.fromisoformat(value).tzinfo is not None


def node(program, *words):
    file = API / "node_modules" / program
    assert file.exists(), f"{program} is not installed; tests/npm tests/api does it"
    return subprocess.run(["node", file, *words], capture_output=True, text=True, timeout=180)


def described():
    answer = desk.get(DESCRIPTION)
    assert answer.status == 200, answer.raw
    return answer.json


def closed(schema):
    """An answer may hold what is described, nothing else; the description itself leaves room for more."""
    if isinstance(schema, dict):
        for member in schema.values():
            closed(member)
        if schema.get("type") == "object" and "properties" in schema:
            schema.setdefault("additionalProperties", False)
    elif isinstance(schema, list):
        for member in schema:
            closed(member)
    return schema


class Judge:
    def __init__(self, document):
        self.open, self.closed = document, closed(copy.deepcopy(document))

    def wrong(self, value, schema):
        """What is wrong with the value; None: nothing."""
        lifted = "allOf" in schema  # members of two schemas in one object: neither can be closed
        document = self.open if lifted else self.closed
        schema = schema if lifted else closed(copy.deepcopy(schema))
        judge = jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver.from_schema(document),
                                                format_checker=formats)
        return next((f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in judge.iter_errors(value)), None)


def wrong_answer(judge, operation, answer, expected):
    """What the description does not say of this answer; None: all is as described."""
    if str(answer.status) not in operation.spec["responses"]:
        return f"{answer.status} is not described: {answer.raw[:300]}"
    if answer.status != expected:
        return f"{answer.status} instead of {expected}: {answer.raw[:300]}"
    if answer.status >= 400 and f"`{answer.json['code']}`" not in operation.spec["responses"][str(answer.status)]["description"]:
        return f"{answer.json['code']} is not described"
    schema = operation.schema(answer.status)
    kind = answer.headers["Content-Type"] or ""
    described_kinds = operation.spec["responses"][str(answer.status)].get("content", {})
    if kind.split(";")[0] not in (described_kinds or {"": None}) and "*/*" not in described_kinds:
        return f"{kind} is not described"
    return judge.wrong(answer.json, schema) if schema and kind.split(";")[0].endswith("json") else None


class Teller:
    """Sends what the story tells, and keeps what the answers give."""

    def __init__(self, document):
        self.story, self.judge = Story(document), Judge(document)
        self.values = {"email": desk.env["GUICHET_ADMIN_EMAIL"], "password": desk.env["GUICHET_ADMIN_PASSWORD"],
                       "newEmail": address("zoe")}

    def send(self, operation, optional=False, at_once=False, **headers):
        query = [(name, str(value).lower() if isinstance(value, bool) else value)
                 for name, value, _ in self.story.query(operation, self.values, optional)]
        path = self.story.path(operation, self.values) + ("?" + urllib.parse.urlencode(query) if query else "")
        if "Prefer" in operation.takes:
            headers["Prefer"] = "respond-async" if at_once else "wait=10"
        token = self.values["token"] if operation.spec["security"] else None
        if operation.upload:
            content, beside = operation.upload
            headers |= {name.replace("-", "_"): value for name, value in beside.items()}
            return desk.call(operation.method, path, content.encode(), token, **headers)
        return desk.call(operation.method, path, self.story.body(operation, self.values), token, **headers)

    def capture(self, step, answer):
        for variable, pointer in step.captures.items():
            value = answer.json
            for word in pointer.strip("/").split("/"):
                value = value[word]
            self.values[variable] = value.split("/")[-1] if step.at_once else value


def claim(wrongs):
    assert not wrongs, "\n".join(wrongs)


@flow("the description of the API is there for anybody, and asked for by ETag")
def _():
    first = desk.get(DESCRIPTION)
    assert first.status == 200 and first.headers["Content-Type"].startswith("application/json")
    assert "public" in first.headers["Cache-Control"] and not first.headers["ETag"].startswith("W/")
    assert first.json["openapi"].startswith("3.1") and first.json["servers"] == [{"url": "/"}]
    health = desk.get("/api/v1/health").json
    assert first.json["info"]["version"] == health["version"]
    again = desk.get(DESCRIPTION, If_None_Match=first.headers["ETag"])
    assert again.status == 304 and again.raw == b"" and again.headers["ETag"] == first.headers["ETag"]
    assert desk.get(DESCRIPTION, If_None_Match='"something else"').status == 200


@flow("a public validator finds nothing wrong with the description of the API")
def _():
    file = desk.state / "openapi.json"
    file.write_text(json.dumps(described()))
    said = node("@seriousme/openapi-schema-validator/bin/validate-api-cli.js", file)
    assert said.returncode == 0 and json.loads(said.stdout)["valid"], said.stdout + said.stderr


@flow("every example of the API's description works, and is answered as described")
def _():
    teller, wrongs = Teller(described()), []
    steps = teller.story.steps()
    for step in steps:
        operation = step.operation
        answer = teller.send(operation, at_once=step.at_once)
        if step.at_once and answer.status == 503:  # a disk that was busy for 0.7 s: true, and no example
            answer = teller.send(operation, at_once=True)
        wrong = wrong_answer(teller.judge, operation, answer, step.status)
        wrongs += [f"{operation.id}{step.why}: {wrong}"] if wrong else []
        if answer.status != step.status:
            continue
        teller.capture(step, answer)
        said = operation.spec["responses"][str(step.status)].get("headers", {})
        wrongs += [f"{operation.id}: {name} is described and not there" for name in said if not answer.headers[name]]
        if answer.headers["ETag"] and "ETag" not in said:
            wrongs.append(f"{operation.id}: an ETag is there and not described")
        if "304" in operation.spec["responses"]:
            known = teller.send(operation, If_None_Match=answer.headers["ETag"])
            wrongs += [f"{operation.id}: {known.status} instead of 304"] if known.status != 304 else []
        if any(p["in"] == "query" for p in operation.parameters):
            wrong = wrong_answer(teller.judge, operation, teller.send(operation, optional=True), step.status)
            wrongs += [f"{operation.id} with every parameter: {wrong}"] if wrong else []
    claim(wrongs)
    return len(steps)


@flow("every example of the API's description is one that its own schema allows")
def _():
    teller = Teller(described())
    judged = 0
    for operation in teller.story.operations.values():
        if operation.example is None:
            continue
        schema = operation.spec["requestBody"]["content"]["application/json"]["schema"]
        judge = jsonschema.Draft202012Validator(schema, resolver=jsonschema.RefResolver.from_schema(teller.judge.open),
                                                format_checker=formats)
        judge.validate(operation.example)
        judged += 1
    assert judged > 10
    return judged


@flow("what the examples of the API's description do not show is as described, too")
def _():
    teller = Teller(described())
    told = teller.story.operations
    owner, admin = desk.register(address())["accessToken"], desk.admin()
    ticket = desk.ticket(owner)["id"]
    path = f"/api/v1/tickets/{ticket}"

    def claim_described(operation, answer, expected):
        claim([wrong for wrong in [wrong_answer(teller.judge, told[operation], answer, expected)] if wrong])
        return answer

    ignored = desk.call("PUT", path, {"title": "Autre", "status": "closed"}, owner)
    assert claim_described("ticketUpdate", ignored, 200).json["meta"] == {"ignored": ["status"]}
    file = str(uuid.uuid4())
    desk.sql("insert into files (id, name, size, mime_type, sha256, uploaded_by, created_at, updated_at, ticket_id) select "
             f"'{file}', 'photo.png', 12345, 'image/png', sha256(''), owner_id, now(), now(), id from tickets where id = '{ticket}'; "
             f"update tickets set file_count = 1, file_bytes = 12345, version = version + 1 where id = '{ticket}'")
    assert claim_described("ticketFiles", desk.get(path + "/files", owner), 200).data["totalFiles"] == 1
    known = claim_described("fileRead", desk.get(f"/api/v1/files/{file}", owner), 200)
    claim_described("fileRead", desk.get(f"/api/v1/files/{file}", owner, If_None_Match=known.headers["ETag"]), 304)
    for verb, operation, body in (("PUT", "fileUpdate", {"description": "à gauche"}), ("PATCH", "fileUpdatePatch", {"isPublic": True})):
        claim_described(operation, desk.call(verb, f"/api/v1/files/{file}", body, owner), 200)
    claim_described("fileDelete", desk.call("DELETE", f"/api/v1/files/{file}", token=owner), 200)
    claim_described("fileRestore", desk.post(f"/api/v1/files/{file}/restore", None, admin), 200)
    claim_described("fileLogs", desk.get(f"/api/v1/files/{file}/logs", owner), 200)
    refusal = {"action": "close", "ticketIds": [ticket]}
    assert claim_described("ticketBulk", desk.post("/api/v1/tickets/bulk", refusal, admin), 200).data["done"] == 0
    for body, state in (({"status": "in_progress"}, "done"), ({"status": "closed"}, "refused")):
        accepted = claim_described("ticketUpdatePatch", desk.call("PATCH", path, body, admin, Prefer="respond-async"), 202)
        url = accepted.headers["Location"]
        eventually("the command is decided", lambda: desk.get(url).data["state"] != "accepted")
        assert claim_described("commandState", desk.get(url), 200).data["state"] == state


@flow("what the API refuses it refuses as described: without a token, with a member too many, about what is not there")
def _():
    document = described()
    teller, wrongs, tried = Teller(document), [], 0
    teller.values |= {variable: example for example, variable in teller.story.stands_for.items()}
    token = desk.admin()
    for operation in operations(document):
        path = teller.story.path(operation, teller.values)
        attempts = []
        if operation.spec["security"] and {} not in operation.spec["security"]:
            attempts.append(("without a token", desk.call(operation.method, path, operation.example), 401))
        if operation.example is not None:
            attempts.append(("with a member too many",
                             desk.call(operation.method, path, {**operation.example, "noSuchMember": 1}, token), 400))
        elif operation.method == "GET" and "400" in operation.spec["responses"] and not {"206", "302"} & operation.spec["responses"].keys():
            attempts.append(("with a parameter too many", desk.get(path + "?noSuchParameter=1", token), 400))
        if "{ticketId}" in operation.path or "{command}" in operation.path:
            attempts.append(("about what is not there", desk.call(operation.method, path, operation.example, token), 404))
        for what, answer, expected in attempts:
            tried += 1
            wrong = wrong_answer(teller.judge, operation, answer, expected)
            wrongs += [f"{operation.id} {what}: {wrong}"] if wrong else []
    claim(wrongs)
    return tried


@flow("the Postman collection runs from its first request to its last")
def _():
    document, collection, report = (desk.state / name for name in ("openapi.json", "collection.json", "newman.json"))
    document.write_text(json.dumps(described()))
    made = subprocess.run([API / "postman.py", document], capture_output=True, text=True, timeout=60)
    assert made.returncode == 0, made.stderr
    collection.write_text(made.stdout)
    own = {"baseUrl": desk.env["GUICHET_URL"], "email": desk.env["GUICHET_ADMIN_EMAIL"],
           "password": desk.env["GUICHET_ADMIN_PASSWORD"]}
    said = node("newman/bin/newman.js", "run", collection, "--reporters", "cli,json", "--reporter-json-export", report,
                "--color", "off", "--timeout-request", "15000",
                *(word for name, value in own.items() for word in ("--env-var", f"{name}={value}")))
    assert report.exists(), said.stdout[-3000:] + said.stderr[-3000:]
    run = json.loads(report.read_text())["run"]
    claim([f"{f['source'].get('name', 'the run')}: {f['error']['message']}" for f in run["failures"]])
    assert said.returncode == 0, said.stdout[-3000:]
    assert run["stats"]["requests"]["total"] >= len(list(operations(described()))) - len(UNTOLD)
    return run["stats"]["assertions"]["total"]
