#!/bin/sh
# Lays out the image's root file system in a folder: image_root.sh FOLDER. It runs where the package is installed.
set -eu
image=$1
programs='/usr/bin/leadpulse /usr/bin/curl /usr/bin/dash'

mkdir -p "$image/tmp" "$image/etc" "$image/run" "$image/proc" "$image/sys" "$image/dev" "$image/usr"
chmod 1777 "$image/tmp"
# /bin, /lib and the like, which are links into /usr.
for link in /bin /sbin /lib*; do
  [ ! -L "$link" ] || { cp -P "$link" "$image/" && mkdir -p "$image/$(readlink "$link")"; }
done

# Libraries under the names by which they are loaded.
libraries=$(ldd $programs | sed -n 's|^.*[[:space:]]\(/[^ ]*\) (0x.*|\1|p' | sort -u)
for file in $programs $libraries; do
  folder=$(realpath "$(dirname "$file")")
  mkdir -p "$image$folder"
  cp -L --preserve=mode "$file" "$image$folder/"
done
ln -s dash "$image/usr/bin/sh"

# What programs read: zones, certificates, names.
mkdir -p "$image/usr/share" "$image/usr/lib" "$image/etc/leadpulse"
cp -a /usr/share/zoneinfo /usr/share/ca-certificates /usr/share/common-licenses /usr/share/leadpulse "$image/usr/share/"
cp -a /etc/ssl "$image/etc/"
cp -a /usr/lib/ssl "$image/usr/lib/"
cp -L /etc/os-release /etc/nsswitch.conf "$image/etc/"
cp /etc/leadpulse/definitions.yaml /etc/leadpulse/live.yaml /etc/leadpulse/receive.yaml "$image/etc/leadpulse/"
for table in passwd group; do
  grep -E '^(root|leadpulse|nobody|nogroup):' "/etc/$table" >"$image/etc/$table"
done
install -d -o leadpulse -g leadpulse -m 0750 "$image/var/lib/leadpulse"

# The licences of what is in the image, and its packages where scanners look for them.
mkdir -p "$image/var/lib/dpkg/status.d"
for file in $programs $libraries /usr/share/zoneinfo/UTC /usr/share/ca-certificates/mozilla; do
  # Debian 12 installs some libraries below /lib, which is a link.
  real=$(realpath "$file")
  dpkg-query --search "*${real#/usr}" | sed 's/[:,].*//' | head -n 1
done | sort -u | while read -r package; do
  dpkg-query --status "$package" >"$image/var/lib/dpkg/status.d/$package"
  install -D -m 0644 "/usr/share/doc/$package/copyright" "$image/usr/share/doc/$package/copyright"
done
find "$image" -perm /6000 -exec chmod ug-s {} +
