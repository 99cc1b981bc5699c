#!/usr/bin/env python3
"""The Debian package, made and installed below a folder: what is in it, and what stays when it goes.

    tests/package/package_test.py --build build/release --cpack cpack
"""

import argparse
import http.server
import json
import os
import pathlib
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/receiver"))
from receiving import free_port  # noqa: E402
OPTIONS = argparse.Namespace(build=None, cpack="cpack")
SECRETS = [f"/etc/leadpulse/{name}.env" for name in ("deliver", "receive", "secrets", "serve")]
CONFFILES = sorted(["/etc/leadpulse/definitions.yaml", "/etc/leadpulse/live.yaml", "/etc/leadpulse/receive.yaml", *SECRETS])
LOCAL = ("leadpulse-receive", "leadpulse-follow", "leadpulse-deliver", "leadpulse-serve")  # what needs no Kafka
# All that the package may own; what stands below a folder that ends with a slash belongs to it alone.
OWNED = CONFFILES + ["/usr/bin/leadpulse", "/usr/lib/systemd/system/leadpulse.service",
                     *(f"/usr/lib/systemd/system/{name}.service" for name in LOCAL),
                     "/usr/lib/systemd/system/leadpulse-.service.d/", "/usr/lib/sysusers.d/leadpulse.conf", "/usr/share/doc/leadpulse/",
                     "/usr/share/leadpulse/"]
# Of systemd 254. An older one says so, and goes on without.
NEWER_KEYS = re.compile(r"Unknown key(?: name)? '(?:RestartSteps|RestartMaxDelaySec)' in section '?\[?Service\]?'?, ignoring")


def call(*command, environment=None, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False, timeout=300,
                          env=os.environ | (environment or {}), **options)


