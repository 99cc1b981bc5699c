#!/usr/bin/env bash
# Builds an image for each leadpulse_VERSION_ARCH.deb of a folder, for `tools/dev image` and the test:
#
#   tools/package/image.sh FOLDER [BASE]     BASE: the image of the distribution of the packages [this machine's]
#
# Makes FOLDER/leadpulse_VERSION_ARCH.image.tar, which `docker load` and `podman load` read, and prints its name. An image for
# another architecture than the machine's needs qemu-user-static. Needs buildah, and neither a daemon nor privileges.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$(cd "$1" && pwd)
# shellcheck source=/dev/null  # a file of the system
own_base() { . /etc/os-release && case $ID in debian) echo "debian:$VERSION_ID-slim" ;; *) echo "$ID:$VERSION_ID" ;; esac; }
base=${2:-docker.io/library/$(own_base)}
# Layers and pulled images stay in the folder.
export BUILDAH_ISOLATION=chroot
image_tool() { buildah --storage-driver vfs --root "$folder/images/storage" --runroot "$folder/images/run" "$@"; }

context="$folder/images/context"
mkdir -p "$context"
rm -f "$context"/*.deb
cp "$here"/{Containerfile,image_root.sh} "$context/"
cp "$folder"/leadpulse_*.deb "$context/"
for package in "$context"/leadpulse_*.deb; do
  version=$(dpkg-deb --field "$package" Version)
  architecture=$(dpkg-deb --field "$package" Architecture)
  # docker: the format that can hold a health check.
  image_tool build --quiet --format docker --platform "linux/$architecture" --build-arg "BASE=$base" \
    --build-arg "VERSION=$version" --tag "localhost/leadpulse:$version-$architecture" "$context" >"$folder/images/build.log" 2>&1 || {
    tail -n 20 "$folder/images/build.log" >&2
    exit 1
  }
  archive="$folder/leadpulse_${version}_$architecture.image.tar"
  rm -f "$archive"
  image_tool push --quiet "localhost/leadpulse:$version-$architecture" "docker-archive:$archive:leadpulse:$version"
  printf '%s\n' "$archive"
done
