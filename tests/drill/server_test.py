# An evil signaling server that lies about who is there, loses and delays every kind of message, and has ICE servers of
# its own: it can delay or refuse, and nothing else.
import json
import socket

from coterie import DEADLINE
from drill import ServerTest
from wire import Late, random_key

SOON = ("--connect-timeout", "1s")
LATE = 1.5  # seconds: later than the connect-timeout above
NOT_BY_ALICE = "description not signed by alice"


def of_type(kind):
    return lambda message: message["type"] == kind


def nothing(_):
    return []


def late(message):
    return [Late(message, LATE)]


class TamperTest(ServerTest):
    """Most deeds end as an honest run does: so each must have been done."""

    def setUp(self):
        super().setUp()
        self.done = []  # the messages that were tampered with

    def tearDown(self):
        super().tearDown()
        self.assertTrue(self.done, "nothing was tampered with")

    def every_time(self, matches, change):
        """A function for `tamper` or `answer`: what `change` gives for each message that matches."""

        def replace(message, *_):
            if not matches(message):
                return [message]
            self.done.append(message)
            return change(message)

        return replace

    def first_time(self, matches, change):
        """The same, but only once."""
        return self.every_time(lambda message: not self.done and matches(message), change)

    def was_made_again(self, kind, sender):
        """What was tampered with was not taken as it is: its sender had to make another."""
        made = [message for message in self.evil.seen if message["type"] == kind and message["from"] == self.keys[sender]]
        self.assertGreaterEqual(len(made), 2, f"only one {kind} of {sender}'s was needed")


class Dropped(TamperTest):
    def test_hello_once_has_no_effect(self):
        """the first hello is dropped"""
        self.evil.answer = self.first_time(of_type("hello"), nothing)
        self.all_complete()

    def test_join_once_has_no_effect(self):
        """the first join is dropped"""
        self.evil.tamper = self.first_time(of_type("join"), nothing)
        self.all_complete()

    def test_joined_once_has_no_effect(self):
        """the first joined is dropped"""
        self.evil.answer = self.first_time(of_type("joined"), nothing)
        self.all_complete()

    def test_ready_once_ends_in_a_timeout_and_the_next_join_completes(self):
        """the first ready is dropped; bob joins again"""
        self.evil.answer = self.first_time(of_type("ready"), nothing)
        creator = self.create()
        bob = self.homes[1]
        self.stopped(bob.join(creator.invite, "--join-timeout", "2s"), 4, "timed_out", "nothing from alice within 2 s")
        self.no_effect("treasury", self.homes, creator, bob.join(creator.invite))

    def test_candidate_once_has_no_effect(self):
        """the first candidate is dropped"""
        self.evil.tamper = self.first_time(of_type("ice-candidate"), nothing)
        self.all_complete(SOON, SOON)

    def test_leave_has_no_effect(self):
        """every leave is dropped"""
        self.evil.tamper = self.every_time(of_type("leave"), nothing)
        self.evil.answer = self.every_time(of_type("leave"), nothing)
        self.all_complete()
        self.evil.wait_for(of_type("leave"))

    def test_hello_for_ever_ends_in_a_timeout(self):
        """every hello is dropped: the server is silent"""
        self.evil.answer = self.every_time(of_type("hello"), nothing)
        self.nobody_meets()

    def test_join_for_ever_ends_in_a_timeout(self):
        """every join is dropped"""
        self.evil.tamper = self.every_time(of_type("join"), nothing)
        self.nobody_meets()

    def test_joined_for_ever_ends_in_a_timeout(self):
        """every joined is dropped"""
        self.evil.answer = self.every_time(of_type("joined"), nothing)
        self.nobody_meets()

    def test_ready_for_ever_ends_in_a_timeout(self):
        """every ready is dropped"""
        self.evil.answer = self.every_time(of_type("ready"), nothing)
        self.nobody_meets()

    def test_offer_for_ever_ends_in_a_timeout(self):
        """every offer is dropped"""
        self.evil.tamper = self.every_time(of_type("offer"), nothing)
        self.nobody_meets(*SOON)

    def test_answer_for_ever_ends_in_a_timeout(self):
        """every answer is dropped"""
        self.evil.tamper = self.every_time(of_type("answer"), nothing)
        self.nobody_meets(*SOON)


