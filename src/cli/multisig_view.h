// A multisig as `--json` gives it and as a terminal shows it. Names of others are escaped in texts, not in JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/secret.h"
#include "coterie/account.h"
#include "coterie/certificate.h"
#include "coterie/multisig.h"

namespace coterie::cli {

// {name, status, threshold, signers[{name, sign_key, state}], account{…}, multisig_address?, multisig_address_checked?,
// awaits_deploy_hook?, verification_code?, room, created_at, invite?} in this order (docs/reference.md). `name` is the
// one in this vault; state: absent, receipt, complete or declined; invite: of the creator's pending ones. No secrets.
// An imported one has no sign_key, verification_code and room, but `imported`, true.
json::Object to_json(const Multisig& multisig);
// The same, and in `account` also the secrets: secret_key, salt_key and private_key, or `data`, the exact text of an
// opaque account. In memory that is wiped; serialize it with json::serialize_secret.
json::Object reveal_to_json(const Multisig& multisig, const Account& account);

// The multisig of `verify`: fields as above, named `name`, complete, each signer's state its familiarity.
json::Object to_json(const Certificate& certificate, std::string_view name);
std::string verification_text(const Certificate& certificate, std::string_view name);

// What matters when a run ends: status, threshold, signers, address, code, and the invite that is still open.
std::string multisig_summary(const Multisig& multisig);
// Several lines for one multisig; a line for each in a list. Pending ones say who is missing and the next command.
std::string multisig_text(const Multisig& multisig);
std::string multisig_list_text(const std::vector<Multisig>& multisigs);

// One line of JSON for a terminal: what is not ASCII as \uXXXX, for nobody checked it for control characters.
SecretBytes reveal_text(const Account& account);

// "claimed by alice, not checked" or "claimed by alice, checked by /opt/check": the word behind a multisig address, at
// whoever did not give it; `checked_by` is empty when nobody did. Escaped.
std::string claim_text(std::string_view creator, std::string_view checked_by);

// The command that brings a pending multisig on: `coterie multisig resume NAME`, or `create …` for an imported one.
std::string next_command(const Multisig& multisig);

// What a pending multisig, not imported, waits for: "the receipt of bob and carol", then "carol to store the
// certificate", as the creator knows it; a recipient waits for "the certificate from alice". Before all that it waits
// for "its deploy hook, /opt/deploy". Escaped.
std::string missing_text(const Multisig& multisig);

}  // namespace coterie::cli
