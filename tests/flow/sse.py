"""sse.py - server-sent events, as a browser reads them."""
import http.client
import json
import time

from desk import desk


class Stream:
    """Server-sent events, as a browser reads them."""

    def __init__(self, path, token=None, last=None, url=None, timeout=20):
        self.connection = http.client.HTTPConnection((url or desk.env["GUICHET_URL"]).removeprefix("http://"), timeout=timeout)
        headers = {"Authorization": "Bearer " + token} if token else {}
        headers |= {"Last-Event-ID": last} if last else {}
        self.connection.request("GET", "/api/v1" + path, headers=headers)
        self.answer, self.last = self.connection.getresponse(), last
        self.status = self.answer.status

    def events(self, until):
        """Those that come until one fits, or the stream ends; a quiet stream has its comments, so that no timeout ends the wait."""
        found, event, begun = [], {}, time.monotonic()
        while line := self.answer.readline().decode():
            assert time.monotonic() - begun < 60, f"only {[kind for kind, _, _ in found]}"
            name, _, value = line.rstrip("\n").partition(": ")
            if name == "id":
                self.last = value
            if line != "\n":
                event[name] = value
                continue
            if "data" in event:
                found.append((event.get("event"), json.loads(event["data"]), self.last))
                if until(*found[-1][:2]):
                    return found
            event = {}
        return found

    def close(self):
        self.connection.close()
