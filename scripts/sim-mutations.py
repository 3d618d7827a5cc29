#!/usr/bin/env python3
"""Removes one guard after the other and counts the seeds after which the simulation (docs/simulation.md) finds it.

  scripts/sim-mutations.py          all of them, in the copy of the tree that scripts/mutations.py uses
  scripts/sim-mutations.py --list   the table
  scripts/sim-mutations.py WORD...  those whose name or file has one of these words

Exit code 0 only when every guard stands exactly once in its file, the seeds keep every promise with the guards in place,
and break one without each of them. tests/docs/threats_test.py holds the table to the sources.
"""
import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import mutations  # noqa: E402

SEEDS = 10_000  # as many as every plain test run has
SEEDS_AS_IT_IS = 1_000  # all the others are what that run is for
SIM = mutations.BUILD / "tests" / "sim"


@dataclasses.dataclass
class Guard:
    name: str
    file: str
    guard: str  # stands exactly once in the file
    without: str


CREATOR, RECIPIENT = "src/ceremony/creator.cpp", "src/ceremony/recipient.cpp"
CERTIFICATE, JOURNAL = "src/ceremony/certificate.cpp", "src/session/journal.cpp"
KEEPER = "src/session/link_keeper.cpp"

GUARDS = [
    # --- one manifest in a room ---
    Guard("a recipient hears of one manifest only", RECIPIENT, "if (digest_ && digest_of(*message) != *digest_) {",
          "if (false) {"),
    Guard("a creator hears of its manifest only", CREATOR, "if (digest_of(*message) != record_.manifest.digest()) {",
          "if (false) {"),
    Guard("a recipient that starts again knows which manifest", RECIPIENT,
          "  recipient.digest_ = record.manifest.digest();\n", ""),
    Guard("a recipient takes the certificate of its manifest only", RECIPIENT,
          "if (certificate->manifest().digest() != *digest_) {", "if (false) {"),
    Guard("a manifest is of the room where it is proposed", "src/ceremony/manifest.cpp",
          "if (manifest.manifest().room != expectation.room) {", "if (false) {"),
    Guard("a creator that starts again keeps its manifest (the simulation's own lines)", "tests/sim/process.cpp",
          "  begun_as_ = record_->status;\n",
          "  begun_as_ = record_->status;\n"
          "  ceremony::Manifest other = record_->manifest.manifest();\n  other.created_at += context().schedule.now().count();\n"
          "  record_->manifest = std::move(ceremony::SignedManifest::create(other, self().identity).value());\n"
          "  record_->receipts = {{self().key(), record_->manifest.creator_receipt()}};\n"),

    # --- record first, then acknowledge ---
    Guard("a recipient stores account and receipt before it gives the receipt", RECIPIENT,
          "  emit(StoreProposal{*manifest_, std::move(*account_), *receipt_});\n  account_.reset();\n  send_receipt();\n",
          "  send_receipt();\n  emit(StoreProposal{*manifest_, std::move(*account_), *receipt_});\n  account_.reset();\n"),
    Guard("a recipient stores the certificate before it says so", RECIPIENT,
          "    emit(StoreCertificate{std::move(*certificate)});\n    link_->stored_sent = true;\n"
          "    send(StoredMessage{*digest_});\n",
          "    link_->stored_sent = true;\n    send(StoredMessage{*digest_});\n"
          "    emit(StoreCertificate{std::move(*certificate)});\n"),
    Guard("a recipient stores its decline before it says so", RECIPIENT,
          "  if (manifest_) emit(StoreDecline{*manifest_, *ending_});\n", ""),
    Guard("a recipient's record has the account", JOURNAL, "  record.account = event.account.clone();\n", ""),
    Guard("a creator stores each receipt before the certificate", CREATOR,
          "    emit(StoreReceipt{signer, message.signature});\n", ""),
    Guard("a creator stores the certificate before it sends it", CREATOR,
          "  emit(StoreCertificate{*record_.certificate});\n", ""),
    Guard("a creator stores each `stored` before it is done", CREATOR,
          "if (record_.stored.insert(signer).second) emit(StoreStored{signer});", "record_.stored.insert(signer);"),
    Guard("a creator stores the end before it tells of it", CREATOR, "  emit(StoreEnding{ending});\n", ""),

    # --- what a receipt and a certificate prove ---
    Guard("a recipient derives the account that the manifest claims", "src/account/account.cpp",
          "if (const char* what = difference(account.public_part(), claimed)) {",
          "if (const char* what = difference(account.public_part(), account.public_part())) {"),
    Guard("a creator verifies receipts", CREATOR,
          "if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified) {",
          "if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified && false) {"),
    Guard("a receipt is its link's signer's", CREATOR,
          "  if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified) {",
          "  bool somebodys = false;\n"
          "  for (const Card& card : record_.manifest.manifest().signers) {\n"
          "    somebodys |= verify_receipt(record_.manifest, card.sign_key(), message.signature).ok();\n  }\n"
          "  if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified && !somebodys) {"),
    Guard("a certificate is made when all receipts are there", CREATOR,
          "if (record_.receipts.size() != record_.manifest.manifest().signers.size()) return;",
          "if (record_.receipts.size() < 2) return;"),
    Guard("a certificate has every receipt", CERTIFICATE, "if (!missing.empty()) {", "if (missing.size() > 1000) {"),
    Guard("each receipt of a certificate is verified", CERTIFICATE,
          "    COTERIE_CHECK(verify_receipt(manifest, signer->sign_key(), *receipt));\n", ""),
    Guard("`stored` counts after the certificate", CREATOR,
          '  if (!record_.certificate) return refuse_message(signer, link, out_of_turn(signer, "stored"));\n', ""),
    Guard("a creator is complete with the last `stored`", JOURNAL,
          "if (present.stored.size() + 1 == present.manifest.manifest().signers.size()) {",
          "if (!present.stored.empty()) {"),

    # --- for all or for nobody ---
    Guard("nothing is abandoned after the last receipt", JOURNAL,
          "if (record.role == Role::creator && record.receipts.size() ==", "if (record.name.empty() && record.receipts.size() =="),
    Guard("what was abandoned is not written over", JOURNAL,
          "if (present.status == MultisigStatus::abandoned && known.status == MultisigStatus::pending) {",
          "if (present.status == MultisigStatus::abandoned && known.status == MultisigStatus::complete) {"),
    Guard("a receipt after the end changes nothing", CREATOR, "if (state_ == State::ended || link.receipt_came) return;",
          "if (link.receipt_came) return;"),
    Guard("a receipt cannot be taken back", CREATOR,
          'if (record_.receipts.contains(signer)) return refuse_message(signer, link, out_of_turn(signer, "decline"));',
          'if (record_.receipts.empty()) return refuse_message(signer, link, out_of_turn(signer, "decline"));'),
    Guard("a decline is final", RECIPIENT, "    case State::declined:\n      return send_decline();\n",
          "    case State::declined:\n      break;\n"),
    Guard("a decline is known to the process that starts again", JOURNAL, "    journaled.ending = record.ending();\n", ""),

    # --- how signers meet ---
    Guard("an offer of an earlier join is late, not false", "src/ceremony/link_negotiator.cpp",
          "if (!names_present_epochs(signal) || seen_.contains(signal.link)) return", "if (seen_.contains(signal.link)) return"),
    Guard("an answer to an earlier link is late, not false", "src/ceremony/link_negotiator.cpp",
          "if (!names_present_epochs(signal) || signal.link != link_ || !offer_) return", "if (!offer_) return"),
    Guard("a link that was lost is begun anew", KEEPER, "  if (!peer.under_way) retry_later(peer);\n", ""),
    Guard("a link that does not open in time gives way to the next", KEEPER,
          "  if (offers() && peer.in_room) {\n    begin_link(peer);\n  } else {\n", "  if (peer.signer.name.empty()) {\n  } else {\n"),
    Guard("who joins again in the pause gets a link after it", KEEPER,
          "if (wanted && present.in_room && !present.under_way) self.begin_link(present);", "(void)wanted;"),
]


