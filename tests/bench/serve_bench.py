"""`leadpulse serve` in front of `leadpulse run --follow` while 5,000 events a second come in: how long each kind of request
takes, seen by a client on the same machine.

The yardstick is a search that no index can answer, so that it visits every lead of the tenant.
"""

import contextlib
import http.client
import json
import math
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

import index_bench
import pages_bench
import scan_bench
import upserts_bench

EVENTS_A_SECOND = 5_000
FEED_SECONDS = 1_200  # longer than the requests take
BURST_SHARE = 5  # share of the events that are clicks of a burst: enough that it takes seconds
BATCHES_A_SECOND = 20
READY_SECONDS = 300
INDUSTRIES, AGENTS, NAMES = 50, 40, 5_000
STEP = 1_000_003  # a prime
STAGES = ("NEW", "CONTACTED", "ENGAGED", "QUALIFYING", "QUALIFIED")
API = "/api/v1/"
# Requests of each kind and seconds between two, below a token's limit. With few leads there are fewer requests.
READS, READ_SECONDS = 300, 0.03
SEARCHES, SEARCH_SECONDS = 100, 0.6
SCANS = 10  # how many of these visit every lead
DEFINITIONS = """
tenants:
  "*":
    fields: {industry: text}
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}]}
    tiers: [{name: hot, at_least: 50}, {name: warm, at_least: 4}, {name: cold}]
    segments:
      - {id: readers, name: Clicked, rule: 'DID click IN LAST 30 days'}
"""
SEGMENTS = 1_000
# The arguments are the number of the segment, and values that repeat.
RULES = ('industry IS "Trade{0}" AND DID click IN LAST {1} days', 'score >= {1} AND stage = "QUALIFIED"',
         'IN CAMPAIGN "campaign-{1}" AND NOT DID click IN LAST {0} days', 'agent = "agent-{2}" AND tier = "warm"',
         'clicks >= {2} AND industry IS "Trade{0}"')
# Appends the lines of a file to another one at a rate, in a process of its own: a measured client should not wait for
# it.
FEEDER = """
import itertools, sys, time
source, target, batch, pause = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
with open(source, 'rb') as lines, open(target, 'ab', 0) as out:
    due = time.monotonic()
    while some := b''.join(itertools.islice(lines, batch)):
        out.write(some)
        due += pause
        time.sleep(max(0, due - time.monotonic()))
"""


