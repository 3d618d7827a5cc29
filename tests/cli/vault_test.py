# vault backup, restore, rehearse, passphrase: nothing is lost, nothing is half done, and what cannot be known is said.
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import time

from aztec import large_account, multisig_shape
from coterie import PROGRAM, CoterieTest, Home, in_parallel
from secret_forms import holds
from terminal import Terminal

# A file size limit stands for a full disk: writes beyond it fail with EFBIG. In 512-byte blocks.
SMALL_FILES = ["sh", "-c", "trap '' XFSZ; ulimit -f 24; exec \"$@\"", "sh"]
KILLS = 10
CANARY = "canary-93b7e1c05d2f4a68"


class VaultTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.kept = self.root / "kept"
        self.kept.mkdir()
        self.file = self.kept / "backup"

    def back_up(self, home, file=None):
        return self.succeeds(home.run("--json", "vault", "backup", file or self.file)).json

    def copy_of(self, home, name, passphrase_file=None):
        """A home without a vault, whose passphrase is that of another."""
        copy = Home(self, name)
        copy.passphrase_file = passphrase_file or home.passphrase_file
        return copy

    def restore(self, home, name="restored"):
        copy = self.copy_of(home, name)
        self.succeeds(copy.run("vault", "restore", self.file))
        return copy

    def rehearse(self, home, file=None):
        return self.run_program("--json", "vault", "rehearse", file or self.file, "--passphrase-file", home.passphrase_file)

    def tree(self, directory):
        """Names, sizes, times and contents of everything below."""
        return {str(path): (path.lstat().st_mode, path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
                for path in sorted(pathlib.Path(directory).rglob("*"))}

    def moments(self, run):
        """Times into a run, from its first instant to its end: what `run` took, in equal parts."""
        start = time.monotonic()
        self.succeeds(run())
        took = time.monotonic() - start
        return [took * index / KILLS for index in range(1, KILLS + 1)]

    def kill_after(self, seconds, home, *arguments):
        running = home.start(*arguments)
        try:
            running.process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass
        running.kill()

    def damage_records(self, file):
        with contextlib.closing(sqlite3.connect(file)) as database, database:
            database.execute("UPDATE record SET sealed = zeroblob(100)")

    def new_passphrase(self, text="new-passphrase-5a1f"):
        return self.write(self.root / f"file-of-{text or 'nothing'}", text + "\n")


class Backups(VaultTest):
    def test_hold_the_whole_vault_and_are_private(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        alice = homes[0]
        os.umask(0o000)
        self.addCleanup(os.umask, 0o022)
        written = self.back_up(alice)
        self.assertEqual(list(written), ["file", "records"])
        self.assertEqual(written["file"], str(self.file))
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)
        self.assertEqual(os.listdir(self.kept), ["backup"])
        shutil.rmtree(alice.directory)
        restored = self.restore(alice)
        self.assertEqual({path.name for path in restored.directory.iterdir()}, {"vault.db", "vault.lock"})
        self.assertEqual(stat.S_IMODE(restored.directory.stat().st_mode), 0o700)
        self.assertEqual(self.assert_all_hold_the_same("treasury", [restored, homes[1]])["status"], "complete")
        self.assertTrue(restored.query("multisig", "verify", "treasury")["valid"])
        self.assertEqual(restored.query("contact", "show", "bob")["fingerprint"], homes[1].query("signer", "show")["fingerprint"])
        self.assertEqual(self.succeeds(restored.run("signer", "card")).stdout, alice.card.read_text())
        # And it goes on as a vault.
        restored.name = "alice"
        self.complete("second", 2, [restored, homes[1]])

    def test_never_take_the_place_of_a_file(self):
        (alice,) = self.team("alice")
        self.write(self.file, "mine")
        link = self.kept / "link"
        link.symlink_to(self.kept / "nowhere")
        wrong = self.write(self.root / "wrong", "wrong\n")
        for file in (self.file, link, alice.directory / "vault.db", self.kept):
            # Said before the passphrase is looked at.
            result = self.run_program("--home", alice.directory, "--passphrase-file", wrong, "vault", "backup", file)
            self.fails_silently_on_stdout(result, 2, "exists already")
        self.assertEqual(self.file.read_text(), "mine")
        self.assertFalse((self.kept / "nowhere").exists())

    def test_need_a_directory_that_is_there(self):
        (alice,) = self.team("alice")
        self.fails_silently_on_stdout(alice.run("vault", "backup", self.root / "missing" / "backup"), 1, "missing")
        self.assertFalse((self.root / "missing").exists())

    def test_of_a_damaged_vault_are_refused(self):
        (alice,) = self.team("alice")
        self.damage_records(alice.directory / "vault.db")
        result = alice.run("vault", "backup", self.file)
        self.fails_silently_on_stdout(result, 5, "damaged")
        self.assertEqual(os.listdir(self.kept), [])

    def test_on_a_full_disk_leave_no_file(self):
        (alice,) = self.team("alice")
        before = (alice.directory / "vault.db").read_bytes()
        alice.prefix = SMALL_FILES
        self.fails_silently_on_stdout(alice.run("vault", "backup", self.file), 1, "no space left", "free some space")
        self.assertEqual(os.listdir(self.kept), [])
        self.assertEqual((alice.directory / "vault.db").read_bytes(), before)

    def test_on_a_small_disk_leave_no_file(self):
        if os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
            self.skipTest("only root may mount a disk")
        (alice,) = self.team("alice")
        script = 'mount -t tmpfs -o size=16k small "$0" && "$@"; code=$?; ls -A "$0"; exit $code'
        result = subprocess.run(["unshare", "--mount", "sh", "-c", script, self.kept, PROGRAM,
                                 *alice.arguments(["vault", "backup", self.file])], env=self.environment(),
                                capture_output=True, text=True, timeout=60)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertRegex(result.stderr, "no space left to write")

    def test_that_are_killed_are_whole_or_not_there(self):
        (alice,) = self.team("alice")
        moments = self.moments(lambda: alice.run("vault", "backup", self.file))
        for moment in moments:
            self.file.unlink(missing_ok=True)
            self.kill_after(moment, alice, "vault", "backup", self.file)
            self.assertLessEqual(set(os.listdir(self.kept)), {"backup"})
            if self.file.exists():
                self.succeeds(self.rehearse(alice))
        self.assertEqual(alice.query("signer", "show")["name"], "alice")

    def test_made_while_a_creation_is_running_hold_one_state_of_it(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        recipients = [bob.join(invite)]
        states = []
        while not states or states[-1] != "complete":
            file = self.kept / f"backup-{len(states)}"
            self.back_up(alice, file)
            (multisig,) = self.succeeds(self.rehearse(alice, file)).json["multisigs"]
            self.assertEqual(multisig["room"], invite.split("/")[3].split("#")[0])
            states.append(multisig["status"])
            if len(states) == 2:
                recipients.append(carol.join(invite))
        for process in [creator, *recipients]:
            self.succeeds(process.wait())
        self.assertEqual(states[0], "pending")
        # The oldest of them goes on with the same account, though all of it was done since.
        self.file = self.kept / "backup-0"
        shutil.rmtree(alice.directory)
        restored = self.restore(alice)
        running = [restored.resume("treasury"), bob.resume("treasury"), carol.resume("treasury")]
        for process in running:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", [restored, bob, carol])


class Rehearsals(VaultTest):
    def test_prove_every_kind_of_account(self):
        homes = self.team("alice", "bob")
        alice = homes[0]
        self.complete("treasury", 2, homes)
        opaque = self.write(self.root / "opaque.json", '{"key":1}')
        self.complete("papers", 1, homes[:1], "--account-file", opaque)
        imported = self.write(self.root / "imported.json", json.dumps(multisig_shape(large_account(), "company", ["alice"], 1)))
        self.succeeds(alice.run("multisig", "import", "--format", "reference", imported))
        self.succeeds(alice.run("signer", "create", "work"))
        records = self.back_up(alice)["records"]
        found = self.succeeds(self.rehearse(alice)).json
        self.assertEqual(list(found), ["valid", "file", "records", "signers", "contacts", "multisigs"])
        self.assertEqual((found["valid"], found["records"]), (True, records))
        self.assertEqual([signer["name"] for signer in found["signers"]], ["alice", "work"])
        self.assertEqual(found["signers"][0]["aztec"], alice.query("signer", "show", "alice")["aztec"])
        self.assertEqual([contact["name"] for contact in found["contacts"]], ["bob"])
        self.assertEqual(sorted(found["multisigs"], key=str), sorted(alice.multisigs(), key=str))
        text = self.succeeds(self.run_program("vault", "rehearse", self.file, "--passphrase-file", alice.passphrase_file)).stdout
        for words in (f"{records} records, 2 signers, 1 contact, 3 multisigs", "treasury", "papers", "company", "verifies"):
            self.assertIn(words, text)

    def test_write_nothing_anywhere(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        self.kept.chmod(0o500)
        self.addCleanup(self.kept.chmod, 0o700)
        before = self.tree(self.root)
        self.succeeds(self.rehearse(alice))
        self.assertEqual(self.tree(self.root), before)

    def test_take_a_pipe_and_a_copy_of_the_vaults_own_file(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        result = self.run_program("vault", "rehearse", "/dev/stdin", "--passphrase-file", alice.passphrase_file,
                                  stdin=self.file.read_bytes())
        self.succeeds(result)
        copy = shutil.copy(alice.directory / "vault.db", self.kept / "copy")
        self.succeeds(self.rehearse(alice, copy))

    def test_of_a_backup_with_a_flipped_byte_or_a_cut_refuse_it_or_are_not_concerned(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        content = self.file.read_bytes()
        whole = self.succeeds(self.rehearse(alice)).json
        refused = 0
        for index in range(7, len(content), len(content) // 25):
            self.write(self.file, content[:index] + bytes([content[index] ^ 0x40]) + content[index + 1:])
            result = self.rehearse(alice)
            self.assertIn(result.code, (0, 5), f"byte {index}\n{result}")
            refused += result.code == 5
            if result.code == 0:
                self.assertEqual(result.json, whole, f"byte {index}")
        self.assertGreater(refused, 2)
        for size in (0, 1, 100, 4096, len(content) // 2, len(content) - 1):
            self.write(self.file, content[:size])
            self.fails_silently_on_stdout(self.rehearse(alice), 5, "backup")

    def test_of_what_is_no_backup_fail(self):
        (alice,) = self.team("alice")
        self.fails_silently_on_stdout(self.rehearse(alice, self.root / "missing"), 2, "cannot open the backup")
        self.fails_silently_on_stdout(self.rehearse(alice, alice.card), 5, "is not a coterie vault")
        self.fails_silently_on_stdout(self.rehearse(alice, self.kept), 2, "cannot read the backup")


class Restored(VaultTest):
    def test_vault_never_takes_the_place_of_another(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        self.succeeds(alice.run("signer", "create", "later"))
        before = self.tree(alice.directory)
        self.fails_silently_on_stdout(alice.run("vault", "restore", self.file), 2, "there is a vault at")
        self.assertEqual(self.tree(alice.directory), before)

    def test_vault_is_not_there_when_the_backup_is_not_right(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        copy = self.copy_of(alice, "restored")
        before = sorted(os.listdir(self.root))
        wrong = self.write(self.root / "wrong", "wrong\n")
        self.fails_silently_on_stdout(
            self.run_program("--home", copy.directory, "--passphrase-file", wrong, "vault", "restore", self.file), 5,
            "wrong passphrase", "keeps the passphrase that the vault had when it was made")
        wrong.unlink()
        self.damage_records(self.file)
        self.fails_silently_on_stdout(copy.run("vault", "restore", self.file), 5, "damaged")
        self.fails_silently_on_stdout(copy.run("vault", "restore", self.root / "missing"), 2, "cannot open the backup")
        self.assertEqual(sorted(os.listdir(self.root)), before)

    def test_vault_is_whole_or_not_there_on_a_full_disk(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        copy = self.copy_of(alice, "deep")
        copy.directory = self.root / "made" / "for" / "it"
        copy.prefix = SMALL_FILES
        self.fails_silently_on_stdout(copy.run("vault", "restore", self.file), 1, "no space left")
        self.assertFalse((self.root / "made").exists())
        copy.directory = self.root / "empty"
        copy.directory.mkdir(mode=0o700)
        self.fails_silently_on_stdout(copy.run("vault", "restore", self.file), 1, "no space left")
        self.assertEqual(os.listdir(copy.directory), [])
        copy.prefix = []
        self.succeeds(copy.run("vault", "restore", self.file))

    def test_vault_of_a_killed_restore_is_whole_or_not_there(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        copy = self.copy_of(alice, "restored")
        moments = self.moments(lambda: copy.run("vault", "restore", self.file))
        for moment in moments:
            shutil.rmtree(copy.directory)
            self.kill_after(moment, copy, "vault", "restore", self.file)
            if not (copy.directory / "vault.db").exists():
                self.succeeds(copy.run("vault", "restore", self.file))
            self.assertEqual(copy.query("signer", "show")["name"], "alice")

    def test_vault_is_told_to_be_as_old_as_its_backup(self):
        alice, _ = self.team("alice", "bob")
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "1s")
        self.assertEqual(creator.wait().code, 6)
        self.back_up(alice)
        shutil.rmtree(alice.directory)
        for number, options in enumerate(([], ["--quiet"], ["--json"])):
            copy = self.copy_of(alice, f"restored-{number}")
            result = self.succeeds(copy.run("vault", "restore", self.file, *options))
            for words in ("as it was when the backup was made", "recorded after that is missing",
                          "Ask the other signers what happened since", "creating it a second time makes another account",
                          "treasury was pending then, and may have been signed or completed since",
                          "coterie multisig resume treasury"):
                self.assertIn(words, result.stderr)
        self.assertEqual(list(result.json), ["file", "home", "signers", "multisigs"])
        self.assertEqual(result.json["home"], str(copy.directory))
        self.assertEqual(result.json["multisigs"], copy.multisigs())
        self.assertEqual(result.json["signers"], [copy.query("signer", "show")])


class NewPassphrase(VaultTest):
    def change(self, home, file):
        return home.run("--json", "vault", "passphrase", "--new-passphrase-file", file)

    def opens_with(self, home, file):
        return self.run_program("--json", "--home", home.directory, "--passphrase-file", file, "signer", "list")

    def assert_unchanged(self, home, new):
        self.succeeds(self.opens_with(home, home.passphrase_file))
        self.fails(self.opens_with(home, new), 5, "wrong passphrase")

    def test_opens_the_vault_and_the_old_one_does_not(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        self.complete("treasury", 2, homes)
        before = alice.show("treasury", "--reveal")
        self.back_up(alice)
        new, old = self.new_passphrase(), alice.passphrase_file
        self.assertEqual(self.succeeds(self.change(alice, new)).json, {"home": str(alice.directory)})
        self.fails_silently_on_stdout(self.opens_with(alice, old), 5, "wrong passphrase")
        alice.passphrase_file = new
        self.assertEqual(alice.show("treasury", "--reveal"), before)
        self.complete("second", 2, homes)
        # A backup keeps the passphrase it was made with.
        self.fails(self.rehearse(alice), 5, "wrong passphrase")
        alice.passphrase_file = old
        self.succeeds(self.rehearse(alice))

    def test_does_not_make_it_forget_which_accounts_were_sent(self):
        alice, _ = self.team("alice", "bob")
        account = self.write(self.root / "account.json", '{"key":"once"}')
        creator = alice.create("treasury", "2", "alice", "bob", "--account-file", account, "--join-timeout", "1s")
        self.assertEqual(creator.wait().code, 6)
        new = self.new_passphrase()
        self.succeeds(self.change(alice, new))
        alice.passphrase_file = new
        again = alice.create("other", "2", "alice", "bob", "--account-file", account, "--join-timeout", "1s").wait()
        self.fails(again, 2, "was shared before, in room", alice.show("treasury")["room"])

    def test_is_asked_for_twice_on_a_terminal(self):
        (alice,) = self.team("alice")
        new = self.new_passphrase("typed twice")
        for second, code in (("typed otherwise", 2), ("typed twice", 0)):
            terminal = Terminal(self, alice.arguments(["vault", "passphrase"]))
            terminal.expect("New passphrase of ")
            terminal.send_line("typed twice")
            terminal.expect("The same again: ")
            terminal.send_line(second)
            result = terminal.wait()
            self.assertEqual(result.code, code, str(result))
            self.assertNotIn("typed", result.stderr)
            if code != 0:
                self.assertIn("nothing was changed", result.stderr)
                self.assert_unchanged(alice, new)
        self.succeeds(self.opens_with(alice, new))
        # All three on one terminal, the present one first.
        terminal = Terminal(self, ["--home", alice.directory, "vault", "passphrase"])
        for prompt, text in (("Passphrase of ", "typed twice"), ("New passphrase of ", "third"), ("again: ", "third")):
            terminal.expect(prompt)
            terminal.send_line(text)
        self.assertEqual(terminal.wait().code, 0, str(terminal))
        self.succeeds(self.opens_with(alice, self.new_passphrase("third")))

    def test_that_cannot_be_is_refused(self):
        (alice,) = self.team("alice")
        new = self.new_passphrase()
        self.fails_silently_on_stdout(alice.run("vault", "passphrase"), 2, "no terminal to ask on", "--new-passphrase-file")
        self.fails_silently_on_stdout(self.change(alice, self.new_passphrase("")), 2, "is empty")
        self.fails_silently_on_stdout(self.change(alice, alice.passphrase_file), 2, "is the present one")
        self.fails_silently_on_stdout(self.change(alice, self.root / "missing"), 2, "cannot open the passphrase file")
        self.assert_unchanged(alice, new)

    def test_waits_for_no_creation_and_disturbs_none(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob")
        invite = creator.invite
        new = self.new_passphrase()
        self.fails_silently_on_stdout(self.change(alice, new), 1, f"in use by process {creator.pid}", f"kill {creator.pid}")
        self.assert_unchanged(alice, new)
        for process in (bob.join(invite), creator):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
        self.succeeds(self.change(alice, new))

    def test_of_two_at_once_is_one_of_them(self):
        (alice,) = self.team("alice")
        files = [self.new_passphrase(text) for text in ("first", "second", "third")]
        codes = [result.code for result in in_parallel(lambda file: self.change(alice, file), files)]
        self.assertEqual(codes.count(0), 1, codes)
        self.assertLessEqual(set(codes), {0, 1, 5})
        opened = [self.opens_with(alice, file).code for file in files]
        self.assertEqual([code == 0 for code in codes], [code == 0 for code in opened])

    def test_on_a_full_disk_changes_nothing(self):
        (alice,) = self.team("alice")
        before = (alice.directory / "vault.db").read_bytes()
        new = self.new_passphrase()
        alice.prefix = SMALL_FILES
        self.fails_silently_on_stdout(self.change(alice, new), 1, "no space left")
        self.assertEqual((alice.directory / "vault.db").read_bytes(), before)
        self.assert_unchanged(alice, new)

    def test_that_is_killed_is_the_old_one_or_the_new(self):
        (alice,) = self.team("alice")
        files = [alice.passphrase_file, *(self.new_passphrase(f"number {index}") for index in range(KILLS + 1))]
        identity = alice.query("signer", "show")
        moments = self.moments(lambda: self.change(alice, files[1]))
        present = files[1]
        for moment, new in zip(moments, files[2:]):
            alice.passphrase_file = present
            self.kill_after(moment, alice, "vault", "passphrase", "--new-passphrase-file", new)
            codes = [self.opens_with(alice, file).code for file in (present, new)]
            self.assertIn(codes, ([0, 5], [5, 0]))
            present = new if codes == [5, 0] else present
        alice.passphrase_file = present
        self.assertEqual(alice.query("signer", "show"), identity)


class Calls(VaultTest):
    def test_with_nobody_to_ask_or_a_wrong_passphrase_are_refused(self):
        (alice,) = self.team("alice")
        self.back_up(alice)
        new, wrong = self.new_passphrase(), self.write(self.root / "wrong", "wrong\n")
        nowhere = self.root / "nowhere"
        for home, command in ((alice.directory, ["backup", self.kept / "second"]), (nowhere, ["restore", self.file]),
                              (nowhere, ["rehearse", self.file]), (alice.directory, ["passphrase", "--new-passphrase-file", new])):
            arguments = ["--json", "--home", home, "vault", *command]
            self.fails_silently_on_stdout(self.run_program(*arguments), 2, "passphrase is needed")
            self.fails_silently_on_stdout(self.run_program(*arguments, "--passphrase-file", wrong), 5, "wrong passphrase")
        self.assertFalse(nowhere.exists())
        self.assertEqual(os.listdir(self.kept), ["backup"])

    def test_without_a_vault_or_an_argument_are_wrong(self):
        home = Home(self, "none")
        for command in (["backup", self.file], ["passphrase", "--new-passphrase-file", self.new_passphrase()]):
            self.fails_silently_on_stdout(home.run("vault", *command), 2, "there is no vault at")
        for command in ([], ["backup"], ["restore"], ["rehearse"], ["passphrase", "new"]):
            self.fails_silently_on_stdout(home.run("vault", *command), 2)
        self.assertFalse(home.directory.exists())

    def test_leave_no_secret_in_any_file_or_output(self):
        (alice,) = self.team("alice")
        account = self.write(self.root / "account.json", f'{{"key": "{CANARY}"}}')
        self.complete("papers", 1, [alice], "--account-file", account)
        revealed = self.succeeds(alice.run("multisig", "show", "papers", "--reveal")).stdout
        self.assertIn(CANARY, revealed)
        account.unlink()
        new_text = "new-passphrase-canary-71c3"
        new = self.new_passphrase(new_text)
        copy = self.copy_of(alice, "copy")
        results = [alice.run("vault", "backup", self.file, "-vv"), copy.run("vault", "restore", self.file, "-vv"),
                   copy.run("vault", "rehearse", self.file, "-vv"),
                   alice.run("vault", "passphrase", "--new-passphrase-file", new, "-vv")]
        new.unlink()
        alice.passphrase_file.unlink()
        for secret in (CANARY, alice.passphrase, new_text):
            for result in results:
                self.assertFalse(holds(self.succeeds(result).stdout + result.stderr, secret), result.arguments)
            for path in self.root.rglob("*"):
                if path.is_file():
                    self.assertFalse(holds(path.read_bytes(), secret), path)
