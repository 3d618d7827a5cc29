#!/usr/bin/env python3
"""Runs the fuzz targets of build/fuzz (docs/fuzzing.md), as many at a time as there are cores, and fails on a finding.
Seconds are those of a core: where others have the cores, a target runs longer.

    scripts/fuzz.py [TARGET…]                 each for 60 s
    scripts/fuzz.py --seconds 1200 sdp card   these for 20 minutes each
    scripts/fuzz.py --minimize [TARGET…]      writes tests/fuzz/corpus/ anew: the least of it, of the seeds and of what was
                                              found that covers as much
    scripts/fuzz.py --coverage [TARGET…]      how much of its own sources each target's corpus covers

What they find new is kept in build/fuzz/found/, inputs of findings in build/fuzz/findings/, what they say in
build/fuzz/TARGET.log.
"""
import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCES = ROOT / "tests" / "fuzz"
BUILD = ROOT / "build" / "fuzz"
PROGRAMS = BUILD / "tests" / "fuzz"

sys.path.insert(0, str(SOURCES))
import seeds  # noqa: E402

KIB = 1024
# The most bytes of an input, above what the parser takes. A manifest, a certificate and a channel message may be
# hundreds of KiB long: that limit is the first line of json::parse, and an input that long finds nothing new.
LONGEST = {"account": 8 * KIB, "account_file": 66 * KIB, "card": 8 * KIB, "card_list": 16 * KIB, "certificate": 64 * KIB,
           "channel_message": 64 * KIB, "channels": 8 * KIB, "description": 48 * KIB, "dtls_record": 8 * KIB,
           "envelope": 8 * KIB, "json": 5 * KIB, "manifest": 64 * KIB, "sealed_signal": 68 * KIB, "sdp": 17 * KIB,
           "signaling_message": 66 * KIB, "turn_framing": 72 * KIB, "vault_image": 16 * KIB}
LONGEST_OF_OTHERS = 4 * KIB

# Sources that a target is there for, where they are not named like it.
OWN_SOURCES = {
    "account": ["account/account.cpp", "account/aztec_account.cpp", "account/multisig_address.cpp"],
    "account_file": ["account/account_file.cpp", "account/reference_file.cpp"],
    "address": ["signaling/address.cpp"],
    "card_list": ["cli/card_view.cpp"],
    "channel_message": ["ceremony/message.cpp"],
    "dtls_record": ["rtc/dtls_transport.cpp"],
    "encoding": ["base/bytes.cpp", "base/clock.cpp"],
    "hook_answer": ["session/hook.cpp"],
    "ice_candidate": ["rtc/candidate.cpp", "rtc/session_description.cpp"],
    "name": ["ceremony/name.cpp", "ceremony/unicode.cpp"],
    "option_value": ["cli/option_values.cpp"],
    "sealed_signal": ["ceremony/sealed_signal.cpp", "ceremony/link_negotiator.cpp"],
    "signaling_message": ["signaling/message.cpp"],
    "stun": ["rtc/stun_message.cpp"],
    "vault_header": ["vault/header.cpp", "vault/root.cpp"],
    "vault_image": ["vault/format.cpp", "vault/sqlite.cpp"],
}


def targets():
    return sorted(path.name.removesuffix("_fuzz.cpp") for path in SOURCES.glob("*_fuzz.cpp"))


def own_sources(target):
    if target in OWN_SOURCES:
        return [f"src/{path}" for path in OWN_SOURCES[target]]
    return [path.relative_to(ROOT).as_posix() for path in (ROOT / "src").glob(f"*/{target}.cpp")]


def command(target, *options):
    # Seconds pass for a target also while others have the cores: what takes a minute does not end.
    return [PROGRAMS / f"fuzz_{target}", f"-max_len={LONGEST.get(target, LONGEST_OF_OTHERS)}", "-timeout=60", "-report_slow_units=60",
            "-rss_limit_mb=2048", "-malloc_limit_mb=256", *options]


def inputs(target):
    """Folders that hold what the target begins with, the first for what it finds."""
    found = BUILD / "found" / target
    found.mkdir(parents=True, exist_ok=True)
    kept = [SOURCES / part / target for part in ("corpus", "regressions")]
    return [found, BUILD / "seeds" / target, *(folder for folder in kept if folder.exists())]


