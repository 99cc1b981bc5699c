#!/usr/bin/env python3
"""kubeconform on the manifests for Kubernetes: it takes each object, and refuses mistakes in them.

    tests/package/kubeconform_test.py build/release/leadpulse

kubernetes-validate, which kubernetes_test.py asks, has the schemas of Kubernetes. kubeconform, and the Prometheus Operator's
definition of ServiceMonitor, are Go modules. Skipped (77), with the reason, where Go cannot get them.
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from deployed import KUBERNETES, PACKAGE, PROGRAM, use_tools

if __name__ == "__main__":
    use_tools()

import yaml  # noqa: E402

FOLDER = PACKAGE / "kubernetes"
# The last that Debian 12's Go can build.
KUBECONFORM = "github.com/yannh/kubeconform/cmd/kubeconform@v0.6.3"
OPERATOR = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
MONITOR = "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml"
NO_TEST = 77

# What is written instead of what, in which file. Each is refused.
MISTAKES = [
    ("monitoring.yaml", "interval: 15s", "intervall: 15s"),
    ("monitoring.yaml", "interval: 15s", "interval: 15"),
    ("monitoring.yaml", "operator: In", "operation: In"),
    ("network.yaml", "policyTypes: [Ingress]", "policyTypes: Ingress"),
    ("network.yaml", "podSelector:", "podsSelector:"),
    ("receive.yaml", "replicas: 2", "replicas: two"),
    ("receive.yaml", "podManagementPolicy:", "podManagementPolcy:"),
    ("run.yaml", "periodSeconds: 5", "periodSecs: 5"),
    ("run.yaml", "maxUnavailable:", "maxUnavalable:"),
    ("run.yaml", "publishNotReadyAddresses: true", "publishNotReadyAddresses: 1.5"),
    ("secrets.yaml", "stringData:", "stringdata:"),
    ("serve.yaml", "containerPort: 8080", "containerPort: {}"),
    ("serve.yaml", "apiVersion: apps/v1", "apiVersion: apps/v7"),
]


class Missing(Exception):
    """A tool or its schemas cannot be got here. The message says why."""


def go(*arguments, **environment):
    try:
        done = subprocess.run(["go", *arguments], capture_output=True, text=True, check=False, cwd=tempfile.gettempdir(),
                              env={**os.environ, **environment})
    except OSError as error:
        raise Missing(f"Go does not start: {error}") from error
    if done.returncode != 0:
        raise Missing(f"go {' '.join(arguments)}: {done.stdout}{done.stderr}".strip())
    return done.stdout


def closed(schema):
    """Returns the schema with unknown keys refused, as --strict refuses them, wherever it names the known ones."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {name: closed(part) for name, part in schema.items()}
    return {"additionalProperties": False, **parts} if isinstance(parts.get("properties"), dict) and "type" in parts else parts


def write_schemas(folder):
    """Writes the schemas that kubeconform is to find."""
    known = pathlib.Path(importlib.util.find_spec("kubernetes_validate").origin).parent / "kubernetes-json-schema"
    for path in (known / f"v{KUBERNETES}.0-local-strict").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        schema.pop("$id", None)  # an address that nobody serves
        text = json.dumps(schema).replace('"/api/_definitions.json#', '"_definitions.json#')
        (folder / path.name).write_text(text, encoding="utf-8")
    module = pathlib.Path(json.loads(go("mod", "download", "-json", OPERATOR))["Dir"])
    [schema] = [version["schema"]["openAPIV3Schema"] for version in yaml.safe_load((module / MONITOR).read_text(encoding="utf-8"))["spec"]["versions"]
                if version["name"] == "v1"]
    del schema["properties"]["metadata"]  # which is of Kubernetes
    schema = {**closed(schema), "$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema["properties"]["metadata"] = {"$ref": "_definitions.json#/$defs/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"}
    (folder / "servicemonitor-monitoring-v1.json").write_text(json.dumps(schema), encoding="utf-8")


class KubeconformTest(unittest.TestCase):
    schemas = kubeconform = None

    def check(self, *files):
        """Returns what kubeconform says of each object in them."""
        done = subprocess.run([self.kubeconform, "-strict", "-verbose", "-output", "json",
                               "-schema-location", f"{self.schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json", *files],
                              capture_output=True, text=True, check=False)
        return json.loads(done.stdout)["resources"]

    def test_takes_each_object(self):
        files = [FOLDER / name for name in yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]]
        objects = [part for path in files for part in yaml.safe_load_all(path.read_text(encoding="utf-8"))]
        said = self.check(*files)
        self.assertEqual(sorted((item["kind"], item["name"]) for item in said),
                         sorted((item["kind"], item["metadata"]["name"]) for item in objects))
        self.assertEqual([item for item in said if item["status"] != "statusValid"], [])

    def test_refuses_mistakes(self):
        with tempfile.TemporaryDirectory() as folder:
            files = {}
            for number, (name, right, wrong) in enumerate(MISTAKES):
                text = (FOLDER / name).read_text(encoding="utf-8")
                self.assertIn(right, text)
                path = pathlib.Path(folder) / f"{number}-{name}"
                path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
                files[str(path)] = wrong
            refused = [files[item["filename"]] for item in self.check(*files) if item["status"] != "statusValid"]
        self.assertEqual(sorted(refused), sorted(files.values()))


def main():
    folder = PROGRAM.parent / "deployment-tools"
    with tempfile.TemporaryDirectory() as schemas:
        try:
            go("install", KUBECONFORM, GOBIN=str(folder))
            write_schemas(pathlib.Path(schemas))
        except Missing as why:
            print(f"skipped: {why}")
            sys.exit(NO_TEST)
        KubeconformTest.kubeconform, KubeconformTest.schemas = folder / "kubeconform", schemas
        unittest.main(verbosity=2)


if __name__ == "__main__":
    main()
