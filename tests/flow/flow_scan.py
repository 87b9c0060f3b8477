"""Flows: nothing is shown before it was looked at. Files are put where an upload leaves them: bytes in the store, a row."""
import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import pathlib
import shutil
import struct
import time
import uuid
import zipfile
import zlib

from desk import address, desk, eventually, flow, probe, staff

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


# --- files -------------------------------------------------------------------------------------
def objects():
    return pathlib.Path(desk.env["STORE_URL"].removeprefix("file://"))


def put(data, mime="text/plain", purpose="ticket", by=None, ticket=None, name="file", age="0"):
    """An accepted file that waits. Its id."""
    file = str(uuid.uuid4())
    path = objects() / "helpdesk-temp/new" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    stat = objects().stat()
    for made in (path.parent.parent, path.parent, path):
        os.chown(made, stat.st_uid, stat.st_gid)
    desk.sql(f"""insert into files (id, name, size, mime_type, sha256, purpose, uploaded_by, ticket_id, created_at, updated_at)
        values ('{file}', '{name}', {len(data)}, '{mime}', '\\x{hashlib.sha256(data).hexdigest()}', '{purpose}',
            {f"'{by}'" if by else 'null'}, {f"'{ticket}'" if ticket else 'null'}, now() - interval '{age}', now())""")
    return file


def row(file):
    text, = desk.sql(f"select to_jsonb(f) from files f where id = '{file}'")[0]
    return json.loads(text)


def verdict(file, deadline_s=20):
    """The row, when it is decided."""
    return eventually(f"a verdict on {file}", lambda: (lambda found: found["scan_state"] != "pending" and found)(row(file)), deadline_s)


def kept(data, form="", bucket="helpdesk-tickets"):
    digest = hashlib.sha256(data).hexdigest()
    return objects() / bucket / digest[:2] / digest[2:4] / (digest + form)


def in_quarantine(data):
    return objects() / "helpdesk-temp/quarantine" / hashlib.sha256(data).hexdigest()


def waiting(file):
    return objects() / "helpdesk-temp/new" / file


