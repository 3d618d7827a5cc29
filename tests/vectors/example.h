// What the protocol's examples are made from: fixed secrets, and two creations by alice. Nothing in here is secret.
#pragma once

#include <sodium.h>

#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "account/account.h"
#include "base/random.h"
#include "ceremony/card.h"
#include "ceremony/manifest.h"
#include "crypto/identity.h"
#include "crypto/room.h"

namespace coterie::vectors {

// An example that cannot be made is a bug of its maker, also where assertions are off.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  if (!result) throw std::runtime_error(result.error().message);
}

// Bytes that count upwards, as the document says them: a nonce "of bytes 00…17".
class CountingRandom final : public Random {
 public:
  explicit CountingRandom(std::uint8_t first) : next_(first) {}
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) byte = next_++;
  }

 private:
  std::uint8_t next_;
};

// For the nonces of Aztec signatures, which are drawn 64 bytes at a time until one serves: SHA-512 of the byte 0, of
// the byte 1, …
class HashedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    if (out.size() != crypto_hash_sha512_BYTES) throw std::logic_error("a nonce is drawn from 64 bytes");
    crypto_hash_sha512(out.data(), &next_, 1);
    ++next_;
  }

 private:
  std::uint8_t next_ = 0;
};

inline Bytes counting(std::uint8_t first, std::size_t size) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), first);
  return bytes;
}

struct Signer {
  Bytes secret;  // Ed25519 seed, then X25519 secret
  crypto::Identity identity;
  ceremony::Card card;
  std::optional<account::AztecAccount> own_account = {};

  const SignKey& key() const { return card.sign_key(); }

  static Signer make(std::string_view name, std::uint8_t first) {
    Bytes secret = counting(first, 64);
    crypto::Identity identity = must(crypto::Identity::parse(secret));
    ceremony::Card card = must(ceremony::Card::create(name, identity, 1'700'000'000));
    return {std::move(secret), std::move(identity), std::move(card)};
  }

  // Also with a chain key: the account is drawn from bytes that count upwards, too.
  static Signer make_with_chain_key(std::string_view name, std::uint8_t first) {
    Signer signer = make(name, first);
    CountingRandom random(first);
    signer.own_account = must(account::AztecAccount::generate(account::kDefaultProfile, random));
    HashedRandom nonces;
    signer.card = must(ceremony::Card::create(name, signer.identity, 1'700'000'000, *signer.own_account, nonces));
    return signer;
  }
};

// One multisig that alice creates.
struct Creation {
  RoomSalt salt;
  RoomId room;
  account::SharedStateAccount account;
  ceremony::SignedManifest manifest;

  static Creation make(std::string_view name, std::vector<const Signer*> signers, RoomSalt salt,
                       account::SharedStateAccount account, std::optional<std::string> multisig_address = {}) {
    ceremony::Manifest manifest;
    manifest.name = name;
    manifest.threshold = 2;
    for (const Signer* signer : signers) manifest.signers.push_back(signer->card);
    manifest.account = account.public_part();
    manifest.room = crypto::room_id(signers.front()->key(), salt);
    manifest.multisig_address = std::move(multisig_address);
    manifest.created_at = 1'700'000'100;
    const RoomId room = manifest.room;
    return {salt, room, std::move(account),
            must(ceremony::SignedManifest::create(std::move(manifest), signers.front()->identity))};
  }
};

struct Example {
  static constexpr std::string_view kOpaqueData = R"({"hello":"world"})";
  static constexpr std::uint8_t kOpening = 0xc0;  // the first byte of the opaque account's opening
  static constexpr std::uint8_t kDrawn = 0x01;    // and of what the estate's Aztec account is drawn from
  static constexpr std::uint8_t kDrawnForDeployed = 0x11;
  static constexpr std::string_view kMultisigAddress =
      "0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05";

  Signer alice = Signer::make("alice", 0x00);
  Signer bob = Signer::make("bob", 0x40);
  Signer carol = Signer::make("carol", 0x80);
  Signer zoe = Signer::make("Zo\u00eb \"Z\" \\ \u732b \U0001F98A", 0xc0);  // every kind of escape that a name can need

  Signer dora = Signer::make_with_chain_key("dora", 0x20);

  // An opaque account for two.
  Creation treasury =
      Creation::make("treasury", {&alice, &bob}, must(RoomSalt::from_bytes(counting(0x80, 32))), make_opaque());
  // An account of kind aztec-schnorr for three.
  Creation estate = Creation::make("estate", {&alice, &bob, &carol}, must(RoomSalt::from_bytes(counting(0xa0, 32))),
                                   make_aztec(kDrawn));
  // Another one of kind aztec-schnorr for two, whose contract is there.
  Creation deployed = Creation::make("deployed", {&alice, &bob}, must(RoomSalt::from_bytes(counting(0xc0, 32))),
                                     make_aztec(kDrawnForDeployed), std::string(kMultisigAddress));

  // Of who joins the treasury's room.
  Epoch alice_epoch = must(Epoch::from_bytes(counting(0xa0, 16)));
  Epoch bob_epoch = must(Epoch::from_bytes(counting(0xb0, 16)));

  static account::SharedStateAccount make_opaque() {
    CountingRandom random(kOpening);
    return must(account::SharedStateAccount::create_opaque(SecretBytes::copy_of(kOpaqueData), random));
  }
  static account::SharedStateAccount make_aztec(std::uint8_t drawn) {
    CountingRandom random(drawn);
    return must(account::SharedStateAccount::generate(account::kDefaultProfile, random));
  }
};

}  // namespace coterie::vectors
