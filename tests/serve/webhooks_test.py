#!/usr/bin/env python3
"""Webhooks of `leadpulse serve`: changes of contacts posted to receivers.   tests/serve/webhooks_test.py BINARY

LEADPULSE_SEED repeats the random kills.
"""

import base64
import hashlib
import hmac
import json
import os
import pathlib
import random
import re
import socket
import sqlite3
import sys
import time
import unittest

from front import API, ROOT, TIMEOUT, FrontCase, command, contact

sys.path.insert(0, os.path.join(ROOT, "tests/delivery"))
from receiver import Receiver  # noqa: E402

SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))
HOOKS = API + "webhooks"
TAGS = {"editTags": {"add": ["x"]}}


def stage(lead, number, name):
    return command(lead, number, setStage={"stage": name})


def is_genuine(secret, headers, body):
    """As the specification of Standard Webhooks says, without any code of the product."""
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    return ("v1," + base64.b64encode(mac).decode() in headers["webhook-signature"].split(" ")
            and abs(time.time() - int(headers["webhook-timestamp"])) < 300)


class WebhookCase(FrontCase):
    run_definitions = 'tenants: {"*": {tiers: [{name: all}], publish_score_changes: true}}'
    options = ("--webhooks-anywhere",)

    def fill_front(self):
        return {**super().fill_front(), "admin": self.token(role="admin")}

    def start_front(self, *options, port=0):
        super().start_front(*self.options, *options, port=port)

    def receiver(self, **options):
        receiver = Receiver(**options)
        self.addCleanup(receiver.close)
        return receiver

    def start_followed(self, records=()):
        """Starts them with a webhook `self.all`, which has got a first change: from then on none is missing."""
        self.start(list(records))
        self.all = self.receiver()
        self.first = self.create(url=self.all.url)
        for number in range(20):
            self.append(command(f"fence-{number}", 1, **TAGS))
            try:
                return self.wait_until_posted(self.all, f"fence-{number}", 5)
            except AssertionError:
                continue
        self.fail("nothing is posted")

    def wait_until_posted(self, receiver, lead, seconds=TIMEOUT):
        self.timeout = seconds
        self.wait_until(lambda: lead in self.leads(receiver))
        self.timeout = TIMEOUT

    @staticmethod
    def leads(receiver):
        return [post["data"]["id"] for post in list(receiver.taken)]

    def call_api(self, method, path, body=None, token=None, expected=200):
        text = None if body is None else json.dumps(body)
        status, said, _ = self.ask(path, token or self.admin, method, body=text)
        self.assertEqual(status, expected, said)
        return said

    def create(self, expected=201, token=None, **body):
        return self.call_api("POST", HOOKS, body, token, expected)

    def get(self, hook):
        return self.call_api("GET", f"{HOOKS}/{hook['id']}")

    def deliveries(self, hook):
        return self.call_api("GET", f"{HOOKS}/{hook['id']}/deliveries")["deliveries"]

    def make_older(self):
        """What is missing in the first ten seconds of a webhook is no gap: it begins behind that."""
        with sqlite3.connect(self.path("front/serve.db")) as database:
            database.execute("UPDATE webhooks SET created_ms = created_ms - 60000")
        database.close()

    def published(self):
        with open(self.path("out/changes.jsonl"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def check_all_posted(self, receiver, leads, may_repeat=False):
        """Every change of these leads was accepted, in the order of each lead; a repeated one has the id of the first."""
        wanted = {lead: [int(one["seq"]) for one in self.published() if one["leadId"] == lead] for lead in leads}
        # Only the changes of one lead are in order: those of another may still come.
        self.wait_until(lambda: {(lead, seq) for lead, seqs in wanted.items() for seq in seqs} <=
                        {(post["data"]["id"], int(post["data"].get("seq") or 0)) for post in list(receiver.taken)})
        ids, seqs = {}, {}
        for _, headers, body in receiver.posts:
            change = json.loads(body)["data"]
            ids.setdefault((change["id"], change.get("seq")), set()).add(headers["webhook-id"])
        self.assertEqual({len(same) for same in ids.values()}, {1})
        for post in receiver.taken:
            change = post["data"]
            got = seqs.setdefault(change["id"], [])
            if may_repeat and int(change["seq"]) in got[-1:]:
                continue
            got.append(int(change["seq"]))
        self.assertEqual({lead: seqs.get(lead) for lead in leads}, wanted, f"seed {SEED}")


class Webhooks(WebhookCase):
    def test_changes_are_posted_signed_and_in_order(self):
        self.start_followed()
        receiver = self.receiver()
        hook = self.create(url=receiver.url, contact=True)
        self.assertRegex(hook["secret"], r"^whsec_[A-Za-z0-9+/]{43}=$")
        self.append(*contact("ann", "ben", email="Ann@x.org", city="Bern"), stage("ann", 3, "QUALIFIED"), *contact("bob"))
        self.wait_until_posted(receiver, "bob")
        self.check_all_posted(receiver, ["ann", "bob"])
        self.check_all_posted(self.all, ["ann", "bob"])
        for _, headers, body in receiver.posts:
            self.assertTrue(is_genuine(hook["secret"], headers, body))
            self.assertFalse(is_genuine(self.first["secret"], headers, body))
            self.assertEqual(headers["Content-Type"], "application/json")
        [moved] = [post for post in receiver.taken if post["type"] == "STAGE_CHANGED"]
        [line] = [one for one in self.published() if one["kind"] == "STAGE_CHANGED"]
        data = moved["data"]
        self.assertEqual((moved["timestamp"], data["at"], data["kind"]), (line["at"], line["at"], "STAGE_CHANGED"))
        self.assertEqual((data["id"], data["lead_id"], data["tenant_id"], data["email"], data["from"], data["to"],
                          data["cause"]),
                         ("ann", "ann", "acme", "Ann@x.org", "new", "qualified", {"kind": "COMMAND", "id": "ann-3"}))
        shown = data["contact"]
        self.assertEqual((shown["id"], shown["stage"], shown["agent"], shown["profile"]["city"], shown["email_status"]),
                         ("ann", "qualified", "ben", "Bern", "active"))
        self.assertNotIn("events", shown)
        self.assertEqual([name for name in re.findall(r'"(\w+)":', json.dumps(moved)) if name.lower() != name], [])
        self.assertFalse(any("contact" in post["data"] for post in self.all.taken))
        self.wait_until(lambda: self.get(hook)["waiting"] == 0)
        self.assertEqual({(one["contact"], one["state"], one["attempts"], one["status"], one["error"], one["next_attempt"])
                          for one in self.deliveries(hook)},
                         {(lead, "delivered", 1, 200, None, None) for lead in ("ann", "bob")})
        self.assertNotIn("secret", self.get(hook))
        self.assertIsNone(self.get(hook)["missed"])

    def test_only_the_kinds_that_were_chosen(self):
        self.start_followed()
        receiver = self.receiver()
        hook = self.create(url=receiver.url, events=["STAGE_CHANGED", "LEAD_ERASED"])
        self.append(*contact("ann"), stage("ann", 3, "QUALIFIED"), command("ann", 4, erase={}), *contact("bob"),
                    stage("bob", 3, "CONTACTED"))
        self.wait_until_posted(receiver, "bob")
        kinds = [(post["data"]["id"], post["type"]) for post in receiver.taken]
        self.assertEqual([kind for kind in kinds if kind != ("ann", "STAGE_CHANGED")],
                         [("ann", "LEAD_ERASED"), ("bob", "STAGE_CHANGED")])
        self.call_api("PATCH", f"{HOOKS}/{hook['id']}", {"events": []})
        self.append(*contact("cid"))
        self.wait_until_posted(receiver, "cid")
        self.assertIn(("cid", "LEAD_CREATED"), [(post["data"]["id"], post["type"]) for post in receiver.taken])

    def test_a_post_is_repeated_until_it_is_accepted(self):
        self.start_followed()
        receiver = self.receiver(script=[500, "cut", (503, "1"), 404, "take and cut"])
        hook = self.create(url=receiver.url)
        self.append(command("ann", 1, **TAGS))
        self.append(*contact("bob"))
        self.wait_until_posted(receiver, "bob")
        self.check_all_posted(receiver, ["ann", "bob"], may_repeat=True)
        self.assertEqual(len({headers["webhook-id"] for _, headers, _ in receiver.posts[:6]}), 1)
        self.assertGreaterEqual(receiver.posts[3][0] - receiver.posts[2][0], 0.95)  # as Retry-After said
        self.assertTrue(all(is_genuine(hook["secret"], headers, body) for _, headers, body in receiver.posts))
        self.wait_until(lambda: self.deliveries(hook)[0]["contact"] == "bob")
        first = self.deliveries(hook)[-1]
        self.assertEqual((first["contact"], first["state"]), ("ann", "delivered"))
        self.assertIn(first["attempts"], (4, 5, 6))  # libcurl repeats a post itself if a used connection was closed
        self.assertEqual(self.get(hook)["failing_since"], None)

    def test_a_receiver_that_is_gone_or_slow_holds_up_nobody(self):
        self.start_followed()
        slow = self.receiver(script=[("slow", 20)])
        slow_hook = self.create(url=slow.url)
        dead = self.create(url=f"http://127.0.0.1:{self.closed_port()}/")
        self.append(*contact("ann"))
        self.wait_until_posted(self.all, "ann", 10)
        self.wait_until(lambda: self.get(dead)["failing_since"])
        shown = self.get(dead)
        self.assertIn("127.0.0.1", shown["last_error"])
        self.assertGreater(shown["next_attempt"], shown["failing_since"])
        self.assertGreater(shown["waiting"], 0)
        self.assertEqual(self.deliveries(dead)[0]["state"], "waiting")
        self.assertEqual(self.get(slow_hook)["waiting"], shown["waiting"])
        receiver = self.receiver()
        self.call_api("PATCH", f"{HOOKS}/{dead['id']}", {"url": receiver.url})  # tries again at once
        self.wait_until_posted(receiver, "ann", 3)
        self.check_all_posted(receiver, ["ann"])

    @staticmethod
    def closed_port():
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return one.getsockname()[1]

    def test_a_receiver_that_answers_410_gets_no_more_until_it_is_active_again(self):
        self.start_followed()
        receiver = self.receiver(script=[410])
        hook = self.create(url=receiver.url)
        self.append(*contact("ann"))
        self.wait_until(lambda: not self.get(hook)["active"])
        self.assertIn("410", self.get(hook)["stopped_because"])
        self.append(*contact("bob"))
        self.wait_until_posted(self.all, "bob")
        self.assertEqual(len(receiver.posts), 1)
        shown = self.call_api("PATCH", f"{HOOKS}/{hook['id']}", {"active": True})
        self.assertEqual((shown["active"], shown["stopped_because"], shown["failing_since"]), (True, None, None))
        self.wait_until_posted(receiver, "bob")
        self.check_all_posted(receiver, ["ann", "bob"])
        lines = self.call_api("GET", f"{API}audit")["lines"]
        done = [(line["who"].split(":")[0], line["action"]) for line in lines if line["subject"] == f"webhook:{hook['id']}"]
        self.assertEqual(done, [("token", "webhook.change"), ("serve", "webhook.stop"), ("token", "webhook.create")])

    def test_a_front_that_is_killed_loses_nothing(self):
        chance = random.Random(SEED)
        self.start_followed()
        receiver = self.receiver(script=[("slow", 0.02)] * 2_000)
        hook = self.create(url=receiver.url)
        leads = []
        for _ in range(6):
            more = [f"lead-{len(leads) + i}" for i in range(chance.randrange(5, 40))]
            leads += more
            self.append(*(record for lead in more for record in (command(lead, 1, **TAGS), stage(lead, 2, "QUALIFIED"))))
            time.sleep(chance.uniform(0, 0.8))
            self.kill(self.front)
            self.start_front()
        self.append(*contact("last"))
        self.wait_until_posted(receiver, "last")
        self.check_all_posted(receiver, leads, may_repeat=True)
        self.assertEqual((self.get(hook)["missed"], self.get(hook)["since"]), (None, hook["since"]))
        self.wait_until(lambda: self.get(hook)["waiting"] == 0)

    def test_a_test_and_a_delivery_sent_again(self):
        self.start_followed()
        receiver = self.receiver()
        hook = self.create(url=receiver.url, active=False)
        path = f"{HOOKS}/{hook['id']}"
        asked = self.call_api("POST", path + "/test")
        self.assertEqual((asked["kind"], asked["state"], asked["attempts"]), ("TEST", "waiting", 0))
        self.wait_until(lambda: receiver.taken)
        [(_, headers, body)] = receiver.posts
        self.assertTrue(is_genuine(hook["secret"], headers, body))
        self.assertEqual((receiver.taken[0]["type"], receiver.taken[0]["data"]["id"]), ("TEST", None))
        self.wait_until(lambda: self.deliveries(hook)[0]["state"] == "delivered")
        self.call_api("PATCH", path, {"active": True})
        self.append(*contact("ann"))
        self.wait_until_posted(receiver, "ann")
        self.wait_until(lambda: self.deliveries(hook)[0]["contact"] == "ann")
        delivery, before = self.deliveries(hook)[0], len(receiver.posts)
        receiver.script.append(500)
        resend = f"{HOOKS}/deliveries/{delivery['id']}/send-again"
        again = self.call_api("POST", resend)
        self.wait_until(lambda: self.deliveries(hook)[0]["state"] == "failed")
        self.assertEqual(self.deliveries(hook)[0]["id"], again["id"])
        self.call_api("POST", resend)
        self.wait_until(lambda: len(receiver.posts) == before + 2)
        self.assertEqual({headers["webhook-id"] for _, headers, _ in receiver.posts[before - 1:]},
                         {receiver.posts[before - 1][1]["webhook-id"]})
        self.call_api("POST", f"{HOOKS}/deliveries/10000/send-again", expected=404)

    def test_an_erased_contact_is_nowhere_in_the_front(self):
        self.start_followed()
        receiver, refusing = self.receiver(), self.receiver(script=[500] * 1_000)
        hook, waiting = self.create(url=receiver.url), self.create(url=refusing.url)
        self.append(*contact("ann-secret", email="ann-secret@x.org"))
        self.wait_until_posted(receiver, "ann-secret")
        self.wait_until(lambda: self.get(waiting)["failing_since"])
        self.append(command("ann-secret", 9, erase={}))
        self.wait_until(lambda: [post for post in receiver.taken if post["type"] == "LEAD_ERASED"])
        refusing.script.clear()
        self.call_api("PATCH", f"{HOOKS}/{waiting['id']}", {"active": True})
        self.wait_until_posted(refusing, "ann-secret")
        self.assertEqual([(post["type"], post["data"]["email"]) for post in refusing.taken], [("LEAD_ERASED", None)])
        self.wait_until(lambda: not self.front_has(b"ann-secret"))
        self.assertIn("LEAD_ERASED", {one["kind"] for one in self.deliveries(hook)})
        self.assertEqual({one["contact"] for one in self.deliveries(hook)}, {None})

    def front_has(self, text):
        files = [pathlib.Path(self.path("front/" + name)) for name in ("serve.db", "serve.db-wal")]
        return any(text in file.read_bytes() for file in files if file.exists())

    def test_of_two_fronts_one_sends(self):
        self.start_followed()
        port, front = self.port, self.front
        self.serve("--state", "state", "--inbox", "inbox2", *self.options)
        hook = self.create(url=self.all.url + "?second")  # at the second front
        self.append(*contact("ann"))
        self.wait_until_posted(self.all, "ann")
        self.wait_until(lambda: self.get(hook)["waiting"] == self.get(self.first)["waiting"] == 0)
        self.assertEqual(self.leads(self.all).count("ann"), 2 * len([1 for one in self.published() if one["leadId"] == "ann"]))
        self.kill(front)
        self.append(*contact("bob"))
        self.wait_until_posted(self.all, "bob")
        self.assertNotEqual(port, self.port)

    def test_a_tenants_webhooks_are_its_own(self):
        self.start_followed()
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")
        blue = self.token(role="admin", tenant="blue")
        receiver = self.receiver()
        theirs = self.create(url=receiver.url, token=blue)
        self.assertEqual([one["id"] for one in self.call_api("GET", HOOKS, token=blue)["webhooks"]], [theirs["id"]])
        for method, path, body in (("GET", "", None), ("PATCH", "", {"active": False}), ("DELETE", "", None),
                                   ("GET", "/deliveries", None), ("POST", "/test", None)):
            own = f"{HOOKS}/{self.first['id']}{path}"
            self.call_api(method, own, body, blue, 404)
            self.assertEqual(self.call_api(method, own, body, blue, 404),
                             self.call_api(method, f"{HOOKS}/999{path}", body, blue, 404))
            for role in ("agent", "manager"):
                token = self.token(*(("--agent", "ben") if role == "agent" else ()), role=role)
                self.call_api(method, own, body, token, 403)
        delivery = self.deliveries(self.first)[0]["id"]
        self.call_api("POST", f"{HOOKS}/deliveries/{delivery}/send-again", token=blue, expected=404)
        self.append(*contact("ann"))
        self.wait_until_posted(self.all, "ann")
        self.assertEqual(receiver.posts, [])
        self.call_api("DELETE", f"{HOOKS}/{theirs['id']}", token=blue)
        self.call_api("GET", f"{HOOKS}/{theirs['id']}", token=blue, expected=404)


class RestartedRuns(WebhookCase):
    def test_a_gap_is_shown_until_an_admin_has_seen_it(self):
        self.start_followed()
        self.assertIsNone(self.get(self.first)["missed"])
        self.make_older()
        new = self.create(url=self.all.url + "?new")
        before = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 15))
        self.kill(self.run_process)
        self.append(command("meanwhile", 1, **TAGS))
        self.start_run()
        self.wait_until(lambda: self.get(self.first)["missed"])
        missed = self.get(self.first)["missed"]
        self.assertLess(before, missed["from"])
        self.assertLess(missed["from"], missed["until"])
        shown = self.get(new)
        self.assertEqual((shown["missed"], shown["since"]), (None, missed["until"]))  # it begins behind the gap
        for number in range(20):
            self.append(command(f"after-{number}", 1, **TAGS))
            time.sleep(0.2)
        self.wait_until_posted(self.all, "after-19")
        shown = self.call_api("PATCH", f"{HOOKS}/{self.first['id']}", {"missed": None})
        self.assertIsNone(shown["missed"])


