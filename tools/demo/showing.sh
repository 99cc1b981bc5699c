# How the demo's scripts show what they do. To be sourced.

bold='' dim='' plain=''
if [[ -t 1 && ${TERM:-dumb} != dumb && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'
fi
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
say() { printf '%s$ %s%s\n' "$dim" "$*" "$plain"; }
show() { # runs a command and says how to do the same by hand
  local word
  local words=()
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./:=,-]+$ ]] || word="'$word'"
    words+=("$word")
  done
  say "${words[@]}"
  "$@"
}