def must(*command, **options):
    done = call(*command, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


MADE = argparse.Namespace(package=None, tree=None, control=None, folder=None)


def setUpModule():
    scratch = tempfile.TemporaryDirectory(prefix="leadpulse-package-")
    unittest.addModuleCleanup(scratch.cleanup)
    MADE.folder = pathlib.Path(scratch.name)
    before = os.umask(0o077)  # of whoever makes it: what it holds has rights of its own
    must(OPTIONS.cpack, "-G", "DEB", "--config", OPTIONS.build / "CPackConfig.cmake", "-B", MADE.folder / "made")
    os.umask(before)
    [MADE.package] = (MADE.folder / "made").glob("*.deb")
    MADE.tree, MADE.control = MADE.folder / "tree", MADE.folder / "control"
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
        """(rights, owner, path from /) of everything in it."""
        rows = must("dpkg-deb", "--contents", self.package).splitlines()
        return [(row.split()[0], row.split()[1], row.split()[5][1:]) for row in rows]


class Contents(PackageTest):
    def test_it_is_named_after_what_it_holds(self):
        version = must(self.program, "--version").split()[1].rstrip(",")
        self.assertEqual(self.field("Version"), version)
        self.assertEqual(self.package.name, f"leadpulse_{version}_{must('dpkg', '--print-architecture').strip()}.deb")

    def test_it_owns_nothing_but_its_own(self):
        for rights, owner, path in self.listed():
            self.assertEqual(owner, "root/root", path)
            if rights.startswith("d"):
                self.assertEqual(rights, "drwxr-xr-x", path)
                self.assertTrue(any((own + "/").startswith(path) for own in OWNED)
                                or any(path.startswith(own) for own in OWNED if own.endswith("/")), path)
            else:
                self.assertTrue(path in OWNED or any(path.startswith(own) for own in OWNED if own.endswith("/")), path)
                expected = {"/usr/bin/leadpulse": "-rwxr-xr-x"} | dict.fromkeys(SECRETS, "-rw-------")
                self.assertEqual(rights, expected.get(path, "-rw-r--r--"), path)

    def test_what_people_change_is_kept(self):
        below_etc = sorted(path for rights, _, path in self.listed() if path.startswith("/etc/") and rights[0] == "-")
        self.assertEqual(below_etc, CONFFILES)
        self.assertEqual((self.control / "conffiles").read_text(encoding="ascii").split(), CONFFILES)

    def test_what_it_needs(self):
        """The packages of the libraries that it is linked with, and the time zones; nothing to build with."""
        depends = {part.split()[0] for part in self.field("Depends").split(", ")}
        self.assertLessEqual({"tzdata", "libc6"}, depends)
        for library in ("protobuf", "rocksdb", "rdkafka", "microhttpd", "jemalloc", "icu", "yaml-cpp"):
            self.assertTrue(any(name.startswith("lib" + library) for name in depends), (library, depends))
        self.assertFalse([name for name in depends if name.endswith("-dev")])

    def test_the_installed_definitions_are_good(self):
        done = call(self.program, "definitions", "check", self.tree / "etc/leadpulse/definitions.yaml")
        self.assertEqual((done.returncode, "warning" in done.stdout + done.stderr), (0, False), done.stdout + done.stderr)

    def test_the_installed_settings_are_good(self):
        """As the service is started, but that nothing listens: wrong settings are exit code 2."""
        text = (self.tree / "etc/leadpulse/live.yaml").read_text(encoding="utf-8")
        for path in re.findall(r"/(?:etc|usr|var)/[\w./-]+", re.sub("#.*", "", text)):
            self.assertTrue(path.startswith("/var/lib/leadpulse/") or (self.tree / path[1:]).exists(), path)
        without = call(self.program, "run", "--config", self.tree / "etc/leadpulse/live.yaml",
                       environment={"LEADPULSE_ERASURE_SECRET": ""})
        self.assertEqual(without.returncode, 2, without.stderr)
        self.assertIn("state.erasure_secret", without.stderr)
        self.assertEqual(without.stderr.count(": error: "), 1, without.stderr)

    def test_the_receivers_settings_are_good(self):
        settings = self.tree / "etc/leadpulse/receive.yaml"
        without = call(self.program, "receive", "--config", settings, environment={"LEADPULSE_SENDGRID_KEY": ""})
        self.assertEqual(without.returncode, 2, without.stderr)
        self.assertIn("sources[0].signature.secret", without.stderr)
        self.assertEqual(without.stderr.count(": error: "), 1, without.stderr)
        self.assertIn("folder: /var/lib/leadpulse/inbox}", settings.read_text(encoding="utf-8"))

    def test_what_is_told_to_be_there_is(self):
        """The pages that unit and settings name, the license, and all schemas."""
        settings = "".join((self.tree / f"etc/leadpulse/{name}.yaml").read_text(encoding="utf-8")
                           for name in ("live", "receive"))
        named = re.findall(r"/usr/share/[\w./-]+\w", self.unit + settings + "".join(map(self.unit_of, LOCAL)))
        self.assertGreater(len(named), 6)
        for path in named:
            self.assertTrue((self.tree / path[1:]).is_file(), path)
        for name in ("alerts.yaml", "dashboard.json"):
            self.assertEqual((self.tree / "usr/share/leadpulse" / name).read_bytes(),
                             (ROOT / "tools/operations" / name).read_bytes())
        self.assertIn("Apache License", (self.tree / "usr/share/doc/leadpulse/copyright").read_text(encoding="utf-8"))
        protos = {path.name for path in (ROOT / "schemas/leadpulse/v1").glob("*.proto")}
        self.assertEqual({path.name for path in (self.tree / "usr/share/leadpulse/schemas/leadpulse/v1").iterdir()}, protos)

    def test_pages_for_users_are_there(self):
        """Those that the first page links before it comes to the code, but for the tests'."""
        pages = self.tree / "usr/share/doc/leadpulse"
        for_users = (pages / "README.md").read_text(encoding="utf-8").split("| understand the code |")[0]
        linked = {link for link in re.findall(r"\]\(([\w./-]+\.md)", for_users) if not link.startswith("tests/")}
        self.assertGreater(len(linked), 12)
        self.assertEqual([link for link in sorted(linked) if not (pages / link).is_file()], [])


class Service(PackageTest):
    def setUp(self):
        super().setUp()
        self.values = dict(re.findall(r"^(\w+)=(.*)$", self.unit, re.M))

    def test_it_runs_what_is_installed(self):
        program, *arguments = self.values["ExecStart"].split()
        self.assertTrue((self.tree / program[1:]).stat().st_mode & stat.S_IXUSR)
        self.assertEqual(arguments[:2], ["run", "--config"])
        self.assertIn(arguments[2], CONFFILES)
        self.assertIn(self.values["EnvironmentFile"].lstrip("-"), CONFFILES)

    def test_it_may_do_little(self):
        expected = {"User": "leadpulse", "Group": "leadpulse", "StateDirectory": "leadpulse", "ProtectSystem": "strict",
                    "NoNewPrivileges": "yes", "Restart": "on-failure", "CapabilityBoundingSet": "", "LimitCORE": "0"}
        self.assertEqual({key: self.values.get(key) for key in expected}, expected)
        self.assertGreater(int(self.values["TimeoutStopSec"].rstrip("s")), 10)
        self.assertGreaterEqual(int(self.values["LimitNOFILE"]), 65536)
        # The first start again is within the session, so that nothing is given to others; 10 s is its default.
        self.assertLess(int(self.values["RestartSec"].rstrip("s")), 10)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")
    def test_systemd_understands_it(self):
        unit = self.folder / "leadpulse.service"
        unit.write_text(self.unit.replace("=/usr/bin/leadpulse", f"={self.program}"), encoding="utf-8")
        done = call("systemd-analyze", "verify", "--man=no", unit)
        # Of this unit only: those of the machine may have faults of their own.
        said = [line for line in done.stderr.splitlines() if "leadpulse" in line and not NEWER_KEYS.search(line)]
        self.assertEqual(said, [])


class LocalServices(PackageTest):
    """receive, serve, run --follow and deliver, which hand files to each other."""

    def values(self, text):
        return dict(re.findall(r"^(\w+)=(.*)$", text, re.M))

    def commands(self):
        return {name: self.values(self.unit_of(name))["ExecStart"].split() for name in LOCAL}

    def test_they_run_what_is_installed(self):
        for name, (program, command, *_) in self.commands().items():
            self.assertEqual(program, "/usr/bin/leadpulse", name)
            known = call(self.program, command, "--help").stdout
            for option in [word for word in self.commands()[name] if word.startswith("--")]:
                self.assertIn(option, known, name)
        self.assertIn("/etc/leadpulse/receive.yaml", self.commands()["leadpulse-receive"])

    def test_each_reads_what_the_one_before_writes(self):
        commands = self.commands()
        after = lambda name, option: commands[name][commands[name].index(option) + 1]  # noqa: E731
        receive = (self.tree / "etc/leadpulse/receive.yaml").read_text(encoding="utf-8")
        self.assertIn(f"to: {{folder: {after('leadpulse-follow', '--input')}}}", receive)
        self.assertEqual(after("leadpulse-deliver", "--from"), after("leadpulse-follow", "--output") + "/changes.jsonl")
        options = re.search(r'"LEADPULSE_SERVE_OPTIONS=(.*)"', self.unit_of("leadpulse-serve"))[1].split()
        follow = commands["leadpulse-follow"]
        inputs = [follow[i + 1] for i, word in enumerate(follow) if word == "--input"]
        self.assertEqual(inputs[1:], [options[options.index("--inbox") + 1]])
        self.assertEqual(options[options.index("--state") + 1], after("leadpulse-follow", "--state"))
        self.assertIn(after("leadpulse-follow", "--definitions"), CONFFILES)
        kept = [word for words in commands.values() for word in words if word.startswith("/var/")]
        self.assertTrue(all(word.startswith("/var/lib/leadpulse/") for word in kept), kept)
        # Not the state of the one on Kafka.
        live = (self.tree / "etc/leadpulse/live.yaml").read_text(encoding="utf-8")
        self.assertNotIn(f"directory: {after('leadpulse-follow', '--state')}\n", live)

    def test_each_service_has_its_own_secrets(self):
        """No file of secrets is read by two services, and each has the variables that its service names."""
        files = {name: self.values(self.unit_of(name)).get("EnvironmentFile") for name in (*LOCAL, "leadpulse")}
        self.assertEqual(files, {"leadpulse": "-/etc/leadpulse/secrets.env", "leadpulse-follow": None,
                                 "leadpulse-receive": "-/etc/leadpulse/receive.env",
                                 "leadpulse-deliver": "-/etc/leadpulse/deliver.env",
                                 "leadpulse-serve": "-/etc/leadpulse/serve.env"})
        read = lambda path: (self.tree / path.lstrip("-/")).read_text(encoding="utf-8")  # noqa: E731
        named = {"leadpulse": read("/etc/leadpulse/live.yaml"), "leadpulse-receive": read("/etc/leadpulse/receive.yaml"),
                 "leadpulse-deliver": self.unit_of("leadpulse-deliver"), "leadpulse-follow": self.unit_of("leadpulse-follow"),
                 "leadpulse-serve": self.unit_of("leadpulse-serve") + read("/etc/leadpulse/live.yaml")}
        for name, text in named.items():
            # Names in capitals: LEADPULSE_SENDGRID_KEY.
            variables = set(re.findall(r"\bLEADPULSE_[A-Z_]+", text))
            for variable in variables:
                self.assertIn(f"#{variable}=", read(files[name]), name)
            self.assertEqual(bool(variables), files[name] is not None, name)

    def test_only_the_states_owner_is_the_states_user(self):
        """A receiver that is broken into reads neither states nor what is delivered with which secret."""
        users = {name: self.values(self.unit_of(name))["User"] for name in (*LOCAL, "leadpulse")}
        self.assertEqual(users, {"leadpulse": "leadpulse", "leadpulse-follow": "leadpulse",
                                 "leadpulse-receive": "leadpulse-receive", "leadpulse-deliver": "leadpulse-deliver",
                                 "leadpulse-serve": "leadpulse"})
        folders = {name: self.values(self.unit_of(name))["StateDirectory"].split() for name in LOCAL}
        # A run reads folders that are there.
        self.assertEqual([folders["leadpulse-follow"][1:], folders["leadpulse-serve"][1:]], [["leadpulse/serve/inbox"]] * 2)
        written = {"leadpulse-receive": "/var/lib/leadpulse/inbox", "leadpulse-follow": "/var/lib/leadpulse/follow",
                   "leadpulse-deliver": "/var/lib/leadpulse/deliver", "leadpulse-serve": "/var/lib/leadpulse/serve"}
        self.assertEqual({name: "/var/lib/" + folder for name, (folder, *_) in folders.items()}, written)
        commands = self.commands()
        for name, option in (("leadpulse-follow", "--state"), ("leadpulse-follow", "--output"),
                             ("leadpulse-deliver", "--position")):
            path = commands[name][commands[name].index(option) + 1]
            self.assertTrue(path.startswith(written[name] + "/"), path)

    def test_they_may_do_as_little_as_the_one_on_kafka(self):
        sandbox = self.tree / "usr/lib/systemd/system/leadpulse-.service.d/sandbox.conf"
        settings = [line for line in sandbox.read_text(encoding="utf-8").splitlines()
                    if "=" in line and not line.startswith("#")]
        live = [line for line in self.unit.splitlines() if "=" in line and not line.startswith("#")]
        begin, end = live.index(settings[0]), live.index("WantedBy=multi-user.target")
        self.assertEqual(settings, live[begin:end])
        self.assertGreater(len(settings), 30)
        ours = self.values(self.unit)
        for name in LOCAL:
            values = self.values(self.unit_of(name))
            for key in ("Restart", "RestartPreventExitStatus", "RestartSec", "TimeoutStopSec", "KillMode", "LimitNOFILE"):
                self.assertEqual(values[key], ours[key], (name, key))
            self.assertEqual(set(ours) - set(values) - set(self.values(sandbox.read_text(encoding="utf-8"))),
                             {"Wants", "EnvironmentFile"} - set(values), name)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")
    def test_systemd_understands_them(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        shutil.copytree(self.tree / "usr/lib/systemd/system", folder, dirs_exist_ok=True)
        for name in LOCAL:
            text = self.unit_of(name).replace("=/usr/bin/leadpulse", f"={self.program}")
            (folder / f"{name}.service").write_text(text, encoding="utf-8")
        done = call("systemd-analyze", "verify", "--man=no", *(folder / f"{name}.service" for name in LOCAL),
                    environment={"SYSTEMD_UNIT_PATH": f"{folder}:"})
        said = [line for line in done.stderr.splitlines() if "leadpulse" in line and not NEWER_KEYS.search(line)]
        self.assertEqual(said, [])


class Life(PackageTest):
    """dpkg itself, on a root of its own: installed, changed by hand, upgraded, removed, purged."""

    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").touch()

    def dpkg(self, *arguments):
        rootless = [] if os.geteuid() == 0 else ["fakeroot"]
        # Where it would make the user is not every machine's: what it is asked is enough.
        asked = self.root / "asked/systemd-sysusers"
        asked.parent.mkdir(exist_ok=True)
        asked.write_text(f'#!/bin/sh\necho "$@" >> "{asked.parent}/for"\n', encoding="utf-8")
        asked.chmod(0o755)
        return must(*rootless, "dpkg", f"--root={self.root}", "--force-depends", "--force-script-chrootless",
                    "--force-not-root", "--force-confold", *arguments,
                    environment={"PATH": f"{asked.parent}:{os.environ['PATH']}:/usr/sbin:/sbin"})

    def files(self):
        return sorted("/" + str(path.relative_to(self.root)) for path in self.root.rglob("*")
                      if path.is_file() and not path.is_relative_to(self.root / "var/lib/dpkg")
                      and not path.is_relative_to(self.root / "var/log")
                      and not path.is_relative_to(self.root / "asked"))

    def test_what_is_changed_stays_until_purged(self):
        self.dpkg("--install", self.package)
        version = must(self.root / "usr/bin/leadpulse", "--version")
        self.assertTrue(version.startswith("leadpulse "), version)
        settings = self.root / "etc/leadpulse/live.yaml"
        settings.write_text("kafka: {bootstrap_servers: kafka.example:9092}\n", encoding="utf-8")
        state = self.root / "var/lib/leadpulse/state"
        state.mkdir(parents=True)
        (state / "CURRENT").touch()
        self.assertEqual((self.root / "asked/for").read_text(encoding="utf-8"), f"--root={self.root} leadpulse.conf\n")

        self.dpkg("--install", self.package)
        self.assertIn("kafka.example", settings.read_text(encoding="utf-8"))
        self.dpkg("--remove", "leadpulse")
        self.assertEqual(self.files(), CONFFILES + ["/var/lib/leadpulse/state/CURRENT"])
        self.dpkg("--purge", "leadpulse")
        self.assertEqual(self.files(), [])
        self.assertFalse((self.root / "var/lib/leadpulse").exists())

    def run_script(self, name, argument, **commands):
        """Runs a script as dpkg does where systemd runs, but with these commands instead of the machine's: each records what
        it is asked and ends as its text does. Data and settings are those below self.root. Returns what was asked, and stderr."""
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for command, text in commands.items():
            path = folder / command.replace("_", "-")
            path.write_text(f'#!/bin/sh\necho "{path.name} $@" >> "{folder}/asked"\n{text}\n', encoding="utf-8")
            path.chmod(0o755)
        text = (self.control / name).read_text(encoding="utf-8")
        self.assertIn("[ -d /run/systemd/system ]", text)
        text = text.replace("/run/systemd/system", str(folder))
        for path in ("var/lib", "etc"):
            text = text.replace(f'="$DPKG_ROOT/{path}/leadpulse"', f'="{self.root}/{path}/leadpulse"')
        (folder / name).write_text(text, encoding="utf-8")
        done = call("/bin/sh", folder / name, argument, environment={"PATH": f"{folder}:/usr/bin:/bin", "DPKG_ROOT": ""})
        self.assertEqual(done.returncode, 0, done.stderr)
        return (folder / "asked").read_text(encoding="utf-8").splitlines(), done.stderr

    def test_all_services_are_restarted_and_ended(self):
        units = {path.name for path in (self.tree / "usr/lib/systemd/system").glob("*.service")}
        asked, said = self.run_script("postinst", "configure", systemd_sysusers="", install="", chown="", systemctl="")
        asked = [line for line in asked if not line.startswith("install")]
        self.assertEqual(asked[:3], ["systemd-sysusers leadpulse.conf", "systemctl daemon-reload",
                                     "systemctl try-restart leadpulse-receive.service"])
        self.assertEqual((asked[3].split()[1], set(asked[3].split()[2:]), said),
                         ("try-restart", units - {"leadpulse-receive.service"}, ""))
        asked, said = self.run_script("prerm", "remove", systemctl="")
        self.assertEqual((asked[0].split()[1:3], set(asked[0].split()[3:]), said), (["disable", "--now"], units, ""))

    def test_what_older_versions_left_is_brought_over(self):
        """They had one user, one file of secrets, and the delivery's position beside the states."""
        data, settings = self.root / "var/lib/leadpulse", self.root / "etc/leadpulse"
        for folder in ("inbox", "follow/out", "follow/state"):
            (data / folder).mkdir(parents=True, mode=0o700)
        for file in ("inbox/000001.jsonl", "follow/out/changes.jsonl", "follow/state/CURRENT", "deliver.position"):
            (data / file).write_text("a\n", encoding="utf-8")
            (data / file).chmod(0o600)
        for folder in ("", "inbox", "follow", "follow/out", "follow/state"):
            (data / folder).chmod(0o700)
        shutil.copytree(self.tree / "etc/leadpulse", settings)
        (settings / "secrets.env").write_text("LEADPULSE_ERASURE_SECRET=a\nLEADPULSE_SENDGRID_KEY=b\n"
                                              "LEADPULSE_DELIVER_SECRET=c\n", encoding="utf-8")
        (settings / "deliver.env").write_text("LEADPULSE_DELIVER_SECRET=c\n", encoding="utf-8")
        rounds = []
        for _ in range(2):  # a second upgrade finds nothing to do
            asked, said = self.run_script("postinst", "configure", systemd_sysusers="", install="", chown="", systemctl="")
            self.assertEqual((data / "deliver/position").read_text(encoding="utf-8"), "a\n")
            self.assertFalse((data / "deliver.position").exists())
            modes = {path: stat.S_IMODE((data / path).stat().st_mode) for path in (
                "inbox", "inbox/000001.jsonl", "follow", "follow/out", "follow/out/changes.jsonl", "follow/state",
                "follow/state/CURRENT")}
            self.assertEqual(list(map(oct, modes.values())),
                             ["0o750", "0o640", "0o750", "0o750", "0o640", "0o700", "0o600"])
            self.assertEqual(said, "leadpulse: move LEADPULSE_SENDGRID_KEY from /etc/leadpulse/secrets.env to "
                                   "/etc/leadpulse/receive.env; its service reads only that file\n")
            rounds.append(asked)
        first, second = rounds
        self.assertIn(f"chown -R leadpulse-deliver:leadpulse {data}/deliver", first)
        # A delivery that runs is stopped before its position is moved, and started after it.
        stop, start = "systemctl stop leadpulse-deliver.service", "systemctl start leadpulse-deliver.service"
        self.assertLess(first.index(stop), first.index(start))
        self.assertNotIn(stop, second)

    def test_a_service_that_does_not_start_leaves_the_package_installed(self):
        _, said = self.run_script("postinst", "configure", systemd_sysusers="", install="", chown="", systemctl='[ "$1" != try-restart ]')
        self.assertIn("not every service is running again", said)

    def test_what_cannot_be_removed_is_told(self):
        """Such as the folder of a disk that is mounted below the states."""
        asked, said = self.run_script("postrm", "purge", rm="exit 1", systemctl="")
        self.assertEqual(asked, ["rm -rf /var/lib/leadpulse", "systemctl daemon-reload"])
        self.assertIn("not all of /var/lib/leadpulse could be removed", said)

    @unittest.skipUnless(shutil.which("systemd-sysusers"), "there is no systemd-sysusers here")
    def test_the_users_can_be_made(self):
        (self.root / "etc").mkdir()
        must("systemd-sysusers", f"--root={self.root}", self.tree / "usr/lib/sysusers.d/leadpulse.conf")
        users = [line.split(":") for line in (self.root / "etc/passwd").read_text(encoding="utf-8").splitlines()]
        made = {user[0]: user for user in users if user[0].startswith("leadpulse")}
        self.assertEqual(set(made), {"leadpulse", "leadpulse-receive", "leadpulse-deliver"})
        self.assertEqual({tuple(user[5:]) for user in made.values()}, {("/var/lib/leadpulse", "/usr/sbin/nologin")})
        self.assertEqual((len({user[2] for user in made.values()}), len({user[3] for user in made.values()})), (3, 1))

    def test_the_scripts_pass_the_shell(self):
        for script in ("postinst", "prerm", "postrm"):
            path = self.control / script
            self.assertTrue(path.read_text(encoding="utf-8").startswith("#!/bin/sh\n"), script)
            must("sh", "-n", path)


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "needs root, to become the three users")
class Users(PackageTest):
    """The local services, each as its own user with the modes that its unit sets, on one folder."""

    STATE, RECEIVE, DELIVER, GROUP = 64001, 64002, 64003, 64000

    def setUp(self):
        super().setUp()
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="leadpulse-users-"))
        self.addCleanup(shutil.rmtree, self.home)
        os.chmod(self.home, 0o755)
        self.data = self.home / "lib"
        self.receiver = free_port()
        sandbox = (self.tree / "usr/lib/systemd/system/leadpulse-.service.d/sandbox.conf").read_text(encoding="utf-8")
        self.umask = re.search(r"^UMask=(\d+)$", sandbox, re.M).group(1)
        for folder, user in (("", self.STATE), ("inbox", self.RECEIVE), ("follow", self.STATE), ("deliver", self.DELIVER),
                             ("serve", self.STATE), ("serve/inbox", self.STATE)):
            path = self.data / folder
            path.mkdir()
            os.chown(path, user, self.GROUP)
            os.chmod(path, 0o750)
        shutil.copy(self.program, self.home / "leadpulse")
        shutil.copy(self.tree / "etc/leadpulse/definitions.yaml", self.home)
        (self.home / "receive.yaml").write_text(
            f"listen: {{port: {self.receiver}}}\nhttp: {{port: {free_port()}}}\n"
            f"to: {{folder: {self.data}/inbox}}\n"
            "sources:\n  - {provider: sendgrid, tenant: acme, signature: none}\n", encoding="utf-8")
        os.chmod(self.home / "receive.yaml", 0o644)
        os.chmod(self.home / "definitions.yaml", 0o644)

    def start(self, user, *arguments):
        log = tempfile.TemporaryFile(dir=self.folder)
        process = subprocess.Popen(
            ["setpriv", f"--reuid={user}", f"--regid={self.GROUP}", "--clear-groups", "sh", "-c", 'umask "$0"; exec "$@"',
             self.umask, self.home / "leadpulse", *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            cwd=self.data, env=os.environ | {"TO": f"http://127.0.0.1:{self.port}/", "SECRET": "a secret of the delivery"})
        self.addCleanup(process.kill)
        process.said = lambda: os.pread(log.fileno(), 1 << 20, 0).decode()
        return process

    def wait_for(self, what, process):
        for _ in range(300):
            found = what()
            if found:
                return found
            self.assertIsNone(process.poll(), process.said())
            time.sleep(0.1)
        self.fail(process.said())

    def listens(self):
        with socket.socket() as connection:
            return connection.connect_ex(("127.0.0.1", self.receiver)) == 0

    def may(self, user, test, path):
        return call("setpriv", f"--reuid={user}", f"--regid={self.GROUP}", "--clear-groups", "test", test, path).returncode == 0

    def start_serving(self):
        """As the unit does, after what it says has to be done once. The process, and a token."""
        data = self.data / "serve/front"
        for arguments in (("init", "--tenant", "acme", "--admin", "kim"),
                          ("token", "create", "--tenant", "acme", "--role", "manager", "--label", "crm")):
            made = self.start(self.STATE, "serve", *arguments[:-4], "--data", data, *arguments[-4:])
            self.assertEqual(made.wait(timeout=60), 0, made.said())
        [token] = re.findall(r"^lp_\S+$", made.said(), re.M)
        self.api = free_port()
        serve = self.start(self.STATE, "serve", "--data", data, "--state", self.data / "follow/state",
                           "--inbox", self.data / "serve/inbox", "--port", self.api)
        self.wait_for(lambda: "serving on" in serve.said(), serve)
        return serve, token

    def note(self, token):
        asked = urllib.request.Request(f"http://127.0.0.1:{self.api}/api/v1/contacts/ada@example.com/notes",
                                       b'{"text": "a note"}', {"Authorization": f"Bearer {token}"})
        try:
            return urllib.request.urlopen(asked, timeout=30).status
        except urllib.error.HTTPError as error:
            return error.code

    def test_they_hand_files_to_each_other_and_read_nothing_else(self):
        posts = []

        class Crm(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802  # the library's name
                posts.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        crm = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Crm)
        threading.Thread(target=crm.serve_forever, daemon=True).start()
        self.addCleanup(crm.shutdown)
        self.port = crm.server_port

        receive = self.start(self.RECEIVE, "receive", "--config", self.home / "receive.yaml")
        self.wait_for(self.listens, receive)
        event = {"email": "ada@example.com", "event": "open", "timestamp": int(time.time()) - 60, "sg_event_id": "a",
                 "sg_message_id": "m"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.receiver}/acme/sendgrid", json.dumps([event]).encode())
        self.assertEqual(urllib.request.urlopen(asked, timeout=30).status, 200)
        serve, token = self.start_serving()
        follow = self.start(self.STATE, "run", "--follow", "--input", self.data / "inbox", "--input",
                            self.data / "serve/inbox", "--definitions", self.home / "definitions.yaml", "--state", self.data / "follow/state", "--output",
                            self.data / "follow/out")
        changes = self.data / "follow/out/changes.jsonl"
        self.wait_for(lambda: changes.exists() and b"ada@example.com" in changes.read_bytes(), follow)
        deliver = self.start(self.DELIVER, "deliver", "--from", changes, "--url-env", "TO", "--position",
                             self.data / "deliver/position", "--secret-env", "SECRET")
        self.wait_for(lambda: posts, deliver)
        self.assertIn("ada@example.com", json.dumps(posts[0]))
        noted = lambda: self.note(token) == 200  # noqa: E731  # 503 until the run answers
        self.wait_for(noted, follow)

        [segment] = (self.data / "inbox").glob("*.jsonl")
        self.assertEqual((self.may(self.STATE, "-r", segment), self.may(self.STATE, "-w", segment)), (True, False))
        self.assertEqual((self.may(self.DELIVER, "-r", changes), self.may(self.DELIVER, "-w", changes)), (True, False))
        for user in (self.RECEIVE, self.DELIVER):
            for path in (self.data / "follow/state", *(self.data / "follow/state").iterdir(), self.data / "serve/front/serve.db",
                         self.data / "serve/front/serve.key", self.data / "serve/front/link.keys"):
                self.assertFalse(self.may(user, "-r", path), path)
        for user in (self.STATE, self.RECEIVE):
            self.assertFalse(self.may(user, "-w", self.data / "deliver"))
        for process in (receive, serve, follow, deliver):
            process.terminate()
            self.assertEqual(process.wait(timeout=60), 0, process.said())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cpack", required=True)
    OPTIONS, rest = parser.parse_known_args()
    OPTIONS.build = OPTIONS.build.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
