// Schnorr signatures over Grumpkin as Aztec's packages 4.1.2 and 3.0.0-devnet.5 make and check them
// (SignatureScheme::schnorr_pedersen_blake2s). A message is any bytes; an account contract's is the 32 bytes big-endian
// of a field element.
#pragma once

#include "account/aztec/grumpkin.h"
#include "account/aztec/pedersen.h"
#include "coterie/account.h"

namespace coterie::account::aztec::schnorr {

// Its second half is a digest, not a number below the order.
using Signature = AztecSignature;

// What contracts hash to and sign: the element's 32 bytes, big-endian.
std::array<std::uint8_t, Fr::kSize> message_of(const Fr& hash);

class SigningKey {
 public:
  // Kind refused for 0, which is no key. The other numbers below the order are.
  static Result<SigningKey> from_scalar(Fq private_key);

  const Point& public_key() const { return public_key_; }

  // The nonce is drawn afresh, uniform, until the challenge is below the order as a number: five times on average.
  // Aztec's packages do not ask for that, but Noir's Schnorr library after version 0.1.3 does, and so every
  // verifier is content. Signing the same message twice gives two signatures.
  // `random` must be SystemRandom but in tests: whoever guesses a nonce has the key.
  Signature sign(BytesView message, Random& random) const;

 private:
  SigningKey(Fq private_key, Point public_key);

  Fq private_key_;
  Point public_key_;
  pedersen::HashOfThree hash_;  // of a nonce's point and this public key
};

// Kind refused, with the reason, unless `signature` is of `message` by the owner of `public_key`. Stricter than Aztec's
// packages in one thing: they take s and s + the order for the same, so that others can alter a signature; here s must
// be below the order and above 0. A challenge of 0 modulo the order is refused, as there. For public values: its time
// depends on them.
Result<void> verify(const Point& public_key, BytesView message, BytesView signature);

}  // namespace coterie::account::aztec::schnorr
