#!/usr/bin/env python3
"""Definitions and segments over HTTP, and their rollout by a live run.   tests/serve/definitions_test.py BINARY"""

import concurrent.futures
import fcntl
import http.client
import json
import os
import signal
import threading
import time
import unittest
import urllib.parse

from front import API, TIMEOUT, FrontCase, command, contact

ACME = """  acme:  # the large one
    fields: {city: text}
    tiers: [{name: hot, at_least: 50}, {name: cold}]
    segments:
      # Whom we know.
      - {id: named, name: Named, rule: 'city IS SET'}
      - {id: others, rule: 'NOT IN SEGMENT "named"'}
"""
BLUE = """  # The small one.
  blue:
    tiers: [{name: all}]
"""
DEFINITIONS = "# Ours.\ntenants:\n" + ACME + BLUE


class DefinitionsCase(FrontCase):
    definitions = DEFINITIONS

    def begin_front(self, records=()):
        self.start(list(records))
        self.admin = self.token(role="admin")
        self.operator = self.token(role="operator")
        self.output_of("serve", "user", "add", "--data", "front", "--tenant", "blue", "--role", "admin", "zoe")

    def call_api(self, method, path, body=None, token=None, match=None, **parameters):
        url = API + path + ("?" + urllib.parse.urlencode(parameters) if parameters else "")
        status, said, answer = self.ask_within_limits(url, token or self.admin, method,
                                                      {"If-Match": match} if match else {}, body and json.dumps(body))
        return status, said, answer.getheader("ETag")

    def refused(self, status, code, *call, **parameters):
        said = self.call_api(*call, **parameters)
        self.assertEqual((said[0], said[1].get("code")), (status, code), said)
        return said[1]

    def put_text(self, text, match, **parameters):
        return self.call_api("PUT", "definitions", {"text": text}, match=match, **parameters)

    def file(self):
        with open(self.path("d.yaml"), encoding="utf-8") as file:
            return file.read()

    def wait_until_in_force(self, path="definitions", token=None):
        self.wait_until(lambda: self.call_api("GET", path, token=token)[1]["in_force"])

    def count(self, rule):
        status, said, _ = self.call_api("GET", "contacts/search", where=rule, count="exact", limit=1)
        self.assertEqual(status, 200, said)
        return said["count"]


