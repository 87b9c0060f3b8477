"""What is in a message: who, what, which parts, which bytes. Compared with what other programs make of the same mail."""
import collections
import email
import email.header
import email.policy
import email.utils
import hashlib
import html.parser
import json
import pathlib
import re
import tempfile

from corpus import Bar

BODY_F1 = 0.95


# --- all ------------------------------------------------------------------------------------------
def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def reads_all(corpus):
    died = Bar("a message ends its reader, or takes too long", "0")
    for path, mail in corpus.mails.items():
        died.count("error" not in mail, f"{path} {mail.get('error')}")
    utf8 = Bar("valid UTF-8 without NUL, valid JSON", ">= 100 %")
    for line in corpus.printed.splitlines():
        try:
            is_good = not any("\0" in text for text in strings(json.loads(line.decode("utf-8"))))
        except ValueError:
            is_good = False
        utf8.count(is_good, line[:200])
    return [died, utf8]


# --- Zammad: its own parser's answers ---------------------------------------------------------------
class Words(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.words, self.hidden = [], 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.words.append(" ")
        self.hidden += tag in ("style", "script", "title")

    def handle_endtag(self, tag):
        self.words.append(" ")
        self.hidden -= tag in ("style", "script", "title") and self.hidden > 0

    def handle_data(self, data):
        if not self.hidden:
            self.words.append(data)


def tokens(text, is_html):
    if is_html:
        text = "".join(Words(text).words)
    return collections.Counter(re.findall(r"[^\W_]+", text.casefold()))


def f1(one, other):
    common = sum((one & other).values())
    if not one and not other:
        return 1.0
    return 2 * common / (sum(one.values()) + sum(other.values()))


def addresses(text):
    return {found[1].casefold() for found in email.utils.getaddresses([text]) if "@" in found[1]}


def squeezed(text):
    return " ".join(text.split())


def body_agrees(expected, mail):
    is_html = expected["content_type"] == "text/html"
    ours = mail["html"] if is_html and mail["html"] else mail["text"]
    wanted = expected["body"].replace("no visible content", "")
    return max(f1(tokens(wanted, is_html), tokens(ours, ours is mail["html"] and bool(ours))),
               f1(tokens(wanted, is_html), tokens(mail["text"], False)))


def zammad_attachments(pairs, corpus):
    bytes_bar = Bar("Zammad: attachments, bytes", ">= 98 %")
    names = Bar("Zammad: attachments, given names", ">= 95 %")
    invented = re.compile(r"^(file|image|delivery-status|document|message)(-\d+)?(\.\w+)?$|\.eml$")
    leaves = corpus.leaves(path for path, _ in pairs)
    for path, expected in pairs:
        ours = leaves[path]
        digests = {leaf[kind] for leaf in ours for kind in ("md5", "lf")}
        found_names = {squeezed(leaf["name"]) for leaf in ours}
        for wanted in expected["attachments"]:
            if wanted["filename"] == "message.html":
                continue
            kind = wanted["preferences"].get("Mime-Type", "")
            if not kind.startswith(("text/", "message/", "application/pgp")):
                bytes_bar.count(wanted["md5"] in digests, f"{path} {wanted['filename']} {wanted['size']}")
            is_invented = invented.search(wanted["filename"]) or pathlib.PurePath(wanted["filename"]).stem == \
                wanted["preferences"].get("Content-Description")
            if not is_invented:
                names.count(squeezed(wanted["filename"]) in found_names, f"{path} {wanted['filename']} {found_names}")
    return [bytes_bar, names]


def zammad(corpus):
    bars = {name: Bar(f"Zammad: {name}", wanted) for name, wanted in (
        ("from_email", ">= 98 %"), ("subject", ">= 98 %"), ("to", ">= 97 %"), ("cc", ">= 97 %"),
        ("reply-to", ">= 97 %"), ("body, F1 >= 0.95", ">= 95 %"))}
    pairs = []
    for answer in sorted((corpus.folder / "zammad/expected").glob("*.json")):
        path = corpus.folder / "zammad/test/data/mail" / (answer.stem + ".box")
        expected, mail = json.loads(answer.read_text()), corpus.mails.get(path)
        if not mail:
            continue
        pairs.append((path, expected))
        bars["from_email"].count(expected["from_email"].casefold() == mail["from"]["email"].casefold(),
                                 f"{path} {expected['from_email']} {mail['from']}")
        bars["subject"].count(squeezed(expected["subject"]) == squeezed(mail["subject"]),
                              f"{path}\n  {expected['subject']!r}\n  {mail['subject']!r}")
        for theirs, ours in (("to", "to"), ("cc", "cc"), ("reply-to", "reply_to")):
            if expected.get(theirs):
                found = {one["email"].casefold() for one in mail[ours]}
                bars[theirs].count(addresses(expected[theirs]) == found, f"{path} {expected[theirs]} {found}")
        share = body_agrees(expected, mail)
        bars["body, F1 >= 0.95"].count(share >= BODY_F1, f"{path} {share:.3f}")
    return [*bars.values(), *zammad_attachments(pairs, corpus)]


# --- mime4j: the decoded bytes of every leaf ----------------------------------------------------------
def mime4j(corpus):
    bar = Bar("mime4j: bytes of every leaf", ">= 97 %")
    messages = list(corpus.files("mime4j", endings={".msg"}))
    leaves = corpus.leaves(messages)
    for path in messages:
        found = {leaf[kind] for leaf in leaves[path] for kind in ("md5", "lf")}
        for leaf in sorted(path.parent.glob(path.stem + "_decoded_*")):
            if not re.fullmatch(r"[0-9_]+", leaf.stem[len(path.stem) + len("_decoded_"):]):
                continue
            content = leaf.read_bytes()
            digests = {hashlib.md5(content).hexdigest(), hashlib.md5(content.replace(b"\r\n", b"\n")).hexdigest()}
            bar.count(digests & found, leaf)
    return [bar]


# --- stalwart: which part is what -----------------------------------------------------------------------
def kinds_of_stalwart(answer):
    for i, part in enumerate(answer["parts"]):
        body = part["body"]
        kind = body if isinstance(body, str) else next(iter(body))
        if kind == "Multipart":
            continue
        is_text = kind in ("Text", "Html")
        yield (is_text and i in answer["text_body"], is_text and i in answer["html_body"],
               i in answer["attachments"] or not is_text)


def stalwart(corpus):
    bar = Bar("stalwart: text, html, attachments", ">= 95 %")
    messages = [path for path in corpus.files("stalwart-mail-parser") if path.with_suffix(".json").exists()]
    leaves = corpus.leaves(messages)
    for path in messages:
        wanted = list(kinds_of_stalwart(json.loads(path.with_suffix(".json").read_text())))
        found = [(leaf["inText"], leaf["inHtml"], leaf["isAttachment"]) for leaf in leaves[path]
                 if leaf["inner"] == 0 and not leaf["isHidden"]]
        bar.count(wanted == found, f"{path}\n  {wanted}\n  {found}")
    return [bar]


# --- Python's email: two of its ways of reading, where both agree -------------------------------------------
def leaves_of_python(message):
    if message.get_content_maintype() == "multipart":
        for part in message.get_payload() if message.is_multipart() else []:
            yield from leaves_of_python(part)
    else:
        yield message


def decoded(name):
    return "".join(word.decode(charset or "ascii", "replace") if isinstance(word, bytes) else word
                   for word, charset in email.header.decode_header(name))


def names_by_python(content, policy):
    names = []
    for part in leaves_of_python(email.message_from_bytes(content, policy=policy)):
        name = part.get_filename()
        if name or part.get_content_disposition() == "attachment" or \
                part.get_content_type() not in ("text/plain", "text/html"):
            names.append(squeezed(decoded(name)) if name else "")
    return sorted(names)


def python(corpus):
    count = Bar("Python's email: number of attachments", ">= 99 %")
    names = Bar("Python's email: their names", ">= 99 %")
    for path in corpus.messages():
        try:
            content = path.read_bytes()
            wanted = names_by_python(content, email.policy.compat32)
            if wanted != names_by_python(content, email.policy.default):
                continue
        except Exception:  # it gives up on many
            continue
        if re.search(rb"^begin [0-7]{3} |ms-tnef", content, re.MULTILINE):
            continue  # it does not look into them
        found = sorted(squeezed(one["name"]) for one in corpus.mails[path].get("attachments", []))
        count.count(len(wanted) == len(found), f"{path} {wanted} {found}")
        if len(wanted) == len(found) and "\ufffd" not in "".join(wanted):
            given = {pathlib.PurePath(name).name for name in wanted if name}
            names.count(given <= set(found), f"{path} {wanted} {found}")
    return [count, names]


# --- DOMPurify: HTML that was written to run ----------------------------------------------------------------
class Tags(html.parser.HTMLParser):
    """Whether a page holds an element, an attribute or a link that can do something."""
    ELEMENTS = {"script", "style", "iframe", "object", "embed", "form", "input", "button", "svg", "math", "base", "meta", "link",
                "template", "noscript", "frame", "video", "audio", "textarea", "select"}
    LINKS = ("http:", "https:", "mailto:")

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.found = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag in self.ELEMENTS:
            self.found.append(tag)
        for name, value in attributes:
            value = (value or "").strip().lower()
            if name.startswith("on") or name in ("srcset", "background", "action", "formaction", "id", "name") or \
                    (name == "href" and not value.startswith(self.LINKS)) or \
                    (name == "src" and not value.startswith("cid:")) or (name == "style" and "url" in value):
                self.found.append(f"{tag} {name}={value}")


def dompurify(corpus):
    bar = Bar("DOMPurify: something runs or is fetched", "0")
    attacks = corpus.folder / "dompurify/xss.json"
    with tempfile.TemporaryDirectory() as folder:
        for number, attack in enumerate(json.loads(attacks.read_text()) if attacks.exists() else []):
            (pathlib.Path(folder) / f"{number:04}").write_text(
                f"From: a@example.com\nContent-Type: text/html; charset=utf-8\n\n{attack['payload']}", errors="replace")
        for path, mail in corpus.parsed(folder).items():
            found = Tags(mail["html"]).found
            bar.count(not found, f"{path.name} {found}")
    return [bar]


def rows(corpus):
    return [*reads_all(corpus), *zammad(corpus), *mime4j(corpus), *stalwart(corpus), *python(corpus), *dompurify(corpus)]
