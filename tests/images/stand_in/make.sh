#!/bin/sh
# Makes a tar of Debian 12 that can be told to be Alpine: make.sh TAR CCACHE_URL
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tar=$1 ccache_url=$2
root=$(mktemp -d /tmp/swarmbell-base.XXXXXX)
trap 'rm -rf --one-file-system "$root"' EXIT

for attempt in 1 2; do
  # Only what it prints tells why it failed.
  if debootstrap --variant=minbase --include=ca-certificates bookworm "$root" >"$tar.log" 2>&1; then break; fi
  [ "$attempt" = 1 ] || { tail -n 20 "$tar.log" "$root/debootstrap/debootstrap.log" >&2; exit 1; }
  rm -rf --one-file-system "$root"/*
done
install -m 0755 "$here/apk" "$root/sbin/apk"
install -D -m 0644 "$here/packages" "$root/usr/share/stand-in/packages"
cat >"$root/etc/apt/sources.list" <<SOURCES
deb http://deb.debian.org/debian bookworm main
deb http://deb.debian.org/debian bookworm-updates main
deb http://deb.debian.org/debian-security bookworm-security main
SOURCES
# Licenses stay, as in Debian's own images.
printf 'path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\npath-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\n' \
  >"$root/etc/dpkg/dpkg.cfg.d/no-documents"
# No service starts, and nothing is fetched for being recommended.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
# The second builder compiles what the first one has compiled in no time.
printf 'remote_storage = %s\nbase_dir = /src\nhash_dir = false\ncache_dir = /tmp/ccache\n' "$ccache_url" >"$root/etc/ccache.conf"
cp /etc/resolv.conf "$root/etc/resolv.conf"
chroot "$root" apt-get -qq -o Acquire::Retries=3 update
rm -rf "$root"/var/cache/apt/*.bin "$root"/var/log/*
tar -C "$root" --one-file-system -cf "$tar.new" .
mv "$tar.new" "$tar"
