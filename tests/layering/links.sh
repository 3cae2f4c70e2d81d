#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# links.sh NEVUS [NEVUS-TRAIN]: NEVUS loads no LibTorch, directly or through another library. NEVUS-TRAIN does, which
# shows that this look would find it.
set -euo pipefail
libraries="$(ldd "$1")"
grep -q libopenvino <<<"$libraries" || { echo "$1 loads no OpenVINO: is this nevus?" && exit 1; }
if grep -E 'libtorch|libc10' <<<"$libraries"; then
  echo "$1 loads LibTorch" && exit 1
fi
(($# > 1)) || exit 0
# Not through a pipe: grep leaves at the first match, and ldd may then be killed while it still writes.
libraries="$(ldd "$2")"
if ! grep -q libtorch_cpu <<<"$libraries"; then
  echo "$2 loads no LibTorch, so this test could not have found it" && exit 1
fi
