// Signers, accounts and manifests for tests, the same for the same seed.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account/account.h"
#include "base/random.h"
#include "ceremony/card.h"
#include "ceremony/manifest.h"
#include "crypto/identity.h"

namespace coterie::ceremony::test {

struct TestSigner {
  crypto::Identity identity;
  Card card;

  const SignKey& key() const { return card.sign_key(); }
};

inline TestSigner make_signer(std::string_view name, std::uint64_t seed) {
  SeededRandom random(seed);
  auto identity = crypto::Identity::generate(random);
  auto card = Card::create(name, identity, 1'700'000'000);
  return {std::move(identity), std::move(card.value())};
}

// With an Aztec account of one's own, too.
struct AztecTestSigner : TestSigner {
  account::AztecAccount own_account;
};

inline AztecTestSigner make_aztec_signer(std::string_view name, std::uint64_t seed) {
  SeededRandom random(seed);
  auto identity = crypto::Identity::generate(random);
  auto own_account = account::AztecAccount::generate(account::kDefaultProfile, random);
  auto card = Card::create(name, identity, 1'700'000'000, *own_account, random);
  return {{std::move(identity), std::move(card.value())}, std::move(*own_account)};
}

// "alice", "bob", "carol", then "signer3" …; the first is the creator.
inline std::vector<TestSigner> make_signers(std::size_t count) {
  static constexpr std::string_view kNames[] = {"alice", "bob", "carol"};
  std::vector<TestSigner> signers;
  for (std::size_t i = 0; i < count; ++i) {
    signers.push_back(make_signer(i < 3 ? std::string(kNames[i]) : "signer" + std::to_string(i), 100 + i));
  }
  return signers;
}

inline account::SharedStateAccount make_account(std::uint64_t seed) {
  SeededRandom random(seed);
  auto account = account::SharedStateAccount::create_opaque(SecretBytes::copy_of(R"({"key":"secret"})"), random);
  return std::move(account.value());
}

inline RoomId make_room(std::uint64_t seed) {
  return SeededRandom(seed).draw<RoomId>();
}

inline Manifest make_terms(const std::vector<TestSigner>& signers, const account::SharedStateAccount& account,
                           std::int64_t threshold = 1) {
  Manifest manifest;
  manifest.name = "treasury";
  manifest.threshold = threshold;
  for (const TestSigner& signer : signers) manifest.signers.push_back(signer.card);
  manifest.account = account.public_part();
  manifest.room = make_room(1);
  manifest.created_at = 1'700'000'001;
  return manifest;
}

inline SignedManifest make_manifest(const std::vector<TestSigner>& signers, const account::SharedStateAccount& account,
                                    std::int64_t threshold = 1) {
  auto manifest = SignedManifest::create(make_terms(signers, account, threshold), signers.front().identity);
  return std::move(manifest.value());
}

// What a signer with other software could sign.
inline crypto::Envelope sign_payload(crypto::PayloadType type, std::string_view payload,
                                     const crypto::Identity& identity) {
  crypto::Envelope envelope;
  envelope.type = type;
  envelope.payload = to_vector(as_bytes(payload));
  envelope.sign(identity);
  return envelope;
}

inline std::string replaced(std::string text, std::string_view old_part, std::string_view new_part) {
  return text.replace(text.find(old_part), old_part.size(), new_part);
}

}  // namespace coterie::ceremony::test
