# Nobody is spoken to whom no option names: every address that the processes of a creation use, as strace sees it.
import ipaddress
import json
import subprocess

from coterie import CoterieTest, port_of
from system_calls import destinations, require_strace, traced


def own_addresses():
    shown = subprocess.run(["ip", "-json", "address", "show"], check=True, capture_output=True, text=True).stdout
    return {entry["local"] for interface in json.loads(shown) for entry in interface["addr_info"]}


class NetworkAccess(CoterieTest):
    def setUp(self):
        require_strace()
        super().setUp()

    def test_of_a_creation_on_this_machine_is_to_its_own_addresses_and_its_own_server(self):
        homes = self.team("alice", "bob", "carol")
        files = [self.root / f"calls-of-{home.name}" for home in homes]
        for home, file in zip(homes, files):
            home.prefix = traced(file)
        creator = homes[0].create("treasury", "2", "alice", "bob", "carol")
        invite = creator.invite
        for process in [creator, *(home.join(invite) for home in homes[1:])]:
            self.succeeds(process.wait())
        own = own_addresses()
        for home, file in zip(homes, files):
            seen = destinations(file)
            self.assertIn(("INET", "127.0.0.1", port_of(invite)), seen, home.name)
            self.assertGreater(len(seen), 1, "no packet of a link: the trace is not read as it should be")
            for family, address, port in seen:
                self.assertIn(family, ("INET", "INET6"), (family, address))
                self.assertTrue(ipaddress.ip_address(address).is_loopback or address in own, (address, port))
                self.assertNotEqual(port, 53, "a name server was asked")

    def test_of_everything_else_is_none(self):
        alice, bob = self.team("alice", "bob")
        certificate, backup = self.root / "certificate", self.root / "backup"
        for home in (alice, bob):
            self.complete(f"treasury of {home.name}", "1", [home])
        for number, command in enumerate((
                ["signer", "create", "second"], ["signer", "list"], ["signer", "card"], ["contact", "list"],
                ["contact", "add", bob.card], ["multisig", "list"], ["multisig", "show", "treasury of alice", "--reveal"],
                ["multisig", "certificate", "treasury of alice", "--out", certificate], ["multisig", "verify", certificate],
                ["vault", "backup", backup], ["--version"], ["multisig", "--help"])):
            file = self.root / f"calls-{number}"
            self.succeeds(self.run_program(*alice.arguments(command), prefix=traced(file)))
            self.assertEqual(file.read_text(), "", command)


if __name__ == "__main__":
    import unittest
    unittest.main()
