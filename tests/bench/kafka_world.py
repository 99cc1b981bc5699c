"""The environment of the Kafka benchmark: one broker, kafka_load, and processes whose time and memory are measured. All
of them end with the World, however it ends."""

import contextlib
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from broker.cluster import Cluster, free_port  # noqa: E402
from broker.topics import TOPICS  # noqa: E402

STOP_SECONDS = 30


class Failure(Exception):
    """Something did not work, so there is no figure. The message is for people."""


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def cpu_seconds_of(process):
    """Processor seconds of all threads of a process so far."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Process:
    """A program that is started and possibly measured. Its output goes to a log."""

    def __init__(self, command, log):
        self.log = pathlib.Path(log)
        self.was_ended = False  # by us
        with open(self.log, "ab") as out:
            self.started = time.monotonic()
            self.child = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=out,
                                          stderr=subprocess.STDOUT)

    def must_run(self):
        if self.child.poll() is not None:
            raise Failure(f"{self.child.args[0]} ended with {self.child.returncode}: {self.last_words()}")

    def last_words(self):
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return " / ".join(lines[-3:]) + f" (all of it: {self.log})"

    def cpu_seconds(self):
        """Processor seconds of all its threads so far."""
        self.must_run()
        return cpu_seconds_of(self.child.pid)

    def peak_mib(self):
        self.must_run()
        for line in pathlib.Path(f"/proc/{self.child.pid}/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise Failure("the kernel does not report the peak memory")

    def stop(self):
        """Stops it as an operator does."""
        self.must_run()
        self.was_ended = True
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure(f"{self.child.args[0]} did not end within {STOP_SECONDS} s: {self.last_words()}") from None

    def kill(self):
        self.was_ended = True
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()


class World:
    """A fresh broker without topics. A context manager: at the end the broker and all processes are stopped."""

    def __init__(self, build, folder, partitions, keep):
        self.build, self.folder = pathlib.Path(build).resolve(), pathlib.Path(folder).resolve()
        self.partitions, self.keep = partitions, keep
        self.children = []

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "kafka").mkdir(parents=True)
        self.cluster = Cluster(self.folder / "kafka")
        try:
            self.cluster.make(1, free_port())
            self.cluster.start()
        except BaseException:  # also when somebody stops it
            self.cluster.stop()
            raise
        self.servers = self.cluster.bootstrap_servers()
        return self

    def __exit__(self, kind, *_):
        for child in self.children:
            child.kill()
        self.cluster.stop()
        if kind is None and not self.keep:
            shutil.rmtree(self.folder)

    def broker_cpu_seconds(self):
        """Processor seconds of all threads of the broker so far."""
        return sum(cpu_seconds_of(broker.process_id()) for broker in self.cluster.brokers)

    @contextlib.contextmanager
    def blaming(self, program):
        """If the measured program has ended, its own last words replace the error that followed from that."""
        try:
            yield
        except Failure as failure:
            if program.process is None:
                raise
            program.process.must_run()
            raise Failure(f"{failure}; {program.process.last_words()}") from None

    def start(self, command, log):
        process = Process(command, self.folder / log)
        self.children.append(process)
        return process

    # ---- kafka_load ----

    def _load_command(self, command, arguments):
        return [str(self.build / "bench/kafka_load"), command, "--servers", self.servers, *map(str, arguments)]

    def load(self, command, *arguments):
        """Runs a command and returns the last line that it printed."""
        lines = list(self.load_lines(command, *arguments))
        return lines[-1] if lines else None

    def load_lines(self, command, *arguments):
        """The lines that a command prints, as they come. The command gives up by itself when nothing happens, and is
        stopped at once when a program that it waits for has ended."""
        errors = self.folder / "load.log"
        with open(errors, "wb") as out:
            process = subprocess.Popen(self._load_command(command, arguments), stdout=subprocess.PIPE, stderr=out,
                                       bufsize=0)
        try:
            unfinished = b""
            while True:
                if not select.select([process.stdout], [], [], 0.5)[0]:
                    self._nobody_has_ended()
                    continue
                read = process.stdout.read(1 << 16)
                if not read:
                    break
                *lines, unfinished = (unfinished + read).split(b"\n")
                yield from map(json.loads, lines)
            if process.wait(STOP_SECONDS) != 0:
                said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
                raise Failure(f"kafka_load {command}: {said[-1] if said else f'ended with {process.returncode}'}")
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
            process.stdout.close()

    def _nobody_has_ended(self):
        for child in self.children:
            if not child.was_ended:
                child.must_run()

    def load_process(self, command, *arguments):
        """Starts a command in the background, unmeasured."""
        return self.start(self._load_command(command, arguments), f"load-{command}.log")

    # ---- topics ----

    def create(self, names, like=None):
        """`like`: the topic of Leadpulse whose settings they have."""
        wanted = next((topic.settings for topic in TOPICS if topic.name == like), {})
        settings = "".join(f":{name}={value}" for name, value in wanted.items())
        self.load("create", *(f"{name}:{self.partitions}{settings}" for name in names))

    def delete(self, names):
        self.load("delete", *names)
