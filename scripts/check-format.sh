#!/usr/bin/env bash
# Fails, naming the places, when a C++ file is not as clang-format 14 writes it. Mend: scripts/check-format.sh --fix
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <(find src tests include examples -name '*.h' -o -name '*.cpp' 2>/dev/null | sort)
[ ${#files[@]} -gt 0 ] || { echo "no source file was found" >&2; exit 1; }
if [ "${1:-}" = --fix ]; then
  clang-format -i "${files[@]}"
else
  clang-format --dry-run --Werror "${files[@]}"
fi
