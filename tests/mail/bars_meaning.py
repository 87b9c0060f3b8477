"""What a message means: what is new in it, whose mail was forwarded, whose has failed and why.

Each corpus is cut in two by the hash of a file's name. "held out" is the half that was looked at last: a bar that only
the other half reaches was fitted, not understood.
"""
import base64
import collections
import email
import email.policy
import hashlib
import json
import pathlib
import re
import subprocess
import tempfile

from corpus import BUILD, Bar

CLASSES = {
    "dead": "userunknown hostunknown hasmoved suspend notaccept",
    "full": "mailboxfull",
    "policy": "blocked rejected filtered authfailure badreputation policyviolation requireptr securityerror spamdetected "
              "virusdetected norelaying speeding toomanyconn failedstarttls",
    "message": "mesgtoobig exceedlimit contenterror syntaxerror notcompliantrfc",
    "temporary": "expired networkerror systemerror systemfull mailererror onhold undefined",
    "complaint": "feedback",
    "auto": "vacation",
    "delivered": "delivered",
}
CLASS_OF = {reason: name for name, reasons in CLASSES.items() for reason in reasons.split()}
# Mail of people, lists, shops and spammers, in which nothing has failed.
ORDINARY = ("notmuch", "mu", "spamassassin", "rspamd", "stalwart-mail-parser", "zbateson", "spamscope-mail-parser",
            "nodemailer-mailparser", "freescout", "python-test-email", "mimekit")


def is_held_out(name):
    return hashlib.sha256(str(name).encode()).digest()[0] & 1


class Halves:
    """A bar for all, and one for the half that was held out."""

    def __init__(self, name, wanted):
        self.all, self.held = Bar(name, wanted), Bar(f"  {name}, held out"[:58], wanted)

    def count(self, key, is_good, miss=""):
        self.all.count(is_good, f"{key} {miss}")
        if is_held_out(key):
            self.held.count(is_good, f"{key} {miss}")

    def bars(self):
        return [self.all, self.held]


def expected(corpus, folder):
    return json.loads((corpus.folder / folder / "expected.json").read_text(encoding="utf-8"))


# --- bodies, wrapped in a message each --------------------------------------------------------------
def message(text, subject="", kind="plain"):
    head = "From: someone@example.org\nMIME-Version: 1.0\n" + (f"Subject: {subject}\n" if subject else "")
    body = base64.encodebytes(text.encode("utf-8", "surrogateescape")).decode()
    return f"{head}Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{body}".encode()


def parsed(messages):
    """What is made of each, by its key."""
    with tempfile.TemporaryDirectory() as folder:
        keys = {}
        for number, (key, raw) in enumerate(messages.items()):
            path = pathlib.Path(folder) / f"{number:06}.eml"
            path.write_bytes(raw)
            keys[str(path)] = key
        printed = subprocess.run([BUILD / "bin/guichetctl", "mail", "parse", folder], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, check=False).stdout
        return {keys[str(mail["file"])]: mail for mail in map(json.loads, printed.splitlines())}


def lines(text):
    return [line.rstrip() for line in text.strip().splitlines()]


def read(path):
    return path.read_text(encoding="utf-8", errors="surrogateescape")


# --- what is folded ---------------------------------------------------------------------------------
def fold_cases(corpus):
    trimmer, talon = corpus.folder / "discourse-email_reply_trimmer", corpus.folder / "talon"
    for path in sorted((trimmer / "emails").glob("*.txt")):
        yield f"trimmer/{path.name}", message(read(path)), read(trimmer / "trimmed" / path.name)
    for case in expected(corpus, "talon"):
        path = talon / case["file"]
        if path.suffix == ".html":
            yield f"talon/{case['file']}", message(read(path), kind="html"), case["reply_without_whitespace"]
        else:
            yield f"talon/{case['file']}", path.read_bytes(), case["reply"]


