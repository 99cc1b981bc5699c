"""What containers run, run on this machine with the program of the build: their commands and settings, with paths and ports of
the test's in place of the container's."""

import fcntl
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "tools/package"
# Checks of the forms, from PyPI.
TOOLS = ("compose-spec==0.2.1", "kubernetes-validate==1.37.0")
KUBERNETES = "1.37"  # of its schemas
PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
PORTS = re.compile(r"(?<![\d.])(8080|946[4-6])\b")


def use_tools():
    """Goes on in a Python that has TOOLS, below the build; installs them once."""
    folder = PROGRAM.parent / "deployment-tools"
    python, done = folder / "bin/python", folder / "installed"
    if sys.prefix == str(folder):
        return
    with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other test uses it at the same time
        if not done.exists() or done.read_text(encoding="utf-8") != "\n".join(TOOLS):
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *TOOLS], check=True)
            done.write_text("\n".join(TOOLS), encoding="utf-8")
    os.execv(python, [python, sys.argv[0], PROGRAM, *sys.argv[1:]])


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Containers(unittest.TestCase):
    """The folders of one container below `folder`."""

    def set_folders(self, folder, paths):
        """`paths`: those of the container, whose folders the test makes."""
        self.folder = pathlib.Path(folder)
        self.paths = paths
        self.ports = dict(zip(("8080", "9464", "9465", "9466", "broker"), map(str, free_ports(5))))
        for path in paths:
            self.at(path).mkdir(parents=True, exist_ok=True)

    def at(self, path):
        return self.folder / path.lstrip("/")

    def here(self, text):
        """The text with this machine's paths and ports. No broker listens."""
        for path in self.paths:
            text = re.sub(rf"(?<![\w./]){path}(?![\w-])", str(self.at(path)), text)
        text = re.sub(r"\bkafka(?:\.kafka)?:9092", f"127.0.0.1:{self.ports['broker']}", text)
        return PORTS.sub(lambda found: self.ports[found[1]], text)

    def put(self, path, text):
        self.at(path).write_text(self.here(text), encoding="utf-8")

    def call(self, *command, environment=None):
        return subprocess.run([str(PROGRAM), *map(self.here, command)], capture_output=True, text=True, check=False, timeout=60,
                              env={**os.environ, **(environment or {})}, cwd=self.folder)

    def check_settings(self, path, environment, wrong=()):
        """The settings of a run: all that doctor finds wrong is the broker, which is not there, and what the caller expects."""
        done = self.call("doctor", "--config", path, environment=environment)
        self.assertRegex(done.stdout, r"(?m)^ok +settings", done.stdout + done.stderr)
        self.assertRegex(done.stdout, r"(?m)^ok +definitions", done.stdout)
        found = re.findall(r"(?m)^(?:error|warning) +(.*?)  ", done.stdout)
        self.assertEqual(found, [f"broker 127.0.0.1:{self.ports['broker']}", *wrong], done.stdout)

    def check_serving(self, command, environment, port):
        """The command starts, and answers /healthz on the port until it is stopped."""
        log = self.folder / "log"
        with open(log, "w", encoding="utf-8") as out:
            process = subprocess.Popen([str(PROGRAM), *map(self.here, command)], stdout=out, stderr=out, cwd=self.folder,
                                       env={**os.environ, **environment})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 30
        while not self.answers(port):
            self.assertIsNone(process.poll(), log.read_text(encoding="utf-8"))
            self.assertLess(time.monotonic(), deadline, log.read_text(encoding="utf-8"))
            time.sleep(0.05)
        process.terminate()
        self.assertEqual(process.wait(timeout=20), 0, log.read_text(encoding="utf-8"))

    def answers(self, port):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[port]}/healthz", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
