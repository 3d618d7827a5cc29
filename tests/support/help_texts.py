# What the program says of its own commands.
import os
import re
import subprocess

PROGRAM = os.environ.get("COTERIE_PROGRAM", "")


def help_of(words):
    # Nothing of the caller's settings may show as a default.
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"}
    result = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, env=environment, timeout=60)
    if result.returncode != 0:
        raise AssertionError(f"coterie {' '.join(words)} --help: {result.stderr}")
    return result.stdout


def all_help():
    """Of every level and command: {"coterie multisig join": text}, in the program's own order."""
    texts = {}

    def visit(words):
        text = texts["coterie" + "".join(f" {word}" for word in words)] = help_of(words)
        below = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
        for name in re.findall(r"^  (\S+)", below.group(1), re.M) if below else []:
            visit([*words, name])

    visit([])
    return texts


def all_commands():
    """Those that do something: "multisig join"."""
    return [command.removeprefix("coterie ") for command, text in all_help().items() if "\nSubcommands:\n" not in text]
