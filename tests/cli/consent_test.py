# What a recipient is asked on a terminal, and who cannot be accepted without the code another signer reads out.
import re
import shlex
import signal

from consent import CODE, CONSENT, Consent
from coterie import NO_STUN, PROGRAM, CoterieTest
from terminal import Terminal


class Prompt(Consent, CoterieTest):
    def test_shows_what_is_signed_and_yes_completes(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator, invite, code = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        shown = terminal.output
        for words in ("treasury", "alice", "bob", "contact", bob.query("contact", "show", "alice")["fingerprint"]):
            self.assertIn(words, shown)
        self.assertIn(code, re.sub(r"[^\d]", "", shown))
        terminal.send_line("yes")
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_shows_what_is_signed_wherever_other_words_go(self):
        homes = self.team("alice", "bob")
        creator, invite, code = self.start(homes[0])
        for redirected in (["--quiet"], [">words"], ["--quiet", ">words"], ["--json", ">words"], [">words", "2>errors"]):
            with self.subTest(redirected):
                command = " ".join(["exec", PROGRAM, *(shlex.quote(str(word)) for word in homes[1].arguments(
                    ["multisig", "join", invite, *NO_STUN])), *redirected])
                terminal = Terminal(self, ["-c", command], program="/bin/sh")
                terminal.expect(CONSENT)
                for words in ("threshold: 2 of 2", "alice \\(contact\\)", "bob \\(you\\)"):
                    self.assertRegex(terminal.output, words)
                self.assertIn(code, re.sub(r"[^\d]", "", terminal.output))
                terminal.interrupt()
                self.assertEqual(terminal.wait().code, 130)
        self.assertEqual(homes[1].multisigs(), [])
        creator.kill()

    def test_is_not_answered_by_what_was_typed_before_it_was_there(self):
        alice, bob = homes = self.team("alice", "bob")
        creator, invite, _ = self.start(alice)
        creator.kill()
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect("waiting for alice")
        terminal.send_line("no")
        terminal.expect(r"no\r\n")  # the terminal's echo: the line is in its buffer
        creator = alice.resume("treasury")
        terminal.expect(CONSENT)
        terminal.send_line("hm")
        terminal.expect("Please answer yes or no")
        terminal.expect(CONSENT)
        terminal.send_line("yes")
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_fits_a_narrow_terminal(self):
        homes = self.team("alice", "bob")
        creator, invite, _ = self.start(homes[0])
        terminal = self.join_on_terminal(homes[1], invite, columns=40)
        terminal.expect(CONSENT)
        terminal.send_line("yes")
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())

    def test_answered_no_declines_for_good_on_both_sides(self):
        alice, bob = self.team("alice", "bob")
        creator, invite, _ = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        terminal.send_line("no")
        self.fails(terminal.wait(), 3)
        created = self.fails(creator.wait(), 3, "bob")
        self.assertEqual(created.events[-1]["status"], "declined")
        self.assertEqual(created.events[-1]["error"]["kind"], "declined")
        for home in (alice, bob):
            self.assertEqual([item["status"] for item in home.multisigs()], ["declined"], home.name)
        # Final: the same invite with --yes does not make a signature of it.
        resumed = alice.resume(alice.multisigs()[0]["room"], "--join-timeout", "20s")
        again = bob.join(invite, "--join-timeout", "20s").wait()
        self.assertEqual(again.code, 3, f"\n{again}")
        self.assertEqual(resumed.wait().code, 3, f"\n{resumed}")
        self.assertEqual([item["status"] for item in bob.multisigs()], ["declined"])

    def test_answered_no_is_said_again_when_the_creator_did_not_hear_it(self):
        alice, bob = self.team("alice", "bob")
        creator, invite, _ = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        creator.send_signal(signal.SIGSTOP)
        terminal.send_line("no")
        terminal.expect("declined")
        terminal.kill()
        creator.kill()
        self.assertEqual([item["status"] for item in bob.multisigs()], ["declined"])
        self.assertEqual([item["status"] for item in alice.multisigs()], ["pending"])
        again = bob.join(invite)
        creator = alice.resume("treasury")
        self.fails(again.wait(), 3, "you declined it", "that is final")
        self.fails(creator.wait(), 3, "bob declined")

    def test_answered_no_stays_so_where_nobody_is_there_to_hear_it(self):
        alice, bob = self.team("alice", "bob")
        creator, invite, _ = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        terminal.send_line("no")
        self.fails(terminal.wait(), 3)
        self.fails(creator.wait(), 3)
        room = bob.multisigs()[0]["room"]
        for again in (lambda: bob.join(invite, "--connect-timeout", "1s"),
                      lambda: bob.resume(room, "--connect-timeout", "1s")):
            result = self.fails(again().wait(), 3, "you declined it",
                                r"telling alice once more, for at most 1 s \(--connect-timeout\)")
            self.assertEqual(result.events[-1]["status"], "declined")

    def test_declined_frees_the_name(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator, invite, _ = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        terminal.send_line("no")
        self.assertEqual(terminal.wait().code, 3)
        declined_room = creator.wait().events[-1]["multisig"]["room"]
        self.complete("treasury", 2, homes)
        for home in homes:
            statuses = {item["room"]: item["status"] for item in home.multisigs()}
            self.assertEqual(statuses.pop(declined_room), "declined")
            self.assertEqual(list(statuses.values()), ["complete"])
            self.assertEqual(home.show(declined_room)["status"], "declined")

    def test_left_by_ctrl_c_signs_and_stores_nothing(self):
        alice, bob = self.team("alice", "bob")
        creator, invite, _ = self.start(alice, "treasury", ("bob",), "--join-timeout", "60s")
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        terminal.interrupt()
        self.assertEqual(terminal.wait().code, 130, f"\n{terminal}")
        self.assertTrue(terminal.echoes())
        self.assertEqual(bob.multisigs(), [])
        # Nothing was said to the creator either: the same signer can still sign.
        self.succeeds(bob.join(invite).wait())
        self.succeeds(creator.wait())

    def test_asks_for_another_name_when_the_name_is_taken_here(self):
        alice, bob = self.team("alice", "bob")
        self.complete("treasury", 1, [bob])
        creator, invite, _ = self.start(alice)
        self.fails(bob.join(invite).wait(), 2, "--as", "treasury")
        self.assertEqual(len(bob.multisigs()), 1)
        self.succeeds(bob.join(invite, "--as", "shared").wait())
        self.succeeds(creator.wait())
        self.assertEqual(bob.show("shared")["account"], alice.show("treasury")["account"])
        self.assertEqual(bob.show("treasury")["account"]["kind"], "aztec-schnorr")
        self.assertEqual({item["name"] for item in bob.multisigs()}, {"treasury", "shared"})


class Strangers(Consent, CoterieTest):
    def acquaint(self):
        """alice knows bob, who does not know alice."""
        alice, bob = self.team("alice", "bob", contacts=False)
        self.introduce(alice, bob)
        return alice, bob

    def test_are_not_accepted_by_yes_alone(self):
        alice, bob = self.acquaint()
        creator, invite, code = self.start(alice)
        self.fails(bob.join(invite).wait(), 2, "--code")
        self.assertEqual(bob.multisigs(), [])
        self.succeeds(bob.join(invite, "--code", code).wait())
        self.succeeds(creator.wait())
        self.assertEqual(bob.query("contact", "list"), {"items": []}, "a stranger became a contact")

    def test_with_a_wrong_code_are_refused(self):
        alice, bob = self.acquaint()
        creator, invite, code = self.start(alice, "treasury", ("bob",))
        wrong = ("1" if code[0] != "1" else "2") + code[1:]
        self.fails(bob.join(invite, "--code", wrong).wait(), 5, "code")
        self.assertEqual([item for item in bob.multisigs() if item["status"] in ("pending", "complete")], [])
        self.assertNotEqual(alice.show(creator.wait_for(event="invite")["invite"].split("/")[3].split("#")[0])["status"],
                            "complete")

    def test_code_is_compared_also_when_all_are_contacts(self):
        alice, bob = self.team("alice", "bob")
        creator, invite, code = self.start(alice)
        wrong = ("1" if code[0] != "1" else "2") + code[1:]
        self.fails(bob.join(invite, "--code", wrong).wait(), 5, "code is not that of treasury", "nothing declined")
        self.assertEqual(bob.multisigs(), [])
        self.succeeds(bob.join(invite, "--code", code).wait())
        self.succeeds(creator.wait())

    def test_code_is_checked_for_its_form_before_any_packet(self):
        (bob,) = self.team("bob")
        key = "A" * 43
        for code in ("12345", "x" * 30, ""):
            result = bob.run("multisig", "join", f"coterie://127.0.0.1:1/{'A' * 22}#{key}.{key}", "--yes", "--code", code)
            self.fails(result, 2, "code")

    def test_code_may_be_typed_on_the_terminal_with_spaces(self):
        alice, bob = self.acquaint()
        creator, invite, code = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(r"alice \(new\)")
        terminal.expect(CONSENT)
        terminal.send_line("yes")
        terminal.expect(CODE)
        terminal.send_line("0" * 30)
        terminal.expect(CODE)
        terminal.send_line(" ".join(code[index:index + 5] for index in range(0, 30, 5)))
        self.succeeds(terminal.wait())
        self.succeeds(creator.wait())

    def test_code_is_not_shown_to_who_must_type_it(self):
        alice, bob = self.acquaint()
        _, invite, code = self.start(alice)
        terminal = self.join_on_terminal(bob, invite)
        terminal.expect(CONSENT)
        terminal.send_line("yes")
        terminal.expect(CODE)
        self.assertNotIn(code, re.sub(r"\D", "", terminal.output))
