#!/usr/bin/env bash
# Installs what is missing, builds, runs the tests. Exit 0 only when all passed.
#   ./test.sh          everything: unit and pair tests, the fuzz targets' corpora and some crash drills under AddressSanitizer
#                      and UBSan, then all tests of the release build
#   ./test.sh asan     all tests under AddressSanitizer and UBSan
#   ./test.sh tsan     all unit, pair and net tests under ThreadSanitizer
#   ./test.sh valgrind every process of a creation of three under Valgrind
#   ./test.sh crash    kill -9 at every point of a creation of three, then at pairs of points for five minutes (docs/crashes.md)
#   ./test.sh faults   the disk full at every write, and each limit, clock and interruption of tests/faults (docs/crashes.md)
#   ./test.sh drill    whoever may be evil in a creation, one deed after the other, and the table of what stopped it
#                      (docs/drill.md)
#   ./test.sh sim      100,000 seeds of the simulation (docs/simulation.md); COTERIE_SIM_SEEDS and COTERIE_SIM_FIRST are others
#   ./test.sh oracle   what we compute of Aztec against its own npm packages, which are installed first (700 MB)
#   ./test.sh coverage lines and branches of the modules that decide which unit, pair and net tests reach
#   ./test.sh tidy     clang-tidy over every C++ file
#   ./test.sh mutations takes one guard after the other out of a copy of the code, and sees its tests fail
#   ./test.sh nat      every pair of networks of the laboratory, bad lines, attacks on ports (docs/connectivity.md)
#   ./test.sh sim-mutations takes one guard after the other out, and counts the seeds until the simulation finds it
#   ./test.sh fuzz [SECONDS]  libFuzzer, so long (60 s) for each parser of what comes from outside (docs/fuzzing.md)
#   ./test.sh LABEL    the release build's tests of one label: unit, pair, net, cli, package, interop, docs
set -euo pipefail
cd "$(dirname "$0")"
what=${1:-all}

./scripts/install-dependencies.sh tests

build() { # build PRESET
  ./scripts/build.sh "$1" --preset "$1"
}
run() { # run PRESET [ctest options]
  local preset=$1
  shift
  # Twice the cores: processes that wait for each other, for a disk or for a time-out leave half of them idle.
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j "$((2 * $(nproc)))" "$@"
}
export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS=print_stacktrace=1
export TSAN_OPTIONS="suppressions=$PWD/cmake/tsan.supp:history_size=4"

case $what in
  all)
    COTERIE_BUILD_TARGETS="coterie unit_tests pair_tests fuzz_tests" build asan
    run asan -L '^(unit|pair|fuzz|crash)$'
    build release
    run release -LE '^(valgrind|oracle)$'
    ;;
  asan)
    build asan
    run asan -LE '^(valgrind|oracle)$'
    ;;
  tsan)
    build tsan
    run tsan -L '^(unit|pair|net)$'
    ;;
  crash)
    build asan
    export COTERIE_CRASH_STRIDE=${COTERIE_CRASH_STRIDE:-1} COTERIE_CRASH_PAIRS_SECONDS=${COTERIE_CRASH_PAIRS_SECONDS:-300}
    run asan -L '^crash$' --verbose
    ;;
  faults)
    build release
    export COTERIE_FAULTS_STRIDE=${COTERIE_FAULTS_STRIDE:-1}
    run release -L '^faults$' --verbose
    ;;
  drill)
    build release
    ./tests/drill/run.py build/release
    ;;
  sim)
    build release
    ./build/release/tests/sim --first "${COTERIE_SIM_FIRST:-1}" --seeds "${COTERIE_SIM_SEEDS:-100000}" --jobs "$(nproc)"
    ;;
  fuzz)
    ./scripts/install-dependencies.sh fuzz
    build fuzz
    ./scripts/fuzz.py --seconds "${2:-60}"
    ;;
  mutations)
    ./scripts/mutations.py
    ;;
  sim-mutations)
    ./scripts/sim-mutations.py
    ;;
  coverage)
    ./scripts/install-dependencies.sh coverage
    COTERIE_BUILD_TARGETS="unit_tests pair_tests net_tests rtc_peer constant_time" build coverage
    find build/coverage -name '*.gcda' -delete
    run coverage -L '^(unit|pair|net)$'
    ./scripts/coverage.py
    ;;
  tidy)
    ./scripts/install-dependencies.sh tidy
    ./scripts/check-tidy.sh
    ;;
  oracle)
    ./scripts/install-dependencies.sh oracle
    build release
    run release -L '^oracle$'
    ;;
  valgrind)
    build dev
    run dev -L '^valgrind$'
    ;;
  nat)
    build release
    COTERIE_NAT_CELLS=all run release -L '^nat$'
    ;;
  *)
    build release
    run release -L "^$what\$"
    ;;
esac
