#!/usr/bin/env bash
# Fails, with every finding, when clang-tidy 14 has something to say (.clang-tidy holds the checks).
#   scripts/check-tidy.sh                 every C++ file; takes many minutes
#   scripts/check-tidy.sh FILE…           these alone
#   scripts/check-tidy.sh --build DIR …   by the compile commands of DIR; otherwise build/tidy, configured when missing
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

build=$root/build/tidy
if [ "${1:-}" = --build ]; then
  build=${2:?--build needs a directory}
  shift 2
fi
if [ $# -gt 0 ]; then
  files=("$@")
else
  cd "$root"
  mapfile -t files < <(find src tests bench examples -name '*.cpp' | sort)
fi
[ ${#files[@]} -gt 0 ] || { echo "no source file was found" >&2; exit 1; }

if [ ! -f "$build/compile_commands.json" ]; then
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCOTERIE_TESTS=ON >/dev/null
fi

# The compile commands are GCC's, which has said what it warns of: Clang does not know all of its options, sees casts in
# OpenSSL's macros, and leaves out sized deallocation unless told.
check() {
  local file=$1 output
  if ! output=$(clang-tidy -p "$BUILD" --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-error \
    --extra-arg=-fsized-deallocation "$file" 2>&1); then
    printf '%s\n' "$output"
    return 1
  fi
}
export -f check
export BUILD=$build
if ! printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'check "$1"' check; then
  echo "clang-tidy has findings." >&2
  exit 1
fi
echo "clang-tidy has nothing to say to ${#files[@]} files."
