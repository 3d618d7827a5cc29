"""Holds docs/troubleshooting.md to the codes: a section for each word of FindingCode, and no other."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text()


class Troubleshooting(unittest.TestCase):
    def test_has_a_section_for_each_code_and_no_other(self):
        words = re.findall(r'return "([a-z-]+)";', (ROOT / "src/base/finding_code.cpp").read_text())
        words.remove("unknown")
        self.assertEqual(re.findall(r"^### (.+)$", PAGE, re.M), words)

    def test_says_something_in_each(self):
        for section in re.split(r"^### .+$", PAGE, flags=re.M)[1:]:
            self.assertGreater(len(section.strip()), 60)

    def test_is_linked_from_the_readme(self):
        self.assertIn("docs/troubleshooting.md", (ROOT / "README.md").read_text())


if __name__ == "__main__":
    unittest.main()
