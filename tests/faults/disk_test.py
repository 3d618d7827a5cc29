# A disk that is full at each write of a vault, one after the other, and one that is read-only; of creator, recipient and
# each command that writes. Which writes there are is not listed here: one page more is left free, until all of it fits.
import copy
import itertools
import os
import shutil
import subprocess
import unittest

from coterie import PROGRAM, CoterieTest
from disk import SmallDisk

# Of the numbers of pages left free, those that the plain run of the tests takes: every STRIDE-th. `./test.sh faults` takes
# all.
STRIDE = int(os.environ.get("COTERIE_FAULTS_STRIDE", "16"))

SIGNERS = ("alice", "bob", "carol")
TERMS = ("treasury", "2", *SIGNERS)
WHOLE = {"vault.db", "vault.lock"}
OPEN = {"vault.db-wal", "vault.db-shm"}  # SQLite's own; the next command takes them up
NO_SPACE = ("no space left to write", "free some space", "run the same command again")


class DiskTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.disk = SmallDisk(self, self.root / "disk")

    def copies(self, homes, on_the_disk, number):
        """The homes as they were made, that of one signer on the small disk."""
        copies = []
        for home in homes:
            made = copy.copy(home)
            made.directory = (self.disk.directory if home.name == on_the_disk else self.root) / f"run-{number}-{home.name}"
            if home.directory.exists():
                shutil.copytree(home.directory, made.directory)
            copies.append(made)
        return copies

    def names_in(self, home):
        return set(os.listdir(home.directory)) if home.directory.exists() else set()


