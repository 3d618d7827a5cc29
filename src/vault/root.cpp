// The root record: see root.h. Integers big-endian: generation (8), count (4), then per record in label order the
// label's length (2), label, generation (8), digest (32).
#include "vault/root.h"

namespace coterie::vault {

namespace {

Error damaged() {
  return refused_error("the vault's root record has a form that this version does not write");
}

class Writer {
 public:
  explicit Writer(SecretBytes& out) : out_(out) {}
  void put(std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = bytes; i-- > 0;) out_.data()[at_++] = static_cast<std::uint8_t>(number >> (8 * i));
  }
  void put(BytesView bytes) {
    std::copy(bytes.begin(), bytes.end(), out_.data() + at_);
    at_ += bytes.size();
  }

 private:
  SecretBytes& out_;
  std::size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(BytesView in) : in_(in) {}
  Result<std::uint64_t> number(std::size_t bytes) {
    COTERIE_TRY(const BytesView part, take(bytes));
    std::uint64_t value = 0;
    for (const std::uint8_t byte : part) value = value << 8 | byte;
    return value;
  }
  Result<BytesView> take(std::size_t size) {
    if (size > in_.size()) return damaged();
    const BytesView part = in_.first(size);
    in_ = in_.subspan(size);
    return part;
  }
  bool at_end() const { return in_.empty(); }

 private:
  BytesView in_;
};

}  // namespace

SecretBytes Root::serialize() const {
  std::size_t size = 8 + 4;
  for (const auto& [label, entry] : entries) size += 2 + label.size() + 8 + Digest::kSize;
  SecretBytes plaintext(size);
  Writer writer(plaintext);
  writer.put(generation, 8);
  writer.put(entries.size(), 4);
  for (const auto& [label, entry] : entries) {
    writer.put(label.size(), 2);
    writer.put(as_bytes(label));
    writer.put(entry.generation, 8);
    writer.put(entry.digest.view());
  }
  return plaintext;
}

Result<Root> Root::parse(BytesView plaintext) {
  Reader reader(plaintext);
  Root root;
  COTERIE_TRY(root.generation, reader.number(8));
  COTERIE_TRY(const std::uint64_t count, reader.number(4));
  if (count > kMaxRecords + kOwnRecords) return damaged();
  for (std::uint64_t i = 0; i < count; ++i) {
    COTERIE_TRY(const std::uint64_t size, reader.number(2));
    if (size == 0 || size > kMaxLabel) return damaged();
    COTERIE_TRY(const BytesView label, reader.take(size));
    Entry entry;
    COTERIE_TRY(entry.generation, reader.number(8));
    COTERIE_TRY(const BytesView digest, reader.take(Digest::kSize));
    COTERIE_TRY(entry.digest, Digest::from_bytes(digest));
    if (entry.generation > root.generation) return damaged();
    if (!root.entries.empty() && root.entries.rbegin()->first >= as_text(label)) return damaged();
    root.entries.emplace_hint(root.entries.end(), as_text(label), entry);
  }
  if (!reader.at_end()) return damaged();
  return root;
}

}  // namespace coterie::vault