class Delayed(TamperTest):
    def test_hello_has_no_effect(self):
        """every hello comes late"""
        self.evil.answer = self.every_time(of_type("hello"), late)
        self.all_complete(SOON, SOON)

    def test_join_has_no_effect(self):
        """every join comes late"""
        self.evil.tamper = self.every_time(of_type("join"), late)
        self.all_complete(SOON, SOON)

    def test_joined_has_no_effect(self):
        """bob's joined comes late, behind alice's first offer"""
        self.evil.answer = self.every_time(lambda message: message["type"] == "joined" and message["members"], late)
        self.all_complete(SOON, SOON)

    def test_joined_behind_ready_ends_in_a_timeout(self):
        """alice's joined comes after the ready for bob"""
        self.evil.answer = self.every_time(lambda message: message["type"] == "joined" and not message["members"], late)
        self.nobody_meets(*SOON)

    def test_ready_has_no_effect(self):
        """every ready comes late"""
        self.evil.answer = self.every_time(of_type("ready"), late)
        self.all_complete(SOON, SOON)

    def test_offer_has_no_effect(self):
        """the first offer comes after the next one"""
        self.evil.tamper = self.first_time(of_type("offer"), late)
        self.all_complete(SOON, SOON)

    def test_answer_has_no_effect(self):
        """the first answer comes after the next one"""
        self.evil.tamper = self.first_time(of_type("answer"), late)
        self.all_complete(SOON, SOON)

    def test_candidates_have_no_effect(self):
        """every candidate comes late"""
        self.evil.tamper = self.every_time(of_type("ice-candidate"), late)
        self.all_complete(("--connect-timeout", "10s"), ("--connect-timeout", "10s"))

    def test_leave_has_no_effect(self):
        """every leave comes late"""
        self.evil.tamper = self.every_time(of_type("leave"), late)
        self.all_complete()
        self.evil.wait_for(of_type("leave"))

    def behind_the_next_candidate(self, kind):
        """Keeps the first message of this kind back until its sender has sent a candidate."""
        kept = []

        def reorder(message):
            if message["type"] == kind and not kept:
                kept.append(message)
                return []
            if kept and not self.done and message["type"] == "ice-candidate" and message["from"] == kept[0]["from"]:
                self.done.append(message)
                return [message, kept[0]]
            return [message]

        self.evil.tamper = reorder
        self.all_complete(SOON, SOON)

    def test_offer_behind_a_candidate_has_no_effect(self):
        """the offer comes after a candidate of its link"""
        self.behind_the_next_candidate("offer")

    def test_answer_behind_a_candidate_has_no_effect(self):
        """the answer comes after a candidate of its link"""
        self.behind_the_next_candidate("answer")


class Rewritten(TamperTest):
    def rewrite_first(self, kind, field):
        """Another random value under the first message of this kind."""
        self.evil.tamper = self.first_time(of_type(kind),
                                           lambda message: [{**message, "data": {**message["data"], field: random_key(16)}}])

    def only_delays(self, kind, field, sender):
        self.rewrite_first(kind, field)
        self.all_complete(SOON, SOON)
        self.was_made_again(kind, sender)

    def test_epoch_of_the_sender_only_delays(self):
        """another epoch of alice under her offer"""
        self.only_delays("offer", "from_epoch", "alice")

    def test_epoch_of_the_receiver_only_delays(self):
        """another epoch of bob under alice's offer"""
        self.only_delays("offer", "to_epoch", "alice")

    def test_epoch_of_an_answer_only_delays(self):
        """another epoch of bob under his answer"""
        self.only_delays("answer", "from_epoch", "bob")

    def test_link_of_an_answer_only_delays(self):
        """another link under bob's answer"""
        self.only_delays("answer", "link", "bob")

    def test_link_of_a_candidate_has_no_effect(self):
        """another link under a candidate"""
        self.rewrite_first("ice-candidate", "link")
        self.all_complete(SOON, SOON)

    def test_link_of_an_offer_is_refused(self):
        """another link under alice's offer"""
        self.rewrite_first("offer", "link")
        creator = self.create("--join-timeout", "2s")
        self.stopped(self.homes[1].join(creator.invite), 5, "refused", NOT_BY_ALICE)
        self.assertEqual(creator.wait().code, 6)


