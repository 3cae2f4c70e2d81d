#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# in_venv.sh VENV REQUIREMENT... -- SCRIPT [ARGS...]: runs SCRIPT with these packages; skips (77) where they cannot be installed.
set -euo pipefail
venv="$1"
shift
requirements=()
while [[ "$1" != -- ]]; do
  requirements+=("$1")
  shift
done
shift
stamp="$venv/installed"
if [[ ! -f "$stamp" || "$(<"$stamp")" != "${requirements[*]}" ]]; then
  if ! { /usr/bin/python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check "${requirements[@]}"; }; then
    echo "SKIPPED: ${requirements[*]} cannot be installed here"
    exit 77
  fi
  printf '%s' "${requirements[*]}" >"$stamp"
fi
exec "$venv/bin/python3" "$@"
