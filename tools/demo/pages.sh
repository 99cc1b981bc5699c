#!/usr/bin/env bash
# Serves the web pages on the data of the demo: pages.sh LEADPULSE OUT [PORT]. demo.sh has filled OUT. ^C ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/demo/showing.sh
source tools/demo/showing.sh

leadpulse=$1 out=$2 port=${3:-8080}
front=$out/front
# Tenths of a second. The run reads its inputs before it answers queries.
timeout=600

begun=()
end_all() {
  for process in "${begun[@]}"; do kill "$process" 2>/dev/null || true; done
  wait
}
trap end_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Prints the end of a log and exits.
fail() {
  printf 'The pages could not be started. %s:\n' "$1" >&2
  tail -n 20 "$1" >&2
  exit 1
}

# Waits until a command succeeds. Fails if the process ends first.
await() {
  local process=$1 log=$2 left=$timeout
  shift 2
  until "$@"; do
    if ! kill -0 "$process" 2>/dev/null || ((left-- == 0)); then fail "$log"; fi
    sleep 0.1
  done
}

step 'The web pages: three people who work with the leads of saas-co'
rm -rf "$front"
definitions=$out/definitions.yaml  # the pages can change them
cp tests/data/demo/definitions.yaml "$definitions"
{
  "$leadpulse" serve init --data "$front" --tenant saas-co --admin ada
  "$leadpulse" serve user add --data "$front" --tenant saas-co --role manager mia
  "$leadpulse" serve user add --data "$front" --tenant saas-co --role agent --agent ben ben
} >"$out/users.txt"
say "$leadpulse" run --follow --accept-clock --definitions "$definitions" --state "$out/state" --output "$out/out" \
  --input "$out/records.jsonl" --input "$front/inbox"
"$leadpulse" run --follow --accept-clock --definitions "$definitions" --state "$out/state" --output "$out/out" \
  --input "$out/records.jsonl" --input "$front/inbox" >"$out/run.log" 2>&1 &
begun+=($!)
await "${begun[0]}" "$out/run.log" test -S "$out/state/queries.sock"
say "$leadpulse" serve --data "$front" --state "$out/state"
"$leadpulse" serve --data "$front" --state "$out/state" --definitions "$definitions" --port "$port" \
  >"$out/front.log" 2>&1 &
begun+=($!)
await "${begun[1]}" "$out/front.log" grep -q 'serving on http' "$out/front.log"

printf '\n  %-9s %-5s %s\n' role name password
passwords=$(sed -n '2~2p' "$out/users.txt")
paste -d ' ' <(printf '%s\n' 'admin ada' 'manager mia' 'agent ben') <(printf '%s\n' "$passwords") |
  while read -r role name password; do printf '  %-9s %-5s %s\n' "$role" "$name" "$password"; done
printf '\n^C ends it. Log in here:\n'
grep -o 'http://[0-9.:]*' "$out/front.log" | head -n 1
wait -n
fail "$out/run.log"
