#!/usr/bin/env python3
"""processor/kafka/RUNBOOK.md against the sources: a line for each message, and no line for messages that do not exist.

    tests/operations/runbook_test.py
"""

import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from messages import FILLED_IN, messages_in  # noqa: E402

RUNBOOK = (ROOT / "processor/kafka/RUNBOOK.md").read_text(encoding="utf-8")

# The sources of a live process. New files that match are read, too.
SOURCES = ["processor/kafka/*.cc", "processor/kafka/client/*.cc", "processor/http/*.cc", "processor/telemetry/*.cc",
           "processor/engine/*.cc", "state/*/*.cc", "tools/leadpulse/live/*.cc", "processor/base/durability.cc",
           "processor/base/durable_files.cc", "processor/pipeline/exchange_record.cc"]

# What only other commands say, whose users read it: `leadpulse state accept-gap` and `repartition`, which have sections in
# the runbook, `topics`, `deliver`, `receive`, and those that write records to topics.
OTHER_COMMANDS = ["processor/kafka/gap_acceptance.cc", "processor/kafka/log_range.cc", "processor/kafka/repartition.cc",
                  "processor/kafka/repartition_plan.cc", "processor/kafka/sole_member.cc", "processor/kafka/topic_check.cc", "processor/kafka/topic_sink.cc", "processor/http/curl_client.cc",
                  "processor/http/form.cc", "processor/http/multipart.cc", "processor/http/ip_networks.cc"]

# Messages that begin like this have no line of their own; the value says why.
INSIDE = "stands inside of another message, which has a line"
NOT_LIVE = "is printed by another command, not by a live process"
ANSWERED = "is answered to a query of `leadpulse serve`, not logged"
NO_LINE = {
    "the run reads commands from …": ANSWERED, "there is no partition …": ANSWERED,
    "the command was read, and whether": ANSWERED,
    "could not …: its setting … is secret": NOT_LIVE,
    "folded totals": INSIDE, "unknown topic": INSIDE, "status facts": INSIDE, "a journal entry names a topic": INSIDE,
    "it has too many topics": INSIDE, "its topics do not ascend": INSIDE, "unknown email status": INSIDE,
    "unknown stage": INSIDE, "unknown edit": INSIDE, "journal entry 1": INSIDE,
    "it passes on what was received": INSIDE, "its answer is unknown": INSIDE, "it has an empty address": INSIDE,
    "its command": INSIDE, "its part of a mailbox": INSIDE, "its content is unknown": INSIDE, "it is no ExchangeRecord": INSIDE,
    "it is no message": INSIDE, "it is neither event nor command": INSIDE, "it does not say where it was read": INSIDE,
    "its format is unknown": INSIDE,
    "its tenant is no tenant": INSIDE, "it does not name receiver and sender": INSIDE, "its cause is unknown": INSIDE,
    "a journal entry belongs to": INSIDE, "identity: ": INSIDE, "unknown registration": INSIDE, "it has too many addresses": INSIDE,
    "one of its addresses": INSIDE, "it has too many leads": INSIDE, "its leads do not ascend": INSIDE,
    "its withheld segments do not ascend": INSIDE, "its updated names do not ascend": INSIDE,
    "a topic has no place": INSIDE,
    "it has too many routed commands": INSIDE,
    "it is empty": INSIDE, "it has format version": INSIDE, "it ends within its checksum": INSIDE,
    "the row is missing that this was appended to": INSIDE, "it ends within its head": INSIDE,
    "leadpulse.RowAppends": "is a name in a database, no message",
    "leadpulse.PublishedAppends": "is a name in a database, no message",
    "its bytes are damaged": INSIDE, "attribute …": INSIDE, "consent …": INSIDE,
    "the ledger has a consent to …": INSIDE,
    "a tag stands twice": INSIDE, "a list stands twice": INSIDE, "a campaign stands twice": INSIDE,
    "file … does not begin with": INSIDE, "another program has the port": INSIDE, "this machine does not have": INSIDE,
    "the port is not for ordinary users": INSIDE,
    "…. The other one is the client": INSIDE,
    "it cannot be converted to its declared type": INSIDE, "a text of more than 256 bytes is not kept": INSIDE,
    "it is an object; declare its members": INSIDE, "it is a list that holds null": INSIDE,
    "the state in …).…": INSIDE, "its end cannot be read": INSIDE, "it cannot be read before its end": INSIDE,
     # the end of a message about rows, whose text is in a variable
    "it has no access_token": INSIDE, "it has no expires_in, and its": INSIDE, "is no JSON Web Token": INSIDE,
    "does not say when it expires": INSIDE,
    "a worker has ended; see the log": "is what /healthz says", "partitions are being assigned": "is what /readyz says",
    "the state in … changes faster than": NOT_LIVE, "the state in … was opened for reading only": NOT_LIVE,
    "the state in … cannot be locked": NOT_LIVE, "the state in … cannot be compacted": NOT_LIVE, "… ends before offset …, and reading should begin at": NOT_LIVE,
    "there is no state in": NOT_LIVE, "no request can be written": NOT_LIVE,
    "the process that has the state open could not copy it": NOT_LIVE,
    "the process that has the state open could neither": NOT_LIVE, "… cannot be …: …. See to": NOT_LIVE,
    "… cannot be copied to": NOT_LIVE, "… … is there already": NOT_LIVE, "another process is making": NOT_LIVE,
    "… cannot be removed": NOT_LIVE, "nothing came in …": NOT_LIVE, "… may not be read": NOT_LIVE,
    "could not …: the answer is": NOT_LIVE, "could not …: there is no answer": NOT_LIVE,
    "could not …: no acknowledgement": NOT_LIVE,
    "formats.… is confluent: to write them": NOT_LIVE, "could not …: the writer was stopped": NOT_LIVE,
    "… records wait for the brokers": NOT_LIVE,
    "… is not to be seen": NOT_LIVE, "stopped while reading": "is not said: the process was told to stop",
}


