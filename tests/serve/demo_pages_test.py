#!/usr/bin/env python3
"""`tools/dev demo --serve` after its build: the users that it names can log in, and ^C ends everything that it started.

    tests/serve/demo_pages_test.py LEADPULSE
"""

import os
import re
import signal
import subprocess
import unittest

from front import BINARY, ROOT, CommandLine
from page_client import TIMEOUT, Person


class Demo(CommandLine):
    def test_three_people_log_in(self):
        subprocess.run([os.path.join(ROOT, "tools/demo/records.sh"), BINARY, self.folder], check=True, cwd=ROOT,
                       capture_output=True)
        self.output_of("run", "--definitions", os.path.join(ROOT, "tests/data/demo/definitions.yaml"), "--state", "state",
                       "--output", "out", "--input", "records.jsonl", "--quiet")
        # The demo's own names are relative to the root.
        demo = subprocess.Popen([os.path.join(ROOT, "tools/demo/pages.sh"), BINARY, self.folder, "0"], text=True,
                                stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(demo.stdout.close)
        lines = []
        try:
            while not (lines and lines[-1].startswith("http://")):
                line = demo.stdout.readline()
                self.assertTrue(line, lines)
                lines.append(line.strip())
            port = int(lines[-1].rpartition(":")[2])
            people = [line.split() for line in lines if line.split()[:1] in (["admin"], ["manager"], ["agent"])]
            self.assertEqual([role for role, _, _ in people], ["admin", "manager", "agent"])
            for role, name, password in people:
                page = Person(port).log_in(name, password)
                self.assertEqual((page.status, len(page.rows())), (200, 50))
                self.assertIn(f"{name} {role}, saas-co", page.text)
            # The search bar finds people by their names.
            person = Person(port)
            person.log_in(*people[1][1:])
            first = re.search(r'<th scope="row"[^>]*><a [^>]*>.*?<span>(\w+ \w+)</span></a>', person.get("/leads").html)[1]
            self.assertIn(first, person.get("/leads", query=first).html)
            self.assertGreater(len(person.get("/leads", query=first.split()[0].lower()).rows()), 0)
        finally:
            os.killpg(demo.pid, signal.SIGINT)
        self.assertEqual(demo.wait(TIMEOUT), 130)
        self.assertEqual(demo.stdout.read(), "")  # no process has it open any more


if __name__ == "__main__":
    unittest.main()
