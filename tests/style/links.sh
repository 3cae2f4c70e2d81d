#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# links.sh [FOLDER]: every relative link of a Markdown page in the project leads to a file or folder.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"
checked=0
failed=no
while IFS=: read -r page link; do
  target="${link#*](}"
  target="${target%%[)#]*}"
  [[ -n "$target" && "$target" != *://* && "$target" != mailto:* ]] || continue
  ((++checked))
  [[ -e "$(dirname "$page")/$target" ]] || { echo "$page: $target is not there" && failed=yes; }
done < <(find . \( -name build -o -name runs -o -name .git -o -name node_modules \) -prune -o -name '*.md' \
  -exec grep -oH '\][(][^)]*)' {} +)
((checked > 0)) || { echo "no link was found to check" && exit 1; }
[[ "$failed" == no ]]
