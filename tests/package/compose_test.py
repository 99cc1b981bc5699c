#!/usr/bin/env python3
"""compose.yaml: its form, and that the program takes the commands and settings in it.

    tests/package/compose_test.py build/release/leadpulse
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from deployed import PACKAGE, PROGRAM, ROOT, Containers, use_tools

if __name__ == "__main__":
    use_tools()

import compose_spec  # noqa: E402
import yaml  # noqa: E402

FILE = PACKAGE / "compose.yaml"
FOLDERS = ["/etc/leadpulse", "/definitions", "/var/lib/leadpulse", "/run/secrets"]


class ComposeTest(Containers):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.set_folders(folder.name, FOLDERS)
        self.file = yaml.safe_load(FILE.read_text(encoding="utf-8"))
        self.services = self.file["services"]
        self.ours = {name: service for name, service in self.services.items() if service["image"].startswith("leadpulse:")}

    def mount(self, name):
        """Lays out what the service mounts."""
        service = self.services[name]
        for volume in service.get("volumes", []):
            source, target = volume.split(":")[:2]
            if source.startswith("."):
                for path in sorted((FILE.parent / source).iterdir()):
                    self.put(f"{target}/{path.name}", path.read_text(encoding="utf-8"))
        for secret in service.get("secrets", []):
            self.put(f"/run/secrets/{secret}", "8f2c4e1a9b7d3056e4a1\n")

    def test_its_form(self):
        compose = compose_spec.PyOptions(apply_merge=True).from_yaml(FILE.read_text(encoding="utf-8"))
        compose.validate()
        self.assertEqual(sorted(self.ours), ["front", "receive", "run", "serve", "topics"])
        for name, service in self.services.items():
            for needed, how in service.get("depends_on", {}).items():
                self.assertIn(needed, self.services, name)
                if how["condition"] == "service_healthy" and needed not in self.ours:  # our image has a health check
                    self.assertIn("healthcheck", self.services[needed])
            for volume in service.get("volumes", []):
                source = volume.split(":")[0]
                self.assertTrue((FILE.parent / source).exists() if source.startswith(".") else source in self.file["volumes"], volume)

    def test_only_this_machine_reaches_it(self):
        for name, service in self.services.items():
            for port in service.get("ports", []):
                self.assertTrue(port.startswith("127.0.0.1:"), name)

    def test_our_services_may_do_little(self):
        version = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True).stdout.split()[1].rstrip(",")
        for name, service in self.ours.items():
            self.assertEqual((service["image"], service["read_only"], service["cap_drop"]), (f"leadpulse:{version}", True, ["ALL"]), name)
            self.assertEqual(service["security_opt"], ["no-new-privileges:true"], name)

    def test_the_run_takes_its_settings(self):
        self.assertEqual(self.services["run"]["command"], ["run", "--config", "/etc/leadpulse/live.yaml"])
        self.mount("run")
        self.check_settings("/etc/leadpulse/live.yaml", {})

    def test_the_receiver_starts(self):
        self.mount("receive")
        self.check_serving(self.services["receive"]["command"], {}, "9465")

    def test_the_front_is_made_once_and_starts(self):
        self.assertEqual(self.services["front"]["entrypoint"][:2], ["/bin/sh", "-c"])
        shell = self.here(self.services["front"]["entrypoint"][2].replace("$$", "$"))
        command = list(map(self.here, self.services["front"]["command"]))
        environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
        said = [subprocess.run(["sh", "-c", shell, "sh", *command], capture_output=True, text=True, check=True, env=environment).stdout
                for _ in range(2)]
        self.assertIn("The password of kim", said[0])
        self.assertEqual(said[1], "")
        self.mount("serve")
        self.check_serving(self.services["serve"]["command"], {}, "9466")

    def test_the_topics_are_made_with_the_settings_of_the_run(self):
        self.mount("topics")
        done = self.call(*self.services["topics"]["command"])
        self.assertEqual(done.returncode, 1, done.stderr)  # not 2, for a wrong command line: only the broker is missing
        self.assertIn(f"127.0.0.1:{self.ports['broker']}", done.stderr)

    def test_prometheus_and_grafana_find_what_they_read(self):
        prometheus = yaml.safe_load((PACKAGE / "compose/prometheus.yaml").read_text(encoding="utf-8"))
        alerts = (ROOT / "tools/operations/alerts.yaml").read_text(encoding="utf-8")
        for job in prometheus["scrape_configs"]:
            self.assertIn(f'job="{job["job_name"]}"', alerts)
            [target] = job["static_configs"][0]["targets"]
            service, port = target.split(":")
            command = self.services[service]["command"]
            if "--operator-port" in command:
                self.assertEqual([command[command.index(f"--operator-{what}") + 1] for what in ("address", "port")], ["0.0.0.0", port])
                continue
            read = yaml.safe_load((PACKAGE / "compose/settings" / pathlib.Path(command[-1]).name).read_text(encoding="utf-8"))
            self.assertEqual(read["http"], {"address": "0.0.0.0", "port": int(port)})
        mounts = [volume.split(":")[1] for name in ("prometheus", "grafana") for volume in self.services[name]["volumes"]]
        self.assertLessEqual(set(prometheus["rule_files"]), set(mounts))
        [provider] = yaml.safe_load((PACKAGE / "compose/grafana/dashboards/leadpulse.yaml").read_text(encoding="utf-8"))["providers"]
        self.assertIn(f"{provider['options']['path']}/dashboard.json", mounts)
        [source] = yaml.safe_load((PACKAGE / "compose/grafana/datasources/prometheus.yaml").read_text(encoding="utf-8"))["datasources"]
        dashboard = json.loads((ROOT / "tools/operations/dashboard.json").read_text(encoding="utf-8"))
        self.assertEqual([variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "datasource"], [source["type"]])

    def test_the_secrets_are_made_once(self):
        script = self.folder / "secrets.sh"
        script.write_text((PACKAGE / "compose/secrets.sh").read_text(encoding="utf-8"), encoding="utf-8")
        made = []
        for _ in range(2):
            subprocess.run(["sh", script], check=True)
            made.append({path.name: path.read_text(encoding="utf-8") for path in (self.folder / "secrets").iterdir()})
        self.assertEqual(made[0], made[1])
        self.assertEqual(sorted(made[0]), sorted(pathlib.Path(secret["file"]).name for secret in self.file["secrets"].values()))
        self.assertTrue(all(re.fullmatch("[0-9a-f]{48}", secret) for secret in made[0].values()), made[0])
        self.assertEqual((self.folder / "secrets").stat().st_mode & 0o777, 0o700)


if __name__ == "__main__":
    unittest.main()
