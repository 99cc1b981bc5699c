"""What remains when the package is upgraded, removed and purged."""

import os
import pathlib
import shutil
import stat
import tempfile
import unittest

from packaged import CONFFILES, PackageTest, call, must


class Life(PackageTest):
    """Runs dpkg itself, on a root of its own: install, edits by hand, upgrade, remove, purge."""

    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(tempfile.mkdtemp(dir=self.folder))
        for folder in ("var/lib/dpkg/info", "var/lib/dpkg/updates"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "var/lib/dpkg/status").touch()

    def dpkg(self, *arguments):
        rootless = [] if os.geteuid() == 0 else ["fakeroot"]
        # Not every machine may create the user: records the requests instead.
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
        """Runs a script as dpkg does on systemd, but with these commands instead of the machine's: each records its
        arguments and ends as its text does. Data and settings are below self.root. Returns the recorded calls, and
        stderr."""
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
        # A running delivery is stopped before its position is moved, and started afterwards.
        stop, start = "systemctl stop leadpulse-deliver.service", "systemctl start leadpulse-deliver.service"
        self.assertLess(first.index(stop), first.index(start))
        self.assertNotIn(stop, second)

    def test_a_service_that_does_not_start_leaves_the_package_installed(self):
        _, said = self.run_script("postinst", "configure", systemd_sysusers="", install="", chown="", systemctl='[ "$1" != try-restart ]')
        self.assertIn("not every service is running again", said)

    def test_what_cannot_be_removed_is_told(self):
        """For example the mount point of a disk below the states."""
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
