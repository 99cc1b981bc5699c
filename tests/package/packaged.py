"""The Debian package, built and unpacked once, for tests."""

import argparse
import os
import pathlib
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECRETS = [f"/etc/leadpulse/{name}.env" for name in ("deliver", "receive", "secrets", "serve")]
CONFFILES = sorted(["/etc/leadpulse/definitions.yaml", "/etc/leadpulse/live.yaml", "/etc/leadpulse/receive.yaml", *SECRETS])
LOCAL = ("leadpulse-receive", "leadpulse-follow", "leadpulse-deliver", "leadpulse-serve")  # the services without Kafka


def call(*command, environment=None, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=300,
                          env=os.environ | (environment or {}), **options)


def must(*command, **options):
    done = call(*command, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


MADE = argparse.Namespace(package=None, tree=None, control=None, folder=None)


def make(build, cpack, folder):
    MADE.folder = folder
    before = os.umask(0o077)  # a strict umask must not change the permissions in the package
    must(cpack, "-G", "DEB", "--config", build / "CPackConfig.cmake", "-B", folder / "made")
    os.umask(before)
    [MADE.package] = (folder / "made").glob("*.deb")
    MADE.tree, MADE.control = folder / "tree", folder / "control"
    must("dpkg", "-x", MADE.package, MADE.tree)
    must("dpkg", "-e", MADE.package, MADE.control)


class PackageTest(unittest.TestCase):
    def setUp(self):
        self.folder, self.package, self.tree, self.control = MADE.folder, MADE.package, MADE.tree, MADE.control
        self.program = self.tree / "usr/bin/leadpulse"
        self.unit = self.unit_of("leadpulse")

    def unit_of(self, name):
        return (self.tree / f"usr/lib/systemd/system/{name}.service").read_text(encoding="utf-8")

    def field(self, name):
        return must("dpkg-deb", "--field", self.package, name).strip()

    def listed(self):
        """(permissions, owner, path from /) of everything in it."""
        rows = must("dpkg-deb", "--contents", self.package).splitlines()
        return [(row.split()[0], row.split()[1], row.split()[5][1:]) for row in rows]
