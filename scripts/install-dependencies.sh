#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing: those to build, and with "tests" those to test as well, and the npm
# packages of tests/interop. Needs root or sudo only when a Debian package is missing; without either it prints the one
# apt line and exits 1.
set -euo pipefail
cd "$(dirname "$0")/.."

node_is_recent() { # node_is_recent PROGRAM: version 20 or later
  local version
  version=$("$1" --version 2>/dev/null) && version=${version#v} && [ "${version%%.*}" -ge 20 ]
}

packages=(
  g++ cmake ninja-build ccache pkg-config
  libnice-dev libssl-dev libusrsctp-dev libboost1.81-dev libboost-json1.81-dev libsodium-dev libsqlite3-dev libcli11-dev libspdlog-dev
  libqrencode-dev
)
if [ "${1:-}" = tidy ]; then packages+=(clang-tidy); fi
if [ "${1:-}" = tests ]; then
  packages+=(libgtest-dev libgmock-dev libbenchmark-dev valgrind clang-format python3 openssl iproute2 chromium)
  # Debian's Node is too old for the other stacks, but its npm brings one that is not.
  node_is_recent node && command -v npm >/dev/null || packages+=(nodejs npm)
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" = 0 ]; then
    as_root=()
  elif command -v sudo >/dev/null && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    as_root=(sudo)
  else
    echo "Missing packages, and neither root nor sudo to install them. Run this as root, then try again:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing: ${missing[*]}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
[ "${1:-}" = tests ] || exit 0

# What tests/interop needs from npm; its binaries come inside the packages, so only Node's own package runs a script.
local_node=build/node/node_modules/node/bin/node
if ! node_is_recent node && ! node_is_recent "$local_node"; then
  echo "Installing: npm's node@20"
  npm install --silent --no-audit --no-fund --no-save --prefix build/node node@20 >/dev/null
fi
if ! [ build/interop/node_modules/.package-lock.json -nt tests/interop/package-lock.json ]; then
  echo "Installing: npm packages of tests/interop"
  mkdir -p build/interop
  cp tests/interop/package.json tests/interop/package-lock.json tests/interop/.npmrc build/interop
  (cd build/interop && npm ci --silent --no-audit --no-fund --ignore-scripts >/dev/null)
fi
