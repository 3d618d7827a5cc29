# What a person sees of a running creation: a live table on a terminal, plain lines elsewhere, less with --quiet.
import re

from coterie import LOOPBACK_ROOM, NO_STUN, CoterieTest
from terminal import Terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class LiveTable(CoterieTest):
    def create(self, *options, environment=None, columns=100):
        alice, _ = self.homes
        arguments = ["multisig", "create", "treasury", "2", "alice", "bob", *LOOPBACK_ROOM, *NO_STUN, *options]
        return Terminal(self, alice.arguments(arguments), environment=environment, columns=columns)

    def finish(self, terminal):
        terminal.expect("keep this running")
        invite = re.search(r"coterie://[^\s\x1b]+", terminal.output.replace("\r\n", "\n")).group(0)
        self.succeeds(self.homes[1].join(invite).wait())
        return self.succeeds(terminal.wait()).stderr

    def setUp(self):
        super().setUp()
        self.homes = self.team("alice", "bob")

    def test_is_drawn_in_colour_on_a_terminal(self):
        shown = self.finish(self.create())
        self.assertRegex(shown, COLOUR)
        self.assertIn("bob", shown)
        self.assertRegex(shown, r"(?s)bob.*complete")

    def test_respects_no_color(self):
        shown = self.finish(self.create(environment=self.environment(TERM="xterm-256color", NO_COLOR="1")))
        self.assertNotRegex(shown, COLOUR)

    def test_respects_the_option_no_color(self):
        self.assertNotRegex(self.finish(self.create("--no-color")), COLOUR)

    def test_ended_by_ctrl_c_says_how_to_go_on(self):
        terminal = self.create()
        terminal.expect("keep this running")
        terminal.interrupt()
        self.fails(terminal.wait(), 6, "coterie multisig resume treasury")
        self.assertTrue(terminal.echoes())

    def test_fits_forty_columns(self):
        self.finish(self.create(columns=40))


class Quiet(CoterieTest):
    def test_prints_the_invite_and_the_result_only(self):
        alice, bob = self.team("alice", "bob")
        creator = alice.start("--quiet", "multisig", "create", "treasury", "2", "alice", "bob", *LOOPBACK_ROOM, *NO_STUN)
        invite = creator.wait_for_text(r"coterie://\S+", "stdout").group(0)
        recipient = self.succeeds(bob.run("--quiet", "multisig", "join", invite, "--yes", *NO_STUN))
        created = self.succeeds(creator.wait())
        self.assertEqual(created.stderr + recipient.stderr, "")
        for result in (created, recipient):
            self.assertNotIn("connecting", result.stdout)
