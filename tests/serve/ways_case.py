"""Every way in which a person or a program changes a lead, for tests."""

import base64
import csv
import dataclasses
import io
import itertools
import json
import urllib.parse

from front import API, CONTACTS, command
from page_case import PageCase

# By the name of a change: what a route takes as its body, and the action of a command.
BODIES = {
    "stage": ("setStage", lambda value: {"stage": value}),
    "agent": ("assignAgent", lambda value: {"agent_id": value}),
    "tags": ("editTags", lambda value: {"add": [value]}),
    "lists": ("editLists", lambda value: {"add": [value]}),
    "campaigns": ("editCampaigns", lambda value: {"assign": [value]}),
    "qualification": ("setQualification", lambda value: {"score": value}),
    "do-not-contact": ("setDoNotContact", lambda value: {"value": True, "reason": value}),
    "notes": ("addNote", lambda value: {"text": value}),
    "consents": ("recordConsent", lambda value: {"purpose": value, "granted": True}),
    "topics": (None, lambda value: {"topic": value, "subscribed": False}),
}
ATTRIBUTES = "attributes"
PLAIN = "lead-"  # how the ids of most leads begin
IDS = "ids"  # a new lead with this id
ADDRESSES = "addresses"  # a new lead with this address, which is its id
OF_COLUMNS = {"stage": "stage", "agent": "agent", "tags": "tags", "lists": "lists", "campaigns": "campaigns", "notes": "add_note"}
OF_LINES = {"stage": "stage", "agent": "agent", "tags": "tag", "lists": "list", "campaigns": "campaign",
            "qualification": "qualify", "notes": "note"}


def normal(name):
    return "_".join(name.lower().replace("_", " ").split())


@dataclasses.dataclass
class Trial:
    """A change of a lead."""

    lead: str
    kind: str
    value: object
    is_wrong: bool
    name: str = ""  # of the attribute
    is_of_name: bool = False  # the name is what may be wrong
    rule: object = None

    def text(self):
        return self.value if isinstance(self.value, str) else json.dumps(self.value)

    def body(self):
        return BODIES[self.kind][1](self.value)

    def fields(self):
        """The fields of a form."""
        parts = {name: part[0] if isinstance(part, list) else part for name, part in self.body().items()}
        return {name: part if isinstance(part, str) else json.dumps(part) for name, part in parts.items()}

    def cell(self):
        """What the column of a file means, and its cell."""
        if self.kind in (ATTRIBUTES, IDS):
            return self.name, self.text()
        return (f"consent.{self.value}", "yes") if self.kind == "consents" else (OF_COLUMNS[self.kind], self.value)


def is_late(page):
    """Whether nobody knew yet what became of the form."""
    return page.status == 303 and "done=late" in page.headers["Location"]


def way(*kinds, new=False, few=False, of_all=False):
    """Marks a way that makes these kinds of changes. The method takes a trial, and returns why it was refused, or an empty string.
    `new`: it makes the lead; `few`: it may be used rarely; `of_all`: it takes all trials, and returns a list."""
    def mark(method):
        method.kinds = frozenset(itertools.chain(*kinds))
        method.new, method.few, method.of_all = new, few, of_all
        return method
    return mark


