"""Node, and what scripts/install-dependencies.sh puts beside it: for tests that are skipped where it cannot be had."""
import os
import pathlib
import shutil
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def node():
    """A Node of version 20 or later: the one on PATH, else the one that scripts/install-dependencies.sh put beside."""
    for candidate in (shutil.which("node"), ROOT / "build" / "node" / "node_modules" / "node" / "bin" / "node"):
        if candidate and os.access(candidate, os.X_OK):
            version = subprocess.run([candidate, "--version"], capture_output=True, text=True).stdout.strip()
            if version.startswith("v") and int(version[1:].split(".")[0]) >= 20:
                return str(candidate)
    raise unittest.SkipTest("needs Node 20 or later: scripts/install-dependencies.sh tests")


def aztec_packages(profile):
    """The folder with Aztec's npm packages of a profile."""
    modules = ROOT / "build" / "oracle" / profile / "node_modules"
    if not (modules / ".package-lock.json").is_file():
        raise unittest.SkipTest(f"Aztec's npm packages {profile} are not installed: scripts/install-dependencies.sh oracle")
    return modules


def beside(modules, directory, *scripts):
    """Copies scripts into a directory where they find these packages: Node looks for them from where a script lies."""
    (directory / "node_modules").symlink_to(modules)
    for script in scripts:
        shutil.copy(script, directory)
    return directory
