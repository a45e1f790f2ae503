# Sourced by compose/run.sh and tests/run.sh: installs packages of Debian and Ubuntu, finds out how to become root.
# After find_root, $as_root is empty (already root), `sudo`, or `none`.

build_packages=(ca-certificates g++ cmake ninja-build pkg-config ccache protobuf-compiler protobuf-compiler-grpc libprotobuf-dev
  libgrpc++-dev libabsl-dev libcurl4-openssl-dev libssl-dev libyaml-cpp-dev libspdlog-dev nlohmann-json3-dev
  libmicrohttpd-dev libxxhash-dev libhiredis-dev)
engine_packages=(docker.io iproute2 util-linux busybox-static e2fsprogs)

# The name of the system, as debian-12; its packages have these names on debian-12, debian-13 and ubuntu-24.04.
system_id() { (. "${OS_RELEASE:-/etc/os-release}" 2>/dev/null && echo "$ID-${VERSION_ID:-}"); }
# From Debian 13 on, the `docker` command is a package of its own; Ubuntu's docker.io holds both.
case $(system_id) in
  debian-12 | ubuntu-*) ;;
  debian-*) engine_packages+=(docker-cli) ;;
esac

find_root() {
  if [[ $(id -u) = 0 ]]; then as_root=
  elif command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [[ -t 0 ]]; }; then as_root=sudo
  else as_root=none
  fi
}

missing_packages() {
  local package
  for package in "$@"; do
    [[ $(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null) = installed ]] || echo "$package"
  done
}

# Those of the packages that install_packages would install.
wanted_packages() {
  # An engine that is here already, from wherever it came, stays as it is.
  if command -v dockerd >/dev/null || [[ -x /usr/sbin/dockerd ]]; then set -- "${@/docker.io/}"; fi
  if command -v docker >/dev/null; then set -- "${@/docker-cli/}"; fi
  # So does another Node.js than Debian's; those bring their own npm.
  if command -v npm >/dev/null; then set -- "${@/nodejs/}"; set -- "${@/npm/}"; fi
  missing_packages $*
}

# Installs what is missing; starts no service. Fails with the reason when it cannot.
install_packages() {
  local missing policy=/usr/sbin/policy-rc.d made_policy= done=1 attempt
  mapfile -t missing < <(wanted_packages "$@")
  [[ ${#missing[@]} = 0 ]] && return
  [[ $as_root = none ]] && { echo "needs root for: apt-get install ${missing[*]}"; return 1; }
  command -v apt-get >/dev/null || { echo "this is neither Debian nor Ubuntu: please install what these packages hold: ${missing[*]}"; return 1; }
  echo "installing ${#missing[@]} packages: ${missing[*]}"
  if [[ ! -e $policy ]]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod +x "$policy"
  fi
  for attempt in 1 2; do
    # Without new lists first, a fresh machine knows no package, and an old one wrong addresses.
    $as_root env DEBIAN_FRONTEND=noninteractive sh -c \
      'apt-get -qq update && apt-get -qq -o Acquire::Retries=3 install --no-install-recommends "$@"' install "${missing[@]}" \
      </dev/null && { done=0; break; }
    [[ $attempt = 1 ]] && { echo "apt-get failed; once more in 5 s"; sleep 5; }
  done
  [[ -z $made_policy ]] || $as_root rm -f "$policy"
  return "$done"
}
