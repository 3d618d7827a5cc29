"""`coterie aztec` and a signer's signatures against Aztec's own npm packages, over random accounts, fields and messages.

Everything secret is drawn anew in each run and handed over in files; a failure shows the public part, and for accounts and
keys, which are worth nothing, what is needed to repeat it. adapter.mjs asks the packages.
"""
import base64
import itertools
import json
import pathlib
import secrets
import subprocess

from coterie import CoterieTest, Home
from node import aztec_packages, beside, node

HERE = pathlib.Path(__file__).resolve().parent
P = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001  # fields: secret keys, salts, coordinates, hashes
Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47  # scalars: signing keys, s of a signature

SPELLINGS = (("secretKey", "salt", "signingPrivateKey"), ("secretKey", "saltKey", "privateKey"),
             ("secret_key", "salt_key", "private_key"))
PUBLIC = ("address", "publicKeyX", "publicKeyY")
EDGES = ((0, 0, 1), (1, 1, 1), (1, 0, Q - 1), (P - 1, P - 1, Q - 1), (P - 1, 0, 2), (0, P - 1, P - 1), (2, 3, P),
         (4, 5, P + 1), (1 << 253, 255, 1 << 253))
RANDOM_ACCOUNTS = 50
MESSAGE_LENGTHS = (0, 1, 2, 30, 31, 32, 33, 55, 56, 63, 64, 65, 95, 96, 97, 127, 128, 129, 255, 256, 257, 1000, 4096, 16384)
VALID, NOT_VALID = 0, 5  # exit codes of verify and verify-account


def number(value):
    return f"0x{value:064x}"


def data(message):
    return "0x" + message.hex()


