#!/bin/sh
# Runs leadpulse in a container. A variable LEADPULSE_…_FILE names a file with a secret, such as
# LEADPULSE_ERASURE_SECRET_FILE=/run/secrets/erasure: its first line becomes LEADPULSE_ERASURE_SECRET, as the settings name it.
set -eu
file=

fail() {
  echo "leadpulse: $1" >&2
  exit 2
}

while IFS=' =' read -r _ name _; do
  case $name in
    *[!A-Z0-9_]*) continue ;;
    LEADPULSE_*_FILE) eval "file=\$$name" ;;
    *) continue ;;
  esac
  [ -r "$file" ] || fail "the file $file, which $name names, cannot be read: mount it, readable by the user 10001"
  value=
  IFS= read -r value <"$file" || [ -n "$value" ] || fail "the file $file, which $name names, is empty: write the secret into it"
  export "${name%_FILE}=$value"
  unset "$name"
done <<VARIABLES
$(export -p)
VARIABLES

exec /usr/bin/leadpulse "$@"
