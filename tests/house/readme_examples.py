#!/usr/bin/env python3
"""Runs the examples of the pages: definitions load, rules parse, records give the outputs, commands print what is
shown.

    tests/house/readme_examples.py --leadpulse build/release/leadpulse

page_blocks.py describes the examples. With --show it prints the outputs, to be copied to the pages after an intended
change. Examples that wait for something are run by readme_programs_test.py, tests/webhooks, tests/delivery and
tests/kafka.
"""

import argparse
import json
import os
import pathlib
import pty
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import textwrap

from page_blocks import PAGES, ROOT, block, commands_of, count, page_of, table, unmarked


def json_values(text):
    """The JSON values in a text, one after the other, each on any number of lines."""
    decoder, position, values = json.JSONDecoder(), 0, []
    while text[position:].strip():
        position += len(text[position:]) - len(text[position:].lstrip())
        value, position = decoder.raw_decode(text, position)
        values.append(value)
    return values


def rules():
    """(purpose, rule) of each row of the tables of rules."""
    rows = table("rules") + table("more rules")
    wrong = [row for row in rows if len(row) != 2 or not re.fullmatch(r"`.*`", row[1])]
    if wrong or not rows:
        sys.exit(f"a table of rules has a row that is not `| text | `rule` |`: {wrong}")
    return [(title, rule[1:-1]) for title, rule in rows]


def with_segments(definitions, rows):
    """The definitions with a segment for each rule, added to the list of segments at the end of the file."""
    lines = [f"      - {{id: readme-{index}, name: {json.dumps(title)}, rule: {json.dumps(rule)}}}\n"
             for index, (title, rule) in enumerate(rows)]
    return definitions + "".join(lines)


def with_lines(definitions, lines):
    """The definitions with given lines: each replaces the line with the same text up to the first comma."""
    for line in filter(None, map(str.strip, lines.splitlines())):
        begin = line.split(",")[0] + ","
        definitions, count = re.subn(rf"^( *){re.escape(begin)}.*$", lambda found, new=line: found.group(1) + new,
                                     definitions, flags=re.M)
        if count != 1:
            sys.exit(f"new.yaml: {count} lines of definitions.yaml begin with {begin}")
    return definitions


class Examples:
    def __init__(self, leadpulse, folder):
        self.leadpulse = leadpulse.resolve()
        self.folder = folder
        self.failures = 0

    def run(self, *arguments):
        """The output of a command that must succeed without warnings."""
        done = subprocess.run([self.leadpulse, *arguments], cwd=self.folder, capture_output=True, text=True,
                              check=False)
        said = done.stdout + done.stderr
        if done.returncode != 0 or "warning" in said:
            self.fail(f"leadpulse {' '.join(arguments)}: exit {done.returncode}", said)
        return said

    def run_shell(self, name, text):
        """Runs a block like a shell that it is pasted to, and stops at an error. Returns its standard output."""
        path = f"{self.leadpulse.parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(["bash", "-e", "-o", "pipefail", "-c", text], cwd=self.folder, check=False,
                              capture_output=True, text=True, env=os.environ | {"PATH": path})
        if done.returncode != 0:
            self.fail(f"{name}: exit {done.returncode}", done.stdout + done.stderr)
        return done.stdout

    def fail(self, title, text):
        self.failures += 1
        print(f"{title}\n{text}\n")

    def shown_is_said(self, name, shown, said):
        """Checks that the page shows the whole text, except for white space at the ends of lines."""
        if [line.rstrip() for line in shown.splitlines()] != [line.rstrip() for line in said.strip().splitlines()]:
            self.fail(f"{name}: its page differs from", said)

    def run_block(self, text):
        """Runs the commands of a block, each a call of leadpulse. Returns the output of each."""
        said = []
        for line in commands_of(text):
            program, *arguments = shlex.split(line, comments=True)
            if program != "leadpulse":
                self.fail("a page has a line that does not call leadpulse", line)
            said.append(self.run(*arguments))
        return said

    def run_by_hand(self, calls, retraction, show):
        """The last call but one is the retraction; the last is a run, which applies everything."""
        said = self.run_block(calls)[-2]
        if show:
            print(f"retract\n{said}")
        else:
            self.shown_is_said("retract", retraction, said)
        lead = json.loads((self.folder / "out" / "leads.jsonl").read_text(encoding="utf-8"))
        if (lead["profile"].get("company_name"), lead["profile"]["company_size"], [note["text"] for note in lead["notes"]],
                lead["lists"], lead["stage"]) != ("Acme GmbH", 300, ["wants a demo"], ["Lapsing in July"], "contacted"):
            self.fail("by-hand: the lead is not what the page says", json.dumps(lead))

    def shown_are_written(self, name, shown):
        """Checks that the output `name` has what the page shows, equal as JSON; of leads and dead letters the page shows
        all."""
        written = json_values((self.folder / "out" / name).read_text(encoding="utf-8"))
        expected = json_values(shown)
        wrong = [line for line in expected if line not in written]
        if name != "changes.jsonl" and len(expected) != len(written):
            wrong = expected
        if wrong or not expected:
            self.fail(f"{name}: its page shows", "\n".join(map(json.dumps, wrong)) + "\nwhile the run wrote\n"
                      + "\n".join(map(json.dumps, written)))

    def shown_are_lines(self, name, shown, said):
        """Checks that the text has the lines that the page shows, one after the other."""
        if shown not in said:
            self.fail(f"{name}: its page differs from", said)

    def shown_is_part(self, name, shown, said):
        """Checks that the object has the members that the page shows."""
        members, written = json.loads(shown), json.loads(said)
        wrong = {key: value for key, value in members.items() if key not in written or written[key] != value}
        if wrong or not members:
            self.fail(f"{name}: its page shows {wrong} instead of", said)


