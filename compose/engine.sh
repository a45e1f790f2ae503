#!/usr/bin/env bash
# Private Docker engines for demonstrations and tests, as root. Every engine lives in network, mount, PID and
# host-name namespaces of its own and keeps all it has below one directory: neither the machine's own engine
# nor its network, /run, /etc/docker or /var/lib is touched, and when the processes die the rest goes with them.
#
#   engine.sh check                 exit code 1 and the reason if engines cannot run here
#   engine.sh up DIR OWNER_PID      make DIR and a bridge; everything ends when the owner does
#   engine.sh node DIR NAME ADDRESS make a node on the bridge (ADDRESS as 10.99.0.11/24) and start its engine
#   engine.sh start DIR NAME        start the engine of a node again, once it has died
#   engine.sh images DIR NAME       give the engine the images bb:1 and bb:2 (busybox)
#   engine.sh down DIR              end and remove everything
#   engine.sh sweep PREFIX          `down` for every PREFIX* whose owner is gone
#
# Below DIR: owner, bridge.pid, and for each node NAME/{docker.sock,engine.log,engine.pid,holder.pid,init.pid}.
set -euo pipefail
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

die() { echo "engine.sh: $*" >&2; exit 1; }

# The Debian client next to the Debian engine; another `docker` in PATH may be years apart.
docker_cli() { if [[ -x /usr/bin/docker ]]; then /usr/bin/docker "$@"; else docker "$@"; fi; }

