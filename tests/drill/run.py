#!/usr/bin/env python3
"""Runs every deed of the drill (docs/drill.md) and prints who tried what, what stopped it, and who saw a canary.

  tests/drill/run.py build/release            exit code 0 only when everything was stopped and no canary was seen
  tests/drill/run.py build/release --write    writes the table into docs/drill.md, too
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "drill.md"
PARTIES = ("signaling server", "creator", "recipient", "invite thief", "invite forger", "UDP injector")
BEGIN, END = "<!-- tests/drill/run.py -->\n", "<!-- end -->"


def ctest(build, *options):
    return ["ctest", "--test-dir", str(build), "-L", "^drill$", *options]


def names_of(build):
    """Of all deeds, in the order in which they are written."""
    shown = subprocess.run(ctest(build, "--show-only=json-v1"), check=True, stdout=subprocess.PIPE)
    return [test["name"] for test in json.loads(shown.stdout)["tests"]]


def run(build):
    """Whether ctest was content, and the rows of all deeds."""
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "COTERIE_DRILL_ROWS": directory}
        done = subprocess.run(ctest(build, "--output-on-failure", "--no-tests=error", "-j", str(os.cpu_count())),
                              check=False, env=environment)
        files = [pathlib.Path(directory) / f"{name}.json" for name in names_of(build)]
        rows = [json.loads(file.read_text()) for file in files if file.exists()]
    return done.returncode == 0, sorted(rows, key=lambda row: PARTIES.index(row["party"]))


def lines_of(rows):
    yield "| party | what was tried | what stopped it | canary seen |"
    yield "|---|---|---|---|"
    for row in rows:
        stopped = row["stopped"] if row["passed"] or row["skipped"] else "**NOT STOPPED**"
        yield f"| {row['party']} | {row['tried']} | {stopped.replace('|', chr(92) + '|')} | {row['canary']} |"


def write(lines):
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    PAGE.write_text(before + BEGIN + "\n".join(lines) + "\n" + rest[rest.index(END):])


def main():
    parser = argparse.ArgumentParser(description="Runs every deed of the drill and prints the table.")
    parser.add_argument("build", type=pathlib.Path, help="a build folder with the program and the tests")
    parser.add_argument("--write", action="store_true", help="write the table into docs/drill.md")
    arguments = parser.parse_args()
    content, rows = run(arguments.build)
    lines = list(lines_of(rows))
    print("\n" + "\n".join(lines))
    skipped = sum(row["skipped"] for row in rows)
    open_ones = sum(not row["passed"] and not row["skipped"] for row in rows)
    print(f"\n{len(rows)} deeds: {len(rows) - skipped - open_ones} stopped, {skipped} skipped, {open_ones} NOT stopped"
          + ("" if content else "; ctest found failures"))
    if arguments.write:
        write(lines)
    seen = [row for row in rows if not row["skipped"] and row["canary"] not in ("no", "its own copy")]
    return 0 if content and rows and not open_ones and not seen else 1


if __name__ == "__main__":
    sys.exit(main())