class ChangesOfAFile(WebhookCase):
    options = ("--webhooks-anywhere", "--webhook-changes", "out/changes.jsonl")

    def test_nothing_is_lost_when_run_and_front_are_killed(self):
        chance = random.Random(SEED)
        self.start_followed()
        receiver = self.receiver()
        hook = self.create(url=receiver.url)
        leads = []
        for _ in range(8):
            more = [f"lead-{len(leads) + i}" for i in range(chance.randrange(5, 40))]
            leads += more
            self.append(*(record for lead in more for record in (command(lead, 1, **TAGS), stage(lead, 2, "QUALIFIED"))))
            time.sleep(chance.uniform(0, 0.6))
            both = chance.random() < 0.5
            if both or chance.random() < 0.5:
                self.kill(self.run_process)
                self.start_run()
            if both:
                self.kill(self.front)
                self.start_front()
        self.append(*contact("last"))
        self.wait_until_posted(receiver, "last")
        self.check_all_posted(receiver, leads, may_repeat=True)
        self.assertEqual((self.get(hook)["missed"], self.get(hook)["since"]), (None, hook["since"]))
        self.assertFalse(any("source" in post["data"] for post in receiver.taken))

    def test_another_file_is_a_gap(self):
        self.start_followed()
        self.make_older()
        self.end(self.run_process)
        os.rename(self.path("out/changes.jsonl"), self.path("out/other.jsonl"))
        self.wait_until(lambda: self.get(self.first)["missed"])


