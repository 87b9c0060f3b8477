"""crowd.py - good clients, who are measured while others behave badly, and what the ingress holds meanwhile."""
import multiprocessing
import selectors
import socket
import threading
import time

from edge import Wire, head

THREADS, RATE = 8, 200  # requests a second, all threads together


class Good:
    """Eight keep-alive clients in a process of their own, from when it is entered until it is left."""

    def __init__(self, port, ticket, token):
        self.asks = [head(), head(path=f"/api/v1/tickets/{ticket}", headers=[f"Authorization: Bearer {token}"])]
        self.port = port
        self.failed, self.times = [], []

    def __enter__(self):
        fork = multiprocessing.get_context("fork")
        self.ours, theirs = fork.Pipe()
        self.process = fork.Process(target=self.work, args=(theirs,), daemon=True)
        self.process.start()
        return self

    def __exit__(self, *_):
        self.ours.send("stop")
        self.times, self.failed = self.ours.recv()
        self.process.join()

    def work(self, pipe):
        stop, times, failed = threading.Event(), [], []
        threads = [threading.Thread(target=self.ask, args=(i, stop, times, failed)) for i in range(THREADS)]
        for thread in threads:
            thread.start()
        pipe.recv()
        stop.set()
        for thread in threads:
            thread.join()
        pipe.send((sorted(times), failed))

    def ask(self, number, stop, times, failed):
        wire, turn, pause = None, 0, THREADS / RATE
        due = time.monotonic() + number * pause / THREADS
        while not stop.is_set():
            time.sleep(max(0, due - time.monotonic()))  # the rate, not a wait for anything
            due, turn = max(due + pause, time.monotonic() - pause), turn + 1
            begun = time.monotonic()
            try:
                wire = wire or Wire(self.port)
                wire.send(self.asks[turn % len(self.asks)])
                reply = wire.reply(10)
                if reply is None or reply.status != 200:
                    failed.append(repr(reply))
            except OSError as error:
                reply = None
                failed.append(repr(error))
            if reply is None and wire:
                wire.sock.close()
                wire = None
            times.append(time.monotonic() - begun)

    def percentile_ms(self, part):
        return 1000 * self.times[min(len(self.times) - 1, int(part * len(self.times)))]


class Watch:
    """The most memory and descriptors the ingress had while this was entered."""

    def __init__(self, here):
        self.here, self.stop = here, threading.Event()
        self.before_mb = self.rss_mb = here.rss_mb()
        self.fds = 0

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def look(self):
        while not self.stop.wait(0.1):
            self.rss_mb = max(self.rss_mb, self.here.rss_mb())
            self.fds = max(self.fds, self.here.fds())

    def growth_mb(self):
        return self.rss_mb - self.before_mb


class Crowd:
    """Bad clients, all in one thread; nobody reads but to see the end."""

    def __init__(self, port, count, first=b"", rcvbuf=None):
        self.waiting = selectors.DefaultSelector()
        self.socks, self.heard = [], {}
        for i in range(count):
            sock = socket.socket()
            if rcvbuf:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
            sock.connect(("127.0.0.1", port))
            sock.setblocking(False)
            self.socks.append(sock)
            self.heard[sock] = b""
            self.say(sock, first)
            self.waiting.register(sock, selectors.EVENT_READ)

    def say(self, sock, data):
        """As much as the other side takes without waiting for it."""
        try:
            while data:
                data = data[sock.send(data):]
        except BlockingIOError:
            pass
        except OSError:
            self.gone(sock)

    def gone(self, sock):
        if sock in self.socks:
            self.socks.remove(sock)
            self.waiting.unregister(sock)
            sock.close()

    def listen(self, seconds):
        """Hears who says what, or ends, for so long."""
        end = time.monotonic() + seconds
        while self.socks and time.monotonic() < end:
            for key, _ in self.waiting.select(max(0, end - time.monotonic())):
                try:
                    data = key.fileobj.recv(65536)
                except OSError:
                    data = b""
                self.heard[key.fileobj] += data
                if not data:
                    self.gone(key.fileobj)

    def drip(self, piece, every_s, seconds):
        """A piece from everybody, again and again, until all have been sent away or the time is over."""
        end = time.monotonic() + seconds
        while self.socks and time.monotonic() < end:
            for sock in list(self.socks):
                self.say(sock, piece)
            self.listen(every_s)

    def statuses(self):
        """How many were told what: {408: 200}; 0 counts those who were told nothing."""
        counted = {}
        for text in self.heard.values():
            status = int(text[9:12]) if text.startswith(b"HTTP/1.1 ") else 0
            counted[status] = counted.get(status, 0) + 1
        return counted

    def leave(self):
        for sock in list(self.socks):
            self.gone(sock)
