# Three hosts on a bridge, each a network namespace with its own address:
#
#   creator 10.77.0.1 ── bridge ── recipient 10.77.0.2
#                          └────── recipient 10.77.0.3        no default route, no internet
from coterie import CoterieTest
from network import Bridge, SilentNameServer, ip, use_name_server

# Longer than a test may wait for anything: an end within the deadline shows that no such time-out was waited for.
PATIENT = ["--connect-timeout", "300s", "--join-timeout", "300s"]


class BridgeTest(CoterieTest):
    def setUp(self):
        super().setUp()
        self.bridge = Bridge(self, 3)
        prefixes = {name: host.prefix for name, host in zip(("alice", "bob", "carol"), self.bridge.hosts)}
        self.homes = self.team("alice", "bob", "carol", prefixes=prefixes)

    def run_creation(self, stun, advertise=True):
        alice, bob, carol = self.homes
        address = self.bridge.hosts[0].address
        room = ["--advertise", address] if advertise else []
        creator = alice.create("treasury", "2", "alice", "bob", "carol", *PATIENT, room=room, stun=stun)
        self.assertTrue(creator.invite.startswith(f"coterie://{address}:8081/"), creator.invite)
        recipients = [bob.join(creator.invite, *PATIENT, stun=stun), carol.join(creator.invite, *PATIENT, stun=stun)]
        for process in [creator, *recipients]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", self.homes)
        paths = {event["path"] for event in creator.events if event.get("state") == "connected"}
        self.assertEqual(paths, {"host"})
        return creator


class ThreeHosts(BridgeTest):
    def test_complete_one_multisig(self):
        self.run_creation(["--stun", "none"])

    def test_find_the_address_to_advertise(self):
        self.run_creation(["--stun", "none"], advertise=False)

    def test_complete_without_internet_and_with_the_default_stun_servers(self):
        self.run_creation([])

    def test_complete_while_the_name_server_never_answers(self):
        servers = []
        for host in self.bridge.hosts:
            use_name_server(self, host, host.address)
            servers.append(SilentNameServer(self, host))
        self.run_creation([])
        for server in servers:
            self.assertTrue(server.wait_for_query(0), "the name server was not asked: the test shows nothing")

    def test_finish_after_the_creator_was_killed(self):
        alice, bob, carol = self.homes
        creator = alice.create("treasury", "2", "alice", "bob", "carol", room=["--advertise", self.bridge.hosts[0].address])
        invite = creator.invite
        recipients = [bob.join(invite), carol.join(invite)]
        creator.wait_for(event="peer", state="receipt")
        creator.kill()
        creator = alice.resume("treasury")
        for process in [creator, *recipients]:
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", self.homes)

    def test_unreachable_creator_times_out_naming_its_address(self):
        alice, bob, _ = self.homes
        creator = alice.create("treasury", "2", "alice", "bob", "--join-timeout", "2s",
                               room=["--advertise", "10.77.0.200"])
        result = bob.join(creator.invite, "--join-timeout", "2s").wait()
        self.fails(result, 4, "10.77.0.200")
        self.fails(creator.wait(), 6)


class OneHost(CoterieTest):
    def setUp(self):
        super().setUp()
        self.host = Bridge(self, 1).hosts[0]

    def test_with_loopback_only_completes(self):
        ip("-n", self.host.name, "link", "set", "eth0", "down")
        prefixes = {name: self.host.prefix for name in ("alice", "bob")}
        homes = self.team("alice", "bob", prefixes=prefixes)
        alice, bob = homes
        creator = alice.create("treasury", "2", "alice", "bob", *PATIENT, room=["--port", "0"], stun=[])
        self.assertTrue(creator.invite.startswith("coterie://127.0.0.1:"), creator.invite)
        creator.wait_for_text("works on this machine only")
        for process in (bob.join(creator.invite, *PATIENT, stun=[]), creator):
            self.succeeds(process.wait())
        self.assert_all_hold_the_same("treasury", homes)
