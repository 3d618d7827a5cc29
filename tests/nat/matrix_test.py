"""Creations of three across every pair of networks, over bad lines, and through a NAT that rebinds.

The plain run takes a third of the cells; with COTERIE_NAT_CELLS=all (`./test.sh nat`) all run. tests/support/nat_cells.py
says what a cell is and what must come of it.
"""
import os
import unittest

import nat_cells
from coterie import CoterieTest
from nat_lab import (CARRIER_GRADE, FULL_CONE, IPV6_ONLY, PORT_RESTRICTED, PUBLIC, SYMMETRIC, TCP_443_ONLY, UDP_BLOCKED,
                     require_laboratory)

ALL = os.environ.get("COTERIE_NAT_CELLS") == "all"


class MatrixTest(CoterieTest):
    def setUp(self):
        require_laboratory()
        super().setUp()

    def run_cells(self, cells):
        homes = self.team(*nat_cells.NAMES)
        for number, cell in enumerate(cells):
            name = f"treasury {number}"
            with self.subTest(str(cell)):
                nat_cells.judge(self, cell, nat_cells.run_cell(self, cell, homes, name), homes, name)


def chosen(cells):
    return cells if ALL else nat_cells.third(cells)


class Networks(MatrixTest):
    """Each pair without TURN, and with."""

    def run_from(self, creator):
        self.run_cells([cell for turn in (False, True) for cell in chosen(nat_cells.matrix(turn)) if cell.creator == creator])

    def test_from_a_public_host(self):
        self.run_from(PUBLIC)

    def test_from_behind_a_full_cone_nat(self):
        self.run_from(FULL_CONE)

    def test_from_behind_a_port_restricted_nat(self):
        self.run_from(PORT_RESTRICTED)

    def test_from_behind_a_symmetric_nat(self):
        self.run_from(SYMMETRIC)

    def test_from_behind_a_carrier_grade_nat(self):
        self.run_from(CARRIER_GRADE)

    def test_from_where_udp_is_blocked(self):
        self.run_from(UDP_BLOCKED)

    def test_from_where_only_tcp_443_gets_out(self):
        self.run_from(TCP_443_ONLY)

    def test_from_an_ipv6_only_network(self):
        self.run_from(IPV6_ONLY)


class BadLines(MatrixTest):
    def test_that_lose(self):
        self.run_cells(chosen(nat_cells.LOSS))

    def test_that_delay(self):
        self.run_cells(chosen(nat_cells.DELAY))

    def test_that_reorder(self):
        self.run_cells(chosen(nat_cells.REORDERING))

    def test_whose_nat_rebinds_in_the_middle(self):
        self.run_cells(chosen(nat_cells.REBINDING))


if __name__ == "__main__":
    unittest.main()
