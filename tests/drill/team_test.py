# Makes the homes that deeds begin with, once for all of them.
import shutil

from coterie import CoterieTest
from drill import PREPARED, TEAMS


class Teams(CoterieTest):
    def test_are_made_once_for_all_deeds(self):
        shutil.rmtree(PREPARED, ignore_errors=True)
        PREPARED.mkdir(mode=0o700)
        for names in TEAMS:
            team = PREPARED / "-".join(names)
            for home in self.team(*names):
                shutil.copytree(home.directory, team / home.directory.name)
                for file in (home.card, home.passphrase_file):
                    shutil.copy2(file, team / file.name)
                    file.unlink()
                shutil.rmtree(home.directory)
