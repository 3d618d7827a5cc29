# A system that gives no random numbers: the program ends, whatever it was about to draw, and stores nothing made of none.
from coterie import CoterieTest, Home
from system_calls import require_strace, traced

SIGABRT = -6


class Randomness(CoterieTest):
    def setUp(self):
        require_strace()
        super().setUp()

    def failing_from(self, call, file):
        return [*traced(file, "getrandom,openat"), "-e", f"inject=getrandom:error=EIO:when={call}+"]

    def calls_of(self, file):
        return sum("getrandom(" in line for line in file.read_text().splitlines())

    def test_that_fails_at_any_call_ends_the_program_and_leaves_no_signer(self):
        whole = Home(self, "whole", traced(self.root / "calls", "getrandom"))
        self.succeeds(whole.run("signer", "create", "alice"))
        calls = self.calls_of(self.root / "calls")
        self.assertGreater(calls, 10)
        ended = 0
        for call in range(1, calls + 1):
            with self.subTest(call):
                file = self.root / f"calls-{call}"
                home = Home(self, f"from-{call}", self.failing_from(call, file))
                result = home.run("signer", "create", "alice")
                home.prefix = []
                if result.code == 0:
                    # Nothing was refused, for how many numbers are drawn is chance; or libsodium had not chosen yet: it
                    # takes the device instead, and has all that it needs from there.
                    trace = file.read_text()
                    self.assertTrue("INJECTED" not in trace or '"/dev/urandom"' in trace, trace)
                    continue
                ended += 1
                self.assertEqual(result.code, SIGABRT, f"\n{result}")
                self.assertRegex(result.stderr, r"coterie: error: the system gives no random numbers\n", f"\n{result}")
                if (home.directory / "vault.db").exists():
                    self.assertEqual(home.query("signer", "list")["items"], [])
        self.assertGreater(ended, 10)

    def test_that_fails_in_the_middle_of_a_creation_is_no_loss(self):
        alice, bob = self.team("alice", "bob")
        alice.prefix = traced(self.root / "calls", "getrandom")
        creator = alice.create("calm", "2", "alice", "bob")
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        alice.prefix = self.failing_from(self.calls_of(self.root / "calls") * 3 // 4, self.root / "failing")
        creator = alice.create("stormy", "2", "alice", "bob")
        recipient = bob.join(creator.invite)
        self.assertEqual(creator.wait().code, SIGABRT, str(creator))
        recipient.kill()
        alice.prefix = []
        again = alice.create("stormy", "2", "alice", "bob")
        self.succeeds(bob.join(again.invite).wait())
        self.succeeds(again.wait())
        self.assert_all_hold_the_same("stormy", [alice, bob])


if __name__ == "__main__":
    import unittest
    unittest.main()
