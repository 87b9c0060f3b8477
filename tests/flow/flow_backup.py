"""Flows: guichetctl backup under load, and restore into a stack that was never there before."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import uuid

from desk import ROOT, Desk, address, desk, eventually, flow, nothing_waits
from flow_restore import under_load

SECOND = Desk(ROOT / (os.environ.get("GUICHET_TEST_STATE", "var/test-flow") + "-second"), desk.port_base + 150)


def upload(token, content):
    edge = uuid.uuid4().hex
    body = (f"--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"note.txt\"\r\nContent-Type: text/plain\r\n\r\n").encode() + \
        content + f"\r\n--{edge}--\r\n".encode()
    answer = desk.call("POST", "/api/v1/files/upload", body, token, Content_Type=f"multipart/form-data; boundary={edge}")
    assert answer.status in (201, 202), answer.raw


def all_clean():
    return desk.sql("select count(*) from files where place = 'temp'") == [["0"]]


def tool(which, *words, **environment):
    return subprocess.run([ROOT / "build/bin/guichetctl", *words], env={**which.env, **environment}, capture_output=True, text=True, timeout=120)


def read_back(folder):
    """Every object of the list, by its digest."""
    lines = [line.split("\t") for line in (folder / "objects.tsv").read_text().splitlines()]
    for bucket, key, size, digest in lines:
        content = (folder / "objects" / bucket / key).read_bytes()
        assert len(content) == int(size) and hashlib.sha256(content).hexdigest() == digest, key
    return lines


@flow("a backup taken under load comes back into a fresh stack: trail, files and counts are those of the dump")
def _():
    folder, keys = desk.state / "saved", desk.state / "saved.keys"
    token = desk.register(f"files-{uuid.uuid4().hex[:8]}@example.org")["accessToken"]
    for number in range(5):
        upload(token, f"a note, number {number} {uuid.uuid4()}".encode())
    eventually("they are looked at", all_clean, 60)
    said, before = {}, {row[0] for row in desk.sql("select id from tickets where title = 'under load'")}

    def back_up():
        upload(token, f"while it is saved {uuid.uuid4()}".encode())
        said["out"] = tool(desk, "backup", "--to", str(folder), "--keys", str(keys), "--json")
    made = under_load(back_up)
    out = said["out"]
    assert out.returncode == 0, out.stderr
    manifest = json.loads((folder / "manifest.json").read_text())
    assert len(read_back(folder)) == manifest["objects"] == json.loads(out.stdout)["objects"] >= 6
    assert oct(keys.stat().st_mode & 0o777) == "0o600" and "AUDIT_KEY=" + desk.env["AUDIT_KEY"] in keys.read_text()
    secrets = [desk.env[name] for name in ("AUDIT_KEY", "JWT_SECRET", "MAIL_KEY")]
    for file in ("manifest.json", "topology.json"):
        assert not any(secret in (folder / file).read_text() for secret in secrets)
    listed = desk.get("/api/v1/admin/backups", desk.admin()).data
    assert listed[0]["outcome"] == "done" and listed[0]["folder"] == str(folder) and listed[0]["objects"] == manifest["objects"], listed[:1]

    SECOND.stack("remove", check=False)
    try:
        into_second(folder, manifest, before, set(made))
    finally:
        SECOND.stack("remove", check=False)
        shutil.rmtree(folder)
        keys.unlink()


def into_second(folder, manifest, before, made):
    """A stack of other passwords and keys but AUDIT_KEY, emptied as a new machine is."""
    SECOND.up(AUDIT_KEY=desk.env["AUDIT_KEY"])
    programs = [file.name.removesuffix(".supervisor.pid") for file in (SECOND.state / "run").glob("*.supervisor.pid")]
    refused = tool(SECOND, "restore", "--from", str(folder))
    assert refused.returncode == 1 and "must be stopped first" in refused.stderr, refused.stderr
    SECOND.stack("stop", *programs)
    refused = tool(SECOND, "restore", "--from", str(folder))
    assert refused.returncode == 1 and "is not empty" in refused.stderr, refused.stderr
    restored = tool(SECOND, "restore", "--from", str(folder), "--replace")
    assert restored.returncode == 0, restored.stderr
    for table, count in manifest["counts"].items():
        assert table == "outbox" or SECOND.sql(f"select count(*) from {table}") == [[str(count)]], table
    tickets = {row[0] for row in SECOND.sql("select id from tickets where title = 'under load'")}
    assert before < tickets <= before | made
    by_way_of_s3(folder)
    SECOND.stack("up", AUDIT_KEY=desk.env["AUDIT_KEY"])
    eventually("all is told", lambda: SECOND.sql("select count(*) from outbox o, relay_cursor c where (o.xid, o.id) > (c.xid, c.id)") == [["0"]], 60)
    verified = tool(SECOND, "audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    store = tool(SECOND, "store", "check")
    assert store.returncode == 0, store.stdout + store.stderr


def by_way_of_s3(folder):
    """The same into an S3, and from there into another backup: its objects are the same."""
    port, again = SECOND.port_base + 90, SECOND.state / "again"
    server = subprocess.Popen([ROOT / "tests/s3/server.js", str(port)], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout.readline().strip() == "ready"
        s3 = {"STORE_URL": "s3://again-", "S3_ENDPOINT": f"http://127.0.0.1:{port}", "S3_ACCESS_KEY": "guichet", "S3_SECRET_KEY": "s3-secret"}
        restored = tool(SECOND, "restore", "--from", str(folder), "--replace", **s3)
        assert restored.returncode == 0, restored.stderr
        saved = tool(SECOND, "backup", "--to", str(again), **s3)
        assert saved.returncode == 0, saved.stderr
        assert sorted(read_back(again)) == sorted(read_back(folder))
    finally:
        server.kill()
        server.wait()


@flow("a backup that an administrator asks for by the API is taken by the program that may, once at a time, and nobody else may ask")
def _():
    admin = desk.admin()
    desk.stack("stop", "backups")
    before = {backup["id"] for backup in desk.get("/api/v1/admin/backups", admin).data}
    assert desk.post("/api/v1/admin/backups", None, desk.register(address())["accessToken"]).status == 403
    asked = desk.post("/api/v1/admin/backups", None, admin)
    assert asked.status == 202 and asked.data["outcome"] == "wanted", asked.raw
    again = desk.post("/api/v1/admin/backups", None, admin)
    assert again.status == 409 and again.json["code"] == "BACKUP_WANTED", again.raw
    desk.sql(f"update backups set outcome = 'running' where id = '{asked.data['id']}'")  # whoever took it died
    desk.stack("start", "backups")

    def listed(which):
        return next(backup for backup in desk.get("/api/v1/admin/backups", admin).data if backup["id"] == which)
    eventually("what nobody works on any more has failed", lambda: listed(asked.data["id"])["outcome"] == "failed")
    asked = desk.post("/api/v1/admin/backups", None, admin)
    assert asked.status == 202, asked.raw
    done = eventually("it is taken", lambda: (found := listed(asked.data["id"]))["outcome"] == "done" and found, 60)
    assert done["by"] == desk.env["GUICHET_ADMIN_EMAIL"] and len(read_back(pathlib.Path(done["folder"]))) == done["objects"]
    assert len(desk.get("/api/v1/admin/backups", admin).data) == len(before) + 2
    eventually("the trail tells who asked", lambda: desk.sql(
        f"select 1 from audit_log where payload like '%operator.backup_asked%' and payload like '%{asked.data['id']}%'"))


@flow("a backup that is damaged, unfinished or not of an empty folder is refused; BACKUPS keeps the last ones")
def _():
    home = desk.state / "backups"
    home.mkdir(exist_ok=True)
    try:
        eventually("all is told", nothing_waits)
        for _ in range(3):
            out = tool(desk, "backup", BACKUPS=str(home), BACKUPS_KEEP="2")
            assert out.returncode == 0, out.stderr
        left = sorted(home.iterdir())
        assert len(left) == 2, left
        again = tool(desk, "backup", "--to", str(left[0]))
        assert again.returncode == 1 and "is not empty" in again.stderr
        inside = tool(desk, "backup", "--keys", str(home / "keys"), BACKUPS=str(home))
        assert inside.returncode == 1 and "lies with the backup" in inside.stderr and not (home / "keys").exists()
        dump = left[1] / "database.dump"
        whole = dump.read_bytes()
        dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        damaged = tool(desk, "restore", "--from", str(left[1]))
        assert damaged.returncode == 1 and "database.dump is damaged" in damaged.stderr, damaged.stderr
        (left[0] / "manifest.json").unlink()
        unfinished = tool(desk, "restore", "--from", str(left[0]))
        assert unfinished.returncode == 1 and "was not finished" in unfinished.stderr, unfinished.stderr
        no_pg_dump = subprocess.run([ROOT / "build/bin/guichetctl", "backup", "--to", home / "none"], env={**desk.env, "PATH": "/nowhere"},
                                    capture_output=True, text=True, timeout=60)
        assert no_pg_dump.returncode == 1 and "pg_dump is missing" in no_pg_dump.stderr, no_pg_dump.stderr
    finally:
        shutil.rmtree(home)


@flow("migrate takes a backup first when BACKUPS is set, and migrates nothing without it")
def _():
    home = desk.state / "before"
    home.mkdir(exist_ok=True)
    last = desk.sql("delete from schema_migrations where name = (select max(name) from schema_migrations) returning name, checksum")[0]
    try:
        refused = tool(desk, "migrate", BACKUPS=str(home / "nowhere" / "deep"))
        assert refused.returncode == 1 and "there is no backup" in refused.stderr, refused.stderr
        tried = tool(desk, "migrate", BACKUPS=str(home))
        assert "a backup first" in tried.stderr, tried.stderr
        assert len([folder for folder in home.iterdir() if (folder / "manifest.json").exists()]) == 1
    finally:
        desk.sql(f"insert into schema_migrations (name, checksum) values ('{last[0]}', '{last[1]}') on conflict do nothing")
        shutil.rmtree(home)
    done = tool(desk, "migrate", BACKUPS=str(pathlib.Path("/nowhere")))
    assert done.returncode == 0, done.stderr  # there is nothing to migrate, and so nothing to save
