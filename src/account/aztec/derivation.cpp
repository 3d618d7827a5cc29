#include "account/aztec/derivation.h"

#include <openssl/sha.h>

#include "account/aztec/poseidon2.h"
#include "account/aztec/wiped.h"

namespace coterie::account::aztec {

using poseidon2::hash_separated;

Fq derive_master_secret_key(const Fr& secret_key, std::uint32_t separator) {
  static_assert(SHA512_DIGEST_LENGTH == 64);
  Wiped<Fr::kSize + 4> message;
  secret_key.write(message.span().first<Fr::kSize>());
  for (std::size_t i = 0; i < 4; ++i) {
    message.data()[Fr::kSize + i] = static_cast<std::uint8_t>(separator >> (24 - 8 * i));
  }
  Wiped<SHA512_DIGEST_LENGTH> digest;
  require(SHA512(message.data(), message.size(), digest.data()));
  return Fq::reduce(digest.view());
}

Result<MasterPublicKeys> derive_master_public_keys(const Profile& profile, const Fr& secret_key) {
  const auto public_key = [&](std::uint32_t separator) {
    return grumpkin::multiply_generator(derive_master_secret_key(secret_key, separator));
  };
  COTERIE_TRY(Point nullifier, public_key(profile.nullifier_key));
  COTERIE_TRY(Point incoming_viewing, public_key(profile.incoming_viewing_key));
  COTERIE_TRY(Point outgoing_viewing, public_key(profile.outgoing_viewing_key));
  COTERIE_TRY(Point tagging, public_key(profile.tagging_key));
  return MasterPublicKeys{std::move(nullifier), std::move(incoming_viewing), std::move(outgoing_viewing),
                          std::move(tagging)};
}

Result<AddressDerivation> derive_address(const Profile& profile, const MasterPublicKeys& master_keys,
                                         const Point& signing_key, const Fr& salt) {
  const auto& [nullifier, incoming, outgoing, tagging] = master_keys;
  for (const Point* key : {&nullifier, &incoming, &outgoing, &tagging, &signing_key}) {
    if (!grumpkin::is_on_curve(*key)) return refused_error("a public key is not on Grumpkin");
  }
  const Fr finite = Fr::from_integer(0);  // a point is hashed as x, y and whether it is at infinity
  const Fr nobody = Fr::from_integer(0);  // deployer
  const Fr selector = Fr::from_integer(kConstructorSelector);
  COTERIE_TRY(const Fr class_id, Fr::parse(profile.contract_class_id));

  Fr public_keys_hash =
      hash_separated(profile.public_keys_hash, {nullifier.x, nullifier.y, finite, incoming.x, incoming.y, finite,
                                                outgoing.x, outgoing.y, finite, tagging.x, tagging.y, finite});
  Fr arguments_hash = hash_separated(profile.function_arguments, {signing_key.x, signing_key.y});
  Fr initialization_hash = hash_separated(profile.initializer, {selector, arguments_hash});
  // The same separator as in the next line: so do Aztec's packages.
  Fr salted_initialization_hash = hash_separated(profile.partial_address, {salt, initialization_hash, nobody});
  Fr partial_address = hash_separated(profile.partial_address, {class_id, salted_initialization_hash});
  Fr preaddress = hash_separated(profile.contract_address, {public_keys_hash, partial_address});

  COTERIE_TRY(const Point offset, grumpkin::multiply_generator(to_scalar(preaddress)));
  COTERIE_TRY(Point address_point, grumpkin::add(offset, incoming));

  return AddressDerivation{std::move(public_keys_hash),    std::move(arguments_hash),
                           std::move(initialization_hash), std::move(salted_initialization_hash),
                           std::move(partial_address),     std::move(preaddress),
                           std::move(address_point.x),     std::move(address_point.y)};
}

Fq derive_address_secret(const Profile& profile, const Fr& secret_key, const AddressDerivation& derivation) {
  Fq secret = to_scalar(derivation.preaddress) + derive_master_secret_key(secret_key, profile.incoming_viewing_key);
  // Only x is in an address: who encrypts to it takes the lesser y, so its owner takes the secret of that point.
  const Fr other_y = -derivation.address_y;
  const bool is_lesser = BN_cmp(derivation.address_y.number(), other_y.number()) < 0;
  return is_lesser ? std::move(secret) : -secret;
}

bool is_possible_address(const Fr& address) {
  return grumpkin::is_x_of_a_point(address);
}

}  // namespace coterie::account::aztec
