# A thief: whoever has the invite, and an identity that is not in the roster. She hears nothing.
import http.client
import ipaddress
import json

from coterie import DEADLINE, port_of, room_of, terminate
from drill import DrillTest, key_of
from wire import RawClient, false_join


class Thief(DrillTest):
    party = "invite thief"
    ADDRESSES = 20  # from which one thing is asked at most: far more than it takes

    def setUp(self):
        super().setUp()
        *self.homes, self.mallory = self.acquainted("alice", "bob", "mallory")
        self.address = ipaddress.ip_address("127.0.1.1")  # of hers

    def create(self, *options, room=None):
        return self.homes[0].create("treasury", "2", "alice", "bob", *self.canary(), *options,
                                    **({} if room is None else {"room": room}))

    def complete_behind(self, creator):
        self.no_effect("treasury", self.homes, creator, self.homes[1].join(creator.invite))
        self.assertEqual(self.mallory.multisigs(), [])

    def test_who_joins_is_refused(self):
        """she joins with the true program"""
        creator = self.create()
        thief = self.mallory.join(creator.invite, "--join-timeout", "2s")
        self.stopped(thief, 4, "timed_out", "is not open, or you are not in its roster")
        self.complete_behind(creator)

    def test_who_goes_on_joining_hears_nothing(self):
        """she joins again and again from before the first signer until all are complete"""
        creator = self.create()
        thief = self.evil_signer("recipient", "none", self.mallory, creator.invite)
        refusal = thief.wait_for(event="refused")
        self.assertIn("refused the join", refusal["message"])
        self.note("refused")
        self.complete_behind(creator)
        self.assertEqual({event["event"] for event in thief.events}, {"refused"})

    def test_who_joins_in_a_signer_s_name_hears_nothing(self):
        """she joins as bob, with a proof that she cannot make"""
        creator = self.create()
        room, bob = room_of(creator.invite), key_of(self.homes[1])
        with RawClient(port_of(creator.invite), room) as thief:
            thief.send(false_join(room, bob))
            answer = thief.end.read()[1]
            self.overheard.append(("what was said to her who joined as bob", answer))
            self.assertEqual(json.loads(answer)["code"], "refused")
            self.assertEqual(thief.closed_with(), (1008, "refused"))
        self.note("refused")
        self.complete_behind(creator)

    def test_who_opens_the_room_first_is_refused(self):
        """she opens the same room herself, with another roster, at a server that does not know it yet"""
        server, url = self.serve("0")
        creator = self.create("--signaling", url, room=[])
        invite = creator.invite
        creator.kill()
        terminate(server)
        server.wait()
        self.serve(str(port_of(invite)))
        thief = self.evil_signer("squatter", "none", self.mallory, invite)
        thief.wait_for(event="refused")
        self.note("refused")
        self.no_effect("treasury", self.homes, self.homes[0].resume("treasury"), self.homes[1].join(invite))
        self.assertEqual({event["event"] for event in thief.events}, {"refused"})

    def serve(self, port):
        server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", port)
        return server, f"ws://127.0.0.1:{server.wait_for(lambda event: 'port' in event)['port']}"

    def test_who_asks_for_other_pages_gets_none(self):
        """she asks the creator's port for everything else that a server may have"""
        creator = self.create()
        room = room_of(creator.invite)
        creator.wait_for(event="peer", signer="bob", state="absent")
        paths = ("/", "/rooms", "/rooms/", f"/rooms/{room}", f"/rooms/{room}/members", f"/rooms/{'A' * 22}",
                 f"/rooms/../rooms/{room}", "/vault.db", "/healthz", "/metrics", "/.well-known/", "//", "/%2e%2e/vault.db")
        asked = [(method, path) for path in paths for method in ("GET", "POST", "PUT", "TRACE")]
        answers = {question: self.ask(port_of(creator.invite), *question) for question in asked}
        # A room is a page for a WebSocket only (RFC 9110 §15.5.22), and says no more to who knows that there is one.
        rooms = {question: 426 for question in asked if question[1] in (f"/rooms/{room}", f"/rooms/{'A' * 22}")}
        self.assertEqual(answers, {**dict.fromkeys(asked, 404), **rooms})
        self.note("no page")
        self.complete_behind(creator)

    def ask(self, port, method, path):
        """The status of the answer. When she is turned away, for asking too often, she asks from another address again."""
        for _ in range(self.ADDRESSES):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=DEADLINE, source_address=(str(self.address), 0))
            try:
                connection.request(method, path, body=b"{}")
                response = connection.getresponse()
                content = response.read()
                if response.status != http.HTTPStatus.TOO_MANY_REQUESTS:
                    self.overheard.append((f"the answer to {method} {path}", content))
                    return response.status
            except (ConnectionError, http.client.HTTPException):
                pass  # turned away before the answer could be read
            finally:
                connection.close()
            self.address += 1
        raise AssertionError(f"{method} {path} is not answered")
