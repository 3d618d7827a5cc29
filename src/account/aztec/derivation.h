// From an Aztec Schnorr account's secrets to its keys, and from its public keys to its address: as Aztec's
// packages 4.1.2 and 3.0.0-devnet.5 do, by the numbers of a profile (docs/aztec.md).
#pragma once

#include "account/aztec/grumpkin.h"
#include "account/aztec/profile.h"

namespace coterie::account::aztec {

struct MasterPublicKeys {
  Point nullifier;
  Point incoming_viewing;
  Point outgoing_viewing;
  Point tagging;
};

// One of the four secret keys that an account's secret key stands for; which one, the profile's separator says.
Fq derive_master_secret_key(const Fr& secret_key, std::uint32_t separator);

// Kind refused for a secret key that gives a key of zero; none is known.
Result<MasterPublicKeys> derive_master_public_keys(const Profile& profile, const Fr& secret_key);

// Each value on the way to the address: kept for comparing with other implementations and for the address secret.
struct AddressDerivation {
  Fr public_keys_hash;
  Fr arguments_hash;
  Fr initialization_hash;
  Fr salted_initialization_hash;
  Fr partial_address;
  Fr preaddress;
  Fr address;
  Fr address_y;  // of the point whose x is the address
};

// The address of the account contract that is deployed, by nobody in particular, with `signing_key` as the argument of
// its constructor. Kind refused when one of the five keys is not on the curve.
Result<AddressDerivation> derive_address(const Profile& profile, const MasterPublicKeys& master_keys,
                                         const Point& signing_key, const Fr& salt);

// The secret that messages to the address are decrypted with: address_secret * G is (address, y) with the lesser of
// the two y that there are. `derivation` must be of the same secret key.
Fq derive_address_secret(const Profile& profile, const Fr& secret_key, const AddressDerivation& derivation);

// Whether `address` can be an account's: whether it is the x of a point. No more than that: nobody may have the keys.
bool is_possible_address(const Fr& address);

// What selects SchnorrAccount's constructor(Field,Field): the text's hash modulo 2^32.
constexpr std::uint32_t kConstructorSelector = 0xcd9728af;

}  // namespace coterie::account::aztec