def folded(corpus):
    cases = {key: (raw, reply) for key, raw, reply in fold_cases(corpus)}
    mails = parsed({key: raw for key, (raw, _) in cases.items()})
    exact, visible = Halves("fold: trimmer and talon, exact", ">= 90 %"), Bar("fold: lines of customers that stay visible", ">= 99 %")
    whole = Bar("fold: every word is visible or folded", ">= 100 %")
    for key, (_, reply) in cases.items():
        mail = mails.get(key, {"visible_text": "", "folded_text": "", "text": ""})
        is_html = key.endswith(".html")
        got = re.sub(r"\s", "", mail["visible_text"]) if is_html else lines(mail["visible_text"])
        exact.count(key, got == (reply if is_html else lines(reply)), mail["visible_text"][-80:])
        if not is_html and not key.startswith("talon"):
            for line in filter(None, set(lines(reply))):
                visible.count(line in lines(mail["visible_text"]), f"{key} {line}")
        words = collections.Counter(mail["visible_text"].split()) + collections.Counter(mail["folded_text"].split())
        whole.count(is_html or words == collections.Counter(mail["text"].split()), key)
    return [*exact.bars(), visible, whole]


# --- what was forwarded -----------------------------------------------------------------------------
def nonsense(word):
    """A word of no language, the same for the same word."""
    digits = hashlib.sha256(word.strip().lower().encode()).digest()
    return "".join("bdfgklmnprstvz"[digits[i] % 14] + "aeiouäüö"[digits[i + 1] % 8] for i in (0, 2, 4)).capitalize()


def in_no_language(body):
    body = re.sub(r"(?m)^([> ]*\*?)([^\W\d_][^\n:@]{0,20}?)( ?:)", lambda m: m[1] + nonsense(m[2]) + m[3], body)
    return re.sub(r"(-{3,}) ([^-\n]+?) (-{3,})", lambda m: f"{m[1]} {nonsense(m[2])} {m[3]}", body)


def subject_of(folder, name):
    """The subjects of one program are not in the corpus: those of answers say so in their name."""
    if not name:
        return ""
    if (folder / name).is_file():
        return read(folder / name).strip()
    return "Re: something" if "variant_4" in name else "Fwd: something"


def forwarded(corpus):
    folder = corpus.folder / "crisp-email-forward-parser"
    known, unseen, negatives = {}, {}, {}
    for number, case in enumerate(expected(corpus, folder.name)):
        if not case["body"]:
            continue
        body, subject, key = read(folder / case["body"]), subject_of(folder, case["subject"]), (case["body"], number)
        if not case["expect"].get("forwarded"):
            negatives[key] = message(body, subject), None
            continue
        known[key] = message(body, subject), case["expect"]["email.from.address"] or ""
        if re.search(r"(?m)^[> ]*\*?[^\W\d_][^\n:@]{0,20}:", body) and "@" in body:
            unseen[key] = message(in_no_language(body), "Fwd: something"), known[key][1]
    bars = [(known, Halves("forward: whose it was", ">= 92 %")), (unseen, Halves("forward: in no language", ">= 80 %"))]
    for cases, bar in bars:
        mails = parsed({key: raw for key, (raw, _) in cases.items()})
        for key, (_, wanted) in cases.items():
            forward = mails[key]["forward"]
            got = forward["from"]["email"] if forward else None
            bar.count(key[0], got == wanted, f"{got} for {wanted}")
    none = Bar("forward: answers taken for forwarded mail", "0")
    for key, mail in parsed({key: raw for key, (raw, _) in negatives.items()}).items():
        none.count(not mail["forward"], key[0])
    return [bar for _, halves in bars for bar in halves.bars()] + [none]


# --- what has failed --------------------------------------------------------------------------------
def rows_of(mail):
    return (mail.get("bounce") or {}).get("recipients", [])


def class_of(corpus, path):
    return corpus.mails.get(path, {}).get("class")


