# Every process of a creation under Valgrind's memcheck: no invalid access, no use of uninitialised memory, no leak.
# These are the steps of `coterie demo`, whose own process Valgrind 3.19 cannot run: it does not know pidfd_open.
import shutil
import unittest

import coterie
from coterie import CoterieTest

# Under it everything is many times as slow: the program's own time-outs are stretched, too.
PATIENCE = ["--connect-timeout", "5m"]
NAMES = ("alice", "bob", "carol")


@unittest.skipUnless(shutil.which("valgrind"), "needs valgrind: scripts/install-dependencies.sh tests")
class Valgrind(CoterieTest):
    def test_finds_nothing_in_a_creation_of_three(self):
        reports = self.root / "reports"
        reports.mkdir()
        memcheck = ["valgrind", f"--log-file={reports}/%p", "--leak-check=full", "--show-leak-kinds=definite,possible",
                    "--errors-for-leak-kinds=definite,possible", "--num-callers=40"]

        homes = self.team(*NAMES, prefixes={name: memcheck for name in NAMES})
        processes = 3 * len(homes)  # create, card, contact add
        creator = homes[0].create("treasury", 2, *NAMES, *PATIENCE)
        joined = [home.join(creator.invite, *PATIENCE) for home in homes[1:]]
        for process in (creator, *joined):
            self.succeeds(process.wait())
        processes += len(homes)
        certificate = self.root / "certificate.json"
        self.succeeds(homes[0].run("multisig", "certificate", "treasury", "--out", certificate))
        shown = [home.show("treasury") for home in homes]
        processes += 1 + len(homes)
        self.succeeds(self.run_program("--json", "multisig", "verify", certificate, prefix=memcheck))
        processes += 1
        self.assertEqual({coterie.address_of(multisig) for multisig in shown}, {coterie.address_of(shown[0])})

        found = [report.read_text() for report in sorted(reports.iterdir())]
        self.assertEqual(len(found), processes, "every process was watched")
        for report in found:
            self.assertRegex(report, r"ERROR SUMMARY: 0 errors from 0 contexts", report)
