# What the real program writes, verified by tests/vectors/verify_dsse.py, which shares no code with it.
import json
import pathlib
import subprocess
import sys

from coterie import CoterieTest

CHECK = pathlib.Path(__file__).resolve().parent.parent / "vectors" / "verify_dsse.py"


class Independent(CoterieTest):
    def check(self, *files):
        command = [sys.executable, "-B", str(CHECK), *map(str, files)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, env=self.environment())

    def test_check_agrees_with_the_program_on_a_demo_s_certificate(self):
        kept = self.root / "kept"
        last = self.succeeds(self.run_program("--json", "demo", "--keep", kept)).events[-1]
        file = self.root / "certificate.json"
        for name, home in last["homes"].items():
            as_signer = ["--home", home, "--passphrase-file", last["passphrase_file"]]
            self.succeeds(self.run_program(*as_signer, "multisig", "certificate", last["multisig"]["name"], "--out", file))
            checked = self.check(file)
            self.assertEqual(checked.returncode, 0, checked.stderr)
            self.assertIn(f"{last['multisig']['threshold']} of 3, all 3 signed", checked.stdout)
            self.assertIn(last["multisig"]["verification_code"], checked.stdout)
            shown = self.succeeds(self.run_program(*as_signer, "--json", "signer", "show", name)).json
            self.assertIn(f'"{name}"  {shown["fingerprint"]}', checked.stdout)

    def test_check_agrees_with_the_program_on_an_opaque_account_and_names_that_need_escapes(self):
        names = ("alice", "Zo\u00eb \"Z\" \\ \u732b \U0001f98a")
        homes = self.team("alice", "zoe", contacts=False)
        zoe = homes[1]
        self.succeeds(zoe.run("signer", "create", names[1]))
        self.succeeds(zoe.run("signer", "card", names[1], "--out", zoe.card))
        self.succeeds(zoe.run("signer", "use", names[1]))
        self.introduce(homes[0], zoe)
        self.introduce(zoe, homes[0])
        account = self.write(self.root / "account.json", '{"any": 1.50}')
        creator = homes[0].create("treasury", 2, *names, "--account-file", account)
        joined = zoe.join(creator.invite)
        for running in (creator, joined):
            self.succeeds(running.wait())
        certificate = self.write(self.root / "certificate.json",
                                 self.succeeds(zoe.run("multisig", "certificate", "treasury")).stdout)
        checked = self.check(certificate, zoe.card, homes[0].card)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn(f"valid card of {json.dumps(names[1])}", checked.stdout)
        self.assertIn("account            opaque", checked.stdout)

    def test_check_refuses_what_the_program_refuses(self):
        homes = self.team("alice", "bob")
        self.complete("treasury", 2, homes)
        text = self.succeeds(homes[0].run("multisig", "certificate", "treasury")).stdout.strip()
        envelope = json.loads(text)
        first, second = envelope["signatures"]

        def signed(*signatures):
            return json.dumps({**envelope, "signatures": list(signatures)}, separators=(",", ":"))

        cases = {"missing": signed(first), "creator": signed(second, first), "order": signed(first, second, second),
                 "signature": signed(first, {**second, "sig": first["sig"]}), "json": text[:-1],
                 "canonical_envelope": text.replace('":', '": ', 1)}
        file = self.root / "certificate.json"
        for rule, altered in cases.items():
            with self.subTest(rule):
                self.write(file, altered)
                self.fails_silently_on_stdout(self.run_program("multisig", "verify", file), 5)
                checked = self.check(file)
                self.assertEqual((checked.returncode, checked.stdout), (1, ""))
                self.assertIn(f"refused ({rule})", checked.stderr)
        self.write(file, text)
        self.assertEqual(self.check(file).returncode, 0)
        self.succeeds(self.run_program("multisig", "verify", file))
