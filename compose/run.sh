#!/usr/bin/env bash
# Sets up a machine with Debian 12 or 13 or Ubuntu 24.04, builds Swarmbell, and rings. It says first which packages it installs.
#
#   compose/run.sh [--build] [--once | --plan]
#
# Watches the local engine if it is a swarm manager. Otherwise it starts a private engine, isolated from this machine, with a
# demo service that changes a few times. Cards appear here, or in Slack and Teams if SWARMBELL_SLACK_WEBHOOK_URL and
# SWARMBELL_TEAMS_WEBHOOK_URL are set; every other SWARMBELL_ variable works too. Ctrl-C ends it and removes everything.
# --once ends it after the demo. --plan only says what it would do.
# A manager that has the images of this version runs them by `docker run`: nothing is installed or built. It builds with
# --build, or where it has built before.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
cd "$root"
. compose/packages.sh
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

once= built= plan= always_build=
for argument in "$@"; do
  case $argument in
    --once) once=yes ;;
    --plan) plan=yes ;;
    --build) always_build=yes ;;
    --built) built=yes ;; # how this script calls itself as root, once the build is done and a private engine is decided
    *) sed -n '2,12s/^# \?//p' "$0"; exit 2 ;;
  esac
done

say() { printf '\n\033[1m==> %s\033[0m  (%d s)\n' "$*" "$SECONDS"; }
die() { echo "run.sh: $*" >&2; exit 1; }

