#include "coterie/certificate.h"

#include <algorithm>

#include "ceremony/certificate.h"
#include "library/access.h"
#include "library/describe.h"

namespace coterie {

static_assert(kMaxCertificateBytes == ceremony::kMaxCertificateBytes);

const char* to_string(Familiarity familiarity) {
  switch (familiarity) {
    case Familiarity::contact:
      return "contact";
    case Familiarity::unknown:
      return "unknown";
    case Familiarity::not_compared:
      return "not_compared";
  }
  return "unknown";
}

Result<Certificate> verify_certificate(std::string_view text) {
  COTERIE_TRY(const ceremony::Certificate certificate, ceremony::Certificate::parse(text));
  return describe(certificate);
}

Result<Certificate> verify_certificate(std::string_view text, Vault& vault) {
  COTERIE_TRY(Certificate certificate, verify_certificate(text));
  // Own signers' cards count as contacts': one knows them.
  COTERIE_TRY(std::vector<Card> known, vault.contacts());
  COTERIE_TRY(const std::vector<Signer> own, vault.signers());
  for (const Signer& signer : own) known.push_back(signer.card());
  for (CertifiedSigner& signer : certificate.signers) {
    const bool found = std::find(known.begin(), known.end(), signer.card) != known.end();
    signer.familiarity = found ? Familiarity::contact : Familiarity::unknown;
  }
  return certificate;
}

}  // namespace coterie
