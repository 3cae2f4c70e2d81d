#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# style.sh CLANG-FORMAT: every source file is formatted and begins with its licence; exits 77 (skipped) without
# clang-format.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mapfile -t sources < <(find src apps tests fuzz bench -name '*.h' -o -name '*.cpp' -o -name '*.inc')
mapfile -t pages < <(find web/src web/tests web/*.ts \( -name '*.ts' -o -name '*.tsx' -o -name '*.css' -o -name '*.mjs' -o -name '*.svg' \))
mapfile -t scripts < <(find run test train tools .ci tests bench fuzz cmake CMakeLists.txt apps -type f \
  ! -name '*.md' \( -name '*.sh' -o -name '*.py' -o -name '*.cmake' -o -name CMakeLists.txt -o -perm -u+x \))
failed=no
for file in "${sources[@]}" "${scripts[@]}" "${pages[@]}"; do
  head -n 3 "$file" | grep -q 'SPDX-License-Identifier: MIT' || { echo "$file: no SPDX line at its head" && failed=yes; }
done
mapfile -t formatted < <(printf '%s\n' "${sources[@]}" | grep -v '\.inc$')
[[ -x "$1" ]] || { echo "no clang-format-14 here: formatting is not checked" && exit 77; }
"$1" --dry-run -Werror "${formatted[@]}" || failed=yes
[[ "$failed" == no ]]