class Addresses(WebhookCase):
    options = ()

    def test_only_public_addresses_over_tls_unless_the_operator_says_otherwise(self):
        self.start([])
        for url in ("http://crm.example/", "https://127.0.0.1/", "https://localhost:8080/", "https://[::1]/",
                    "https://169.254.169.254/latest", "https://10.0.0.1/", "https://[::ffff:10.0.0.1]/", "ftp://crm.example/",
                    "https://me:secret@crm.example/", "", "crm", "https://crm.example/" + "x" * 3_000):
            said = self.create(expected=422, url=url)
            self.assertEqual((said["code"], said["field"]), ("invalid_value", "url"), url)
            self.assertNotIn("secret", said["detail"])
        receiver = self.receiver()
        # A name that this machine resolves to an address of its own.
        hook = self.create(url=f"https://{socket.gethostname()}:{receiver.port}/")
        self.call_api("POST", f"{HOOKS}/{hook['id']}/test")
        self.wait_until(lambda: self.deliveries(hook)[0]["state"] == "failed")
        self.assertIn("only public", self.deliveries(hook)[0]["error"])
        self.assertEqual(receiver.posts, [])

    def test_wrong_bodies(self):
        self.start([])
        url = "https://crm.example/"
        for body, field in (({}, "url"), ({"url": url, "events": ["TIER"]}, "events"), ({"url": url, "secret": "x"}, "secret"),
                            ({"url": url, "secret": "whsec_AAAA"}, "secret"), ({"url": url, "active": "yes"}, "active"),
                            ({"url": url, "other": 1}, "other"), ({"url": 1}, "url"), ({"url": url, "contact": None}, "contact")):
            self.assertEqual(self.create(expected=422, **body)["field"], field)
        self.assertEqual(self.call_api("GET", HOOKS)["webhooks"], [])
        own = "whsec_" + base64.b64encode(b"k" * 24).decode()
        self.assertNotIn("secret", self.create(url=url, secret=own))
        for _ in range(19):
            self.create(url=url)
        self.assertEqual(self.create(expected=409, url=url)["code"], "too_many")


if __name__ == "__main__":
    unittest.main()
