#!/usr/bin/env python3
"""Which lines and branches of the modules that decide the tests reach: a table by module, and every line they do not.

Reads what the test programs of build/coverage left behind (`./test.sh coverage` runs them first). Branches that only an
exception takes are not counted: nothing here is thrown but for bugs and memory.
"""
import collections
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "coverage"
MODULES = ("ceremony", "crypto", "account", "vault", "signaling")


def read():
    """gcovr's account of each source file."""
    command = ["gcovr", "--root", ROOT, "--object-directory", BUILD, "--json", "--exclude-throw-branches",
               "--exclude-unreachable-branches", "--exclude", r".*_test\.cpp$", "--exclude", r".*_for_test\.h$",
               *(part for module in MODULES for part in ("--filter", f"src/{module}/")), BUILD]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)["files"]


class Count:
    def __init__(self):
        self.reached = self.all = 0

    def add(self, reached):
        self.all += 1
        self.reached += bool(reached)

    def __str__(self):
        return f"{self.reached:>5} of {self.all:<5} {100 * self.reached / max(1, self.all):5.1f} %"


def main():
    lines, branches = collections.defaultdict(Count), collections.defaultdict(Count)
    missed = []
    for file in read():
        module = file["file"].split("/")[1]
        unreached = []
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            lines[module].add(line["count"])
            if not line["count"]:
                unreached.append(line["line_number"])
            for branch in line["branches"]:
                branches[module].add(branch["count"])
        if unreached:
            missed.append(f"{file['file']}: {' '.join(map(str, unreached))}")
    print(f"{'module':<10}  {'lines':<22}  branches")
    for module in MODULES:
        print(f"{module:<10}  {lines[module]}  {branches[module]}")
    listing = BUILD / "not-reached.txt"
    listing.write_text("\n".join(sorted(missed)) + "\n")
    print(f"Lines that no test reaches: {listing.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
