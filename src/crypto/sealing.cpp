// Pair sealing: see sealing.h.
#include "crypto/sealing.h"

#include <sodium.h>

#include "base/sodium_init.h"

namespace coterie::crypto {

namespace {

constexpr std::size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;

}  // namespace

Result<PairKey> PairKey::derive(const Identity& own, const Peer& peer, const RoomId& room) {
  COTERIE_CHECK(check_box_key(peer.box_key));
  Secret<32> shared;
  if (crypto_box_beforenm(shared.data(), peer.box_key.data(), own.box_secret().data()) != 0) {
    return refused_error("a box key is of low order");
  }
  const auto [first, second] = std::minmax(own.sign_key(), peer.sign_key);
  return PairKey(
      secret_digest(LabelledFields("pair key").add(room.view()).add(first.view()).add(second.view()), shared.view()));
}

Bytes PairKey::seal(const LabelledFields& associated_data, BytesView plaintext, Random& random) const {
  return crypto::seal(key_, associated_data.bytes(), plaintext, random);
}

Result<SecretBytes> PairKey::open(const LabelledFields& associated_data, BytesView sealed) const {
  return crypto::open(key_, associated_data.bytes(), sealed);
}

Bytes seal(const Secret<32>& key, BytesView associated_data, BytesView plaintext, Random& random) {
  initialize_sodium();
  Bytes sealed(kNonceSize + plaintext.size() + kTagSize);
  random.fill(std::span(sealed).first(kNonceSize));
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + kNonceSize, nullptr, plaintext.data(), plaintext.size(),
                                             associated_data.data(), associated_data.size(), nullptr, sealed.data(),
                                             key.data());
  return sealed;
}

Result<SecretBytes> open(const Secret<32>& key, BytesView associated_data, BytesView sealed) {
  initialize_sodium();
  if (sealed.size() < kNonceSize + kTagSize) return refused_error("sealed data is too short");
  SecretBytes plaintext(sealed.size() - kNonceSize - kTagSize);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(plaintext.data(), nullptr, nullptr, sealed.data() + kNonceSize,
                                                 sealed.size() - kNonceSize, associated_data.data(),
                                                 associated_data.size(), sealed.data(), key.data()) != 0) {
    return refused_error("sealed data does not open: altered, or sealed by or for something else");
  }
  return plaintext;
}

}  // namespace coterie::crypto
