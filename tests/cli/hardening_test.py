# How the program is linked: what an exploit of a memory error would have to get round.
import os
import pathlib
import subprocess
import unittest

from coterie import PROGRAM, CoterieTest


class Program(CoterieTest):
    def readelf(self, *options):
        return subprocess.run(["readelf", "-W", *options, PROGRAM], check=True, capture_output=True, text=True,
                              env=self.environment()).stdout

    def test_is_position_independent_with_relocations_read_only_and_no_executable_stack(self):
        self.assertRegex(self.readelf("--file-header"), r"Type: +DYN \(Position-Independent Executable")
        segments = self.readelf("--segments")
        self.assertIn("GNU_RELRO", segments)
        self.assertRegex(segments, r"GNU_STACK +(0x[0-9a-f]+ +){5}RW ")
        self.assertRegex(self.readelf("--dynamic"), r"\(FLAGS\) +BIND_NOW")

    def test_checks_its_stack(self):
        self.assertIn("__stack_chk_fail", self.readelf("--dyn-syms"))

    def test_checks_lengths_where_the_compiler_knows_them(self):
        if os.environ.get("COTERIE_SANITIZE"):
            raise unittest.SkipTest("a sanitizer checks instead of FORTIFY")
        self.assertRegex(self.readelf("--dyn-syms"), r"__(memcpy|memset|strncpy|sprintf|snprintf|read|fdelt)\w*_chk")

    def test_marks_where_indirect_calls_may_land(self):
        # The property note of the whole program is the weakest of all its parts, Debian's start files among them.
        code = subprocess.run(["objdump", "--disassemble=main", "--no-show-raw-insn", PROGRAM], check=True, capture_output=True,
                              text=True, env=self.environment()).stdout
        self.assertRegex(code, r"<main>:\n +[0-9a-f]+:\s+endbr64")

    def test_has_no_failpoints_but_in_a_build_for_crash_drills(self):
        expected = os.environ.get("COTERIE_FAILPOINTS") == "ON"
        self.assertEqual(b"COTERIE_FAILPOINT" in pathlib.Path(PROGRAM).read_bytes(), expected)
