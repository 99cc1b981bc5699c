#!/usr/bin/env python3
"""Upserts of one contact each, on many connections at once: how many a second, and what each costs the processors.

    tests/bench/upserts_bench.py BINARY [UPSERTS]

A front and a run of their own, the inbox a folder; half of the upserts make a contact, and half change one.
"""

import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOKENS, THREADS = 12, 48
UPSERTS, FEW_UPSERTS = 9_600, 960  # below what the tokens may send at once
READY_SECONDS = 60
SERVING = re.compile(r"serving on http://127\.0\.0\.1:(\d+)")


def measure(binary, work, upserts=UPSERTS):
    """The figures of `upserts` upserts; `work`: an empty folder."""
    for name in ("in.jsonl", "run.log", "front.log"):
        (work / name).touch()
    front = work / "front"
    output_of(binary, "serve", "init", "--data", front, "--tenant", "acme", "--admin", "kim")
    tokens = [re.search(r"^lp_\S+$", output_of(binary, "serve", "token", "create", "--data", front, "--tenant", "acme", "--role",
                                               "manager", "--label", f"bench {number}"), re.M)[0] for number in range(TOKENS)]
    with contextlib.ExitStack() as running:
        run = begin(running, [binary, "run", "--follow", "--state", work / "state", "--output", work / "out", "--partitions", "2",
                              "--workers", "2", "--quiet", "--input", work / "in.jsonl", "--input", front / "inbox"], work / "run.log")
        wait_for(lambda: (work / "state/queries.sock").exists(), "the run answers no queries; see run.log")
        serve = begin(running, [binary, "serve", "--data", front, "--state", work / "state", "--port", "0"], work / "front.log")
        wait_for(lambda: SERVING.search((work / "front.log").read_text("utf-8")), "the front does not listen; see front.log")
        port = int(SERVING.search((work / "front.log").read_text("utf-8"))[1])
        wait_for(lambda: Sender(port, tokens[0]).upsert("first", "0") in (200, 201), "the front takes no write; see front.log")
        before = [seconds_of(each) for each in (serve, run)]
        begun = time.monotonic()
        send_all(port, tokens, upserts)
        took = time.monotonic() - begun
        of_front, of_run = (1e3 * (seconds_of(each) - at) / upserts for each, at in zip((serve, run), before))
    return {"upserts_per_second": upserts / took, "upsert_cpu_ms": of_front + of_run, "upsert_front_cpu_ms": of_front,
            "upsert_run_cpu_ms": of_run}


class Sender:
    """One connection that stays open."""

    def __init__(self, port, token):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=READY_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = ("POST /api/v1/contacts?upsert=true HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                     f"Authorization: Bearer {token}\r\nContent-Length: ")
        self.received = b""

    def upsert(self, name, city):
        """The status of an upsert, once all of its answer is there."""
        body = (f'{{"email": "{name}@example.com", "first_name": "Ada", "last_name": "Lovelace", "company": "Company {name}", '
                f'"city": "{city}"}}')
        self.socket.sendall(f"{self.head}{len(body)}\r\n\r\n{body}".encode())
        while b"\r\n\r\n" not in self.received:
            self._receive()
        head, _, rest = self.received.partition(b"\r\n\r\n")
        length = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])
        while len(rest) < length:
            self._receive()
            _, _, rest = self.received.partition(b"\r\n\r\n")
        self.received = rest[length:]
        return int(head[9:12])

    def _receive(self):
        some = self.socket.recv(1 << 16)
        if not some:
            raise OSError("the front has closed a connection")
        self.received += some


def send_all(port, tokens, upserts):
    """Each thread makes contacts of its own, then changes each of them."""
    failures = []

    def send(thread):
        try:
            sender, contacts = Sender(port, tokens[thread % TOKENS]), upserts // THREADS // 2
            for city, expected in (("Bern", 201), ("Chur", 200)):
                for number in range(contacts):
                    status = sender.upsert(f"p{thread}-{number}", city)
                    if status != expected:
                        raise OSError(f"an upsert was answered {status}, not {expected}")
        except OSError as error:
            failures.append(error)
    threads = [threading.Thread(target=send, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def seconds_of(process):
    """The processor time that the process has used."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def output_of(binary, *words):
    return subprocess.run([str(word) for word in (binary, *words)], check=True, stdout=subprocess.PIPE, text=True).stdout


def begin(running, command, log):
    """A process that ends with `running`."""
    with open(log, "wb") as out:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=out)
    running.callback(process.wait)
    running.callback(process.kill)
    return process


def wait_for(is_there, otherwise):
    deadline = time.monotonic() + READY_SECONDS
    while not is_there():
        if time.monotonic() > deadline:
            raise OSError(otherwise)
        time.sleep(0.05)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        found = measure(sys.argv[1], pathlib.Path(folder), *(int(word) for word in sys.argv[2:]))
    print("\n".join(f"{name} {value:.3f}" for name, value in found.items()))
