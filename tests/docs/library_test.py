"""Holds docs/library.md to the headers and the examples."""
import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIBRARY = (ROOT / "docs" / "library.md").read_text()
HEADERS = {path.name: path.read_text() for path in (ROOT / "include/coterie").glob("*.h")}


class Library(unittest.TestCase):
    def test_shows_examples_as_they_are_compiled(self):
        shown = re.findall(r"<!-- from: (\S+) -->\n```cpp\n(.*?)```\n", LIBRARY, re.S)
        self.assertEqual(len(shown), LIBRARY.count("```cpp"))
        for file, block in shown:
            self.assertIn(block, (ROOT / file).read_text(), file)

    def test_names_every_function_that_stands_for_itself(self):
        for header, text in HEADERS.items():
            for name in re.findall(r"^COTERIE_EXPORT [\w:<>\s&*]*?(\w+)\(", text, re.M):
                if name not in ("to_string", "kind_of", "serialize_fixed", "parse_fixed", "wrong_size"):
                    self.assertIn(name, LIBRARY, header)

    def test_names_every_function_of_a_vault(self):
        body = HEADERS["vault.h"].split("class COTERIE_EXPORT Vault {")[1].split(" private:")[0]
        for name in re.findall(r"^  (?:static )?Result<.*> (\w+)\(", body, re.M):
            if name not in ("exists", "contact"):
                self.assertRegex(LIBRARY, rf"`(Vault::)?{name}`", name)

    def test_names_every_kind_of_error(self):
        kinds = re.search(r"enum class ErrorKind \{(.*?)\};", HEADERS["result.h"], re.S).group(1)
        names = re.findall(r"^\s*(\w+),", kinds, re.M)
        self.assertTrue(names)
        self.assertEqual(sorted(re.findall(r"^\| `(\w+)` \| [^|]+\|$", LIBRARY.split("## Errors")[1], re.M)), sorted(names))

    def test_is_whole_in_the_header_of_all(self):
        included = set(re.findall(r'"coterie/(\w+\.h)"', HEADERS["coterie.h"]))
        self.assertEqual(included | {"coterie.h", "bytes.h", "export.h"}, set(HEADERS))


if __name__ == "__main__":
    unittest.main()
