// Accounts as they travel: public parts in manifests and cards, and the sealed secrets of both kinds.
#include "account/account.h"
#include "account/multisig_address.h"
#include "fuzz/fuzz.h"
#include "vectors/example.h"

using namespace coterie;
using account::SharedStateAccount;
using fuzz::check;

namespace {

constexpr std::size_t kMaxPart = 4096;

void check_public(std::string_view text) {
  const auto value = json::parse(text, kMaxPart, "account");
  if (!value) return;
  const auto part = account::parse_public_part(*value);
  fuzz::check_refusal(part);
  if (part) {
    const auto again = account::parse_public_part(account::to_json(*part));
    check(again && *again == *part, "parse(serialize(x)) is x");
  }
  const auto aztec = account::parse_aztec_part(*value);
  fuzz::check_refusal(aztec);
  if (aztec) {
    const auto again = account::parse_aztec_part(account::to_json(*aztec));
    check(again && *again == *aztec, "parse(serialize(x)) is x");
  }
}

void check_secrets(const SecretBytes& text, const account::PublicPart& claimed) {
  const auto account = SharedStateAccount::parse(text, claimed);
  if (!account) return fuzz::check_secret_error(account.error());
  check(account->public_part() == claimed, "what is taken is what was claimed");
  check(account->serialize().equals(text.view()), "secrets have one text");
  check(account->clone().public_part() == claimed, "a copy is the same");
}

void check_opaque(std::string_view text) {
  vectors::CountingRandom random(1);
  const auto account = SharedStateAccount::create_opaque(SecretBytes::copy_of(text), random);
  if (!account) return fuzz::check_secret_error(account.error());
  check(account->reveal().text() == text, "an opaque account is kept byte for byte");
  check_secrets(account->serialize(), account->public_part());
}

void check_address(std::string_view text) {
  for (const account::Kind kind : {account::Kind::aztec_schnorr, account::Kind::opaque}) {
    fuzz::check_refusal(account::check_multisig_address(kind, text));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const account::PublicPart opaque = vectors::Example::make_opaque().public_part();
  static const account::PublicPart aztec = vectors::Example::make_aztec(vectors::Example::kDrawn).public_part();
  fuzz::Input input(data, size);
  switch (input.choose(5)) {
    case 0:
      check_public(input.rest_text());
      break;
    case 1:
      check_secrets(SecretBytes::copy_of(input.rest()), opaque);
      break;
    case 2:
      check_secrets(SecretBytes::copy_of(input.rest()), aztec);
      break;
    case 3:
      check_opaque(input.rest_text());
      break;
    case 4:
      check_address(input.rest_text());
      break;
  }
  return 0;
}
