# What a recipient is asked before it signs, and the code that others read out.
import re

from coterie import NO_STUN
from terminal import Terminal

CONSENT = r"yes / no[\s\S]*: $"
CODE = r"verification code[^\n]*: $"


class Consent:
    """For a CoterieTest."""

    def start(self, creator, name="treasury", others=("bob",), *options):
        running = creator.create(name, str(1 + len(others)), creator.name, *others, *options)
        invited = running.wait_for(event="invite")
        return running, invited["invite"], re.sub(r"\D", "", invited["verification_code"])

    def join_on_terminal(self, home, invite, *options, columns=100):
        return Terminal(self, home.arguments(["multisig", "join", invite, *NO_STUN, *options]), columns=columns)
