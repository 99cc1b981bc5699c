#!/usr/bin/env python3
"""The parameters of a search through the API besides a query.   tests/serve/search_test.py BINARY

LEADPULSE_SEED repeats the random contacts.
"""

import calendar
import json
import os
import random
import time
import unittest
import urllib.parse

from front import API, CONTACTS, command, contact
from write_case import WriteCase, path_of

DEFINITIONS = """
tenants:
  acme:
    fields: {employees: number}
    tiers: [{name: hot, at_least: 5}, {name: cold}]
    scoring: {rules: [{event: open, points: 1, expires_after: 36000d}]}
"""
SEED = int(os.environ.get("LEADPULSE_SEED", str(random.randrange(1 << 32))))


class Searches(WriteCase):
    definitions = DEFINITIONS

    def got(self, path):
        said = self.ask_within_limits(path)
        self.assertEqual(said[0], 200, said)
        return said[1]

    def found(self, status=200, token=None, headers=(), **parameters):
        said = self.ask_within_limits(f"{CONTACTS}search?{urllib.parse.urlencode(parameters)}", token, headers=headers)
        self.assertEqual(said[0], status, (parameters, said[1]))
        return said[1]

    def pages(self, limit, **parameters):
        rows, cursor = [], None
        while True:
            page = self.found(limit=limit, **parameters, **({"cursor": cursor} if cursor else {}))
            rows += page["contacts"]
            cursor = page["cursor"]
            if cursor is None:
                return rows

    def test_fields(self):
        self.start(contact("ann", first_name='A 5" {name], \\', tags="x") + contact("bob"))
        whole = self.found()["contacts"]
        self.assertEqual(len(whole[0]), 28)
        for row in whole:
            lead = self.got(CONTACTS + row["id"])
            for name in ("email", "created", "version", "tags", "seq", "updated"):
                self.assertEqual(row[name], lead[name], name)
        for name in whole[0]:
            self.assertEqual(self.found(fields=name)["contacts"], [{name: row[name]} for row in whole], name)
        some = self.found(fields="profile, id,score")["contacts"]
        self.assertEqual(some, [{name: row[name] for name in ("id", "score", "profile")} for row in whole])
        self.assertEqual(self.found(fields="")["contacts"], whole)
        # A cursor belongs to the query: the next page may have other members.
        cursor = self.found(limit=1, fields="id")["cursor"]
        self.assertEqual(self.found(limit=1, fields="score", cursor=cursor)["contacts"], [{"score": 0}])
        problem = self.found(400, fields="id,,score")
        self.assertEqual((problem["code"], problem["field"]), ("invalid_value", "fields"), problem)

    def test_a_parameter_of_another_api_is_refused_with_what_to_send(self):
        self.start(contact("ann"))
        for name, advice in (("page", "`cursor`"), ("offset", "`cursor`"), ("per_page", "`limit`"), ("limt", "did you mean limit?"),
                             ("email", "`query=email:VALUE`")):
            problem = self.found(400, **{name: "2"})
            self.assertEqual(problem["field"], name)
            self.assertIn(advice, problem["detail"])

    def test_fields_sort_and_columns_share_one_list_of_names(self):
        self.start(contact("ann", "ben", email="Ann@x.org", first_name="Ann") + contact("bob", first_name="Bob"))
        for name, values in (("first_name", ["Ann", "Bob"]), ("First Name", ["Ann", "Bob"]), ("email_status", ["active"] * 2),
                             ("email_status", ["active"] * 2), ("last_opened", [None, None]), ("lead_score", [0, 0]),
                             ("email", ["Ann@x.org", None]), ("agent", ["ben", ""]), ("tenant", ["acme"] * 2)):
            page = self.found(fields=name, sort=name)
            self.assertEqual(page["warnings"], [], name)
            member = {"email_status": "email_status"}.get(name, name)
            self.assertEqual([row[member] for row in page["contacts"]], values, name)
        page = self.found(fields='scor,id,"')
        self.assertEqual(page["contacts"], [{"id": "ann", "scor": None, '"': None}, {"id": "bob", "scor": None, '"': None}])
        self.assertIn('did you mean "score"?', page["warnings"][0])
        status, job, _ = self.ask(API + "exports", method="POST", body=json.dumps(
            {"columns": ["id", "email_status", "do_not_contact", "updated", "version"], "format": "jsonl"}))
        self.assertEqual((status, job.get("detail")), (202, None))
        self.wait_until(lambda: self.got(f"{API}jobs/{job['id']}")["state"] == "done")
        rows = [json.loads(line) for line in self.request_within_limits("GET", f"{API}exports/{job['id']}/file")[1].splitlines()]
        wanted = self.found()["contacts"]
        self.assertEqual(rows, [{"id": row["id"], "email_status": "active", "do_not_contact": False, "updated": row["updated"],
                                 "version": row["version"]} for row in wanted])

    def test_rows_have_links_to_unsubscribe(self):
        """A link in a row is the one that the contact has by itself."""
        self.start(contact("ann", email="Ann@x.org") + contact("bob@x.org") + contact("cid"))
        rows = self.found(fields="id,unsubscribe_url")["contacts"]
        self.assertEqual([list(row) for row in rows], [["id", "unsubscribe_url"]] * 3)
        for row, address in zip(rows, ("ann@x.org", "bob@x.org", "")):
            alone = self.got(CONTACTS + urllib.parse.quote(row["id"]) + "/unsubscribe-link")["url"]
            self.assertEqual(len(row["unsubscribe_url"]), len(alone))
            page = self.request("POST", urllib.parse.urlparse(row["unsubscribe_url"]).path, "List-Unsubscribe=One-Click",
                                {"Content-Type": "application/x-www-form-urlencoded"})[0]
            self.assertEqual(page.status, 200)
            self.wait_until(lambda row=row: self.got(CONTACTS + urllib.parse.quote(row["id"]))["status"] == "unsubscribed" or not address)
        self.assertEqual(list(self.found(fields="unsubscribe_url", limit=1)["contacts"][0]), ["unsubscribe_url"])

    def test_contacts_are_listed_as_they_are_searched(self):
        self.start(contact("ann", city="Bern") + contact("bob"))
        for query in ("", "?query=city:Bern&fields=id", "?where=city%20IS%20SET&count=exact", "?limit=1&sort=-city"):
            listed = self.got(API + "contacts" + query)
            searched = self.got(CONTACTS + "search" + query)
            for page in (listed, searched):
                del page["at"], page["cursor"]
            self.assertEqual(listed, searched, query)

    def test_ids_and_updates_are_searched(self):
        """An id has its case. `updated` is the time of the last command; rules of the definitions may ask for neither."""
        records = contact("Ann") + contact("ann") + contact("b:c d") + contact("late", city="Bern")
        records[-1]["command"]["issuedAt"] = "2026-04-02T10:00:00.500Z"
        self.start(records)
        many = {"id:Ann": ["Ann"], "id:ann": ["ann"], "id:ANN": [], "id:ann,Ann": ["Ann", "ann"], 'id:"b:c d"': ["b:c d"],
                "-id:ann": ["Ann", "b:c d", "late"], "lead_id:late": ["late"], "id:a*": ["Ann", "ann"],
                "updated>2026-04-01": ["late"], "updated<2026-04-02": ["Ann", "ann", "b:c d"], "updated:2026-04-02": ["late"],
                "updated>=2026-04-02T10:00:00.500Z": ["late"], "updated>2026-04-02T10:00:00.500Z": [],
                "updated:2026-03-01 id:ann": ["ann"]}
        for _ in range(2):
            for query, wanted in many.items():
                page = self.found(query=query, count="exact", fields="id")
                self.assertEqual(([row["id"] for row in page["contacts"]], page["count"]), (wanted, len(wanted)), query)
                again = self.found(where=page["rule"], fields="id")
                self.assertEqual([row["id"] for row in again["contacts"]], wanted, page["rule"])
            self.assertEqual([row["id"] for row in self.pages(1, sort="-updated,id", fields="id")], ["late", "Ann", "ann", "b:c d"])
            self.assertEqual([row["id"] for row in self.pages(3, sort="-updated", fields="id")], ["late", "Ann", "ann", "b:c d"])
            self.assertEqual([row["id"] for row in self.pages(2, sort="updated", fields="id")], ["Ann", "ann", "b:c d", "late"])
            self.wait_until(lambda: "indexing" not in self.found(limit=1))  # then once more, with the index
        before = self.found(query="id:ann")["contacts"][0]["updated"]
        self.assertEqual(self.send("POST", path_of("ann", "/notes"), {"text": "a note"})[0], 200)
        [row] = self.found(sort="-updated", limit=1)["contacts"]
        self.assertEqual((row["id"], row["updated"] > before), ("ann", True))
        self.assertEqual([row["id"] for row in self.found(query=f"updated>{row['updated'][:10]}")["contacts"]], [])
        self.assertEqual([row["id"] for row in self.found(query="updated>2026-05-01")["contacts"]], ["ann"])
        refused = self.ask_within_limits(API + "segments/preview", method="POST", body=json.dumps({"rule": 'lead.updated > "2026-01-01"'}))
        self.assertIn("is for searches", json.dumps(refused[1]))

    def test_words_are_found_in_all_texts(self):
        self.start(contact("ann", "ben", first_name="Guðrún", last_name="O'Brien", job_title="Head of Sales", city=["Genève"],
                           email="g.obrien@Bücher.example", phone="+49 (0)151 234-56.78")
                   + contact("bob", "cid", first_name="Bob", last_name="Müller", bio="Sales, sales, and sales")
                   + contact("cid", first_name="Gudrun", employees=151234))
        agent = self.token("--agent", "ben", role="agent")
        for query, wanted in (("gudrun", ["ann", "cid"]), ("Guðrún obrien", ["ann"]), ('"gudrun o\'brien"', ["ann"]), ("obrien", ["ann"]),
                              ("muller", ["bob"]), ("mueller", []), ("sales", ["ann", "bob"]), ('"head of s"', ["ann"]), ("geneve", ["ann"]),
                              ("bucher", ["ann"]), ("gobrien", ["ann"]), ("0151 234", ["ann"]), ("4915123456", ["ann"]), ("+49151", ["ann"]),
                              ("151234", ["ann"]), ("sales -muller", ["ann"]), ("gudrun,muller", ["ann", "bob", "cid"])):
            for token, visible in ((None, {"ann", "bob", "cid"}), (agent, {"ann", "cid"})):
                page = self.found(token=token, query=query, count="exact", fields="id")
                seen = [lead for lead in wanted if lead in visible]
                self.assertEqual(([row["id"] for row in page["contacts"]], page["count"]), (seen, len(seen)), (query, token is agent))
        for query, wanted in (("last_name:obrien", ["ann"]), ("last_name:muller", ["bob"]), ("first_name:muller", []),
                              ("last_name=Muller", []), ("last_name=müller", ["bob"]), ("-first_name:gudrun", ["bob"]),
                              ('phone:"0151 234"', ["ann"]), ("phone:4915123456", ["ann"]), ("city:geneve,bern", ["ann"]),
                              ("email:bucher", ["ann"]), ("email:g.obrien@Bücher.example", ["ann"]), ("job_title:head*", ["ann"])):
            page = self.found(query=query, count="exact", fields="id")
            self.assertEqual(([row["id"] for row in page["contacts"]], page["count"]), (wanted, len(wanted)), query)
        self.assertEqual(self.found(query="last_name:muller")["rule"], 'last_name HAS WORDS "muller"')
        self.assertEqual(self.found(query="muller")["rule"], 'HAS WORDS "muller"')
        self.assertIn("no word to look for", self.found(400, where='HAS WORDS "&"')["detail"])
        self.assertEqual(self.send("DELETE", f"{CONTACTS}ann?confirm=ann", token=self.token(role="admin"))[0], 200)
        self.wait_until(lambda: self.found(query="obrien", count="exact")["count"] == 0)
        self.assertEqual([row["id"] for row in self.found(query="gudrun")["contacts"]], ["cid"])

    def test_a_problem_names_the_parameter(self):
        self.start(contact("ann"))
        for wrong, field in (({"query": "score>abc"}, "query"), ({"where": "score >"}, "where"),
                             ({"cursor": "x"}, "cursor"), ({"query": "score>1", "cursor": "x"}, "cursor"),
                             ({"query": "a", "where": "score > 1"}, "where"),
                             ({"sort": ",".join("abcdefghi")}, "sort")):
            problem = self.found(400, **wrong)
            self.assertEqual((problem["code"], problem["field"]), ("invalid_value", field), (wrong, problem))
        for path in ("contacts/ann/timeline", "contacts/duplicates"):
            self.assertEqual(self.ask_within_limits(f"{API}{path}?cursor=x")[1]["field"], "cursor", path)

    def test_a_column_of_the_order_that_nobody_has_is_a_warning(self):
        self.start(contact("ann", city="Bern") + contact("bob") + contact("cid"))
        [warning] = self.found(sort="employes")["warnings"]
        self.assertEqual(self.got(f"{API}pipeline?sort=employes")["warnings"], [warning])
        self.assertIn('did you mean "employees"?', warning)
        self.assertEqual(len(self.found(sort="-nosuch,score,other", query="scor:1")["warnings"]), 3)
        for right in ("employees", "city", "-city", "score", "email", ""):
            self.assertEqual(self.found(sort=right)["warnings"], [], right)
        page = self.found(sort="city", limit=1)
        self.assertEqual(self.found(sort="city", limit=1, cursor=page["cursor"])["warnings"], [])

    def test_several_columns_sort(self):
        print(f"LEADPULSE_SEED={SEED}")
        dice = random.Random(SEED)
        records, leads = [], {}
        for number in range(60):
            lead = f"lead{dice.randrange(10_000):04}-{number}"
            city, employees = dice.choice(["Bern", "Chur", None]), dice.choice([1, 2, 10, None])
            opens = dice.randrange(3)
            leads[lead] = (opens, city, employees)
            given = {name: value for name, value in (("city", city), ("employees", employees)) if value is not None}
            records += contact(lead, **given)
            records += [{"event": {"tenantId": "acme", "leadId": lead, "eventId": f"{lead}-{i}", "type": "OPEN",
                                   "occurredAt": "2026-03-01T10:00:00Z"}} for i in range(opens)]
        self.start(records)
        self.wait_for(lead)
        self.wait_until(lambda: len(self.found(where="opens > 0", limit=1000, fields="id")["contacts"])
                        == sum(opens > 0 for opens, _, _ in leads.values()))

        def key(lead, columns):
            opens, city, employees = leads[lead]
            values = {"score": opens, "city": city, "employees": employees}
            keys = []
            for column in columns.split(","):
                value, down = values[column.strip("- ")], column.strip().startswith("-")
                if isinstance(value, str):
                    value = ord(value[0])
                keys.append((value is None, 0 if value is None else -value if down else value))
            return keys, lead
        for columns in ("-score,city", "score,-employees,city", "city,-score", "-employees,-city,-score", "city, employees"):
            expected = sorted(leads, key=lambda lead, columns=columns: key(lead, columns))
            for limit in (7, 59, 1000):
                rows = self.pages(limit, sort=columns, fields="id")
                self.assertEqual([row["id"] for row in rows], expected, (columns, limit))
        cursor = self.found(limit=1, sort="-score,city")["cursor"]
        for other in ("-score", "-score,-city", "-score,city,employees", "score,city"):
            self.assertIn("cursor", self.found(400, limit=1, sort=other, cursor=cursor)["detail"])
        self.assertEqual(self.found(400, sort="score,,city")["field"], "sort")
        self.assertEqual(self.found(400, sort="-")["field"], "sort")
        self.assertIn("8 columns", self.found(400, sort=",".join("abcdefghi"))["detail"])
        column = max(self.got(f"{API}pipeline?sort=-score,city&limit=5")["stages"], key=lambda stage: stage["count"])
        self.assertGreater(column["count"], 10)
        whole = self.got(f"{column['href']}&limit=1000")["contacts"]
        self.assertEqual([row["id"] for row in whole], sorted((row["id"] for row in whole), key=lambda lead: key(lead, "-score,city")))
        rest = self.got(f"{column['href']}&cursor={column['cursor']}&limit=1000")["contacts"]
        for card in column["contacts"]:
            self.assertEqual(card.pop("stage_since")[:2], "20", card)  # published_changes_test
        self.assertEqual((column["contacts"], rest), (whole[:5], whole[5:]))

    def test_a_cursor_that_is_too_old(self):
        self.start(contact("ann", employees=3) + contact("bob", employees=20) + contact("cid", city="Bern"))
        cursors = {sort: self.found(limit=1, sort=sort)["cursor"] for sort in ("", "tier", "city,employees", "city")}
        text = DEFINITIONS.replace("{employees: number}", "{employees: text}").replace("name: hot", "name: warm")
        admin = self.token(role="admin")
        status, said, _ = self.ask(API + "definitions", admin, "PUT", {"If-Match": "*"}, json.dumps({"text": text}))
        self.assertEqual(status, 200, said)
        self.wait_until(lambda: self.ask(API + "definitions", admin)[1]["in_force"])
        for sort, status in (("", 200), ("city", 200), ("tier", 410), ("city,employees", 410)):
            said = self.found(status, limit=1, sort=sort, cursor=cursors[sort])
            self.assertEqual((said.get("code"), said.get("field")),
                             ("cursor_expired", "cursor") if status == 410 else (None, None), (sort, said))

    def test_a_contact_that_moves_during_a_walk_comes_once(self):
        """A sorted walk remembers what it has shown until the front ends. One by id needs no memory."""
        self.start([record for number in range(6) for record in contact(f"l{number}", employees=10 * number)])
        self.wait_for("l5")
        walk = {"where": "employees IS SET", "sort": "employees", "limit": 2}
        first = self.found(**walk)
        by_id = self.found(limit=2, where="employees IS SET")["cursor"]
        stages = self.got(f"{API}pipeline?sort=employees&limit=2")["stages"]
        [board] = [stage for stage in stages if stage["count"] == 6]
        self.assertEqual([row["id"] for row in first["contacts"]], ["l0", "l1"])
        self.assertEqual(self.send("PATCH", CONTACTS + "l0", {"employees": 25})[0], 200)
        second = self.found(**walk, cursor=first["cursor"])
        self.assertEqual(self.found(**walk, cursor=first["cursor"])["cursor"], second["cursor"])
        self.assertEqual([row["id"] for row in second["contacts"]], ["l2", "l3"])
        self.send("PATCH", CONTACTS + "l2", {"employees": 99})
        self.send("PATCH", CONTACTS + "l0", {"employees": 45})
        last = self.found(**walk, cursor=second["cursor"])
        self.assertEqual(([row["id"] for row in last["contacts"]], last["cursor"]), (["l4", "l5"], None))
        rest = self.got(f"{board['href']}&limit=9&cursor={board['cursor']}")["contacts"]
        self.assertEqual([row["id"] for row in board["contacts"] + rest], ["l0", "l1", "l3", "l4", "l5", "l2"])
        self.kill(self.front)
        self.start_front()
        self.assertEqual(self.found(410, **walk, cursor=first["cursor"])["code"], "cursor_expired")
        self.assertEqual(len(self.found(where="employees IS SET", limit=9, cursor=by_id)["contacts"]), 4)

    def test_an_idle_run_answers_as_of_now(self):
        issued = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self.start([command("ann", 1, issuedAt=issued, addNote={"text": "x"})])
        manager = self.token(role="manager")
        first = self.search(where="created > 3 seconds ago")[1]
        time.sleep(4.1)
        then = self.search(where="created > 3 seconds ago")[1]
        self.assertEqual([row["id"] for row in then["contacts"]], ["ann"])
        for path in (CONTACTS + "search", path_of("ann"), API + "segments"):
            before, at = time.time(), self.ask(path)[1]["at"]
            self.assertGreater(at[:19], first["at"][:19])
            self.assertLess(before - 3, calendar.timegm(time.strptime(at[:19], "%Y-%m-%dT%H:%M:%S")))
        change = {"where": "created > 3 seconds ago", "action": "tags", "body": {"add": ["old"]}, "dry_run": True}
        self.assertEqual(self.send("POST", API + "bulk", change, token=manager)[1].get("count"), 1)

    def test_counts(self):
        cities = ["Bern" if number % 3 else "Chur" for number in range(11_000)]
        self.start([command(f"lead-{number:05}", 1, updateProfile={"set": {"city": city, "employees": number}})
                    for number, city in enumerate(cities)])
        self.wait_for("lead-10999")
        bern = cities.count("Bern")
        self.wait_until(lambda: self.found(where='city = "Bern"', count="exact", limit=1)["count"] == bern)
        page = self.found(count="none", limit=1)
        self.assertEqual(("count" in page, "count_is_estimate" in page), (False, False))
        for rule, exact in ((f"employees < {10_000}", 10_000), ("employees >= 10990", 10)):
            page = self.found(where=rule, count="estimate", limit=1)
            self.assertEqual((page["count"], page["count_is_estimate"]), (exact, False), rule)
        # The count is exact until the contacts are indexed.
        self.wait_until(lambda: self.found(where="employees < 10900", count="estimate", limit=1)["count_is_estimate"])
        page = self.found(where="employees < 10900", count="estimate", limit=1)
        self.assertTrue(page["count_is_estimate"], page)
        self.assertTrue(10_000 < page["count"] <= 11_000, page)
        page = self.found(where="employees < 10900", count="exact", limit=1)
        self.assertEqual((page["count"], page["count_is_estimate"]), (10_900, False))
        # The index knows the number.
        page = self.found(count="estimate", limit=1)
        self.assertEqual((page["count"], page["count_is_estimate"]), (11_000, False))

    def test_a_long_search_answers_in_parts(self):
        self.start([command(f"lead-{number:04}", 1, updateProfile={"set": {"employees": number}}) for number in range(3_000)])
        self.wait_for("lead-2999")
        self.wait_until(lambda: self.found(where="employees < 5", count="exact", limit=1)["count"] == 5)
        walk = {"where": "employees < 300 OR employees > 2990", "limit": 1_000}
        whole = self.found(**walk)
        self.assertNotIn("searched", whole)
        by_size = self.found(headers={"Prefer": "wait=0"}, **walk, sort="-employees")
        self.assertEqual((len(by_size["contacts"]), "searched" in by_size), (len(whole["contacts"]), False))
        found, searched, page = [], [], {"cursor": ""}
        while page["cursor"] is not None:
            page = self.found(headers={"Prefer": "wait=0"}, **walk, cursor=page["cursor"])
            found += page["contacts"]
            searched.append(page.get("searched"))
        self.assertEqual([row["id"] for row in found], [row["id"] for row in whole["contacts"]])
        self.assertGreater(len(searched), 2)
        known = [percent for percent in searched if percent is not None]
        self.assertEqual(known, sorted(known))


if __name__ == "__main__":
    unittest.main()
