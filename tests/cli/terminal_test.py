# What a person sees of a running creation: a live table on a terminal, plain lines elsewhere, less with --quiet.
import fcntl
import re
import struct
import termios

from coterie import LOOPBACK_ROOM, NO_STUN, CoterieTest, in_parallel
from screen import Screen
from terminal import Terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAME = re.compile(r"\x1b\[\d+A\r")  # how each begins but the first


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
        self.fails(terminal.wait(), 6, "nothing is lost", "coterie multisig resume treasury")
        self.assertTrue(terminal.echoes())

    def test_fits_forty_columns(self):
        self.finish(self.create(columns=40))


class Columns(CoterieTest):
    """The screen that all the bytes leave, for names of any width."""

    NAMES = ("alice", "bob", "山田太郎", "Zoe\u0308")

    def setUp(self):
        super().setUp()
        self.homes = self.team(*self.NAMES)

    def run_on_a_screen(self, columns):
        creator = Terminal(self, self.homes[0].arguments(
            ["multisig", "create", "treasury", "2", *self.NAMES, *LOOPBACK_ROOM, *NO_STUN,
             "--invite-file", self.root / "invite"]), columns=columns)
        creator.expect("keep this running")
        for result in in_parallel(lambda home: home.join(self.root / "invite").wait(), self.homes[1:]):
            self.succeeds(result)
        self.succeeds(creator.wait())
        screen = Screen(columns)
        screen.feed(creator.output)
        return screen

    def table_on(self, screen, ending):
        """The rows of the table that was left when the run ended, as cells."""
        start = next(i for i, row in enumerate(screen.rows) if row.endswith("complete."))
        return [cells for cells in screen.cells[start + 1:screen.rows.index(ending)] if "".join(cells).strip()]

    def assert_shows_every_signer_once(self, screen):
        table = self.table_on(screen, "treasury: complete")
        rows = ["".join(cells) for cells in table]
        self.assertEqual([row.split()[0] for row in rows], list(self.NAMES[1:]))
        for cells in table:
            self.assertEqual("".join(cells[12:20]), "complete", "\n".join(rows))

    def assert_breaks_no_word_before_the_result(self, screen):
        for row, goes_on in list(zip(screen.rows, screen.goes_on))[:screen.rows.index("treasury: complete")]:
            self.assertTrue(not goes_on or " " not in row, row)

    def test_of_the_table_stand_under_each_other_in_80_columns(self):
        screen = self.run_on_a_screen(80)
        self.assert_shows_every_signer_once(screen)
        self.assert_breaks_no_word_before_the_result(screen)
        self.assertTrue(any("█" in row for row in screen.rows), "\n".join(screen.rows))

    def test_of_the_table_stand_under_each_other_in_40_columns(self):
        screen = self.run_on_a_screen(40)
        self.assert_shows_every_signer_once(screen)
        self.assert_breaks_no_word_before_the_result(screen)

    def test_that_become_fewer_and_more_while_it_waits_leave_no_line_behind_and_take_none_away(self):
        creator = Terminal(self, self.homes[0].arguments(
            ["multisig", "create", "treasury", "2", *self.NAMES, *LOOPBACK_ROOM, *NO_STUN]), columns=80)
        screen = Screen(80)
        shown = 0
        for columns, last_line in ((24, r"waiting for bob, [^\n]* and [^\n]*\n"), (80, r"waiting for[^\n]*…[^\n]*\n"),
                                   (80, r"waiting for bob, [^\n]* and [^\n]*\n")):
            creator.expect(last_line)
            with creator.changed:
                fcntl.ioctl(creator.master, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
                # The newest frame may have come in part: then it begins anew from where the one before it ended.
                newest = max((match.start() for match in FRAME.finditer(creator.output)), default=0)
                whole = len(creator.output) if re.search(last_line, creator.output[newest:]) else newest
                screen.feed(creator.output[shown:whole])
                shown = whole
            screen.resize(columns)
        creator.interrupt()
        self.fails(creator.wait(), 6, "go on with")
        screen.feed(creator.output[shown:])
        table = ["".join(cells) for cells in self.table_on(screen, "treasury: pending")]
        self.assertEqual([row.split()[1] for row in table], ["absent"] * 3, "\n".join(screen.rows))

    def test_and_rows_that_are_too_few_for_all_signers_keep_the_table_on_the_screen(self):
        creator = Terminal(self, self.homes[0].arguments(
            ["multisig", "create", "treasury", "2", *self.NAMES, *LOOPBACK_ROOM, *NO_STUN]), columns=80, rows=4)
        for _ in range(3):
            creator.expect(r"and 2 more, 0 of them complete[\s\S]*?waiting for")
        screen = Screen(80, 4)
        with creator.changed:
            screen.feed(creator.output[:creator.output.rindex("\x1b[J")])
        self.assertEqual(len([row for row in screen.rows if row.startswith("  bob ")]), 1, "\n".join(screen.rows))
        creator.interrupt()
        self.assertEqual(creator.wait().code, 6)


class Plain(CoterieTest):
    def test_lines_without_any_escape_sequence_on_a_dumb_terminal_and_in_a_pipe(self):
        alice, bob = self.team("alice", "bob")
        dumb = Terminal(self, alice.arguments(
            ["multisig", "create", "dumb", "2", "alice", "bob", *LOOPBACK_ROOM, *NO_STUN]),
            environment=self.environment(TERM="dumb"), columns=80)
        dumb.expect("keep this running")
        self.succeeds(bob.join(re.search(r"coterie://\S+", dumb.output.replace("\r\n", "")).group(0)
                               .split("Verification")[0]).wait())
        shown = self.succeeds(dumb.wait()).stderr
        pipe = alice.start("multisig", "create", "pipe", "2", "alice", "bob", *LOOPBACK_ROOM, *NO_STUN)
        invite = pipe.wait_for_text(r"coterie://\S+", "stdout").group(0)
        self.succeeds(bob.join(invite).wait())
        written = self.succeeds(pipe.wait()).stdout
        for text in (shown, written):
            self.assertNotIn("\x1b", text)
            self.assertNotIn("█", text)
            self.assertRegex(text, r"0:\d\d  bob complete")


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
