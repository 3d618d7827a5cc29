# An evil signaling server between the signers: what it changes is refused, what it keeps back or repeats only delays.
import base64
import json
import os
import resource

from coterie import CoterieTest
from wire import TEXT, EvilServer, flip


class WireTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.homes = self.team("alice", "bob")
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0")
        self.evil = EvilServer(self, server.wait_for(lambda event: "port" in event)["port"])

    def create(self, *options):
        alice, _ = self.homes
        return alice.create("treasury", "2", "alice", "bob", "--signaling", self.evil.url, *options, room=[])

    def alter_first(self, kind):
        """Flips one bit in what the first message of this type carries."""
        done = []

        def tamper(message):
            if message["type"] == kind and not done:
                done.append(message)
                message["data"]["sealed"] = flip(message["data"]["sealed"])
            return [message]

        self.evil.tamper = tamper
        return done


class Altered(WireTest):
    def refused_by_recipient(self, kind):
        altered = self.alter_first(kind)
        creator = self.create("--join-timeout", "2s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "10s")
        result = self.fails(recipient.wait(), 5, "description not signed by alice")
        self.assertEqual(len(altered), 1)
        self.assertEqual(result.events[-1]["status"], "failed")
        self.assertEqual(result.events[-1]["error"]["kind"], "refused")
        self.assertEqual(self.homes[1].multisigs(), [], "something was stored")
        self.assertNotEqual(creator.wait().code, 0)
        self.assertEqual([event for event in creator.events if event.get("state") in ("delivered", "receipt")], [])

    def test_offer_is_refused_and_nothing_is_stored(self):
        self.refused_by_recipient("offer")

    def test_answer_is_refused_and_no_account_leaves(self):
        altered = self.alter_first("answer")
        creator = self.create("--join-timeout", "5s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "2s")
        self.fails(creator.wait(), 5, "description not signed by bob")
        self.assertEqual(len(altered), 1)
        self.assertEqual([event for event in creator.events if event.get("state") == "connected"], [])
        self.assertNotEqual(recipient.wait().code, 0)
        self.assertEqual(self.homes[1].multisigs(), [])

    def test_candidate_is_refused(self):
        altered = self.alter_first("ice-candidate")
        creator = self.create("--join-timeout", "5s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "5s")
        results = [creator.wait(), recipient.wait()]
        self.assertEqual(len(altered), 1)
        victim, name = (results[1], "alice") if altered[0]["from"] == self.key_of(0) else (results[0], "bob")
        self.fails(victim, 5, f"description not signed by {name}")

    def key_of(self, index):
        return self.homes[index].query("signer", "show")["sign_key"]

    def test_offer_after_which_the_honest_run_completes(self):
        self.alter_first("offer")
        creator = self.create("--join-timeout", "60s")
        self.fails(self.homes[1].join(creator.invite).wait(), 5, "description not signed by alice")
        self.succeeds(self.homes[1].join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", self.homes)


class Spliced(WireTest):
    """The server puts what was sealed elsewhere under the present epochs and link, so that it is not merely old."""

    def keep_offers(self, to):
        """Keeps back every offer to this signer, until something else is told."""
        kept = []

        def keep(message):
            if message["type"] == "offer" and message["to"] == to:
                kept.append(message)
                return []
            return [message]

        self.evil.tamper = keep
        return kept

    def splice(self, kind, sealed):
        """Puts this under every message of this type from now on."""
        spliced = []

        def tamper(message):
            if message["type"] == kind:
                spliced.append(message)
                return [{**message, "data": {**message["data"], "sealed": sealed}}]
            return [message]

        self.evil.tamper = tamper
        return spliced

    def offer_recorded_in_a_room_of(self, home):
        """An offer of this signer to bob in a room of its own, and the bob who got none of it is gone."""
        bob = self.homes[1]
        kept = self.keep_offers(self.key(bob))
        creator = home.create("recorded", "2", home.name, "bob", "--signaling", self.evil.url, room=[])
        waiting = bob.join(creator.invite, "--join-timeout", "60s")
        self.evil.wait_for(lambda message: message["type"] == "offer")
        for process in (waiting, creator):
            process.kill()
        return kept[0]["data"]["sealed"]

    @staticmethod
    def key(home):
        return home.query("signer", "show")["sign_key"]

    def assert_nothing_was_sent(self, creator):
        beyond = [event for event in creator.events if event.get("state") in ("connected", "delivered", "receipt")]
        self.assertEqual(beyond, [], f"a link opened\n{creator}")

    def refused_by_bob(self, creator, *words):
        result = self.fails(self.homes[1].join(creator.invite, "--join-timeout", "20s").wait(), 5, *words)
        self.assertEqual(result.events[-1]["error"]["kind"], "refused")
        self.assertEqual(self.homes[1].multisigs(), [], "something was stored")
        self.assert_nothing_was_sent(creator)

    def test_offer_of_another_room_is_refused(self):
        sealed = self.offer_recorded_in_a_room_of(self.homes[0])
        creator = self.create("--join-timeout", "60s")
        spliced = self.splice("offer", sealed)
        self.refused_by_bob(creator, "description not signed by alice")
        self.assertEqual(len(spliced), 1)

    def test_offer_of_another_signer_is_refused(self):
        # The whole description is another's, with a fingerprint of hers: genuine, but not alice's.
        (mallory,) = self.team("mallory", contacts=False)
        self.introduce(mallory, self.homes[1])
        sealed = self.offer_recorded_in_a_room_of(mallory)
        creator = self.create("--join-timeout", "60s")
        self.splice("offer", sealed)
        self.refused_by_bob(creator, "description not signed by alice")

    def test_offer_to_another_signer_is_refused(self):
        alice, bob = self.homes
        (carol,) = self.team("carol", contacts=False)
        self.introduce(carol, alice, bob)
        for home in self.homes:
            self.introduce(home, carol)
        kept = self.keep_offers(self.key(carol))
        creator = alice.create("treasury", "2", "alice", "bob", "carol", "--signaling", self.evil.url,
                               "--join-timeout", "60s", room=[])
        waiting = carol.join(creator.invite)
        self.evil.wait_for(lambda message: message["type"] == "offer")
        waiting.kill()
        self.splice("offer", kept[0]["data"]["sealed"])
        self.refused_by_bob(creator, "description not signed by alice")

    def test_offer_of_an_earlier_join_is_refused(self):
        bob = self.homes[1]
        kept = self.keep_offers(self.key(bob))
        creator = self.create("--join-timeout", "60s")
        waiting = bob.join(creator.invite)
        self.evil.wait_for(lambda message: message["type"] == "offer")
        waiting.kill()
        self.splice("offer", kept[0]["data"]["sealed"])
        self.refused_by_bob(creator, "description not signed by alice")

    def test_offer_of_an_earlier_link_is_refused(self):
        offers = []

        def second_as_first(message):
            if message["type"] != "offer":
                return [message]
            offers.append(message)
            if len(offers) == 1:
                return []
            return [{**message, "data": {**message["data"], "sealed": offers[0]["data"]["sealed"]}}]

        self.evil.tamper = second_as_first
        creator = self.create("--join-timeout", "60s", "--connect-timeout", "1s")
        self.refused_by_bob(creator, "description not signed by alice")
        self.assertEqual(offers[0]["data"]["to_epoch"], offers[1]["data"]["to_epoch"])

    def test_offer_as_a_candidate_is_refused(self):
        offers = []

        def retype(message):
            if message["type"] == "offer":
                offers.append(message)
            if message["type"] == "ice-candidate" and offers and message["from"] == offers[0]["from"]:
                return [{**message, "data": {**message["data"], "sealed": offers[-1]["data"]["sealed"]}}]
            return [message]

        self.evil.tamper = retype
        creator = self.create("--join-timeout", "60s")
        self.refused_by_bob(creator, "description not signed by alice")

    def test_own_offer_as_the_answer_is_refused(self):
        offers = []

        def reflect(message):
            if message["type"] == "offer":
                offers.append(message)
            if message["type"] == "answer":
                return [{**message, "data": {**message["data"], "sealed": offers[-1]["data"]["sealed"]}}]
            return [message]

        self.evil.tamper = reflect
        creator = self.create("--join-timeout", "60s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "2s")
        self.fails(creator.wait(), 5, "description not signed by bob")
        self.assert_nothing_was_sent(creator)
        self.assertNotEqual(recipient.wait().code, 0)
        self.assertEqual(self.homes[1].multisigs(), [])


class Repeated(WireTest):
    def test_offer_of_an_earlier_link_is_dropped_and_the_creation_completes(self):
        old = []

        def replay(message):
            if message["type"] == "offer":
                old.append(message)
                return [*old[:-1], message, *old[:-1]]
            return [message]

        self.evil.tamper = replay
        creator = self.create("--join-timeout", "60s")
        recipient = self.homes[1].join(creator.invite)
        self.evil.wait_for(lambda message: message["type"] == "offer")
        recipient.kill()
        self.succeeds(self.homes[1].join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assertGreaterEqual(len(old), 2)
        self.assert_all_hold_the_same("treasury", self.homes)

    def test_every_message_twice_has_no_effect(self):
        self.evil.tamper = lambda message: [message] if message["type"] in ("join", "leave") else [message, message]
        creator = self.create()
        self.succeeds(self.homes[1].join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assert_all_hold_the_same("treasury", self.homes)


class Rejoining(WireTest):
    TIMES = 5000
    FILES = 256  # far more than one link needs, far fewer than one for each time

    def test_again_and_again_begins_no_link_each_time_and_the_creation_completes(self):
        told = []

        def rejoin(message):
            if message["type"] != "offer" or told:
                return [message]
            epochs = [base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=") for _ in range(self.TIMES)]
            for epoch in [*epochs, message["data"]["to_epoch"]]:
                told.append(epoch)
                ready = {"type": "ready", "from": message["to"], "epoch": epoch, "room": message["room"]}
                self.evil.ends[0].write(TEXT, json.dumps(ready).encode())  # the end towards the creator
            return []

        self.evil.tamper = rejoin
        creator = self.create()
        recipient = self.homes[1].join(creator.invite)
        resource.prlimit(creator.pid, resource.RLIMIT_NOFILE, (self.FILES, self.FILES))
        self.succeeds(creator.wait())
        self.succeeds(recipient.wait())
        self.assertEqual(len(told), self.TIMES + 1)
        self.assert_all_hold_the_same("treasury", self.homes)


class KeptBack(WireTest):
    def keep_back_first(self, kind):
        kept = []

        def tamper(message):
            if message["type"] == kind and not kept:
                kept.append(message)
                return []
            return [message]

        self.evil.tamper = tamper
        creator = self.create("--connect-timeout", "2s")
        recipient = self.homes[1].join(creator.invite, "--connect-timeout", "2s")
        self.succeeds(recipient.wait())
        self.succeeds(creator.wait())
        self.assertEqual(len(kept), 1)
        self.assert_all_hold_the_same("treasury", self.homes)

    def test_offer_is_made_again_after_the_connect_timeout(self):
        self.keep_back_first("offer")

    def test_answer_is_made_again_after_the_connect_timeout(self):
        self.keep_back_first("answer")

    def test_candidates_all_of_them_end_in_a_timeout_that_names_the_other(self):
        self.evil.tamper = lambda message: [] if message["type"] == "ice-candidate" else [message]
        creator = self.create("--connect-timeout", "1s", "--join-timeout", "3s")
        recipient = self.homes[1].join(creator.invite, "--connect-timeout", "1s", "--join-timeout", "3s")
        self.fails(creator.wait(), 6, "bob")
        self.fails(recipient.wait(), 4, "alice")
        self.assertEqual(self.homes[1].multisigs(), [])


class Misled(WireTest):
    def test_who_joins_in_another_s_name_gets_nothing(self):
        # The server answers mallory's join as if it were bob's: the offer is sealed to bob, so mallory's is no use.
        alice, bob = self.homes
        mallory = self.team("mallory", contacts=False)[0]
        self.introduce(mallory, alice, bob)
        keys = {home.name: home.query("signer", "show")["sign_key"] for home in (bob, mallory)}

        def pose(message):
            if message["type"] == "join" and message["from"] == keys["mallory"]:
                message["from"] = keys["bob"]
            return [message]

        self.evil.tamper = pose
        creator = self.create("--join-timeout", "30s")
        self.fails(mallory.join(creator.invite, "--join-timeout", "2s").wait(), 4)
        self.assertEqual([event for event in creator.events if event.get("state") == "joined"], [])
        self.succeeds(bob.join(creator.invite).wait())
        self.succeeds(creator.wait())
        self.assertEqual(mallory.multisigs(), [])


class Replaced(WireTest):
    """The server says to each signer that it has joined from elsewhere, which nobody has."""

    def say_replaced(self):
        said = json.dumps({"type": "error", "code": "replaced", "message": "elsewhere"}).encode()
        for end in self.evil.ends:
            if not end.masks:  # towards a signer
                end.write(TEXT, said)

    def test_with_open_links_ends_nothing(self):
        gate = self.root / "gate"
        os.mkfifo(gate)
        hook = self.write(self.root / "hook", f"#!/bin/sh\ncat >/dev/null\ncat '{gate}'\n", 0o700)
        creator = self.create("--multisig-address", f"0x{1:064x}")
        recipient = self.homes[1].join(creator.invite, "--check-hook", hook)
        opened = gate.open("w")  # once the hook runs: the link is open, and nothing is signed yet
        self.say_replaced()
        for process in (creator, recipient):
            process.wait_for_text("from somewhere else, says its server: only the open links go on here")
        opened.close()
        self.succeeds(creator.wait())
        self.succeeds(recipient.wait())
        self.assert_all_hold_the_same("treasury", self.homes)

    def test_without_a_link_ends_the_run_with_what_it_may_mean(self):
        self.evil.tamper = lambda message: [] if message["type"] == "offer" else [message]
        creator = self.create()
        recipient = self.homes[1].join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="connecting")
        self.say_replaced()
        recipient.kill()
        self.fails(creator.wait(), 6, "from somewhere else, says its server", "copy of your vault")


class Words(WireTest):
    def test_of_the_server_reach_no_terminal_unescaped(self):
        said = json.dumps({"type": "error", "code": "bad_message", "message": "\x1b[2Jcome\rhere\x9b1m\u202e"}).encode()

        def tamper(message):
            if message["type"] != "join" or "create" in message:
                return [message]
            self.evil.ends[-2].write(TEXT, said)  # the end towards who joins
            return []

        self.evil.tamper = tamper
        creator = self.create()
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "2s")
        result = self.fails(recipient.wait(), 4, "come", r"\\u\{1B\}")
        self.assertNotRegex(result.stderr, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
