#!/bin/bash
# A usable container engine: the one that runs, or on Debian as root one installed and started by hand.
# Usage: engine.sh start|stop DIR.  DIR keeps the daemon's process id and log; stop ends only what start began.
set -euo pipefail

action=$1
directory=$2
process_id=$directory/dockerd.pid
log=$directory/dockerd.log

fail() { echo "engine: $1" >&2; exit 2; }

can_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

# The compose and buildx plugins that Debian 12 does not have, taken out of Debian 13's packages.
unpack_plugin() {
  local name=$1 work repository
  work=$(mktemp -d)
  repository=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1)
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" /usr/local/lib/docker/cli-plugins
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $repository trixie main" >"$work/sources.list"
  (
    cd "$work"
    apt=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
      -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
    apt-get "${apt[@]}" update
    apt-get "${apt[@]}" download "$name"
    dpkg-deb --extract "$name"_*.deb unpacked
  )
  install "$work/unpacked/usr/libexec/docker/cli-plugins/$name" /usr/local/lib/docker/cli-plugins/
  rm -rf "$work"
}

ensure_plugin() {
  if docker "$1" version >/dev/null 2>&1; then return; fi
  can_install || fail "docker $1 is missing; install Docker's $1 plugin"
  echo "engine: installing docker-$1"
  unpack_plugin "docker-$1"
  docker "$1" version >/dev/null || fail "docker-$1 was installed but does not run"
}

start_daemon() {
  if ! command -v dockerd >/dev/null; then
    can_install || fail "no container engine answers; install Docker Engine and start it"
    echo "engine: installing docker.io"
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends docker.io iptables >/dev/null
  fi
  [ "$(id -u)" = 0 ] || fail "no container engine answers; start Docker Engine, or run this as root"
  setsid dockerd >"$log" 2>&1 </dev/null &
  echo $! >"$process_id"
  for _ in $(seq 60); do
    if docker info >/dev/null 2>&1; then echo "engine: started, log in $log"; return; fi
    kill -0 "$(cat "$process_id")" 2>/dev/null || break
    sleep 0.5
  done
  tail -n 5 "$log" >&2
  fail "dockerd did not start; its log is $log"
}

stop_daemon() {
  [ -f "$process_id" ] || return 0
  local pid
  pid=$(cat "$process_id")
  if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = dockerd ]; then
    kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
    echo "engine: stopped"
  fi
  rm -f "$process_id"
}

mkdir -p "$directory"
case $action in
  start)
    if docker info >/dev/null 2>&1; then echo "engine: found"; else start_daemon; fi
    ensure_plugin compose
    ensure_plugin buildx
    ;;
  stop) stop_daemon ;;
  *) fail "usage: engine.sh start|stop DIR" ;;
esac
