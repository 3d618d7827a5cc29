#include "ceremony/certificate.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

#include <algorithm>

#include "ceremony/name.h"
#include "ceremony/text.h"

namespace coterie::ceremony {

Signature create_receipt(const SignedManifest& manifest, const crypto::Identity& signer) {
  return signer.sign(manifest.envelope().pae());
}

Result<void> verify_receipt(const SignedManifest& manifest, const SignKey& signer, const Signature& receipt) {
  const std::string name = manifest.name_of(signer);
  if (manifest.find(signer) == nullptr) {
    return refused_error(fmt::format("a receipt of {}, who is not a signer of this multisig", name));
  }
  if (!crypto::verify_signature(signer, manifest.envelope().pae(), receipt)) {
    return refused_error(fmt::format("the receipt of {} is not a signature on this manifest", name));
  }
  return {};
}

Result<PartialCertificate> PartialCertificate::create(SignedManifest manifest, Receipts receipts) {
  receipts.insert_or_assign(manifest.creator().sign_key(), manifest.creator_receipt());
  for (const auto& [signer, receipt] : receipts) COTERIE_CHECK(verify_receipt(manifest, signer, receipt));
  return PartialCertificate(std::move(manifest), std::move(receipts));
}

Result<PartialCertificate> PartialCertificate::parse(std::string_view text) {
  COTERIE_TRY(crypto::Envelope envelope,
              crypto::Envelope::parse(trim(text), crypto::PayloadType::manifest, kMaxCertificateBytes));
  return from_envelope(std::move(envelope));
}

Result<PartialCertificate> PartialCertificate::from_envelope(crypto::Envelope envelope) {
  const std::vector<crypto::EnvelopeSignature> signatures = envelope.signatures;
  if (signatures.empty()) return refused_error("the certificate has no signature");
  envelope.signatures.resize(1);
  COTERIE_TRY(SignedManifest manifest, SignedManifest::from_envelope(std::move(envelope)));

  Receipts receipts{{manifest.creator().sign_key(), manifest.creator_receipt()}};
  const std::vector<Card>& roster = manifest.manifest().signers;
  auto last = roster.begin();
  for (auto signature = signatures.begin() + 1; signature != signatures.end(); ++signature) {
    const auto signer = std::find_if(roster.begin(), roster.end(),
                                     [&](const Card& card) { return card.sign_key().text() == signature->keyid; });
    if (signer == roster.end()) {
      return refused_error("the certificate has a receipt of somebody who is not a signer of this multisig");
    }
    if (signer <= last) {
      return refused_error(
          fmt::format("the receipt of {} stands twice or not in the order of signers", escape(signer->name())));
    }
    last = signer;
    const auto receipt = Signature::from_bytes(signature->sig);
    if (!receipt) return refused_error(fmt::format("the receipt of {} is damaged", escape(signer->name())));
    COTERIE_CHECK(verify_receipt(manifest, signer->sign_key(), *receipt));
    receipts.emplace(signer->sign_key(), *receipt);
  }
  return PartialCertificate(std::move(manifest), std::move(receipts));
}

std::vector<std::string> PartialCertificate::missing() const {
  std::vector<std::string> names;
  for (const Card& card : manifest_.manifest().signers) {
    if (!receipts_.contains(card.sign_key())) names.push_back(escape(card.name()));
  }
  return names;
}

crypto::Envelope PartialCertificate::envelope() const {
  crypto::Envelope envelope = manifest_.envelope();
  envelope.signatures.clear();
  for (const Card& card : manifest_.manifest().signers) {
    const auto receipt = receipts_.find(card.sign_key());
    if (receipt == receipts_.end()) continue;
    envelope.signatures.push_back({card.sign_key().text(), to_vector(receipt->second.view())});
  }
  return envelope;
}

Result<void> PartialCertificate::merge(const PartialCertificate& other) {
  if (other.manifest_.digest() != manifest_.digest()) {
    return refused_error("the two certificates are of different multisigs");
  }
  receipts_.insert(other.receipts_.begin(), other.receipts_.end());
  return {};
}

Result<Certificate> Certificate::create(const PartialCertificate& partial) {
  const std::vector<std::string> missing = partial.missing();
  if (!missing.empty()) {
    return refused_error(fmt::format("the certificate has no receipt of {}", join_names(missing)),
                         "it is partial: ask the creator for the full one, when all have signed");
  }
  return Certificate(partial);
}

Result<Certificate> Certificate::create(const SignedManifest& manifest, const Receipts& receipts) {
  COTERIE_TRY(const PartialCertificate partial, PartialCertificate::create(manifest, receipts));
  return create(partial);
}

Result<Certificate> Certificate::parse(std::string_view text) {
  COTERIE_TRY(const PartialCertificate partial, PartialCertificate::parse(text));
  return create(partial);
}

Result<Certificate> Certificate::from_envelope(crypto::Envelope envelope) {
  COTERIE_TRY(const PartialCertificate partial, PartialCertificate::from_envelope(std::move(envelope)));
  return create(partial);
}

}  // namespace coterie::ceremony
