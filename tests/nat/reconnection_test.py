"""A link, a relay or the way to the meeting server is lost in the middle of a creation, when one recipient has signed and
the other has not joined yet: without anybody doing anything, all complete.

The plain run takes a third of the cells; with COTERIE_NAT_CELLS=all (`./test.sh nat`) all run.
"""
import unittest

import nat_cells
from nat_cells import CellsTest, chosen


class Reconnection(CellsTest):
    def test_after_each_interruption(self):
        self.run_cells(chosen(nat_cells.RECONNECTION))


if __name__ == "__main__":
    unittest.main()
