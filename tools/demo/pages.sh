#!/usr/bin/env bash
# Serves the web pages of a made-up company, which go on by themselves: pages.sh LEADPULSE OUT [PORT]. Replaces OUT.
# ^C ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=tools/demo/showing.sh
source tools/demo/showing.sh

leadpulse=$1 out=$2 port=${3:-8080}
front=$out/front tenant=harborline # as week.yaml and week.py call it
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

step 'The web pages: six weeks of a made-up company, up to now'
rm -rf "$out"
mkdir -p "$out"
definitions=$out/definitions.yaml  # the pages can change them
cp tools/demo/week.yaml "$definitions"
python3 tools/demo/week.py make "$leadpulse" "$out"
: | tee "$out/live.jsonl" "$out/front.log"
# By the clock of the records, so that each change has its own day; then by the clock of this machine.
"$leadpulse" run --definitions "$definitions" --state "$out/state" --output "$out/out" --input "$out/week.jsonl" --keep-changes \
  --quiet
{
  "$leadpulse" serve init --data "$front" --tenant "$tenant" --admin ada
  "$leadpulse" serve user add --data "$front" --tenant "$tenant" --role manager mia
  for agent in ben carla david; do
    "$leadpulse" serve user add --data "$front" --tenant "$tenant" --role agent --agent "$agent" "$agent"
  done
} >"$out/users.txt"
token=$("$leadpulse" serve token create --data "$front" --tenant "$tenant" --role manager --label demo | grep '^lp_')
run=("$leadpulse" run --follow --accept-clock --definitions "$definitions" --state "$out/state" --output "$out/out"
  --input "$out/week.jsonl" --input "$out/live.jsonl" --input "$front/inbox")
say "${run[@]}"
"${run[@]}" >"$out/run.log" 2>&1 &
begun+=($!)
await "${begun[0]}" "$out/run.log" test -S "$out/state/queries.sock"
say "$leadpulse" serve --data "$front" --state "$out/state" --definitions "$definitions" --port "$port"
"$leadpulse" serve --data "$front" --state "$out/state" --definitions "$definitions" --port "$port" \
  >"$out/front.log" 2>&1 &
begun+=($!)
await "${begun[1]}" "$out/front.log" grep -q 'serving on http' "$out/front.log"
python3 tools/demo/week.py go-on "$out" >"$out/live.log" 2>&1 &
begun+=($!)
address=$(grep -o 'http://[0-9.:]*' "$out/front.log" | head -n 1)

printf '\n  %-9s %-5s %s\n' role name password
passwords=$(sed -n '2~2p' "$out/users.txt")
paste -d ' ' <(printf '%s\n' 'admin ada' 'manager mia' 'agent ben' 'agent carla' 'agent david') <(printf '%s\n' "$passwords") |
  while read -r role name password; do printf '  %-9s %-5s %s\n' "$role" "$name" "$password"; done
printf '\nA program asks with a token:\n'
printf "  curl -H 'Authorization: Bearer %s' '%s/api/v1/contacts/search?query=tier:hot'\n" "$token" "$address"
printf '\nSomething happens every few seconds. ^C ends it. Log in here:\n%s\n' "$address"
# They end with 0 only if they are asked to: ^C reaches them, too, perhaps before this script.
wait -n "${begun[@]:0:2}" && exit 130
fail "$out/run.log"