class Swapped(TamperTest):
    names = ("alice", "bob", "carol")

    def swap_first_two(self, kind, between):
        """The first two messages of this kind, each under the head of the other."""
        kept = []

        def swap(message):
            if message["type"] != kind or self.done or (kept and kept[0][between] == message[between]):
                return [message]
            kept.append(message)
            if len(kept) == 1:
                return []
            self.done += kept
            sealed = [each["data"]["sealed"] for each in kept]
            return [{**each, "data": {**each["data"], "sealed": other}} for each, other in zip(kept, reversed(sealed))]

        self.evil.tamper = swap

    def test_offers_of_two_pairs_are_refused(self):
        """alice's offers to bob and to carol are swapped"""
        self.swap_first_two("offer", "to")
        creator = self.create("--join-timeout", "4s")
        recipients = [home.join(creator.invite) for home in self.homes[1:]]
        for recipient in recipients:
            self.stopped(recipient, 5, "refused", NOT_BY_ALICE)
        self.stopped(creator, 6, "pending", "no receipt from bob and carol")

    def test_answers_of_two_pairs_are_refused(self):
        """the answers of bob and of carol are swapped"""
        self.swap_first_two("answer", "from")
        creator = self.create("--join-timeout", "20s")
        recipients = [home.join(creator.invite, "--join-timeout", "3s") for home in self.homes[1:]]
        self.stopped(creator, 5, "refused", "description not signed by (bob|carol)")
        for recipient in recipients:
            self.assertEqual(recipient.wait().code, 4)
        self.assert_nobody_complete(*self.homes)

    def test_answer_in_another_s_name_only_delays(self):
        """bob's answer comes as carol's"""
        self.evil.answer = self.first_time(lambda message: message["type"] == "answer" and message["from"] == self.keys["bob"],
                                           lambda message: [{**message, "from": self.keys["carol"]}])
        self.all_complete(SOON, SOON)
        self.was_made_again("answer", "bob")


class Members(TamperTest):
    """The list of who is there, as bob is told it."""

    def tell_bob(self, change):
        def to_bob(message):
            return message["type"] == "joined" and any(one["from"] == self.keys["alice"] for one in message["members"])

        self.evil.answer = self.every_time(to_bob, lambda message: [{**message, "members": change(message["members"])}])

    def test_with_strangers_have_no_effect(self):
        """60 strangers among the members"""
        self.tell_bob(lambda members: members + [{"from": random_key(), "epoch": random_key(16)} for _ in range(60)])
        self.all_complete()

    def test_with_the_signer_himself_have_no_effect(self):
        """bob himself among the members"""
        self.tell_bob(lambda members: members + [{"from": self.keys["bob"], "epoch": random_key(16)}])
        self.all_complete()

    def test_with_a_false_epoch_before_the_true_one_have_no_effect(self):
        """alice twice among the members, first with a false epoch"""
        self.tell_bob(lambda members: [{**members[0], "epoch": random_key(16)}, *members])
        self.all_complete()

    def test_with_a_false_epoch_after_the_true_one_end_in_a_timeout(self):
        """alice twice among the members, last with a false epoch"""
        self.tell_bob(lambda members: [*members, {**members[0], "epoch": random_key(16)}])
        self.nobody_meets(*SOON)

    def test_with_the_epoch_of_zeros_end_in_a_timeout(self):
        """an epoch of zeros for alice"""
        self.tell_bob(lambda members: [{**one, "epoch": "A" * 22} for one in members])
        self.nobody_meets(*SOON)

    def test_without_the_creator_end_in_a_timeout(self):
        """alice is left out of the members"""
        self.tell_bob(lambda members: [])
        self.nobody_meets(*SOON)

    def test_with_epochs_that_are_none_are_no_message(self):
        """epochs of 0, 15 and 1000 bytes; 65 members"""
        lists = [[{"from": self.keys["alice"], "epoch": random_key(size)}] for size in (0, 15, 1000)]
        lists.append([{"from": random_key(), "epoch": random_key(16)} for _ in range(65)])
        self.tell_bob(lambda members: lists.pop() if lists else members)
        self.all_complete()
        self.assertEqual(lists, [])


