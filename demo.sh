#!/usr/bin/env bash
# Installs what is missing, builds (release), and runs a real creation on this machine: ./demo.sh [--signers 3] [--threshold 2] …
set -euo pipefail
cd "$(dirname "$0")"

./scripts/install-dependencies.sh
./scripts/build.sh demo -DCMAKE_BUILD_TYPE=Release
exec build/demo/coterie demo "$@"
