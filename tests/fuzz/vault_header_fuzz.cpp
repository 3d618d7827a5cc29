// A vault's header and its root record, also past the header's checksum; hostile parameters cost no memory.
#include "crypto/digest.h"
#include "fuzz/fuzz.h"
#include "vault/header.h"
#include "vault/root.h"

using namespace coterie;
using fuzz::check;

namespace {

bool in_range(const crypto::PassphraseKeyParameters& kdf) {
  return kdf.memory_bytes >= crypto::kMinPassphraseMemory && kdf.memory_bytes <= crypto::kMaxPassphraseMemory &&
         kdf.passes >= 1 && kdf.passes <= crypto::kMaxPassphrasePasses;
}

void check_header(BytesView bytes) {
  const auto header = vault::Header::parse(bytes);
  fuzz::check_refusal(header);
  if (!header) return;
  check(header->serialize() == to_vector(bytes), "a header has one form");
  if (in_range(header->kdf)) return;  // costs what it may cost
  const auto key = header->unwrap(Passphrase(SecretBytes::copy_of("a passphrase")));
  check(!key.ok(), "parameters out of range are refused");
  check(key.error().kind == ErrorKind::refused, "parameters out of range are refused");
  fuzz::check_secret_error(key.error());
}

void check_content(BytesView content) {
  Bytes bytes = to_vector(content);
  const Digest sum = crypto::digest(crypto::LabelledFields("vault header").add(content));
  bytes.insert(bytes.end(), sum.view().begin(), sum.view().end());
  check_header(bytes);
}

void check_root(BytesView plaintext) {
  const auto root = vault::Root::parse(plaintext);
  if (!root) return fuzz::check_secret_error(root.error());
  check(root->entries.size() <= vault::kMaxRecords + vault::kOwnRecords, "records are bounded");
  for (const auto& [label, entry] : root->entries) {
    check(!label.empty() && label.size() <= vault::kMaxLabel, "a label is bounded");
    check(entry.generation <= root->generation, "no record is of a later commit than the last");
  }
  const SecretBytes written = root->serialize();
  check(written.equals(plaintext), "a root has one form");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  switch (input.choose(3)) {
    case 0:
      check_header(input.rest());
      break;
    case 1:
      check_content(input.rest());
      break;
    case 2:
      check_root(input.rest());
      break;
  }
  return 0;
}
