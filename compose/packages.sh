#!/usr/bin/env bash
# Installs the programs that no language package brings: monitoring, a browser, and what runbooks use. Debian as root; elsewhere it says what is missing.
set -euo pipefail

missing=()
need() { # PACKAGE COMMAND...: any of the commands will do
  local package=$1 command; shift
  for command in "$@"; do command -v "$command" >/dev/null && return; done
  missing+=("$package")
}
need prometheus prometheus
need prometheus-alertmanager prometheus-alertmanager alertmanager
need prometheus-blackbox-exporter prometheus-blackbox-exporter blackbox_exporter
need postgresql-client psql
need chromium chromium google-chrome chrome

[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "system packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  # Installing must not start anything: the casino starts its own monitoring, on its own ports.
  RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
else
  echo "These programs are needed: ${missing[*]} (the names of Debian's packages). Install them, then run make again." >&2
  exit 1
fi
