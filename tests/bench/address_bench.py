"""`leadpulse run` with people who have two ids: contacts imported with their addresses, then clicks that are reported
for the address and passed on to the contact. And opt-outs at an address that many leads use.

The yardsticks are the same contacts with `by_email: false`, the same clicks reported for the contact's own id, and the
same opt-outs where two leads use the address.
"""

import os
import pathlib
import shutil

import run_bench

STEP = 1_000_003  # a prime
OPT_OUTS = 2_000
DEFINITIONS = """
tenants:
  "*":
    identity: {by_email: SWITCH}
    fields: {industry: text, company_size: text}
    scoring: {rules: [{event: open, points: 1}, {event: click, points: 5}]}
    tiers: [{name: hot, at_least: 50}, {name: warm, at_least: 20}, {name: cold}]
    segments: [{id: readers, name: Clicked, rule: 'DID click IN LAST 30 days'}]
"""


def measure(binary, output, leads, events):
    """Wall and processor time of each run, by name."""
    work = pathlib.Path(output) / "addresses"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    write_contacts(work / "contacts.csv", leads)
    converted = run_bench.timed([str(binary), "import", str(work / "contacts.csv"), "--tenant", "acme", "--lead-id", "id",
                                 "--issued-at", "2026-03-01T00:00:00Z", "--to", str(work / "contacts.jsonl")],
                                work / "import.txt")
    for name, who in (("own", '"leadId":"crm-{}"'), ("passed_on", '"email":"person{}@example.com"')):
        write_clicks(work / f"{name}.jsonl", leads, events, who)
    apart = run(binary, work, "false", "apart", "contacts")
    figures = import_figures("import_apart", converted, apart)
    for name in ("own", "passed_on"):
        imported = run(binary, work, "true", name, "contacts")
        figures.update(import_figures("import", converted, imported))
        clicked = run(binary, work, "true", name, "contacts", name)
        figures.update({f"{name}_microseconds": clicked["seconds"] / events * 1e6,
                        f"{name}_cpu_microseconds": clicked["cpu_seconds"] / events * 1e6})
    figures.update({"opt_out_of_few_cpu_microseconds": opt_out_cpu_microseconds(binary, work, 2),
                    "opt_out_cpu_microseconds": opt_out_cpu_microseconds(binary, work, 40)})
    shutil.rmtree(work)
    return figures


def opt_out_cpu_microseconds(binary, work, leads):
    """Processor time of an opt-out from one of 100 topics, for one of the leads that use an address; all are told."""
    write_opt_outs(work / "opt_outs.jsonl", leads)
    write_sharing(work / "sharing.jsonl", leads)
    before = run(binary, work, "true", f"sharing_{leads}", "sharing")
    after = run(binary, work, "true", f"opt_outs_{leads}", "sharing", "opt_outs")
    return (after["cpu_seconds"] - before["cpu_seconds"]) / OPT_OUTS * 1e6


def run(binary, work, switch, state, *inputs):
    os.sync()  # or this run would pay for writing back the data of earlier ones
    definitions = work / f"{switch}.yaml"
    definitions.write_text(DEFINITIONS.replace("SWITCH", switch), encoding="utf-8")
    return run_bench.timed([str(binary), "run", "--definitions", str(definitions), "--state", str(work / state), "--output",
                            str(work / f"{state}-out"), "--partitions", str(run_bench.PARTITIONS), "--workers",
                            str(run_bench.WORKERS), "--quiet", "--input",
                            *(str(work / f"{name}.jsonl") for name in inputs)], work / "summary.txt")


def import_figures(name, converted, run_alone):
    """The time of `leadpulse import`, which turns the CSV file into records, plus that of the run that reads them."""
    return {f"{name}_{unit}": converted[unit] + run_alone[unit] for unit in ("seconds", "cpu_seconds")} | {
        f"{name}_run_{unit}": run_alone[unit] for unit in ("seconds", "cpu_seconds")}


def write_contacts(path, leads):
    with open(path, "w", encoding="utf-8") as file:
        file.write("id,email,first_name,last_name,industry,company_size\n")
        for lead in range(leads):
            file.write(f"crm-{lead},person{lead}@example.com,Ada{lead % 500},Lovelace,Software,250\n")


def write_clicks(path, leads, events, who):
    """One click a second, each lead in turn, in another order than the contacts."""
    with open(path, "w", encoding="utf-8") as file:
        for event in range(events):
            lead = event * STEP % leads
            file.write(f'{{"event":{{"tenantId":"acme",{who.format(lead)},"eventId":"e-{event}","type":"CLICK",'
                       f'"occurredAt":"{instant(event)}"}}}}\n')


def write_sharing(path, leads):
    """Leads that use one address."""
    with open(path, "w", encoding="utf-8") as file:
        for lead in range(leads):
            file.write(f'{{"command":{{"tenantId":"acme","leadId":"crm-{lead}","commandId":"address-{lead}",'
                       f'"issuedAt":"2026-03-01T00:00:00Z","updateProfile":{{"set":{{"email":"shared@example.com"}}}}}}}}\n')


def write_opt_outs(path, leads):
    """One a second, each lead and each of 100 topics in turn."""
    with open(path, "w", encoding="utf-8") as file:
        for event in range(OPT_OUTS):
            file.write(f'{{"event":{{"tenantId":"acme","leadId":"crm-{event % leads}","eventId":"o-{event}","type":"UNSUBSCRIBE",'
                       f'"topic":"topic-{event % 100}",'
                       f'"occurredAt":"{instant(event)}"}}}}\n')


def instant(seconds):
    day, second = divmod(seconds, 86_400)
    return f"2026-03-{2 + day % 29:02}T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"
