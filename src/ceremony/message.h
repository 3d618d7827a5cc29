// The messages of the data channel "shared-state", as JSON objects with their fields in the order given here. Each
// names the manifest's digest, so nothing said in one creation counts in another. Bytes are base64url.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "account/account.h"
#include "base/ids.h"
#include "base/random.h"
#include "ceremony/ending.h"
#include "crypto/envelope.h"
#include "crypto/sealing.h"

namespace coterie::ceremony {

constexpr std::size_t kMaxReason = 1024;  // bytes of a person's or an error's words

// {"type":"proposal","digest":…,"manifest":ENVELOPE,"sealed":…}: creator to recipient, first on every link.
struct ProposalMessage {
  Digest digest;
  crypto::Envelope manifest;
  Bytes sealed;  // seal_account
};

// {"type":"receipt","digest":…,"signature":…}: recipient to creator, after the account is checked and on disk.
struct ReceiptMessage {
  Digest digest;
  Signature signature;
};

// {"type":"decline","digest":…,"reason":…}: recipient to creator, instead of a receipt; final.
struct DeclineMessage {
  Digest digest;
  std::string reason;
};

// {"type":"abort","digest":…,"cause":"declined"|"abandoned","reason":…,"by":…}: creator to recipient, instead of a
// proposal or after it. `by` is the signer who declined, absent when the creator abandoned: the creator's word.
struct AbortMessage {
  Digest digest;
  EndCause cause = EndCause::abandoned;  // declined or abandoned
  std::string reason;
  std::optional<SignKey> by;
};

// {"type":"certificate","digest":…,"certificate":ENVELOPE}: creator to recipient, after that one's receipt on this
// link.
struct CertificateMessage {
  Digest digest;
  crypto::Envelope certificate;
};

// {"type":"stored","digest":…}: recipient to creator, the certificate is verified and on disk.
struct StoredMessage {
  Digest digest;
};

using Message =
    std::variant<ProposalMessage, ReceiptMessage, DeclineMessage, AbortMessage, CertificateMessage, StoredMessage>;

const char* type_of(const Message& message);  // "proposal" …
const Digest& digest_of(const Message& message);

// Fields in any order, none unknown. Kind refused. Verifies no signature and opens nothing.
Result<Message> parse_message(std::string_view text);
std::string serialize_message(const Message& message);

// At most kMaxReason bytes of `text`, cut between code points; not escaped: that is for whoever shows it.
std::string shorten_reason(std::string_view text);

// The account for one recipient: pair sealing of SharedStateAccount::serialize, with associated data labelled "sealed
// account" over (from, to, manifest digest).
Bytes seal_account(const account::SharedStateAccount& account, const crypto::PairKey& key, const SignKey& from,
                   const SignKey& to, const Digest& manifest, Random& random);
// Opened and checked against what the manifest claims of it. Kind refused.
Result<account::SharedStateAccount> open_account(BytesView sealed, const crypto::PairKey& key, const SignKey& from,
                                                 const SignKey& to, const Digest& manifest,
                                                 const account::PublicPart& claimed);

}  // namespace coterie::ceremony
