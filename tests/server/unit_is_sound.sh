#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# systemd's own judgement of deploy/nevus.service, with the program of this build in the place of the installed one.
set -euo pipefail
command -v systemd-analyze >/dev/null || exit 77
unit="$(mktemp -d)/nevus.service"
trap 'rm -r "$(dirname "$unit")"' EXIT
sed "s#^ExecStart=[^ ]*#ExecStart=$NEVUS_PROGRAM#" ../../deploy/nevus.service >"$unit"
said="$(systemd-analyze verify "$unit" 2>&1 | grep nevus || true)"
[[ -z "$said" ]] || { echo "$said" && exit 1; }
# Of 100; 20 is what systemd calls OK.
systemd-analyze security --offline=true --threshold=20 "$unit"