def check_first_steps(examples, show):
    """The very first commands, in a folder like that of a clone. They end with a table of leads and a page."""
    (examples.folder / "build").mkdir()
    shutil.copytree(ROOT / "config/examples", examples.folder / "config/examples")
    for name, leads, page, told in (("first-mail", "first-mail-leads", "mail.html", ("reader", "active-30")),
                                    ("first-contacts", "first-contacts-leads", "contacts.html", ("warm", "good-fit"))):
        calls = block(name)
        if len(commands_of(calls)) != 5:
            examples.fail(name, "the page promises five commands")
        said = examples.run_shell(name, calls)
        table = said[max(said.find("\nlead  "), 0):]  # after the summary of `run`
        if show:
            print(f"{leads}\n{table}")
        else:
            examples.shown_is_said(leads, block(leads), table)
        text = (examples.folder / "build" / page).read_text(encoding="utf-8")
        if not (text.startswith("<!DOCTYPE html>") and text.endswith("</html>\n") and all(word in text for word in told)):
            examples.fail(f"{name}: not the promised page", text)


def check_two_ids(examples, show):
    """One person whom the CRM has twice, and an unsubscribe for the address, beside the files of the first steps."""
    said = examples.run_shell("two-ids", block("two-ids"))
    said = said[said.find("lead  "):]
    if show:
        print(f"two-ids-leads\n{said}")
    else:
        examples.shown_is_said("two-ids-leads", block("two-ids-leads"), said)


def check_sendgrid_export(examples):
    """The same five commands, with the page's variant for the CSV that SendGrid lets people download."""
    (examples.folder / "export/build").mkdir(parents=True)
    call = block("sendgrid export").strip()
    if call.split()[:3] != ["leadpulse", "import", "activity.csv"]:
        examples.fail("sendgrid export", "the page has another call")
    calls = commands_of(block("first-mail"))
    converts = [index for index, each in enumerate(calls) if each.startswith("leadpulse convert ")]
    for index in converts:
        calls[index] = call.replace("activity.csv", shlex.quote(str(ROOT / "tests/data/sendgrid/activity.csv")))
    said = examples.run_shell("sendgrid export", "\n".join(["cd export", *calls]))
    page = (examples.folder / "export/build/mail.html").read_text(encoding="utf-8")
    if len(converts) != 1 or not re.search(r"^bob@example\.com .* bounced\b", said, re.M) or "reader" not in page:
        examples.fail("sendgrid export: no leads, or not the promised page", said)


