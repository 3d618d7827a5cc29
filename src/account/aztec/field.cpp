#include "account/aztec/field.h"

#include <sodium.h>

#include <algorithm>
#include <cassert>

#include "account/aztec/wiped.h"

namespace coterie::account::aztec {

template <class Tag>
const BIGNUM* Element<Tag>::modulus() {
  static const Number modulus = [] {
    BIGNUM* parsed = nullptr;
    BN_hex2bn(&parsed, Tag::kModulus);
    return Number(require(parsed));
  }();
  return modulus.get();
}

template <class Tag>
BN_MONT_CTX* Element<Tag>::montgomery() {
  static const Montgomery montgomery = [] {
    Montgomery made(require(BN_MONT_CTX_new()));
    const Scratch scratch = make_scratch();
    require(BN_MONT_CTX_set(made.get(), modulus(), scratch.get()));
    return made;
  }();
  return montgomery.get();
}

template <class Tag>
Element<Tag> Element<Tag>::from_integer(std::uint64_t value) {
  static_assert(sizeof(BN_ULONG) == sizeof value);
  Number number = make_number();
  require(BN_set_word(number.get(), value));
  return Element(std::move(number));
}

template <class Tag>
Result<Element<Tag>> Element<Tag>::from_bytes(BytesView big_endian) {
  if (big_endian.size() != kSize) return refused_error("not a number of 32 bytes");
  Number number = make_number();
  require(BN_bin2bn(big_endian.data(), static_cast<int>(big_endian.size()), number.get()));
  if (BN_cmp(number.get(), modulus()) >= 0) return refused_error("out of range: not below the field's modulus");
  return Element(std::move(number));
}

template <class Tag>
Result<Element<Tag>> Element<Tag>::parse(std::string_view text) {
  const bool upper_case = std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  Wiped<kSize> bytes;
  std::size_t size = 0;
  const char* end = nullptr;
  if (text.size() != kTextSize || !text.starts_with("0x") || upper_case ||
      sodium_hex2bin(bytes.data(), kSize, text.data() + 2, 2 * kSize, nullptr, &size, &end) != 0 || size != kSize) {
    return refused_error("not \"0x\" and 64 lower-case hexadecimal digits");
  }
  return from_bytes(bytes.view());
}

template <class Tag>
Element<Tag> Element<Tag>::reduce(BytesView big_endian) {
  assert(big_endian.size() <= 2 * kSize);
  const Scratch scratch = make_scratch();
  // OpenSSL's division branches on the number, which may be a nonce: instead, both halves go through Montgomery's
  // reduction, which takes any factor below 2^256. To Montgomery form is times 2^256.
  const std::size_t high_size = big_endian.size() - std::min(big_endian.size(), kSize);
  const Number low = make_number();
  const BytesView low_bytes = big_endian.subspan(high_size);
  require(BN_bin2bn(low_bytes.data(), static_cast<int>(low_bytes.size()), low.get()));
  require(BN_to_montgomery(low.get(), low.get(), montgomery(), scratch.get()));
  require(BN_from_montgomery(low.get(), low.get(), montgomery(), scratch.get()));
  Number sum = make_number();
  require(BN_bin2bn(big_endian.data(), static_cast<int>(high_size), sum.get()));
  require(BN_to_montgomery(sum.get(), sum.get(), montgomery(), scratch.get()));
  require(BN_mod_add_quick(sum.get(), sum.get(), low.get(), modulus()));
  return Element(std::move(sum));
}

template <class Tag>
Element<Tag> Element<Tag>::draw(Random& random) {
  Wiped<64> wide;
  random.fill(wide.span());
  return reduce(wide.view());
}

template <class Tag>
Element<Tag> Element<Tag>::clone() const {
  Number copy = make_number();
  require(BN_copy(copy.get(), number_.get()));
  return Element(std::move(copy));
}

template <class Tag>
Element<Tag> Element<Tag>::operator+(const Element& other) const {
  Number sum = make_number();
  require(BN_mod_add_quick(sum.get(), number_.get(), other.number_.get(), modulus()));
  return Element(std::move(sum));
}

template <class Tag>
Element<Tag> Element<Tag>::operator-() const {
  // BN_mod_sub_quick would branch on which number is the greater. Adding zero takes modulus - 0 back below it.
  const Number zero = make_number();
  Number difference = make_number();
  require(BN_usub(difference.get(), modulus(), number_.get()));
  require(BN_mod_add_quick(difference.get(), difference.get(), zero.get(), modulus()));
  return Element(std::move(difference));
}

template <class Tag>
Element<Tag> Element<Tag>::operator*(const Element& other) const {
  const Scratch scratch = make_scratch();
  Number product = make_number();
  require(BN_to_montgomery(product.get(), number_.get(), montgomery(), scratch.get()));
  require(BN_mod_mul_montgomery(product.get(), product.get(), other.number_.get(), montgomery(), scratch.get()));
  return Element(std::move(product));
}

template <class Tag>
void Element<Tag>::write(std::span<std::uint8_t, kSize> big_endian) const {
  if (BN_bn2binpad(number_.get(), big_endian.data(), kSize) != kSize) require(0);
}

template <class Tag>
Secret<Element<Tag>::kSize> Element<Tag>::bytes() const {
  Secret<kSize> bytes;
  write(std::span<std::uint8_t, kSize>(bytes.data(), kSize));
  return bytes;
}

template <class Tag>
SecretBytes Element<Tag>::secret_text() const {
  const Secret<kSize> own = bytes();
  SecretBytes text(kTextSize + 1);  // sodium_bin2hex ends with a zero byte
  text.data()[0] = '0';
  text.data()[1] = 'x';
  sodium_bin2hex(reinterpret_cast<char*>(text.data()) + 2, text.size() - 2, own.data(), kSize);
  text.truncate(kTextSize);
  return text;
}

template <class Tag>
std::string Element<Tag>::text() const {
  std::array<std::uint8_t, kSize> own;
  write(own);
  return "0x" + serialize_hex(own);
}

template class Element<FrTag>;
template class Element<FqTag>;

Fq to_scalar(const Fr& element) {
  Number number = make_number();
  require(BN_copy(number.get(), element.number()));
  return Fq(std::move(number));
}

}  // namespace coterie::account::aztec
