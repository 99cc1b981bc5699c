#!/usr/bin/env bash
# Builds and runs the unit tests on another distribution, in a chroot, for `tools/dev distro`:
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

# The project's files as they are; the build in the chroot stays.
mkdir -p "$source"
find "$source" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf --one-file-system {} +
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [[ ! -f $file ]] || printf '%s\0' "$file"
done | xargs -0 cp --parents --preserve=mode,timestamps -t "$source"

# In mounts of its own, which end with it.
exec unshare --mount bash -euc '
  mount --rbind /dev "$1/dev"
  mount -t proc proc "$1/proc"
  exec chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    ${LEADPULSE_JOBS:+LEADPULSE_JOBS=$LEADPULSE_JOBS} bash -euc "
      cd /leadpulse
      tools/dev build release leadpulse tests/unit/all
      build/release/leadpulse --version
      ctest --test-dir build/release/tests/unit --output-on-failure --no-tests=error -j \$(nproc)"
' bash "$root"
