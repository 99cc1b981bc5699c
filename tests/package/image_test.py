#!/usr/bin/env python3
"""The container image, built of the package, unpacked and run without an engine: in a chroot, as the image's user, on a
root file system that is read-only.

    tests/package/image_test.py --build build/release --cpack cpack [--base FILE]

Needs root, buildah and mmdebstrap (`tools/dev setup image`). It makes its own base image of Debian packages; --base is the
archive of one that is there, for a second run.
"""

import argparse
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest

import packaged
from packaged import ROOT, call, must

IMAGE = argparse.Namespace(root=None, config=None, made=None, folder=None)
USER = 10001
LARGEST_MB = 130  # unpacked

RECORDS = [{"event": {"tenantId": "acme", "leadId": "ada@example.com", "eventId": f"e-{kind}", "type": kind,
                      "occurredAt": "2026-03-03T08:20:00Z"}} for kind in ("OPEN", "CLICK")]
# As an engine does it: a network of its own, the root read-only, the volume writable.
RUN = """set -e
ip link set lo up
mount --bind "$1" "$1"
mount -o remount,ro,bind "$1"
mount --bind "$2" "$1/var/lib/leadpulse"
mount --rbind /dev "$1/dev"
root=$1
shift 2
exec chroot --userspec=10001:10001 "$root" /bin/sh -c 'cd /var/lib/leadpulse && exec "$@"' sh "$@"
"""


def make_base(folder, archive):
    """Makes localhost/base, which stands for a distribution's image."""
    os_release = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text(encoding="utf-8").splitlines() if "=" in line)
    if archive is None:
        archive = folder / "base.tar"
        must("mmdebstrap", "--quiet", "--variant=apt", os_release["VERSION_CODENAME"], archive)
    context = folder / "base"
    context.mkdir()
    (context / "Containerfile").write_text("FROM scratch\nADD base.tar /\n", encoding="utf-8")
    shutil.copy(archive, context / "base.tar")
    storage = folder / "made/images"
    must("buildah", "--storage-driver", "vfs", "--root", storage / "storage", "--runroot", storage / "run", "build", "--quiet",
         "--isolation", "chroot", "--tag", "localhost/base", context)


def make(folder, base):
    make_base(folder, base)
    IMAGE.folder = folder
    IMAGE.made = [pathlib.Path(line) for line in must(ROOT / "tools/package/image.sh", folder / "made", "localhost/base").split()]
    unpacked = folder / "unpacked"
    with tarfile.open(IMAGE.made[0]) as archive:
        archive.extractall(unpacked)
    [manifest] = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))
    IMAGE.config = json.loads((unpacked / manifest["Config"]).read_text(encoding="utf-8"))
    IMAGE.root = folder / "root"
    IMAGE.root.mkdir()
    for layer in manifest["Layers"]:
        must("tar", "--numeric-owner", "-xpf", unpacked / layer, "-C", IMAGE.root)


