#!/usr/bin/env python3
"""Queries to a live run over the socket in its state's directory.   tests/serve/queries_test.py BINARY"""

import http.client
import itertools
import json
import os
import random
import re
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests/cli"))
from command_line import BINARY, CommandLine  # noqa: E402
from page_client import TIMEOUT  # noqa: E402

MESSAGES = tempfile.TemporaryDirectory()
PROTOS = [f"leadpulse/v1/{name}" for name in sorted(os.listdir(os.path.join(ROOT, "schemas/leadpulse/v1")))]
subprocess.run(["protoc", "-I", "schemas", f"--python_out={MESSAGES.name}", *PROTOS], cwd=ROOT, check=True)
sys.path.insert(0, MESSAGES.name)
from leadpulse.v1 import lead_history_pb2 as history, query_pb2 as messages  # noqa: E402



def event(lead, number, kind="OPEN", day=1):
    return {"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-{number}", "type": kind,
                      "occurredAt": f"2026-03-{day:02d}T10:00:00Z"}}


def command(lead, name, action, number=1):
    return {"command": {"tenantId": "acme", "leadId": lead, "commandId": f"{lead}-{name}-{number}", "actor": "test",
                        "issuedAt": "2026-03-01T09:00:00Z", **action}}


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=TIMEOUT)
        self.path = path

    def connect(self):
        # Relative to the folder: a socket's path has at most 107 bytes.
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT)
        self.sock.connect(self.path)


class QueryCase(CommandLine):
    def start(self, records, *options):
        self.append(records)
        self.job = self.start_job("--follow", "--input", "in.jsonl", "--quiet", *options, stderr=subprocess.PIPE)
        self.addCleanup(self.stop)
        self.wait_until(lambda: self.status_of(self.get("nobody")) == 404)

    def stop(self):
        if self.job.poll() is None:
            self.job.send_signal(signal.SIGTERM)
        _, said = self.job.communicate(timeout=TIMEOUT)
        return said

    def append(self, records):
        with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
            file.write("".join(json.dumps(record) + "\n" for record in records))

    def wait_until(self, holds):
        give_up = time.monotonic() + TIMEOUT
        while not holds():
            self.assertLess(time.monotonic(), give_up, "waited too long")
            self.assertIsNone(self.job.poll(), "the run ended")
            time.sleep(0.02)

    def post(self, path, body, method="POST"):
        connection = SocketConnection(self.path("state/queries.sock"))
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (FileNotFoundError, ConnectionError):
            return None, b""
        finally:
            connection.close()

    @staticmethod
    def status_of(answer):
        return answer[0]

    def get(self, lead, tenant="acme", agent=None):
        """Returns the status, and the record or the error's bytes."""
        status, body = self.post("/leads/get", messages.GetLead(
            caller=messages.Caller(tenant_id=tenant, agent_id=agent), lead_id=lead).SerializeToString())
        return status, messages.LeadAnswer.FromString(body).record if status == 200 else body

    def find(self, tenant="acme", agent=None, **request):
        request = {"limit": 100, **request}
        return self.post("/leads/find", messages.FindLeads(
            caller=messages.Caller(tenant_id=tenant, agent_id=agent), **request).SerializeToString())

    def found(self, **request):
        status, body = self.find(**request)
        self.assertEqual(status, 200, body)
        return messages.FoundLeads.FromString(body)

    def refusal(self, **request):
        status, body = self.find(**request)
        self.assertEqual(status, 400, body)
        error = messages.QueryError.FromString(body)
        self.assertEqual(error.code, "invalid_value")
        return error.detail

    def walk(self, page, **request):
        """Returns the leads' ids on all pages, whose sizes `page` returns."""
        leads, cursor = [], ""
        while True:
            answer = self.found(limit=page(), cursor=cursor, **request)
            leads += [row.lead.lead_id for row in answer.rows]
            cursor = answer.cursor
            if not cursor:
                return leads

    def listed(self, where, order=()):
        lines = self.output_of("leads", "--state", "state", "--tenant", "acme", "--where", where, "--format", "jsonl",
                               "--columns", "lead", *order).splitlines()
        return [json.loads(line)["lead"] for line in lines]

    def asked(self, path, query, answer, agent=None, tenant="acme", **request):
        """Returns the status and the answer of another query."""
        status, body = self.post(path, query(caller=messages.Caller(tenant_id=tenant, agent_id=agent),
                                             **request).SerializeToString())
        return status, answer.FromString(body) if status == 200 else body

    def read_changes(self, *readers):
        """Returns the status, and the page of each reader, given by caller and position."""
        request = messages.ReadChanges(readers=[messages.ChangeReader(caller=caller, after=after)
                                                for caller, after in readers])
        status, body = self.post("/changes/read", request.SerializeToString())
        return status, list(messages.ChangePages.FromString(body).pages) if status == 200 else body


