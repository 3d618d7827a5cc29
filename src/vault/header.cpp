// The header of a vault: see header.h. Layout: id (16), memory (8, big-endian), passes (4, big-endian), salt (16),
// wrapped key (72), checksum (32).
#include "vault/header.h"

#include "crypto/digest.h"
#include "crypto/sealing.h"

namespace coterie::vault {

namespace {

constexpr std::size_t kFixedSize = 16 + 8 + 4 + 16;
constexpr std::size_t kWrappedSize = 24 + 32 + 16;  // nonce, key, tag

void append(Bytes& out, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = bytes; i-- > 0;) out.push_back(static_cast<std::uint8_t>(number >> (8 * i)));
}

std::uint64_t number_of(BytesView bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = number << 8 | byte;
  return number;
}

Bytes serialize_fixed(const Header& header) {
  Bytes fixed = to_vector(header.id.view());
  append(fixed, header.kdf.memory_bytes, 8);
  append(fixed, header.kdf.passes, 4);
  fixed.insert(fixed.end(), header.salt.begin(), header.salt.end());
  return fixed;
}

crypto::LabelledFields associated_data(const Header& header) {
  return crypto::LabelledFields("vault key").add(serialize_fixed(header));
}

Digest checksum(BytesView bytes) {
  return crypto::digest(crypto::LabelledFields("vault header").add(bytes));
}

}  // namespace

Result<Header> Header::wrap(const Secret<32>& vault_key, const Passphrase& passphrase,
                            const crypto::PassphraseKeyParameters& kdf, Random& random) {
  Header header;
  header.id = random.draw<VaultId>();
  header.kdf = kdf;
  random.fill(header.salt);
  COTERIE_TRY(const Secret<32> key, crypto::derive_passphrase_key(passphrase, header.salt, kdf));
  header.wrapped_key = crypto::seal(key, associated_data(header).bytes(), vault_key.view(), random);
  return header;
}

Result<Secret<32>> Header::unwrap(const Passphrase& passphrase) const {
  COTERIE_TRY(const Secret<32> key, crypto::derive_passphrase_key(passphrase, salt, kdf));
  const auto opened = crypto::open(key, associated_data(*this).bytes(), wrapped_key);
  if (!opened) {
    return refused_error("wrong passphrase", "try again; does the passphrase, or its file, belong to this vault?");
  }
  return Secret<32>::from_bytes(opened->view());
}

Bytes Header::serialize() const {
  Bytes bytes = serialize_fixed(*this);
  bytes.insert(bytes.end(), wrapped_key.begin(), wrapped_key.end());
  const Digest sum = checksum(bytes);
  bytes.insert(bytes.end(), sum.view().begin(), sum.view().end());
  return bytes;
}

Result<Header> Header::parse(BytesView bytes) {
  if (bytes.size() != kFixedSize + kWrappedSize + Digest::kSize) {
    return refused_error("the header has the wrong length");
  }
  const BytesView content = bytes.first(kFixedSize + kWrappedSize);
  COTERIE_TRY(const Digest sum, Digest::from_bytes(bytes.last(Digest::kSize)));
  if (sum != checksum(content)) return refused_error("the header was changed");
  Header header;
  COTERIE_TRY(header.id, VaultId::from_bytes(content.first(16)));
  header.kdf.memory_bytes = number_of(content.subspan(16, 8));
  header.kdf.passes = static_cast<std::uint32_t>(number_of(content.subspan(24, 4)));
  std::copy_n(content.begin() + 28, header.salt.size(), header.salt.begin());
  header.wrapped_key = to_vector(content.last(kWrappedSize));
  return header;
}

}  // namespace coterie::vault
