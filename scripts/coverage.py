#!/usr/bin/env python3
"""Which lines and branches of the modules that decide the tests reach: a table by module, and what they do not reach.

Reads what the test programs of build/coverage left behind (`./test.sh coverage` runs them first). Branches that only an
exception takes are not counted: nothing here is thrown but for bugs and memory. Every line that no test reaches, and
every other line of whose branches some are never taken, is listed by file and function with its text in
build/coverage/not-reached.txt; docs/coverage.md says of each why.
"""
import collections
import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "coverage"
MODULES = ("ceremony", "crypto", "account", "vault", "signaling")


def read():
    """gcovr's account of each source file."""
    command = ["gcovr", "--root", ROOT, "--object-directory", BUILD, "--json", "--exclude-throw-branches",
               "--exclude-unreachable-branches", "--exclude", r".*_test\.(cpp|h)$", "--exclude", r".*_for_test\.h$",
               "--exclude", r".*/test_support\.h$",
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


def short_name(function):
    """Vault::backup, of coterie::vault::Vault::backup(std::filesystem::path const&)::{lambda()#1}::operator()() const."""
    name = function.replace("(anonymous namespace)::", "").split("::{lambda")[0].replace("[abi:cxx11]", "")
    before = None
    while name != before:  # the innermost first
        before, name = name, re.sub(r"<[^<>]*>|\([^()]*\)", "", name)
    name = re.sub(r"( const)?( &+)?$", "", name).split(" ")[-1]  # of a template the result stands before it
    return re.sub(r"^([a-z_]\w*::)+", "", name)  # types begin with a capital, namespaces do not


def function_at(functions, line):
    before = [function for function in functions if function["lineno"] <= line]
    return short_name(max(before, key=lambda function: function["lineno"])["name"]) if before else ""


def listing_of(file, missed):
    """Lines of text: the file, its functions, and each line with how many of its branches were never taken."""
    text = (ROOT / file["file"]).read_text().splitlines()
    lines = [file["file"]]
    last = None
    for number, what in missed:
        function = function_at(file["functions"], number)
        if function != last:
            lines.append(f"  {function}")
            last = function
        lines.append(f"    {number:>4} {what:<8} {text[number - 1].strip()}")
    return lines


def main():
    lines, branches = collections.defaultdict(Count), collections.defaultdict(Count)
    listing = []
    for file in sorted(read(), key=lambda file: file["file"]):
        module = file["file"].split("/")[1]
        missed = []
        for line in file["lines"]:
            if line.get("gcovr/noncode"):
                continue
            lines[module].add(line["count"])
            for branch in line["branches"]:
                branches[module].add(branch["count"])
            never = sum(not branch["count"] for branch in line["branches"])
            if not line["count"]:
                missed.append((line["line_number"], "line"))
            elif never:
                missed.append((line["line_number"], f"{never} of {len(line['branches'])}"))
        if missed:
            listing += listing_of(file, missed)
    print(f"{'module':<10}  {'lines':<22}  branches")
    for module in MODULES:
        print(f"{module:<10}  {lines[module]}  {branches[module]}")
    path = BUILD / "not-reached.txt"
    path.write_text("\n".join(listing) + "\n")
    print(f"What no test reaches: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
