"""examples/deploy-hook without a network: the address that follows from the terms, and what its two hooks refuse.

The packages ship no multisig contract. The artifact here is their SchnorrAccount with the parameters of its constructor
described anew, as the multisig's has them: enough for an address, which nothing could be deployed at.
"""
import json
import re
import secrets
import shlex
import socket
import subprocess
import unittest

from coterie import CoterieTest
from node import ROOT, aztec_packages, beside, node

EXAMPLE = ROOT / "examples" / "deploy-hook"
PROFILE = "4.1.2"
P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001

FIELD = {"kind": "field"}
ADDRESS = {"kind": "struct", "path": "aztec::protocol_types::address::aztec_address::AztecAddress",
           "fields": [{"name": "inner", "type": FIELD}]}


def eight(kind):
    return {"kind": "array", "length": 8, "type": kind}


MULTISIG = {"signers": eight(ADDRESS), "threshold": {"kind": "integer", "sign": "unsigned", "width": 32},
            "public_keys_x": eight(FIELD), "public_keys_y": eight(FIELD)}
WITH_WORMHOLE = {**MULTISIG, "wormhole": ADDRESS}


def field():
    return f"0x{secrets.randbelow(P):064x}"


def aztec_part():
    return {"profile": PROFILE, "address": field(), "public_key_x": field(), "public_key_y": field()}


def request(signers=3, threshold=2):
    names = ("alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan")[:signers]
    return {"id": secrets.token_urlsafe(16), "name": "treasury", "threshold": threshold,
            "signers": [{"name": name, "sign_key": secrets.token_urlsafe(32), "aztec": aztec_part()} for name in names],
            "account": {"kind": "aztec-schnorr", **aztec_part()}}


class Documents(unittest.TestCase):
    def test_readme_names_every_option_of_the_hooks(self):
        documented = re.findall(r"^\| `--([a-z-]+)[^`]*` \| (both|deploy|check) \|", (EXAMPLE / "README.md").read_text(), re.M)
        for hook in ("deploy", "check"):
            options = re.findall(r"'?([a-z-]+)'?: {type: '(?:string|boolean)'}", (EXAMPLE / f"{hook}-hook.mjs").read_text())
            self.assertGreater(len(options), 2)
            self.assertEqual(sorted(options), sorted(name for name, whose in documented if whose in ("both", hook)))

    def test_example_wants_the_packages_that_it_is_tested_with(self):
        wanted, tested = (json.loads((folder / "package.json").read_text())["dependencies"]
                          for folder in (EXAMPLE, ROOT / "tests" / "oracle" / PROFILE))
        self.assertEqual({name: wanted.get(name) for name in tested}, tested)
        self.assertEqual(set(wanted.values()), {PROFILE})


