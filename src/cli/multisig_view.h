// A multisig as `--json` gives it and as a terminal shows it. Names of others are escaped in texts, not in JSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/secret.h"
#include "ceremony/card.h"
#include "ceremony/certificate.h"
#include "session/record.h"

namespace coterie::cli {

// {name, status, threshold, signers[{name, sign_key, state}], account{…}, verification_code, room, created_at, invite?}
// in this order (docs/reference.md). `name` is the one in this vault; state: absent, receipt, complete or declined;
// invite: of the creator's pending ones. No secrets.
json::Object to_json(const session::MultisigRecord& record);
// The same, and in `account` also the secrets: secret_key, salt_key and private_key, or `data`, the exact text of an
// opaque account. In memory that is wiped; serialize it with json::serialize_secret. The record has an account.
json::Object reveal_to_json(const session::MultisigRecord& record);

// How a certificate's signer stands to the vault; the word for `state`.
enum class Familiarity {
  contact,       // that very card is an accepted contact's, or an own signer's
  unknown,       // it is not
  not_compared,  // no vault was opened
};
const char* to_string(Familiarity familiarity);
using CompareCard = std::function<Familiarity(const ceremony::Card&)>;

// The multisig of `verify`: fields as above, named `name`, complete, each signer's state from `compare`.
json::Object to_json(const ceremony::Certificate& certificate, std::string_view name, const CompareCard& compare);
std::string verification_text(const ceremony::Certificate& certificate, std::string_view name,
                              const CompareCard& compare);

// Several lines for one multisig; a line for each in a list. Pending ones say who is missing and the next command.
std::string multisig_text(const session::MultisigRecord& record);
std::string multisig_list_text(const std::vector<session::MultisigRecord>& records);

// One line of JSON for a terminal: what is not ASCII as \uXXXX, for nobody checked it for control characters.
SecretBytes reveal_text(const session::MultisigRecord& record);

// What a pending multisig waits for: "bob and carol", who have not stored the certificate, as the creator knows it; a
// recipient waits for "the certificate from alice". Escaped.
std::string missing_text(const session::MultisigRecord& record);

// A name or room as an argument of a command that a person copies: quoted for the shell where needed.
std::string shell_argument(std::string_view name);

}  // namespace coterie::cli
