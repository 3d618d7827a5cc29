# Strangers at the server of a running creation, and signers who give up in the middle.
import json
import os
import pathlib
import signal
import socket
import threading

from coterie import CoterieTest, in_parallel, port_of, room_of
from wire import RawClient, false_join, random_key

BINARY, CONTINUATION, PING = 0x2, 0x0, 0x9
FRAME = 64 * 1024


class Flood:
    """Strangers who join, each from an address of its own and as fast as it can or so often a second, until told to stop."""

    def __init__(self, case, port, room, sources, who=None, rate=None):
        self.port, self.room, self.who, self.pause = port, room, who, 1 / rate if rate else 0
        self.over = threading.Event()
        self.refused = self.turned_away = self.admitted = 0
        self.counting = threading.Lock()
        self.begun = threading.Barrier(len(sources) + 1)
        self.threads = [threading.Thread(target=self._join_for_ever, args=(source,)) for source in sources]
        case.addCleanup(self.stop)
        for thread in self.threads:
            thread.start()
        self.begun.wait(60)

    def _join_for_ever(self, source):
        first = True
        while not self.over.wait(self.pause):
            outcome = self._join(source)
            with self.counting:
                setattr(self, outcome, getattr(self, outcome) + 1)
            if first:
                self.begun.wait(60)
                first = False

    def _join(self, source):
        try:
            with RawClient(self.port, self.room, source) as stranger:
                stranger.send(false_join(self.room, self.who))
                answer = json.loads(stranger.end.read()[1])
                return "admitted" if answer["type"] == "joined" else "refused"
        except (OSError, ValueError):
            return "turned_away"

    def stop(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


class Floods(CoterieTest):
    def complete_during(self, sources, who=None, rate=None):
        homes = self.team("alice", "bob", "carol")
        creator = homes[0].create("treasury", "2", "alice", "bob", "carol")
        flood = Flood(self, port_of(creator.invite), room_of(creator.invite), sources, who and who(homes), rate)
        running = [creator, *(home.join(creator.invite) for home in homes[1:])]
        for process in running:
            self.succeeds(process.wait())
        flood.stop()
        self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual(flood.admitted, 0)
        self.assertGreater(flood.refused, 10)

    def test_of_joins_by_strangers_with_the_invite_keep_no_signer_out(self):
        self.complete_during([f"127.0.0.{index}" for index in range(2, 6)])

    def test_of_joins_from_the_signers_own_address_keep_no_signer_out(self):
        # More refusals than the server answers in full, fewer connections than it takes from one address.
        self.complete_during(["127.0.0.1", "127.0.0.1"], rate=35)

    def test_of_joins_in_a_signer_s_name_keep_that_signer_in(self):
        self.complete_during(["127.0.0.2", "127.0.0.3"], lambda homes: homes[1].query("signer", "show")["sign_key"])


class Barrage(CoterieTest):
    """What a server holds while peers break every rule, and after."""

    def setUp(self):
        super().setUp()
        # AddressSanitizer keeps what is freed in quarantine, 256 MiB of it: not what is measured here.
        sanitizer = f"{os.environ.get('ASAN_OPTIONS', '')}:quarantine_size_mb=1"
        self.server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", "0",
                                         environment=self.environment(ASAN_OPTIONS=sanitizer))
        self.port = self.server.wait_for(lambda event: "port" in event)["port"]
        self.process = pathlib.Path("/proc") / str(self.server.pid)

    def memory(self):
        """Resident, in bytes."""
        status = (self.process / "status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def descriptors(self):
        return len(list((self.process / "fd").iterdir()))

    def attacks(self):
        """Each as the close code that it must get, with the reason where there is one, and what it sends."""
        half = b"a" * (FRAME // 2)
        return {
            "huge": (1009, lambda peer: peer.send(b"a" * (FRAME + 1))),
            "length of 2^62": (1009, lambda peer: peer.connection.sendall(b"\x81\xff\x40" + bytes(11))),
            "endless": (1009, lambda peer: [peer.send(half if not piece else half + b"a", opcode=0x1 if not piece else
                                                      CONTINUATION, final=False) for piece in range(2)]),
            "fragmented": (1009, lambda peer: [peer.send(b"a" * 100, opcode=0x1 if not piece else CONTINUATION, final=False)
                                               for piece in range(FRAME // 100 + 1)]),
            "compressed": (1002, lambda peer: peer.send(b"{}", reserved=0x40)),
            "unmasked": (1002, lambda peer: peer.send(b"{}", masked=False)),
            "unknown opcode": (1002, lambda peer: peer.send(b"{}", opcode=0x3)),
            "continuation of nothing": (1002, lambda peer: peer.send(b"{}", opcode=CONTINUATION)),
            "long ping": (1002, lambda peer: peer.send(b"a" * 126, opcode=PING)),
            "not UTF-8": (1007, lambda peer: peer.send(b"\xff\xfe")),
            "binary": (1003, lambda peer: peer.send(b"{}", opcode=BINARY)),
            "deep": ((1008, "bad_message"), lambda peer: peer.send(b"[" * (FRAME - 1))),
            "deep objects": ((1008, "bad_message"), lambda peer: peer.send(b'{"a":' * 5000)),
            "no message": ((1008, "bad_message"), lambda peer: peer.send(b"hello")),
            "key twice": ((1008, "bad_message"), lambda peer: peer.send(b'{"type":"join","type":"join"}')),
            "stranger": ((1008, "refused"), lambda peer: peer.send(false_join(self.room))),
            "ping flood": ((1008, "too_many"), lambda peer: [peer.send(b"x", opcode=PING) for _ in range(3000)]),
        }

    room = random_key(16)

    def test_of_frames_is_closed_with_a_code_and_leaves_memory_and_descriptors_as_they_were(self):
        def round_of_attacks(count):
            for number in range(count):
                for index, (name, (code, attack)) in enumerate(self.attacks().items()):
                    # From many addresses, so that it is not the rate of connections that is tried here.
                    source = f"127.0.{1 + number}.{1 + index}"
                    with self.subTest(name), RawClient(self.port, self.room, source) as peer:
                        try:
                            attack(peer)
                        except OSError:
                            pass  # closed already: the code is there to be read
                        closed = peer.closed_with()
                        self.assertEqual(closed, code if isinstance(code, tuple) else (code, closed and closed[1]))

        round_of_attacks(3)  # what is allocated once
        memory, descriptors = self.memory(), self.descriptors()
        round_of_attacks(30)
        self.assertLess(self.memory() - memory, 4 * 1024 * 1024)
        self.wait_for_descriptors(descriptors)

    def wait_for_descriptors(self, count):
        """The server lets go of each connection once it has said why, at most a second after."""
        end = threading.Event()
        for _ in range(200):
            if self.descriptors() <= count:
                return
            end.wait(0.05)
        self.fail(f"{self.descriptors()} descriptors instead of {count}")

    def test_of_messages_that_never_end_holds_no_more_than_a_frame_each(self):
        memory, descriptors = self.memory(), self.descriptors()
        peers = []
        self.addCleanup(lambda: [peer.__exit__() for peer in peers])
        for index in range(100):
            peers.append(RawClient(self.port, self.room, f"127.0.1.{1 + index}"))
            peers[-1].send(b"a" * (FRAME - 1000), opcode=0x1, final=False)
        self.assertLessEqual(self.descriptors(), descriptors + 100)
        # A buffer grows by doubling; besides it each connection has Beast's and the kernel's own, and a sanitizer's zones.
        self.assertLess(self.memory() - memory, 100 * 6 * FRAME)
        self.assertEqual({peer.closed_with() for peer in peers}, {(1008, "timed_out")})
        self.wait_for_descriptors(descriptors)

    def test_of_handshakes_that_never_end_gives_way_and_leaves_nothing(self):
        descriptors = self.descriptors()
        slow = []
        self.addCleanup(lambda: [connection.close() for connection in slow])
        for index in range(600):  # more than the server takes at once
            slow.append(socket.create_connection(("127.0.0.1", self.port), 60, (f"127.0.{1 + index // 100}.1", 0)))
            slow[-1].sendall(b"GET /rooms/")
        self.wait_for_descriptors(descriptors + 500)  # one is taken before the oldest is closed
        with RawClient(self.port, self.room, "127.0.9.1") as honest:
            self.assertTrue(honest.nonce)
        for connection in slow:
            try:
                self.assertEqual(connection.recv(1), b"")
            except ConnectionResetError:
                pass
        self.wait_for_descriptors(descriptors)


class GivenUp(CoterieTest):
    """A receipt cannot be taken back: around the last one, whoever gives up."""

    def test_by_a_recipient_after_its_receipt_is_completed_by_a_later_certificate(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        recipient = bob.join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        recipient.kill()
        self.succeeds(bob.run("multisig", "abandon", "treasury"))
        (abandoned,) = bob.multisigs()
        self.assertEqual(abandoned["status"], "abandoned")
        # The last receipt comes: who holds the certificate knows that bob has the account, and it is so.
        last = carol.join(creator.invite, "--connect-timeout", "2s")
        creator.wait_for(event="peer", signer="carol", state="complete")
        self.assertEqual(carol.show("treasury")["status"], "complete")
        self.succeeds(bob.resume(abandoned["room"]).wait())
        for process in (last, creator):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)

    def test_by_a_recipient_who_never_comes_leaves_nobody_complete(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol")
        recipient = bob.join(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="receipt")
        for process in (creator, recipient):
            process.kill()
        again = [home.resume("treasury", "--join-timeout", "2s") for home in (alice, bob)]
        self.fails(again[0].wait(), 6, r"no receipt from carol within 2 s \(--join-timeout\)")
        self.fails(again[1].wait(), 6, r"within 2 s \(--join-timeout\)")
        for home in (alice, bob):
            self.assertEqual(home.show("treasury")["status"], "pending", home.name)
            self.fails_silently_on_stdout(home.run("multisig", "verify", "treasury"), 6)

    def test_by_the_creator_after_the_last_receipt_is_refused_and_all_complete(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        creator, *recipients = self.all_receipts("treasury", homes)
        creator.kill()
        self.fails_silently_on_stdout(alice.run("multisig", "abandon", "treasury"), 2,
                                      "every signer has given a receipt for treasury: it can no longer be abandoned")
        self.assertEqual([home.show("treasury")["status"] for home in (alice, bob)], ["pending", "pending"])
        recipients[0].send_signal(signal.SIGCONT)
        again = alice.resume("treasury")
        for result in in_parallel(lambda process: process.wait(), [*recipients, again]):
            self.succeeds(result)
        self.assert_all_hold_the_same("treasury", homes)
