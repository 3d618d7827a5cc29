"""Holds docs/coverage.md to the script and the code: its modules, and the functions and tests that it names."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(pathlib.Path(__file__).resolve().parent)]

import coverage  # noqa: E402
import protocol_code  # noqa: E402
from threats_test import tests_in, tests_that_there_are  # noqa: E402

PAGE = (ROOT / "docs" / "coverage.md").read_text()


class Coverage(unittest.TestCase):
    def test_has_numbers_and_a_section_for_each_module(self):
        self.assertEqual(re.findall(r"^(\w+) +\d+ of \d+ ", PAGE, re.M), list(coverage.MODULES))
        self.assertEqual(re.findall(r"^### (\w+)$", PAGE, re.M), list(coverage.MODULES))

    def test_names_only_functions_and_tests_that_are_there(self):
        listed = PAGE.split("## What is not reached")[1]
        words = set(re.findall(r"\w+", "".join(path.read_text() for path in protocol_code.product_files())))
        tests = tests_in(listed)
        self.assertGreater(len(tests), 5)
        self.assertEqual([], sorted(set(tests) - tests_that_there_are()))
        named = {name.split("::")[-1] for name in re.findall(r"`([A-Za-z_]\w*(?:::~?\w+)*)`", listed)}
        self.assertGreater(len(named), 40)
        self.assertEqual([], sorted(name for name in named if name.removeprefix("~") not in words))

    def test_is_linked_from_the_readme(self):
        self.assertIn("docs/coverage.md", (ROOT / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
