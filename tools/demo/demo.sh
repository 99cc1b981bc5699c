#!/usr/bin/env bash
# The main job on real data, step by step: import, check, run, look, correct. `tools/dev demo` builds first and calls it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/demo/showing.sh
source tools/demo/showing.sh

leadpulse=build/release/leadpulse
out=build/demo
until='2026-04-30T18:00:00Z' # the data ends on 2026-04-30
run=("$leadpulse" run --definitions tests/data/demo/definitions.yaml --state "$out/state" --output "$out/out"
  --until "$until" --input "$out/records.jsonl")

rm -rf "$out"
mkdir -p "$out"

step '1. Real data, as Leadpulse records'
printf 'tests/data says where they are from.\n\n'
tools/demo/records.sh "$leadpulse" "$out" 2>&1

step '2. What to compute: scores, tiers and segments, checked before use'
show "$leadpulse" definitions check tests/data/demo/definitions.yaml

step '3. The job: every lead scored, tiered and put into segments'
show "${run[@]}"

step '4. What changed, when and why'
python3 tools/demo/show_changes.py "$out/out"

step '5. Where the business stands'
show "$leadpulse" report --state "$out/state" --tenant saas-co --changes "$out/out/changes.jsonl" --from 2026-04-01
printf '\nThe same of all tenants as a page:\n'
page=("$leadpulse" report --state "$out/state" --changes "$out/out/changes.jsonl" --format html)
say "${page[@]}" '>' "$out/report.html"
"${page[@]}" >"$out/report.html"

step '6. Why one of them is where it is'
lead=$(python3 tools/demo/show_changes.py "$out/out" --best saas-co)
show "$leadpulse" explain --state "$out/state" --tenant saas-co --lead "$lead"

step '7. A link scanner: 94 clicks that no person made, taken back'
show "$leadpulse" retract --state "$out/state" --tenant marketo-sample --type click \
  --where 'IN SEGMENT "link-scanners"' --to "$out/scanner.jsonl" --yes
show "${run[@]}" "$out/scanner.jsonl" --quiet
python3 tools/demo/show_changes.py "$out/out" --lead marketo-sample 1124755

step '8. One person, two ids: an unsubscribe for the address reaches the CRM contact'
cat <<TEXT
Mia is contact 4711 of the CRM. SendGrid does not know that number: it reports what she does for mia.berg@example.com.
Contact 4711 has this address, so both are one lead: her opens and her click raise the score that sales looks at, and
since she unsubscribed nobody mails contact 4711. The address is no second lead beside it.
TEXT
python3 tools/demo/show_changes.py "$out/out" --lead two-ids 4711
show "$leadpulse" leads --state "$out/state" --tenant two-ids --columns 'lead,email,score,email status,sendable'
show "$leadpulse" explain --state "$out/state" --tenant two-ids --lead 4711

step 'What it made'
cat <<TEXT
  $out/out/changes.jsonl       every change, numbered 1, 2, 3, ... for each lead
  $out/out/leads.jsonl         every lead as it is now
  $out/out/dead-letters.jsonl  records that could not be used: $(wc -l <"$out/out/dead-letters.jsonl")
  $out/state                   the state, from which the next run continues
TEXT

step 'What to look at next'
cat <<TEXT
  $out/report.html              open it in a browser: the report of step 5, for all tenants
  tools/dev demo --serve              web pages, with six weeks of a made-up company
  tests/data/demo/definitions.yaml    change a rule, repeat the last run of step 7, and see who moves
  config/TOUR.md                      a tour in ten minutes
TEXT
