"""The units of the package."""

import pathlib
import re
import shutil
import stat
import tempfile
import unittest

from packaged import CONFFILES, LOCAL, PackageTest, call

# Keys of systemd 254. An older one warns about them and ignores them.
NEWER_KEYS = re.compile(r"Unknown key(?: name)? '(?:RestartSteps|RestartMaxDelaySec)' in section '?\[?Service\]?'?, ignoring")


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
        # It restarts within the session (10 s by default), so that its partitions are not given to others.
        self.assertLess(int(self.values["RestartSec"].rstrip("s")), 10)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "there is no systemd-analyze here")
    def test_systemd_understands_it(self):
        unit = self.folder / "leadpulse.service"
        unit.write_text(self.unit.replace("=/usr/bin/leadpulse", f"={self.program}"), encoding="utf-8")
        done = call("systemd-analyze", "verify", "--man=no", unit)
        # Only messages about this unit: the machine's own units may have faults.
        said = [line for line in done.stderr.splitlines() if "leadpulse" in line and not NEWER_KEYS.search(line)]
        self.assertEqual(said, [])


class LocalServices(PackageTest):
    """receive, serve, run --follow and deliver, which exchange files."""

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
        # It has another state than the service on Kafka.
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
        """A receiver that is broken into reads neither states nor the secrets and settings of deliveries."""
        users = {name: self.values(self.unit_of(name))["User"] for name in (*LOCAL, "leadpulse")}
        self.assertEqual(users, {"leadpulse": "leadpulse", "leadpulse-follow": "leadpulse",
                                 "leadpulse-receive": "leadpulse-receive", "leadpulse-deliver": "leadpulse-deliver",
                                 "leadpulse-serve": "leadpulse"})
        folders = {name: self.values(self.unit_of(name))["StateDirectory"].split() for name in LOCAL}
        # A run needs its input folders to exist.
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