def problems_of(guard, root=mutations.ROOT):
    return mutations.problems_in(root / guard.file, guard.guard)


def finding(seeds):
    """After how many seeds a promise is broken, and which; (None, output) when none is."""
    result = subprocess.run([str(SIM), "--seeds", str(seeds)], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            check=False)
    found = re.search(r"^seed (\d+)(?: broke a promise)?: (.*)$", result.stdout, re.M)
    if result.returncode == 0 or not found:
        return None, result.stdout
    return int(found.group(1)), found.group(2).split(";")[0]


def try_out(guards):
    mutations.copy_tree()
    mutations.configure()
    print("building the tree as it is", flush=True)
    mutations.must_build("sim")
    seed, words = finding(SEEDS_AS_IT_IS)
    if seed is not None or "every promise kept" not in words:
        sys.exit(f"with every guard in place: {words}")
    print(words.strip(), flush=True)
    missed = 0
    for guard in guards:
        with mutations.mutated(guard.file, guard.guard, guard.without):
            built = mutations.build("sim")
            if built.returncode != 0:
                missed += 1
                print(f"{guard.name}: {guard.file} does not compile without it:\n{built.stdout[-2000:]}", flush=True)
                continue
            seed, words = finding(SEEDS)
            missed += seed is None
            verdict = f"{seed:6} seeds  {words}" if seed is not None else "NOT FOUND"
            print(f"{guard.name:70} {verdict}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the table and end")
    parser.add_argument("words", nargs="*")
    arguments = parser.parse_args()
    chosen = [guard for guard in GUARDS if not arguments.words or
              any(word in f"{guard.name} {guard.file}" for word in arguments.words)]
    problems = [problem for guard in chosen for problem in problems_of(guard)]
    if problems or not chosen:
        sys.exit("\n".join(problems) or "no such guard")
    if arguments.list:
        for guard in chosen:
            print(f"{guard.file:34} {guard.name}")
        return
    missed = try_out(chosen)
    print(f"{len(chosen)} guards, " + ("each found" if not missed else f"{missed} NOT FOUND"))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