def core_seconds(pid):
    """What a process that has not been waited for has had."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)


@dataclasses.dataclass
class Run:
    target: str
    seconds: float
    output: str
    failed: bool
    findings: list

    def number(self, pattern):
        found = re.findall(pattern, self.output)
        return int(found[-1]) if found else 0

    def row(self):
        executions = self.number(r"stat::number_of_executed_units:\s*(\d+)") or self.number(r"#(\d+)\t")
        counts = [executions, executions / max(self.seconds, 1)] + [self.number(rf" {word}: (\d+)") for word in ("cov", "ft", "corp")]
        return [self.target, f"{self.seconds:.0f}", *(f"{count:,.0f}" for count in counts), "FINDING" if self.failed else "none"]


def fuzz(target, seconds):
    findings = BUILD / "findings" / target
    findings.mkdir(parents=True, exist_ok=True)
    before = set(findings.iterdir())
    log = BUILD / f"{target}.log"
    spent = 0.0
    with log.open("w") as output:
        process = subprocess.Popen(command(target, "-print_final_stats=1", f"-dict={SOURCES / 'words.dict'}",
                                           f"-artifact_prefix={findings}/", *inputs(target)),
                                   stdout=subprocess.DEVNULL, stderr=output)
        while process.poll() is None:
            spent = core_seconds(process.pid)
            if spent >= seconds:
                process.send_signal(signal.SIGUSR1)  # libFuzzer ends after this input, and says what it has done
            try:
                process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                pass
    return Run(target, spent, log.read_text(errors="replace"), process.returncode != 0, sorted(set(findings.iterdir()) - before))


def print_table(header, rows):
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    for row in [header, *rows]:
        print("  ".join(cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))))


def fuzz_all(names, seconds, jobs):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        runs = list(pool.map(lambda target: fuzz(target, seconds), names))
    print_table(["target", "s", "executions", "/s", "edges", "features", "inputs", "findings"], [run.row() for run in runs])
    for run in (run for run in runs if run.failed):
        print(f"\n{run.target}: {BUILD / run.target}.log ends with")
        print("\n".join(f"  {line}" for line in run.output.splitlines()[-40:]))
        for path in run.findings:
            print(f"  again: {PROGRAMS / f'fuzz_{run.target}'} {path}")
            print(f"  to keep it: put it into tests/fuzz/regressions/{run.target}/")
    return any(run.failed for run in runs)


def minimize(target):
    kept = SOURCES / "corpus" / target
    least = BUILD / "least" / target
    shutil.rmtree(least, ignore_errors=True)
    least.mkdir(parents=True)
    merged = subprocess.run(command(target, "-merge=1", least, *inputs(target)), capture_output=True, text=True, errors="replace")
    if merged.returncode != 0 or not any(least.iterdir()):
        sys.exit(f"{target}: nothing was merged\n{merged.stderr}")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(least, kept)
    files = list(kept.iterdir())
    return [target, f"{len(files):,}", f"{sum(path.stat().st_size for path in files):,}"]


FUNCTION = re.compile(r"^(?:UN)?COVERED_FUNC: hits: \d+ edges: (\d+)/(\d+) .* (\S+?):\d+", re.M)


def coverage(target):
    """Edges of each of its own sources that its corpus covers, and how many there are."""
    run = subprocess.run(command(target, "-runs=0", "-print_coverage=1", SOURCES / "corpus" / target), capture_output=True,
                         text=True, errors="replace")
    rows = []
    for source in own_sources(target):
        edges = [(int(covered), int(there)) for covered, there, path in FUNCTION.findall(run.stderr)
                 if os.path.normpath(path).endswith(source)]
        covered, there = (sum(column) for column in zip(*edges)) if edges else (0, 0)
        rows.append([target, source, f"{covered:,}", f"{there:,}", f"{100 * covered / max(there, 1):.0f} %"])
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--minimize", action="store_true")
    parser.add_argument("--coverage", action="store_true")
    arguments = parser.parse_args()
    if unknown := set(arguments.targets) - set(targets()):
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    names = arguments.targets or targets()
    seeds.write(BUILD / "seeds")
    if arguments.minimize or arguments.coverage:
        with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
            if arguments.minimize:
                print_table(["target", "inputs", "bytes"], list(pool.map(minimize, names)))
            if arguments.coverage:
                rows = [row for rows in pool.map(coverage, names) for row in rows]
                print_table(["target", "source", "covered", "edges", ""], rows)
        return 0
    return 1 if fuzz_all(names, arguments.seconds, arguments.jobs) else 0


if __name__ == "__main__":
    sys.exit(main())
