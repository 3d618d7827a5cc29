# Harness of the drill (docs/drill.md): real creations that somebody evil takes part in. Each test is one deed: its
# docstring says what is tried; what stopped it is written down as it is observed. Every account is a canary, and after
# the deed everything that the evil party saw is searched for it.
import base64
import json
import os
import pathlib
import re
import secrets
import shutil

from aztec import SECRETS, large_account, wallet_shape
from coterie import CoterieTest, Home, Running, in_parallel
from secret_forms import holds
from wire import EvilServer

EVIL_SIGNER = os.environ.get("COTERIE_EVIL_SIGNER", "")
PREPARED = pathlib.Path(os.environ.get("COTERIE_DRILL_TEAMS", ""))  # by tests/drill/team_test.py
TEAMS = (("alice", "bob"), ("alice", "bob", "carol"), ("alice", "bob", "mallory"), ("mallory", "bob", "carol"))
ROWS = os.environ.get("COTERIE_DRILL_ROWS", "")  # where each deed leaves its row of the table


def name_of(running):
    """Whose process it is."""
    return pathlib.Path(running.arguments[running.arguments.index("--home") + 1]).name.removeprefix("home-")


class DrillTest(CoterieTest):
    party = ""  # who is evil
    canary_seen = "not searched"

    def setUp(self):
        super().setUp()
        self.secrets = []
        self.evil_files = []  # that an evil party has written
        self.servers = []
        self.overheard = []  # (where, content) of anything else
        self.noted = {}  # what stopped the deed, with those for whom it did
        self.expects_canary = False
        self.canary_seen = "no"

    def tearDown(self):
        self.search()
        super().tearDown()

    def run(self, result=None):
        result = super().run(result)
        if ROWS and self.party:
            self.write_row(result)
        return result

    def write_row(self, result):
        skipped = bool(result.skipped)
        row = {"party": self.party, "tried": self.shortDescription(), "canary": self.canary_seen, "skipped": skipped,
               "stopped": f"skipped: {result.skipped[0][1]}" if skipped else "; ".join(self.stoppers()),
               "passed": result.wasSuccessful() and not skipped}
        (pathlib.Path(ROWS) / f"{self.id()}.json").write_text(json.dumps(row))

    # Signers.

    def acquainted(self, *names):
        """As `team`, but copies of homes that were made once for all deeds: Argon2id takes its time."""
        source = PREPARED / "-".join(names)
        homes = [Home(self, name) for name in names]
        for home in homes:
            shutil.copytree(source / home.directory.name, home.directory)
            home.card = self.root / f"card-of-{home.name}"
            for file in (home.card, home.passphrase_file):
                shutil.copy2(source / file.name, file)
            home.passphrase = home.passphrase_file.read_text().strip()
            self.passphrases.append(home.passphrase)
        return homes

    # Canaries.

    def canary(self, kind="opaque"):
        """Options of `create` for an account that nothing else has; what must be found nowhere is kept."""
        file = self.root / f"account-{len(self.secrets)}.json"
        if kind == "opaque":
            secret = f"canary-{secrets.token_hex(16)}"
            self.secrets.append(secret)
            self.write(file, json.dumps({"key": secret}))
        else:
            account = large_account(index=-1 - len(self.secrets))
            for field in SECRETS:
                self.secrets += [account[field].removeprefix("0x"), bytes.fromhex(account[field][2:])]
            self.write(file, json.dumps(wallet_shape(account)))
        return ["--account-file", file, "--account-kind", kind]

    def seen(self):
        """(where, content) of everything that an evil party saw, and of what the honest ones showed to anybody."""
        for server in self.servers:
            for frame in list(server.frames):
                yield "a frame at the signaling server", frame
        yield from self.overheard
        for running in self.started:
            yield f"the output of {' '.join(running.arguments)}", running.output
        for file in self.evil_files:
            if file.exists():
                yield f"what {file.name} could read", file.read_bytes()

    def leaks(self):
        return [where for where, content in self.seen() for secret in self.secrets if holds(content, secret)]

    def search(self):
        """Fails for a canary anywhere it must not be, and where a signer of the roster, who gets it, did not find it."""
        leaks = self.leaks()
        if self.expects_canary:
            own = {f"what {file.name} could read" for file in self.evil_files}
            self.assertTrue(own & set(leaks), "the search does not find what is there")
            leaks = [where for where in leaks if where not in own]
            self.canary_seen = "its own copy"
        if leaks:
            self.canary_seen = "**YES**"
        self.assertEqual(leaks, [], "a canary was seen")

    # What stops a deed.

    def note(self, stopper, who=None):
        self.noted.setdefault(stopper, [])
        if who and who not in self.noted[stopper]:
            self.noted[stopper].append(who)

    def stoppers(self):
        return [f"{' and '.join(who)}: {stopper}" if who else stopper for stopper, who in self.noted.items()]

    def stopped(self, running, code, kind, words):
        """The process ends with this exit code, kind and words (a regular expression): that is what stops the deed."""
        result = self.fails(running.wait(), code)
        error = result.events[-1]["error"]
        self.assertEqual(error["kind"], kind, f"\n{result}")
        found = re.search(words, error["message"])
        self.assertTrue(found, f"not {words!r} in\n{result}")
        self.note(f"exit {code}, {kind}: {found[0]}", name_of(running))
        return result

    def no_effect(self, name, homes, *running):
        """Everybody completes, with one and the same account."""
        for result in in_parallel(lambda process: process.wait(), running):
            self.succeeds(result)
        self.assert_all_hold_the_same(name, homes)
        self.note("no effect: complete")

    def assert_nobody_complete(self, *homes, name="treasury"):
        for home in homes:
            complete = [item for item in home.multisigs() if item["status"] == "complete" and item["name"] == name]
            self.assertEqual(complete, [], home.name)

    def complete_alone(self, running, home, name="treasury"):
        """The process ends complete, though others do not: it has everybody's receipt."""
        self.succeeds(running.wait())
        self.assertEqual(home.show(name)["status"], "complete")
        self.note("complete", home.name)

    def said(self, running, words):
        """The process says so (a regular expression) while it goes on: that is what stops the deed."""
        self.note(running.wait_for_text(words)[0], name_of(running))

    # Parties.

    def evil_signer(self, role, deed, home, *rest):
        """tests/drill/evil_signer.cpp in this home; all that it can read is kept."""
        readable = self.root / f"readable-by-{home.name}-{len(self.evil_files)}"
        self.evil_files.append(readable)
        return Running(self, [role, deed, home.directory, home.passphrase_file, readable, *rest], self.environment(),
                       program=EVIL_SIGNER)

    def evil_server(self):
        """An evil server in front of a real one."""
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        evil = EvilServer(self, server.wait_for(lambda event: "port" in event)["port"])
        self.servers.append(evil)
        return evil


