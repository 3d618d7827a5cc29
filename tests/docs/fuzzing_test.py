"""Holds the fuzz targets together: source, build, seeds, corpus and the row in docs/fuzzing.md."""
import hashlib
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FUZZ = ROOT / "tests" / "fuzz"
sys.path[:0] = [str(ROOT / "scripts"), str(FUZZ)]

import fuzz  # noqa: E402
import seeds  # noqa: E402

MOST_BYTES = 6_000_000


class Targets(unittest.TestCase):
    def test_are_built_seeded_kept_and_described_each(self):
        targets = fuzz.targets()
        self.assertGreater(len(targets), 20)
        build = (FUZZ / "CMakeLists.txt").read_text()
        described = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "fuzzing.md").read_text().split("\n## Running")[0], re.M)
        self.assertEqual(targets, sorted(re.findall(r"^coterie_fuzz_target\((\w+)", build, re.M)))
        self.assertEqual(targets, sorted(seeds.SEEDS))
        self.assertEqual(targets, sorted(path.name for path in (FUZZ / "corpus").iterdir()))
        self.assertEqual(targets, sorted(described))

    def test_have_sources_of_their_own(self):
        self.assertEqual(set(), (set(fuzz.OWN_SOURCES) | set(fuzz.LONGEST)) - set(fuzz.targets()))
        for target in fuzz.targets():
            with self.subTest(target):
                self.assertTrue(fuzz.own_sources(target))
                self.assertEqual([], [path for path in fuzz.own_sources(target) if not (ROOT / path).is_file()])


class Corpora(unittest.TestCase):
    def test_are_small_and_named_by_their_content(self):
        files = [path for path in (FUZZ / "corpus").rglob("*") if path.is_file()]
        self.assertLess(sum(path.stat().st_size for path in files), MOST_BYTES)
        self.assertEqual([], [path for path in files if path.name != hashlib.sha1(path.read_bytes()).hexdigest()])

    def test_of_regressions_are_of_targets(self):
        regressions = FUZZ / "regressions"
        folders = {path.name for path in regressions.iterdir()} if regressions.exists() else set()
        self.assertEqual(set(), folders - set(fuzz.targets()))


if __name__ == "__main__":
    unittest.main()
