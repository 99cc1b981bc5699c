#!/usr/bin/env bash
# Builds and runs the tests of units, scenarios and recorded outputs on another distribution, in a chroot, for `tools/dev distro`:
#
#   tools/distro.sh trixie|noble|bookworm     the name of a release of Debian or Ubuntu
#
# The chroot stays in build/distro/NAME: a second run builds only what has changed. Needs root and mmdebstrap.
set -euo pipefail
release=$1
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=build/distro/$release/root
source=$root/leadpulse

[[ $(id -u) -eq 0 ]] || { echo "tools/distro.sh needs root: it mounts and enters a chroot" >&2 && exit 1; }
if [[ ! -f build/distro/$release/made ]]; then
  rm -rf --one-file-system "build/distro/$release"
  mkdir -p "build/distro/$release"
  mmdebstrap --quiet --variant=apt --include=ca-certificates "$release" "$root" || {
    echo "tools/distro.sh: mmdebstrap cannot make $release: is its archive reachable, and its keyring installed?" >&2
    exit 1
  }
  touch "build/distro/$release/made"
fi
cp --remove-destination -L /etc/resolv.conf "$root/etc/resolv.conf"

# The project's files as they are; the build in the chroot stays. A file that differs gets the time of now: one that was
# edited while an earlier run built would be older than what that run made of its former text.
mkdir -p "$source"
export LC_ALL=C
files=build/distro/$release/files
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [[ ! -f $file ]] || printf '%s\0' "$file"
done | sort -z >"$files"
find "$source" -path "$source/build" -prune -o -type f -printf '%P\0' | sort -z | comm -z -23 - "$files" |
  (cd "$source" && xargs -0 --no-run-if-empty rm)
while IFS= read -r -d '' file; do
  cmp --silent "$file" "$source/$file" || cp --parents --preserve=mode "$file" "$source"
done <"$files"

# In mounts of its own, which end with it.
exec unshare --mount bash -euc '
  mount --rbind /dev "$1/dev"
  mount -t proc proc "$1/proc"
  exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${LEADPULSE_JOBS:+LEADPULSE_JOBS=$LEADPULSE_JOBS} bash -euc "
      cd /leadpulse
      tools/dev build release leadpulse tests/unit/all tests/scenarios/all tests/recorded/all
      build/release/leadpulse --version
      # Outputs have the recorded bytes whatever libraries there are.
      for folder in unit scenarios recorded; do
        ctest --test-dir build/release/tests/\$folder --output-on-failure --no-tests=error -j \${LEADPULSE_JOBS:-\$(nproc)}
      done"
' bash "$root"
