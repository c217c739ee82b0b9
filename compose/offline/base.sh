#!/bin/bash
# Makes the image that every offline image starts from: a small Debian with Python and this machine's own
# certificate authorities, so that pip, npm, Maven and Go work in builds behind an intercepting proxy.
# Usage: base.sh TAG [--fresh].  Does nothing when TAG was made from the same inputs.
set -euo pipefail

suite=trixie
tag=$1
repository() { apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' "Label: $1" | head -n 1; }
sources="deb $(repository Debian) $suite main
deb $(repository Debian-Security) $suite-security main"
authorities=/usr/local/share/ca-certificates
mkdir -p "$authorities"

inputs=$({ cat "$0"; echo "$sources"; find "$authorities" -name '*.crt' -exec cat {} +; } | sha256sum | cut -c 1-16)
made_from=$(docker image inspect --format '{{index .Config.Labels "inputs"}}' "$tag" 2>/dev/null || true)
if [ "$made_from" = "$inputs" ] && [ "${2:-}" != --fresh ]; then
  echo "base image: unchanged"
  exit 0
fi

if ! command -v mmdebstrap >/dev/null; then
  apt-get -qq install -y --no-install-recommends mmdebstrap >/dev/null
fi

install_script='#!/bin/sh
set -eu
apt-get -qq update
apt-get -qq install -y "$@"
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/log/apt /var/log/dpkg.log'
SECONDS=0
mmdebstrap --quiet --variant=apt --include=ca-certificates,passwd,wget,python3-venv \
  --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
  --customize-hook="copy-in $authorities /usr/local/share" \
  --customize-hook='chroot "$1" update-ca-certificates >/dev/null' \
  --customize-hook="echo '$install_script' >\"\$1/usr/local/bin/install-packages\"" \
  --customize-hook='mkdir -p "$1/usr/share/man/man1" # the JRE links a page into it when it is set up' \
  --customize-hook='chmod 755 "$1/usr/local/bin/install-packages"' \
  "$suite" - "$sources" |
  docker import --change "LABEL inputs=$inputs" --change 'CMD ["bash"]' \
    --change 'ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8' \
    --change 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
    --change 'ENV PIP_CERT=/etc/ssl/certs/ca-certificates.crt' \
    - "$tag" >/dev/null
echo "base image: made in ${SECONDS} s"