class WaysCase(PageCase):
    """All tests of a class share the run and the front of the first."""

    shared = None
    reads = 0

    def addCleanup(self, *arguments, **keywords):
        self.addClassCleanup(*arguments, **keywords)

    def setUp(self):
        if self.shared is None:
            super().setUp()
            self.mia = self.person_with_form("mia")
            type(self).shared = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        vars(self).update(self.shared)

    def person_with_form(self, name):
        """A person who has opened a lead. Its form is good for each other form of the pages."""
        person = self.person(name)
        person.waits = True
        person.form = person.get("/leads/detail", lead="last").find("/leads/edit", action="notes")
        return person

    # A program that calls the API.

    def api(self, method, path, body, token=None):
        headers = {"Content-Type": "application/json", "Prefer": "wait=30"}
        status, said, _ = self.ask_within_limits(API + path, token, method, headers, json.dumps(body))
        self.assertIn(status, (200, 201, 202, 400, 403, 404, 409, 422), said)
        return "" if status < 400 else f"{said['code']}: {said['detail']} {said.get('field', '')}"

    def attribute(self, method, path, trial, is_nested=False, **more):
        attributes = {trial.name: trial.value}
        return self.api(method, path, {**more, **({"attributes": attributes} if is_nested else attributes)})

    @way(BODIES)
    def route(self, trial, token=None):
        return self.api("POST", f"contacts/{trial.lead}/{trial.kind}", trial.body(), token)

    @way(["topics"])
    def opt_out(self, trial):
        return self.api("POST", f"contacts/{trial.lead}/opt-outs", {"topic": trial.value})

    @way(["topics"])
    def opt_in(self, trial):
        return self.api("POST", f"contacts/{trial.lead}/opt-ins", {"topic": trial.value})

    @way([ATTRIBUTES, IDS], new=True)
    def create(self, trial):
        return self.attribute("POST", "contacts", trial, id=trial.lead)

    @way([ATTRIBUTES, IDS], new=True)
    def create_nested(self, trial):
        return self.attribute("POST", "contacts", trial, is_nested=True, id=trial.lead)

    @way([ATTRIBUTES, IDS])
    def upsert(self, trial):
        return self.attribute("POST", "contacts?upsert=true", trial, id=trial.lead)

    @way([ADDRESSES], new=True)
    def create_by_address(self, trial):
        return self.attribute("POST", "contacts", trial, email=trial.lead)

    @way([ADDRESSES], new=True)
    def upsert_by_address(self, trial):
        return self.attribute("POST", "contacts?upsert=true", trial, email=trial.lead)

    @way([ATTRIBUTES])
    def patch(self, trial):
        return self.attribute("PATCH", f"contacts/{trial.lead}", trial)

    @way([ATTRIBUTES])
    def patch_nested(self, trial):
        return self.attribute("PATCH", f"contacts/{trial.lead}", trial, is_nested=True)

    def batch(self, action, trial, **contact):
        row = {"action": action, "contact": {**contact, **({trial.name: trial.value} if trial.kind != ADDRESSES else {})}}
        headers = {"Content-Type": "application/json", "Prefer": "wait=30"}
        body = json.dumps({"rows": [row if action != "update" else {"id": trial.lead, **row}]})
        status, said, _ = self.ask_within_limits(API + "contacts/batch", None, "POST", headers, body)
        self.assertEqual(status, 200, said)
        problem = said["rows"][0].get("problem")
        return "" if problem is None else f"{problem['code']}: {problem['detail']} {problem.get('field', '')}"

    @way([ATTRIBUTES, IDS], new=True)
    def batch_create(self, trial):
        return self.batch("create", trial, id=trial.lead)

    @way([ADDRESSES], new=True)
    def batch_upsert(self, trial):
        return self.batch("upsert", trial, email=trial.lead)

    @way([ATTRIBUTES])
    def batch_update(self, trial):
        return self.batch("update", trial)

    @way(BODIES.keys() - {"consents"}, few=True)
    def bulk(self, trial, token=None):
        asked = {"ids": [trial.lead], "action": trial.kind, "body": trial.body()}
        status, job, _ = self.ask_within_limits(API + "bulk", token, "POST", body=json.dumps(asked))
        return job["detail"] if status >= 400 else self.reasons_of(job["id"])

    def finished(self, job):
        self.wait_until(lambda: self.ask_within_limits(f"{API}jobs/{job}")[1]["state"] in ("done", "failed"))
        return self.ask_within_limits(f"{API}jobs/{job}")[1]

    def reasons_of(self, job):
        return ", ".join(self.finished(job)["reasons"])

    # A person with the pages.

    def sent(self, target, person=None, /, **fields):
        """Sends a form. Returns the answer, which is not followed: a list of leads would be expensive. A form that is sent
        again is one command: what a busy machine answers late is asked for again."""
        person = person or self.mia
        while True:
            page = person.ask("POST", target, person.form.values(**fields))
            if not is_late(page):
                return page

    def refusal(self, page):
        if page.status != 303:
            return page.text
        return ""

    @way(BODIES)
    def page(self, trial, person=None):
        return self.refusal(self.sent("/leads/edit", person, lead=trial.lead, action=trial.kind, confirmed="yes", **trial.fields()))

    @way([ADDRESSES], new=True)
    def page_of_new(self, trial):
        return self.refusal(self.sent("/leads/add", email=trial.lead))

    @way([ATTRIBUTES])
    def page_of_attributes(self, trial):
        return self.refusal(self.sent("/leads/edit", lead=trial.lead, action="update", new_name=trial.name, new_value=trial.text()))

    @way(["stage"])
    def board(self, trial, person=None):
        was = self.lead(trial.lead)["stage"]
        return self.refusal(self.sent("/pipeline/move", person, lead=trial.lead, stage=trial.value, was=was, confirmed="yes"))

    @way(BODIES.keys() - {"consents"}, few=True)
    def page_of_many(self, trial, person=None):
        asked = self.sent("/leads/bulk", person, what=trial.kind, scope="chosen", lead=[trial.lead], **trial.fields())
        confirm = next((form for form in asked.forms if ("confirmed", "1") in form.fields), None)
        if confirm is None:
            return asked.text
        before = self.jobs()
        self.mia.send(confirm)
        [job] = self.jobs() - before
        return self.reasons_of(job)

    def jobs(self):
        return {job["id"] for job in self.ask_within_limits(API + "jobs")[1]["jobs"]}

    # Files. All changes are in one, but for those whose column is what is wrong.

    def by_file(self, trials, import_file):
        """`import_file` gets the text of a file and the meanings of its columns. It returns why it was refused, or why rows
        were."""
        files, said = [], {}
        for trial in trials:
            meaning, cell = trial.cell()
            # A name that no column may have refuses the file.
            apart = trial.is_wrong and (trial.kind if trial.is_of_name else trial.kind == "consents" and meaning)
            for of, columns in files:
                others = {normal(each) for each in columns if each != meaning}
                if of == apart and normal(meaning) not in others:
                    break
            else:
                columns = {}
                files.append((apart, columns))
            columns.setdefault(meaning, []).append((trial.lead, cell))
        for _, columns in files:
            text = io.StringIO()
            table = csv.writer(text)
            table.writerow(["id", *(f"X{number}" for number in range(len(columns)))])
            for number, cells in enumerate(columns.values()):
                table.writerows([lead, *[""] * number, cell, *[""] * (len(columns) - number - 1)] for lead, cell in cells)
            refused = import_file(text.getvalue(), list(columns))
            leads = [lead for cells in columns.values() for lead, _ in cells]
            said.update(dict.fromkeys(leads, refused) if isinstance(refused, str) else refused)
        return [said.get(trial.lead, "") for trial in trials]

    @staticmethod
    def wrong_rows(text):
        return {row[0]: row[-1] for row in list(csv.reader(io.StringIO(text)))[1:]}

    def wrong_rows_of(self, job):
        done = self.finished(job)
        self.assertEqual(done["state"], "done", done)
        answer, text = self.request_within_limits("GET", f"{API}imports/{job}/wrong.csv")
        return self.wrong_rows(text.decode()) if answer.status == 200 else {}

    def given_up(self, job, why):
        self.ask_within_limits(f"{API}jobs/{job}/cancel", method="POST")
        return why

    @way(OF_COLUMNS, ["consents", ATTRIBUTES, IDS], of_all=True)
    def import_by_api(self, trials, token=None):
        def import_file(text, meanings):
            status, upload, _ = self.ask_within_limits(API + "imports", token, "POST", {"Content-Type": "text/csv"}, text.encode())
            if status >= 400:
                return upload["detail"]
            columns = {f"X{number}": meaning for number, meaning in enumerate(meanings)}
            status, job, _ = self.ask_within_limits(f"{API}imports/{upload['id']}/run", method="POST",
                                                body=json.dumps({"lead_id": "id", "map": columns}))
            return self.given_up(upload["id"], job["detail"]) if status >= 400 else self.wrong_rows_of(job["id"])
        return self.by_file(trials, import_file)

    @way(OF_COLUMNS, ["consents", ATTRIBUTES, IDS], of_all=True)
    def import_by_page(self, trials):
        def import_file(text, meanings):
            form = self.mia.send_file(self.mia.get("/import").find("/import"), text.encode()).find("/import/columns")
            page = self.mia.send(form, meaning=["lead_id", *meanings], what="run")
            target = urllib.parse.urlsplit(page.target)
            if target.path != "/import/progress":
                return self.given_up(dict(form.fields)["import"], page.text)
            return self.wrong_rows_of(urllib.parse.parse_qs(target.query)["import"][0])
        return self.by_file(trials, import_file)

    @way(OF_COLUMNS, ["consents", ATTRIBUTES, IDS], of_all=True)
    def import_line(self, trials):
        def import_file(text, meanings):
            self.write("a.csv", text)
            self.write("wrong.csv", "")
            columns = [option for number, meaning in enumerate(meanings) for option in ("--map", f"X{number}={meaning}")]
            done = self.call("import", "a.csv", "--tenant", "acme", "--lead-id", "id", "--definitions", "d.yaml", "--wrong", "wrong.csv",
                             *columns)
            if done.returncode != 0:
                return done.stderr
            with open(self.path("in.jsonl"), "a", encoding="utf-8") as file:
                file.write(done.stdout)
            return {**self.dead_letters(), **self.wrong_rows(self.read("wrong.csv"))}
        return self.by_file(trials, import_file)

    # Records and the command line.

    def lead_line(self, edit, lead, *words):
        """Calls `leadpulse lead`. Returns why it refused the command."""
        done = self.call("lead", edit, "--tenant", "acme", "--lead", lead, "--to", "in.jsonl", *words)
        self.assertIn(done.returncode, (0, 2), done.stderr)
        return done.stderr

    @way(OF_LINES, ["do-not-contact", "consents", ATTRIBUTES, IDS], of_all=True)
    def line(self, trials):
        said = []
        for trial in trials:
            if trial.kind in (ATTRIBUTES, IDS):
                said.append(self.lead_line("set", trial.lead, f"{trial.name}={trial.text()}", "--definitions", "d.yaml"))
            elif trial.kind == "do-not-contact":
                said.append(self.lead_line(trial.kind, trial.lead, "yes", f"--reason={trial.value}"))
            elif trial.kind == "consents":
                said.append(self.lead_line("consent", trial.lead, trial.value, "yes"))
            else:
                said.append(self.lead_line(OF_LINES[trial.kind], trial.lead, trial.text()))
        refused = self.dead_letters()
        return [why or refused.get(trial.lead, "") for trial, why in zip(trials, said)]

    @way(BODIES, [ATTRIBUTES, IDS], of_all=True)
    def record(self, trials):
        records = []
        for number, trial in enumerate(trials):
            if trial.kind == "topics":
                records.append({"event": {"tenantId": "acme", "leadId": trial.lead, "eventId": "out", "type": "UNSUBSCRIBE",
                                          "topic": trial.value, "occurredAt": "2026-03-01T09:00:00Z"}})
            elif trial.kind in (ATTRIBUTES, IDS):
                records.append(command(trial.lead, "", updateProfile={"set": {trial.name: trial.value}}))
            else:
                body = {"stage": trial.value.upper()} if trial.kind == "stage" else trial.body()
                records.append(command(trial.lead, "", **{BODIES[trial.kind][0]: body}))
            if "command" in records[-1]:
                records[-1]["command"]["commandId"] = f"way-{number}"
        self.append(*records)
        refused = self.dead_letters()
        return [refused.get(trial.lead, "") for trial in trials]

    def dead_letters(self):
        """Why the run refused records of a lead, once it has read all."""
        self.reads += 1
        self.lead_line("tag", "last", f"read-{self.reads}")
        self.wait_until(lambda: f"read-{self.reads}" in self.lead("last")["tags"])
        refused = {}
        for letter in map(json.loads, self.read("out/dead-letters.jsonl").splitlines()):
            record = json.loads(base64.b64decode(letter["payload"]))
            refused[(record.get("command") or record["event"])["leadId"]] = letter["detail"]
        return refused

    WAYS = (route, create, create_nested, create_by_address, upsert, upsert_by_address, patch, patch_nested, batch_create, batch_upsert,
            batch_update, bulk, page, page_of_new,
            page_of_attributes, board, page_of_many, import_by_api, import_by_page, import_line, line, record)

    def version(self, lead):
        """Each record that is applied to a lead changes its version. None: there is no such lead."""
        if lead.startswith("email:") or lead in (".", "..", "search", "duplicates"):
            return self.call("lead", "--state", "state", "--tenant", "acme", "--lead", lead).stdout or None
        return self.ask_within_limits(CONTACTS + urllib.parse.quote(lead, safe=""))[1].get("version")