class Definitions(DefinitionsCase):
    def test_a_new_text_takes_effect_without_a_restart(self):
        self.begin_front(contact("ann", city="Bern"))
        self.wait_for("ann")
        status, said, version = self.call_api("GET", "definitions")
        self.assertEqual((status, said["text"], said["tenant"], version), (200, "tenants:\n" + ACME, "acme",
                                                                        f'"{said["version"]}"'))
        self.assertTrue(said["in_force"])
        self.assertEqual(self.count('tier = "cold"'), 1)
        text = said["text"].replace("{name: cold}", "{name: icy}")
        os.chmod(self.path("d.yaml"), 0o640)
        status, said, after = self.put_text(text, version)
        self.assertEqual((status, said["text"], said["in_force"], said["warnings"]), (200, text, False, []), said)
        self.assertEqual(self.file(), DEFINITIONS.replace("{name: cold}", "{name: icy}"))
        self.assertEqual(os.stat(self.path("d.yaml")).st_mode & 0o777, 0o640)
        self.assertEqual(self.call_api("GET", "definitions")[2], after)
        self.wait_until_in_force()
        self.assertEqual(self.count('tier = "icy"'), 1)
        self.assertIsNone(self.run_process.poll())
        # Later records are evaluated under the new text, and a corrected text takes effect.
        status, made, _ = self.call_api("POST", "contacts", {"id": "bob"})
        self.assertEqual((status, made["tier"]), (201, "icy"))
        self.assertEqual(self.put_text(text.replace("icy", "cold"), "*")[0], 200)
        self.wait_until_in_force()
        self.assertEqual((self.count('tier = "cold"'), self.file()), (2, DEFINITIONS))
        lines = self.call_api("GET", "audit", action="definitions.put")[1]["lines"]
        self.assertEqual([(line["subject"], line["outcome"]) for line in lines],
                         2 * [("definitions", "done"), ("definitions", "started")])

    def test_what_is_wrong_changes_nothing(self):
        self.begin_front()
        _, said, version = self.call_api("GET", "definitions")
        self.refused(428, "precondition_required", "PUT", "definitions", {"text": said["text"]})
        self.refused(400, "invalid_value", "PUT", "definitions", {"text": said["text"]}, match="x")
        self.refused(412, "conflict", "PUT", "definitions", {"text": said["text"]}, match='"0123456789abcdef"')
        self.refused(422, "invalid_value", "PUT", "definitions", {"text": None}, match=version)
        wrong = self.refused(422, "invalid_value", "PUT", "definitions",
                             {"text": "tenants:\n  acme:\n    tiers: 3\n    segment: []\n"}, match=version)
        self.assertEqual([(error["line"], error["column"], error["path"]) for error in wrong["errors"]],
                         [(3, 12, "tenants.acme.tiers"), (4, 5, "tenants.acme.segment")])
        self.assertEqual(self.file(), DEFINITIONS)

    def test_each_admin_has_its_tenant_and_an_operator_all(self):
        self.begin_front()
        zoe = self.token(role="admin", tenant="blue")
        _, blue, version = self.call_api("GET", "definitions", token=zoe)
        self.assertEqual(blue["text"], "tenants:\n" + BLUE)
        for text in ("tenants:\n" + ACME, DEFINITIONS, "tenants: {'*': {tiers: [{name: all}]}}", "tenants: {}"):
            self.refused(422, "invalid_value", "PUT", "definitions", {"text": text}, token=zoe, match=version)
        for method, body in (("GET", None), ("PUT", {"text": "tenants: {acme: {tiers: [{name: x}]}}"})):
            self.refused(404, "not_found", method, "definitions", body, token=zoe, match="*", tenant="acme")
        status, said, _ = self.call_api("PUT", "definitions", {"text": blue["text"].replace("{name: all}", "{name: one}")}, zoe, version)
        self.assertEqual((status, self.file()), (200, DEFINITIONS.replace("{name: all}", "{name: one}")), said)
        _, whole, version = self.call_api("GET", "definitions", token=self.operator)
        self.assertEqual((whole["tenant"], whole["text"]), (None, self.file()))
        self.assertEqual(self.put_text(DEFINITIONS, version, token=self.operator)[0], 200)
        self.assertEqual(self.file(), DEFINITIONS)
        of_acme = self.call_api("GET", "definitions", token=self.operator, tenant="acme")[1]
        self.assertEqual(of_acme["text"], "tenants:\n" + ACME)
        for role in ("agent", "manager"):
            token = self.token(*(("--agent", "ben") if role == "agent" else ()), role=role)
            self.refused(403, "forbidden", "GET", "definitions", token=token)
            self.refused(403, "forbidden", "PUT", "definitions", {"text": DEFINITIONS}, token=token, match="*")

    def test_a_file_that_cannot_be_written(self):
        self.begin_front()
        text = "tenants:\n" + ACME.replace("cold", "icy")

        def outcomes():
            lines = self.call_api("GET", "audit", action="definitions.put")[1]["lines"]
            return [line["outcome"] for line in lines]
        with open(self.path("d.yaml.lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn("another process", self.refused(503, "busy", "PUT", "definitions", {"text": text}, match="*")["detail"])
        os.unlink(self.path("d.yaml.lock"))
        os.mkdir(self.path("d.yaml.lock"))
        said = self.refused(503, "unavailable", "PUT", "definitions", {"text": text}, match="*")
        self.assertIn("cannot be opened: Is a directory", said["detail"])
        os.rmdir(self.path("d.yaml.lock"))
        self.assertEqual(outcomes(), [])
        os.mkdir(self.path("d.yaml.new"))
        said = self.refused(503, "unavailable", "PUT", "definitions", {"text": text}, match="*")
        self.assertIn("cannot be removed", said["detail"])
        self.assertEqual((outcomes(), self.file()), (["failed", "started"], DEFINITIONS))
        os.rmdir(self.path("d.yaml.new"))
        self.assertEqual(self.put_text(text, "*")[0], 200)
        self.assertEqual(outcomes(), ["done", "started", "failed", "started"])

    def test_one_of_twenty_wins(self):
        self.begin_front()
        _, said, version = self.call_api("GET", "definitions")
        texts = [said["text"].replace("large", f"large, {number}") for number in range(20)]
        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda text: self.put_text(text, version), texts))
        self.assertEqual(sorted(answer[0] for answer in answers), [200] + 19 * [412])
        [winner] = [number for number, answer in enumerate(answers) if answer[0] == 200]
        self.assertEqual(self.file(), DEFINITIONS.replace("large", f"large, {winner}"))
        for answer in answers:
            self.assertEqual(answer[2], answers[winner][2])  # the version to edit next

    def test_a_kill_leaves_the_old_or_the_new_text(self):
        self.begin_front()
        for point, expected in (("before_definitions", "old"), ("after_definitions", "new")):
            self.end(self.front)
            os.environ["LEADPULSE_CRASH_AT"] = point
            try:
                self.start_front()
            finally:
                del os.environ["LEADPULSE_CRASH_AT"]
            before = self.file()
            text = "tenants:\n" + ACME.replace("large", f"large, {point}")
            with self.assertRaises((http.client.HTTPException, ConnectionError)):
                self.put_text(text, "*")
            self.front.wait(TIMEOUT)
            wanted = before if expected == "old" else "# Ours.\n" + text + BLUE
            self.assertEqual(self.file(), wanted)
        for number in range(8):
            self.start_front()
            before, after = self.file(), "# Ours.\ntenants:\n" + ACME.replace("large", f"large {number}") + BLUE
            late = threading.Timer(0.002 * number, self.front.send_signal, [signal.SIGKILL])
            late.start()
            try:
                self.put_text(after[len("# Ours.\n"):-len(BLUE)], "*")
            except (http.client.HTTPException, OSError):
                pass
            self.front.wait(TIMEOUT)
            self.assertIn(self.file(), (before, after))
        self.start_front()
        self.assertEqual(self.put_text("tenants:\n" + ACME, "*")[0], 200)

    def test_a_run_that_is_killed_in_a_rollout_goes_on_with_it(self):
        self.begin_front([record for number in range(300) for record in contact(f"lead{number}")])
        self.wait_for("lead299")
        for number in range(4):
            self.assertEqual(self.put_text("tenants:\n" + ACME.replace("cold", f"cold{number}"), "*")[0], 200)
            time.sleep(2 + 0.15 * number)
            self.run_process.send_signal(signal.SIGKILL)
            self.run_process.wait(TIMEOUT)
            self.start_run()
            self.wait_until_in_force()
            self.assertEqual(self.count(f'tier = "cold{number}"'), 300)