def tables(name):
    """Returns the rows, each a list of cells, of all tables after `<!-- table: NAME -->`."""
    found = re.findall(rf"<!-- table: {name} -->\n((?:\|.*\n)+)", RUNBOOK)
    return [re.split(r"(?<!\\) \| ", row.strip("| \n")) for table in found for row in table.splitlines()[2:]]


def spans(cell):
    """The code spans of a cell, including those between double backquotes."""
    return [double.strip() or single for double, single in re.findall(r"``(.+?)``(?!`)|`([^`]+)`", cell)]


def said():
    """Yields every message and its place in the sources."""
    for pattern in SOURCES:
        paths = sorted(ROOT.glob(pattern))
        assert paths, pattern
        for path in paths:
            if str(path.relative_to(ROOT)) in OTHER_COMMANDS:
                continue
            for message, line in messages_in(path):
                if message != "the state in …":  # these words are made here
                    yield message, f"{path.relative_to(ROOT)}:{line}"


class Runbook(unittest.TestCase):
    def setUp(self):
        self.lines = [span for row in tables("messages") for span in spans(row[0])]

    def test_tables_are_whole(self):
        for name, least in (("alerts", 14), ("answers", 16), ("messages", 45)):
            rows = tables(name)
            self.assertGreaterEqual(len(rows), least, name)
            for row in rows:
                self.assertEqual(len(row), 2 if name == "answers" else 3, row)
                self.assertTrue(spans(row[0]) and all(cell.strip() for cell in row), row)
        self.assertEqual(len(self.lines), len(set(self.lines)))

    def test_each_message_has_a_line(self):
        without = [f"{where}: {message}" for message, where in said()
                   if not any(message.startswith(line) for line in self.lines)
                   and not any(message.startswith(begin) for begin in NO_LINE)]
        self.assertEqual(without, [], "processor/kafka/RUNBOOK.md needs a line for each of these; what does it mean, "
                                      "and what should the operator do?")

    def test_each_line_is_said(self):
        messages = [message for message, _ in said()]
        for begin in self.lines + list(NO_LINE):
            self.assertTrue(any(message.startswith(begin) for message in messages), f"nothing says: {begin}")

    def test_a_line_tells_one_thing(self):
        """A line that is one word, or only placeholders, would match anything."""
        for line in self.lines:
            self.assertRegex(line, r"[A-Za-z]{2,}.*[A-Za-z]{2,}|^restoring: ", line)

    def test_what_kafka_answers(self):
        source = (ROOT / "processor/kafka/client/rdkafka_errors.cc").read_text(encoding="utf-8")
        texts = dict(re.findall(r"constexpr const char\* (k\w+) =\s*\"(.*?)\";", source, re.S))
        advice = set()
        stops = re.search(r"\bkStops\[\] = \{(.*?)\n\};", source, re.S)[1]
        rest = re.findall(r"ErrorClass::k(?:Stop|Transient),\s*(k\w+|\"[^}]*\")\s*\}", source)
        for given in re.findall(r"\{\w+,\s*(k\w+|\"[^}]*\")\s*\}", stops) + rest:
            advice.add(texts[given] if given in texts else "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', given)))
        advice.discard("")  # the error goes away by itself
        self.assertGreater(len(advice), 12)
        lines = [span for row in tables("answers") for span in spans(row[0])]
        self.assertEqual([text for text in advice if not any(text.startswith(line) for line in lines)], [])
        self.assertEqual([line for line in lines if not any(text.startswith(line) for text in advice)], [])

    def test_each_alert_has_a_line(self):
        rules = (ROOT / "tools/operations/alerts.yaml").read_text(encoding="utf-8")
        self.assertEqual([spans(row[0])[0] for row in tables("alerts")], re.findall(r"- alert: (\w+)", rules))

    def test_links_lead_somewhere(self):
        anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
                   for title in re.findall(r"^#+ (.+)$", RUNBOOK, re.M)}
        for target in re.findall(r"\]\(([^)]+)\)", RUNBOOK):
            path, _, anchor = target.partition("#")
            if path:
                self.assertTrue((ROOT / "processor/kafka" / path).resolve().is_file(), target)
            else:
                self.assertIn(anchor, anchors)

    def test_the_metrics_it_names_exist(self):
        tables_of_metrics = (ROOT / "processor/kafka/METRICS.md").read_text(encoding="utf-8")
        for name in re.findall(r"\bleadpulse_[a-z]\w+", RUNBOOK):
            self.assertIn(f"| `{name}` |", tables_of_metrics)


