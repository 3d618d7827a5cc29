# An evil signaling server that changes, splices, repeats or keeps back what signers say to each other: what it changes
# is refused, what it keeps back or repeats only delays.
import base64
import json
import os
import resource
import threading

from coterie import DEADLINE
from drill import ServerTest, key_of
from wire import TEXT, flip

NOT_BY_ALICE = "description not signed by alice"
NOT_BY_BOB = "description not signed by bob"
SIGNALS = ("offer", "answer", "ice-candidate")


class Altered(ServerTest):
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

    def test_offer_is_refused_and_nothing_is_stored(self):
        """one bit of an offer is flipped"""
        altered = self.alter_first("offer")
        creator = self.create("--join-timeout", "2s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "10s")
        result = self.stopped(recipient, 5, "refused", NOT_BY_ALICE)
        self.assertEqual(len(altered), 1)
        self.assertEqual(result.events[-1]["status"], "failed")
        self.assertEqual(self.homes[1].multisigs(), [], "something was stored")
        self.assertEqual(creator.wait().code, 6)
        self.assertEqual([event for event in creator.events if event.get("state") in ("delivered", "receipt")], [])

    def test_answer_is_refused_and_no_account_leaves(self):
        """one bit of an answer is flipped"""
        altered = self.alter_first("answer")
        creator = self.create("--join-timeout", "5s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "2s")
        self.stopped(creator, 5, "refused", NOT_BY_BOB)
        self.assertEqual(len(altered), 1)
        self.assertEqual([event for event in creator.events if event.get("state") == "connected"], [])
        self.assertEqual(recipient.wait().code, 4)
        self.assertEqual(self.homes[1].multisigs(), [])

    def test_candidate_is_refused(self):
        """one bit of a candidate is flipped"""
        altered = self.alter_first("ice-candidate")
        creator = self.create("--join-timeout", "5s")
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "5s")
        results = [creator.wait(), recipient.wait()]
        self.assertEqual(len(altered), 1)
        if altered[0]["from"] == self.keys["alice"]:
            self.stopped(recipient, 5, "refused", NOT_BY_ALICE)
        else:
            self.stopped(creator, 5, "refused", NOT_BY_BOB)
        self.assertNotIn(0, [result.code for result in results])

    def test_offer_after_which_the_honest_run_completes(self):
        """one bit of an offer is flipped, once; bob joins again"""
        self.alter_first("offer")
        creator = self.create("--join-timeout", "60s", kind="aztec-schnorr")
        self.stopped(self.homes[1].join(creator.invite), 5, "refused", NOT_BY_ALICE)
        self.no_effect("treasury", self.homes, self.homes[1].join(creator.invite), creator)


class Spliced(ServerTest):
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
                message["data"]["sealed"] = sealed
            return [message]

        self.evil.tamper = tamper
        return spliced

    def offer_recorded_in_a_room_of(self, home):
        """An offer of this signer to bob in a room of its own, and the bob who got none of it is gone."""
        bob = self.homes[1]
        kept = self.keep_offers(self.keys["bob"])
        creator = home.create("recorded", "2", home.name, "bob", "--signaling", self.evil.url, *self.canary(), room=[])
        waiting = bob.join(creator.invite, "--join-timeout", "60s")
        self.evil.wait_for(lambda message: message["type"] == "offer")
        for process in (waiting, creator):
            process.kill()
        return kept[0]["data"]["sealed"]

    def assert_nothing_was_sent(self, creator):
        beyond = [event for event in creator.events if event.get("state") in ("connected", "delivered", "receipt")]
        self.assertEqual(beyond, [], f"a link opened\n{creator}")

    def refused_by_bob(self, creator):
        self.stopped(self.homes[1].join(creator.invite, "--join-timeout", "20s"), 5, "refused", NOT_BY_ALICE)
        self.assertEqual(self.homes[1].multisigs(), [], "something was stored")
        self.assert_nothing_was_sent(creator)

    def test_offer_of_another_room_is_refused(self):
        """alice's offer to bob in another room"""
        sealed = self.offer_recorded_in_a_room_of(self.homes[0])
        creator = self.create("--join-timeout", "60s")
        spliced = self.splice("offer", sealed)
        self.refused_by_bob(creator)
        self.assertEqual(len(spliced), 1)

    def test_offer_of_another_signer_is_refused(self):
        """a whole offer with another's fingerprint: genuine, but mallory's"""
        (mallory,) = self.team("mallory", contacts=False)
        self.introduce(mallory, self.homes[1])
        sealed = self.offer_recorded_in_a_room_of(mallory)
        creator = self.create("--join-timeout", "60s")
        self.splice("offer", sealed)
        self.refused_by_bob(creator)

    def test_offer_made_by_the_server_is_refused(self):
        """an offer in alice's name with the server's own fingerprint, sealed and signed with its own keys"""
        (mallory,) = self.team("mallory", contacts=False)
        self.introduce(mallory, self.homes[1])
        creator = self.create("--join-timeout", "60s")
        made = []

        def make(message):
            if message["type"] != "offer":
                return [message]
            names = [message["data"][field] for field in ("from_epoch", "to_epoch", "link")]
            made.append(self.evil_signer("seal", "-", mallory, creator.invite, "bob", *names).wait().json["sealed"])
            return [{**message, "data": {**message["data"], "sealed": made[-1]}}]

        self.evil.tamper = make
        self.refused_by_bob(creator)
        self.assertEqual(len(made), 1)

    def test_offer_to_another_signer_is_refused(self):
        """alice's offer to carol given to bob"""
        alice, bob = self.homes
        (carol,) = self.team("carol", contacts=False)
        self.introduce(carol, alice, bob)
        for home in self.homes:
            self.introduce(home, carol)
        kept = self.keep_offers(key_of(carol))
        self.homes.append(carol)
        creator = self.create("--join-timeout", "60s")
        waiting = carol.join(creator.invite)
        self.evil.wait_for(lambda message: message["type"] == "offer")
        waiting.kill()
        self.splice("offer", kept[0]["data"]["sealed"])
        self.refused_by_bob(creator)

    def test_offer_of_an_earlier_join_is_refused(self):
        """alice's offer to an earlier join of bob's, under the present epochs"""
        bob = self.homes[1]
        kept = self.keep_offers(self.keys["bob"])
        creator = self.create("--join-timeout", "60s")
        waiting = bob.join(creator.invite)
        self.evil.wait_for(lambda message: message["type"] == "offer")
        waiting.kill()
        self.splice("offer", kept[0]["data"]["sealed"])
        self.refused_by_bob(creator)

    def test_offer_of_an_earlier_link_is_refused(self):
        """alice's offer of an earlier link, under the present link"""
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
        self.refused_by_bob(creator)
        self.assertEqual(offers[0]["data"]["to_epoch"], offers[1]["data"]["to_epoch"])

    def test_offer_as_a_candidate_is_refused(self):
        """alice's offer once more, as her candidate"""
        offers = []

        def retype(message):
            if message["type"] == "offer":
                offers.append(message)
            if message["type"] == "ice-candidate" and offers and message["from"] == offers[0]["from"]:
                return [{**message, "data": {**message["data"], "sealed": offers[-1]["data"]["sealed"]}}]
            return [message]

        self.evil.tamper = retype
        creator = self.create("--join-timeout", "60s")
        self.refused_by_bob(creator)

    def test_own_offer_as_the_answer_is_refused(self):
        """alice's own offer as bob's answer"""
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
        self.stopped(creator, 5, "refused", NOT_BY_BOB)
        self.assert_nothing_was_sent(creator)
        self.assertEqual(recipient.wait().code, 4)
        self.assertEqual(self.homes[1].multisigs(), [])


class Repeated(ServerTest):
    def test_offer_of_an_earlier_link_is_dropped_and_the_creation_completes(self):
        """every earlier offer comes again, before and after each new one"""
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
        self.no_effect("treasury", self.homes, self.homes[1].join(creator.invite), creator)
        self.assertGreaterEqual(len(old), 2)

    def test_every_message_twice_has_no_effect(self):
        """every message comes twice"""
        self.evil.tamper = lambda message: [message] if message["type"] in ("join", "leave") else [message, message]
        self.all_complete()


class Rejoining(ServerTest):
    TIMES = 5000
    FILES = 256  # far more than one link needs, far fewer than one for each time

    def test_again_and_again_begins_no_link_each_time_and_the_creation_completes(self):
        """5,000 times a signer is said to have joined anew"""
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
        self.no_effect("treasury", self.homes, creator, recipient)
        self.assertEqual(len(told), self.TIMES + 1)


class KeptBack(ServerTest):
    def keep_back_first(self, kind):
        kept = []

        def tamper(message):
            if message["type"] == kind and not kept:
                kept.append(message)
                return []
            return [message]

        self.evil.tamper = tamper
        self.all_complete(("--connect-timeout", "2s"), ("--connect-timeout", "2s"))
        self.assertEqual(len(kept), 1)

    def test_offer_is_made_again_after_the_connect_timeout(self):
        """the first offer is dropped"""
        self.keep_back_first("offer")

    def test_answer_is_made_again_after_the_connect_timeout(self):
        """the first answer is dropped"""
        self.keep_back_first("answer")

    def test_candidates_all_of_them_end_in_a_timeout_that_names_the_other(self):
        """every candidate is dropped"""
        self.evil.tamper = lambda message: [] if message["type"] == "ice-candidate" else [message]
        self.nobody_meets("--connect-timeout", "1s")


class Misled(ServerTest):
    def pose(self, key):
        """Whoever has this key gets into the room as bob, as far as the server can bring it about; the real one and the
        real bob hear nothing of it. Gives what alice says to "bob"."""
        alice, bob = self.keys["alice"], self.keys["bob"]
        epochs, misled = {}, []

        def to_poser(message):
            room, epoch = message["room"], message["epoch"]
            self.evil.say(key, {"type": "joined", "room": room, "members": [{"from": alice, "epoch": epochs[alice]}],
                                "ice_servers": []})
            self.evil.say(alice, {"type": "ready", "from": bob, "epoch": epoch, "room": room})

        def tamper(message):
            if message["type"] == "join":
                epochs[message["from"]] = message["epoch"]
            if message["from"] == key:
                if message["type"] == "join":
                    to_poser(message)
                elif message["type"] in SIGNALS:
                    self.evil.say(alice, {**message, "from": bob})
                return []
            if message.get("to") == bob:
                misled.append(message)
                self.evil.say(key, {**message, "to": key})
                return []
            return [message]

        self.evil.tamper = tamper
        return misled

    def test_who_joins_in_another_s_name_gets_nothing(self):
        """mallory's join is answered as if it were bob's: she gets alice's offers and candidates for him, and alice hers"""
        alice, bob = self.homes
        mallory = self.team("mallory", contacts=False)[0]
        self.introduce(mallory, alice, bob)
        key = key_of(mallory)
        misled = self.pose(key)
        joined = threading.Event()  # alice, so that she listens to what the server says of others

        def answer(message, to):
            if message["type"] == "joined" and to == self.keys["alice"]:
                joined.set()
            return [message]

        self.evil.answer = answer
        creator = self.create("--join-timeout", "60s", "--connect-timeout", "1s")
        self.assertTrue(joined.wait(DEADLINE), creator)
        poser = self.evil_signer("recipient", "none", mallory, creator.invite)
        self.said(creator, "no link to bob yet: [^;]*")
        # She reads one thing after the other: when she joins again, she has read what was there before.
        joins = len(poser.events)
        self.evil.say(key, {"type": "error", "code": "draining", "message": "join again"})
        poser.wait_for(lambda _: len(poser.events) > joins, event="joined")
        read = self.evil_files[0].read_text()
        offers = [message["data"]["sealed"] for message in misled if message["type"] == "offer"]
        self.assertIn(offers[0], read, "no offer reached her")
        self.assertNotIn("a=fingerprint", read, "she opened an offer")
        self.assertEqual({event["event"] for event in poser.events}, {"joined"})
        beyond = [event for event in creator.events if event.get("state") in ("connected", "delivered", "receipt")]
        self.assertEqual(beyond, [], f"a link opened\n{creator}")
        poser.kill()
        self.evil.tamper = lambda message: [message]
        self.no_effect("treasury", self.homes, bob.join(creator.invite), creator)


class Replaced(ServerTest):
    """The server says to each signer that it has joined from elsewhere, which nobody has."""

    def say_replaced(self):
        said = json.dumps({"type": "error", "code": "replaced", "message": "elsewhere"}).encode()
        for end in self.evil.ends:
            if not end.masks:  # towards a signer
                end.write(TEXT, said)

    def test_with_open_links_ends_nothing(self):
        """both signers are told that they joined from elsewhere, with their link open"""
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
        self.no_effect("treasury", self.homes, creator, recipient)

    def test_without_a_link_ends_the_run_with_what_it_may_mean(self):
        """the creator is told that it joined from elsewhere, before a link is open"""
        self.evil.tamper = lambda message: [] if message["type"] == "offer" else [message]
        creator = self.create()
        recipient = self.homes[1].join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="connecting")
        self.say_replaced()
        recipient.kill()
        self.stopped(creator, 1, "environment", "you joined this room from somewhere else, says its server")


class Words(ServerTest):
    def test_of_the_server_reach_no_terminal_unescaped(self):
        """escapes for the terminal in the words of an error"""
        said = json.dumps({"type": "error", "code": "bad_message", "message": "\x1b[2Jcome\rhere\x9b1m\u202e"}).encode()

        def tamper(message):
            if message["type"] != "join" or "create" in message:
                return [message]
            self.evil.ends[-2].write(TEXT, said)  # the end towards who joins
            return []

        self.evil.tamper = tamper
        creator = self.create()
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "2s")
        result = self.stopped(recipient, 4, "timed_out", r"\\u\{1B\}\[2Jcome")
        self.assertNotRegex(result.stderr, "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]")