class Packages:
    """adapter.mjs as a process."""

    def __init__(self, case, profile):
        directory = case.root / "packages"
        program, modules = node(), aztec_packages(profile)
        directory.mkdir()
        beside(modules, directory, HERE / "adapter.mjs")
        self.errors = case.enterContext(open(case.root / "packages.stderr", "w+"))
        self.process = subprocess.Popen([program, str(directory / "adapter.mjs")], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.errors, text=True, env=case.environment())
        case.addCleanup(self._end)

    def ask(self, op, **request):
        """Its answer; {"refused": words} when the packages threw."""
        self.process.stdin.write(json.dumps({"op": op, **request}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise AssertionError(f"adapter.mjs ended at {op}:\n{self.errors.read()}")
        return json.loads(line)

    def _end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Differential(CoterieTest):
    """What is compared; a class below for each profile has the tests."""

    profile = None

    def setUp(self):
        super().setUp()
        self.packages = Packages(self, self.profile)
        self.assertEqual(self.packages.ask("version"), {"version": self.profile})
        self.numbers = itertools.count()

    def file(self, content):
        return self.write(self.root / f"account-{next(self.numbers)}.json", json.dumps(content))

    def random_keys(self):
        return secrets.randbelow(P), secrets.randbelow(P), 1 + secrets.randbelow(Q - 1)

    def theirs(self, keys):
        account = self.packages.ask("account", **dict(zip(SPELLINGS[0], map(number, keys))))
        self.assertNotIn("refused", account)
        return account

    def aztec(self, *arguments):
        return self.run_program("--json", "aztec", *arguments)

    def account_command(self, command, account):
        return self.aztec(command, "--account-file", self.file(account), "--profile", self.profile)

    # Accounts.

    def addresses(self):
        accounts = [*EDGES, *(self.random_keys() for _ in range(RANDOM_ACCOUNTS))]
        for keys, spelling in zip(accounts, itertools.cycle(SPELLINGS)):
            account = dict(zip(spelling, map(number, keys)))
            with self.subTest(account):
                theirs = self.theirs(keys)
                ours = self.succeeds(self.account_command("address", account)).json
                self.assertEqual(ours, {"profile": self.profile, "address": theirs["address"],
                                        "public_key_x": theirs["publicKeyX"], "public_key_y": theirs["publicKeyY"]})

    def whole_accounts(self):
        for keys in [*EDGES, *(self.random_keys() for _ in range(10))]:
            theirs = self.theirs(keys)
            account = {**dict(zip(SPELLINGS[1], map(number, keys))), **{field: theirs[field] for field in PUBLIC}}
            with self.subTest(account):
                self.succeeds(self.account_command("verify-account", account))
                others = self.theirs(self.random_keys())
                for field in PUBLIC:
                    altered = self.account_command("verify-account", {**account, field: others[field]})
                    self.fails(altered, NOT_VALID, field)

    def accounts_of_creations(self):
        home, = self.team("alice")
        for index in range(5):
            name = f"alone-{index}"
            self.succeeds(home.create(name, 1, "alice", "--profile", self.profile).wait())
            account = home.show(name, "--reveal")["account"]
            with self.subTest(account):
                theirs = self.packages.ask("account", secretKey=account["secret_key"], salt=account["salt_key"],
                                           signingPrivateKey=account["private_key"])
                self.assertEqual((account["profile"], account["address"], account["public_key_x"], account["public_key_y"]),
                                 (self.profile, theirs["address"], theirs["publicKeyX"], theirs["publicKeyY"]))

    def numbers_out_of_range(self):
        good = dict(zip(SPELLINGS[0], map(number, self.random_keys())))
        for field, value in (("secretKey", P), ("secretKey", 2**256 - 1), ("salt", P), ("signingPrivateKey", Q),
                             ("signingPrivateKey", 2**256 - 1)):
            with self.subTest(field=field, value=number(value)):
                account = {**good, field: number(value)}
                self.assertIn("modulus", self.packages.ask("account", **account).get("refused", ""))
                refused = self.account_command("address", account)
                self.assertNotEqual(refused.code, 0, f"\n{refused}")
                self.fails_silently_on_stdout(refused, refused.code, field)
                self.assertNotIn(number(value), refused.stderr)

    # Signers.

    def signer(self, keys, spelling=SPELLINGS[0]):
        """A home whose only signer has this account: one vault takes no two signers with a key or its negative."""
        home = Home(self, f"signer-{next(self.numbers)}")
        file = self.file(dict(zip(spelling, map(number, keys))))
        self.succeeds(home.run("signer", "create", "alice", "--aztec-key-file", file, "--profile", self.profile))
        return home

    def cards(self):
        for keys, spelling in zip([*EDGES, *(self.random_keys() for _ in range(5))], itertools.cycle(SPELLINGS)):
            with self.subTest(dict(zip(SPELLINGS[0], map(number, keys)))):
                theirs = self.theirs(keys)
                card = self.signer(keys, spelling).query("signer", "card")["card"]
                payload = base64.b64decode(card["payload"])
                self.assertEqual(json.loads(payload)["aztec"],
                                 {"profile": self.profile, "address": theirs["address"], "public_key_x": theirs["publicKeyX"],
                                  "public_key_y": theirs["publicKeyY"], "salt": number(keys[1]),
                                  "master_public_keys": theirs["masterPublicKeys"]})
                kind = card["payloadType"].encode()
                signed = {"message": data(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)),
                          "publicKeyX": theirs["publicKeyX"], "publicKeyY": theirs["publicKeyY"],
                          "signature": data(base64.b64decode(card["signatures"][1]["sig"]))}
                self.assertEqual(card["signatures"][1]["keyid"], "aztec-schnorr")
                self.assertIs(self.they_verify(signed), True)

    # Hashes.

    def hashes(self):
        for count in range(21):
            lists = [[secrets.randbelow(P) for _ in range(count)] for _ in range(3)]
            lists += [[0] * count, [P - 1] * count] if count else []
            for fields in (list(map(number, values)) for values in lists):
                with self.subTest(fields):
                    self.assertEqual(self.succeeds(self.aztec("hash", *fields)).json, self.packages.ask("hash", fields=fields))

    # Signatures. One is {message, publicKeyX, publicKeyY, signature}, all as text.

    def our_signatures(self, keys, messages):
        for key in keys:
            home = self.signer((*self.random_keys()[:2], key))
            for message in messages():
                signed = home.query("aztec", "sign", "--message-hex", number(message))
                yield key, {"message": number(message), "publicKeyX": signed["public_key_x"],
                            "publicKeyY": signed["public_key_y"], "signature": signed["signature"]}

    def their_signature(self, key, message):
        signed = self.packages.ask("sign", message=data(message), signingPrivateKey=number(key))
        self.assertNotIn("refused", signed)
        return {"message": data(message), **signed}

    def we_verify(self, signed):
        # The hexadecimal digits may stand with 0x or without.
        message, signature = (signed[name][secrets.choice((0, 2)):] for name in ("message", "signature"))
        return self.run_program("aztec", "verify", "--message-hex", message, "--public-key-x", signed["publicKeyX"],
                                "--public-key-y", signed["publicKeyY"], "--signature-hex", signature)

    def they_verify(self, signed):
        """Whether the packages take it; None when they threw."""
        return self.packages.ask("verify", **signed).get("valid")

    def signing_keys(self):
        return [1, P, Q - 1, *(1 + secrets.randbelow(Q - 1) for _ in range(3))]

    def ours_are_valid_for_them(self):
        for key, signed in self.our_signatures(self.signing_keys(), lambda: (0, 1, P - 1, *(secrets.randbelow(P) for _ in range(5)))):
            with self.subTest(signed):
                self.assertIs(self.they_verify(signed), True)
                self.assertEqual(self.we_verify(signed).code, VALID)
                # Narrower than the packages: noir's Schnorr after 0.1.3 wants the challenge below the order, too.
                self.assertLess(int(signed["signature"][66:], 16), Q)
                theirs = self.their_signature(key, b"")
                self.assertEqual((signed["publicKeyX"], signed["publicKeyY"]), (theirs["publicKeyX"], theirs["publicKeyY"]))

    def theirs_are_valid_for_us(self):
        challenges = []
        for key in self.signing_keys():
            for length in MESSAGE_LENGTHS:
                signed = self.their_signature(key, secrets.token_bytes(length))
                with self.subTest(signed):
                    self.assertEqual(self.we_verify(signed).code, VALID)
                challenges.append(int(signed["signature"][66:], 16))
        # The packages leave the challenge as it is; four of five are not below the order.
        self.assertTrue(any(challenge >= Q for challenge in challenges))

    def samples(self):
        """A few good signatures by both sides."""
        key = 1 + secrets.randbelow(Q - 1)
        ours = [signed for _, signed in self.our_signatures([key], lambda: (secrets.randbelow(P), secrets.randbelow(P)))]
        return ours + [self.their_signature(key, secrets.token_bytes(length)) for length in (1, 32, 100)]

    def assert_both_refuse(self, altered):
        self.assertIsNot(self.they_verify(altered), True)
        self.fails_silently_on_stdout(self.we_verify(altered), NOT_VALID)

    def flipped_bits(self):
        for signed in self.samples():
            self.assertIs(self.they_verify(signed), True)
            self.assertEqual(self.we_verify(signed).code, VALID)
            for name in ("signature", "message"):
                good = bytes.fromhex(signed[name][2:])
                for index in range(len(good)):
                    altered = bytearray(good)
                    altered[index] ^= 1 << secrets.randbelow(8)
                    altered = {**signed, name: data(altered)}
                    with self.subTest(altered, place=f"byte {index} of {name}"):
                        self.assert_both_refuse(altered)

    def other_forms(self):
        for signed, other in itertools.pairwise(self.samples()):
            s, challenge = signed["signature"][2:66], signed["signature"][66:]
            forms = {"other message": {"message": other["message"]},
                     "longer message": {"message": signed["message"] + "00"},
                     "shorter message": {"message": signed["message"][:-2]},
                     "other signature": {"signature": other["signature"]},
                     "s is 0": {"signature": "0x" + "00" * 32 + challenge},
                     "challenge is 0": {"signature": "0x" + s + "00" * 32},
                     "challenge is the order": {"signature": "0x" + s + number(Q)[2:]},
                     "halves swapped": {"signature": "0x" + challenge + s},
                     "negative s": {"signature": number(Q - int(s, 16)) + challenge},
                     "other key": {"publicKeyX": number(1), "publicKeyY": "0x2cf135e7506a45d632d270d45f1181294833fc48d823f272c"},
                     "negative key": {"publicKeyY": number(P - int(signed["publicKeyY"], 16))},
                     "key off the curve": {"publicKeyY": number((int(signed["publicKeyY"], 16) + 1) % P)},
                     "key of zeros": {"publicKeyX": number(0), "publicKeyY": number(0)}}
            if int(challenge, 16) >= Q:
                forms["reduced challenge"] = {"signature": "0x" + s + number(int(challenge, 16) % Q)[2:]}
            for form, change in forms.items():
                altered = {**signed, **change}
                if "publicKeyY" in change:
                    altered["publicKeyY"] = number(int(altered["publicKeyY"], 16))
                with self.subTest(altered, form=form):
                    self.assert_both_refuse(altered)

    def multiples_of_the_order_added_to_s(self):
        for signed in self.samples():
            s, challenge = int(signed["signature"][2:66], 16), signed["signature"][66:]
            for value in range(s + Q, 1 << 256, Q):
                second = {**signed, "signature": number(value) + challenge}
                with self.subTest(second):
                    self.assertIs(self.they_verify(second), True)
                    self.fails_silently_on_stdout(self.we_verify(second), NOT_VALID)


class Profile_4_1_2(Differential):
    profile = "4.1.2"

    def test_accounts_have_the_address_and_public_key_that_the_packages_derive(self):
        self.addresses()

    def test_verify_account_takes_what_the_packages_made_and_names_the_field_that_is_altered(self):
        self.whole_accounts()

    def test_accounts_that_a_creation_makes_are_the_packages_accounts(self):
        self.accounts_of_creations()

    def test_cards_show_the_packages_account_and_bear_a_signature_that_is_valid_for_them(self):
        self.cards()

    def test_numbers_out_of_range_are_refused_by_both(self):
        self.numbers_out_of_range()

    def test_hashes_of_0_to_20_fields_are_those_of_the_packages(self):
        self.hashes()

    def test_our_signatures_are_valid_for_the_packages(self):
        self.ours_are_valid_for_them()

    def test_the_packages_signatures_over_messages_of_any_length_are_valid_for_us(self):
        self.theirs_are_valid_for_us()

    def test_a_flipped_bit_anywhere_is_refused_by_both(self):
        self.flipped_bits()

    def test_other_keys_messages_and_halves_are_refused_by_both(self):
        self.other_forms()

    def test_s_plus_the_order_is_taken_by_the_packages_and_refused_by_us(self):
        self.multiples_of_the_order_added_to_s()


class Profile_3_0_0_devnet_5(Differential):
    profile = "3.0.0-devnet.5"

    def test_accounts_have_the_address_and_public_key_that_the_packages_derive(self):
        self.addresses()

    def test_verify_account_takes_what_the_packages_made_and_names_the_field_that_is_altered(self):
        self.whole_accounts()

    def test_accounts_that_a_creation_makes_are_the_packages_accounts(self):
        self.accounts_of_creations()

    def test_cards_show_the_packages_account_and_bear_a_signature_that_is_valid_for_them(self):
        self.cards()

    def test_numbers_out_of_range_are_refused_by_both(self):
        self.numbers_out_of_range()

    def test_hashes_of_0_to_20_fields_are_those_of_the_packages(self):
        self.hashes()

    def test_our_signatures_are_valid_for_the_packages(self):
        self.ours_are_valid_for_them()

    def test_the_packages_signatures_over_messages_of_any_length_are_valid_for_us(self):
        self.theirs_are_valid_for_us()
