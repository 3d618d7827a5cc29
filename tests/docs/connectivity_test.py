"""Holds the tables of docs/connectivity.md to what the cells of the laboratory expect: every pair, every line, as it must be."""
import pathlib
import re
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import nat_cells  # noqa: E402

PAGE = (ROOT / "docs" / "connectivity.md").read_text()


def table(name):
    """The rows of a table that bench/nat-matrix has written, headings and all."""
    block = re.search(rf"<!-- bench/nat-matrix: {name} -->\n((?:\|.*\n)+)<!-- end -->", PAGE)
    if not block:
        raise AssertionError(f"no table {name}: bench/nat-matrix --write makes it")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in block[1].splitlines()]
    return [rows[0], *rows[2:]]


class Connectivity(unittest.TestCase):
    def test_shows_every_pair_with_the_path_that_it_must_have(self):
        heading, *rows = table("without TURN")
        self.assertEqual(heading[1:], list(nat_cells.KINDS))
        self.assertEqual([row[0] for row in rows], list(nat_cells.KINDS))
        for creator, *cells in rows:
            for recipient, cell in zip(nat_cells.KINDS, cells):
                with self.subTest(creator=creator, recipient=recipient):
                    path = nat_cells.direct_path(creator, recipient)
                    self.assertRegex(cell, rf"^{path}, \d+\.\d s$" if path else "^no path$")

    def test_shows_every_pair_meeting_with_turn_by_a_relay_where_nothing_else_is(self):
        heading, *rows = table("with TURN")
        self.assertEqual(heading[1:], list(nat_cells.KINDS))
        self.assertEqual([row[0] for row in rows], list(nat_cells.KINDS))
        for creator, *cells in rows:
            for recipient, cell in zip(nat_cells.KINDS, cells):
                with self.subTest(creator=creator, recipient=recipient):
                    direct = nat_cells.direct_path(creator, recipient)
                    self.assertRegex(cell, rf"^({direct}|relay [^,]+), \d+\.\d s$" if direct else r"^relay [^,]+, \d+\.\d s$")

    def test_shows_every_line(self):
        _, *rows = table("lines")
        cells = [*nat_cells.LOSS, *nat_cells.DELAY, *nat_cells.REORDERING]
        self.assertEqual([row[1] for row in rows], [cell.line for cell in cells])
        for row in rows:
            self.assertRegex(row[2], r"^srflx, \d+\.\d s$")

    def test_shows_every_interruption(self):
        _, *rows = table("reconnection")
        self.assertEqual([row[1] for row in rows], [cell.line for cell in nat_cells.RECONNECTION])
        for row, cell in zip(rows, nat_cells.RECONNECTION):
            self.assertRegex(row[2], rf"^{cell.expected['bob']}[^,]*, \d+\.\d s$")

    def test_tells_of_every_kind_of_network(self):
        told = re.search(r"## Networks\n\n((?:\|.*\n)+)", PAGE)[1].splitlines()[2:]
        self.assertEqual([line.split("|")[1].strip() for line in told], list(nat_cells.KINDS))


if __name__ == "__main__":
    unittest.main()
