#!/usr/bin/env bash
# Installs the Debian 12 packages that are missing: those to build, and with "tests" those to test as well.
# Needs root or sudo only when something is missing; without either it prints the one apt line and exits 1.
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache pkg-config
  libnice-dev libssl-dev libusrsctp-dev libboost1.81-dev libboost-json1.81-dev libsodium-dev libsqlite3-dev libcli11-dev libspdlog-dev
  libqrencode-dev
)
if [ "${1:-}" = tests ]; then
  packages+=(libgtest-dev libgmock-dev clang-format python3 openssl iproute2)
fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

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
