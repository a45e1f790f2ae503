#!/bin/sh
# Makes a CA, a certificate for the collectors, one for a notifier, and a token, for ten years.
#
#   certificates.sh FOLDER NAME...    NAME: a name or IP address by which notifiers reach a collector
#
# Keep ca.key away from both programs: it can sign certificates. For another notifier, run this again: the CA, the token and
# the collectors' key stay; client.* are replaced.
set -eu
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0"; exit 2; }
command -v openssl >/dev/null || { echo "certificates.sh: openssl is missing" >&2; exit 1; }
folder=$1
shift
umask 077
mkdir -p "$folder"
cd "$folder"

names=
for name in "$@"; do
  case $name in
    *[!0-9.]*:* | *:*) kind=IP ;; # IPv6
    *[!0-9.]*) kind=DNS ;;
    *) kind=IP ;;
  esac
  names="$names${names:+,}$kind:$name"
done

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

sign() { # NAME SUBJECT EXTENSIONS...
  file=$1 subject=$2
  shift 2
  printf '%s\n' basicConstraints=CA:FALSE "$@" >"$file.extensions"
  openssl req -new -key "$file.key" -subj "/CN=$subject" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile "$file.extensions" -out "$file.crt" 2>/dev/null
  rm "$file.extensions"
}

if [ ! -e ca.key ]; then
  key ca.key
  openssl req -x509 -new -key ca.key -subj "/CN=Swarmbell CA" -days 3650 -out ca.crt \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign
fi
[ -e server.key ] || key server.key
sign server swarmbell-collector "subjectAltName=$names" extendedKeyUsage=serverAuth
key client.key
sign client swarmbell-notifier subjectAltName=DNS:swarmbell-notifier extendedKeyUsage=clientAuth
[ -e token ] || openssl rand -hex 32 >token
# User 65532 reads these in a container, but never the CA's key.
if [ "$(id -u)" = 0 ]; then chown 65532 ca.crt server.crt server.key client.crt client.key token; fi
echo "made in $folder: ca.crt, server.crt (for $*), client.crt, their keys, and token"
