// The root record of a vault: which records there are, and exactly which version of each.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/ids.h"
#include "base/secret.h"

namespace coterie::vault {

constexpr std::size_t kMaxLabel = 512;     // bytes; two names of a signer and a key have room in it
constexpr std::size_t kMaxRecords = 4096;  // bounds the root, which every commit writes anew
constexpr std::size_t kOwnRecords = 1;     // what a vault may keep for itself besides

// Plaintext of the root; it is sealed like a record. Canonical: parse accepts only what serialize writes.
struct Root {
  struct Entry {
    std::uint64_t generation = 0;  // the commit that stored the record
    Digest digest;                 // of the sealed record. Generations alone repeat after a restored backup.
    bool operator==(const Entry&) const = default;
  };

  std::uint64_t generation = 0;  // of the last commit
  std::map<std::string, Entry, std::less<>> entries;

  SecretBytes serialize() const;
  // Kind refused.
  static Result<Root> parse(BytesView plaintext);

  bool operator==(const Root&) const = default;
};

}  // namespace coterie::vault
