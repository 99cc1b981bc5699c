#!/usr/bin/env python3
"""Every way to change a lead enforces every rule.

    tests/serve/ways_test.py LEADPULSE

RULES has what may not become of a lead. WaysCase.WAYS has how a person or a program changes one. Each rule is tried in
each way that makes such changes: a value that the rule refuses must be refused and change nothing, any other must change
the lead. EXCEPTIONS has the ways that take such a value on purpose, with the reason."""

import dataclasses
import itertools
import json
import random
import re
import unittest

from front import API, command, contact
from page_case import PAGES
from ways_case import ADDRESSES, ATTRIBUTES, BODIES, IDS, OF_LINES, PLAIN, Trial, WaysCase

DEFINITIONS = """
tenants:
  acme:
    timezone: UTC
    fields: {industry: text, "Job Title": text, size: number, active: boolean, since: date, born: day}
    topics: [{id: news, name: News}]
    tiers: [{name: all}]
    strict_fields: true
"""
STAGES = ("new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived")
MARKS = "\u200b\u2060"
MOST_TEXT, MOST_LONG_TEXT, MOST_PROFILE, MOST_ID = 1024, 8192, 512 * 1024, 320  # bytes
DECLARED = ("industry", "INDUSTRY", " Job  title", "job_title")
UNDECLARED = ("indstry", "Region", "job", "score", "profile x", "first  name")


@dataclasses.dataclass
class Rule:
    """What some ways to make changes of a kind refuse, and so all must."""

    name: str
    kind: str
    refused: tuple
    taken: tuple = ()
    given: tuple = ()  # actions that every lead has before
    says: str = "."  # a pattern of each refusal
    of_names: bool = False  # of attributes


def attributes(name, values):
    return tuple((name, value) for value in values)