def measure(binary, output, leads, events):
    """`events`: how many the leads have before the requests begin."""
    work = pathlib.Path(output) / "serve"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    (work / "definitions.yaml").write_text(definitions(), encoding="utf-8")
    write_contacts(work / "contacts.jsonl", leads)
    write_clicks(work / "clicks.jsonl", leads, 0, events, last="clicked")
    burst = events // BURST_SHARE
    for number, name in enumerate(index_bench.BURSTS):
        write_clicks(work / f"{name}.jsonl", leads, events + number * burst, burst, last=name)
    write_clicks(work / "feed.jsonl", leads, events + len(index_bench.BURSTS) * burst, EVENTS_A_SECOND * FEED_SECONDS)
    (work / "now.jsonl").touch()
    token = made_token(binary, work)
    user = pages_bench.made_user(binary, work / "front")
    figures = {}
    with contextlib.ExitStack() as running:
        run = upserts_bench.begin(running, [binary, "run", "--follow", "--definitions", work / "definitions.yaml", "--state", work / "state",
                              "--output", work / "out", "--partitions", "2", "--workers", "2", "--quiet",
                              *(word for name in ("contacts.jsonl", "clicks.jsonl", "now.jsonl", "front/inbox")
                                for word in ("--input", work / name))], work / "run.log")
        front = upserts_bench.begin(running, [binary, "serve", "--data", work / "front", "--state", work / "state", "--port", "0"],
                      work / "front.log")
        client = Client(port_of(front, work / "front.log"), token)
        client.wait_for(f"crm-{leads - 1}", run)
        client.wait_for("clicked", run)
        figures.update(index_bench.measure(run, client, token, work, burst))
        upserts_bench.begin(running, [sys.executable, "-c", FEEDER, work / "feed.jsonl", work / "now.jsonl",
                        str(EVENTS_A_SECOND // BATCHES_A_SECOND), str(1 / BATCHES_A_SECOND)], work / "feeder.log")
        client.wait_for_index()
        for name, milliseconds in ask(client, leads):
            figures[f"{name}_p50_ms"] = statistics.median(milliseconds)
            figures[f"{name}_p99_ms"] = percentile(milliseconds, 0.99)
        for name, milliseconds in scan_bench.ask(binary, work / "front", client, lambda i: i * STEP % leads, leads // 10):
            figures[f"{name}_p50_ms"] = statistics.median(milliseconds)
            figures[f"{name}_p99_ms"] = percentile(milliseconds, 0.99)
        for name, milliseconds in pages_bench.ask(client.connection.port, user, lambda i: i * STEP % leads,
                                                      min(pages_bench.REQUESTS, max(1, leads // 1_000))):
            figures[f"{name}_p50_ms"] = statistics.median(milliseconds)
            figures[f"{name}_p99_ms"] = percentile(milliseconds, 0.99)
    shutil.rmtree(work)
    work.mkdir()
    figures.update(upserts_bench.measure(binary, work, upserts_bench.UPSERTS if leads >= 100_000 else upserts_bench.FEW_UPSERTS))
    shutil.rmtree(work)
    return figures


def definitions():
    lines = [DEFINITIONS]
    for number in range(1, SEGMENTS):
        rule = RULES[number % len(RULES)].format(number % INDUSTRIES, 1 + number // 2, 1 + number % AGENTS)
        lines.append(f"      - {{id: part-{number}, rule: '{rule}'}}\n")
    return "".join(lines)


def ask(client, leads):
    """Milliseconds of each kind of request: (name, list)."""
    lead = lambda i: i * STEP % leads  # noqa: E731
    reads = {"by_id": lambda i: [f"contacts/crm-{lead(i)}"],
             "by_address": lambda i: [f"contacts/email:person{lead(i)}@example.com"],
             "detail": lambda i: [f"contacts/crm-{lead(i)}{part}" for part in ("", "/timeline", "/explain")]}
    for name, paths in reads.items():
        yield name, client.times(paths, min(READS, leads // 10), READ_SECONDS)
    industry = lambda i: i % INDUSTRIES  # noqa: E731
    searches = {"page": lambda i: [f"contacts/search?query=industry:Trade{industry(i)}&limit=100"],
                "sorted_page": lambda i: [f"contacts/search?query=industry:Trade{industry(i)}&limit=100&sort=-score"],
                "counts": lambda i: ["pipeline?limit=1"],
                "board": lambda i: ["pipeline"],
                "word": lambda i: [f"contacts/search?query=Ada{i * STEP % NAMES}"],
                "terms": lambda i: [f"contacts/search?query=industry:Trade{industry(i)}%20stage:qualified%20tier:warm"],
                "scan": lambda i: [f"contacts/search?where=click_count%20%3E%20{1000 + i}"]}
    for name, paths in searches.items():
        count = SCANS if name == "scan" else SEARCHES
        yield name, client.times(paths, min(count, leads // 100), SEARCH_SECONDS)


class Client:
    def __init__(self, port, token):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=READY_SECONDS)
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path):
        self.connection.request("GET", API + path, headers=self.headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read(), answer.getheader("Retry-After")

    def times(self, paths, count, pause):
        found = []
        while len(found) < count:
            begun = time.monotonic()
            for path in paths(len(found)):
                status, body, retry = self.get(path)
                if status != 200:
                    break
            milliseconds = (time.monotonic() - begun) * 1e3
            if status == 429:
                time.sleep(int(retry))
                continue
            if status != 200:
                raise OSError(f"{path}: {status} {body[:300]}")
            found.append(milliseconds)
            time.sleep(pause)
        return found

    def wait_for(self, lead, run, seconds_between=0.2):
        """Waits until the run has applied the whole input up to this lead."""
        deadline = time.monotonic() + READY_SECONDS
        while self.get(f"contacts/{lead}")[0] != 200:
            if run.poll() is not None or time.monotonic() > deadline:
                raise OSError("the run has not read its contacts; its log is run.log")
            time.sleep(seconds_between)

    def wait_for_index(self):
        """Waits until the index, which the first search builds, is there."""
        deadline = time.monotonic() + READY_SECONDS
        while "indexing" in json.loads(self.get("pipeline?limit=1")[1]):
            if time.monotonic() > deadline:
                raise OSError("the run has not indexed its contacts; its log is run.log")
            time.sleep(2)


def made_token(binary, work):
    front = ["--data", str(work / "front"), "--tenant", "acme"]
    subprocess.run([binary, "serve", "init", *front, "--admin", "kim"], check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run([binary, "serve", "token", "create", *front, "--role", "manager", "--label", "bench"], check=True,
                          stdout=subprocess.PIPE, text=True)
    return re.search(r"^lp_\S+$", made.stdout, re.M)[0]


def port_of(front, log):
    deadline = time.monotonic() + READY_SECONDS
    while True:
        found = re.search(r"serving on http://127\.0\.0\.1:(\d+)", log.read_text(encoding="utf-8"))
        if found:
            return int(found[1])
        if front.poll() is not None or time.monotonic() > deadline:
            raise OSError(f"the front does not listen: {log.read_text(encoding='utf-8')[-500:]}")
        time.sleep(0.05)


def percentile(values, share):
    return sorted(values)[math.ceil(share * len(values)) - 1]


def write_contacts(path, leads):
    with open(path, "w", encoding="utf-8") as file:
        for lead in range(leads):
            records = ({"updateProfile": {"set": {"email": f"person{lead}@example.com", "first_name": f"Ada{lead % NAMES}",
                                                  "last_name": "Lovelace", "company": f"Company {lead % 999}",
                                                  "industry": f"Trade{lead * STEP % INDUSTRIES}"}}},
                       {"assignAgent": {"agentId": f"agent-{lead % AGENTS}"}}, {"setStage": {"stage": STAGES[lead % 5]}},
                       {"editCampaigns": {"assign": [f"campaign-{lead % pages_bench.CAMPAIGNS}"]}})
            for number, action in enumerate(records):
                file.write(json.dumps({"command": {"tenantId": "acme", "leadId": f"crm-{lead}", "commandId": f"c-{number}",
                                                   "actor": "crm", "issuedAt": "2026-03-01T00:00:00Z", **action}}) + "\n")


def write_clicks(path, leads, first, count, last=None):
    """Forty clicks a second of the log's time, each lead in turn, in another order than the contacts. `last`: a lead
    that the last record creates."""
    with open(path, "w", encoding="utf-8") as file:
        for event in range(first, first + count):
            day, second = divmod(event // 40, 86_400)
            file.write(f'{{"event":{{"tenantId":"acme","leadId":"crm-{event * STEP % leads}","eventId":"e-{event}",'
                       f'"type":"CLICK","occurredAt":"2026-03-{2 + day % 29:02}T{second // 3600:02}:{second // 60 % 60:02}:'
                       f'{second % 60:02}Z"}}}}\n')
        if last:
            file.write(json.dumps({"command": {"tenantId": "acme", "leadId": last, "commandId": "last", "actor": "crm",
                                               "issuedAt": "2026-03-01T00:00:00Z", "setStage": {"stage": "NEW"}}}) + "\n")
