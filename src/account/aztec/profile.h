// What differs between versions of Aztec: an account is made and checked under one named profile. A new version of the
// same scheme is one more row in profile.cpp, with vectors of its packages.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/result.h"

namespace coterie::account::aztec {

// How SchnorrAccount's constructor(Field,Field) checks signatures.
enum class SignatureScheme {
  // src/account/aztec/schnorr.h: over Grumpkin, the challenge by BLAKE2s of a Pedersen hash and the message.
  schnorr_pedersen_blake2s,
};

struct Profile {
  std::string_view name;  // the version of the npm packages that agree with it
  // Domain separators, by what is hashed or derived.
  std::uint32_t nullifier_key;
  std::uint32_t incoming_viewing_key;
  std::uint32_t outgoing_viewing_key;
  std::uint32_t tagging_key;
  std::uint32_t public_keys_hash;
  std::uint32_t partial_address;
  std::uint32_t contract_address;
  std::uint32_t initializer;
  std::uint32_t function_arguments;
  // SchnorrAccount's contract class: changes whenever the contract is compiled anew.
  std::string_view contract_class_id;
  SignatureScheme signature_scheme;
};

std::span<const Profile> profiles();

// Kind refused for an unknown name, naming the known ones.
Result<const Profile*> find_profile(std::string_view name);

}  // namespace coterie::account::aztec