class Lies(ServerTest):
    """What the server says of others while bob has an open link."""

    names = ("alice", "bob", "carol")

    def begin(self, kind="opaque"):
        creator = self.create(kind=kind)
        recipient = self.homes[1].join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        return creator, recipient

    def told(self, to, message):
        """Everybody completes although this signer is told this, and bob's link is the one that it was."""
        creator, recipient = self.begin()
        self.evil.say(self.keys[to], message(creator.invite.split("/")[3].split("#")[0]))
        self.no_effect("treasury", self.homes, creator, recipient, self.homes[2].join(creator.invite))
        connected = [event["signer"] for event in creator.events if event.get("state") == "connected"]
        self.assertEqual(sorted(connected), ["bob", "carol"])

    def ready(self, who):
        return lambda room: {"type": "ready", "from": self.keys[who], "epoch": random_key(16), "room": room}

    def leave(self, who):
        return lambda room: {"type": "leave", "from": self.keys[who], "room": room}

    def test_that_a_recipient_came_anew_have_no_effect(self):
        """ready for bob with an epoch that he never drew"""
        self.told("alice", self.ready("bob"))

    def test_that_the_creator_came_anew_have_no_effect(self):
        """ready for alice with an epoch that she never drew"""
        self.told("bob", self.ready("alice"))

    def test_that_a_stranger_came_have_no_effect(self):
        """ready for a stranger"""
        stranger = random_key()
        self.told("alice", lambda room: {"type": "ready", "from": stranger, "epoch": random_key(16), "room": room})

    def test_that_a_recipient_left_have_no_effect(self):
        """leave for bob, who is there"""
        self.told("alice", self.leave("bob"))

    def test_that_the_creator_left_have_no_effect(self):
        """leave for alice, who is there"""
        self.told("bob", self.leave("alice"))

    def test_that_the_room_is_full_have_no_effect(self):
        """error too_many to bob, whose link is open"""
        self.told("bob", lambda room: {"type": "error", "code": "too_many", "message": "full"})

    def replaced(self, to):
        self.evil.say(self.keys[to], {"type": "error", "code": "replaced", "message": "you are elsewhere"})

    def test_that_a_recipient_was_replaced_end_nothing_while_its_link_is_open(self):
        """error replaced to bob, whose link is open"""
        creator, recipient = self.begin("aztec-schnorr")
        self.replaced("bob")
        self.said(recipient, "says its server: only the open links go on here")
        self.no_effect("treasury", self.homes, creator, recipient, self.homes[2].join(creator.invite))

    def test_that_the_creator_was_replaced_end_its_run_and_resume_completes(self):
        """error replaced to alice, who waits for carol yet; she resumes"""
        creator, recipient = self.begin()
        self.replaced("alice")
        self.stopped(creator, 1, "environment", "joined this room from somewhere else, says its server, and this run gave way")
        self.no_effect("treasury", self.homes, recipient, self.homes[0].resume("treasury"),
                       self.homes[2].join(creator.invite))


class Answers(ServerTest):
    """What the server answers bob's joins with, before it lets one through."""

    def answered_with(self, answers):
        def replace(message, to):
            if message["type"] == "joined" and to == self.keys["bob"] and answers:
                answer = answers.pop()
                return [answer if isinstance(answer, bytes) else {**message, **answer}]
            return [message]

        self.evil.answer = replace
        self.all_complete()
        self.assertEqual(answers, [])

    def test_of_every_error_code_only_delay(self):
        """each error code in place of joined"""
        codes = ("bad_message", "too_large", "too_many", "refused", "name_taken", "timed_out", "draining", "version", "replaced")
        self.answered_with([json.dumps({"type": "error", "code": code, "message": code}).encode() for code in codes])

    def test_that_are_no_messages_only_delay(self):
        """frames that are too long, deep, no JSON, of an unknown type, or out of turn in place of joined"""
        hello = json.dumps({"type": "hello", "version": 1, "kind": "serve", "nonce": random_key()})
        self.answered_with([b'{"type":"joined"' + b" " * 70_000 + b"}", b"[" * 20_000, b"joined", b'{"type":"obey"}',
                            b'{"type":"leave","type":"leave"}', hello.encode(), {"room": random_key(16)},
                            {"members": None}])


