#!/usr/bin/env python3
"""Runs the pods of tools/package/kubernetes without a cluster: the broker and topics of compose.yaml, then each pod's containers in
the unpacked image, with its settings and secrets and a certificate made as README.md says. For image_test.py:

    unshare --net --mount tests/package/kubernetes_run.py ROOT     ROOT: the image's root file system

A pod is an address of the loopback network.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml
from compose_run import PACKAGE, REPOSITORY, USER, Composition, ask, enter, token_in, wait_for

sys.path.insert(0, str(REPOSITORY / "tests/house"))
from page_blocks import block  # noqa: E402

PEOPLE = 12


class Pods(Composition):
    """The pods on the composition's broker."""

    def __init__(self, root, folder):
        super().__init__(root, folder)
        objects = [part for path in sorted((PACKAGE / "kubernetes").glob("*.yaml"))
                   for part in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
        self.templates = {item["metadata"]["name"]: item["spec"] for item in objects if item["kind"] == "StatefulSet"}
        [self.files] = [item["data"] for item in objects if item["kind"] == "ConfigMap"]
        self.values = {item["metadata"]["name"]: item["stringData"] for item in objects if item["kind"] == "Secret"}
        names = [f"{name}-{number}" for name, spec in self.templates.items() for number in range(spec["replicas"])]
        self.addresses = {name: f"127.0.1.{number}" for number, name in enumerate(names, 1)}
        hosts = "127.0.0.1 localhost kafka kafka.kafka\n" + "".join(
            f"{address} {name}.{name.rpartition('-')[0]}.leadpulse.svc\n" for name, address in self.addresses.items())
        self.write_hosts(hosts)
        certificate = folder / "certificate"
        certificate.mkdir()
        subprocess.run(["sh", "-ec", block("certificate").split("kubectl", 1)[0]], check=True, cwd=certificate, capture_output=True)
        self.values["leadpulse-queries-tls"] = {path.name: path.read_text(encoding="utf-8") for path in certificate.iterdir()}

    def directory(self, path, files):
        """A folder of the pods' user with the files."""
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, USER, USER)
        for name, text in files.items():
            (path / name).write_text(text, encoding="utf-8")
        return path

    def volumes(self, name):
        """The folders of the pod's volumes by name."""
        spec = self.templates[name.rpartition("-")[0]]
        here = self.directory(self.folder / name, {})
        address = self.addresses[name]
        folders = {"settings": self.directory(here / "settings", {file: text.replace("0.0.0.0", address) for file, text in self.files.items()})}
        for volume in spec["template"]["spec"]["volumes"]:
            secrets = {}
            for source in volume.get("projected", {}).get("sources", []):
                values = self.values[source["secret"]["name"]]
                items = source["secret"].get("items", [{"key": key, "path": key} for key in values])
                secrets.update({item["path"]: values[item["key"]] for item in items})
            folders.setdefault(volume["name"], self.directory(here / volume["name"], secrets))
        folders.update({claim["metadata"]["name"]: self.directory(here / "claim", {}) for claim in spec["volumeClaimTemplates"]})
        return folders

    def variables(self, name, container):
        for variable in container.get("env", []):
            source = variable["valueFrom"]
            secret = source.get("secretKeyRef")
            yield f"{variable['name']}={self.values[secret['name']][secret['key']] if secret else name}"

    def command_of(self, name, container):
        folders = self.volumes(name)
        mounts = [part for mount in container["volumeMounts"] for part in (folders[mount["name"]], mount["mountPath"], "rw")]
        program = container.get("command", ["/usr/bin/leadpulse"])
        args = [word.replace("0.0.0.0", self.addresses[name]) for word in container["args"]]
        return enter(self.root, mounts, list(self.variables(name, container)), [*program, *args])

    def start_pod(self, name):
        pod = self.templates[name.rpartition("-")[0]]["template"]["spec"]
        for container in pod.get("initContainers", []):
            subprocess.run(self.command_of(name, container), check=True, capture_output=True)
        [container] = pod["containers"]
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            self.processes.append(subprocess.Popen(self.command_of(name, container), stdout=log, stderr=log))

    def follow_the_page(self):
        """Starts all pods; the front then sees both runs."""
        self.start_broker()
        for name in self.addresses:
            self.start_pod(name)
        for name, port in (("leadpulse-0", 9464), ("leadpulse-1", 9464), ("leadpulse-receive-0", 9465), ("leadpulse-receive-1", 9465)):
            ready = f"http://{self.addresses[name]}:{port}/readyz"
            wait_for(name, lambda url=ready: ask(url)[0] == 200)
        front = "leadpulse-serve-0"
        pod = self.templates["leadpulse-serve"]["template"]["spec"]["containers"][0]
        made = subprocess.run(self.command_of(front, {**pod, "args": ["serve", "token", "create", "--data", "/var/lib/leadpulse/front", "--tenant",
                                                                      "acme", "--role", "admin", "--label", "test"]}),
                              check=True, capture_output=True, text=True).stdout
        token = {"Authorization": f"Bearer {token_in(made)}"}
        contacts = f"http://{self.addresses[front]}:8080/api/v1/contacts"
        asked = lambda url, data=None: ask(url, {**token, "Content-Type": "application/json"}, data)  # noqa: E731
        for number in range(PEOPLE):  # in the partitions of both runs
            body = json.dumps({"email": f"p{number}@example.com"}).encode()
            status = wait_for("the front", lambda data=body: asked(contacts, data)[0])
            assert status == 201, status
        found = json.loads(asked(f"{contacts}/search?count=exact&limit={PEOPLE}")[1])
        assert len(found["contacts"]) == PEOPLE and not found.get("partial"), found
        by_run = [int(re.search(r"(?m)^leadpulse_partitions_assigned\S* (\d+)", ask(f"http://{self.addresses[name]}:9464/metrics")[1])[1])
                  for name in ("leadpulse-0", "leadpulse-1")]
        print(f"{found['count']} contacts in", " and ".join(map(str, by_run)), "partitions")


def main(root):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="leadpulse-kubernetes-") as folder:
        Pods(pathlib.Path(root), pathlib.Path(folder)).run()


if __name__ == "__main__":
    main(sys.argv[1])
