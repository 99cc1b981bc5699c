#!/usr/bin/env bash
# The main job on real data, step by step: convert, check, run, look. Called by `tools/dev demo`, which builds first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

leadpulse=build/release/leadpulse
out=build/demo
until='2026-04-30T18:00:00Z' # the data ends on 2026-04-30

bold='' dim='' plain=''
if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
show() { # runs a command and says how to do the same by hand
  printf '%s$ %s%s\n' "$dim" "$*" "$plain"
  "$@"
}

rm -rf "$out"
mkdir -p "$out"

step '1. Real data, as Leadpulse records'
printf 'A SaaS company'"'"'s funnel, and two weeks of Marketo activities (tests/data says where they are from).\n'
show python3 tools/demo/convert_saas.py --input tests/data/saas --output "$out/saas.jsonl"
show python3 tools/demo/convert_marketo.py --input tests/data/marketo/activities.csv --output "$out/marketo.jsonl"

step '2. What to compute: scores, tiers and segments, checked before use'
show "$leadpulse" definitions check tests/data/demo/definitions.yaml

step '3. The job: every lead scored, tiered and put into segments'
show "$leadpulse" run --definitions tests/data/demo/definitions.yaml --state "$out/state" \
  --input "$out/marketo.jsonl" --input "$out/saas.jsonl" --output "$out/out" --until "$until"

step '4. What changed, when and why'
python3 tools/demo/show_changes.py "$out/out"

step '5. Why one of them is where it is'
lead=$(python3 tools/demo/show_changes.py "$out/out" --best saas-co)
show "$leadpulse" explain --state "$out/state" --tenant saas-co --lead "$lead"

step 'Where it all is'
cat <<TEXT
  $out/out/changes.jsonl       every change of every lead, in its own order 1, 2, 3, ...
  $out/out/leads.jsonl         every lead as it is now
  $out/out/dead-letters.jsonl  records that could not be used: $(wc -l <"$out/out/dead-letters.jsonl")
  $out/state                   what the next run goes on from; run the command of step 3 again: it adds nothing
  tests/data/demo/definitions.yaml   the rules; change one, run step 3 again, and see who moves
TEXT