# A PID may have been given to somebody else since; with its start time it is unique.
start_time() { local stat; stat=$(<"/proc/$1/stat") 2>/dev/null || return 1; stat=${stat##*) }; set -- $stat; echo "${20}"; }

wait_for_file() { local i; for i in $(seq 250); do [[ -e $1 ]] && return; sleep 0.02; done; return 1; }

# The one child of a process that forks once. (The arguments of a command that is put into the background must
# be plain: bash would fork for a command substitution there, and its PID would be taken for the child's.)
first_child() {
  local child i
  for i in $(seq 100); do
    child=$(cat "/proc/$1/task/$1/children" 2>/dev/null || true)
    [[ -n $child ]] && { echo "${child%% *}"; return; }
    sleep 0.02
  done
  die "process $1 started no child within 2 s"
}

check() {
  local tool
  [[ $(id -u) = 0 ]] || die "needs root: engines need mounts and network namespaces. Run it with sudo."
  for tool in dockerd containerd runc ip nsenter unshare busybox setsid tail; do
    command -v "$tool" >/dev/null || die "\`$tool\` is missing. On Debian: apt-get install docker.io iproute2 util-linux busybox-static."
  done
  unshare --net --uts --mount --pid --fork --mount-proc true 2>/dev/null ||
    die "this machine does not let root make namespaces (a container without --privileged?)."
  unshare --net ip link add swarmbell0 type bridge 2>/dev/null ||
    die "this kernel cannot make a network bridge (module \`bridge\`)."
}

up() {
  local dir=$1 owner=$2
  mkdir -m 0711 "$dir"
  echo "$owner $(start_time "$owner")" >"$dir/owner"
  # DIR in the arguments lets `down` tell its own processes from strangers.
  setsid unshare --net bash -ec 'ip link set lo up; ip link add br0 type bridge; ip link set br0 up
    touch "$0/bridge-ready"; sleep infinity & wait' "$dir" </dev/null >"$dir/bridge.log" 2>&1 &
  echo $! >"$dir/bridge.pid"
  wait_for_file "$dir/bridge-ready" || die "could not make a bridge: $(<"$dir/bridge.log")"
  setsid bash -c 'tail --pid="$1" -f /dev/null; exec "$2" down "$3"' watchdog "$owner" "$(realpath "$0")" "$dir" \
    </dev/null >/dev/null 2>&1 &
  echo $! >"$dir/watchdog.pid"
}

node() {
  local dir=$1 name=$2 address=$3 bridge init
  bridge=$(<"$dir/bridge.pid")
  mkdir -p "$dir/$name"
  [[ -d /etc/docker ]] || { mkdir /etc/docker && touch "$dir/made-etc-docker"; }
  # bash is the node's init: it reaps what the engine leaves behind. Killing it ends all of the node.
  setsid unshare --net --uts --mount --pid --fork --kill-child=KILL --mount-proc bash -c '
    mount -t tmpfs none /run && mkdir /run/docker && mount -t tmpfs none /etc/docker && hostname "$1" && touch "$0/ready"
    sleep infinity & while :; do wait; done' "$dir/$name" "$name" </dev/null >"$dir/$name/init.log" 2>&1 &
  echo $! >"$dir/$name/holder.pid"
  init=$(first_child $!)
  echo "$init" >"$dir/$name/init.pid"
  wait_for_file "$dir/$name/ready" || die "node $name did not start: $(cat "$dir/$name/init.log")"
  ip link add "v-$name" netns "$bridge" type veth peer name eth0 netns "$init"
  nsenter --target "$bridge" --net sh -ec "ip link set v-$name master br0; ip link set v-$name up"
  nsenter --target "$init" --net sh -ec "ip link set lo up; ip addr add $address dev eth0; ip link set eth0 up"
  start "$dir" "$name"
}

start() {
  local dir=$1/$2 name=$2 cgroup init shell i
  cgroup=/$(basename "$1")-$name
  init=$(<"$dir/init.pid")
  echo '{}' >"$dir/daemon.json"
  rm -f "$dir/docker.sock" "$dir/dockerd.pid"
  # nsenter stops when its child is stopped, and then neither goes on nor ends with it: that child is a bash.
  setsid nsenter --target "$init" --net --uts --mount --pid -- bash -c '"$@" & wait' engine \
    dockerd --config-file "$dir/daemon.json" \
    --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/dockerd.pid" --host "unix://$dir/docker.sock" \
    --cgroup-parent "$cgroup" --exec-opt native.cgroupdriver=cgroupfs --shutdown-timeout 2 \
    </dev/null >>"$dir/engine.log" 2>&1 &
  shell=$(first_child $!)
  first_child "$shell" >"$dir/engine.pid"
  for i in $(seq 300); do
    docker_cli -H "unix://$dir/docker.sock" version >/dev/null 2>&1 && return
    kill -0 "$(<"$dir/engine.pid")" 2>/dev/null || break
    sleep 0.1
  done
  die "the engine of $name did not start; its log ends: $(tail -n 5 "$dir/engine.log")"
}

images() {
  local dir=$1/$2 root applet version
  root=$(mktemp -d "$dir/image.XXXXXX")
  mkdir -p "$root"/{bin,tmp,www,etc}
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in sh sleep httpd cat echo true false kill env nc wget date; do ln -s busybox "$root/bin/$applet"; done
  echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
  for version in 1 2; do
    echo "$version" >"$root/www/index.html"
    # busybox as PID 1 ignores SIGTERM; KILL spares ten seconds at every stop.
    printf 'FROM scratch\nCOPY . /\nSTOPSIGNAL SIGKILL\nCMD ["sleep", "1000000"]\n' >"$root/Dockerfile"
    tar -C "$root" -c . | DOCKER_BUILDKIT=0 docker_cli -H "unix://$dir/docker.sock" build --quiet --tag "bb:$version" - \
      >/dev/null 2>"$dir/image.log" || die "could not make the image bb:$version: $(cat "$dir/image.log")"
  done
  rm -rf "$root"
}

# Kills a process that this script started, and no other; with `group`, what it started as well.
end() {
  local pid=$1 marker=$2
  [[ -n $pid && -r /proc/$pid/cmdline ]] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$marker" || return 0
  if [[ ${3:-} = group ]]; then pid="-$pid"; fi
  kill -KILL -- "$pid" 2>/dev/null || true
}

down() {
  local dir=$1 file tries
  [[ -d $dir ]] || return 0
  for file in "$dir"/*/engine.pid; do [[ -e $file ]] && end "$(<"$file")" "$dir"; done
  for file in "$dir"/*/init.pid; do [[ -e $file ]] && end "$(<"$file")" "$dir"; done
  for file in "$dir"/*/holder.pid; do [[ -e $file ]] && end "$(<"$file")" "$dir"; done
  [[ -e $dir/bridge.pid ]] && end "$(<"$dir/bridge.pid")" "$dir" group
  # Immutable files are what a container that cannot be removed is made of.
  [[ -e $dir/immutable ]] && while read -r file; do chattr -i "$file" 2>/dev/null || true; done <"$dir/immutable"
  for tries in $(seq 50); do
    rm -rf --one-file-system "$dir"/[!.]*/ 2>/dev/null && break
    sleep 0.1
  done
  remove_cgroups "$(basename "$dir")"
  [[ -e $dir/made-etc-docker ]] && rmdir /etc/docker 2>/dev/null || true
  [[ -e $dir/watchdog.pid ]] && [[ $(<"$dir/watchdog.pid") != "$$" ]] && end "$(<"$dir/watchdog.pid")" "$dir" group
  rm -rf --one-file-system "$dir"
}

remove_cgroups() {
  local group tries
  for group in /sys/fs/cgroup/"$1"-* /sys/fs/cgroup/*/"$1"-*; do
    [[ -d $group ]] || continue
    for tries in $(seq 50); do
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
      [[ -d $group ]] || break
      sleep 0.1
    done
  done
}

sweep() {
  local dir owner started
  for dir in "$1"*; do
    [[ -d $dir ]] || continue
    read -r owner started 2>/dev/null <"$dir/owner" || continue
    [[ $(start_time "$owner" 2>/dev/null) = "$started" ]] || down "$dir"
  done
}

command=${1:-}
shift || true
case $command in
  check | up | node | start | images | down | sweep) "$command" "$@" ;;
  *) sed -n '2,/^set /{/^#/s/^# \?//p}' "$0"; exit 2 ;;
esac
