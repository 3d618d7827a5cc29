"""No branch and no address follows from a secret of Aztec's arithmetic: valgrind's memcheck, which is told that secrets
are undefined bytes, reports each one that does. OpenSSL's own looks at whether a number's leading words or bytes are zero
are expected, and nothing else."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

# What these look at of a secret: whether its leading words are zero, once in 2^62 times, and where bytes are read whether
# leading bytes are, of 64 random ones or of marked ones (src/account/aztec/fixed_base.cpp).
OF_OPENSSL = {"BN_mod_mul_montgomery", "BN_to_montgomery", "BN_from_montgomery", "BN_mod_add_quick", "BN_usub", "BN_bin2bn",
              "BN_lebin2bn", "BN_clear_bit", "BN_copy", "BN_bn2binpad", "BN_bn2lebinpad", "BN_mod_exp_mont_consttime"}
# These call BN_bn2binpad and BN_bn2lebinpad, which jump on to a function without a name.
WRITERS = ("::write(", "::bytes(", "::add_multiple(")


def is_expected(frames):
    """frames: (function or None, object) from the branch outwards."""
    of_openssl = 0
    while of_openssl < len(frames) and "libcrypto" in frames[of_openssl][1]:
        of_openssl += 1
    if of_openssl == 0 or of_openssl == len(frames):
        return False
    called, caller = frames[of_openssl - 1][0], frames[of_openssl][0] or ""
    # A challenge hashes the public key, so for memcheck it is undefined as well, but it is public: it may be compared.
    if called == "BN_cmp" and any("SigningKey::sign(" in (function or "") for function, _ in frames):
        return True
    return called in OF_OPENSSL if called else any(writer in caller for writer in WRITERS)


@unittest.skipUnless(shutil.which("valgrind"), "valgrind is not installed")
class ConstantTime(unittest.TestCase):
    def unexpected(self, piece):
        """Where memcheck saw a secret decide, as lists of functions; and how many expected places it saw."""
        program = pathlib.Path(os.environ["COTERIE_CONSTANT_TIME"])
        with tempfile.TemporaryDirectory() as directory:
            report = pathlib.Path(directory) / "report.xml"
            done = subprocess.run(["valgrind", "--error-limit=no", "--xml=yes", f"--xml-file={report}", program, piece],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            self.assertEqual(done.returncode, 0, done.stdout)
            errors = xml.etree.ElementTree.parse(report).getroot().findall("error")
        stacks = [[(frame.findtext("fn"), frame.findtext("obj") or "") for frame in error.find("stack").findall("frame")]
                  for error in errors if error.findtext("kind") in ("UninitCondition", "UninitValue")]
        self.assertTrue(stacks, "memcheck saw no secret at all")
        return [[function for function, _ in stack] for stack in stacks if not is_expected(stack)]

    def test_of_drawing_and_multiplying_a_nonce_or_a_key(self):
        self.assertEqual(self.unexpected("nonce"), [])

    def test_of_signing_with_a_private_key(self):
        self.assertEqual(self.unexpected("private-key"), [])

    def test_of_deriving_the_master_keys_of_a_secret_key(self):
        self.assertEqual(self.unexpected("secret-key"), [])

    def test_of_writing_a_secret_as_text(self):
        self.assertEqual(self.unexpected("text"), [])

    def test_finds_the_branches_of_a_division(self):
        self.assertTrue(self.unexpected("division"))

    def test_finds_a_branch_outside_of_openssl(self):
        self.assertTrue(self.unexpected("comparison"))


if __name__ == "__main__":
    unittest.main()
