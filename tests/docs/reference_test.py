# Holds docs/reference.md against the program: every --help text, and a row for each exit code.
# Run by hand with --fix (and COTERIE_PROGRAM set), it writes the present help texts into the page.
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from help_texts import all_help  # noqa: E402

PAGE = ROOT / "docs" / "reference.md"
BLOCK = re.compile(r"^```console\n\$ (coterie[^\n]*) --help\n(.*?)^```$", re.M | re.S)


def normal(text):
    """CLI11 ends some lines with blanks and the text with empty lines; the page does not."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines()) + "\n"


class Reference(unittest.TestCase):
    maxDiff = None

    def test_shows_the_help_of_every_command(self):
        shown = {command: normal(text) for command, text in BLOCK.findall(PAGE.read_text())}
        actual = {command: normal(text) for command, text in all_help().items()}
        self.assertEqual(sorted(shown), sorted(actual))
        for command, text in actual.items():
            with self.subTest(command):
                self.assertEqual(shown[command], text)

    def test_lists_every_exit_code(self):
        rows = re.findall(r"^\| (\d+) \|", PAGE.read_text(), re.M)
        self.assertEqual(rows, ["0", "1", "2", "3", "4", "5", "6", "129", "130", "143"])

    def test_names_every_kind_of_error(self):
        names = re.findall(r'return "(\w+)";', (ROOT / "src/base/result.cpp").read_text().split("unknown")[0])
        self.assertGreater(len(names), 5)
        for name in names:
            self.assertTrue(f"`{name}`" in PAGE.read_text(), name)

    def test_names_every_state_of_a_signer(self):
        words = (ROOT / "src/session/words.cpp").read_text()
        names = re.findall(r'case (?:PeerState|LinkPath|MultisigStatus)::\w+:\s*return "(\w+)";', words)
        self.assertGreater(len(names), 10)
        for name in set(names):
            self.assertTrue(f"`{name}`" in PAGE.read_text(), name)


def fix():
    page = PAGE.read_text()
    head = page.split("<!-- help -->")[0]
    blocks = [f"### {command}\n\n```console\n$ {command} --help\n{normal(text)}```\n" for command, text in all_help().items()]
    PAGE.write_text(head + "<!-- help -->\n\n" + "\n".join(blocks))


if __name__ == "__main__":
    fix() if sys.argv[1:] == ["--fix"] else unittest.main()
