#!/usr/bin/env python3
"""A front of two live runs that share the partitions.   tests/serve/several_runs_test.py BINARY

The front asks the first run over its socket, and the second one over TLS with a token and its own certificate.
"""

import http.client
import json
import os
import pathlib
import re
import ssl
import subprocess
import sys
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/kafka")]

from front import API, CONTACTS, FrontCase  # noqa: E402
from page_client import Person  # noqa: E402
from stream_client import Stream  # noqa: E402
from command_line import BINARY  # noqa: E402
from live import wait_for, world_for  # noqa: E402

DEFINITIONS = """
tenants:
  "*":
    tiers: [{name: all}]
    segments: [{id: bern, name: Bern, rule: city IS "Bern"}]
"""
LEADS = [f"l{number:02}" for number in range(24)]
TOKEN = "a token for tests only"


def make_certificates(folder):
    """An authority with a certificate for the run and one for the front, and a certificate of another authority."""
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)
    fresh = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
    openssl("req", "-x509", *fresh, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
    openssl("req", "-x509", *fresh, "-subj", "/CN=other", "-keyout", "other.key", "-out", "other.pem")
    for name, usage in (("run", "serverAuth"), ("front", "clientAuth")):
        openssl("req", *fresh, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        (folder / f"{name}.ext").write_text(f"subjectAltName=IP:127.0.0.1\nextendedKeyUsage={usage}\n")
        openssl("x509", "-req", "-days", "2", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-extfile", f"{name}.ext", "-out", f"{name}.pem")
    (folder / "token").write_text(TOKEN + "\n")
    for name in ("token", "run.key", "front.key", "other.key"):
        os.chmod(folder / name, 0o600)


class SeveralRunsTest(FrontCase):
    has_leads = False  # the runs, which all tests share

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.world = world_for(cls, BINARY, DEFINITIONS)
        cls.keys = cls.world.folder
        make_certificates(cls.keys)
        cls.first, cls.second = cls.world.process(1).start(), cls.world.process(2)
        cls.second_port = cls.start_second()
        wait_for("both have partitions", 60, lambda: all(
            " is live" in process.said() for process in (cls.first, cls.second)))

    @classmethod
    def start_second(cls, port=0):
        keys = cls.keys
        cls.second.start(queries={"enabled": True, "port": port, "token_file": str(keys / "token"), "tls": {
            "certificate_file": str(keys / "run.pem"), "key_file": str(keys / "run.key"),
            "client_ca_file": str(keys / "ca.pem")}})
        found = []

        def answers():
            found[:] = re.findall(r"answering lead queries on https://127\.0\.0\.1:(\d+)", cls.second.said())
            return found
        wait_for("the second run", 60, answers)
        return int(found[0])

    def setUp(self):
        super().setUp()
        self.make_front()
        self.start_front()
        self.wait_until_whole()
        if not self.has_leads:
            for lead in LEADS:
                self.write_lead(lead, {"id": lead, "city": "Bern" if lead < "l10" else "Rome", "email": f"{lead}@x.example"})
            type(self).has_leads = True

    def runs(self, token_file="token"):
        """The options that name both runs."""
        keys = self.keys
        return ("--config", str(self.first.folder / "live.yaml"), "--run", f"unix:{self.first.state}/queries.sock",
                "--run", f"https://127.0.0.1:{self.second_port}", "--run-token-file", str(keys / token_file),
                "--run-ca-file", str(keys / "ca.pem"), "--run-certificate-file", str(keys / "front.pem"),
                "--run-key-file", str(keys / "front.key"))

    def start_front(self, *options):
        self.serve(*self.runs(), *options)

    def write_lead(self, lead, body):
        def is_written():
            self.last = self.ask(CONTACTS[:-1] + "?upsert=true", method="POST", body=json.dumps(body))
            return self.last[0] in (200, 201)
        wait_for(f"{lead} is written", 60, is_written)

    def wait_until_whole(self):
        """Waits until each partition accepts writes and no run is missing."""
        for number in range(8):
            self.write_lead(f"first-{number}", {"id": f"first-{number}", "city": "Oslo"})
        wait_for("a whole answer", 60, lambda: self.is_whole(self.search()))

    @staticmethod
    def is_whole(answer):
        status, body = answer
        return status == 200 and "partial" not in body

    def ask(self, path, *arguments, **more):
        """Waits as long as the rate limit of scans says."""
        while (answered := super().ask(path, *arguments, **more))[0] == 429:
            self.sleep_for(answered[2])
        return answered

    def walk(self, token=None, **parameters):
        """The ids on all pages."""
        found, cursor = [], None
        while cursor != "":
            status, page = self.search(token, **parameters, **({"cursor": cursor} if cursor else {}))
            self.assertEqual(status, 200, page)
            self.assertNotIn("partial", page)
            found += [row["id"] for row in page["contacts"]]
            cursor = page["cursor"] or ""
        return found

    def test_1_answers_are_those_of_one_run_with_all_leads(self):
        bern = [lead for lead in LEADS if lead < "l10"]
        everyone = 'city IS "Bern" OR city IS "Rome"'
        for limit in (5, 24, 100):
            self.assertEqual(self.walk(where=everyone, limit=limit), LEADS)
        self.assertEqual(self.walk(where=everyone, limit=5, sort="-email"), LEADS[::-1])
        self.assertEqual(self.walk(where=everyone, limit=5, sort="city"), LEADS)
        self.assertEqual(self.search(where='city IS "Bern"', count="exact", limit=3)[1]["count"], len(bern))
        segments = self.ask(API + "segments")[1]
        self.assertEqual([(each["id"], each["count"], each["entered_today"], each["left_today"]) for each in segments["segments"]],
                         [("bern", len(bern), len(bern), 0)])
        stages = {each["stage"]: each for each in self.ask(API + "pipeline?limit=3")[1]["stages"]}
        self.assertEqual(stages["new"]["count"], len(LEADS) + 8)
        self.assertEqual([row["id"] for row in stages["new"]["contacts"]], ["first-0", "first-1", "first-2"])
        for report in ("pipeline", "tiers", "segments", "campaigns", "scores"):
            body = self.ask(f"{API}reports/{report}")[1]
            self.assertEqual(body["leads"]["count"], len(LEADS) + 8, body)
        days = self.ask(f"{API}reports/days")[1]
        self.assertEqual(sum(row["created"] for row in days["rows"]), len(LEADS) + 8, days)
        preview = self.ask(API + "segments/preview", method="POST", body=json.dumps({"rule": 'city IS "Rome"'}))[1]
        self.assertEqual((preview["count"], len(preview["entering"])), (len(LEADS) - len(bern), 5))
        for lead in LEADS:
            for ident in (lead, f"email:{lead}@x.example"):
                self.assertEqual(self.ask(CONTACTS + ident)[1]["id"], lead)
            self.assertEqual(self.ask(f"{CONTACTS}{lead}/timeline")[0], 200)
            self.assertEqual(self.ask(f"{CONTACTS}{lead}/explain")[0], 200)
        self.assertEqual(self.ask(CONTACTS + "nobody")[0], 404)
        for where in (everyone, 'city IS "Bern"'):
            job = self.ask(API + "exports", method="POST", body=json.dumps(
                {"where": where, "columns": ["id"], "format": "csv"}))[1]
            wait_for("the export", 30, lambda j=job: self.ask(f"{API}jobs/{j['id']}")[1]["state"] == "done")
            self.assertEqual(self.ask(f"{API}jobs/{job['id']}")[1]["done"], len(self.walk(where=where)))

    def test_2_nobody_sees_leads_of_others_in_either_run(self):
        agents = dict(zip(LEADS, ("ben", "cid", "") * len(LEADS)))
        for lead, agent in agents.items():
            body = json.dumps({"agentId": agent})
            self.assertEqual(self.ask(f"{CONTACTS}{lead}/agent", method="POST", body=body)[0], 200)
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        free = [f"first-{number}" for number in range(8)]
        of_ben = [lead for lead in LEADS if agents[lead] != "cid"]
        for token, seen in ((self.token("--agent", "ben", role="agent"), of_ben),
                            (self.token(role="admin", tenant="blue"), [])):
            others = free if seen else []
            everyone = 'city IS "Bern" OR city IS "Rome"'
            for limit in (3, 100):
                self.assertEqual(self.walk(token, where=everyone, limit=limit), seen)
            self.assertEqual(self.search(token, count="exact", limit=1)[1]["count"], len(seen + others))
            stages = self.ask(API + "pipeline?limit=100", token)[1]["stages"]
            self.assertEqual(sorted(row["id"] for stage in stages for row in stage["contacts"]), sorted(seen + others))
            self.assertEqual(sum(stage["count"] for stage in stages), len(seen + others))
            counted = self.ask(API + "segments", token)[1]["segments"]
            self.assertEqual([each["count"] for each in counted], [sum(lead < "l10" for lead in seen)])
            unknown = self.ask(CONTACTS + "nobody", token)[:2]
            self.assertEqual(unknown[0], 404)
            for lead in LEADS:
                for path in (lead, f"email:{lead}@x.example", f"{lead}/timeline", f"{lead}/explain"):
                    answer = self.ask(CONTACTS + path, token)[:2]
                    self.assertEqual(answer[1]["id"] if lead in seen else answer, lead if lead in seen else unknown)
            self.check_stream(token, seen)

    def check_stream(self, token, seen):
        """Changes every lead, invisible ones first: the stream has the changes of the visible ones."""
        stream = Stream(self.port, token)
        self.addCleanup(stream.close)
        for stage in ("qualified", "new"):
            for lead in sorted(LEADS, key=lambda lead: lead in seen):
                self.ask(f"{CONTACTS}{lead}/stage", method="POST", body=json.dumps({"stage": stage}))
        stream.wait(lambda events: {event.data.get("lead_id") for event in events} >= set(seen))
        time.sleep(1)  # waits for changes that must not come
        self.assertEqual(stream.leads() - {None}, set(seen))

    def test_2_writes_are_visible_once_answered_and_streamed_from_both(self):
        stream = Stream(self.port, self.manager)
        self.addCleanup(stream.close)
        for lead in LEADS:
            self.assertEqual(self.ask(f"{CONTACTS}{lead}/stage", method="POST", body='{"stage": "qualified"}')[0], 200)
            self.assertEqual(self.ask(CONTACTS + lead)[1]["stage"], "qualified")
        events = stream.wait(lambda events: sum(event.kind == "STAGE_CHANGED" for event in events) == len(LEADS))
        self.assertNotIn("reset", [event.kind for event in events])
        # Continues after any event, in both runs.
        middle = [event for event in events if event.kind == "STAGE_CHANGED"][9]
        rest = events[events.index(middle) + 1:]
        again = Stream(self.port, self.manager, last_id=middle.id)
        self.addCleanup(again.close)
        again.wait(lambda events: len(events) >= len(rest))
        self.assertEqual(sorted(map(repr, again.events)), sorted(map(repr, rest)))
        for lead in LEADS:
            self.ask(f"{CONTACTS}{lead}/stage", method="POST", body='{"stage": "new"}')

    def post(self, certificate=None, authorization=None):
        context = ssl.create_default_context(cafile=self.keys / "ca.pem")
        if certificate:
            context.load_cert_chain(self.keys / f"{certificate}.pem", self.keys / f"{certificate}.key")
        connection = http.client.HTTPSConnection("127.0.0.1", self.second_port, timeout=30, context=context)
        headers = {"Authorization": authorization} if authorization else {}
        try:
            connection.request("POST", "/leads/count", b"", headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def test_3_only_a_front_with_the_token_may_ask(self):
        self.assertEqual(self.post("front", f"Bearer {TOKEN}"), 400)  # authorised, but an empty query
        for authorization in (None, "Bearer", "Bearer wrong", f"Bearer {TOKEN}x", TOKEN):
            self.assertEqual(self.post("front", authorization), 401, authorization)

    def test_3_only_a_front_with_a_certificate_may_ask(self):
        right = f"Bearer {TOKEN}"
        for certificate in (None, "other", "run"):
            self.assertEqual(self.post(certificate, right), 401, certificate)
        with self.assertRaises((ssl.SSLError, OSError, http.client.HTTPException)):
            plain = http.client.HTTPConnection("127.0.0.1", self.second_port, timeout=30)
            plain.request("POST", "/leads/count", b"", {"Authorization": right})
            plain.getresponse()

    def doctor(self, **options):
        """The doctor's findings about each run."""
        said = self.call("doctor", "--front", "front", "--format", "json", *self.runs(**options)).stdout
        return [(check["check"], check["result"], check["found"], check["advice"])
                for check in json.loads(said)["checks"] if check["check"] in ("run", "inbox")]

    def test_3_the_doctor_checks_each_run(self):
        first, second = f"{self.first.state}/queries.sock", f"https://127.0.0.1:{self.second_port}"
        self.assertEqual(self.doctor(), [found for run in (first, second) for found in (
            ("run", "ok", f"answers at {run}", ""), ("inbox", "ok", f"the run at {run} reads lead.commands", ""))])
        (self.keys / "wrong").write_text("another token for tests\n")
        os.chmod(self.keys / "wrong", 0o600)
        *_, (check, result, found, advice), inbox = self.doctor(token_file="wrong")
        self.assertEqual((check, result, inbox[1]), ("run", "error", "not checked"))
        self.assertIn(f"no run answers at {second}: the run at {second} refuses this front: the token is", found)
        self.assertIn("token and certificates are those of its settings", advice)

    def test_4_without_a_run_answers_are_partial_until_another_has_its_partitions(self):
        said = self.output_of("serve", "user", "add", "--data", "front", "--tenant", "acme", "mia", "--role", "manager")
        person = Person(self.port)
        self.assertEqual(person.log_in("mia", said.strip().split("\n")[-1], tenant="acme").status, 200)
        self.second.kill()
        status, page = self.search(limit=100)
        self.assertEqual((status, page.get("partial")), (200, True), page)
        missing = page["missing_partitions"]
        self.assertEqual([check[1] for check in self.doctor()], ["ok", "ok", "error", "not checked"])
        self.assertTrue(missing and set(missing) < {0, 1, 2, 3}, missing)
        there = {row["id"] for row in page["contacts"]}
        self.assertTrue(there < set(LEADS) | {f"first-{number}" for number in range(8)})
        for path in ("/leads", "/pipeline", "/campaigns", "/reports"):
            self.assertIn("A part of the leads cannot be read", person.get(path).text, path)
        for lead in LEADS:
            self.assertEqual(self.ask(CONTACTS + lead)[0], 200 if lead in there else 503, lead)
        counted = self.ask(API + "pipeline")[1]
        self.assertEqual(sum(stage["count"] for stage in counted["stages"]), len(there))
        self.assertEqual(self.header_of(API + "reports/tiers?format=csv", "Leadpulse-Partial"),
                         "partitions " + ", ".join(map(str, missing)))
        # Operations that need all contacts refuse to work on a part.
        selection = json.dumps({"where": 'city IS "Bern"', "action": "tags", "body": {"add": ["x"]}})
        self.assertEqual(self.ask(API + "bulk", method="POST", body=selection)[0], 503)
        # The first run takes the partitions over.
        wait_for("a whole answer", 60, lambda: self.is_whole(self.search()))
        self.assertEqual(self.walk(where='city IS "Bern" OR city IS "Rome"', limit=5), LEADS)
        # It gives them back: its state's copies of those partitions no longer count.
        type(self).start_second(self.second_port)
        self.write_until_both_serve()
        for number in range(3):
            self.write_lead(f"first-{number}", {"id": f"first-{number}", "city": "Bern"})
        self.assertEqual(len(self.walk(where='city IS "Bern" OR city IS "Rome"', limit=5)), len(LEADS) + 3)
        self.assertEqual(self.search(where="city IS SET", count="exact")[1]["count"], len(LEADS) + 8)

    def test_5_leads_of_one_address_are_found_in_either_run(self):
        """Six addresses with four leads each, in all partitions. One lead of each must not be contacted."""
        self.wait_until_whole()
        shared = {f"team{number}@x.example": [f"user-{number}-{user}" for user in range(4)] for number in range(6)}
        for address, users in shared.items():
            for user in users:
                self.write_lead(user, {"id": user, "city": "Chur"})
                self.assertEqual(self.ask(CONTACTS + user + "?shared=true", method="PATCH",
                                          body=json.dumps({"email": address}))[0], 200)
            self.assertEqual(self.ask(f"{CONTACTS}{users[0]}/do-not-contact", method="POST",
                                      body='{"value": true, "reason": "asked"}')[0], 200)

        def counted(limit):
            found, cursor = [], None
            while cursor != "":
                page = self.ask(f"{CONTACTS}duplicates?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))[1]
                found += [(row["address"], row["leads"], row["sendable"], row["first_leads"])
                          for row in page["duplicates"]]
                cursor = page["cursor"] or ""
            return found
        wanted = [(address, 4, 3, users) for address, users in shared.items()]
        wait_for("the addresses know their users", 30, lambda: counted(100) == wanted)
        self.assertEqual(counted(4), wanted)
        agent = self.token("--agent", "ben", role="agent")
        for users in shared.values():
            for user in users:
                others = [other for other in users if other != user]
                for path, body in ((user, self.ask(CONTACTS + user)[1]),
                                   (f"{user}/export", self.ask(f"{CONTACTS}{user}/export")[1]["contact"])):
                    self.assertEqual(body["address"]["also_used_by"], others, path)
                self.assertEqual(self.ask(CONTACTS + user, agent)[1]["address"]["also_used_by"], [])
        # An agent sees the first of those that it may see, and cannot change one of two.
        for address, users in shared.items():
            for user in users[:2]:
                self.assertEqual(self.ask(f"{CONTACTS}{user}/agent", method="POST", body='{"agentId": "cid"}')[0], 200)
            by_address = f"{CONTACTS}email:{address}"
            self.assertEqual(self.ask(by_address, agent)[1].get("id"), users[2])
            status, said, _ = self.ask(by_address, agent, "PATCH", body='{"city": "Rome"}')
            self.assertEqual((status, said.get("contacts")), (409, users[2:]), said)
        # Without the run of an address, the address's users are unknown; those of others are known.
        self.second.kill()
        told = {}
        for users in shared.values():
            for user in users:
                status, body, _ = self.ask(CONTACTS + user)
                if status == 200:
                    told[user] = body["address"]["also_used_by"]
        self.assertEqual({user for user, others in told.items() if others not in (None, [
            other for other in shared[f"team{user.split('-')[1]}@x.example"] if other != user])}, set())
        self.assertIn(None, told.values())

    def header_of(self, path, name):
        return self.request("GET", path, headers=self.bearer())[0].getheader(name)

    def write_until_both_serve(self):
        wait_for("the second run has partitions", 60, lambda: " is live" in self.second.said())
        wait_for("a whole answer", 60, lambda: self.is_whole(self.search()))


if __name__ == "__main__":
    unittest.main()
