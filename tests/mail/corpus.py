"""The corpus, as Guichet reads it; what a bar is."""
import functools
import hashlib
import json
import os
import pathlib
import subprocess

BUILD = pathlib.Path(os.environ.get("TEST_BUILD", "build"))
MESSAGES = {".eml", ".box", ".msg", ".mail", ".email", ".mbox"}


class Bar:
    """wanted: ">= 98 %" or "0"; of a share, good and all are counted; of a number, all those that are bad."""

    def __init__(self, name, wanted):
        self.name, self.wanted = name, wanted
        self.good = self.all = 0
        self.misses = []

    def count(self, is_good, miss=""):
        self.all += 1
        self.good += bool(is_good)
        if not is_good:
            self.misses.append(miss)

    def share(self):
        return 100 * self.good / self.all if self.all else 0

    def measured(self):
        if self.wanted == "0":
            return f"{self.all - self.good} of {self.all}"
        return f"{self.share():.1f} % ({self.good} of {self.all})"

    def is_reached(self):
        if self.wanted == "0":
            return self.good == self.all
        return self.all > 0 and self.share() >= float(self.wanted.split()[1])


class Corpus:
    def __init__(self, folder):
        self.folder = folder

    @staticmethod
    def print_all(*places):
        """What guichetctl mail parse prints of files and folders."""
        return subprocess.run([BUILD / "bin/guichetctl", "mail", "parse", *places], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=False).stdout

    @classmethod
    def parsed(cls, *places):
        return {pathlib.Path(mail["file"]): mail for mail in map(json.loads, cls.print_all(*places).splitlines())}

    @functools.cached_property
    def printed(self):
        """Of everything in the corpus, also of what is no message."""
        return self.print_all(self.folder)

    @functools.cached_property
    def mails(self):
        return {pathlib.Path(mail["file"]): mail for mail in map(json.loads, self.printed.splitlines())}

    def files(self, *folders, endings=MESSAGES):
        for folder in folders:
            for path in sorted((self.folder / folder).rglob("*")):
                if path.suffix in endings and path.is_file():
                    yield path

    def messages(self):
        """Distinct messages, by their bytes with LF."""
        seen = set()
        for path in self.files("."):
            digest = hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).digest()
            if digest not in seen:
                seen.add(digest)
                yield path

    def leaves(self, paths):
        """The parts of each that hold no others (tests/mail/leaves.c)."""
        paths = list(paths)
        found = {path: [] for path in paths}
        for some in range(0, len(paths), 200):
            printed = subprocess.run([BUILD / "tests/mail/leaves", *paths[some:some + 200]], stdout=subprocess.PIPE,
                                     check=True).stdout
            for line in printed.splitlines():
                leaf = json.loads(line)
                found[pathlib.Path(leaf["file"])].append(leaf)
        return found