def zipped(*members, store=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def png(width, height, claims=None):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    lines = b"".join(b"\0" + bytes(v for x in range(width) for v in (x % 256, y % 256, 128)) for y in range(height))
    head = struct.pack(">IIBBBBB", *(claims or (width, height)), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def settings(**wanted):
    """The scan worker with other settings; without any, as it was."""
    desk.stack("up", **wanted)


def events(file, kind):
    return [json.loads(body) for body, in desk.sql(
        f"select body from outbox where type = '{kind}' and body::jsonb ->> 'fileId' = '{file}'")]


# --- what is clean, and what is not ---------------------------------------------------------------
@flow("a clean file is moved to its content, once for however many rows, and told of")
def _():
    data = os.urandom(300_000)
    first = put(data)
    found = verdict(first)
    assert found["scan_state"] == "clean" and found["place"] == "kept" and found["scan_engine"].startswith("ClamAV"), found
    assert kept(data).read_bytes() == data and not waiting(first).exists()
    began = kept(data).stat().st_ino
    second = put(data)
    assert verdict(second)["place"] == "kept" and not waiting(second).exists()
    assert kept(data).stat().st_ino == began
    told, = events(first, "file.scanned")
    assert told["data"]["scanState"] == "clean" and told["data"]["engine"] == found["scan_engine"], told


@flow("malicious files of many shapes are found, what cannot be looked into is not called clean, and all of it ends in time")
def _():
    mail = (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: hi\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: application/octet-stream; name=a.bin\r\n"
            b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n"
            + base64.encodebytes(EICAR) + b"\r\n--x--\r\n")
    locked = bytearray(zipped(("a", b"secret secret secret"), store=True))
    locked[6] |= 1  # the flag of an encrypted member, here and in the directory
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    many = zipped(*((f"f{i}", b"x") for i in range(12_000)), store=True)
    cases = {
        "raw": (EICAR, "infected"), "in a zip": (zipped(("e", EICAR)), "infected"),
        "in a zip in a zip": (zipped(("z.zip", zipped(("e", EICAR)))), "infected"), "in a mail": (mail, "infected"),
        "behind 28 MB of zeros": (zipped(("a", bytes(28 << 20) + EICAR)), "infected"),
        "260 MB of zeros": (zipped(("a", bytes(130 << 20)), ("b", bytes(130 << 20))), "unscannable"),
        "a member for each of 12,000": (many, "unscannable"), "an encrypted archive": (bytes(locked), "unscannable"),
        "nothing": (b"", "clean"), "a script in SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "clean"),
        "a PDF without an end": (b"%PDF-1.4\n" + b"1 0 obj\n<< /Kids [1 0 R] /Filter /FlateDecode /Length 99999999 >>\nstream\n" * 20_000, None),
        "a PNG that is a zip": (png(8, 8) + zipped(("e", EICAR)), "infected"),
    }
    begun = time.monotonic()
    files = {name: put(data, name=name) for name, (data, _) in cases.items()}
    for name, (data, wanted) in cases.items():
        found = verdict(files[name], 150)
        assert wanted in (None, found["scan_state"]), (name, found)
        assert found["place"] == ("kept" if found["scan_state"] == "clean" else "quarantine"), (name, found)
        assert kept(data).exists() == (found["scan_state"] == "clean"), name
        assert in_quarantine(data).exists() != kept(data).exists(), name
    assert time.monotonic() - begun < 160
    assert row(files["raw"])["scan_note"].startswith("Test.Eicar")
    assert len(events(files["raw"], "file.infected")) == 1
    return len(cases)


@flow("bytes that are not what was accepted, or are missing, are never called clean")
def _():
    changed = put(b"as it was accepted")
    missing = put(b"it goes away")
    other = put(b"something")
    for file in (changed, missing, other):
        verdict(file)
    data = b"accepted " + os.urandom(8)
    desk.stack("stop", "scan")
    changed, missing = put(data), put(os.urandom(16))
    waiting(changed).write_bytes(data[::-1])
    waiting(missing).unlink()
    desk.stack("start", "scan")
    assert verdict(changed)["scan_state"] == verdict(missing)["scan_state"] == "error"
    assert not kept(data).exists() and row(changed)["place"] == "temp"


# --- pictures -------------------------------------------------------------------------------------
@flow("a picture has a preview and a thumbnail without what the camera wrote, and one that lies about its size has none")
def _():
    original = png(1500, 900)
    found = verdict(put(original, mime="image/png"))
    assert found["picture"] and found["picture"]["width"] == 1500 and found["picture"]["height"] == 900, found
    preview = kept(original, ".preview").read_bytes()
    assert preview[:3] == b"\xff\xd8\xff" and len(preview) == found["picture"]["preview"]
    assert kept(original, ".thumbnail").stat().st_size == found["picture"]["thumbnail"] and kept(original).read_bytes() == original
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0) + b"\0\0\0\0GPS 48.85 2.35"
    turned = preview[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + preview[2:]
    found = verdict(put(turned, mime="image/jpeg", purpose="avatar"))
    assert (found["picture"]["width"], found["picture"]["height"]) == (768, 1280), found
    for form in (".preview", ".thumbnail"):
        assert b"GPS" not in kept(turned, form, "helpdesk-avatars").read_bytes()
    bombs = [png(8, 8, claims=(60000, 60000)), b"<html><script>alert(1)</script></html>", png(50, 50)[:40],
             b"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>" + os.urandom(4)]
    for bomb in bombs:
        found = verdict(put(bomb, mime="image/png"))
        assert found["scan_state"] == "clean" and found["picture"] is None, found
    assert "guichet_pictures_failed_total" in probe("scan", "/metrics")[1]


# --- what fails -----------------------------------------------------------------------------------
@flow("while clamd is away files wait, visibly, and are looked at when it is back")
def _():
    desk.stack("kill", "clamd")
    data = os.urandom(50_000)
    file = put(data)
    eventually("it is said", lambda: desk.sql("select is_up from dependencies where name = 'clamd'") == [["f"]])
    eventually("/health says it", lambda: desk.get("/health").json["dependencies"]["clamd"]["status"] == "degraded")
    assert desk.get("/health").json["status"] == "degraded" and desk.get("/ready").status == 200
    eventually("the metric says it", lambda: "guichet_scan_engine_up 0" in probe("scan", "/metrics")[1])
    assert row(file)["scan_state"] == "pending" and waiting(file).exists() and not kept(data).exists()
    desk.stack("start", "clamd")
    assert verdict(file, 40)["scan_state"] == "clean" and kept(data).exists()
    eventually("it is up again", lambda: desk.sql("select is_up from dependencies where name = 'clamd'") == [["t"]])


@flow("a clamd that does not find the EICAR test file is none: files wait")
def _():
    signatures = desk.state / "clamd/signatures"
    away = {file: file.read_bytes() for file in signatures.glob("test.*")}
    desk.stack("stop", "clamd")
    empty = desk.state / "signatures"
    empty.mkdir(exist_ok=True)
    (empty / "other.hdb").write_text("0" * 32 + ":1:Test.Other\n")
    for file in away:
        file.unlink()
    desk.stack("start", "clamd", GUICHET_SIGNATURES=str(empty))
    said = eventually("it is said", lambda: desk.sql("select said from dependencies where name = 'clamd' and said like '%EICAR%'"), 30)
    file = put(os.urandom(100))
    assert "EICAR" in said[0][0], said
    assert row(file)["scan_state"] == "pending"
    desk.stack("stop", "clamd")
    shutil.rmtree(empty)
    (signatures / "other.hdb").unlink()
    desk.stack("start", "clamd")
    assert verdict(file, 40)["scan_state"] == "clean"


@flow("the scan worker and clamd die in the middle of it all: every file is decided, none of them wrongly")
def _():
    files = []
    for i in range(12):
        data = os.urandom(200_000) if i % 3 else zipped((str(i), EICAR), ("n", os.urandom(8)))
        files.append((put(data), data, "clean" if i % 3 else "infected"))
        if i in (4, 8):
            desk.stack("kill", "scan")
        if i == 6:
            desk.stack("kill", "clamd")
            desk.stack("start", "clamd")
    for file, data, wanted in files:
        found = verdict(file, 60)
        assert found["scan_state"] == wanted, found
        assert kept(data).exists() == (wanted == "clean") and in_quarantine(data).exists() == (wanted == "infected")
        assert not waiting(file).exists()
        assert len(events(file, "file.scanned") + events(file, "file.infected")) == 1
    return len(files)


@flow("without a scan files are let through, and each of them says so")
def _():
    settings(ENABLE_VIRUS_SCAN="false")
    try:
        file = put(EICAR + os.urandom(4))
        assert verdict(file)["scan_engine"] == "none" and row(file)["scan_state"] == "clean"
        said = eventually("it is said", lambda: desk.sql("select said from dependencies where name = 'clamd' and not is_up"))
        assert "ENABLE_VIRUS_SCAN" in said[0][0]
    finally:
        settings()


# --- afterwards -------------------------------------------------------------------------------------
@contextlib.contextmanager
def quarantine_closed():
    """Nothing can be put there."""
    folder = in_quarantine(b"").parent
    folder.mkdir(exist_ok=True)
    os.chown(folder, objects().stat().st_uid, objects().stat().st_gid)
    mode = folder.stat().st_mode & 0o777
    folder.chmod(0o500)
    try:
        yield
    finally:
        folder.chmod(mode)


@flow("what newer signatures find disappears at once, goes to quarantine, and those concerned are mailed")
def _():
    data = b"later found " + os.urandom(30).hex().encode()
    uploader, reader = address("uploader"), address("reader")
    by = desk.register(uploader, language="en")["user"]["id"]
    read_by = desk.register(reader, language="fr")["user"]["id"]
    token = desk.login(uploader)
    ticket = desk.ticket(token)
    attached = put(data, by=by, ticket=ticket["id"], name="invoice.pdf")
    loose = put(data, by=by)
    assert verdict(attached)["place"] == verdict(loose)["place"] == "kept"
    desk.sql(f"insert into file_access_logs (file_id, user_id, action) values ('{attached}', '{read_by}', 'DOWNLOAD')")
    # As if an older database had seen them, and the present one knows better.
    (desk.state / "clamd/signatures/later.ndb").write_text(f"Test.Later:0:*:{data.hex()}\n")
    desk.sql(f"update files set scan_engine = 'ClamAV 1.4.5/1/x' where id in ('{attached}', '{loose}')")
    desk.stack("restart", "clamd")
    with quarantine_closed():
        desk.stack("restart", "scan")
        for file in (attached, loose):
            eventually("it is withdrawn although it cannot be moved", lambda: (row(file)["scan_state"], row(file)["place"]) == ("pending", "temp"), 40)
        tries = (desk.state / "log/scan.log").read_text().count("a file cannot be moved")
        assert tries < 20, f"{tries} tries: it waits between them"
    for file in (attached, loose):
        found = eventually("it is found", lambda: (lambda f: f["scan_state"] == "infected" and f)(row(file)), 40)
        assert found["place"] == "quarantine" and found["scan_note"].startswith("Test.Later"), found
    assert in_quarantine(data).exists() and not kept(data).exists()
    told, = events(attached, "file.infected")
    assert told["data"]["downloadedBy"] == [read_by] and told["data"]["wasShown"] is True, told
    assert [r for r, in desk.sql(f"""select type from outbox where exchange = 'guichet.commands' and type = 'file.refuse'
        and body::jsonb ->> 'fileId' = '{attached}'""")] == ["file.refuse"]
    eventually("the uploader is mailed", lambda: any("invoice.pdf" in m.get_content() and "infected" in m.get_content() for m in desk.mails(uploader)))
    eventually("the reader is mailed", lambda: any("invoice.pdf" in m.get_content() and "infecté" in m.get_content() for m in desk.mails(reader)))
    # Out of quarantine, by an operator who knows better.
    assert desk.ctl("files", "quarantine").returncode == 0
    listed = json.loads(desk.ctl("files", "quarantine", "--json").stdout)
    assert attached in [f["id"] for f in listed["files"]], listed
    assert desk.ctl("files", "release", attached, "--yes").returncode == 0
    found = eventually("it is back", lambda: (lambda f: f["place"] == "kept" and f)(row(attached)))
    assert found["scan_engine"] == "released" and kept(data).read_bytes() == data
    assert row(loose)["place"] == "kept"


@flow("files that nobody needs are removed for good, and never bytes that another file names")
def _():
    shared, alone = os.urandom(1000), os.urandom(1000)
    stays = put(shared, ticket=desk.ticket(desk.login(desk_user()))["id"], age="2 days")
    old, fresh, lonely = put(shared, age="2 days"), put(os.urandom(100), age="2 hours"), put(alone, age="2 days")
    for file in (stays, old, fresh, lonely):
        verdict(file)
    dry = json.loads(desk.ctl("files", "cleanup", "--dry-run", "--json").stdout)
    assert dry["removed"] >= 2 and row(old)["expired_at"] is None, dry
    answer = desk.post("/api/v1/admin/files/cleanup", {}, desk.admin())
    assert answer.status == 200 and answer.data["removed"] >= 2, answer.raw
    eventually("they are gone", lambda: {row(old)["place"], row(lonely)["place"]} == {"gone"})
    assert row(stays)["place"] == row(fresh)["place"] == "kept"
    assert kept(shared).exists() and not kept(alone).exists()
    desk.sql(f"update files set deleted_at = now() - interval '31 days' where id = '{stays}'")
    again = json.loads(desk.ctl("files", "cleanup", "--json").stdout)
    assert again["removed"] >= 1, again
    eventually("the last row takes the bytes along", lambda: not kept(shared).exists())
    assert desk.post("/api/v1/admin/files/cleanup", {}, staff()[0]).status == 403
    assert "guichet_files_cleanup_removed_total" in probe("scan", "/metrics")[1]


def desk_user():
    who = address()
    desk.register(who)
    return who