# The stacks' variables, which the programs do not know.
image_prefix=${SWARMBELL_IMAGE_PREFIX:-} image_version=${SWARMBELL_VERSION:-}
unset SWARMBELL_IMAGE_PREFIX SWARMBELL_VERSION
local_host=${SWARMBELL_DOCKER_HOST:-${DOCKER_HOST:-unix:///var/run/docker.sock}}
local_docker() { docker --host "$local_host" "$@"; }
local_manager() {
  command -v docker >/dev/null && [[ $(timeout 30 docker --host "$local_host" info --format '{{.Swarm.ControlAvailable}}' 2>/dev/null) = true ]]
}
image_of() { echo "${image_prefix}swarmbell-$1:${image_version:-$(packaging/version.sh)}"; } # PROGRAM
# True if both can run with Docker alone. An engine that is not reached by a socket may be another machine; a rootless one has
# another network; in a tree that was built, somebody works on the source.
have_images() {
  [[ $local_host = unix://* && ! -e build/release/build.ninja ]] && command -v setpriv >/dev/null &&
    [[ $(local_docker info --format '{{.SecurityOptions}}') != *rootless* ]] && local_docker image inspect "$(image_of collector)" "$(image_of notifier)" >/dev/null 2>&1
}

describe_plan() {
  if [[ -n $images ]]; then
    echo "  - install and build nothing: run $(image_of collector) and $(image_of notifier) of the local engine"
    echo "  - watch the swarm of that engine; only GET requests are sent"
    echo "  - end both containers and remove what is below /tmp at the end"
    return
  fi
  local packages=("${build_packages[@]}") missing how=
  [[ -z $private ]] || packages+=("${engine_packages[@]}")
  mapfile -t missing < <(wanted_packages "${packages[@]}")
  [[ $as_root != sudo ]] || how=" with sudo"
  case $(system_id) in
    debian-12 | debian-13 | ubuntu-24.04) ;;
    *) echo "    this is $(system_id): not Debian 12 or 13 or Ubuntu 24.04, for which the names of the packages are known" ;;
  esac
  if [[ ${#missing[@]} = 0 ]]; then echo "  - install nothing: every package is there"
  else echo "  - install ${#missing[@]} packages by apt-get$how: ${missing[*]}"; fi
  echo "  - build both programs in build/release: about four minutes on two cores the first time"
  if [[ -n $private ]]; then echo "  - start a private Docker engine below /tmp, as root; this machine's own engine and network stay as they are"
  else echo "  - watch the swarm of the local engine; only GET requests are sent"; fi
  echo "  - end both programs and remove what is below /tmp at the end; packages and build/ stay"
}

build() {
  [[ -e build/release/build.ninja ]] || cmake --preset release >build/configure.log || die "configuring failed: $(tail build/configure.log)"
  NINJA_STATUS='  [%f/%t] ' cmake --build --preset release --target swarmbell-collector swarmbell-notifier
}

as_root_again() {
  [[ $(id -u) != 0 ]] || return 0
  [[ $as_root = sudo ]] || die "a private engine needs root, and this user may not use sudo. Run it as root, or on a swarm manager."
  local keep
  keep=$(compgen -e | grep -E '^(SWARMBELL_|NO_COLOR$)' | paste -sd, || true)
  exec sudo ${keep:+--preserve-env="$keep"} "$here/run.sh" --built ${once:+--once}
}

free_port() { # from $1 on
  local port=$1
  while (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
  echo "$port"
}

# A trap runs only after the command in the foreground; `wait` lets it run at once.
pause() { sleep "$1" & wait $!; }

dir= programs=()
clean_up() {
  local code=$? program i
  trap '' INT TERM HUP EXIT
  [[ -z $dir ]] || printf '\n==> cleaning up\n'
  for program in "${programs[@]}"; do kill -TERM "$program" 2>/dev/null || true; done
  for i in $(seq 60); do
    kill -0 "${programs[@]}" 2>/dev/null || break
    sleep 0.1
  done
  for program in "${programs[@]}"; do kill -KILL "$program" 2>/dev/null || true; done
  # A container that was being made heard no signal.
  if [[ -n $images ]]; then local_docker rm --force "swarmbell-demo-$$-"{collector,notifier} >/dev/null 2>&1 || true; fi
  if [[ -n $dir ]]; then
    if [[ -e $dir/owner ]]; then compose/engine.sh down "$dir"; fi
    rm -rf "$dir"
  fi
  exit "$code"
}

start_private_engine() {
  say "starting a private engine: nothing of this machine's own is touched"
  compose/engine.sh check
  compose/engine.sh sweep /tmp/swarmbell-demo.
  compose/engine.sh up "$dir" $$
  compose/engine.sh node "$dir" demo 10.99.0.11/24
  export SWARMBELL_DOCKER_HOST=unix://$dir/demo/docker.sock SWARMBELL_CLUSTER_NAME=${SWARMBELL_CLUSTER_NAME:-demo}
  demo_docker swarm init --advertise-addr 10.99.0.11 >/dev/null
  compose/engine.sh images "$dir" demo
}

demo_docker() { if [[ -x /usr/bin/docker ]]; then /usr/bin/docker --host "$SWARMBELL_DOCKER_HOST" "$@"; else docker --host "$SWARMBELL_DOCKER_HOST" "$@"; fi; }

# The command of a program, as `command`. A container has the variables of its environment, the files that they name, and the
# collector's the engine's socket.
declare -A known
command_of() { # PROGRAM [OPTION-OF-docker-run...]
  local program=$1 socket=${local_host#unix://} name
  shift
  command=("build/release/$program/swarmbell-$program")
  [[ -n $images ]] || return 0
  command=(docker --host "$local_host" run --rm --network host --read-only --cap-drop ALL "$@"
    --user "$(id -u):$(stat -Lc %g "$socket")")
  if [[ -e /etc/localtime ]]; then command+=(--volume /etc/localtime:/etc/localtime:ro); fi
  if [[ $program = collector ]]; then command+=(--env DOCKER_HOST --volume "$socket:$socket"); fi
  for name in TZ NO_COLOR DOCKER_API_VERSION {HTTPS,HTTP,NO,ALL}_PROXY {https,http,no,all}_proxy SWARMBELL_{COLLECTORS,LISTEN,LOGS_LINES} \
    SWARMBELL_{METRICS_LISTEN,POLL_INTERVAL,WEB_LISTEN} $(compgen -e SWARMBELL_ || true); do
    command+=(--env "$name") # without a value it is left out
    if [[ $name = SWARMBELL_* && ${!name:-} = /* && -e ${!name} ]]; then command+=(--mount "type=bind,readonly,source=${!name},target=${!name}"); fi
  done
  command+=("$(image_of "$program")")
}

# Ends with this script, even if that is killed.
start_program() { # PROGRAM [ARGUMENT-OF-env...]
  local program=$1
  shift
  command_of "$program" --name "swarmbell-demo-$$-$program"
  env "$@" setsid setpriv --pdeathsig TERM "${command[@]}" 2>"$dir/swarmbell-$program.log" </dev/null &
  programs+=($!)
}

wait_until_healthy() { # PROGRAM [ARGUMENT-OF-env...]
  local program=$1 i
  shift
  command_of "$program"
  for i in $(seq 150); do
    if env "$@" "${command[@]}" --healthcheck >/dev/null 2>&1; then return; fi
    kill -0 "${programs[-1]}" 2>/dev/null || break
    pause 0.2
  done
  die "swarmbell-$program did not become healthy; its log ends:"$'\n'"$(tail -n 20 "$dir/swarmbell-$program.log")"
}

# A program refuses variables that it does not know, so each is started without those that only the other one knows.
only_for() { # PROGRAM OTHER: env's options that take away the variables that only OTHER knows
  comm -13 <(echo "${known[$1]}") <(echo "${known[$2]}") | sed 's/.*/--unset=&\n--unset=&_FILE/'
}

split_settings() {
  local program
  for program in collector notifier; do
    command_of "$program"
    known[$program]=$("${command[@]}" --print-settings-markdown | grep -oE 'SWARMBELL_[A-Z_]+' | sort -u) ||
      die "swarmbell-$program does not say which settings it has: ${command[*]: -1} may be of another version"
  done
  mapfile -t not_collector < <(only_for collector notifier)
  mapfile -t not_notifier < <(only_for notifier collector)
}

check_settings() { # before anything is started
  split_settings
  local good=yes
  command_of collector
  env "${not_collector[@]}" SWARMBELL_LISTEN=127.0.0.1:50051 "${command[@]}" --check-config >/dev/null || good=
  command_of notifier
  env "${not_notifier[@]}" "${command[@]}" --check-config >/dev/null || good=
  [[ -n $good ]] || die "the settings are wrong; see above"
}

start_swarmbell() {
  local grpc metrics collector notifier web
  grpc=$(free_port 50051)
  metrics=$(free_port 9464)
  # Red cards show the last 8 lines that the failed task printed, with secrets masked; 0 switches that off.
  collector=("${not_collector[@]}" SWARMBELL_LOGS_LINES="${SWARMBELL_LOGS_LINES:-8}" SWARMBELL_LISTEN="127.0.0.1:$grpc" SWARMBELL_METRICS_LISTEN="127.0.0.1:$metrics"
    SWARMBELL_POLL_INTERVAL="${SWARMBELL_POLL_INTERVAL:-2s}")
  notifier=("${not_notifier[@]}" SWARMBELL_COLLECTORS="localhost:$grpc" SWARMBELL_LISTEN="127.0.0.1:$(free_port $((grpc + 1)))"
    SWARMBELL_METRICS_LISTEN="127.0.0.1:$(free_port $((metrics + 1)))")
  web=${SWARMBELL_WEB_LISTEN:-127.0.0.1:$(free_port 8080)}
  notifier+=(SWARMBELL_WEB_LISTEN="$web")
  say "starting swarmbell-collector (gRPC on localhost:$grpc) and swarmbell-notifier"
  start_program collector "${collector[@]}"
  wait_until_healthy collector "${collector[@]}"
  start_program notifier "${notifier[@]}"
  wait_until_healthy notifier "${notifier[@]}"
  [[ $web = off ]] || echo "    the timeline in a browser: http://$web/"
}

step() { # SECONDS TEXT COMMAND...
  local seconds=$1
  say "demo: $2"
  shift 2
  "$@" >/dev/null
  pause "$seconds"
}

demo() {
  local quietly=(--detach --no-resolve-image)
  step 4 "a service is created" demo_docker service create "${quietly[@]}" --name shop_web --replicas 2 \
    --label com.docker.stack.namespace=shop --env LOG_LEVEL=info --env API_TOKEN=demo-s3cret-1 --limit-memory 32m \
    --update-monitor 2s bb:1 sleep 100000
  step 8 "its environment changes" demo_docker service update "${quietly[@]}" --env-add LOG_LEVEL=debug \
    --env-add API_TOKEN=demo-s3cret-2 --env-add FEATURE_X=on shop_web
  step 4 "it is scaled" demo_docker service scale --detach shop_web=4
  step 8 "an update goes wrong" demo_docker service update "${quietly[@]}" \
    --args "sh -c 'echo no config >&2; exit 3'" shop_web
  step 4 "it is removed" demo_docker service rm shop_web
}

find_root
# Decided once: root may reach an engine that this user does not, and what was said before must stay true.
private=yes images=
if [[ -z $built ]] && local_manager; then private=; fi
if [[ -z $private$always_build ]] && have_images; then images=yes; fi
if [[ -z $built ]]; then
  say "this is what happens"
  describe_plan
  [[ -z $plan ]] || exit 0
fi
if [[ -z $built$images ]]; then
  say "packages"
  install_packages "${build_packages[@]}" || die "the packages above are missing"
  mkdir -p build
  say "building both programs into build/release"
  build
fi

if [[ -n $private ]]; then
  as_root_again
  install_packages "${engine_packages[@]}" || die "the packages above are missing"
fi
check_settings
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
if [[ -n $private ]]; then
  dir=/tmp/swarmbell-demo.$$
  start_private_engine
else
  dir=$(mktemp -d /tmp/swarmbell-demo.XXXXXX)
  say "watching the swarm of the local engine"
fi
start_swarmbell
if [[ -n $private ]]; then demo; fi
if [[ -n $once ]]; then
  [[ -z $private ]] || say "the demo is over; docs/install.md says how to watch a swarm of your own"
  exit 0
fi
say "watching; Ctrl-C ends it"
if [[ -n $private ]]; then echo "    change something yourself: docker --host $SWARMBELL_DOCKER_HOST service create --no-resolve-image bb:1"; fi
wait -n "${programs[@]}" || true
die "a program has ended: $(tail -n 20 "$dir"/swarmbell-*.log)"
