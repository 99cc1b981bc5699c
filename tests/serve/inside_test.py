#!/usr/bin/env python3
"""What a save costs inside: queries to the run, and syncs of the inbox.   tests/serve/inside_test.py BINARY"""

import concurrent.futures
import re
import time
import unittest
import urllib.request

import stream_client
from front import CONTACTS, contact, free_port
from page_case import PageCase
from write_case import path_of

PEOPLE = 20


class Inside(PageCase):
    records = [record for number in range(PEOPLE) for record in contact(f"lead{number}", email=f"l{number}@x.org", city="Bern")]

    def start_run(self):
        self.operators = {"run": free_port()}
        definitions = self.with_definitions()
        self.run_process = self.begin("run", "--state", "state", "--output", "out", "--follow", "--input", "in.jsonl", "--input",
                                      "front/inbox", "--quiet", "--operator-port", str(self.operators["run"]), *definitions)

    def start_front(self, *options, port=0):
        self.operators["front"] = free_port()
        super().start_front("--operator-port", str(self.operators["front"]), *options, port=port)

    def metrics(self, program, pattern):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.operators[program]}/metrics", timeout=30) as page:
            return re.findall(pattern, page.read().decode())

    def queries(self):
        """How many queries the run has answered, without those by which the front follows changes all the time."""
        counts = self.metrics("run", r'leadpulse_query_duration_seconds_count\{[^}]*read="(\w+)"[^}]*\} (\d+)')
        return sum(int(count) for read, count in counts if read != "changes")

    def change_reads(self):
        """How often the front has asked the run for changes, and has its answer."""
        counts = self.metrics("run", r'leadpulse_query_duration_seconds_count\{[^}]*read="changes"[^}]*\} (\d+)')
        return sum(int(count) for count in counts)

    def queries_of(self, act):
        """How many queries it costs: the least of several tries, because the front asks for names and for its inbox every few
        seconds, whatever people do."""
        counts = []
        for number in range(5):
            before = self.queries()
            act(number)
            counts.append(self.queries() - before)
        return min(counts)

    def test_a_save_and_the_next_page_are_few_queries(self):
        person = self.person("mia")

        def save(number):
            page = person.get(f"/leads?lead=lead{number}")
            [form] = [form for form in page.forms if ("value:city", "Bern") in form.fields]
            before = self.queries()
            saved = person.ask("POST", form.action, form.values(**{"value:city": "Basel", "part": "yes"}))
            self.assertEqual(saved.status, 200, saved.text)
            self.assertIn('data-detail="lead', saved.html)
            self.assertIn("Basel", saved.html)
            return self.queries() - before
        self.assertLessEqual(min(save(number) for number in range(5)), 5)

    def test_the_panel_of_a_contact_is_one_query(self):
        person = self.person("mia")
        self.assertEqual(self.queries_of(lambda number: person.get(f"/leads/detail?lead=lead{number}")), 1)
        self.assertEqual(self.queries_of(lambda number: person.get(f"/leads/timeline?lead=lead{number}")), 1)

    def test_a_write_is_asked_for_once(self):
        def write(number):
            self.assertEqual(self.send_patch(f"lead{number}")[0], 200)
        # The contact before, and the outcome with the contact after.
        self.assertEqual(self.queries_of(write), 2)

    def test_a_new_contact_is_asked_for_once(self):
        def make(number):
            body = f'{{"email": "new{number}@x.org", "city": "Chur"}}'.encode()
            self.assertEqual(self.ask(CONTACTS[:-1] + "?upsert=true", method="POST", headers={"Prefer": "wait=30"}, body=body)[0], 201)
        # Whether somebody has the address, and the outcome with the contact.
        self.assertEqual(self.queries_of(make), 2)

    def test_an_idle_stream_asks_a_handful_of_times(self):
        streams = [stream_client.Stream(self.port, self.manager, touched=True) for _ in range(3)]
        for stream in streams:
            self.addCleanup(stream.close)
        self.send_patch("lead3")
        for stream in streams:
            stream.wait(lambda events: events, 30)  # the change, or a reset for it
        before, begun = self.change_reads(), time.monotonic()
        time.sleep(5)
        # One question waits four seconds, however busy this machine is.
        self.assertLessEqual(self.change_reads() - before, 3 + (time.monotonic() - begun) / 2)
        events = [len(stream.events) for stream in streams]
        self.send_patch("lead4")
        for stream, had in zip(streams, events):
            stream.wait(lambda events, had=had: len(events) > had, 30)

    def send_patch(self, lead):
        return self.ask(path_of(lead), method="PATCH", headers={"Prefer": "wait=30"}, body=b'{"city": "Chur"}')

    def test_writes_at_once_share_syncs_of_the_inbox(self):
        self.wait_for("lead0")
        syncs = r"leadpulse_receiver_syncs_total(?:\{[^}]*\})? (\d+)"
        [before] = self.metrics("front", syncs)
        with concurrent.futures.ThreadPoolExecutor(PEOPLE) as pool:
            statuses = [answer[0] for answer in pool.map(self.send_patch, [f"lead{number}" for number in range(PEOPLE)])]
        self.assertEqual(statuses, [200] * PEOPLE)
        [after] = self.metrics("front", syncs)
        self.assertLess(int(after) - int(before), PEOPLE)

    def test_a_stopped_run_is_waited_for_and_its_outcomes_are_told(self):
        """A write whose run is killed is answered once the next one has applied it."""
        self.kill(self.run_process)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            written = pool.submit(self.send_patch, "lead1")
            time.sleep(0.2)
            self.start_run()
            status, body, _ = written.result(60)
        if status != 503:  # the front noticed that the run is away before it took the write
            self.assertEqual((status, body["profile"]["city"]), (200, "Chur"), body)
        self.wait_until(lambda: self.ask(CONTACTS + "lead1")[0] == 200)


if __name__ == "__main__":
    unittest.main()
