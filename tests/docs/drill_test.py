"""Holds the table of docs/drill.md to the deeds that there are: every one, by whom it is and what it tries."""
import importlib.util
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

PAGE = (ROOT / "docs" / "drill.md").read_text()
BUILD = (ROOT / "tests" / "CMakeLists.txt").read_text()


def deeds():
    """(party, what is tried) of every test of the label that has a party."""
    files = re.findall(r"^coterie_script_test\((\S+) (?:\$\{drill\}|LABEL nat drill )", BUILD, re.M)
    for name in files:
        path = ROOT / "tests" / name
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for suite in unittest.defaultTestLoader.loadTestsFromModule(module):
            for test in suite:
                if getattr(test, "party", ""):
                    yield test.party, test.shortDescription()


def table():
    block = re.search(r"<!-- tests/drill/run.py -->\n((?:\|.*\n)+)<!-- end -->", PAGE)
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in block[1].splitlines()]
    return rows[2:]


class Drill(unittest.TestCase):
    def test_table_has_every_deed_and_no_other(self):
        there = list(deeds())
        self.assertGreater(len(there), 100)
        self.assertNotIn(None, [tried for _, tried in there], "a deed without words")
        self.assertEqual(len(there), len(set(there)), "two deeds in the same words")
        self.assertEqual(sorted(there), sorted((row[0], row[1]) for row in table()), "tests/drill/run.py --write")

    def test_table_says_what_stopped_each_and_that_no_canary_was_seen(self):
        for party, tried, stopped, canary in table():
            with self.subTest(party=party, tried=tried):
                self.assertRegex(stopped, r"no effect: complete|refused|exit \d|no page")
                self.assertIn(canary, ("no", "its own copy"))
                if canary == "its own copy":
                    self.assertIn(party, ("creator", "recipient"))


if __name__ == "__main__":
    unittest.main()