class Queries(QueryCase):
    def test_a_lead_is_what_the_command_prints(self):
        self.start([event("ann@example.com", 1), command("ann@example.com", "name", {
            "updateProfile": {"set": {"first_name": "Änn \"A\""}}})])
        self.wait_until(lambda: self.status_of(self.get("ann@example.com")) == 200)
        status, record = self.get("ann@example.com")
        self.assertEqual(status, 200)
        lead = record.row.lead
        printed = json.loads(self.output_of("lead", "--state", "state", "--tenant", "acme", "--lead",
                                            "ann@example.com"))
        self.assertEqual({one.name: one.sent.text for one in record.attributes}, {"first_name": "Änn \"A\""})
        self.assertEqual(printed["attributes"], {"first_name": {"sent": "Änn \"A\""}})
        self.assertEqual(
            [lead.lead_id, lead.seq, lead.score, lead.tier, lead.email_status, lead.stage, lead.email, lead.version],
            [printed[name] for name in ("leadId", "seq", "score", "tier", "emailStatus", "stage", "email", "version")])
        self.assertEqual({one.type: one.count for one in lead.counts},
                         {name: count for name, count in printed["counts"].items() if count > 0})
        self.assertEqual([one.event_id for one in record.events], [one["eventId"] for one in printed["events"]])

    def test_an_address_stands_for_the_lead_that_has_it(self):
        self.write("d.yaml", "tenants: {acme: {tiers: [{name: all}], identity: {by_email: true}}}\n")
        self.start([command("4711", "mail", {"email": "mia@example.com",
                                             "updateProfile": {"set": {"email": "mia@example.com"}}})],
                   "--definitions", "d.yaml")
        self.wait_until(lambda: self.status_of(self.get("4711")) == 200)
        self.assertEqual(self.get("mia@example.com")[1].row.lead.lead_id, "4711")

    def test_changes_are_read_by_several_at_once(self):
        self.start([])
        acme, ben, other = (messages.Caller(tenant_id="acme"), messages.Caller(tenant_id="acme", agent_id="ben"),
                            messages.Caller(tenant_id="other"))
        status, pages = self.read_changes((acme, ""), (ben, ""), (other, "x"))
        self.assertEqual((status, [page.reset for page in pages]), (200, [False, False, True]))
        positions = [page.next for page in pages]
        self.append([record for lead, agent in (("1", "ben"), ("2", "cid")) for record in (
            command(lead, "agent", {"assignAgent": {"agentId": agent}}), event(lead, 1))])

        def read():
            return self.read_changes(*zip((acme, ben, other), positions))[1]
        self.wait_until(lambda: {"1", "2"} <= {json.loads(event.json)["leadId"] for event in read()[0].events})
        leads = [{json.loads(event.json)["leadId"] for event in page.events} for page in read()]
        self.assertEqual(leads, [{"1", "2"}, {"1"}, set()])
        self.assertEqual(self.read_changes(*[(acme, "")] * 1001)[0], 400)
        self.assertEqual(self.read_changes((messages.Caller(), ""))[0], 400)
        self.assertEqual(self.post("/changes/read", b"\xff")[0], 400)

    def test_pages_are_those_of_the_list_while_records_come(self):
        seed = int(os.environ.get("LEADPULSE_SEED") or random.SystemRandom().randrange(10**9))
        rng = random.Random(seed)
        leads = [f"lead{i:03d}" for i in range(300)]
        self.start([event(lead, i, rng.choice(["OPEN", "CLICK", "REPLY", "SENT"]), rng.randint(1, 28))
                    for lead in leads for i in range(rng.randint(1, 4))])
        self.wait_until(lambda: self.found(count=True, limit=1).count == len(leads))
        rules = ["score > 5", "clicks = 0", "score >= 0", 'tier = "hot"', "opens > 1 OR replies > 0"]
        done, numbers = threading.Event(), itertools.count()

        def others_come():
            while not done.is_set():
                self.append([event(f"other{number % 500}", number) for number in itertools.islice(numbers, 20)])
                time.sleep(0.01)

        thread = threading.Thread(target=others_come)
        thread.start()
        try:
            for _ in range(12):
                rule = rng.choice(rules)
                order, descending = rng.choice(["", "score", "first_engaged"]), rng.random() < 0.5
                walked = [lead for lead in self.walk(lambda: rng.randint(1, 120), rule=rule, order=order,
                                                     descending=descending) if lead.startswith("lead")]
                listing = ["--order", f"{order}{':desc' if descending else ''}"] if order else []
                wanted = [lead for lead in self.listed(rule, listing) if lead.startswith("lead")]
                self.assertEqual(walked, wanted, f"seed {seed}: {rule}, {order}, {descending}")
        finally:
            done.set()
            thread.join()

    def test_rules_are_echoed_and_mistakes_are_explained(self):
        self.start([event("ann", 1), event("bob", 1)])
        self.wait_until(lambda: self.found(count=True, limit=1).count == 2)
        answer = self.found(rule="score>0 and  opens >= 1")
        self.assertEqual(answer.rule, "score > 0 AND opens >= 1")
        self.assertIn("industri", self.found(rule="industri IS SET").warnings[0])
        self.assertIn("^", self.refusal(rule="score >> 1"))
        self.assertIn("1 to 1000", self.refusal(limit=0))
        self.assertIn("1 to 1000", self.refusal(limit=1001))
        cursor = self.found(limit=1).cursor
        self.assertEqual(len(self.found(limit=1, cursor=cursor).rows), 1)
        for wrong in ({"rule": "score > 0"}, {"order": "score"}, {"tenant": "other"}, {"agent": "ben"}):
            self.assertIn("cursor", self.refusal(limit=1, cursor=cursor, **wrong))
        for wrong in ("x", "00", cursor[:-2], cursor + "0", "é", cursor.upper() + "zz"):
            self.assertIn("cursor", self.refusal(limit=1, cursor=wrong))

    def test_rubbish_is_refused(self):
        self.start([event("ann", 1)])
        self.assertEqual(self.post("/leads/get", b"\xff\xff\xff")[0], 400)
        self.assertEqual(self.post("/leads/get", b"")[0], 400)  # no tenant
        # Refused because of its length: the answer may come while the client still sends.
        self.assertIn(self.post("/leads/find", b"x" * (2 << 20))[0], (413, None))
        self.assertEqual(self.post("/leads", b"")[0], 404)
        # Only queries that read leads can be about partitions.
        for path in ("/changes/read", "/records/outcomes", "/partitions/ask", "/", ""):
            asked = messages.PartitionQuery(path=path, query=b"").SerializeToString()
            answer = messages.PartitionAnswer.FromString(self.post("/partitions/ask", asked)[1])
            self.assertEqual(answer.status, 400, path)
        self.assertEqual(self.post("/leads/get", b"", method="GET")[0], 405)
        self.assertEqual(self.get("a\0b/../😀")[0], 404)
        self.assertEqual(self.get("nobody")[0], 404)

    def test_the_socket_is_private_and_survives_a_kill(self):
        self.start([event("ann", 1)])
        path = self.path("state/queries.sock")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.job.kill()
        self.job.communicate(timeout=TIMEOUT)
        self.assertTrue(os.path.exists(path))
        self.start([event("bob", 1)])
        self.wait_until(lambda: self.status_of(self.get("bob")) == 200)
        self.stop()
        self.assertEqual(self.job.returncode, 0)
        self.assertFalse(os.path.exists(path))

    def test_a_path_too_long_is_a_warning(self):
        state = "s" * 120
        self.append([event("ann", 1)])
        self.job = subprocess.Popen([BINARY, "run", "--output", "out", "--follow", "--input", "in.jsonl", "--quiet",
                                     "--state", state], cwd=self.folder, text=True, stderr=subprocess.PIPE)
        self.addCleanup(self.stop)
        self.wait_until(lambda: os.path.exists(self.path("out/changes.jsonl")) and "ann" in self.read(
            "out/changes.jsonl"))
        self.assertIn("lead queries are not served", self.stop())


