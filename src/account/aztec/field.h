// Elements of the two fields of Grumpkin: Fr for coordinates and hashes, Fq for scalars. Wiped, move-only.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "account/aztec/number.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/secret.h"

namespace coterie::account::aztec {

struct FrTag {
  static constexpr const char* kModulus = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
};
struct FqTag {  // the order of Grumpkin, a prime a little above Fr's
  static constexpr const char* kModulus = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
};

// A number from zero to the modulus less one. What comes from outside is refused when it is not below the modulus, and
// never reduced: so each element has one text and one byte form, 32 bytes big-endian.
template <class Tag>
class Element {
 public:
  static constexpr std::size_t kSize = 32;
  static constexpr std::size_t kTextSize = 2 + 2 * kSize;  // "0x" and lower-case hexadecimal digits

  static const BIGNUM* modulus();
  // For products without a division. OpenSSL does not take it const, but only reads it.
  static BN_MONT_CTX* montgomery();

  static Element from_integer(std::uint64_t value);
  // Exactly kSize bytes below the modulus; else an Error of kind refused, which never quotes them.
  static Result<Element> from_bytes(BytesView big_endian);
  static Result<Element> parse(std::string_view text);

  // At most 64 bytes (asserted), taken modulo the modulus without a branch on them: for digests and random bytes.
  static Element reduce(BytesView big_endian);
  // Uniform: 64 random bytes leave a bias below 2^-250.
  static Element draw(Random& random);

  Element clone() const;

  bool is_zero() const { return BN_is_zero(number_.get()) == 1; }
  Secret<kSize> bytes() const;
  void write(std::span<std::uint8_t, kSize> big_endian) const;
  SecretBytes secret_text() const;
  std::string text() const;  // for public values only

  const BIGNUM* number() const { return number_.get(); }
  // Below the modulus already; for results of arithmetic.
  explicit Element(Number number) : number_(std::move(number)) {}

  // Without a branch on a secret. == is for public values only.
  Element operator+(const Element& other) const;
  Element operator-() const;
  Element operator-(const Element& other) const { return *this + -other; }
  Element operator*(const Element& other) const;
  bool operator==(const Element& other) const { return BN_cmp(number_.get(), other.number_.get()) == 0; }

 private:
  Number number_;
};

extern template class Element<FrTag>;
extern template class Element<FqTag>;
using Fr = Element<FrTag>;
using Fq = Element<FqTag>;

// A coordinate or a hash as a scalar: the same number, as Fr is the smaller field.
Fq to_scalar(const Fr& element);

}  // namespace coterie::account::aztec