class FullDisk(DiskTest):
    def creation(self, victim, homes, pages):
        """One creation with so many pages left on the victim's disk; whether that was enough."""
        homes = self.copies(homes, victim, pages)
        alice, bob, carol = homes
        (home,) = [one for one in homes if one.name == victim]
        starts = {"alice": lambda: alice.create(*TERMS), "bob": lambda: bob.join(invite), "carol": lambda: carol.join(invite)}
        self.disk.leave(pages)
        running = {"alice": starts["alice"]()}
        invite = None
        try:
            invite = running["alice"].invite
        except AssertionError:  # ended without one
            self.assertEqual(victim, "alice", running["alice"])
        if invite is not None:
            running.update({name: starts[name]() for name in ("bob", "carol")})
        first = running[victim].wait()
        if first.code != 0:
            self.fails(first, 1, *NO_SPACE)
            self.assertLessEqual(self.names_in(home), WHOLE | OPEN)
            self.disk.free()
            kept = home.multisigs()
            told = first.events[-1].get("multisig") if first.stdout else None
            self.assertEqual([item["room"] for item in kept], [told["room"]] if told else [], f"\n{first}")
            self.assertEqual([item["status"] for item in kept], [told["status"]] if told else [], f"\n{first}")
            running[victim] = starts[victim]()
            if victim == "alice" and (invite is None or kept[0]["status"] == "pending"):
                again = running["alice"].invite
                self.assertEqual(again, invite or again)
                invite = again
        for name in ("bob", "carol"):
            if name not in running:
                running[name] = starts[name]()
        for process in running.values():
            self.succeeds(process.wait())
        self.disk.free()
        self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual(len({one.run("multisig", "certificate", "treasury").stdout for one in homes}), 1)
        self.succeeds(home.run("multisig", "verify", "treasury"))
        self.assertEqual(self.names_in(home), WHOLE)
        for one in homes:
            shutil.rmtree(one.directory)
        return first.code == 0

    def until_it_fits(self, run):
        """Calls run(pages) with more and more pages, until it says that they were enough; how often they were not."""
        for pages in itertools.count(0, STRIDE):
            with self.subTest(pages=pages):
                if run(pages):
                    return pages // STRIDE
            self.assertLess(pages, 512)

    def through_a_creation(self, victim):
        homes = self.team(*SIGNERS)
        full = self.until_it_fits(lambda pages: self.creation(victim, homes, pages))
        print(f"{victim}: the disk was full in {full} creations")
        self.assertGreater(full * STRIDE, 20)

    def test_of_the_creator_loses_nothing(self):
        self.through_a_creation("alice")

    def test_of_a_recipient_loses_nothing(self):
        self.through_a_creation("bob")

    def command(self, model, command, look, pages):
        """One command with so many pages left on its disk; whether that was enough."""
        (home,) = self.copies([model], model.name, pages)
        before = home.query(*look) if home.directory.exists() else {"items": []}
        files = self.names_in(home)
        self.disk.leave(pages)
        first = home.run(*command)
        if first.code != 0:
            self.fails_silently_on_stdout(first, 1, *NO_SPACE)
            self.assertLessEqual(self.names_in(home), WHOLE | OPEN)
            # To look into it is refused, too, or shows what was there before.
            looked = home.run("--json", *look)
            if looked.code == 0:
                self.assertEqual(looked.json, before)
            elif "vault.db" in self.names_in(home):
                self.fails_silently_on_stdout(looked, 1, *NO_SPACE)
            self.disk.free()
            if "vault.db" in self.names_in(home):
                self.assertEqual(home.query(*look), before)
            self.succeeds(home.run(*command))
        self.disk.free()
        self.assertNotEqual(home.query(*look), before)
        self.assertEqual(self.names_in(home), files or WHOLE)
        shutil.rmtree(home.directory)
        return first.code == 0

    def through_a_command(self, home, *command, look):
        full = self.until_it_fits(lambda pages: self.command(home, command, look, pages))
        print(f"{' '.join(map(str, command[:2]))}: the disk was full in {full} runs")
        self.assertGreater(full, 0)

    def test_of_a_command_about_signers_changes_nothing(self):
        alice, bob = self.team("alice", "bob")
        new = copy.copy(alice)
        new.directory = self.root / "none-yet"
        self.through_a_command(new, "signer", "create", "alice", look=["signer", "list"])
        self.through_a_command(alice, "signer", "create", "work", look=["signer", "list"])
        self.through_a_command(alice, "contact", "remove", "bob", look=["contact", "list"])
        self.succeeds(alice.run("contact", "remove", "bob"))
        self.through_a_command(alice, "contact", "add", bob.card, look=["contact", "list"])

    def test_of_a_command_about_multisigs_changes_nothing(self):
        homes = self.team(*SIGNERS)
        alice, bob, carol = homes
        self.through_a_command(alice, "multisig", "create", "alone", "1", "alice", look=["multisig", "list"])
        creator = alice.create(*TERMS)
        invite = creator.invite
        joined = bob.join(invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        joined.kill()
        self.assertEqual(bob.show("treasury")["status"], "pending")
        self.through_a_command(bob, "multisig", "abandon", "treasury", look=["multisig", "list"])
        self.succeeds(carol.join(invite).wait())
        creator.kill()
        certificate = self.root / "certificate"
        self.succeeds(carol.run("multisig", "certificate", "--out", certificate, "treasury"))
        self.through_a_command(bob, "multisig", "complete", "treasury", "--certificate", certificate, look=["multisig", "list"])

    def test_of_what_is_written_leaves_no_part_of_a_file(self):
        (alice,) = self.team("alice")
        self.complete("treasury", 1, [alice])
        file = self.disk.directory / "file"
        for command in (["signer", "card", "--out", file], ["multisig", "certificate", "--out", file, "treasury"],
                        ["multisig", "export", "--format", "account", "--out", file, "treasury"],
                        ["vault", "backup", file]):
            with self.subTest(command):
                self.disk.leave(0)
                self.fails_silently_on_stdout(alice.run(*command), 1, "no space left", "file")
                self.assertEqual(os.listdir(self.disk.directory), ["filler"])
                self.disk.free()
                self.succeeds(alice.run(*command))
                whole = file.read_bytes()
                if "card" in command or "certificate" in command:  # these replace what is there
                    self.disk.leave(0)
                    self.fails_silently_on_stdout(alice.run(*command), 1, "no space left")
                    self.assertEqual(file.read_bytes(), whole)
                file.unlink()

    def test_of_the_invite_s_file_does_not_end_the_creation(self):
        homes = self.team("alice", "bob")
        alice, bob = homes
        file = self.disk.directory / "invite"
        self.disk.leave(0)
        creator = alice.create("treasury", "2", "alice", "bob", "--invite-file", file)
        self.succeeds(bob.join(creator.invite).wait())
        self.assertRegex(self.succeeds(creator.wait()).stderr, "the invite is in no file: .*No space left")
        self.assertEqual(os.listdir(self.disk.directory), ["filler"])
        self.assert_all_hold_the_same("treasury", homes)


class ReadOnly(DiskTest):
    """A home whose file system, or whose mode, lets nothing be written: by each command exit code 1, or the answer."""

    def setUp(self):
        super().setUp()
        self.homes = self.team(*SIGNERS)
        self.alice, self.bob, self.carol = self.homes
        creator = self.alice.create(*TERMS)
        joined = self.bob.join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        creator.kill()
        joined.kill()
        self.complete("papers", 1, [self.alice])
        self.succeeds(self.alice.run("multisig", "list"))
        self.place = self.disk.directory / "home"
        shutil.copytree(self.alice.directory, self.place)

    def tree(self):
        return {path.name: path.read_bytes() for path in self.place.iterdir()}

    def look_at_each_command(self, home):
        out = self.root / "out"
        out.mkdir(mode=0o777)
        out.chmod(0o777)
        self.write(out / "card", self.carol.card.read_text(), 0o644).chmod(0o644)
        invite = self.alice.query("multisig", "invite", "treasury")["invite"]
        before = self.tree()
        read = [["signer", "list"], ["signer", "show"], ["signer", "card"], ["contact", "list"], ["contact", "show", "bob"],
                ["multisig", "list"], ["multisig", "show", "treasury"], ["multisig", "verify", "papers"],
                ["multisig", "certificate", "papers"], ["multisig", "invite", "treasury"],
                ["multisig", "export", "--format", "account", "--out", out / "account", "papers"],
                ["vault", "backup", out / "backup"]]
        written = [["signer", "create", "work"], ["signer", "use", "alice"], ["contact", "add", "--replace", out / "card"],
                   ["contact", "remove", "bob"], ["multisig", "abandon", "treasury"],
                   ["multisig", "create", "another", "2", "alice", "bob", "--port", "0", "--stun", "none"],
                   ["multisig", "resume", "treasury", "--stun", "none"],
                   ["multisig", "join", invite, "--yes", "--stun", "none"]]
        for command in read + written:
            with self.subTest(command):
                result = home.run(*command)
                if command in read and result.code == 0:
                    self.assertTrue(result.stdout)
                else:
                    self.fails_silently_on_stdout(result, 1, "cannot (write|make|open).*(read-only|permission denied)",
                                                  "owner may write|read-only|--home")
                self.assertEqual(self.tree(), before)
        examined = home.run("--json", "doctor", "--stun", "none")
        self.assertEqual(examined.code, 1, f"\n{examined}")
        found = {finding["check"]: finding for finding in examined.json["findings"]}
        self.assertEqual(found["vault"]["code"], "vault-unusable", f"\n{examined}")
        self.assertIn("cannot be written", found["vault"]["text"])

    def test_file_system_is_named_by_each_command_and_stays_as_it_is(self):
        home = copy.copy(self.alice)
        home.directory = self.place
        self.disk.read_only()
        self.look_at_each_command(home)
        self.disk.writable()
        self.succeeds(home.run("contact", "remove", "carol"))

    def test_directory_is_named_by_each_command_and_stays_as_it_is(self):
        # Root may write anywhere: another user has this home.
        self.root.chmod(0o711)
        self.disk.directory.chmod(0o711)
        user = 65534
        home = copy.copy(self.alice)
        home.directory = self.place
        home.prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        os.chown(home.passphrase_file, user, user)
        for path in (self.place, *self.place.iterdir()):
            os.chown(path, user, user)
        if not shutil.which("setpriv"):
            self.skipTest("needs the setpriv program (Debian's util-linux)")
        if subprocess.run([*home.prefix, PROGRAM, "--version"], capture_output=True).returncode != 0:
            self.skipTest("another user cannot run the program where it lies")
        self.place.chmod(0o500)
        self.look_at_each_command(home)
        self.place.chmod(0o700)
        self.succeeds(home.run("contact", "remove", "carol"))


if __name__ == "__main__":
    unittest.main()