def names(kind):
    """A name is not empty, and has a bound in bytes."""
    return Rule(f"names of {kind}", kind, (MARKS, "a" * (MOST_TEXT + 1), "\u00e9" * (MOST_TEXT // 2) + "a"),
                ("vip", "\u00e9" * (MOST_TEXT // 2)))


def of_type(name, refused, taken):
    return Rule(f"type of {name}", ATTRIBUTES, attributes(name, refused), attributes(name, taken))


FULL = ({"editLists": {"add": [f"{number:04}" + "a" * (MOST_TEXT - 4) for number in range(MOST_PROFILE // MOST_TEXT)]}},)
RULES = (
    Rule("stages there are", "stage", ("won", "qualified!"), STAGES[1:]),
    *(Rule(f"{kind} of a lead in a final stage", kind, values, given=({"setStage": {"stage": "LOST"}},), says="final")
      for kind, values in (("stage", ("new", "converted")), ("agent", ("ben", "nobody-has-this-name")))),
    # Agents are not declared: any name is one.
    Rule("names of agents", "agent", ("a" * (MOST_TEXT + 1),), ("ben", "nobody-has-this-name", "a" * MOST_TEXT)),
    *map(names, ("tags", "lists", "campaigns", "consents")),
    Rule("topics there are", "topics", ("nws", "new s", MARKS), ("news", "NEWS")),
    Rule("qualifications", "qualification", (-1, 101, 50.5, 10 ** 12), (0, 80, 100)),
    Rule("length of a reason", "do-not-contact", ("a" * (MOST_TEXT + 1),), ("asked by phone", "a" * MOST_TEXT)),
    Rule("length of a note", "notes", ("a" * (MOST_LONG_TEXT + 1),), ("a", "a" * MOST_LONG_TEXT)),
    Rule("length of an attribute", ATTRIBUTES, attributes("industry", ["a" * (MOST_LONG_TEXT + 1)]),
         attributes("industry", ["SaaS", "a" * MOST_LONG_TEXT])),
    Rule("attributes that are declared", ATTRIBUTES, tuple((name, "a") for name in UNDECLARED),
         tuple((name, "a") for name in DECLARED), says="not declared under fields|follows from other data|is no field|would be an attribute", of_names=True),
    of_type("size", ("many", "1e99", "true"), ("7", "-12.5")),
    of_type("active", ("perhaps", "2"), ("true", "false")),
    of_type("since", ("soon", "2026-02-30"), ("2026-02-28", "2026-02-28T10:00:00Z")),
    of_type("born", ("soon", "2026-02-30"), ("2026-02-28",)),
    Rule("syntax of an address", ATTRIBUTES,
         attributes("email", ("plain", "@x.org", "a@", "a..b@x.org", ".a@x.org", "a@x..org", "a@-x.org", "a@x_y.org", "a@[1.2.3]",
                              "a b@x.org", "a(b)@x.org", "a@b@x.org", "a" * 65 + "@x.org", "a@" + "b." * 130 + "org",
                              "\u2063a@x.org")),
         attributes("email", ("o'{}@x.org", "{}@[127.0.0.1]", "\u00fc{}@b\u00fccher.example", '"{}..b"@x.org'))),
    Rule("addresses of others", ATTRIBUTES, attributes("email", ("taken@x.org", " TAKEN@X.org "))),
    Rule("length of an id", IDS, ("a" * (MOST_ID + 1),), ("a" * (MOST_ID - 5),)),
    Rule("syntax of an address as id", IDS, ("a..b{}@x.org", "{}@-x.org"), ("{}@x.org",)),
    Rule("syntax of the address of a new lead", ADDRESSES, ("plain{}", "a..b{}@x.org", "{}@-x.org", "a b{}@x.org", "{}@x.org,{}@y.org"),
         ("{}@x.org", "o'{}@x.org")),
    Rule("ids that are paths", IDS, ("search", "duplicates", ".", "..", "email:{}"), ("search-", "...", "email")),
    Rule("size of a lead", "tags", ("a",), given=FULL, says="lead_too_large|the limit is 524288"),
    Rule("size of a lead's attributes", ATTRIBUTES, (("industry", "SaaS"),), given=FULL, says="lead_too_large|the limit is 524288"),
)
# By rule and way: why what the rule refuses is taken, and what is refused even so. None: it is not tried.
EXCEPTIONS = {
    ("topics there are", "record"): ("an opt-out from what nobody declared is from everything", ()),
    ("attributes that are declared", "record"): ("a new field of a producer stops nothing; the run counts it", ()),
    ("syntax of an address", "record"): ("what another source sends is kept", ("a b@x.org",)),
    ("addresses of others", "record"): ("`GET /contacts/duplicates` shows it", ()),
    ("addresses of others", "import_line"): ("with --state it warns", ()),
    ("addresses of others", "line"): ("it does not ask the run; `GET /contacts/duplicates` shows it", ()),
    ("syntax of an address as id", "record"): ("what another source sends is kept", ()),
    ("syntax of an address as id", "line"): ("it must reach the leads of other sources", ()),
    **dict.fromkeys(((("ids that are paths", way) for way in ("record", "line", "import_line"))), ("ids have paths only in the API", None)),
}


class Ways(WaysCase):
    definitions = DEFINITIONS
    records = contact("ann@x.org") + contact("crm-1", email="taken@x.org")

    def test_every_way_enforces_every_rule(self):
        chance, plan, records = random.Random(1), [], []
        for way in self.WAYS:
            trials = [trial for rule in RULES if rule.kind in way.kinds and not (way.new and rule.given)
                      for trial in self.trials_of(rule, way, chance)]
            plan += [(way, trials)] if way.of_all else [(way, [trial]) for trial in trials]
            if not way.new:
                records += [command(trial.lead, number, **action) for trial in trials if trial.kind != IDS
                            for number, action in enumerate(({"updateProfile": {}}, *trial.rule.given))]
        self.append(*records)
        self.dead_letters()
        tried = {(trial.rule.name, way.__name__) for way, trials in plan for trial in trials}
        self.assertEqual(set(EXCEPTIONS) - tried, set())
        chance.shuffle(plan)
        for way, trials in plan:
            self.check(way, trials)

    def trials_of(self, rule, way, chance):
        refused, taken = rule.refused, rule.taken
        if way.few:
            refused, taken = (chance.sample(values, min(len(values), 1)) for values in (refused, taken))
        _, refused_even_so = EXCEPTIONS.get((rule.name, way.__name__), ("", refused))
        if refused_even_so is None:
            refused = ()
        for values in refused, taken:
            for value in values:
                number = next(self.numbers)
                name, sent = value if rule.kind == ATTRIBUTES else ("industry", value)
                sent = sent.replace("{}", str(number)) if isinstance(sent, str) else sent
                is_wrong = values is refused and (refused_even_so is refused or sent in refused_even_so)
                lead = f"{PLAIN}{number:04}"
                if rule.kind in (ADDRESSES, IDS):
                    lead, sent = (sent if values is refused or "@" in sent else f"{sent}{number:05}"), "SaaS"
                yield Trial(lead, rule.kind, sent, is_wrong, name, rule.of_names, rule)

    numbers = itertools.count()

    def check(self, way, trials):
        before = [None if trial.kind == IDS or way.new else self.version(trial.lead) for trial in trials]
        said = way(self, trials) if way.of_all else [way(self, *trials)]
        for trial, version, why in zip(trials, before, said):
            with self.subTest(rule=trial.rule.name, way=way.__name__, lead=trial.lead[:40], name=trial.name, value=str(trial.value)[:40]):
                is_changed = self.version(trial.lead) != version
                self.assertEqual((why != "", is_changed), (trial.is_wrong, not trial.is_wrong), why)
                if trial.is_wrong:
                    self.assertRegex(why, trial.rule.says)

    def test_every_route_and_command_is_a_way(self):
        """A new one joins WAYS, or those here that change no lead as RULES say."""
        written = {f"{method} {path}" for path, methods in self.ask("/openapi.json", token="")[1]["paths"].items()
                   for method in methods if method in ("post", "put", "patch", "delete")}
        of_settings = {one for one in written if one.split("/")[1] in ("definitions", "fields", "jobs", "lists", "segments", "tags", "tenants", "tokens", "users",
                                                                         "webhooks")}
        self.assertEqual(written - of_settings - {f"post /contacts/{{id}}/{kind}" for kind in BODIES}, {
            "post /contacts", "post /contacts/batch", "patch /contacts/{id}", "delete /contacts/{id}", "delete /contacts/{id}/notes", "post /contacts/{id}/opt-outs",
            "post /contacts/{id}/opt-ins", "post /bulk", "post /exports", "post /imports", "post /imports/{id}/run",
            "post /imports/{id}/undo", "post /commands/{id}/undo"})
        self.assertEqual({path for method, path, _, _ in PAGES if method == "POST" and path.startswith(("/leads", "/pipeline", "/import"))}, {
            "/leads/add", "/leads/edit", "/leads/undo", "/leads/bulk", "/leads/export", "/leads/views", "/leads/views/remove", "/pipeline/move", "/import",
            "/import/columns", "/import/undo"})
        shown = self.output_of("lead", "--help")
        lines = set(re.findall(r"^  ([a-z-]+) {2,}", shown[shown.index("Subcommands:"):], re.MULTILINE))
        taking_away = {"unset", "untag", "unlist", "uncampaign", "remove-note", "erase"}
        self.assertEqual(lines, {"set", "do-not-contact", "consent", *OF_LINES.values()} | taking_away)

    def test_only_managers_say_who_takes_care_of_a_lead(self):
        ben, token = self.person_with_form("ben"), self.token("--agent", "ben", role="agent")
        for agent in ("ben", "cid", ""):
            trial = Trial("crm-1", "agent", agent, True)
            version = self.version("crm-1")
            for said in (self.route(trial, token), self.bulk(trial, token), self.page(trial, ben), self.page_of_many(trial, ben),
                         *self.import_by_api([trial], token)):
                self.assertRegex(said, "may not do this|not for your role")
            for name, nested in itertools.product(("agent", "Agent", "agent_id", "agentId"), (True, False)):
                member = {name: agent or None}
                self.api("PATCH", "contacts/crm-1", {"attributes": member} if nested else member, token)
                self.api("POST", "contacts?upsert=true", {"id": "crm-1", **({"attributes": member} if nested else member)}, token)
            self.assertEqual((self.lead("crm-1")["agent"], self.version("crm-1") == version or not agent), ("", True))

    def test_what_is_not_declared_can_be_taken_away(self):
        self.append(command("ann@x.org", 7, updateProfile={"set": {"region": "South"}}))
        self.wait_until(lambda: "region" in self.lead("ann@x.org")["profile"])
        self.assertNotEqual(self.api("PATCH", "contacts/ann@x.org", {"Region": "North"}), "")
        self.assertEqual(self.api("PATCH", "contacts/ann@x.org", {"Region": None}), "")
        self.assertNotIn("region", self.lead("ann@x.org")["profile"])

    def test_records_of_a_file_are_taken_and_counted(self):
        self.write_records("more.jsonl", [command("bob@x.org", 1, updateProfile={"set": {"Region": "South", "industry": "SaaS"}})])
        shown = self.output_of("run", "--input", "more.jsonl", "--definitions", "d.yaml", "--state", "other", "--output", "more")
        self.assertRegex(shown, r"\n  attributes not declared +1\n")
        self.assertIn('"region":"South"', self.read("more/leads.jsonl"))
        # The state says what may be set.
        self.expect_failure(2, "region is not declared under fields", "lead", "set", "--tenant", "acme", "--lead", "bob@x.org", "region=North", "--to",
                            "b.jsonl", "--wait", "1s", "--state", "other", "--output", "more")

    def test_a_file_of_contacts_is_refused_with_the_names(self):
        text = "E-Mail,Industry,Region,Remark,status\nann@x.org,SaaS,South,met,unsubscribed\nbob@x.org,SaaS,North,,\n"
        status, upload, _ = self.ask(API + "imports", self.manager, "POST", {"Content-Type": "text/csv"}, text.encode())
        self.assertEqual((status, upload["problem"], upload["remedy"]), (
            201, 'region, remark are not declared under fields, and strict_fields is true; declare them, or leave them out with '
                 'map: {"*":""}', {"field": "map", "column": "*", "meaning": ""}))
        page = self.mia.send_file(self.mia.get("/import").find("/import"), text.encode())
        self.assertIn("Region, remark are not declared under fields, and strict_fields is true. Declare them under Settings, or "
                      "choose below to leave them out.", page.text)
        page = self.mia.send(page.find("/import/columns"), declared_only="1", what="preview")
        self.assertIn("Import 2 leads", page.text)
        # A column says who gets no mail, and one has notes, though neither is an attribute.
        self.write("a.csv", text)
        done = self.call("import", "a.csv", "--tenant", "acme", "--definitions", "d.yaml", "--map", "*=")
        self.assertEqual([line.get("event", {}).get("type") for line in map(json.loads, done.stdout.splitlines())],
                         [None, None, "UNSUBSCRIBE", None], done.stderr)


if __name__ == "__main__":
    unittest.main()
