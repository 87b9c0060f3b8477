"""Flows: the pages, in a browser."""
import os
import shutil
import subprocess
import urllib.request

from desk import ROOT, address, desk, flow


def walk(script, *names, **environment):
    """Goes through tests/screen/SCRIPT.mjs; pictures are kept in the stack's folder."""
    assert shutil.which("chromium"), "chromium is not installed; ops/setup test does it"
    assert (ROOT / "tests/screen/node_modules/playwright-core").exists(), "tests/npm tests/screen installs what drives the browser"
    folder = desk.state / "pictures"
    folder.mkdir(exist_ok=True)
    home = desk.state / "browser"
    home.mkdir(exist_ok=True)
    out = subprocess.run(["node", ROOT / f"tests/screen/{script}.mjs", desk.env["GUICHET_URL"], desk.env["GUICHET_ADMIN_EMAIL"],
                          desk.env["GUICHET_ADMIN_PASSWORD"], folder, *names], capture_output=True, text=True, timeout=240,
                         env={**os.environ, **environment, "HOME": str(home)})
    assert out.returncode == 0 and out.stdout.count("ok ") == len(names), out.stdout + out.stderr[-2000:]


@flow("the page of operators lets no stranger in, goes on by itself, and speaks both languages in both themes")
def _():
    walk("ops", "strangers", "lives")


@flow("the page of operators can be used by everybody, on a telephone too")
def _():
    walk("ops", "looks")


@flow("a queue is let rest and works again by the page of operators, with the keyboard alone")
def _():
    walk("ops", "pauses")


@flow("dead letters are looked into and set aside by the page of operators, and what they say stays text")
def _():
    desk.sql("""insert into dead_letters (id, queue, type, reason, exchange, routing_key, headers, body)
        select gen_random_uuid(), 'events.audit', 'screen.flow', 'it says <script>window.pwned=1</script>', 'guichet.events', 'screen.flow', '{}',
            '{"title":"<img src=x onerror=window.pwned=1>"}' from generate_series(1, 3)""")
    walk("ops", "letters")
    assert desk.sql("select count(*) from dead_letters where type = 'screen.flow' and state = 'discarded'") == [["3"]]


@flow("the way of a ticket is followed by the page of operators")
def _():
    ticket = desk.ticket(desk.register(address())["accessToken"])
    walk("ops", "follows", TRACED=ticket["number"])


@flow("all dead letters are set aside by the page of operators, more than one answer holds, and who leaves leaves nothing behind")
def _():
    desk.sql("""insert into dead_letters (id, queue, type, reason, exchange, routing_key, headers, body)
        select gen_random_uuid(), 'cmd.nowhere', 'screen.heap', '<img src=x onerror=document.title=''broken''>', '', '',
            jsonb_build_object('n', n), '{"title": "<script>document.title=''broken''</script>"}' from generate_series(1, 620) n""")
    walk("ops", "heaps")
    assert desk.sql("select state, discarded_why, count(*) from dead_letters where type = 'screen.heap' group by 1, 2") == [
        ["discarded", "nobody wants them", "620"]]
    desk.sql("delete from dead_letters where type = 'screen.heap'")


@flow("the page of operators loads nothing but its own files, each known by its tag")
def _():
    url = desk.env["GUICHET_URL"]
    with urllib.request.urlopen(url + "/ops") as page:
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "script-src 'self'" in page.headers["Content-Security-Policy"] and "unsafe" not in page.headers["Content-Security-Policy"]
        text, tag = page.read().decode(), page.headers["ETag"]
    assert "<script>" not in text and "style=" not in text and " onclick" not in text
    known = desk.get("/ops", If_None_Match=tag)  # its headers take the place of those the browser has kept
    assert known.status == 304 and "script-src 'self'" in known.headers["Content-Security-Policy"]
    for name in ("ops.css", "ops.js", "draw.js", "door.js", "words.js"):
        assert desk.get("/ops/" + name).status == 200
    assert desk.get("/ops/..%2fops.js").status in (400, 404) and desk.get("/ops/none.js").status == 404
