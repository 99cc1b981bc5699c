"""A client of `GET /api/v1/stream`, as a browser's EventSource reads it."""

import json
import socket
import threading
import time

from page_client import TIMEOUT


class Event:
    def __init__(self, ident, kind, data):
        self.id, self.kind, self.data = ident, kind, json.loads(data)
        self.received = time.time()

    def __repr__(self):
        return f"{self.kind} {self.data.get('lead_id', '')}"


class Stream:
    """An open stream. Its thread reads events until the stream ends."""

    def __init__(self, port, token, last_id=None, receive_bytes=None, reads=True, cookie=None, touched=False):
        self.events, self.text, self.last_id = [], "", last_id
        self.ended = threading.Event()
        self.comments = 0
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect(("127.0.0.1", port))
        known = f"Last-Event-ID: {last_id}\r\n" if last_id is not None else ""
        who = f"Cookie: {cookie}" if cookie else f"Authorization: Bearer {token}"
        self.socket.sendall((f"GET /api/v1/stream{'' if touched else '?touched=false'} HTTP/1.1\r\nHost: h\r\n{who}\r\n{known}\r\n")
                            .encode("latin-1"))
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = {}
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            self.headers[name.lower()] = value
        self.thread = threading.Thread(target=self.read, daemon=True)
        if self.status == 200 and reads:
            self.thread.start()

    def read(self):
        """Reads chunks (RFC 9112 §7.1), splits them into lines, and lines into events."""
        text = ""
        try:
            while (line := self.file.readline()) and (size := int(line, 16)):
                text += self.file.read(size).decode()
                self.file.readline()
                *blocks, text = text.split("\n\n")
                for block in blocks:
                    self.take(block)
        except (OSError, ValueError):
            pass
        self.ended.set()

    def take(self, block):
        fields = {}
        for line in block.split("\n"):
            name, _, value = line.partition(":")
            self.comments += name == ""
            fields[name] = value.removeprefix(" ")
        if "id" in fields:
            self.last_id = fields["id"]
        if "data" in fields:
            self.events.append(Event(self.last_id, fields["event"], fields["data"]))

    def body(self):
        """The JSON body of an answer that is not a stream."""
        return json.loads(self.file.read(int(self.headers["content-length"])))

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        if self.thread.is_alive():
            self.thread.join()
        self.file.close()
        self.socket.close()

    def has(self, holds, timeout):
        """Whether `holds` becomes true for the events within the seconds."""
        give_up = time.monotonic() + timeout
        while not (found := holds(self.events)) and time.monotonic() < give_up:
            time.sleep(0.005)
        return bool(found)

    def wait(self, holds, timeout=TIMEOUT):
        """Waits until `holds` is true for the events; returns them."""
        if not self.has(holds, timeout):
            raise AssertionError(f"waited too long; there are {self.events[-50:]}")
        return list(self.events)

    def leads(self):
        return {event.data.get("lead_id") for event in self.events}
