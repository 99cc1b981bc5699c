"""The expected contacts after writes through the API: a second, simple implementation that shares no code with the
product."""

import copy

STAGES = ["new", "contacted", "engaged", "qualifying", "qualified", "follow_up", "converted", "lost", "archived"]
FINAL = ["converted", "lost", "archived"]
TOPICS = ["news", "offers"]
# Values for writes, few enough that searches find several contacts.
NAMES = ["Ada", "Grace", "Edsger"]
INDUSTRIES = ["SaaS", "Retail", "Steel"]
AGENTS = ["", "ben", "cid"]
LABELS = ["a", "b", "c"]
NEW = {"profile": {}, "tags": set(), "lists": set(), "campaigns": set(), "stage": "new", "agent": "", "qualification": 0,
       "do_not_contact": False, "consents": {}, "notes": [], "topics_out": set(), "unsubscribed": False}
OUTLIVES_ERASURE = ["do_not_contact", "topics_out", "unsubscribed"]


class Write:
    """A request, its expected status, and the contact afterwards; None: unchanged."""

    def __init__(self, method, path, body, status, then=None, code=None, admin=False, headers=None):
        self.method, self.path, self.body, self.status, self.then = method, path, body, status, then
        self.code, self.admin, self.headers = code, admin, headers or {}

    def __repr__(self):
        return f"{self.method} {self.path} {self.body} {self.headers} -> {self.status}"


