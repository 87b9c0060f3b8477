#!/usr/bin/python3
"""postman.py - a Postman collection (v2.1) from the API's description.

usage: tests/api/postman.py openapi.json > collection.json

It can be run as it is, from first to last, or by hand: give it baseUrl, email and
password of an administrator. Each request checks its status and the members of
its answer, and keeps what later ones need.
"""
import itertools
import json
import pathlib
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from story import OWN, SOURCES, Story, resolve  # noqa: E402

OWN_VARIABLES = {"email": "admin@example.org", "password": ""}


def reference(variable):
    return "{{$guid}}@example.org" if variable == "newEmail" else "{{" + variable + "}}"


VALUES = {variable: reference(variable) for variable in (*SOURCES, *(v for own in OWN.values() for v in own.values()))}


def required(document, schema):
    """pointer: members that must be there - for the answer and the object in its data."""
    found = {}

    def look(pointer, schema):
        if "$ref" in schema:
            schema = resolve(document, schema["$ref"])
        for part in schema.get("allOf", ()):
            look(pointer, part)
        if schema.get("required"):
            found.setdefault(pointer, []).extend(schema["required"])
        if not pointer and "data" in schema.get("properties", {}):
            look("data", schema["properties"]["data"])

    look("", schema or {})
    return found


def test_script(document, step):
    operation = step.operation
    name = json.dumps(operation.id)[1:-1]
    lines = [f'pm.test("{name} is answered with {step.status}", () => pm.response.to.have.status({step.status}));']
    members = required(document, operation.schema(step.status))
    if members:
        lines += [f'pm.test("{name} has its members", () => {{', "    const answer = pm.response.json();"]
        for pointer, names in members.items():
            at = "answer" + ("." + pointer if pointer else "")
            lines.append(f"    pm.expect({at}).to.include.all.keys({json.dumps(sorted(set(names)))});")
        lines.append("});")
    for variable, pointer in step.captures.items():
        value = "pm.response.json()" + pointer.replace("/", ".")
        if step.at_once:
            value += '.split("/").pop()'
        lines.append(f'if (pm.response.code === {step.status}) pm.collectionVariables.set("{variable}", {value});')
    return lines


def headers(step):
    operation, found = step.operation, []
    if operation.example is not None:
        found.append({"key": "Content-Type", "value": "application/json"})
    if "Prefer" in operation.takes:
        found.append({"key": "Prefer", "value": "respond-async" if step.at_once else "wait=10"})
    if "Accept-Language" in operation.takes:
        found.append({"key": "Accept-Language", "value": "en"})
    return found


def item(document, story, step):
    operation = step.operation
    path = story.path(operation, VALUES)
    query = [{"key": name, "value": str(value).lower() if isinstance(value, bool) else str(value), "disabled": not needed}
             for name, value, needed in story.query(operation, VALUES, True)]
    shown = "&".join(f"{q['key']}={q['value']}" for q in query if not q["disabled"])
    request = {
        "method": operation.method,
        "header": headers(step),
        "url": {"raw": "{{baseUrl}}" + path + ("?" + shown if shown else ""), "host": ["{{baseUrl}}"],
                "path": path.strip("/").split("/"), "query": query},
        "description": operation.spec.get("description", operation.spec["summary"]),
    }
    if not operation.spec["security"]:
        request["auth"] = {"type": "noauth"}
    if operation.upload:
        content, beside = operation.upload
        request["header"] += [{"key": name, "value": value} for name, value in beside.items()]
        request["body"] = {"mode": "raw", "raw": content, "options": {"raw": {"language": "text"}}}
    if operation.example is not None:
        request["body"] = {"mode": "raw", "raw": json.dumps(story.body(operation, VALUES), indent=2, ensure_ascii=False),
                           "options": {"raw": {"language": "json"}}}
    return {"name": operation.spec["summary"] + step.why, "request": request,
            "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": test_script(document, step)}}]}


def collection(document):
    story = Story(document)
    folders = [{"name": tag, "item": [item(document, story, step) for step in steps]}
               for tag, steps in itertools.groupby(story.steps(), key=lambda step: step.operation.spec["tags"][0])]
    variables = {"baseUrl": "http://127.0.0.1:8080", **OWN_VARIABLES, **dict.fromkeys(SOURCES, "")}
    return {
        "info": {"_postman_id": str(uuid.uuid5(uuid.NAMESPACE_URL, "guichet")), "name": document["info"]["title"],
                 "description": document["info"]["description"], "version": document["info"]["version"],
                 "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}", "type": "string"}]},
        "variable": [{"key": name, "value": value} for name, value in variables.items()],
        "item": folders,
    }


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        json.dump(collection(json.load(file)), sys.stdout, indent=2, ensure_ascii=False)
    print()
