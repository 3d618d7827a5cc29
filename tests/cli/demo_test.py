# `coterie demo`: real signer processes on this machine, one multisig, verified, then cleaned up.
import os
import pathlib
import signal
import socket
import subprocess
import unittest

import coterie
from coterie import CoterieTest, Home, interrupt, terminate


class DemoTest(CoterieTest):
    def demo(self, *arguments):
        return self.start_program("--json", "demo", *arguments)

    def assert_clean(self, running):
        self.assert_left_nothing_running(running)
        self.assertEqual(list(self.temporary.iterdir()), [], "temporary files were left")


class Demo(DemoTest):
    def test_of_three_signers_ends_complete_and_cleaned_up(self):
        running = self.demo()
        result = self.succeeds(running.wait())
        last = result.events[-1]
        self.assertEqual((last["event"], last["status"]), ("result", "complete"))
        self.assertEqual([signer["name"] for signer in last["multisig"]["signers"]], ["alice", "bob", "carol"])
        self.assertEqual([signer["state"] for signer in last["multisig"]["signers"]], ["complete"] * 3)
        self.assertEqual(last["multisig"]["threshold"], 2)
        self.assertNotIn("homes", last)
        self.assertNotIn("passphrase_file", last)
        self.assertEqual([event["t"] for event in result.events], sorted(event["t"] for event in result.events))
        self.assert_clean(running)

    def test_of_eight_signers_with_threshold_five_ends_complete(self):
        running = self.demo("--signers", "8", "--threshold", "5")
        last = self.succeeds(running.wait()).events[-1]
        self.assertEqual(len(last["multisig"]["signers"]), 8)
        self.assertEqual(last["multisig"]["threshold"], 5)
        self.assert_clean(running)

    def test_of_one_signer_ends_complete(self):
        running = self.demo("--signers", "1", "--threshold", "1")
        self.assertEqual(self.succeeds(running.wait()).events[-1]["status"], "complete")
        self.assert_clean(running)

    def test_in_words_shows_one_address_and_no_escape_codes(self):
        running = self.start_program("demo")
        result = self.succeeds(running.wait())
        self.assertNotIn("\x1b", result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"0x[0-9a-f]{64}")
        for name in ("alice", "bob", "carol"):
            self.assertIn(name, result.stdout)
        self.assert_clean(running)

    def test_kept_leaves_homes_that_the_commands_open(self):
        kept = self.root / "kept"
        running = self.demo("--keep", kept)
        last = self.succeeds(running.wait()).events[-1]
        self.assertEqual(list(last["homes"]), ["alice", "bob", "carol"])
        self.assertEqual(oct(kept.stat().st_mode & 0o777), oct(0o700))
        self.assertEqual(oct(pathlib.Path(last["passphrase_file"]).stat().st_mode & 0o777), oct(0o600))
        (name,) = {last["multisig"]["name"]}
        for signer, directory in last["homes"].items():
            self.assertTrue(pathlib.Path(directory).is_relative_to(kept), directory)
            result = self.run_program("--home", directory, "--passphrase-file", last["passphrase_file"], "--json", "multisig",
                                      "show", name)
            shown = self.succeeds(result).json
            self.assertEqual(shown["account"], last["multisig"]["account"], signer)
        self.assert_left_nothing_running(running)
        self.assertEqual(list(self.temporary.iterdir()), [])

        again = self.run_program("--json", "demo", "--keep", kept)
        self.fails(again, 2, "kept", "empty")
        self.assertTrue(pathlib.Path(last["homes"]["alice"]).exists())

    def test_with_terms_that_cannot_be_is_refused(self):
        for arguments in (["--signers", "0"], ["--signers", "9"], ["--threshold", "4"], ["--threshold", "0"],
                          ["--signers", "two"]):
            with self.subTest(arguments):
                self.fails(self.run_program("demo", *arguments), 2)
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_with_port_8081_taken_ends_complete(self):
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", 8081))
                taken.listen()
            except OSError:
                pass  # somebody else has it: as good
            self.succeeds(self.demo().wait())

    def test_works_from_any_directory_and_ignores_the_caller_s_settings(self):
        environment = self.environment(COTERIE_HOME="/nonexistent", COTERIE_SIGNER="zoe",
                                       COTERIE_PASSPHRASE_FILE="/nonexistent")
        self.succeeds(self.run_program("--json", "demo", "--signers", "2", environment=environment))

    def test_without_any_network_ends_complete(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
            raise unittest.SkipTest("needs root to make a network namespace")
        script = 'ip link set lo up && exec "$0" --json demo'
        alone = subprocess.run(["unshare", "--net", "sh", "-c", script, coterie.PROGRAM], env=self.environment(),
                               capture_output=True, text=True, timeout=coterie.DEADLINE)
        self.assertEqual(alone.returncode, 0, alone.stdout + alone.stderr)
        self.assertIn('"status":"complete"', alone.stdout.splitlines()[-1])


class Interrupted(DemoTest):
    def test_by_a_signal_ends_its_processes_and_removes_its_files(self):
        for send, code in ((interrupt, 130), (terminate, 143)):
            running = self.demo("--signers", "8")
            running.wait_for_text(".", "stdout")
            send(running)
            self.assertEqual(running.wait().code, code, f"\n{running}")
            self.assert_clean(running)

    def test_by_a_second_signal_still_cleans_up(self):
        running = self.demo("--signers", "8")
        running.wait_for_text(".", "stdout")
        interrupt(running)
        try:
            running.send_signal(signal.SIGINT)
        except ProcessLookupError:
            pass
        self.assertEqual(running.wait().code, 130, f"\n{running}")
        self.assert_clean(running)

    def test_by_the_death_of_a_signer_ends_with_an_error_and_cleans_up(self):
        running = self.demo("--signers", "8")
        running.wait_for(event="invite")
        victim = self.child_of(running, "join")
        if victim is None:
            self.skipTest("every signer was done before one could be killed")
        os.kill(victim, signal.SIGKILL)
        result = running.wait()
        if result.code != 0:  # 0: that signer had finished already
            self.fails(result, result.code)
        self.assert_clean(running)

    def child_of(self, running, word):
        while running.process.poll() is None:
            for entry in pathlib.Path("/proc").iterdir():
                try:
                    if entry.name.isdigit() and int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1]) == running.pid:
                        if word in (entry / "cmdline").read_bytes().decode().split("\0"):
                            return int(entry.name)
                except (FileNotFoundError, ProcessLookupError):
                    continue
        return None


class ByHand(CoterieTest):
    def test_in_three_homes_works_as_the_readme_shows(self):
        homes = [Home(self, name) for name in ("alice", "bob", "carol")]
        for home in homes:
            self.succeeds(home.run("signer", "create", home.name))
        cards = {home.name: self.succeeds(home.run("signer", "card")).stdout.strip() for home in homes}
        for home in homes:
            for name, card in cards.items():
                if name != home.name:
                    self.succeeds(home.run("contact", "add", card))
        self.complete("treasury", 2, homes)
        self.assert_all_hold_the_same("treasury", homes)
        self.assertTrue(homes[2].query("multisig", "verify", "treasury")["valid"])
