#!/usr/bin/env bash
# build.sh NAME [CMake options]: configures and builds build/NAME; prints the whole log only when something fails.
# COTERIE_BUILD_TARGETS: what to build, if not everything.
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1
shift
mkdir -p "build/$name"
log=build/$name/build.log
started=$SECONDS
echo "Building build/$name …"
if ! { cmake -S . -B "build/$name" -G Ninja "$@" && ninja -C "build/$name" ${COTERIE_BUILD_TARGETS:-}; } >"$log" 2>&1; then
  cat "$log" >&2
  exit 1
fi
echo "Built build/$name in $((SECONDS - started)) s."
