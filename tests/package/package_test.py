# The installed package, as its users meet it: headers, find_package, pkg-config, and the examples built against it.
import os
import pathlib
import re
import subprocess

from coterie import DEADLINE, CoterieTest, Running, address_of, interrupt

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["COTERIE_BUILD"])
PREFIX = BUILD / "package" / "prefix"
EXAMPLES = BUILD / "package" / "examples"
COMPILER = os.environ["COTERIE_CXX"]
SANITIZE = [f"-fsanitize={os.environ['COTERIE_SANITIZE']}"] if os.environ.get("COTERIE_SANITIZE") else []


def run(*command, **more):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True, timeout=300, **more)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\nexit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


class Package(CoterieTest):
    """ctest runs the first two before the others (fixtures, tests/CMakeLists.txt)."""

    def test_is_installed_with_program_library_and_headers(self):
        run("cmake", "--install", BUILD, "--prefix", PREFIX)
        self.assertRegex(run(PREFIX / "bin/coterie", "--version"), r"^coterie \d+\.\d+\.\d+")
        installed = {path.name for path in (PREFIX / "include/coterie").iterdir()}
        self.assertEqual(installed, {path.name for path in (ROOT / "include/coterie").iterdir()})

    def test_builds_the_examples_by_find_package(self):
        run("cmake", "-S", ROOT / "examples", "-B", EXAMPLES, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={PREFIX}",
            f"-DCMAKE_CXX_COMPILER={COMPILER}", f"-DCMAKE_CXX_FLAGS=-Wall -Wextra -Werror {' '.join(SANITIZE)}")
        run("cmake", "--build", EXAMPLES)

    def test_has_headers_that_stand_alone_and_need_only_the_standard_library(self):
        for header in sorted((PREFIX / "include/coterie").glob("*.h")):
            source = self.write(self.root / "alone.cpp", f"#include <coterie/{header.name}>\n")
            run(COMPILER, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                f"-I{PREFIX}/include", source)
            for bracket, included in re.findall(r'#include ([<"])([^>"]+)', header.read_text()):
                if bracket == '"':
                    self.assertRegex(included, r"^coterie/\w+\.h$", header.name)
                else:
                    self.assertRegex(included, r"^[a-z_]+$", header.name)

    def test_shows_no_name_but_its_own(self):
        library = next((PREFIX / "lib").rglob("libcoterie.so"))
        names = run("nm", "--dynamic", "--defined-only", "--format=posix", library).split("\n")
        shown = [name.split()[0] for name in names if name]
        self.assertTrue(any("create_multisig" in name for name in shown))
        foreign = [name for name in shown if not re.match(r"_Z(TI|TS|TV)?NK?7coterie", name)]
        self.assertEqual(foreign, [])
        inside = [name for name in shown if re.match(r"_ZNK?7coterie\d+(ceremony|session|vault|signaling|rtc|crypto)E?", name)]
        self.assertEqual(inside, [])

    def test_builds_by_pkg_config(self):
        configuration = next((PREFIX / "lib").rglob("coterie.pc")).parent
        flags = run("pkg-config", "--cflags", "--libs", "coterie",
                    env={**os.environ, "PKG_CONFIG_PATH": str(configuration)}).split()
        program = self.root / "three_signers"
        run(COMPILER, "-Wall", "-Wextra", *SANITIZE, ROOT / "examples/three_signers.cpp", "-o", program, *flags, "-pthread",
            f"-Wl,-rpath,{configuration.parent}")
        self.assert_three_hold_one_account(run(program, self.root))

    def test_lets_three_signers_in_one_process_share_an_account(self):
        self.assert_three_hold_one_account(run(EXAMPLES / "three_signers", self.root))

    def test_writes_nothing_unasked(self):
        done = subprocess.run([EXAMPLES / "three_signers", self.root], capture_output=True, text=True, timeout=DEADLINE)
        self.assertEqual((done.returncode, done.stderr, len(done.stdout.splitlines())), (0, "", 3))

    def assert_three_hold_one_account(self, output):
        lines = [line.split() for line in output.splitlines()]
        self.assertEqual([line[0] for line in lines], ["alice", "bob", "carol"])
        self.assertRegex(lines[0][1], "^0x[0-9a-f]{64}$")
        self.assertEqual(len({line[1] for line in lines}), 1)
        self.assertEqual([line[2] for line in lines], ["3"] * 3)

    def start_creator(self, alice, *terms):
        return Running(self, [alice.directory, alice.passphrase_file, *terms], self.environment(),
                       program=EXAMPLES / "embedded_creator")

    def test_lets_a_wallet_create_with_signers_who_use_the_program(self):
        alice, bob, carol = self.team("alice", "bob", "carol")
        wallet = self.start_creator(alice, "treasury", 2, "alice", "bob", "carol")
        invite = wallet.wait_for_text(r"invite (\S+)", "stdout").group(1)
        joins = [home.join(invite) for home in (bob, carol)]
        for join in joins:
            self.succeeds(join.wait())
        ended = self.succeeds(wallet.wait())
        self.assertIn("peer bob connected\n", ended.stdout)
        self.assertIn("peer carol complete\n", ended.stdout)
        self.assertIn("recorded treasury complete\n", ended.stdout)
        self.assertEqual(re.search(r"address (\S+)", ended.stdout).group(1), address_of(bob.show("treasury")))
        self.assertEqual(alice.show("treasury")["status"], "complete")

    def test_lets_a_wallet_stop_and_go_on(self):
        alice, bob = self.team("alice", "bob")
        wallet = self.start_creator(alice, "treasury", 2, "alice", "bob")
        invite = wallet.wait_for_text(r"invite (\S+)", "stdout").group(1)
        interrupt(wallet)
        ended = wallet.wait()
        self.assertEqual(ended.code, 6, ended)
        self.assertIn("recorded treasury pending\n", ended.stdout)
        again = self.start_creator(alice, "treasury", 2, "alice", "bob")
        self.assertEqual(again.wait_for_text(r"invite (\S+)", "stdout").group(1), invite)
        join = bob.join(invite)
        self.succeeds(join.wait())
        self.succeeds(again.wait())

