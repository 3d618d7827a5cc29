"""Creations of three across every pair of networks, and over bad lines.

The plain run takes a third of the cells; with COTERIE_NAT_CELLS=all (`./test.sh nat`) all run. tests/support/nat_cells.py
says what a cell is and what must come of it.
"""
import unittest

import nat_cells
from nat_cells import CellsTest, chosen
from nat_lab import (CARRIER_GRADE, FULL_CONE, IPV6_ONLY, PORT_RESTRICTED, PUBLIC, SYMMETRIC, TCP_443_ONLY,
                     UDP_BLOCKED)


class Networks(CellsTest):
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


class BadLines(CellsTest):
    def test_that_lose(self):
        self.run_cells(chosen(nat_cells.LOSS))

    def test_that_delay(self):
        self.run_cells(chosen(nat_cells.DELAY))

    def test_that_reorder(self):
        self.run_cells(chosen(nat_cells.REORDERING))


if __name__ == "__main__":
    unittest.main()
