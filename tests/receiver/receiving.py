"""A receiver that tests start, kill and query."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tools"))
from broker.cluster import free_port  # noqa: E402


def event(event_id, address="ada@example.com", name="open"):
    return {"event": name, "email": address, "timestamp": 1772323200, "sg_event_id": event_id}


class Receiver:
    """The program with settings in a folder of its own."""

    def __init__(self, binary, folder, limits="{}", sources=None, more="", to="{folder: inbox, segment: 1MiB}"):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.port, self.operators_port = free_port(), free_port()
        self.inbox = self.folder / "inbox"
        self.highest_memory = 0
        self.process = None
        sources = sources or "  - {provider: sendgrid, tenant: acme, signature: none}\n"
        (self.folder / "receive.yaml").write_text(
            f"listen: {{port: {self.port}}}\nto: {to}\nlimits: {limits}\n"
            f"http: {{port: {self.operators_port}}}\n{more}sources:\n{sources}", encoding="utf-8")

    def start(self, **environment):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.binary, "receive", "--config", "receive.yaml"], cwd=self.folder,
                                            stderr=log, env={**os.environ, **environment})
        deadline = time.monotonic() + 100
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError("it does not start:\n" + self.log()) from None
                time.sleep(0.02)

    def note_memory(self):
        """Updates the peak memory of all processes so far, in KiB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        self.highest_memory = max(self.highest_memory, int(status.split("VmHWM:")[1].split()[0]))

    def kill(self):
        self.note_memory()
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it as systemd does; returns its exit code and the time that took."""
        self.note_memory()
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=100)
        return code, time.monotonic() - began

    def log(self):
        return (self.folder / "log").read_text(encoding="utf-8")

    def post(self, body, path="/acme/sendgrid", headers=None):
        """(code, text)"""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=data, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def page(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operators_port}{path}", timeout=100) as answer:
            return answer.read().decode()

    def lines(self):
        """The records of all segments; none may be torn. A segment is empty if a kill came before its first record."""
        found = []
        for segment in sorted(self.inbox.glob("*.jsonl")):
            text = segment.read_text(encoding="utf-8")
            assert not text or text.endswith("\n"), segment
            found += [json.loads(line) for line in text.splitlines()]
        return found

    def kept(self):
        """The records in quarantine, which are kept for people."""
        return [json.loads(line) for line in (self.inbox / "aside/kept.jsonl").read_text(encoding="utf-8").splitlines()]
