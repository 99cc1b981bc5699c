#!/usr/bin/env python3
"""The manifests for Kubernetes: their form, that they fit together, and that the program takes their commands and settings.

    tests/package/kubernetes_test.py build/release/leadpulse

kubernetes-validate has the schemas of Kubernetes itself; that of ServiceMonitor is the Prometheus Operator's: kubeconform_test.py.
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

from deployed import KUBERNETES, PACKAGE, ROOT, Containers, use_tools

if __name__ == "__main__":
    use_tools()

import kubernetes_validate  # noqa: E402
import yaml  # noqa: E402

sys.path.insert(0, str(ROOT / "tests/house"))
from page_blocks import block  # noqa: E402

FOLDER = PACKAGE / "kubernetes"
FOLDERS = ["/etc/leadpulse", "/var/lib/leadpulse", "/secrets", "/private"]
RESTRICTED = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
CERTIFICATE = ("ca.crt", "tls.crt", "tls.key")


class KubernetesTest(Containers):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.set_folders(folder.name, FOLDERS)
        self.kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
        self.objects = [part for name in self.kustomization["resources"]
                        for part in yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8"))]
        self.pods = {item["metadata"]["name"]: item["spec"]["template"] for item in self.of("StatefulSet")}
        self.secrets = {item["metadata"]["name"]: item["stringData"] for item in self.of("Secret")}
        [self.settings] = [item["data"] for item in self.of("ConfigMap")]
        for name, text in self.settings.items():
            self.put(f"/etc/leadpulse/{name}", text)

    def of(self, kind):
        return [item for item in self.objects if item["kind"] == kind]

    def containers(self):
        for name, pod in self.pods.items():
            for container in pod["spec"].get("initContainers", []) + pod["spec"]["containers"]:
                yield name, pod["spec"], container

    def main_container(self, name):
        [container] = self.pods[name]["spec"]["containers"]
        return container

    def environment(self, name):
        """Returns the variables of the first pod's container."""
        environment = {}
        for variable in self.main_container(name).get("env", []):
            source = variable["valueFrom"]
            if "fieldRef" in source:
                self.assertEqual(source["fieldRef"]["fieldPath"], "metadata.name")
                environment[variable["name"]] = f"{name}-0"
            else:
                secret = source["secretKeyRef"]
                environment[variable["name"]] = self.secrets[secret["name"]][secret["key"]]
        return environment

    def make_private_files(self, name):
        """Runs the commands of the page that make the certificate, then the first container of the pod."""
        commands = block("certificate").split("kubectl", 1)[0]
        subprocess.run(["sh", "-ec", commands], check=True, cwd=self.at("/secrets"), capture_output=True)
        (self.at("/secrets") / "token").write_text(self.secrets["leadpulse-secrets"]["queries"], encoding="utf-8")
        [container, *_] = self.pods[name]["spec"]["initContainers"]
        subprocess.run([*container["command"], self.here(container["args"][0])], check=True)
        mounted = {path.name: path for path in self.at("/secrets").iterdir()}
        for path in self.at("/private").iterdir():
            self.assertEqual(path.read_text(encoding="utf-8").rstrip("\n"), mounted[path.name].read_text(encoding="utf-8").rstrip("\n"))
            self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_their_form(self):
        self.assertEqual(sorted([*self.kustomization["resources"], "kustomization.yaml"]), sorted(path.name for path in FOLDER.iterdir()))
        for item in self.objects:
            if item["kind"] != "ServiceMonitor":
                kubernetes_validate.validate(item, KUBERNETES, strict=True)

    def test_pods_fulfil_the_restricted_standard(self):
        [namespace] = self.of("Namespace")
        self.assertEqual(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted")
        containerfile = (PACKAGE / "Containerfile").read_text(encoding="utf-8")
        user = int(re.search(r"^USER (\d+):", containerfile, re.M)[1])
        for name, pod, container in self.containers():
            self.assertEqual(container["securityContext"], RESTRICTED, name)
            security = pod["securityContext"]
            self.assertEqual((security["runAsNonRoot"], security["runAsUser"], security["fsGroup"]), (True, user, user), name)
            self.assertEqual(security["seccompProfile"], {"type": "RuntimeDefault"}, name)
            self.assertFalse(pod["automountServiceAccountToken"], name)
            self.assertIn("memory", container["resources"]["limits"], name)

    def test_volumes_and_secrets_are_there(self):
        for name, pod, container in self.containers():
            [stateful] = [item["spec"] for item in self.of("StatefulSet") if item["metadata"]["name"] == name]
            volumes = {volume["name"] for volume in pod["volumes"] + [claim["metadata"] for claim in stateful["volumeClaimTemplates"]]}
            self.assertLessEqual({mount["name"] for mount in container["volumeMounts"]}, volumes, name)
            for volume in pod["volumes"]:
                for source in volume.get("projected", {}).get("sources", []):
                    keys = {item["key"] for item in source["secret"].get("items", [])}
                    self.assertLessEqual(keys, set(self.secrets[source["secret"]["name"]]), name)

    def test_services_probes_and_rules_name_ports_that_there_are(self):
        ports = {name: {port["name"]: port["containerPort"] for port in self.main_container(name)["ports"]} for name in self.pods}
        for item in self.of("Service"):
            name = item["metadata"]["name"]
            self.assertEqual({port["name"]: port["port"] for port in item["spec"]["ports"]}, ports[name])
            self.assertEqual(item["spec"]["selector"], self.pods[name]["metadata"]["labels"])
        for item in self.of("StatefulSet"):
            name = item["metadata"]["name"]
            self.assertEqual(item["spec"]["selector"]["matchLabels"], self.pods[name]["metadata"]["labels"])
            self.assertIn(item["spec"]["serviceName"], [service["metadata"]["name"] for service in self.of("Service")])
            for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
                probe = self.main_container(name).get(kind, {})
                if "httpGet" in probe:
                    self.assertIn(probe["httpGet"]["port"], ports[name])
        for item in self.of("PodDisruptionBudget"):
            self.assertIn(item["spec"]["selector"]["matchLabels"], [pod["metadata"]["labels"] for pod in self.pods.values()])
        allowed = {item["spec"]["podSelector"]["matchLabels"]["app"]: {port["port"] for rule in item["spec"]["ingress"] for port in rule["ports"]}
                   for item in self.of("NetworkPolicy")}
        self.assertEqual(allowed, {name: set(of.values()) for name, of in ports.items()})

    def test_prometheus_names_the_jobs_as_the_alerts_do(self):
        [monitor] = self.of("ServiceMonitor")
        [chosen] = monitor["spec"]["selector"]["matchExpressions"]
        alerts = (ROOT / "tools/operations/alerts.yaml").read_text(encoding="utf-8")
        for name in chosen["values"]:
            [service] = [item for item in self.of("Service") if item["metadata"]["labels"]["app"] == name]
            self.assertEqual(service["metadata"]["name"], name)  # the operator's name of the job
            self.assertIn(f'job="{name}"', alerts)
            self.assertIn(monitor["spec"]["endpoints"][0]["port"], [port["name"] for port in service["spec"]["ports"]])

    def test_runs_keep_their_instance_and_their_memory(self):
        live = yaml.safe_load(self.settings["live.yaml"])
        self.assertEqual(live["kafka"]["instance"], "${POD_NAME}")
        limit = int(self.main_container("leadpulse")["resources"]["limits"]["memory"].removesuffix("Gi")) * 1024
        self.assertLess(int(live["memory"].removesuffix("MiB")), limit)

    def test_the_run_takes_its_settings(self):
        self.make_private_files("leadpulse")
        self.assertEqual(self.main_container("leadpulse")["args"], ["run", "--config", "/etc/leadpulse/live.yaml"])
        self.check_settings("/etc/leadpulse/live.yaml", self.environment("leadpulse"), wrong=["erasure secret"])  # the example's

    def test_the_receiver_starts(self):
        self.check_serving(self.main_container("leadpulse-receive")["args"], self.environment("leadpulse-receive"), "9465")

    def test_the_front_starts_and_asks_each_run(self):
        self.make_private_files("leadpulse-serve")
        made = self.call(*self.pods["leadpulse-serve"]["spec"]["initContainers"][1]["args"])
        self.assertEqual(made.returncode, 0, made.stderr)
        args = self.main_container("leadpulse-serve")["args"]
        self.check_serving(args, self.environment("leadpulse-serve"), "9466")
        [replicas] = [item["spec"]["replicas"] for item in self.of("StatefulSet") if item["metadata"]["name"] == "leadpulse"]
        hosts = [f"leadpulse-{number}.leadpulse.leadpulse.svc" for number in range(replicas)]
        self.assertEqual([args[i + 1] for i, word in enumerate(args) if word == "--run"], [f"https://{host}:9465" for host in hosts])
        for host in hosts:  # the certificate is for each
            subprocess.run(["openssl", "verify", "-CAfile", "ca.crt", "-verify_hostname", host, "tls.crt"], check=True,
                           cwd=self.at("/secrets"), capture_output=True)
        self.assertEqual(sorted(os.listdir(self.at("/private"))), ["ca.crt", "token"])
        self.assertEqual(sorted(self.secrets["leadpulse-queries-tls"]), sorted(CERTIFICATE))


if __name__ == "__main__":
    unittest.main()