def check_import(examples, show):
    """The contacts of the page, previewed and imported: the preview, no dead letters, and the wrong row written out."""
    (examples.folder / "contacts.csv").write_text(block("contacts.csv"), encoding="utf-8")
    lines = block("import")
    options = shlex.split(lines.splitlines()[0])[1:]
    said = examples.run(*options[:options.index("--wrong")], "--preview")
    if show:
        print(f"import-preview\n{said}")
    else:
        examples.shown_is_said("import-preview", block("import-preview"), said)
    examples.run_block(lines)
    wrong = (examples.folder / "wrong.csv").read_text(encoding="utf-8")
    dead = (examples.folder / "imported-out" / "dead-letters.jsonl").read_text(encoding="utf-8")
    if dead or "is no number" not in wrong:
        examples.fail("import: dead letters, or the wrong row is not in wrong.csv", dead + wrong)
    check_agreed(examples, show)
    examples.run_block(block("undo"))
    if not (examples.folder / "undo.jsonl").is_file():
        examples.fail("undo", "the command wrote no undo.jsonl")


def check_agreed(examples, show):
    """Consents with their time, source and version, and a note, of the leads that are there."""
    (examples.folder / "agreed.csv").write_text(block("agreed.csv"), encoding="utf-8")
    examples.run_block(block("agreed call"))
    written = (examples.folder / "agreed.jsonl").read_text(encoding="utf-8")
    if show:
        print(f"agreed\n{written}")
    elif json_values(written) != json_values(block("agreed")):
        examples.fail("agreed: its page differs from", written)


def check_moving_in(examples, show):
    """Files of other tools, as the page brings them in, with a wrong row that is corrected."""
    for name in ("hubspot.csv", "subscribed.csv", "unsubscribed.csv", "cleaned.csv", "leads.csv"):
        (examples.folder / name).write_bytes(block(name).encode("cp1252" if name == "leads.csv" else "utf-8"))
    looked = examples.run_shell("moving preview", block("moving preview"))
    for part in ("attribute birthday, day", "attribute revenue, number", "Newsletter: 1 cell says opted out\n",
                 "Bemerkung: notes; otherwise give --map 'Bemerkung='\n", '"31.02.1966" is no date'):
        if part not in looked:
            examples.fail(f"moving preview: nothing says {part}", looked)
    examples.run_shell("moving in", block("moving in"))
    wrong = examples.folder / "leads-wrong.csv"
    wrong.write_text(wrong.read_text(encoding="utf-8").replace("31.02.1966", "28.02.1966"), encoding="utf-8")
    examples.run_shell("moving corrected", block("moving corrected"))
    said = examples.run_shell("moving run", block("moving run"))
    if show:
        print(f"moved in\n{said}")
    else:
        examples.shown_is_said("moved in", block("moved in"), said)
    mailed = (examples.folder / "mail.csv").read_text(encoding="utf-8")
    if mailed != ("lead,first_name,agent,stage\nann@example.com,Ann,Kim,converted\ncy@example.com,Cy,,new\n"
                  "joerg@example.com,Jörg,,new\nuwe@example.com,Uwe,,new\n"):
        examples.fail("moving run: mail.csv", mailed)


def check_odd_files(examples, show):
    """What the pages say about odd files: that it is said, and that the command then fails."""
    fields = "{revenue: number, renewal: day}"
    (examples.folder / "deals.yaml").write_text(f"tenants: {{acme: {{fields: {fields}, tiers: [{{name: all}}]}}}}", encoding="utf-8")
    odd = (("odd-file", "odd-file call", "old.csv", "cp1250", 2), ("forms-question", "forms-question call", "deals.csv", "utf-8", 2),
           ("unknown-words", "unknown-words call", "subscribers.csv", "utf-8", 0), ("odd-post", "odd-post call", "odd.json", "utf-8", 0),
           ("odd-definitions", "odd-definitions call", "odd.yaml", "utf-8", 2))
    for name, call, file, encoding, code in odd:
        (examples.folder / file).write_bytes(block(file).encode(encoding))
        arguments = shlex.split(block(call))[1:]
        done = subprocess.run([examples.leadpulse, *arguments], cwd=examples.folder, capture_output=True, text=True, check=False)
        if show:
            print(f"{name}\n{done.stdout}{done.stderr}")
        elif done.returncode != code or done.stdout:
            examples.fail(f"{name}: exit {done.returncode}", done.stdout)
        else:
            examples.shown_is_said(name, block(name), done.stderr)