class Listener:
    """A UDP socket that remembers what comes."""

    MARK = b"all that came before has been heard"

    def __init__(self, case, host):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        case.addCleanup(self.socket.close)
        self.address = self.socket.getsockname()
        self.turn_url = f"turn:{host}:{self.address[1]}"

    def heard(self):
        """Everything that was sent to it until now, once: nothing on this machine overtakes the mark."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(self.MARK, self.address)
        self.socket.settimeout(DEADLINE)
        return list(iter(lambda: self.socket.recv(2048), self.MARK))


class IceServers(TamperTest):
    """Where signers are sent for STUN and TURN."""

    NO_LINK = ("--connect-timeout", "2s")

    def setUp(self):
        super().setUp()
        self.offered = {}

        def answer(message, to):
            if message["type"] != "joined":
                return [message]
            self.done.append(message)
            return [{**message, "ice_servers": self.offered[to]}]

        self.evil.answer = answer

    def offer(self, *urls, to=("alice", "bob")):
        server = {"urls": list(urls), "username": "mallory", "credential": "secret"}
        self.offered.update({self.keys[name]: [server] for name in to})

    def let_no_candidate_through(self):
        """TURN servers are asked late, and only while there is no link. That they are is seen at one that may be used."""
        self.evil.tamper = self.every_time(of_type("ice-candidate"), nothing)

    def test_for_stun_get_no_packet(self):
        """a STUN server of the server's own"""
        listener = Listener(self, "127.0.0.1")
        self.offer(f"stun:127.0.0.1:{listener.address[1]}")
        self.all_complete()
        self.assertEqual(listener.heard(), [])

    def test_for_turn_elsewhere_in_a_signer_s_network_get_no_packet(self):
        """a TURN server at a host of a signer's own network"""
        elsewhere, own = Listener(self, "127.0.0.9"), Listener(self, "127.0.0.1")
        self.offer(elsewhere.turn_url, own.turn_url)
        self.let_no_candidate_through()
        self.nobody_meets(*self.NO_LINK)
        self.assertNotEqual(own.heard(), [], "no TURN server at all was asked")
        self.assertEqual(elsewhere.heard(), [])
        self.note("not asked")

    def test_for_turn_at_the_server_s_own_host_see_no_canary(self):
        """a TURN server at the server's own host"""
        listener = Listener(self, "127.0.0.1")
        self.offer(listener.turn_url)
        self.let_no_candidate_through()
        self.nobody_meets(*self.NO_LINK)
        heard = listener.heard()
        self.assertNotEqual(heard, [])
        self.overheard += [("what came to the server's own TURN server", packet) for packet in heard]

    def offered_beside_her_own(self, *options):
        """alice has a TURN server of her own, bob has none; each is offered another one of the server's."""
        own, to_alice, to_bob = (Listener(self, "127.0.0.1") for _ in range(3))
        self.offer(to_alice.turn_url, to=["alice"])
        self.offer(to_bob.turn_url, to=["bob"])
        self.let_no_candidate_through()
        password = self.write(self.root / "turn-password", "secret of alice's\n")
        creator = self.create("--join-timeout", "3s", *self.NO_LINK, "--turn", own.turn_url, "--turn-user", "alice",
                              "--turn-password-file", password, *options)
        recipient = self.homes[1].join(creator.invite, "--join-timeout", "3s", *self.NO_LINK)
        self.nobody_met(creator, recipient)
        self.assertNotEqual(own.heard(), [], "alice asked no TURN server at all")
        self.assertNotEqual(to_bob.heard(), [], "bob does not use what he is offered either")
        self.assertEqual(to_alice.heard(), [])
        self.note("not asked")

    def test_beside_one_s_own_get_no_packet(self):
        """a TURN server at the server's own host, to alice, who has one of her own"""
        self.offered_beside_her_own()

    def test_beside_one_s_own_get_no_packet_when_only_relays_are_allowed(self):
        """a TURN server at the server's own host, to alice, who has one of her own and allows only relays"""
        self.offered_beside_her_own("--ice-policy", "relay")