def sisimai(corpus, detected, no_failure, auto):
    hard, eight = Halves("bounce: hard or soft", ">= 93 %"), Halves("bounce: reason, of eight classes", ">= 85 %")
    for case in expected(corpus, "sisimai"):
        path = corpus.folder / "sisimai" / case["file"]
        mail, wanted = corpus.mails.get(path, {}), case["expected"]
        classes = {CLASS_OF[row["reason"]] for row in wanted}
        if classes & {"complaint", "auto", "delivered"}:
            no_failure.count(mail.get("class") != "bounce", case["file"])
            if "auto" in classes:
                auto.count(mail.get("class") == "auto" and mail.get("auto_reason"), case["file"])
            continue
        rows = rows_of(mail)
        is_late = mail.get("class") == "delivery-report" and any(row["action"] == "delayed" for row in rows)
        detected.count(case["file"], is_late or mail.get("class") == "bounce", mail.get("class"))
        for number, row in enumerate(wanted):
            got = rows[number] if number < len(rows) else {"kind": None, "reason": None}
            hard.count(case["file"], (got["kind"] == "hard") == row["hard"], f"{got['reason']} for {row['reason']}")
            eight.count(case["file"], CLASS_OF.get(got["reason"]) == CLASS_OF[row["reason"]],
                        f"{got['reason']} for {row['reason']}")
    return [*hard.bars(), *eight.bars()]


def named(corpus, detected, no_failure):
    recipients = Halves("bounce: the failed recipients", ">= 95 %")
    for case in expected(corpus, "flufl.bounce"):
        path = corpus.folder / "flufl.bounce" / case["file"]
        wanted = {address.lower() for address in case["permanent"] + case["temporary"]}
        if case["permanent"]:
            detected.count(case["file"], class_of(corpus, path) == "bounce", class_of(corpus, path))
        if wanted:
            got = {row["address"].lower() for row in rows_of(corpus.mails.get(path, {}))}
            recipients.count(case["file"], got == wanted, f"{got} for {wanted}")
    for case in expected(corpus, "perl-bounceparser"):
        path = corpus.folder / "perl-bounceparser" / case["file"]
        if not case["is_bounce"]:
            no_failure.count(class_of(corpus, path) != "bounce", case["file"])
            continue
        detected.count(case["file"], class_of(corpus, path) == "bounce", class_of(corpus, path))
        if case.get("addresses"):
            got = {row["address"].lower() for row in rows_of(corpus.mails.get(path, {}))}
            wanted = {address.lower() for address in case["addresses"]}
            recipients.count(case["file"], got == wanted, f"{got} for {wanted}")
    return recipients.bars()


def statuses(corpus):
    """Of every mail with a delivery status, its recipients by Python's reading."""
    bar = Bar("bounce: recipients of delivery statuses", ">= 95 %")
    for path in corpus.files("sisimai", "flufl.bounce", "perl-bounceparser", "php-bounce-handler",
                             endings={".eml", ".msg", ".txt"}):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
        wanted = set()
        for part in mail.walk():
            if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
                continue
            for group in part.get_payload():
                field = str(group.get("Original-Recipient") or group.get("Final-Recipient") or "")
                wanted.update(re.findall(r"[\w.+=-]+@[\w.-]+\w", field.lower()))
        if wanted:
            got = {row["address"].lower() for row in rows_of(corpus.mails.get(path, {}))}
            bar.count(wanted <= got, f"{path} {got} for {wanted}")
    return bar


def failed(corpus):
    detected, precise = Halves("bounce: found", ">= 99 %"), Bar("bounce: what is called one is one", ">= 99 %")
    no_failure = Bar("bounce: arrived, late, complaint or absence as failure", "0")
    auto = Bar("auto: answers of programs are known", ">= 100 %")
    bars = sisimai(corpus, detected, no_failure, auto) + named(corpus, detected, no_failure)
    for _ in range(detected.all.good):
        precise.count(True)
    for path in corpus.files(*ORDINARY):
        if class_of(corpus, path) == "bounce":
            precise.count(False, path)
    return [*detected.bars(), precise, *bars, statuses(corpus), no_failure, auto]


def rows(corpus):
    for part in (folded, forwarded, failed):
        yield from part(corpus)
