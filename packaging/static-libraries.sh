#!/usr/bin/env bash
# Builds the static libraries that Debian 12 does not have: libcurl with only HTTP and OpenSSL, and libmicrohttpd without TLS,
# both from Debian's sources with its patches.
#
#   packaging/static-libraries.sh PREFIX        (a minute; needs what compose/run.sh installs, dpkg-dev, and make)
#   cmake --preset static -DCMAKE_PREFIX_PATH=PREFIX && cmake --build --preset static
#
# apt verifies the sources with Debian's key; the machine's own package lists are not changed.
set -euo pipefail
[[ $# = 1 && $1 != -* ]] || { sed -n '2,8s/^# \?//p' "$0"; exit 2; }
prefix=$(realpath -m "$1")
work=$(mktemp -d "${TMPDIR:-/tmp}/swarmbell-static.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
cd "$work"
# apt reads as a user of its own.
chmod 0755 "$work"

for suite in 'http://deb.debian.org/debian bookworm' 'http://deb.debian.org/debian-security bookworm-security'; do
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $suite main"
done >sources.list
mkdir -p lists/partial archives/partial
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work")
"${apt[@]}" update
"${apt[@]}" source --only-source curl libmicrohttpd

make_library() { # FOLDER SUBFOLDER configure's options...
  local sources=$1 library=$2
  shift 2
  (
    cd "$sources"
    ./configure --quiet --prefix="$prefix" --disable-shared --enable-static CFLAGS='-O2 -ffunction-sections -fdata-sections' "$@"
    make --silent --jobs "$(nproc)" -C "$library"
    make --silent -C "$library" install
    make --silent -C include install 2>/dev/null || make --silent -C src/include install
    make --silent install-pkgconfigDATA
  )
}
make_library "$work"/libmicrohttpd-*/ src/microhttpd --disable-https --disable-doc --disable-examples --disable-curl
without=(zlib brotli zstd nghttp2 libpsl libidn2 librtmp libssh2 gssapi)
disable=(ftp file ldap ldaps rtsp dict telnet tftp pop3 imap smb smtp gopher mqtt manual ntlm tls-srp alt-svc hsts cookies doh
  netrc libcurl-option)
make_library "$work"/curl-*/ lib --with-openssl --enable-ares --with-ca-bundle=/etc/ssl/certs/ca-certificates.crt \
  "${without[@]/#/--without-}" "${disable[@]/#/--disable-}"
ls "$prefix"/lib/*.a
