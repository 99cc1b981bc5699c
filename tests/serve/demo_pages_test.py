#!/usr/bin/env python3
"""`tools/dev demo --serve` after its build: the users that it names can log in and see a company at work, its line for curl
answers, and ^C ends everything that it started.

    tests/serve/demo_pages_test.py LEADPULSE
"""

import http.client
import json
import os
import shlex
import signal
import subprocess
import time
import unittest
import urllib.parse

from front import BINARY, ROOT, CommandLine
from page_client import TIMEOUT, Person


class Demo(CommandLine):
    def test_a_company_is_at_work(self):
        # The demo's own names are relative to the root.
        demo = subprocess.Popen([os.path.join(ROOT, "tools/demo/pages.sh"), BINARY, self.path("week"), "0"], text=True,
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
            self.assertEqual([(role, name) for role, name, _ in people],
                             [("admin", "ada"), ("manager", "mia"), ("agent", "ben"), ("agent", "carla"), ("agent", "david")])
            for role, name, password in people[:3]:
                page = Person(port).log_in(name, password)
                self.assertEqual((page.status, len(page.rows())), (200, 50))
                self.assertIn(f"{name} {role}, Harborline Software", page.text)
            [line] = [line for line in lines if line.startswith("curl ")]
            self.check_leads(shlex.split(line))
            person = Person(port)
            person.log_in(*people[1][1:])
            self.assertIn("New in Harborline 5", person.get("/campaigns").text)
            self.wait_for_events(person)
        finally:
            os.killpg(demo.pid, signal.SIGINT)
        self.assertEqual(demo.wait(TIMEOUT), 130)
        self.assertEqual(demo.stdout.read(), "")  # no process has it open any more

    def check_leads(self, curl):
        """Asks as the printed line does: there are leads in all stages, some due today, and nobody looks made by a program."""
        _, _, header, url = curl
        address = urllib.parse.urlsplit(url)

        def search(**parameters):
            connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT)
            name, _, value = header.partition(": ")
            connection.request("GET", f"{address.path}?{urllib.parse.urlencode(parameters)}", headers={name: value})
            response = connection.getresponse()
            self.assertEqual(response.status, 200)
            found = json.load(response)
            connection.close()
            return found

        self.assertGreater(len(search(query="tier:hot")["contacts"]), 10)
        self.assertTrue(1800 < int(search(count="exact", limit=1)["count"]) < 2200)
        for stage in ("new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost"):
            fewest = 1 if stage == "new" else 20  # the mailing of a Tuesday goes to nearly all who are new
            self.assertGreaterEqual(int(search(where=f'stage IS "{stage}"', count="exact", limit=1)["count"]), fewest, stage)
        for rule in ("follow_up_on BEFORE TOMORROW", 'email_status IS "unsubscribed"', 'agent IS "ben"', 'HAS TAG "trial"'):
            self.assertGreater(int(search(where=rule, count="exact", limit=1)["count"]), 5, rule)
        for lead in search(limit=1000)["contacts"]:
            self.assertRegex(lead["email"], r"^[a-z]+\.[a-z]+\d{0,2}@[a-z]+\.example$")
            if "phone" in lead:
                self.assertRegex(lead["phone"], r"555 01|7946 0|30 23125|1 99 00")  # numbers that belong to nobody

    def wait_for_events(self, person):
        """Waits until something has happened after the demo began."""
        begun = person.get("/leads").html
        give_up = time.monotonic() + TIMEOUT
        while person.get("/leads").html.partition("<tbody")[2] == begun.partition("<tbody")[2]:
            self.assertLess(time.monotonic(), give_up)
            time.sleep(0.5)


if __name__ == "__main__":
    unittest.main()