class ServerTest(DrillTest):
    """alice creates with the others, and the signaling server between them is evil."""

    party = "signaling server"
    names = ("alice", "bob")

    def setUp(self):
        super().setUp()
        self.homes = self.acquainted(*self.names)
        self.keys = {home.name: key_of(home) for home in self.homes}
        self.evil = self.evil_server()

    def create(self, *options, kind="opaque"):
        return self.homes[0].create("treasury", "2", *(home.name for home in self.homes), "--signaling", self.evil.url,
                            *self.canary(kind), *options, room=[])

    def all_complete(self, create=(), join=()):
        """One creation with these options from begin to end, on which the server has no effect."""
        creator = self.create(*create)
        self.no_effect("treasury", self.homes, creator, *(home.join(creator.invite, *join) for home in self.homes[1:]))
        return creator

    def nobody_meets(self, *options):
        """alice ends pending, bob with nothing stored, both because their time was over."""
        creator = self.create("--join-timeout", "3s", *options)
        self.nobody_met(creator, self.homes[1].join(creator.invite, "--join-timeout", "3s", *options))

    def nobody_met(self, creator, recipient):
        self.stopped(creator, 6, "pending", r"no receipt from bob within 3 s \(--join-timeout\)")
        self.stopped(recipient, 4, "timed_out", r"nothing from alice within 3 s \(--join-timeout\)")
        self.assertEqual(self.homes[1].multisigs(), [])


def key_of(home):
    """The signing key on a signer's card."""
    envelope = json.loads(base64.urlsafe_b64decode(home.card.read_text().strip().removeprefix("coterie-card:") + "=="))
    return json.loads(base64.b64decode(envelope["payload"]))["sign_key"]