class DeployHook(CoterieTest):
    def setUp(self):
        super().setUp()
        self.node = node()
        modules = aztec_packages(PROFILE)
        self.folder = self.root / "example"
        self.folder.mkdir()
        beside(modules, self.folder, *EXAMPLE.glob("*.mjs"))
        self.account_artifact = modules / "@aztec" / "accounts" / "artifacts" / "SchnorrAccount.json"
        self.artifact = self.artifact_with(MULTISIG)

    def artifact_with(self, parameters):
        artifact = json.loads(self.account_artifact.read_text())
        abi = next(function["abi"] for function in artifact["functions"] if function["name"] == "constructor")
        context = next(parameter for parameter in abi["parameters"] if parameter["name"] == "inputs")
        abi["parameters"] = [context, *({"name": name, "type": kind, "visibility": "private"} for name, kind in parameters.items())]
        return self.write(self.root / f"artifact-{len(parameters)}.json", json.dumps(artifact))

    def hook(self, script, text, *options):
        if not isinstance(text, str):
            text = json.dumps(text)
        return subprocess.run([self.node, self.folder / f"{script}.mjs", *options], input=text, capture_output=True, text=True,
                              timeout=60, env=self.environment(), cwd=self.root)

    def address(self, terms, *options, artifact=None):
        done = self.hook("deploy-hook", terms, "--artifact", artifact or self.artifact, "--dry-run", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        answer = json.loads(done.stdout)
        self.assertEqual(list(answer), ["address"])
        self.assertRegex(answer["address"], r"\A0x[0-9a-f]{64}\Z")
        return answer["address"]

    def refuses(self, done, *words):
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def test_tells_the_same_address_for_the_same_terms_and_another_for_others(self):
        terms = request()
        address = self.address(terms)
        self.assertEqual(self.address(terms), address)
        # What has no part in the contract: names, who is who in Coterie, the account's key, its secrets.
        others = [{**signer, "name": f"another {signer['name']}", "sign_key": secrets.token_urlsafe(32)} for signer in terms["signers"]]
        renamed = {**terms, "name": "another", "signers": others, "account": {**terms["account"], "public_key_x": field()}}
        self.assertEqual(self.address(renamed), address)

        first, *rest = terms["signers"]
        changes = {"id": {"id": secrets.token_urlsafe(16)}, "threshold": {"threshold": 3}, "order": {"signers": [*rest, first]},
                   "one signer less": {"signers": rest}, "shared account": {"account": {**terms["account"], "address": field()}}}
        for name in ("address", "public_key_x", "public_key_y"):
            changes[name] = {"signers": [{**first, "aztec": {**first["aztec"], name: field()}}, *rest]}
        seen = {address}
        for change, altered in changes.items():
            with self.subTest(change):
                other = self.address({**terms, **altered})
                self.assertNotIn(other, seen)
                seen.add(other)

    def test_gives_the_constructor_the_signers_in_order_and_zeros_after_them(self):
        terms = request()
        wormhole = field()
        done = self.hook("deploy-hook", terms, "--artifact", self.artifact_with(WITH_WORMHOLE), "--dry-run", "--wormhole", wormhole)
        self.assertEqual(done.returncode, 0, done.stderr)

        def of_all(name):
            return " ".join([signer["aztec"][name] for signer in terms["signers"]] + [f"0x{0:064x}"] * 5)

        self.assertEqual(done.stderr.splitlines()[1:],
                         [f"  signers: {of_all('address')}", "  threshold: 2", f"  public_keys_x: {of_all('public_key_x')}",
                          f"  public_keys_y: {of_all('public_key_y')}", f"  wormhole: {wormhole}"])

    def test_gives_a_wormhole_to_the_contract_that_wants_one(self):
        terms = request()
        artifact = self.artifact_with(WITH_WORMHOLE)
        first, second = (self.address(terms, "--wormhole", field(), artifact=artifact) for _ in range(2))
        self.assertNotEqual(first, second)
        self.refuses(self.hook("deploy-hook", terms, "--artifact", artifact, "--dry-run"), "--wormhole")
        self.refuses(self.hook("deploy-hook", terms, "--artifact", artifact, "--dry-run", "--wormhole", f"0x{P:064x}"), "--wormhole")
        self.refuses(self.hook("deploy-hook", terms, "--artifact", self.artifact, "--dry-run", "--wormhole", field()), "--wormhole")

    def test_check_takes_the_deployed_address_and_no_other(self):
        terms = request(signers=8, threshold=8)
        address = self.address(terms)

        def check(**changes):
            return self.hook("check-hook", {**terms, "multisig_address": address, **changes}, "--artifact", self.artifact)

        taken = check()
        self.assertEqual((taken.returncode, taken.stdout), (0, ""), taken.stderr)
        self.refuses(check(multisig_address=field()), address)
        self.refuses(check(threshold=7), address)
        self.refuses(check(signers=terms["signers"][:7], threshold=7), address)
        self.refuses(self.hook("check-hook", terms, "--artifact", self.artifact), address)

    def test_names_every_signer_without_a_chain_key(self):
        terms = request()
        for signer in terms["signers"][1:]:
            del signer["aztec"]
        for hook in ("deploy-hook", "check-hook"):
            done = self.hook(hook, terms, "--artifact", self.artifact, *(["--dry-run"] if hook == "deploy-hook" else []))
            self.refuses(done, "bob, carol", "signer aztec")
            self.assertNotIn("alice", done.stderr)

    def test_refuses_terms_that_the_contract_cannot_have(self):
        terms = request()
        opaque = {"account": {"kind": "opaque", "commitment": "x"}}
        other_profile = {"profile": "3.0.0-devnet.5"}
        signer = terms["signers"][0]
        cases = {"opaque account": (opaque, "nothing to deploy"), "no signer": ({"signers": []}, "1 to 8"),
                 "nine signers": ({"signers": request(signers=9)["signers"]}, "1 to 8"),
                 "threshold 0": ({"threshold": 0}, "threshold 0"), "threshold 4": ({"threshold": 4}, "threshold 4"),
                 "profile of the account": ({"account": {**terms["account"], **other_profile}}, "3.0.0-devnet.5"),
                 "profile of a signer": ({"signers": [{**signer, "aztec": {**signer["aztec"], **other_profile}}], "threshold": 1}, "alice"),
                 "a key out of range": ({"signers": [{**signer, "aztec": {**signer["aztec"], "public_key_y": f"0x{P:064x}"}}],
                                         "threshold": 1}, "public_key_y"),
                 "an id that leads elsewhere": ({"id": "../elsewhere"}, "id")}
        for case, (change, words) in cases.items():
            with self.subTest(case):
                self.refuses(self.hook("deploy-hook", {**terms, **change}, "--artifact", self.artifact, "--dry-run"), words)
        self.refuses(self.hook("deploy-hook", "{", "--artifact", self.artifact, "--dry-run"), "not JSON")
        self.refuses(self.hook("deploy-hook", " " * (1 << 21), "--artifact", self.artifact, "--dry-run"), "longer than")

    def test_refuses_an_artifact_that_is_not_a_multisig_s(self):
        for artifact, words in ((self.account_artifact, "SchnorrAccount is not the multisig's contract"),
                                (self.root / "missing.json", "missing.json"), (EXAMPLE / "package.json", "read the artifact")):
            self.refuses(self.hook("deploy-hook", request(), "--artifact", artifact, "--dry-run"), words)
        self.refuses(self.hook("deploy-hook", request(), "--dry-run"), "--artifact FILE is missing")

    def closed_port(self):
        """The URL of a port of this machine where nobody listens: it is bound, and refuses, until the test is over."""
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{holder.getsockname()[1]}"

    def deploy(self, terms, *options):
        return self.hook("deploy-hook", terms, "--artifact", self.artifact, "--state", self.root / "state",
                         "--node", self.closed_port(), *options)

    def test_writes_what_it_is_about_to_do_before_it_speaks_to_the_network(self):
        terms = request()
        terms["account"].update(secret_key=field(), salt_key=field(), private_key=field())
        done = self.deploy(terms)
        self.refuses(done, "127.0.0.1")
        state = self.root / "state" / f"{terms['id']}.json"
        self.assertEqual(json.loads(state.read_text()), {"address": self.address(terms), "deployed": False})
        self.assertEqual(state.stat().st_mode & 0o777, 0o600)
        self.assertEqual([path.name for path in state.parent.iterdir()], [state.name])
        for name in ("secret_key", "salt_key", "private_key"):
            for text in (done.stderr, state.read_text()):
                self.assertNotIn(terms["account"][name][2:], text)

    def test_answers_a_second_time_from_its_state_alone(self):
        terms = request()
        address = self.address(terms)
        state = self.root / "state"
        state.mkdir()
        self.write(state / f"{terms['id']}.json", json.dumps({"address": address, "deployed": True}))
        done = self.deploy(terms)
        self.assertEqual((done.returncode, done.stdout), (0, json.dumps({"address": address}, separators=(",", ":")) + "\n"), done.stderr)
        # Other terms under the same id are not the same deployment.
        self.refuses(self.deploy({**terms, "threshold": 3}), address)
        self.write(state / f"{terms['id']}.json", "{")
        self.refuses(self.deploy(terms), "read the state")

    def test_without_the_secrets_says_how_to_get_them_and_quotes_none(self):
        terms = request()
        self.refuses(self.deploy(terms), "--hook-with-secrets")
        terms["account"].update(secret_key=field(), salt_key=field(), private_key="0x" + "f" * 64)
        done = self.deploy(terms)
        self.refuses(done, "private_key", "--hook-with-secrets")
        self.assertNotIn("f" * 64, done.stderr)
        self.refuses(self.hook("deploy-hook", terms, "--artifact", self.artifact, "--state", self.root / "state"), "--node URL")

    def program(self, script, *options):
        """The hook as Coterie wants it: one program, without options."""
        command = shlex.join(str(word) for word in (self.node, self.folder / f"{script}.mjs", *options))
        return self.write(self.root / f"{script}-{secrets.token_hex(4)}", f"#!/bin/sh\nexec {command}\n", 0o700)

    def test_creation_carries_the_address_on_which_both_hooks_agree(self):
        homes = self.team("alice", "bob")
        creator = homes[0].create("treasury", 2, "alice", "bob",
                                  "--deploy-hook", self.program("deploy-hook", "--artifact", self.artifact, "--dry-run"))
        # Another contract has another address.
        other = self.program("check-hook", "--artifact", self.artifact_with(WITH_WORMHOLE), "--wormhole", field())
        refused = homes[1].join(creator.invite, "--check-hook", other).wait()
        self.assertEqual(refused.code, 1, f"\n{refused}")
        self.assertIn("check-hook: error: the contract with these signers", refused.stderr)
        joined = homes[1].join(creator.invite, "--check-hook", self.program("check-hook", "--artifact", self.artifact))
        for running in (joined, creator):
            self.succeeds(running.wait())
        address, checked = (home.show("treasury")["multisig_address"] for home in homes)
        self.assertRegex(address, r"\A0x[0-9a-f]{64}\Z")
        self.assertEqual(checked, address)
