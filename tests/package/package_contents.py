"""The contents of the package."""

import pathlib
import re

from packaged import CONFFILES, LOCAL, ROOT, SECRETS, PackageTest, call, must

# Everything that the package may own; a folder that ends with a slash belongs to it completely.
OWNED = CONFFILES + ["/usr/bin/leadpulse", "/usr/lib/systemd/system/leadpulse.service",
                     *(f"/usr/lib/systemd/system/{name}.service" for name in LOCAL),
                     "/usr/lib/systemd/system/leadpulse-.service.d/", "/usr/lib/sysusers.d/leadpulse.conf", "/usr/share/doc/leadpulse/",
                     "/usr/share/leadpulse/", "/usr/share/bash-completion/completions/leadpulse",
                     "/usr/share/zsh/vendor-completions/_leadpulse", "/usr/share/man/man1/", "/usr/share/lintian/overrides/leadpulse"]


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
        """The packages of the linked libraries, and the time zones; nothing for building."""
        depends = {part.split()[0] for part in self.field("Depends").split(", ")}
        self.assertLessEqual({"tzdata", "libc6"}, depends)
        for library in ("protobuf", "rocksdb", "rdkafka", "microhttpd", "jemalloc", "icu", "yaml-cpp"):
            self.assertTrue(any(name.startswith("lib" + library) for name in depends), (library, depends))
        self.assertFalse([name for name in depends if name.endswith("-dev")])

    def test_the_installed_definitions_are_good(self):
        done = call(self.program, "definitions", "check", self.tree / "etc/leadpulse/definitions.yaml")
        self.assertEqual((done.returncode, "warning" in done.stdout + done.stderr), (0, False), done.stdout + done.stderr)

    def test_the_installed_settings_are_good(self):
        """Starts the program as the service does, but without a broker: wrong settings give exit code 2."""
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
        installed = self.tree / "usr/share/leadpulse/schemas"
        self.assertEqual({path.name for path in (installed / "leadpulse/v1").iterdir()}, protos)
        for path in (ROOT / "schemas/json").iterdir():
            self.assertEqual((installed / "json" / path.name).read_bytes(), path.read_bytes())

    def test_pages_for_users_are_there(self):
        """The pages that the first page links before its part about the code, except those of the tests."""
        pages = self.tree / "usr/share/doc/leadpulse"
        for_users = (pages / "README.md").read_text(encoding="utf-8").split("| understand the code |")[0]
        linked = {link for link in re.findall(r"\]\(([\w./-]+\.md)", for_users) if not link.startswith("tests/")}
        self.assertGreater(len(linked), 12)
        self.assertEqual([link for link in sorted(linked) if not (pages / link).is_file()], [])