def check_exact_value(examples):
    """An argument with digits that is typed as text is still text after the shell."""
    word = re.search(r"`(zip:=\S+)` is text", PAGES[page_of("by-hand")]).group(1)
    said = examples.run_shell("zip", f"leadpulse lead set --tenant acme --lead ada {word}")
    if json.loads(said)["command"]["updateProfile"]["set"] != {"zip": "12345"}:
        examples.fail("zip", said)


def check_known_addresses(examples, show):
    """What an import says about the addresses of earlier imports."""
    (examples.folder / "more.csv").write_text(block("more.csv"), encoding="utf-8")
    said = examples.run_block(block("import-addresses call"))[-1]
    if show:
        print(f"import-addresses\n{said}")
    else:
        examples.shown_is_said("import-addresses", block("import-addresses"), said)
    if (examples.folder / "warnings.csv").read_text(encoding="utf-8").count("\n") != 3:
        examples.fail("import-addresses", "warnings.csv does not have the two rows")


def check_erase(examples, show):
    """The question of the last call, on a terminal; the answer is no."""
    *before, question = commands_of(block("erase calls"))
    examples.run_block("\n".join(before))
    controller, terminal = pty.openpty()
    os.write(controller, b"n\n")
    done = subprocess.run([examples.leadpulse, *shlex.split(question)[1:]], cwd=examples.folder, stdin=terminal,
                          capture_output=True, text=True, check=False)
    os.close(terminal)
    os.close(controller)
    said = done.stderr.partition("leadpulse: ")[0]
    if show:
        print(f"erase\n{said}")
    else:
        examples.shown_is_said("erase", block("erase"), said)


def check_definitions(examples):
    """The examples of definitions can be loaded: a file, and a part of a tenant."""
    (examples.folder / "two-tenants.yaml").write_text(block("two tenants"), encoding="utf-8")
    (examples.folder / "scoring.yaml").write_text(
        "tenants:\n  acme:\n    tiers: [{name: all}]\n    event_properties: {total: number}\n"
        + textwrap.indent(block("scoring"), "    "), encoding="utf-8")
    for name in ("two-tenants.yaml", "scoring.yaml"):
        examples.run("definitions", "check", name)


def check_event(examples):
    """A run accepts the event that is broken into lines for reading."""
    (examples.folder / "event.jsonl").write_text(json.dumps(json.loads(block("one event"))) + "\n", encoding="utf-8")
    examples.run("run", "--definitions", "definitions.yaml", "--input", "event.jsonl", "--state", "event",
                 "--output", "event-out", "--quiet")
    if (examples.folder / "event-out/dead-letters.jsonl").read_text(encoding="utf-8"):
        examples.fail("one event", "it is a dead letter")


def check_suppress(examples):
    """People who opted out elsewhere: a row is an event, read in the given time zone."""
    (examples.folder / "unsubscribed.csv").write_text("E-Mail,UNSUB_TIME\nlea@example.com,2026-02-03 10:00:00\n")
    examples.run_block(block("suppress call"))
    events = json_values((examples.folder / "optouts.jsonl").read_text(encoding="utf-8"))
    told = [(each["event"]["email"], each["event"]["type"], each["event"]["occurredAt"]) for each in events]
    if told != [("lea@example.com", "UNSUBSCRIBE", "2026-02-03T10:00:00Z")]:
        examples.fail("suppress", json.dumps(events))


def check_maintenance(examples):
    """A state that is examined, copied, moved, restored and compacted is the same."""
    check, backup, restore, compact = commands_of(block("state calls"))
    before = [examples.run_block(command) for command in (check, backup)][0]
    (examples.folder / "state").rename(examples.folder / "moved-away")
    examples.run_block(restore)
    if examples.run_block(check) != before:
        examples.fail("state", "a restored state differs")
    examples.run("diff", "state", "moved-away")
    examples.run_block(compact)
    if examples.run_block(check) != before:
        examples.fail("state", "a compacted state differs")