class ImageTest(unittest.TestCase):
    def setUp(self):
        self.settings = IMAGE.config["config"]
        self.data = pathlib.Path(tempfile.mkdtemp(dir=IMAGE.folder))
        os.chown(self.data, USER, USER)

    def command(self, *arguments):
        return ["unshare", "--mount", "--net", "sh", "-c", RUN, "sh", IMAGE.root, self.data, *arguments]

    def image(self, *arguments, environment=None):
        """Runs the image's program as an engine would."""
        return self.inside(*self.settings["Entrypoint"], *arguments, environment=environment)

    def inside(self, *arguments, environment=None):
        return call("env", "-i", *self.settings["Env"], *[f"{name}={value}" for name, value in (environment or {}).items()],
                    *self.command(*arguments))

    def put(self, name, text, mode=0o644):
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        os.chown(path, USER, USER)
        return f"/var/lib/leadpulse/{name}"

    def must(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def test_it_is_the_program_of_the_package(self):
        program = packaged.MADE.tree / "usr/bin/leadpulse"
        self.assertEqual((IMAGE.root / "usr/bin/leadpulse").read_bytes(), program.read_bytes())
        self.assertEqual(self.must(self.image("--version")), must(program, "--version"))
        machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
        self.assertEqual((IMAGE.config["architecture"], IMAGE.config["os"]), (machine, "linux"))
        version = must(program, "--version").split()[1].rstrip(",")
        self.assertEqual(IMAGE.made[0].name, f"leadpulse_{version}_{machine}.image.tar")
        self.assertEqual(self.settings["Labels"]["org.opencontainers.image.version"], version)

    def test_files_in_files_out_on_a_read_only_root(self):
        records = self.put("records.jsonl", "".join(json.dumps(record) + "\n" for record in RECORDS))
        # A time zone: the program finds the zones in the image.
        definitions = self.put("definitions.yaml", "tenants:\n  acme:\n    timezone: Europe/Berlin\n    tiers: [{name: all}]\n")
        self.must(self.image("run", "--input", records, "--definitions", definitions, "--state", "state", "--output", "out"))
        changes = [json.loads(line) for line in (self.data / "out/changes.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertEqual({change["leadId"] for change in changes}, {"ada@example.com"})
        self.assertEqual((self.data / "out/dead-letters.jsonl").read_text(encoding="utf-8"), "")
        self.assertIn("ada@example.com", self.must(self.image("leads", "--state", "state")))
        self.assertEqual((self.data / "state").stat().st_uid, USER)
        refused = self.image("run", "--input", records, "--state", "/etc/state", "--output", "out")
        self.assertEqual(refused.returncode, 1, refused.stderr)

    def test_it_has_no_rights_and_little_to_attack(self):
        self.assertEqual(self.settings["User"], f"{USER}:{USER}")
        self.assertEqual(self.settings["Volumes"], {"/var/lib/leadpulse": {}})
        names = set()
        for path in IMAGE.root.rglob("*"):
            status = path.lstat()
            if path.is_symlink():
                self.assertTrue(os.path.lexists(path), path)
                continue
            if not path.is_dir():
                names.add(path.name)
            self.assertFalse(status.st_mode & 0o6000, path)
            own = path == IMAGE.root / "var/lib/leadpulse"
            self.assertEqual(status.st_uid, USER if own else 0, path)
            self.assertTrue(own or path.name == "tmp" or not status.st_mode & 0o022, path)
        programs = {path.name for path in (IMAGE.root / "usr/bin").iterdir()}
        self.assertEqual(programs, {"leadpulse", "curl", "dash", "sh"})
        self.assertFalse(names & {"apt-get", "dpkg", "perl", "su"})
        self.assertLess(int(must("du", "-sm", IMAGE.root).split()[0]), LARGEST_MB)

    def test_each_package_in_it_has_its_licence_and_record(self):
        records = {path.name for path in (IMAGE.root / "var/lib/dpkg/status.d").iterdir()}
        self.assertLessEqual({"leadpulse", "libc6", "curl", "tzdata", "ca-certificates"}, records)
        self.assertEqual({path.parent.name for path in (IMAGE.root / "usr/share/doc").glob("*/copyright")}, records)
        known = {name for name in records if call("dpkg", "-s", name).returncode == 0}
        files = {os.path.basename(line) for line in must("dpkg", "-L", *known).splitlines()}
        self.assertEqual([library for library in (IMAGE.root / "usr/lib").rglob("*.so*") if library.name not in files], [])

    def settings_with(self, secret_file):
        signature = 'scheme: header, header: X-Key, secret: "${file:' + secret_file + '}"'
        return self.put("receive.yaml", "to: {folder: inbox}\nsources:\n  - provider: sendgrid\n    tenant: acme\n"
                        f"    signature: {{{signature}}}\n")

    def start_receiver(self, settings):
        process = subprocess.Popen(["env", "-i", *self.settings["Env"],
                                    *self.command(*self.settings["Entrypoint"], "receive", "--config", settings)],
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        return process

    def test_health_and_secrets_in_files(self):
        kind, check = self.settings["Healthcheck"]["Test"]
        self.assertEqual(kind, "CMD-SHELL")
        process = self.start_receiver(self.settings_with(self.put("key", "8f2c4e1a9b7d3056e4a1\n", 0o400)))
        beside = ("nsenter", f"--target={process.pid}", "--mount", "--net", "chroot", IMAGE.root, "/bin/sh", "-c", check)
        deadline = time.monotonic() + 30
        while call(*beside).returncode != 0 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(call(*beside).returncode, 0, process.poll())
        self.assertNotEqual(self.inside("/bin/sh", "-c", check).returncode, 0)  # nothing listens in another network
        # The program is the container's first process: signals reach it.
        process.terminate()
        self.assertEqual(process.wait(timeout=20), 0, process.stdout.read())

    def test_a_secret_that_is_not_there_is_an_error(self):
        for file, why in (("/run/secrets/key", "cannot be read"), (self.put("empty", ""), "is empty")):
            done = self.image("receive", "--config", self.settings_with(file))
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(f"the file {file} {why}", done.stderr)

    def test_without_arguments_it_is_the_run_on_kafka(self):
        self.assertEqual(self.settings["Cmd"], ["run", "--config", "/etc/leadpulse/live.yaml"])
        done = self.image(*self.settings["Cmd"], environment={"LEADPULSE_ERASURE_SECRET": ""})
        self.assertEqual(done.returncode, 2)
        self.assertIn("state.erasure_secret", done.stderr)

    def bring_up(self, script):
        """Runs the script, which needs no engine, in a network of its own, on a copy of the root. Returns what it prints."""
        root = IMAGE.folder / script
        must("cp", "-a", IMAGE.root, root)
        return must("unshare", "--net", "--mount", "/usr/bin/python3", ROOT / "tests/package" / script, root).splitlines()

    # The last exit code is the broker's, of SIGTERM.
    def test_compose_comes_up_with_it(self):
        self.assertEqual(self.bring_up("compose_run.py"), ["ada@example.com is there", "exit codes 0 0 0 143"])

    def test_the_pods_of_kubernetes_come_up_with_it(self):
        self.assertEqual(self.bring_up("kubernetes_run.py"), ["12 contacts in 2 and 2 partitions", "exit codes 0 0 0 0 0 143"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cpack", required=True)
    parser.add_argument("--base", type=pathlib.Path)
    options, rest = parser.parse_known_args()
    if os.geteuid() != 0 or not shutil.which("buildah") or not shutil.which("mmdebstrap"):
        sys.exit("image_test.py needs root, buildah and mmdebstrap: tools/dev setup image")
    with tempfile.TemporaryDirectory(prefix="leadpulse-image-") as scratch:
        os.chmod(scratch, 0o755)
        packaged.make(options.build.resolve(), options.cpack, pathlib.Path(scratch))
        make(pathlib.Path(scratch), options.base)
        unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
