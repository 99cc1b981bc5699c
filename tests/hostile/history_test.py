#!/usr/bin/env python3
"""Very long files from elsewhere: contacts and logs in CSV, posts of a provider, records sent again.
tests/hostile/history_test.py BINARY [--full]

Each is read as a stream, so that the program needs a buffer, whatever the length; for posts the buffer is the largest
post.
"""

import json

from hostile import Hostile, event, main, scale

ROWS = scale(200_000, 2_000_000)
# MiB. The program itself, buffers of reading and writing, and memory that the allocator keeps.
STREAM = 48
# MiB. A run without --memory-mib, with so few leads that it needs much less than the default.
RUN = 500
# MiB. Some rows of 1 MiB, with their cells, columns and what is wrong with each.
WIDE = 64
EVENTS_A_POST, POSTS = 2_000, scale(60, 1_000)


class HistoryTest(Hostile):
    def stream(self, *arguments, mib=STREAM, **keywords):
        ended = self.call(*arguments, mib=mib, **keywords)
        self.assertEqual(ended.code, 0, ended.errors[-2000:])

    def count(self, name):
        with open(self.path(name), "rb") as file:
            return sum(1 for _ in file)

    def test_import_of_contacts(self):
        """Every tenth row is wrong, and is written out with the reason."""
        self.write("contacts.csv", b"email,first name,company,city\n",
                   (f"lead-{i}{'@' if i % 10 else ' at '}example.com,Ada,\"Acme, No. {i}\",Vienna\n".encode()
                    for i in range(ROWS)))
        self.stream("import", "contacts.csv", "--tenant", "acme", "--to", "records.jsonl", "--wrong", "wrong.csv",
                    "--list", "fair", case=f"import of {ROWS:,} contacts")
        self.assertEqual(self.count("wrong.csv"), 1 + ROWS // 10)
        self.assertGreaterEqual(self.count("records.jsonl"), ROWS - ROWS // 10)

    def test_import_of_a_log(self):
        self.write("log.csv", b"email,event,timestamp,url,subject\n",
                   (f"lead-{i % 1000}@example.com,click,2026-01-{1 + i % 28:02}T00:00:00Z,https://acme.example/{i},"
                    f"{'s' * 200}\n".encode() for i in range(ROWS)))
        self.stream("import", "log.csv", "--events", "--tenant", "acme", "--to", "records.jsonl",
                    case=f"import of {ROWS:,} events")
        self.assertEqual(self.count("records.jsonl"), ROWS)

    def test_wide_rows(self):
        """Rows of 4,096 cells and 900 KB, right and wrong: a preview keeps some of each, an import one row."""
        cells, rows = 4096, scale(60, 1_000)
        names = ",".join(f"c{number}" for number in range(cells - 1))
        for name, address, cell in (("right", "lead-%d@example.com", "\"\""), ("wrong", "lead %d", "x" * 215)):
            self.write(f"{name}.csv", f"email,{names}\n".encode(),
                       ((address % row + f",{cell}" * (cells - 1) + "\n").encode() for row in range(rows)))
        for name, mib in (("right", WIDE), ("wrong", WIDE)):
            for arguments in (("--preview",), ("--to", f"{name}.jsonl", "--wrong", "rest.csv")):
                ended = self.call("import", f"{name}.csv", "--tenant", "acme", *arguments, mib=mib,
                                  case=f"{rows} {name} rows of {cells:,} cells, {arguments[0]}")
                self.assertIn(ended.code, (0, 1), ended.errors[-2000:])

    def test_many_wrong_cells(self):
        """200 wrong cells a row, each with a text of its own: all are told, and none is kept."""
        cells, rows = 200, scale(1_000, 20_000)
        fields = [f"f{number}" for number in range(cells)]
        self.write("d.yaml", f"tenants: {{\"*\": {{tiers: [{{name: all}}], fields: {{{': number, '.join(fields)}: number}}}}}}".encode())
        self.write("a.csv", f"email,{','.join(fields)}\n".encode(),
                   (f"a{row}@example.com,{','.join(f'{row}-{field}-' + 'x' * 40 for field in fields)}\n".encode()
                    for row in range(rows)))
        for arguments in (("--preview",), ("--to", "records.jsonl", "--wrong", "wrong.csv")):
            ended = self.call("import", "a.csv", "--tenant", "acme", "--definitions", "d.yaml", *arguments, mib=WIDE,
                              case=f"{rows:,} rows of {cells} wrong cells, {arguments[0]}")
            self.assertIn(ended.code, (0, 1), ended.errors[-2000:])
        with open(self.path("wrong.csv"), encoding="utf-8") as file:
            self.assertEqual(sum(line.count("is no number") for line in file), rows * cells)

    def test_convert(self):
        """One file for each post."""
        files = []
        for post in range(POSTS):
            body = [{"event": "click", "email": f"lead-{i}@example.com", "timestamp": 1772282461,
                     "sg_event_id": f"{post}-{i}", "url": "https://acme.example/", "useragent": "Mozilla/5.0"}
                    for i in range(EVENTS_A_POST)]
            files.append(self.write(f"{post}.json", json.dumps(body).encode()))
        with open(self.path("records.jsonl"), "wb") as out:  # reading it here would count: see README.md on ru_maxrss
            self.stream("convert", "--provider", "sendgrid", "--tenant", "acme", *files, stdout=out,
                        case=f"convert of {POSTS} posts of {EVENTS_A_POST:,} events")
        self.assertEqual(self.count("records.jsonl"), POSTS * EVENTS_A_POST)

    def test_replay(self):
        """Into a file, which buffers only what is read at once, and into a new state, like a run."""
        self.write("history.jsonl", (event(f"lead-{i}@example.com", f"e{i}") for i in range(ROWS)))
        self.stream("replay", "history.jsonl", "--to", "sent.jsonl", "--checkpoint", "checkpoint", "--quiet",
                    case=f"replay of {ROWS:,} to a file")
        self.assertEqual(self.count("sent.jsonl"), ROWS)
        self.write("some.jsonl", (event(f"lead-{i}@example.com", f"e{i}") for i in range(ROWS // 4)))
        self.stream("replay", "some.jsonl", "--state", "state", "--output", "out", "--quiet", mib=RUN,
                    case=f"replay of {ROWS // 4:,} into a state")
        self.assertEqual(self.count("out/leads.jsonl"), ROWS // 4)


if __name__ == "__main__":
    main()
