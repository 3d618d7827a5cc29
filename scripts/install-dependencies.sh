#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing: those to build, and with "tests" those to test as well, and the npm
# packages of tests/interop; with "fuzz" clang with its libFuzzer; with "oracle" Node and the npm packages of tests/oracle
# (700 MB). Needs root or sudo only when a Debian package is missing; without either it prints the one apt line and exits 1.
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
if [ "${1:-}" = coverage ]; then packages+=(gcovr); fi
if [ "${1:-}" = fuzz ]; then packages+=(clang libclang-rt-14-dev llvm python3); fi
if [ "${1:-}" = tests ]; then
  packages+=(libgtest-dev libgmock-dev libbenchmark-dev valgrind strace binutils clang-format python3 openssl iproute2 util-linux libfaketime
             nftables conntrack coturn chromium)
fi
if [ "${1:-}" = tests ] || [ "${1:-}" = oracle ]; then
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
  # coturn brings a service. The tests run a server of their own: that one is started neither now nor with the system.
  policy=/usr/sbin/policy-rc.d
  if [[ " ${missing[*]} " = *" coturn "* ]] && [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin "$policy"
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  if [[ " ${missing[*]} " = *" coturn "* ]] && command -v systemctl >/dev/null; then
    "${as_root[@]}" systemctl --quiet disable coturn.service 2>/dev/null ||
      echo "coturn's service could not be disabled: it starts with the system" >&2
  fi
fi

npm_packages() { # npm_packages tests/FOLDER ci|install: what its package-lock.json pins, into build/FOLDER
  local into=build/${1#tests/}
  if [ "$into/node_modules/.package-lock.json" -nt "$1/package-lock.json" ]; then return; fi
  echo "Installing: npm packages of $1"
  mkdir -p "$into"
  cp "$1/package.json" "$1/package-lock.json" "$1/.npmrc" "$into"
  (cd "$into" && npm "$2" --silent --fetch-retries=1 --no-audit --no-fund --ignore-scripts >/dev/null)
}

# A folder for each profile of Aztec. Their locks name optional packages for this system only, which npm ci refuses.
case ${1:-} in
  tests) wanted=(tests/interop) how=ci ;;
  oracle) wanted=(tests/oracle/[0-9]*) how=install ;;
  *) exit 0 ;;
esac
# What the tests need from npm; binaries come inside the packages, so only Node's own package runs a script.
local_node=build/node/node_modules/node/bin/node
if ! node_is_recent node && ! node_is_recent "$local_node"; then
  echo "Installing: npm's node@20"
  npm install --silent --no-audit --no-fund --no-save --prefix build/node node@20 >/dev/null
fi
for folder in "${wanted[@]}"; do
  npm_packages "$folder" "$how" || echo "npm could not install them: the tests that need them are skipped" >&2
done
