// Certificates: a manifest with the signature of every signer in it. No secret in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coterie/account.h"
#include "coterie/card.h"
#include "coterie/export.h"
#include "coterie/result.h"
#include "coterie/vault.h"

namespace coterie {

constexpr std::size_t kMaxCertificateBytes = std::size_t{416} * 1024;  // of the envelope's JSON: 64 signers

// How a certificate's signer stands to a vault.
enum class Familiarity {
  contact,       // that very card is an accepted contact's, or an own signer's
  unknown,       // it is not
  not_compared,  // no vault was given
};
COTERIE_EXPORT const char* to_string(Familiarity familiarity);

struct CertifiedSigner {
  Card card;
  Familiarity familiarity = Familiarity::not_compared;
};

// What a valid certificate proves: every one of these keys has signed that its holder checked and stored this account
// for this multisig.
struct Certificate {
  std::string name;  // the creator's name for the multisig: others' text, escape it for a terminal
  int threshold = 0;
  std::vector<CertifiedSigner> signers;  // creator first
  PublicPart account;
  std::optional<std::string> multisig_address;  // of its contract; the creator's word
  std::string verification_code;                // thirty digits that name this very manifest
  RoomId room;
  std::int64_t created_at = 0;  // Unix seconds; the creator's word
};

// `text`: the DSSE envelope in JSON as Vault::certificate gives it, at most kMaxCertificateBytes; white space around it
// is trimmed. Kind refused, naming the signer whose signature is missing or wrong. Signatures prove keys, not people:
// who the keys belong to is what contacts, or fingerprints compared by voice, are for.
COTERIE_EXPORT Result<Certificate> verify_certificate(std::string_view text);
// And compares every signer's card with the vault's contacts and own signers.
COTERIE_EXPORT Result<Certificate> verify_certificate(std::string_view text, Vault& vault);

}  // namespace coterie
