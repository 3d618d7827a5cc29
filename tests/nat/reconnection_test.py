"""A link, a relay or the way to the meeting server is lost in the middle of a creation, when one recipient has signed and
the other has not joined yet: without anybody doing anything, all complete.

The plain run takes a third of the cells; with COTERIE_NAT_CELLS=all (`./test.sh nat`) all run.
"""
import unittest

import nat_cells
from coterie import CoterieTest
from nat_cells import CellsTest, chosen
from nat_lab import PUBLIC, SIGNALING, Lab, require_laboratory


class Reconnection(CellsTest):
    def test_after_each_interruption(self):
        self.run_cells(chosen(nat_cells.RECONNECTION))


class Alone(CoterieTest):
    """Nobody else is there yet, so that no link falls silent."""

    def setUp(self):
        require_laboratory()
        super().setUp()

    def test_creator_whose_address_changes_is_back_in_the_room_for_who_comes_next(self):
        alice, bob = self.team("alice", "bob")
        lab = Lab(self)
        nat_cells.start_signaling(self, lab)
        sites = [lab.site(PUBLIC), lab.site(PUBLIC)]
        for home, site in zip((alice, bob), sites):
            home.prefix = site.host.prefix
        creator = alice.create("treasury", "2", "alice", "bob", room=["--signaling", f"ws://{SIGNALING}:443"])
        invite = creator.invite
        creator.wait_for(event="peer", signer="bob", state="absent")
        sites[0].change_address()
        # A silence of the meeting server is noticed after 20 s at the earliest: he would not wait for that.
        self.succeeds(bob.join(invite, "--join-timeout", "15s").wait())
        self.succeeds(creator.wait())


if __name__ == "__main__":
    unittest.main()
