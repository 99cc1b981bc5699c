#!/bin/sh
# Compiles a precompiled header by the given command, and writes what ccache is to know it by: a sum of what the compiler
# reads. That is the same in every checkout; the header itself contains paths.
set -e
for argument; do
  case $argument in
    *.gch)
      "$@" -E -P
      sha256sum <"$argument" >"$argument.sum"
      ;;
  esac
done
"$@"
