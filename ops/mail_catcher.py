#!/usr/bin/python3
"""mail_catcher - an SMTP server that keeps every mail and delivers none.

    mail_catcher.py --listen 127.0.0.1:8086 --maildir DIR

Mail is written to a Maildir (tmp, fsync, rename to new), under two headers of
ours: X-Envelope-From and X-Envelope-To. 250 is only said after the rename has
reached the disk. SMTPUTF8 and 8BITMIME are offered (RFC 6531, RFC 6152).

Two recipients misbehave, for tests of the mail worker; a tag may follow
(defer451-x@example.org), MAIL_CATCHER_FAULTS=off makes them ordinary:

    fail550@...   is refused for good: 550 5.1.1
    defer451@...  is refused twice with 451 4.2.0, then accepted
"""

import argparse
import asyncio
import collections
import itertools
import os
import re
import signal
import time

from aiosmtpd.smtp import SMTP

SIZE_LIMIT = 32 * 1024 * 1024
DEFERRALS = 2


class Maildir:
    """A Maildir that is written so that what is in new/ is whole."""

    def __init__(self, path):
        self.path = path
        self.serial = itertools.count(1)
        for folder in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(path, folder), mode=0o700, exist_ok=True)

    def store(self, content):
        name = f"{time.time_ns()}.{os.getpid()}_{next(self.serial)}.localhost"
        part = os.path.join(self.path, "tmp", name)
        with open(part, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.rename(part, os.path.join(self.path, "new", name))
        folder = os.open(os.path.join(self.path, "new"), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Faults:
    """The recipients that are refused, by their local part."""

    def __init__(self, active):
        self.active = active
        self.seen = collections.Counter()

    def reply(self, address):
        fault = re.match(r"(fail550|defer451)(?:[-+.].*)?@", address) if self.active else None
        if not fault:
            return None
        if fault[1] == "fail550":
            return "550 5.1.1 No such mailbox"
        self.seen[address] += 1
        return "451 4.2.0 Mailbox busy, try again later" if self.seen[address] <= DEFERRALS else None


class Handler:
    """What aiosmtpd calls for each RCPT and each DATA."""

    def __init__(self, maildir, faults):
        self.maildir = maildir
        self.faults = faults

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        refusal = self.faults.reply(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        top = f"X-Envelope-From: <{envelope.mail_from or ''}>\r\n"
        top += f"X-Envelope-To: {', '.join(f'<{to}>' for to in envelope.rcpt_tos)}\r\n"
        await asyncio.to_thread(self.maildir.store, top.encode("utf-8", "surrogateescape") + envelope.content)
        return "250 2.0.0 Caught"


async def serve(host, port, handler):
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    # The host name is given, because to look it up can take long or fail.
    def session():
        return SMTP(handler, hostname="localhost", ident="Guichet mail catcher",
                    data_size_limit=SIZE_LIMIT, enable_SMTPUTF8=True, loop=loop)

    server = await loop.create_server(session, host, port, backlog=256)
    await stop.wait()
    server.close()


def main():
    parser = argparse.ArgumentParser(description="Catch mail in a Maildir.")
    parser.add_argument("--listen", default="127.0.0.1:8086", metavar="HOST:PORT")
    parser.add_argument("--maildir", required=True, metavar="DIR")
    arguments = parser.parse_args()
    host, _, port = arguments.listen.rpartition(":")
    faults = Faults(os.environ.get("MAIL_CATCHER_FAULTS", "on") != "off")
    asyncio.run(serve(host.strip("[]"), int(port), Handler(Maildir(arguments.maildir), faults)))


if __name__ == "__main__":
    main()
