# An evil signaling server between the signers: what it changes is refused, what it keeps back or repeats only delays.
from coterie import CoterieTest
from wire import EvilServer, flip


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

    def test_offer_of_another_room_is_refused_or_dropped(self):
        other = []

        def keep(message):
            if message["type"] == "offer":
                other.append(message)
                return []
            return [message]

        self.evil.tamper = keep
        first = self.create("--join-timeout", "60s")
        waiting = self.homes[1].join(first.invite)
        self.evil.wait_for(lambda message: message["type"] == "offer")
        waiting.kill()
        first.kill()

        def splice(message):
            if message["type"] == "offer":
                # The present epochs and link, so that it is not merely old; the sealed part is of the other room.
                return [{**message, "data": {**message["data"], "sealed": other[0]["data"]["sealed"]}}]
            return [message]

        self.evil.tamper = splice
        alice, bob = self.homes
        second = alice.create("second", "2", "alice", "bob", "--signaling", self.evil.url, "--join-timeout", "2s", room=[])
        self.fails(bob.join(second.invite, "--join-timeout", "10s").wait(), 5, "description not signed by alice")
        self.assertEqual(bob.multisigs(), [])
        second.wait()


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
