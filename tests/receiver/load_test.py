#!/usr/bin/env python3
"""The receiver under load and killed: every batch that was answered 200 is stored, exactly once after duplicates are
removed by id, and hostile clients neither fill its memory nor shut others out.

    tests/receiver/load_test.py BINARY [--seconds 5] [--kills 2] [--connections 64] [--seed N] [--quiet-clients]

A batch that is not answered 200 is posted again until it is, as providers do. Prints requests a second, latencies and
the peak memory. --quiet-clients: no hostile clients, for measuring.
"""

import argparse
import asyncio
import collections
import json
import os
import random
import sys
import tempfile
import time

from receiving import Receiver, event

EVENTS = 5                    # in a batch
MOST_MEMORY = 160 << 10  # KiB; a tenth of what the hostile clients try to fill
LIMITS = "{body: 1MiB, all_bodies: 16MiB, connections: 128, request_time: 2s}"


class Load:
    def __init__(self, receiver, arguments):
        self.receiver, self.arguments = receiver, arguments
        self.acknowledged, self.times, self.codes = set(), [], collections.Counter()
        self.ends = time.monotonic() + arguments.seconds
        self.random = random.Random(arguments.seed)

    def over(self):
        return time.monotonic() >= self.ends

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.receiver.port)

    async def post(self, connection, body):
        reader, writer = connection
        writer.write(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n" % len(body) + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        return int(head.split(b" ", 2)[1])

    async def provider(self, number):
        """Posts batch after batch, each until it is answered 200."""
        connection, count = None, 0
        while not self.over():
            ids = [f"{number}-{count}-{index}" for index in range(EVENTS)]
            body = json.dumps([event(each, f"lead{number}@example.com") for each in ids]).encode()
            while not self.over():
                began = time.monotonic()
                try:
                    connection = connection or await self.connect()
                    code = await asyncio.wait_for(self.post(connection, body), 20)
                except (OSError, EOFError, IndexError):
                    code, connection = 0, None
                    await asyncio.sleep(0.02)
                self.codes[code] += 1
                if code == 200:
                    self.times.append(time.monotonic() - began)
                    self.acknowledged.update(ids)
                    break
            count += 1
        if connection:
            connection[1].close()

    async def hostile(self, number):
        """Each repeats one kind of attack."""
        kinds = [self.silent, self.slow_head, self.slow_body, self.endless_chunks, self.short_body, self.header_flood]
        while not self.over():
            try:
                reader, writer = await self.connect()
                await asyncio.wait_for(kinds[number % len(kinds)](reader, writer), max(0.1, self.ends - time.monotonic()))
                writer.close()
            except (OSError, EOFError, asyncio.TimeoutError):
                await asyncio.sleep(0.05)

    @staticmethod
    async def silent(reader, _):
        await reader.read()

    @staticmethod
    async def slow_head(_, writer):
        for byte in b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\n" + b"X: y\r\n" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.05)

    @staticmethod
    async def slow_body(_, writer):
        writer.write(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 999_000)
        for _ in range(900):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    @staticmethod
    async def endless_chunks(_, writer):
        writer.write(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.01)

    @staticmethod
    async def short_body(reader, writer):
        writer.write(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n[")
        writer.write_eof()
        await reader.read()

    @staticmethod
    async def header_flood(reader, writer):
        writer.write(b"POST /acme/sendgrid HTTP/1.1\r\nHost: h\r\n" + b"X-Header: some value\r\n" * 10_000)
        await writer.drain()
        await reader.read()

    async def killer(self):
        pause = self.arguments.seconds / (self.arguments.kills + 1)
        for _ in range(self.arguments.kills):
            await asyncio.sleep(pause * self.random.uniform(0.6, 1.2))
            if self.over():
                return
            self.receiver.kill()
            # Nobody is served while it is down; a start is quick.
            await asyncio.get_running_loop().run_in_executor(None, self.receiver.start)

    async def run(self):
        hostile = 0 if self.arguments.quiet_clients else 24
        await asyncio.gather(*[self.provider(number) for number in range(self.arguments.connections)],
                             *[self.hostile(number) for number in range(hostile)], self.killer())


def check(receiver, load):
    found = collections.defaultdict(set)
    lines = receiver.lines()
    for line in lines:
        found[line["event"]["eventId"]].add(json.dumps(line, sort_keys=True))
    lost = load.acknowledged - set(found)
    assert not lost, f"{len(lost)} events were acknowledged and are not there, such as {sorted(lost)[:5]}"
    differing = [each for each, versions in found.items() if len(versions) > 1]
    assert not differing, f"the same event with other content: {differing[:5]}"
    left = list(receiver.inbox.glob("*.open"))
    assert not left, f"left behind: {left}"
    return len(lines) - len(found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=os.path.abspath)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--kills", type=int, default=2)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quiet-clients", action="store_true")
    parser.add_argument("--instrumented", action="store_true", help="memory is not as it would be")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        receiver = Receiver(arguments.binary, folder, LIMITS)
        receiver.start()
        load = Load(receiver, arguments)
        try:
            asyncio.run(load.run())
            code, seconds = receiver.stop()
        finally:
            receiver.process.kill()
        assert code == 0, f"ended with {code}:\n{receiver.log()[-3000:]}"
        assert seconds < 10, f"took {seconds:.1f} s to stop"
        duplicates = check(receiver, load)
        log_lines = receiver.log().count("\n")
    assert load.times, "nothing was served"
    times = sorted(load.times)
    print(f"{len(times)} posts of {EVENTS} events answered 200 in {arguments.seconds:g} s, "
          f"{len(times) / arguments.seconds:.0f}/s; p50 {times[len(times) // 2] * 1000:.1f} ms, "
          f"p99 {times[len(times) * 99 // 100] * 1000:.1f} ms, longest {times[-1] * 1000:.0f} ms; "
          f"{arguments.kills} kills, {duplicates} duplicates, answers {dict(load.codes)}, "
          f"memory {receiver.highest_memory >> 10} MiB, {log_lines} log lines")
    assert arguments.instrumented or receiver.highest_memory < MOST_MEMORY, f"{receiver.highest_memory} KiB of memory"
    assert log_lines < 300, f"{log_lines} lines of log"


if __name__ == "__main__":
    sys.exit(main())