def check_rebuild(examples, show):
    """The state of the pages, rebuilt, compared, swapped in, and used."""
    calls = block("rebuild").splitlines()
    said = examples.run_block(calls[0])[0]
    if show:
        print(f"rebuilt\n{said}")
    else:
        examples.shown_is_said("rebuilt", block("rebuilt"), said)
    examples.run_block("\n".join(calls[1:]))
    before = list(examples.folder.glob("state.before-*"))
    if len(before) != 1:
        examples.fail("rebuild: the former state is not where the page says", str(before))


def check_version(examples):
    """The first page and the changelog name the version of the program."""
    version = examples.run("--version").split()[1]
    for page, text in (("README.md", f"This is version {version};"), (".github/CHANGELOG.md", f"## [{version}]")):
        if text not in PAGES[page]:
            examples.fail(f"{page} does not say", text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leadpulse", type=pathlib.Path, required=True)
    parser.add_argument("--show", action="store_true", help="print the outputs")
    arguments = parser.parse_args()

    with tempfile.TemporaryDirectory() as temporary:
        clone = pathlib.Path(temporary)
        examples = Examples(arguments.leadpulse, clone)
        check_version(examples)
        check_first_steps(examples, arguments.show)
        check_two_ids(examples, arguments.show)
        check_sendgrid_export(examples)
        examples.run_shell("tour folder", block("tour folder"))
        folder = examples.folder = clone / "build/tour"
        definitions = block("definitions.yaml")
        (folder / "definitions.yaml").write_text(definitions, encoding="utf-8")
        (folder / "rules.yaml").write_text(with_segments(definitions, rules()), encoding="utf-8")
        (folder / "records.jsonl").write_text(block("records.jsonl"), encoding="utf-8")

        examples.run("definitions", "check", "definitions.yaml")
        examples.run("definitions", "check", "rules.yaml")
        examples.run_block(block("run call"))
        for name in ("changes.jsonl", "leads.jsonl", "dead-letters.jsonl"):
            if arguments.show:
                print(f"{name}\n{(folder / 'out' / name).read_text(encoding='utf-8')}")
            elif not examples.failures:
                examples.shown_are_written(name, block(name))
        examples.shown_are_written("changes.jsonl", block("a change"))
        new = with_lines(definitions, block("new.yaml"))
        (folder / "new.yaml").write_text(new, encoding="utf-8")
        for name, compare, calls in (
                ("explain", examples.shown_is_said, block("explain call")),
                ("leads", examples.shown_is_said, block("leads call")),
                ("lead", examples.shown_is_part, block("lead call")),
                ("report", examples.shown_are_lines, block("report call")),
                ("preview", examples.shown_is_said, block("preview call"))):
            said = examples.run_shell(name, calls)
            if arguments.show:
                print(f"{name}\n{said}")
            else:
                compare(name, block(name), said)
        check_import(examples, arguments.show)
        check_odd_files(examples, arguments.show)
        check_moving_in(examples, arguments.show)
        check_exact_value(examples)
        check_suppress(examples)
        check_known_addresses(examples, arguments.show)
        check_erase(examples, arguments.show)
        check_definitions(examples)
        check_event(examples)
        check_maintenance(examples)
        examples.run_by_hand(block("by-hand"), block("retract"), arguments.show)
        check_rebuild(examples, arguments.show)
        examples.run_block(block("simulate"))
        if (folder / "trial-out" / "dead-letters.jsonl").read_text(encoding="utf-8"):
            examples.fail("simulate", "the page's simulated history has dead letters under its definitions")
        examples.run_block(block("replay"))
        if not (folder / "backfill.jsonl").stat().st_size or not (folder / "clicks-out/leads.jsonl").stat().st_size:
            examples.fail("replay", "nothing was sent")
        for what in unmarked():
            examples.fail("pages", what)
        examples_there, not_run, drawings = count()
        print(f"{examples_there} examples of {len(rules())} rules, {not_run} blocks that are not run, {drawings} drawings: "
              f"{examples.failures} failures")
    return 1 if examples.failures else 0


if __name__ == "__main__":
    sys.exit(main())
