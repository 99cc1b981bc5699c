#!/usr/bin/env python3
"""Slow posts, or posts that keep the receiver busy, do not delay the operators' pages of the same process.

    tests/receiver/slow_posts_test.py BINARY
"""

import os
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
import unittest

from receiving import Receiver

BINARY = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "build/release/leadpulse"


def drip_bodies(receiver, over):
    """Keeps 32 connections open that send a byte of their body from time to time, and reopens those that are closed."""
    clients = {}
    while not over.is_set():
        for number in range(32):
            try:
                if number not in clients:
                    clients[number] = socket.create_connection(("127.0.0.1", receiver.port), timeout=5)
                    clients[number].sendall(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
                                            b"x" * 200_000)
                clients[number].sendall(b"x")
            except OSError:
                if number in clients:
                    clients.pop(number).close()
        over.wait(0.05)
    for client in clients.values():
        client.close()


def post_large_bodies(receiver, over):
    """Posts bodies of 8 MB, which are converted on the reading thread."""
    body = b"[" + b",".join([b'{"event":"deferred","email":"ada@example.com"}'] * 180_000) + b"]"
    receiver.large_posts = 0
    while not over.is_set():
        try:
            receiver.large_posts += receiver.post(body)[0] == 200
        except OSError:
            over.wait(0.05)


def seconds_of(port, method, path):
    """Seconds until the answer, or until the receiver closes the connection for newer ones."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=100) as client:
        client.sendall(f"{method} {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        try:
            answer = client.recv(12)
        except ConnectionResetError:
            answer = b""
    if path == "/readyz" and answer != b"HTTP/1.1 200":
        raise AssertionError(answer)
    return time.monotonic() - began


class SlowPostsTest(unittest.TestCase):
    def test_slow_posts_do_not_delay_readiness(self):
        """Opens more connections than the limit, with slow bodies, and keeps the only thread busy with posts."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        receiver = Receiver(BINARY, folder.name, limits="{connections: 16, threads: 1, all_bodies: 64MiB}")
        self.addCleanup(lambda: receiver.process and (receiver.process.kill(), receiver.process.wait()))
        receiver.start()
        over = threading.Event()
        drip, busy = (threading.Thread(target=slow, args=(receiver, over)) for slow in (drip_bodies, post_large_bodies))
        drip.start()
        busy.start()
        try:
            time.sleep(1)
            for _ in range(5):  # other programs may delay either for a moment
                ready, head = [], []
                for _ in range(20):
                    ready.append(seconds_of(receiver.operators_port, "GET", "/readyz"))
                    head.append(seconds_of(receiver.port, "HEAD", "/acme/sendgrid"))
                    time.sleep(0.03)
                if statistics.mean(ready) < statistics.mean(head) / 2:
                    break
            metrics = receiver.page("/metrics")
        finally:
            over.set()
            drip.join()
            busy.join()
        # Some of the 16 have just been closed for newer ones.
        self.assertGreaterEqual(int(re.search(r"(?m)^leadpulse_receiver_connections (\d+)", metrics)[1]), 12)
        self.assertGreater(int(re.search(r"(?m)^leadpulse_receiver_incoming_bytes (\d+)", metrics)[1]), 1_000_000)
        self.assertGreater(receiver.large_posts, 1)
        self.assertLess(statistics.mean(ready), statistics.mean(head) / 2, "the receiver itself must be busy")


if __name__ == "__main__":
    unittest.main()
