# That the drill can fail: what is planted is found, in every form and place.
import base64
import unittest

from coterie import Running
from drill import DrillTest, ServerTest
from secret_forms import holds
from terminal import Terminal

SECRET = b"canary-0123456789"


class Search(unittest.TestCase):
    def test_finds_a_canary_in_every_form_at_every_offset(self):
        for offset in range(6):
            content = b"x" * offset + SECRET + b"y" * offset
            for form in (content, content.hex().encode(), content.hex().upper().encode(), base64.b64encode(content),
                         base64.urlsafe_b64encode(content), base64.urlsafe_b64encode(content).rstrip(b"=")):
                self.assertTrue(holds(b"before " + form + b" behind", SECRET), form)
        self.assertFalse(holds(SECRET[:-1] + b" " + SECRET[1:], SECRET))


class Leaks(ServerTest):
    party = ""  # no deed

    def tearDown(self):
        """What was planted is a leak to the drill's own search; without it there is none."""
        with self.assertRaisesRegex(AssertionError, "a canary was seen"):
            self.search()
        self.evil.frames.pop()
        super().tearDown()

    def test_in_a_frame_are_found(self):
        creator = self.create()
        self.no_effect("treasury", self.homes, creator, self.homes[1].join(creator.invite))
        self.evil.frames.append(base64.b64encode(b"0" + self.secrets[0].encode() + b"0"))


class Roster(DrillTest):
    def tearDown(self):
        """A signer of the roster without the account is no control: the search must miss it."""
        with self.assertRaisesRegex(AssertionError, "does not find what is there"):
            self.search()
        self.expects_canary = False
        super().tearDown()

    def test_without_the_account_is_no_control(self):
        self.canary()
        self.expects_canary = True
        self.evil_files.append(self.write(self.root / "readable", "nothing"))


class Passphrases(DrillTest):
    """Those of homes that were copied, printed by a process that goes on until the end of the test ends it."""

    def setUp(self):
        super().setUp()
        self.passphrase = self.acquainted("alice", "bob")[0].passphrase
        self.prints = ["-c", f"echo {self.passphrase}; exec sleep 600"]

    def assert_found(self):
        with self.assertRaisesRegex(AssertionError, "printed a passphrase"):
            self._end_processes()
        self.assertIsNotNone(self.started[0].process.poll())
        self.started.clear()

    def test_in_the_output_of_what_is_killed_are_found(self):
        Running(self, self.prints, self.environment(), program="sh").wait_for_text(self.passphrase, "stdout")
        self.assert_found()

    def test_on_a_terminal_are_found(self):
        Terminal(self, self.prints, program="sh").expect(self.passphrase)
        self.assert_found()
