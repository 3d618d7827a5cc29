# A signaling server that does not stay: killed and started again twenty times while one creation is under way.
import unittest

from coterie import CoterieTest
from wire import EvilServer

RESTARTS = 20
# At which messages it is killed, in turn. The message is lost with it; between the creator and bob no answer ever passes
# before the last of them, and so no link opens: the creation is under way all the time.
MOMENTS = ("join", "offer", "ice-candidate", "answer")


class Restarts(CoterieTest):
    def serve(self, port=0):
        self.server = self.start_program("--json", "signaling", "serve", "--listen", "127.0.0.1", "--port", port)
        return self.server.wait_for(kind="serve")["port"]

    def test_of_the_signaling_server_twenty_times_leave_the_creation_to_complete(self):
        homes = self.team("alice", "bob", "carol")
        alice, bob, carol = homes
        key_of_bob = bob.query("signer", "show")["sign_key"]
        port = self.serve()
        kills = []

        def tamper(message):
            moment = MOMENTS[len(kills) % len(MOMENTS)]
            of_bob = key_of_bob in (message.get("from"), message.get("to"))
            if len(kills) == RESTARTS or message["type"] != moment or not (of_bob or moment == "join"):
                return [message]
            kills.append(moment)
            self.server.kill()
            self.serve(port)
            return []

        wire = EvilServer(self, port, tamper)
        creator = alice.create("treasury", "2", "alice", "bob", "carol", "--signaling", wire.url, room=[])
        recipients = [home.join(creator.invite) for home in (bob, carol)]
        for process in [creator, *recipients]:
            self.succeeds(process.wait(deadline=180))
        self.assertEqual(len(kills), RESTARTS)
        self.assert_all_hold_the_same("treasury", homes)
        self.assertEqual(len({home.run("multisig", "certificate", "treasury").stdout for home in homes}), 1)


if __name__ == "__main__":
    unittest.main()