class Extraction(unittest.TestCase):
    """How messages are read from the sources."""

    def messages(self, source):
        import tempfile
        with tempfile.NamedTemporaryFile("w", suffix=".cc", encoding="utf-8") as file:
            file.write(source)
            file.flush()
            return list(messages_in(file.name))

    def test_texts_and_what_is_filled_in(self):
        self.assertEqual(self.messages('\nreturn Status::Fatal("offset " + std::to_string(a(1, "x")) +\n'
                                       '  " of it " "is wrong: " + text);'),
                         [(f"offset {FILLED_IN} of it is wrong: {FILLED_IN}", 2)])
        self.assertEqual(self.messages('// why\nStatus::Rejected(StateIn(directory) + " is bad (" + text + "). Do it.");'),
                         [(f"the state in {FILLED_IN} is bad ({FILLED_IN}). Do it.", 2)])
        self.assertEqual(self.messages('Status::Rejected(Concat({"the setting `", name, "` may be, ", most, " at most"}))'),
                         [(f"the setting `{FILLED_IN}` may be, {FILLED_IN} at most", 1)])
        self.assertEqual(self.messages('return "other words than those";'), [("other words than those", 1)])

    def test_what_only_passes_on(self):
        self.assertEqual(self.messages("return Status::Fatal(error.message); return status; return Status::Ok();"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