class Rights(QueryCase):
    answers_to = {"/leads/get": messages.LeadAnswer, "/leads/find": messages.FoundLeads, "/leads/explain": history.Explanation,
                  "/leads/export": messages.LeadDocument, "/leads/timeline": messages.Timeline,
                  "/leads/duplicates": messages.Duplicates, "/leads/pipeline": messages.Pipeline,
                  "/segments/preview": messages.SegmentPreview, "/leads/count": messages.LeadCounts,
                  "/leads/page": messages.LeadPage}

    def timeless(self, path, answer):
        """The answer without instants: an answer is as of now."""
        status, body = answer
        if status != 200 or path not in self.answers_to:
            return answer
        message = self.answers_to[path].FromString(body)
        return re.sub(r"20\d\d-\d\d-\d\dT[\d:.]+Z|clock_ms: \d+|\s*(?:seconds|nanos): \d+", "", str(message))

    def test_what_one_may_not_see_looks_as_if_it_were_not_there(self):
        leads = [(f"lead{i}", agent) for i, agent in enumerate(["ben", "cid", "", "ben", "cid"])]
        self.start([record for lead, agent in leads for record in (
            event(lead, 1), command(lead, "agent", {"assignAgent": {"agentId": agent}}))])
        self.wait_until(lambda: len(self.found(rule='agent = "cid"').rows) == 2)
        self.assertEqual(self.get("lead0", agent="ben")[0], 200)
        self.assertEqual(self.get("lead2", agent="ben")[0], 200)
        unknown = self.get("nobody", agent="ben")
        self.assertEqual(unknown[0], 404)
        self.assertEqual(self.get("lead1", agent="ben"), unknown)
        self.assertEqual(self.get("lead0", tenant="other"), unknown)
        self.assertEqual(self.walk(lambda: 1, agent="ben"), ["lead0", "lead2", "lead3"])
        self.assertEqual(self.found(agent="ben", limit=1, count=True).count, 3)
        self.assertEqual(self.found(agent="ben", rule='agent = "cid"', count=True).count, 0)
        self.assertEqual(self.found(tenant="other", count=True).count, 0)

    def test_an_agent_cannot_find_others_by_other_queries(self):
        self.write("d.yaml", "tenants: {acme: {tiers: [{name: all}], identity: {by_email: true}}}\n")
        agents = {"1": "ben", "2": "cid", "3": "", "4": "cid"}
        self.start([record for lead, agent in agents.items() for record in (
            event(lead, 1), command(lead, "agent", {"assignAgent": {"agentId": agent}}),
            command(lead, "mail", {"updateProfile": {"set": {"email": "ann@x.org"}}}))], "--definitions", "d.yaml")
        self.wait_until(lambda: self.found(count=True, limit=1).count == len(agents))

        def duplicates(**caller):
            found = self.asked("/leads/duplicates", messages.FindDuplicates, messages.Duplicates, limit=9, **caller)[1]
            return [list(row.first_leads) for row in found.addresses]
        self.wait_until(lambda: duplicates() == [["1", "2", "3", "4"]])
        self.assertEqual(duplicates(agent="ben"), [["1", "3"]])
        self.assertEqual(duplicates(agent="dan"), [])  # only one is visible
        self.assertEqual(duplicates(tenant="other"), [])

        def stages(**caller):
            board = self.asked("/leads/pipeline", messages.GetPipeline, messages.Pipeline, limit=9, **caller)[1]
            return sum(column.leads for column in board.columns)
        self.assertEqual((stages(), stages(agent="ben"), stages(agent="dan"), stages(tenant="other")), (4, 2, 1, 0))

        def previewed(**caller):
            preview = self.asked("/segments/preview", messages.PreviewSegment, messages.SegmentPreview,
                                 rule="score > -9", **caller)[1]
            return preview.leads, sorted(row.lead.lead_id for row in preview.entering)
        self.assertEqual((previewed(), previewed(agent="ben"), previewed(agent="dan"), previewed(tenant="other")),
                         ((4, ["1", "2", "3", "4"]), (2, ["1", "3"]), (1, ["3"]), (0, [])))
        for path, query, request in (("/leads/explain", messages.ExplainLead, {}),
                                     ("/leads/export", messages.ExportLead, {}),
                                     ("/leads/timeline", messages.GetTimeline, {"limit": 9})):
            answer = self.answers_to[path]
            unknown = self.asked(path, query, answer, agent="ben", lead_id="nobody", **request)
            self.assertEqual(unknown[0], 404)
            self.assertEqual(self.asked(path, query, answer, agent="ben", lead_id="2", **request), unknown)
            self.assertEqual(self.asked(path, query, answer, tenant="other", lead_id="1", **request), unknown)
            for lead in ("1", "3"):
                self.assertEqual(self.asked(path, query, answer, agent="ben", lead_id=lead, **request)[1].lead_id, lead)
        unknown = self.asked("/leads/page", messages.GetLeadPage, messages.LeadPage, agent="ben", lead_id="nobody", limit=9)
        self.assertEqual(unknown[0], 404)
        self.assertEqual(self.asked("/leads/page", messages.GetLeadPage, messages.LeadPage, agent="ben", lead_id="2", limit=9), unknown)
        for agent in (None, "ben"):  # its parts are the answers of the other queries
            shown = self.asked("/leads/page", messages.GetLeadPage, messages.LeadPage, agent=agent, lead_id="1", limit=9)[1]
            for part, path, query in ((shown.lead, "/leads/get", messages.GetLead),
                                      (shown.explanation, "/leads/explain", messages.ExplainLead),
                                      (shown.timeline, "/leads/timeline", messages.GetTimeline)):
                more = {"limit": 9} if part is shown.timeline else {}
                alone = self.asked(path, query, type(part), agent=agent, lead_id="1", **more)[1]
                self.assertEqual(*(self.timeless(path, (200, each.SerializeToString())) for each in (part, alone)))
        said = self.asked("/leads/export", messages.ExportLead, messages.LeadDocument, agent="ben", lead_id="1")[1]
        self.assertEqual(json.loads(said.json)["contact"]["address"]["alsoUsedBy"], [])

    def test_an_erased_lead_is_nobodys(self):
        self.start([record for lead, agent in (("gone", "ben"), ("here", "cid")) for record in (
            event(lead, 1), command(lead, "agent", {"assignAgent": {"agentId": agent}}))])
        self.wait_until(lambda: self.found(count=True, limit=1).count == 2)
        self.assertTrue(self.opt_out("gone", agent="ben").is_lead)
        self.append([command("gone", "erase", {"erase": {}})])
        self.wait_until(lambda: self.found(count=True, limit=1).count == 1)
        for caller in ({}, {"agent": "ben"}, {"tenant": "other"}):
            self.assertEqual(self.get("gone", **caller), self.get("nobody", **caller))
            self.assertNotIn("gone", self.walk(lambda: 9, **caller))
        # Only the page of an opt-out link says that an erased person stays opted out.
        self.assertEqual((self.opt_out("gone").is_erased, self.opt_out("here").is_lead), (True, True))
        for caller in ({"agent": "ben"}, {"tenant": "other"}):
            for lead in ("gone", "here"):
                self.assertEqual(self.opt_out(lead, **caller), self.opt_out("nobody", **caller))

    def opt_out(self, lead, **caller):
        return self.asked("/leads/opt-out", messages.FindOptOut, messages.OptOut, lead_id=lead, **caller)[1]


class RightsInPartitions(Rights):
    """The same queries with the same answers, sent as a front of several runs does."""

    def post(self, path, body, method="POST"):
        answers = []

        def agree():  # true once no record comes between the two
            answers[:] = [self.post_about_partitions(path, body, method),
                          super(RightsInPartitions, self).post(path, body, method)]
            return self.timeless(path, answers[0]) == self.timeless(path, answers[1])
        self.wait_until(agree)
        return answers[0]

    def post_about_partitions(self, path, body, method):
        asked = messages.PartitionQuery(path=path, query=body)
        status, said = super().post("/partitions/ask", asked.SerializeToString(), method)
        if status != 200:
            return status, said
        answer = messages.PartitionAnswer.FromString(said)
        self.assertEqual((list(answer.partitions), answer.used_by), (list(range(answer.partition_count)), ""))
        return answer.status, answer.answer


if __name__ == "__main__":
    unittest.main()