class WithoutAFile(DefinitionsCase):
    definitions = None

    def test_definitions_in_force_are_shown_and_a_change_says_what_to_do(self):
        self.begin_front()
        status, said, version = self.call_api("GET", "definitions")
        self.assertEqual((status, said["tenant"], said["in_force"]), (200, "acme", True))
        self.assertIn("--definitions", self.refused(409, "not_editable", "PUT", "definitions", {"text": said["text"]},
                                                    match=version)["detail"])
        self.refused(409, "not_editable", "PUT", "segments/x", {"rule": "score > 1"})


class Segments(DefinitionsCase):
    def start_with_contacts(self):
        self.begin_front([record for lead, city in (("ann", "Bern"), ("bob", "Basel"), ("cid", None))
                          for record in contact(lead, **({"city": city} if city else {}))]
                         + [command("bob", 3, editTags={"add": ["vip"]})])
        self.wait_for("cid")

    def test_a_segment_is_changed_and_made(self):
        self.start_with_contacts()
        agent = self.token("--agent", "ben", role="agent")
        status, said, version = self.call_api("GET", "segments/named", token=agent)
        self.assertEqual((status, said["id"], said["name"], said["rule"], said["in_force"]),
                         (200, "named", "Named", "city IS SET", True))
        self.assertEqual(len(self.ask(said["href"], agent)[1]["contacts"]), 2)
        self.refused(404, "not_found", "GET", "segments/nobody")
        self.refused(403, "forbidden", "PUT", "segments/named", {"rule": "score > 1"}, token=agent, match=version)
        for code, name, match in ((428, "precondition_required", ""), (412, "conflict", '"0"'),
                                  (412, "conflict", f"W/{version}"), (400, "invalid_value", "0")):
            wrong = self.refused(code, name, "PUT", "segments/named", {"rule": "score > 1"}, match=match)
            self.assertEqual(wrong["field"], "If-Match", wrong)
        missing = self.call_api("PUT", "segments/new", {"rule": "score > 1"}, match="*")
        self.assertEqual((missing[0], missing[1]["code"], missing[2]), (412, "conflict", None))
        for rule in ("score >", "IN SEGMENT \"nobody\"", "IN SEGMENT \"others\""):
            self.refused(422, "invalid_value", "PUT", "segments/named", {"rule": rule}, match=version)
        wrong = self.refused(422, "invalid_value", "PUT", "segments/named", {"rule": "score > 1\nAND scroe > 'x'"},
                             match=version)
        self.assertEqual((wrong["field"], [(error["line"], error["column"]) for error in wrong["errors"]]),
                         ("rule", [(2, 13)]), wrong)
        self.assertEqual(self.file(), DEFINITIONS)
        status, said, _ = self.call_api("PUT", "segments/named", {"rule": 'city = "Bern"'}, match=f'"0", {version}')
        self.assertEqual((status, said["name"], said["rule"], said["in_force"]), (200, "Named", 'city = "Bern"', False))
        self.assertEqual(self.file(), DEFINITIONS.replace(
            "      # Whom we know.\n      - {id: named, name: Named, rule: 'city IS SET'}\n",
            "      # Whom we know.\n      - id: named\n        name: Named\n        rule: 'city = \"Bern\"'\n"))
        status, said, _ = self.call_api("PUT", "segments/a%20b", {"name": "A: b", "rule": "HAS TAG \"vip\""})
        self.assertEqual((status, said["id"], said["name"]), (200, "a b", "A: b"), said)
        self.wait_until_in_force("segments/a%20b")
        counts = {one["id"]: one["count"] for one in self.call_api("GET", "segments")[1]["segments"]}
        self.assertEqual(counts, {"a b": 1, "named": 1, "others": 2})

    def test_a_preview_says_what_the_change_then_does(self):
        self.start_with_contacts()
        manager = self.manager
        status, said, _ = self.call_api("POST", "segments/preview", {"rule": "city = 'x'"}, manager)
        self.assertEqual((status, said["field"]), (422, "rule"))
        status, said, _ = self.call_api("POST", "segments/preview", {"rule": "score > 1\nAND scroe > 2 AND IN SEGMENT \"x\""},
                                        manager)
        self.assertEqual([(error["line"], error["column"]) for error in said["errors"]], [(2, 30)], said)
        circle = self.call_api("POST", "segments/preview", {"rule": "IN SEGMENT \"others\"", "id": "named"}, manager)
        self.assertEqual(circle[0], 422)
        self.assertIn("circle", circle[1]["detail"])
        status, said, _ = self.call_api("POST", "segments/preview", {"rule": 'tags="vip"'}, manager)
        self.assertEqual((status, said["rule"], said["count"], said["before"], said["enter"], said["leave"]),
                         (200, 'tags IS "vip"', 1, 0, 1, 0), said)
        self.assertEqual([row["id"] for row in said["entering"]], ["bob"])
        status, said, _ = self.call_api("POST", "segments/preview", {"rule": 'city IS NOT SET', "id": "named"}, manager)
        self.assertEqual((said["count"], said["before"], said["enter"], said["leave"]), (1, 2, 1, 2), said)
        self.assertEqual(([row["id"] for row in said["entering"]], [row["id"] for row in said["leaving"]]),
                         (["cid"], ["ann", "bob"]))
        self.assertEqual(said["others"], [{"id": "others", "enter": 2, "leave": 1}])
        self.assertEqual(self.file(), DEFINITIONS)
        self.assertEqual(self.call_api("PUT", "segments/named", {"rule": "city IS NOT SET"}, match="*")[0], 200)
        self.wait_until_in_force("segments/named")
        self.assertEqual((self.count('IN SEGMENT "named"'), self.count('IN SEGMENT "others"')), (1, 2))
        agent = self.token("--agent", "ben", role="agent")
        self.refused(403, "forbidden", "POST", "segments/preview", {"rule": "score > 1"}, agent)
        other = self.call_api("POST", "segments/preview", {"rule": "score > -9"}, self.token(tenant="blue"))[1]
        self.assertEqual((other["count"], other["entering"]), (0, []))


class SegmentsInFlowStyle(DefinitionsCase):
    definitions = DEFINITIONS.replace(ACME, """  acme:  # the large one
    fields: {city: text}
    tiers: [{name: all}]
    segments: [{id: named, rule: 'city IS SET'}]  # on one line
""")

    def test_a_change_would_lose_comments(self):
        self.begin_front()
        self.refused(422, "invalid_value", "PUT", "segments/named", {"rule": "score >"}, match="*")
        said = self.refused(409, "not_editable", "PUT", "segments/named", {"rule": "score > 1"}, match="*")
        self.assertIn("comments", said["detail"])
        self.refused(409, "not_editable", "PUT", "segments/new", {"rule": "score > 1"})
        self.assertEqual(self.file(), self.definitions)


if __name__ == "__main__":
    unittest.main()
