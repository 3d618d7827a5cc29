#!/usr/bin/env python3
"""last_join.py PROGRAM [RUNS]: how long a creation takes from the moment the last signer is in the room until every
signer's `stored` is on the creator's disk; medians over RUNS (default 20) of `coterie demo --json`, for 3 and 8 signers.
"""
import json
import statistics
import subprocess
import sys


def last_join_to_complete(program, signers):
    output = subprocess.run([program, "demo", "--json", "--signers", str(signers), "--threshold", "2"], check=True,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    came, done = {}, {}
    for line in output.splitlines():
        event = json.loads(line)
        if event["event"] == "peer" and event["state"] in ("joined", "connecting"):
            came.setdefault(event["signer"], event["t"])
        if event["event"] == "peer" and event["state"] == "complete":
            done[event["signer"]] = event["t"]
    assert len(done) == signers - 1, f"not complete: {output}"
    return (max(done.values()) - max(came.values())) * 1000


def main():
    program = sys.argv[1]
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    for signers in (3, 8):
        times = [last_join_to_complete(program, signers) for _ in range(runs)]
        print(f"{signers} signers: last join to complete {statistics.median(times):.0f} ms median of {runs} "
              f"({min(times):.0f} to {max(times):.0f})")


if __name__ == "__main__":
    main()