class Contacts:
    """The contacts of a tenant. `dice` chooses the writes."""

    def __init__(self, dice):
        self.dice, self.all = dice, {}
        self.remains = {}  # by id of an erased contact: what a new one starts with

    def next_write(self, lead):
        """A random write to the contact, which may not exist."""
        if lead not in self.all and self.dice.random() < 0.8:
            return self.creation(lead)
        kinds = [self.creation, self.edit, self.edit, self.stage, self.labels, self.labels, self.labels, self.agent,
                 self.qualification, self.do_not_contact, self.consent, self.note, self.topic, self.erasure]
        return self.dice.choice(kinds)(lead)

    def take(self, lead, write):
        """Applies a write that was answered as expected."""
        if write.method == "DELETE" and write.status == 200:
            was = self.all.pop(lead)
            self.remains[lead] = {name: was[name] for name in OUTLIVES_ERASURE}
            self.remains[lead]["unsubscribed"] |= "suppress" in write.path[1]
        elif write.then is not None:
            self.all[lead] = write.then

    def changed(self, lead, **members):
        return {**copy.deepcopy(self.all[lead]), **members}

    def act(self, lead, act, body, **members):
        """An action on the contact, or 404."""
        there = lead in self.all
        then = self.changed(lead, **members) if there else None
        return Write("POST", (lead, "/" + act), body, 200 if there else 404, then)

    def attributes(self):
        return {"first_name": self.dice.choice(NAMES), "industry": self.dice.choice(INDUSTRIES),
                "company_size": self.dice.randrange(5)}

    def creation(self, lead):
        given, upserts = self.attributes(), self.dice.random() < 0.3
        path = (None, "?upsert=true" if upserts else "")
        if lead not in self.all:
            return Write("POST", path, {"email": lead, **given}, 201, {**copy.deepcopy(NEW), **self.remains.get(lead, {}), "profile": given})
        if not upserts:
            return Write("POST", path, {"email": lead, **given}, 409, code="exists")
        return Write("POST", path, {"email": lead, **given}, 200,
                     self.changed(lead, profile={**self.all[lead]["profile"], **given}))

    def edit(self, lead):
        given = {name: self.dice.choice([value, None]) for name, value in self.attributes().items()}
        if lead not in self.all:
            return Write("PATCH", (lead, ""), given, 404)
        was = self.all[lead]
        profile = {name: value for name, value in {**was["profile"], **given}.items() if value is not None}
        condition = self.dice.choice(["none", "none", "version", "older"])
        if condition == "older":
            return Write("PATCH", (lead, ""), given, 412, code="conflict", headers={"If_Match": '"0"'})
        headers = {"If_Match": was["etag"]} if condition == "version" else {}
        return Write("PATCH", (lead, ""), given, 200, self.changed(lead, profile=profile), headers=headers)

    def stage(self, lead):
        stage = self.dice.choice(STAGES[:-3] * 2 + FINAL + ["won"])
        write = self.act(lead, "stage", {"stage": stage}, stage=stage)
        if stage == "won" and lead in self.all:
            write.status, write.then = 422, None
            return write
        return self.unless_final(lead, write)

    def unless_final(self, lead, write):
        if self.all.get(lead, NEW)["stage"] in FINAL:
            write.status, write.code, write.then = 409, "final_stage", None
        return write

    def labels(self, lead):
        kind, add = self.dice.choice(["tags", "lists", "campaigns"]), self.dice.random() < 0.6
        some = set(self.dice.sample(LABELS, self.dice.randint(1, 2)))
        had = self.all.get(lead, NEW)[kind]
        verb = ("assign" if kind == "campaigns" else "add") if add else "remove"
        return self.act(lead, kind, {verb: sorted(some)}, **{kind: had | some if add else had - some})

    def agent(self, lead):
        agent = self.dice.choice(AGENTS)
        write = self.act(lead, "agent", {"agentId": agent}, agent=agent)
        return self.unless_final(lead, write)

    def qualification(self, lead):
        score = self.dice.choice([None, *range(0, 101, 10), 101])
        write = self.act(lead, "qualification", {"clear": True} if score is None else {"score": score},
                         qualification=score or 0)
        if score == 101 and lead in self.all:
            write.status, write.then = 422, None
        return write

    def do_not_contact(self, lead):
        value = self.dice.random() < 0.5
        return self.act(lead, "do-not-contact", {"value": value}, do_not_contact=value)

    def consent(self, lead):
        purpose, granted = self.dice.choice(LABELS), self.dice.random() < 0.6
        consents = {**self.all.get(lead, NEW)["consents"], purpose: granted}
        return self.act(lead, "consents", {"purpose": purpose, "granted": granted, "source": "test"}, consents=consents)

    def note(self, lead):
        text = f"note {self.dice.randrange(1 << 32)}"
        return self.act(lead, "notes", {"text": text}, notes=[*self.all.get(lead, NEW)["notes"], text])

    def topic(self, lead):
        topic, subscribed = self.dice.choice(TOPICS + ["nothing"]), self.dice.random() < 0.4
        out = self.all.get(lead, NEW)["topics_out"]
        write = self.act(lead, "topics", {"topic": topic, "subscribed": subscribed},
                         topics_out=out - {topic} if subscribed else out | {topic})
        if topic == "nothing" and lead in self.all:
            write.status, write.then = 422, None
        return write

    def erasure(self, lead):
        suppress = self.dice.choice(["", "&suppress=true"])
        if lead not in self.all:
            return Write("DELETE", (lead, f"?confirm={lead}"), None, 404, admin=True)
        if self.dice.random() < 0.5:
            return Write("DELETE", (lead, "?confirm=another"), None, 409, code="confirm_required", admin=True)
        return Write("DELETE", (lead, f"?confirm={lead}{suppress}"), None, 200, admin=True)

    def random_search(self):
        """Parameters of a search, and whether they find a contact."""
        label, stage = self.dice.choice(LABELS), self.dice.choice(STAGES)
        industry, size, agent = self.dice.choice(INDUSTRIES), self.dice.randrange(5), self.dice.choice(AGENTS[1:])
        name, topic = self.dice.choice(NAMES), self.dice.choice(TOPICS)
        searches = [
            ("query", f"tag:{label}", lambda one: label in one["tags"]),
            ("query", f"-tag:{label}", lambda one: label not in one["tags"]),
            ("query", f"list:{label}", lambda one: label in one["lists"]),
            ("query", f"campaign:{label} tag:{label}", lambda one: label in one["campaigns"] and label in one["tags"]),
            ("query", f"stage:{stage}", lambda one: one["stage"] == stage),
            ("query", f"owner:{agent}", lambda one: one["agent"] == agent),
            ("query", f"industry:{industry}", lambda one: one["profile"].get("industry") == industry),
            ("query", name.lower(), lambda one: name in one["profile"].values()),
            ("query", f"company_size>{size}", lambda one: one["profile"].get("company_size", -1) > size),
            ("where", f"qualification >= {size * 20}", lambda one: one["qualification"] >= size * 20),
            ("where", f'industry = "{industry}" OR stage = "{stage}"',
             lambda one: one["profile"].get("industry") == industry or one["stage"] == stage),
            ("where", f'NOT SENDABLE FOR "{topic}"', lambda one: topic in one["topics_out"] or one["do_not_contact"]
             or one["unsubscribed"]),
        ]
        kind, text, holds = self.dice.choice(searches)
        return {kind: text}, holds

    def leads(self, holds, agent=None):
        """The ids of the contacts for which `holds` is true and which the agent may see."""
        return {lead for lead, one in self.all.items() if holds(one) and (agent is None or one["agent"] in ("", agent))}
