#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# scikit_learn.sh FOLDER...: compares metrics.json of each folder with what scikit-learn makes of its predictions.csv.
# Exits 77 where scikit-learn cannot be had (no network). It lives in an environment of its own below build/.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
venv="$here/../../build/scikit-learn"
pinned=(scikit-learn==1.5.2 numpy==2.1.3 scipy==1.14.1 joblib==1.4.2 threadpoolctl==3.5.0)
mkdir -p "$here/../../build"
exec 9> "$venv.lock"
flock 9
if [[ ! -e "$venv/ready" ]]; then
  rm -rf "$venv"
  if ! { python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input --retries 1 \
           --timeout 20 --only-binary :all: --no-deps "${pinned[@]}"; } > "$venv.log" 2>&1; then
    echo "scikit-learn cannot be installed; $(tail -n 1 "$venv.log")"
    exit 77
  fi
  touch "$venv/ready"
fi
flock -u 9
exec "$venv/bin/python" "$here/scikit_learn.py" "$@"
