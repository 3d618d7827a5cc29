// Receipts and certificates: the manifest with its signers' signatures. No secret in them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/json.h"
#include "ceremony/manifest.h"
#include "crypto/envelope.h"

namespace coterie::ceremony {

// By signer; each a signature over the manifest's PAE bytes.
using Receipts = std::map<SignKey, Signature>;

constexpr std::size_t kMaxCertificateBytes =
    SignedManifest::kMaxBytes + 64ul * 256;  // 64 signatures of 256 bytes at most

// A receipt says: I checked this account, and it is on my disk. It cannot be taken back.
Signature create_receipt(const SignedManifest& manifest, const crypto::Identity& signer);
// Kind refused, naming the signer: not in the roster, or not a signature on this manifest by that key.
Result<void> verify_receipt(const SignedManifest& manifest, const SignKey& signer, const Signature& receipt);

// Any subset of the receipts that has the creator's, in roster order; every one verified.
class PartialCertificate {
 public:
  // The creator's receipt is added from the manifest. Kind refused for a receipt that does not verify.
  static Result<PartialCertificate> create(SignedManifest manifest, Receipts receipts);
  // The envelope's JSON, white space around it trimmed. Kind refused, naming the signer whose receipt is wrong.
  static Result<PartialCertificate> parse(std::string_view text);
  static Result<PartialCertificate> from_envelope(crypto::Envelope envelope);
  std::string serialize() const { return envelope().serialize(); }
  json::Value to_json() const { return envelope().to_json(); }

  const SignedManifest& manifest() const { return manifest_; }
  const Receipts& receipts() const { return receipts_; }
  std::vector<std::string> missing() const;  // names, in roster order, escaped
  crypto::Envelope envelope() const;

  // Takes over the other's receipts. Kind refused when it is of another manifest.
  Result<void> merge(const PartialCertificate& other);

 private:
  PartialCertificate(SignedManifest manifest, Receipts receipts)
      : manifest_(std::move(manifest)), receipts_(std::move(receipts)) {}

  SignedManifest manifest_;
  Receipts receipts_;
};

// Exactly n receipts, the i-th by signers[i], all verified: every signer has said that it holds the account.
class Certificate {
 public:
  // Kind refused, naming who is missing.
  static Result<Certificate> create(const PartialCertificate& partial);
  static Result<Certificate> create(const SignedManifest& manifest, const Receipts& receipts);
  // Kind refused, naming who is missing or whose receipt is wrong.
  static Result<Certificate> parse(std::string_view text);
  static Result<Certificate> from_envelope(crypto::Envelope envelope);
  std::string serialize() const { return partial_.serialize(); }
  json::Value to_json() const { return partial_.to_json(); }

  const SignedManifest& manifest() const { return partial_.manifest(); }
  const Receipts& receipts() const { return partial_.receipts(); }
  crypto::Envelope envelope() const { return partial_.envelope(); }

 private:
  explicit Certificate(PartialCertificate partial) : partial_(std::move(partial)) {}

  PartialCertificate partial_;
};

}  // namespace coterie::ceremony
