"""Holds docs/threats.md to the code: every row is there, every test exists, every guard that was tried still stands."""
import importlib
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import mutations  # noqa: E402

sim_mutations = importlib.import_module("sim-mutations")

PAGE = (ROOT / "docs" / "threats.md").read_text()
ROWS = [f"{letter}{number}" for letter, last in (("W", 9), ("S", 10), ("C", 12), ("K", 7)) for number in range(1, last + 1)]


def table():
    """The cells of each row, by its name."""
    rows = {}
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if cells and re.fullmatch(r"[WSCK]\d+", cells[0]):
            if cells[0] in rows:
                raise AssertionError(f"{cells[0]} stands twice")
            rows[cells[0]] = cells
    return rows


def tests_in(cell):
    return re.findall(r"`([A-Za-z_]\w*\.[\w.]+)`", cell)


def tests_that_there_are():
    """As ctest names them, without the numbers behind those with parameters."""
    found = set()
    for path in [*(ROOT / "src").rglob("*_test.cpp"), *(ROOT / "tests").rglob("*.cpp")]:
        for suite, name in re.findall(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", path.read_text(), re.M):
            found.add(f"{suite}.{name}")
    build = (ROOT / "tests" / "CMakeLists.txt").read_text()
    found |= {f"{name}_1" for name in re.findall(r"add_test\(NAME (sim\.\w+)_\$\{first\} COMMAND sim", build)}
    targets = (ROOT / "tests" / "fuzz" / "CMakeLists.txt").read_text()
    found |= {f"fuzz.{name}" for name in re.findall(r"^coterie_fuzz_target\((\w+)", targets, re.M)}
    registered = set(re.findall(r"^ *coterie_script_test\((\S+)", build, re.M))
    for script in registered:
        path = ROOT / "tests" / script
        suite = ""
        for line in path.read_text().splitlines():
            if match := re.match(r"class (\w+)", line):
                suite = match.group(1)
            elif match := re.match(r"\s+def (test_\w+)", line):
                found.add(f"{path.stem}.{suite}.{match.group(1)}")
    return found


class Threats(unittest.TestCase):
    def test_have_every_row_with_a_test_or_what_it_waits_for(self):
        rows = table()
        self.assertEqual(sorted(rows), sorted(ROWS))
        for name, cells in rows.items():
            with self.subTest(name):
                self.assertEqual(len(cells), 5)
                self.assertTrue(all(cells[:4]))
                self.assertTrue(tests_in(cells[3]) or cells[3].startswith("**open**: "), cells[3])
                for open_part in re.findall(r"\*\*open\*\*(.*)", cells[3]):
                    self.assertRegex(open_part, r"waits? for (issue [4-7] \(|the operators' server)")

    def test_name_only_tests_that_there_are(self):
        there = tests_that_there_are()
        self.assertGreater(len(there), 500)
        named = [test for cells in table().values() for test in tests_in(cells[3])]
        self.assertGreater(len(named), 150)
        self.assertEqual([], sorted(set(named) - there))
        for name, cells in table().items():
            self.assertEqual(len(tests_in(cells[3])), len(set(tests_in(cells[3]))), f"{name} names a test twice")

    def test_name_only_files_that_there_are(self):
        for name, cells in table().items():
            folder = None
            for path in re.findall(r"`([\w./]+(?:\.cpp|\.h|\.cmake|/))`", cells[2]):
                with self.subTest(row=name, path=path):
                    # Without a folder it is in that of the file before.
                    full = ROOT / path if "/" in path else folder / path
                    self.assertTrue(full.exists(), full)
                    folder = full.parent

    def test_have_their_guards_in_the_sources_once_each(self):
        self.assertGreaterEqual(len(mutations.MUTATIONS), 15)
        for mutation in mutations.MUTATIONS:
            with self.subTest(rows=mutation.rows, file=mutation.file):
                self.assertEqual([], mutations.problems_of(mutation))
                self.assertNotEqual(mutation.guard, mutation.without)

    def test_have_the_guards_that_the_simulation_finds_in_the_sources_once_each(self):
        self.assertGreaterEqual(len(sim_mutations.GUARDS), 20)
        self.assertEqual(len(sim_mutations.GUARDS), len({guard.name for guard in sim_mutations.GUARDS}))
        for guard in sim_mutations.GUARDS:
            with self.subTest(guard=guard.name):
                self.assertEqual([], sim_mutations.problems_of(guard))
                self.assertNotEqual(guard.guard, guard.without)

    def test_count_the_guards_that_were_tried_and_name_their_tests(self):
        rows = table()
        there = tests_that_there_are()
        for name, cells in rows.items():
            tried = [mutation for mutation in mutations.MUTATIONS if name in mutation.rows.split()]
            with self.subTest(name):
                self.assertEqual(cells[4], str(len(tried)) if tried else "")
                needed = {test for mutation in tried for test in mutation.tests}
                self.assertEqual([], sorted(needed - there))
                self.assertEqual([], sorted(needed - set(tests_in(cells[3]))), "tried, but not named in the row")
        self.assertEqual(set(), {row for mutation in mutations.MUTATIONS for row in mutation.rows.split()} - set(rows))


if __name__ == "__main__":
    unittest.main()
