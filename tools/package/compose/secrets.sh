#!/bin/sh
# Makes the secrets of ../compose.yaml that are missing, each a file in the folder secrets beside this script. The folder is
# yours alone; the files can be read by the containers' users. Keep `erasure` for ever: under another one, erased leads could come
# back.
set -eu
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
chmod 700 "$folder"
for name in erasure webhook grafana; do
  [ -s "$folder/$name" ] || head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$folder/$name"
  chmod 644 "$folder/$name"
done
