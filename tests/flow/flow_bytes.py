"""Flows: files that arrive, and files that are given away."""
import hashlib
import json
import os
import pathlib
import signal
import socket
import struct
import time
import urllib.parse
import uuid
import zlib

from desk import address, desk, eventually, flow, pid_of, programs, staff

UPLOAD = "/api/v1/files/upload"
NOWHERE = "01a1fd58-4e21-7a03-b1c4-0d9e8f7a6b5c"


def chunk(word, data):
    return struct.pack(">I", len(data)) + word + data + struct.pack(">I", zlib.crc32(word + data))


def png(salt=b""):
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"tEXt", b"Comment\0" + (salt or uuid.uuid4().bytes.hex().encode()))
            + chunk(b"IDAT", zlib.compress(b"\0" * 25 * 8)) + chunk(b"IEND", b""))


def text(size=20):
    return (uuid.uuid4().hex.encode() * (size // 32 + 1))[:size]


SAMPLES = {
    ".jpg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + b"\0" * 50 + b"\xff\xd9", ".png": png(),
    ".gif": b"GIF89a\1\0\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;", ".pdf": b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    ".doc": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "WordDocument".encode("utf-16-le"),
    ".xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le"),
    ".docx": b"PK\3\4\x14\0\0\0\0\0" + b"\0" * 16 + b"\x11\0\0\0word/document.xml", ".txt": b"plain words\n",
    ".xlsx": b"PK\3\4\x14\0\0\0\0\0" + b"\0" * 16 + b"\x0f\0\0\0xl/workbook.xml", ".jpeg": b"\xff\xd8\xff\xdb\0\x43" + b"\0" * 90,
}
TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".pdf": "application/pdf",
         ".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".txt": "text/plain",
         ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def form(*parts, boundary="XyZ"):
    """Parts are (head lines, content)."""
    body = b"".join(b"--" + boundary.encode() + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return body + b"--" + boundary.encode() + b"--\r\n"


def part(name, content, file_name=None, mime_type=None, disposition=b""):
    head = b'Content-Disposition: form-data; name="' + name.encode() + b'"'
    head += b'; filename="' + file_name.encode() + b'"' if file_name is not None else b""
    head += disposition + (b"\r\nContent-Type: " + mime_type.encode() if mime_type else b"")
    return head, content


def send(token, *parts, path=UPLOAD, wait=0, **headers):
    if wait is not None:
        headers["Prefer"] = f"wait={wait}"
    return desk.call("POST", path, form(*parts), token, Content_Type="multipart/form-data; boundary=XyZ", **headers)


def id_of(answer):
    """Of a file that was taken: its outcome may be there already, and its scan."""
    assert answer.status in (201, 202), (answer.status, answer.raw)
    return answer.data.get("resourceId") or answer.data["id"]


def row(file_id):
    return eventually("the file is known", lambda: desk.sql(f"select scan_state, place, name, size, mime_type, "
                                                            f"encode(sha256, 'hex') from files where id = '{file_id}'"))[0]


def upload(token, content, file_name="a.txt", keep=True, **fields):
    """The id of a file that is there; clean, unless it shall wait."""
    answer = send(token, *[part(name, value.encode()) for name, value in fields.items()], part("file", content, file_name))
    file_id = id_of(answer)
    row(file_id)
    if keep:
        scan(file_id)
    return file_id


def object_of(file_id, place="temp"):
    sha256, purpose = desk.sql(f"select encode(sha256, 'hex'), purpose from files where id = '{file_id}'")[0]
    bucket = "helpdesk-avatars" if purpose == "avatar" else "helpdesk-tickets"
    return objects() / (f"helpdesk-temp/new/{file_id}" if place == "temp" else f"{bucket}/{sha256[:2]}/{sha256[2:4]}/{sha256}")


def objects():
    return pathlib.Path(desk.env["STORE_URL"].removeprefix("file://"))


def waiting():
    return {file.name for file in (objects() / "helpdesk-temp/new").glob("*")}


def scan(file_id):
    """By the scan worker where there is one."""
    if "scan" in programs():
        eventually("the file was scanned", lambda: row(file_id)[:2] == ["clean", "kept"])
        return
    kept = object_of(file_id, "kept")
    kept.parent.mkdir(parents=True, exist_ok=True)
    os.rename(object_of(file_id), kept)
    desk.sql(f"update files set scan_state = 'clean', scan_engine = 'none', scanned_at = now(), place = 'kept' where id = '{file_id}'")


def download(file_id, token=None, form="download", **headers):
    return desk.get(f"/api/v1/files/{file_id}/{form}", token, **headers)


def codes(answer):
    return [(error["pointer"], error["code"]) for error in answer.json["errors"]]


@flow("a file is downloaded byte for byte as it was uploaded, whatever its size")
def _():
    token = desk.register(address())["accessToken"]
    for size in (1, 1000, 262144, 262145, 3000000, 10485760):
        content = text(size)
        file_id = upload(token, content, f"{size}.txt")
        answer = download(file_id, token)
        assert answer.status == 200 and answer.raw == content, (size, answer.status, len(answer.raw))
        assert answer.headers["ETag"] == f'"{hashlib.sha256(content).hexdigest()}"'
        assert row(file_id)[5] == hashlib.sha256(content).hexdigest() and row(file_id)[3] == str(size)


@flow("an upload is answered when its scan is over, or 202 while that lasts, and then tells where to look")
def _():
    token = desk.register(address())["accessToken"]
    answer = send(token, part("file", text(), "a.txt"), part("description", b"Deux mots"), part("is_public", b"true"), wait=1)
    assert answer.status in (201, 202), answer.raw
    assert answer.headers["Location"] == f"/api/v1/files/{answer.data['id']}"
    assert answer.data["description"] == "Deux mots" and answer.data["isPublic"] is True and answer.data["name"] == "a.txt"
    assert (answer.status == 202) == (answer.data["scanState"] == "pending")
    old = send(token, part("file", text(), "a.txt"), path="/api/files/upload", wait=1)
    assert old.status in (200, 202) and old.json["id"] == old.data["id"]
    later = send(token, part("file", text(), "a.txt"))
    assert later.status in (201, 202) and later.headers["Location"]


@flow("a file that waits for its scan is shown to nobody, and one that failed it neither")
def _():
    token = desk.register(address())["accessToken"]
    file_id = upload(token, text(), isPublic="true")
    for state, place, status, code in (("pending", "temp", 409, "FILE_PENDING"), ("infected", "quarantine", 403, "FILE_INFECTED"),
                                       ("unscannable", "quarantine", 403, "FILE_UNSCANNABLE")):
        desk.sql(f"update files set scan_state = '{state}', place = '{place}', next_scan_at = 'infinity' where id = '{file_id}'")
        for form_of_it in ("download", "preview", "thumbnail"):
            answer = download(file_id, token, form_of_it)
            assert answer.status == status and answer.json["code"] == code, (state, answer.raw)
            assert (answer.headers["Retry-After"] is not None) == (state == "pending")
        assert download(file_id).status == 401


@flow("parts of a file are given, and nothing to who has it already")
def _():
    token = desk.register(address())["accessToken"]
    content = text(600000)
    file_id = upload(token, content)
    tag = download(file_id, token).headers["ETag"]
    for asked, status, expected in (("bytes=0-0", 206, content[:1]), ("bytes=5-9", 206, content[5:10]),
                                    ("bytes=262140-599999", 206, content[262140:]), ("bytes=-7", 206, content[-7:]),
                                    ("bytes=599999-", 206, content[-1:]), ("bytes=0-999999999999", 206, content),
                                    ("bytes=600000-", 416, None), ("bytes=-0", 416, None), ("bytes=9-5", 200, content),
                                    ("bytes=0-1,3-4", 200, content), ("lines=1-2", 200, content), ("bytes=x", 200, content)):
        answer = download(file_id, token, Range=asked)
        assert answer.status == (200 if expected == content else status), (asked, answer.status)
        assert expected is None or answer.raw == expected, asked
    assert download(file_id, token, Range="bytes=5-9").headers["Content-Range"] == "bytes 5-9/600000"
    assert download(file_id, token, Range="bytes=600000-").headers["Content-Range"] == "bytes */600000"
    assert download(file_id, token, Range="bytes=5-9", If_Range=tag).status == 206
    assert download(file_id, token, Range="bytes=5-9", If_Range='"other"').status == 200
    known = download(file_id, token, If_None_Match=tag)  # its headers take the place of those the browser has kept
    assert known.status == 304 and "sandbox" in known.headers["Content-Security-Policy"]
    head = desk.call("HEAD", f"/api/v1/files/{file_id}/download", token=token)
    assert head.status == 200 and head.headers["Content-Length"] == "600000" and head.raw == b""
    assert head.headers["Accept-Ranges"] == "bytes"


@flow("a browser is told to save a file and to trust nothing in it, and shows pictures alone")
def _():
    token = desk.register(address())["accessToken"]
    for content, name, shown in ((text(), "a.txt", "attachment"), (png(), "a.png", "inline"), (SAMPLES[".pdf"], "a.pdf", "attachment")):
        if shown == "inline" and "scan" in programs():
            continue  # the worker takes real pictures: its own flows
        answer = download(upload(token, content, name), token)
        assert answer.headers["Content-Disposition"].startswith(shown + ";"), answer.headers
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"] and "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-cache"
    answer = desk.get(f"/api/v1/files/{upload(token, b'bytes')}", token, Accept="text/plain")
    assert answer.status == 200 and answer.raw == b"bytes"


@flow("the name of a file survives every way of writing it, and loses what could hurt")
def _():
    token = desk.register(address())["accessToken"]
    star = b"; filename*=UTF-8''r%C3%A9sum%C3%A9%20%22a%22.txt"
    for head, kept in ((b'; filename="../../etc/pass.txt"', "pass.txt"), (b'; filename="C:\\dir\\a b.txt"', "a b.txt"),
                       ('; filename="résumé.txt"'.encode(), "résumé.txt"), ('; filename="re\u0301sume\u0301.txt"'.encode(), "résumé.txt"),
                       (b'; filename="plain.txt"' + star, 'résumé "a".txt'), (b'; filename="say \\"hi\\".txt"', 'say "hi".txt'),
                       (b'; filename="say %22hi%22.txt"', 'say "hi".txt'), (b"; filename*=iso-8859-1'fr'%e9t%e9.txt", "été.txt"),
                       (b"; filename*0*=UTF-8''%C3%A9t; filename*1=\"%C3.txt\"", "ét%C3.txt"),
                       ('; filename="a\u202etxt.exe.txt"'.encode(), "atxt.exe.txt"), ('; filename="\u200ea\u2066b\ufeff.txt"'.encode(), "ab.txt"),
                       (("; filename*=UTF-8''" + "%C3%A9" * 200 + ".txt").encode(), "é" * 125 + ".txt"), (b'; filename=" .x.txt. "', ".x.txt"),
                       (b"; filename*=UTF-8''a%0D%0AX.txt", "aX.txt")):
        answer = send(token, part("file", text(), disposition=head))
        name = row(id_of(answer))[2]
        assert name == kept and len(name.encode()) <= 255, (head, name)
        scan(id_of(answer))
        given = download(id_of(answer), token).headers["Content-Disposition"]
        assert urllib.parse.unquote(given.split("filename*=UTF-8''")[1]) == kept and "\r" not in given
    for head, why in ((b'; filename="a\xff.txt"', "name"), (b"; filename*=UTF-8''a%00.txt", "name"), (b"; filename*=koi8-r''a.txt", "name"),
                      (b"; filename*=UTF-8''%zz.txt", "name"), (b'; filename="///"', "name"), (b'; filename=""', "name")):
        answer = send(token, part("file", text(), disposition=head))
        assert answer.status == 400 and codes(answer) == [("/file", why)], (head, answer.raw)


@flow("the types of the list are taken, by name, declaration and content, and each mismatch says what it is")
def _():
    token = desk.register(address())["accessToken"]
    for extension, content in SAMPLES.items():
        for declared in (TYPES[extension], "application/octet-stream", None):
            answer = send(token, part("file", content, "a" + extension, declared))
            assert row(id_of(answer))[4] == TYPES[extension]
    for name, declared, content, code in (("a.exe", None, b"MZ", "extension"), ("a", None, b"x", "extension"), ("a.svg", None, b"<svg/>", "extension"),
                                          ("a.html", "text/html", b"<p>", "extension"), ("a.webp", None, b"RIFF0000WEBP", "extension"),
                                          ("a.png", "image/jpeg", SAMPLES[".png"], "declared"), ("a.txt", "text/html", b"words", "declared"),
                                          ("a.pdf", None, SAMPLES[".png"], "content"), ("a.png", None, b"<html><script>1</script></html>", "content"),
                                          ("a.txt", None, b"<!DOCTYPE html><html><body>", "content"), ("a.txt", None, b"MZ\x90\0\3\0\0\0", "content"),
                                          ("a.docx", None, SAMPLES[".xlsx"], "content"), ("a.xls", None, SAMPLES[".doc"], "content"),
                                          ("a.docx", None, b"PK\3\4" + b"\0" * 40, "content"), ("a.jpg", None, SAMPLES[".gif"], "content")):
        answer = send(token, part("file", content, name, declared))
        assert answer.status == 400 and answer.json["code"] == "FILE_TYPE_NOT_ALLOWED", (name, answer.raw)
        assert codes(answer) == [("/file", code)], (name, answer.raw)
    assert "Type de fichier non autorisé" == answer.json["message"]


@flow("a file has its limits, and what is wrong with a form is said and changes nothing")
def _():
    token = desk.register(address())["accessToken"]
    before = waiting()
    size = 10 * 1024 * 1024
    big = send(token, part("file", text(size + 1), "a.txt"))
    assert big.status == 413 and big.json["code"] == "FILE_TOO_LARGE" and codes(big) == [("/file", "size")]
    for parts, pointer, code in (((part("file", b"", "a.txt"),), "/file", "empty"), ((), "/file", "required"),
                                 ((part("file", b"x", "a.txt"), part("other", b"1")), "/other", "unknown"),
                                 ((part("file", b"x", "a.txt"), part("ticketId", b"no-id")), "/ticketId", "format"),
                                 ((part("file", b"x", "a.txt"), part("isPublic", b"perhaps")), "/isPublic", None),
                                 ((part("file", b"x", "a.txt"), part("description", b"a"), part("description", b"b")), "/description", "duplicate")):
        answer = send(token, *parts) if parts else send(token, part("description", b"alone"))
        assert answer.status == 400 and answer.json["code"] == "VALIDATION_ERROR", (pointer, answer.raw)
        assert answer.json["errors"][0]["pointer"] == pointer and code in (None, answer.json["errors"][0]["code"]), answer.raw
    assert send(token, part("file", b"x", "a.txt"), part("file", b"y", "b.txt")).json["code"] == "TOO_MANY_FILES"
    for body in (b"", b"--XyZ--\r\n", b"junk\r\n--XyZ\r\n", form(part("file", b"x", "a.txt"))[:-4], form(part("file", b"x", "a.txt")) + b"tail",
                 form(part("file", b"x", "a.txt")).replace(b"\r\n", b"\n"), form((b"X: 1", b"x")),
                 form((b'Content-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Transfer-Encoding: base64', b"eA=="))):
        answer = desk.call("POST", UPLOAD, body, token, Content_Type="multipart/form-data; boundary=XyZ")
        assert answer.status == 400 and answer.json["code"] == "VALIDATION_ERROR", (body, answer.status, answer.raw)
    for content_type in ("application/json", "multipart/mixed; boundary=XyZ", "text/plain"):
        assert desk.call("POST", UPLOAD, form(part("file", b"x", "a.txt")), token, Content_Type=content_type).status == 415
    assert send(None, part("file", b"x", "a.txt")).status == 401
    assert waiting() == before


@flow("a body of megabytes is for uploads alone, and one beyond all limits for nobody")
def _():
    token = desk.register(address())["accessToken"]
    body = b'{"title":"' + b"x" * 3000000 + b'"}'
    for path in ("/api/v1/tickets", "/api/v1/auth/login", "/api/v1/files/upload/../../tickets", "/api/v1/files/search"):
        try:
            answer = desk.call("POST", path, body, token)
            assert answer.status in (400, 405, 413), (path, answer.status)
        except OSError:
            pass  # refused before all of it was sent
    assert desk.post("/api/v1/auth/verify", token=token).status == 200
    with socket.create_connection(("127.0.0.1", desk.port_base)) as client:
        client.sendall(b"POST /api/v1/files/upload HTTP/1.1\r\nHost: desk\r\nContent-Length: 60000000\r\n\r\n")
        assert b" 413 " in client.recv(4096)


@flow("nobody fills the disk with files that hang on nothing, or that are deleted again and again")
def _():
    user = desk.register(address())
    token, who = user["accessToken"], user["user"]["id"]
    ticket = desk.ticket(token)["id"]
    desk.sql("insert into files (id, name, size, mime_type, sha256, uploaded_by, scan_state, created_at, updated_at, deleted_at) select gen_random_uuid(), 'a', 1, "
             f"'text/plain', sha256('a'), '{who}', 'error', now() - interval '1 hour', now(), case when n % 2 = 0 then now() end from generate_series(1, 199) n")
    assert send(token, part("file", b"x", "a.txt")).status in (201, 202)
    eventually("it is there", lambda: desk.sql(f"select count(*) from files where uploaded_by = '{who}'") == [["200"]])
    for fields in ((), (part("ticketId", ticket.encode()),)):
        refused = send(token, part("file", b"x", "a.txt"), *fields)
        assert refused.status == 400 and refused.json["code"] == "TOO_MANY_FILES" and codes(refused) == [("/file", "count")], refused.raw
    desk.sql(f"update files set created_at = created_at - interval '2 days' where uploaded_by = '{who}'")
    assert send(token, part("file", b"x", "a.txt")).status in (201, 202)


@flow("a file alone may be the whole body, with its name beside it")
def _():
    token = desk.register(address())["accessToken"]
    headers = {"Content_Type": "text/plain", "Content_Disposition": "attachment; filename*=UTF-8''n%C3%BA.txt", "Prefer": "wait=0"}
    answer = desk.call("POST", UPLOAD, b"raw bytes", token, **headers)
    assert row(id_of(answer))[2] == "nú.txt"
    scan(id_of(answer))
    assert download(id_of(answer), token).raw == b"raw bytes"


@flow("up to ten files come with one request, all or none of them wrong")
def _():
    token = desk.register(address())["accessToken"]
    path = "/api/v1/files/upload/multiple"
    contents = [text(100 + i) for i in range(10)]
    answer = send(token, *[part("files", content, f"{i}.txt") for i, content in enumerate(contents)], path=path, wait=1)
    assert answer.status in (201, 202) and answer.data["totalFiles"] == 10 and answer.data["failed"] == []
    assert sorted(file["fileHash"] for file in answer.data["files"]) == sorted(hashlib.sha256(c).hexdigest() for c in contents)
    before = waiting()
    many = send(token, *[part("files", b"x", f"{i}.txt") for i in range(11)], path=path)
    assert many.status == 400 and many.json["code"] == "TOO_MANY_FILES"
    wrong = send(token, part("files", b"x", "a.txt"), part("files", b"y", "b.exe"), path=path)
    assert wrong.status == 400 and codes(wrong) == [("/files/1", "extension")]
    assert waiting() <= before


@flow("who may not see a file is not given it: foreign, internal, deleted, unknown")
def _():
    owner, other = desk.register(address())["accessToken"], desk.register(address())["accessToken"]
    admin, agent = desk.admin(), staff("agent")[0]
    ticket = desk.ticket(owner)["id"]
    alone, attached = upload(owner, text()), upload(owner, text(), ticketId=ticket)
    public = upload(owner, text(), isPublic="true")
    internal = upload(agent, text(), ticketId=ticket)
    comment = desk.post(f"/api/v1/tickets/{ticket}/comments", {"content": "entre nous", "isInternal": True}, agent).data["id"]
    desk.sql(f"update files set comment_id = '{comment}' where id = '{internal}'")
    deleted = upload(owner, text())
    desk.sql(f"update files set deleted_at = now() where id = '{deleted}'")
    for file_id, expected in ((alone, {None: 401, owner: 200, other: 403, agent: 403, admin: 200}),
                              (attached, {None: 401, owner: 200, other: 403, agent: 200, admin: 200}),
                              (public, {None: 200, owner: 200, other: 200, agent: 200, admin: 200}),
                              (internal, {None: 401, owner: 404, other: 404, agent: 200, admin: 200}),
                              (deleted, {None: 404, owner: 404, other: 404, agent: 404, admin: 404}),
                              (NOWHERE, {None: 404, owner: 404, admin: 404}), ("no-id", {None: 404, owner: 404}), ("..", {None: 400})):
        for token, status in expected.items():
            answer = download(file_id, token)
            assert answer.status == status, (file_id, status, answer.status, answer.raw[:200])
            assert status != 404 or (answer.json["code"], answer.json["message"]) == ("FILE_NOT_FOUND", "Fichier non trouvé")
    assert download(alone, "broken").status == 401
    logged = desk.sql(f"select count(*), count(user_id), min(action), min(ip_address) from file_access_logs where file_id = '{public}' and action = 'DOWNLOAD'")
    assert logged == [["5", "4", "DOWNLOAD", "127.0.0.1"]]
    assert desk.sql(f"select count(*) from file_access_logs where file_id = '{deleted}' and action = 'DOWNLOAD'") == [["0"]]


@flow("a request that is sent twice with its key makes one file, and another content under that key is refused")
def _():
    token, key = desk.register(address())["accessToken"], uuid.uuid4().hex
    content = text()
    first, again = (send(token, part("file", content, "a.txt"), Idempotency_Key=key) for _ in range(2))
    assert id_of(first) == id_of(again)
    row(id_of(first))
    scan(id_of(first))
    third = send(token, part("file", content, "a.txt"), Idempotency_Key=key, wait=2)
    assert third.status == 201 and third.data["id"] == id_of(first), third.raw
    other = send(token, part("file", text(), "a.txt"), Idempotency_Key=key, wait=2)
    assert other.status == 422 and other.json["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert desk.sql(f"select count(*) from files f join accounts a on a.id = f.uploaded_by where f.id = '{first.data['resourceId']}'") == [["1"]]
    eventually("nothing of it waits any more", lambda: id_of(first) not in waiting())


@flow("a link shows a file without a token, for a time, once if it shall, and while its maker may see the file")
def _():
    owner, other = desk.register(address())["accessToken"], desk.register(address())["accessToken"]
    content = text()
    file_id = upload(owner, content)
    link = desk.post(f"/api/v1/files/{file_id}/link", {"expiresIn": 60}, owner)
    assert link.status == 200 and link.data["once"] is False
    for _ in range(2):
        assert desk.get(link.data["url"]).raw == content
    once = desk.post(f"/api/v1/files/{file_id}/link", {"once": True}, owner).data["url"]
    assert [desk.get(once).status for _ in range(3)] == [200, 404, 404]
    for end in range(1, 12):
        bent = once[:-end] + ("0" if once[-end] != "0" else "1") + (once[-end + 1:] if end > 1 else "")
        assert desk.get(bent).status == 404
    short = desk.post(f"/api/v1/files/{file_id}/link", {"expiresIn": 1}, owner).data["url"]
    eventually("the link has ended", lambda: desk.get(short).status == 404)
    assert desk.post(f"/api/v1/files/{file_id}/link", {}, other).status == 403
    assert desk.post(f"/api/v1/files/{file_id}/link", {}).status == 401
    assert desk.post(f"/api/v1/files/{NOWHERE}/link", {}, owner).status == 404
    assert desk.post(f"/api/v1/files/{file_id}/link", {"expiresIn": 3000000}, owner).status == 400
    desk.sql(f"update files set deleted_at = now() where id = '{file_id}'")
    assert desk.get(link.data["url"]).status == 404


@flow("a person has the picture that was uploaded last, small, and whoever is signed in sees it")
def _():
    user, other = desk.register(address()), desk.register(address())["accessToken"]
    token, who = user["accessToken"], user["user"]["id"]
    assert desk.get(f"/api/v1/users/{who}/avatar", other).status == 404
    answer = send(token, part("avatar", png(), "me.png"), path="/api/v1/users/avatar", wait=1)
    assert answer.status in (200, 202) and answer.data["avatarUrl"] == f"/api/v1/users/{who}/avatar", answer.raw
    assert answer.data["file"]["purpose"] == "avatar"
    assert send(token, part("avatar", b"words", "me.txt"), path="/api/v1/users/avatar").json["code"] == "FILE_TYPE_NOT_ALLOWED"
    assert send(token, part("avatar", b"x" * 5242881, "me.png"), path="/api/v1/users/avatar").json["code"] == "FILE_TOO_LARGE"
    if "scan" not in programs():
        file_id = answer.data["file"]["id"]
        scan(file_id)
        small = b"\xff\xd8\xff\xe0small"
        object_of(file_id, "kept").with_name(object_of(file_id, "kept").name + ".thumbnail").write_bytes(small)
        desk.sql(f"update files set picture = '{{\"preview\": 5, \"thumbnail\": {len(small)}}}' where id = '{file_id}'")
    shown = eventually("the picture is shown", lambda: (lambda a: a.status == 200 and a)(desk.get(f"/api/v1/users/{who}/avatar", other)))
    assert shown.headers["Content-Type"] == "image/jpeg" and shown.raw[:3] == b"\xff\xd8\xff"
    assert desk.get(f"/api/v1/users/{who}/avatar").status == 401
    again = send(token, part("avatar", png(), "me.png"), path="/api/v1/users/avatar", wait=5).data["file"]["id"]
    if "scan" in programs():
        eventually("the second is the picture", lambda: again in desk.get("/api/v1/users/profile", token).data["avatarUrl"])
        assert desk.call("DELETE", "/api/v1/users/avatar", None, token).status == 200
        assert desk.get(f"/api/v1/users/{who}/avatar", other).status == 404, "the one before does not come back"


@flow("an ingress that is killed in the middle of an upload leaves no file behind, in no place")
def _():
    token = desk.register(address())["accessToken"]
    before, files = waiting(), desk.sql("select count(*) from files")
    body = form(part("file", text(8000000), "a.txt"))
    with socket.create_connection(("127.0.0.1", desk.port_base)) as client:
        client.sendall(f"POST {UPLOAD} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n"
                       "Content-Type: multipart/form-data; boundary=XyZ\r\n\r\n".encode() + body[:6000000])
        os.kill(pid_of("ingress"), signal.SIGKILL)
    eventually("the ingress is back", lambda: desk.get("/ready").status == 200)
    assert waiting() == before and desk.sql("select count(*) from files") == files
    left = [file for file in objects().rglob("*") if file.is_file() and file.name.startswith(".")]
    assert not left and not list((objects() / ".incoming").iterdir())
    assert id_of(send(token, part("file", text(), "a.txt")))


@flow("the store is compared with the files both ways, and what no file names is removed and nothing else")
def _():
    token = desk.register(address())["accessToken"]
    whole, short, bent, lost = (upload(token, text()) for _ in range(4))
    clean = json.loads(desk.ctl("store", "check", "--json").stdout)
    object_of(short, "kept").write_bytes(b"short")
    object_of(bent, "kept").write_bytes(b"x" * 20)
    object_of(lost, "kept").unlink()
    orphans = [objects() / "helpdesk-tickets/ab/cd" / ("abcd" + "0" * 60), objects() / "helpdesk-temp/quarantine" / ("f" * 64),
               objects() / f"helpdesk-temp/new/{uuid.uuid4()}"]
    young, claimed = objects() / "helpdesk-avatars/ab/cd" / ("abcd" + "1" * 60), objects() / f"helpdesk-temp/new/{uuid.uuid4()}"
    for file, age_s in (*((file, 40 * 86400) for file in orphans), (young, 0), (claimed, 7200)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"bytes")
        for folder in (file, *file.parents[:file.parents.index(objects())]):  # of the account that the programs run as
            os.chown(folder, objects().stat().st_uid, objects().stat().st_gid)
        os.utime(file, (time.time() - age_s,) * 2)
    for words, removed in ((("--quick",), 0), ((), 0), (("--repair",), 3), ((), 0)):
        said = desk.ctl("store", "check", "--json", *words)
        found = json.loads(said.stdout)
        assert said.returncode == 1, said
        assert found["missing"] == clean["missing"] + 1 and found["removed"] == removed, found
        assert found["wrong"] == clean["wrong"] + (1 if words == ("--quick",) else 2), found
        assert found["unclaimed"] == clean["unclaimed"] + 1
    assert not any(file.exists() for file in orphans) and young.exists() and claimed.exists() and object_of(whole, "kept").exists()
    for file_id in (short, bent, lost):
        assert download(file_id, token).status == 404 or download(file_id, token).raw == b"x" * 20
    desk.sql(f"update files set place = 'gone', deleted_at = now() where id in ('{short}', '{bent}', '{lost}')")
    young.unlink(), claimed.unlink()
