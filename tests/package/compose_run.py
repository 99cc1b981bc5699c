#!/usr/bin/env python3
"""Runs compose.yaml without an engine: its broker with its settings, then our services in the unpacked image, each in mounts of
its own; follows README.md until the lead is there. For image_test.py:

    unshare --net --mount tests/package/compose_run.py ROOT     ROOT: the image's root file system

All of them share a network, in which the names of the services are this machine's.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tools"))
from broker.cluster import answers  # noqa: E402
from broker.java import fetch, java_arguments  # noqa: E402

PACKAGE = REPOSITORY / "tools/package"
USER = 10001
SECONDS = 120
# The mounts follow: SOURCE TARGET MODE, up to --.
CONTAINER = """set -e
root=$1
shift
while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  shift 3
done
shift
mount --rbind /dev "$root/dev"
exec chroot --userspec=10001:10001 "$root" /bin/sh -c 'cd /var/lib/leadpulse && exec "$@"' sh "$@"
"""


def wait_for(what, condition):
    deadline = time.monotonic() + SECONDS
    while not (found := condition()):
        if time.monotonic() > deadline:
            sys.exit(f"{what} is not there after {SECONDS} s")
        time.sleep(0.2)
    return found


def ask(url, headers=None, data=None):
    """Returns the status and the body; (0, "") if nobody answers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, headers or {}), timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def enter(root, mounts, variables, command):
    """The command line that runs the command in the image, with (SOURCE TARGET MODE) mounts and only these variables."""
    return ["env", "-i", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", *variables, "unshare", "--mount", "sh", "-c", CONTAINER, "sh", root,
            *mounts, "--", *command]


def token_in(said):
    return re.search(r"lp_\S+", said)[0]


class Composition:
    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.services = yaml.safe_load((PACKAGE / "compose.yaml").read_text(encoding="utf-8"))["services"]
        self.processes = []
        os.chmod(folder, 0o755)
        # Both listen on 8080 in their containers; here they share a network.
        self.settings = folder / "settings"
        self.settings.mkdir()
        for path in (PACKAGE / "compose/settings").iterdir():
            text = path.read_text(encoding="utf-8")
            (self.settings / path.name).write_text(text.replace("port: 8080", "port: 8081"), encoding="utf-8")
        (folder / "secrets.sh").write_text((PACKAGE / "compose/secrets.sh").read_text(encoding="utf-8"), encoding="utf-8")
        subprocess.run(["sh", folder / "secrets.sh"], check=True)
        os.chmod(folder / "secrets", 0o755)
        self.write_hosts(f"127.0.0.1 localhost {' '.join(self.services)}\n")
        subprocess.run(["mount", "--bind", folder / "hosts", "/etc/hosts"], check=True)

    def write_hosts(self, text):
        """For the broker, which runs here, and for what runs in the image."""
        for path in (self.folder / "hosts", self.root / "etc/hosts"):
            path.write_text(text, encoding="utf-8")

    def start_broker(self):
        environment = self.services["kafka"]["environment"]
        settings = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in environment.items()}
        settings["log.dirs"] = str(self.folder / "kafka")
        configuration = self.folder / "server.properties"
        configuration.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        java = java_arguments(fetch(), "384m")
        with open(self.folder / "broker.log", "w", encoding="utf-8") as log:
            subprocess.run([*java, "kafka.tools.StorageTool", "format", "-t", "5L6g3nShT-eMCtK--X86sw", "-c", configuration],
                           check=True, stdout=log, stderr=log)
            self.processes.append(subprocess.Popen([*java, "kafka.Kafka", configuration], stdout=log, stderr=log))
        wait_for("the broker", lambda: answers(9092))
        self.call("topics")

    def container(self, name, *command):
        """The command line that runs the service, or another command, in its container."""
        service = self.services[name]
        mounts = []
        for volume in service.get("volumes", []):
            source, target, mode = (volume.split(":") + ["rw"])[:3]
            if source.endswith("compose/settings"):
                path = self.settings
            elif source.startswith("."):
                path = (PACKAGE / source).resolve()
            else:
                path = self.folder / source
                path.mkdir(exist_ok=True)
                os.chown(path, USER, USER)
            mounts += [path, target, mode]
        mounts += [self.folder / "secrets", "/run/secrets", "ro"]
        variables = [f"{key}={value}" for key, value in service.get("environment", {}).items()]
        program = [word.replace("$$", "$") for word in service.get("entrypoint", ["/usr/bin/leadpulse"])]
        return enter(self.root, mounts, variables, command or program + service["command"])

    def start(self, name):
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(self.container(name), stdout=log, stderr=log))

    def call(self, name, *command):
        return subprocess.run(self.container(name, *command), check=True, capture_output=True, text=True).stdout

    def stop(self):
        """Returns the exit codes, the broker's last."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait(timeout=60)
        return [process.returncode for process in reversed(self.processes)]

    def run(self):
        """Prints what follow_the_page finds, and how all processes end; if it fails, the ends of their logs."""
        try:
            self.follow_the_page()
        except BaseException:
            for log in sorted(self.folder.glob("*.log")):
                print(f"--- {log.name}", "".join(log.read_text(encoding="utf-8").splitlines(True)[-15:]), sep="\n", file=sys.stderr)
            raise
        finally:
            codes = self.stop()
        print("exit codes", *codes)

    def follow_the_page(self):
        """The steps of README.md: starts all, posts its event, and reads the lead."""
        self.start_broker()
        assert "The password of kim" in self.call("front")
        for name in ("run", "receive", "serve"):
            self.start(name)
        wait_for("the run", lambda: ask("http://run:9464/readyz")[0] == 200)
        wait_for("the receiver", lambda: ask("http://receive:9465/readyz")[0] == 200)
        page = (PACKAGE / "README.md").read_text(encoding="utf-8")
        event = re.search(r"--data '(.*)'", page)[1].encode()
        secret = (self.folder / "secrets/webhook").read_text(encoding="utf-8")
        assert ask("http://localhost:8081/acme/sendgrid", {"X-Key": "another"}, event)[0] == 401
        assert ask("http://localhost:8081/acme/sendgrid", {"X-Key": secret}, event)[0] == 200
        token = token_in(self.call("serve", "leadpulse", "serve", "token", "create", "--data", "/var/lib/leadpulse/front",
                                   "--tenant", "acme", "--role", "admin", "--label", "test"))
        address = "http://localhost:8080/api/v1/contacts/email:ada@example.com"
        found = wait_for("the lead", lambda: (got := ask(address, {"Authorization": f"Bearer {token}"}))[0] == 200 and got[1])
        print(json.loads(found)["id"], "is there")


def main(root):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="leadpulse-compose-") as folder:
        Composition(pathlib.Path(root), pathlib.Path(folder)).run()


if __name__ == "__main__":
    main(sys.argv[1])
