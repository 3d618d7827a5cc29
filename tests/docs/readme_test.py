# Holds README.md to the program and the scripts: every command and option it shows exists, and so does every label.
import pathlib
import re
import shlex
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from help_texts import all_help  # noqa: E402

README = (ROOT / "README.md").read_text()


def shown_commands():
    """Every `coterie …` of the page, as words: from console blocks and from code in running text."""
    lines = re.findall(r"^\$ (coterie .*)$", README, re.M)
    inline = re.findall(r"`(coterie [^`]*)`", README)
    return [shlex.split(line)[1:] for line in lines + inline]


class Readme(unittest.TestCase):
    def test_shows_only_commands_and_options_that_there_are(self):
        helps = all_help()
        commands = shown_commands()
        self.assertGreater(len(commands), 10)
        for words in commands:
            command = "coterie"
            while words and f"{command} {words[0]}" in helps:
                command += " " + words.pop(0)
            self.assertNotIn("Subcommands:", helps[command], f"{command} {words}")
            for option in (word for word in words if word.startswith("--")):
                self.assertRegex(helps[command] + helps["coterie"], rf"(^|[\s,]){option}\b", f"{command} {words}")

    def test_names_every_label_of_the_tests(self):
        labels = set(re.findall(r"LABELS? (\w+)", (ROOT / "tests" / "CMakeLists.txt").read_text()
                                + (ROOT / "tests" / "fuzz" / "CMakeLists.txt").read_text() + (ROOT / "cmake" / "module.cmake").read_text())) - {"label"}
        self.assertEqual(labels - {"docs"}, labels & set(re.findall(r"^\| `(\w+)` \|", README, re.M)) - {"docs"})
        self.assertIn("pair", labels)

    def test_shows_scripts_that_can_be_run(self):
        scripts = set(re.findall(r"^\$ \./(\S+)", README, re.M))
        self.assertEqual(scripts, {"demo.sh", "test.sh"})
        for script in scripts:
            self.assertTrue((ROOT / script).stat().st_mode & 0o111, script)
        self.assertIn("test.sh", (ROOT / ".ci" / "run").read_text())


if __name__ == "__main__":
    unittest.main()
