#!/usr/bin/env bash
# Makes the records of the demo's data, with `leadpulse import` wherever it can read the files:
#
#   tools/demo/records.sh build/release/leadpulse build/demo     writes build/demo/records.jsonl and what it is made of
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/demo/showing.sh
source tools/demo/showing.sh

leadpulse=$1 out=$2
saas=("$leadpulse" import --tenant saas-co --definitions tests/data/demo/definitions.yaml)

printf 'Two weeks of Marketo activities: ids, bounces and deletions as Marketo calls them.\n'
show "$leadpulse" import --tenant marketo-sample tests/data/marketo/activities.csv --events --timezone UTC \
  --lead-id lead_id --map id=event_id --map email_template_id=message --map link_path=link --map category=bounce \
  --value category:1=soft --value category:2=hard --value activity:delete=erase --to "$out/marketo.jsonl"

printf '\nThe leads of a SaaS company: who they are, as of when they came, and what became of them, as of when they bought,\n'
printf 'or of the day of the export.\n'
show "${saas[@]}" tests/data/saas/leads.csv --at created_date --map created_date= --map lead_id=crm_id --map user_id= \
  --map stage= --map converted_date= --map loss_reason= --to "$out/leads.jsonl"
show "${saas[@]}" tests/data/saas/leads.csv --at converted_date --issued-at 2026-04-30T12:00:00Z \
  --map converted_date=converted_on --map created_date= --map lead_id=crm_id --map user_id= \
  --value stage:demo_booked=follow_up --to "$out/stages.jsonl"

printf '\nTheir mails. Three files of rows that name each other, with days and no times, are first made one log.\n'
show python3 tools/demo/saas_sends.py --input tests/data/saas --log "$out/log.csv" --audiences "$out/audiences.csv"
show "${saas[@]}" "$out/audiences.csv" --at since --map since= --to "$out/audiences.jsonl"
show "${saas[@]}" "$out/log.csv" --events --to "$out/log.jsonl"

printf '\nOne made-up person with two ids: the CRM has a number, SendGrid reports for her address.\n'
show "$leadpulse" import --tenant two-ids tests/data/demo/contacts.csv --timezone UTC --at Created \
  --map Created= --lead-id 'Contact ID' --to "$out/contacts.jsonl"
say "$leadpulse" convert --provider sendgrid --tenant two-ids tests/data/demo/sendgrid.json '>' "$out/sendgrid.jsonl"
"$leadpulse" convert --provider sendgrid --tenant two-ids tests/data/demo/sendgrid.json >"$out/sendgrid.jsonl"

printf '\nAll of it in the order of time, through which a run then walks.\n'
show python3 tools/demo/in_order.py --output "$out/records.jsonl" \
  "$out"/{marketo,leads,stages,audiences,log,contacts,sendgrid}.jsonl
