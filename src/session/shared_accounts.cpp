#include "session/shared_accounts.h"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <set>

#include "ceremony/name.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

std::set<SignKey> keys_of(const std::vector<ceremony::Card>& signers) {
  std::set<SignKey> keys;
  for (const ceremony::Card& card : signers) keys.insert(card.sign_key());
  return keys;
}

std::string in_room(const RoomId& room) {
  return "room " + room.text();
}

std::string in_imported(const ImportedMultisig& imported) {
  return "the imported multisig " + ceremony::escape(imported.name);
}

bool have_a_key_in_common(const account::AztecSecrets& one, const account::AztecSecrets& other) {
  return one.secret_key.equals(other.secret_key.view()) || one.private_key.equals(other.private_key.view());
}

bool has_a_key_of(const account::SharedStateAccount& account, const account::AztecAccount& other) {
  return account.aztec() != nullptr && have_a_key_in_common(account.aztec()->secrets(), other.secrets());
}

bool has_a_key_of(const account::SharedStateAccount& account, const ImportedMultisig& imported) {
  return has_a_key_of(account, *imported.account.aztec());
}

bool are_signers_of(const ImportedMultisig& imported, const std::vector<ceremony::Card>& signers) {
  std::set<std::string> said;
  for (const std::string& name : imported.said.signers) said.insert(ceremony::fold_name(name));
  std::set<std::string> given;
  for (const ceremony::Card& card : signers) given.insert(ceremony::fold_name(card.name()));
  return said == given;
}

}  // namespace

// Of what comes again whenever an account does: each key of an Aztec account by itself, whatever profile and salt make
// its address; the text of an opaque one, whatever its opening.
std::vector<std::string> SharedAccounts::labels_of(const account::SharedStateAccount& account) const {
  const auto label_of = [this](BytesView secret) {
    return label(kSharedAccountPrefix, vault_.remember("shared account", secret).text());
  };
  if (const auto* aztec = account.aztec()) {
    return {label_of(aztec->secrets().secret_key.view()), label_of(aztec->secrets().private_key.view())};
  }
  return {label_of(account.reveal().view())};
}

Result<std::optional<RoomId>> SharedAccounts::load_room(const std::string& at) const {
  COTERIE_TRY(const std::optional<SecretBytes> text, transaction_.load(at));
  if (!text) return std::optional<RoomId>();
  COTERIE_TRY(const RoomId room, RoomId::parse(text->text()));
  return std::optional(room);
}

// A room whose multisig is not in this vault any more stands against it, too: nobody can say what became of it.
Result<std::optional<OtherUse>> SharedAccounts::judge(const RoomId& other,
                                                      const std::vector<ceremony::Card>& signers) const {
  COTERIE_TRY(const std::vector<MultisigRecord> records, load_multisigs(transaction_, kMultisigPrefix));
  bool ended = false;
  for (const MultisigRecord& record : records) {
    if (record.room != other) continue;
    const bool same_signers = keys_of(record.manifest.manifest().signers) == keys_of(signers);
    if (!same_signers || record.status == MultisigStatus::complete) return std::optional(OtherUse{in_room(other), {}});
    if (record.live()) return std::optional(OtherUse{in_room(other), record.name});
    ended = true;
  }
  return ended ? std::optional<OtherUse>() : std::optional(OtherUse{in_room(other), {}});
}

Result<std::optional<std::string>> SharedAccounts::signer_with_key_of(
    const account::SharedStateAccount& account) const {
  COTERIE_TRY(const std::vector<LocalSigner> own, load_signers(transaction_));
  for (const LocalSigner& signer : own) {
    if (signer.own_account && has_a_key_of(account, *signer.own_account)) return std::optional(signer.card.name());
  }
  return std::optional<std::string>();
}

Result<void> SharedAccounts::check_no_signers_own(const account::SharedStateAccount& account) const {
  COTERIE_TRY(const std::optional<std::string> own, signer_with_key_of(account));
  if (!own) return {};
  return usage_error(fmt::format("this account has a key of your own signer {}", ceremony::escape(*own)),
                     "an account for all signers is made for them, never one that somebody has already");
}

Result<std::optional<OtherUse>> SharedAccounts::other_use(const account::SharedStateAccount& account,
                                                          const RoomId& room,
                                                          const std::vector<ceremony::Card>& signers) const {
  for (const std::string& at : labels_of(account)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (!known || *known == room) continue;
    COTERIE_TRY(std::optional<OtherUse> use, judge(*known, signers));
    if (use) return use;
  }
  COTERIE_TRY(const std::vector<ImportedMultisig> imported, load_all_imported(transaction_, kImportedPrefix));
  for (const ImportedMultisig& one : imported) {
    if (has_a_key_of(account, one) && !are_signers_of(one, signers)) {
      // Its file has names only: these may be the same signers under other ones, and then it may be given up.
      return std::optional(OtherUse{in_imported(one), one.name});
    }
  }
  return std::optional<OtherUse>();
}

Result<void> SharedAccounts::check(const account::SharedStateAccount& account, const RoomId& room,
                                   const std::vector<ceremony::Card>& signers) const {
  COTERIE_CHECK(check_no_signers_own(account));
  COTERIE_TRY(const std::optional<OtherUse> use, other_use(account, room, signers));
  if (!use) return {};
  return usage_error("this account, or a key of it, was shared before, in " + use->where,
                     use->pending.empty()
                         ? std::string("an account belongs to the signers of one multisig: use a new one")
                         : fmt::format("that one is {}, and pending: go on with it, or end it with `coterie multisig "
                                       "abandon {}` before its account is used again",
                                       ceremony::escape(use->pending), ceremony::shell_argument(use->pending)));
}

Result<void> SharedAccounts::remember(const account::SharedStateAccount& account, const RoomId& room,
                                      const std::vector<ceremony::Card>& signers) {
  COTERIE_CHECK(check(account, room, signers));
  for (const std::string& at : labels_of(account)) {
    COTERIE_CHECK(transaction_.store(at, as_bytes(room.text()), vault::Overwrite::allowed));
  }
  return {};
}

Result<void> SharedAccounts::check_own(const account::AztecAccount& account) const {
  const account::SharedStateAccount as_shared(account.clone());
  std::optional<std::string> where;
  for (const std::string& at : labels_of(as_shared)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (known) where = in_room(*known);
  }
  COTERIE_TRY(const std::vector<ImportedMultisig> imported, load_all_imported(transaction_, kImportedPrefix));
  for (const ImportedMultisig& one : imported) {
    if (has_a_key_of(as_shared, one)) where = in_imported(one);
  }
  if (!where) return {};
  return usage_error(fmt::format("that Aztec account, or a key of it, was shared in {}; nothing was changed", *where),
                     "every signer needs an Aztec account of one's own: leave --aztec-key-file out for a new one");
}

Result<bool> SharedAccounts::knows(const account::SharedStateAccount& account) const {
  for (const std::string& at : labels_of(account)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (!known) return false;
  }
  return true;
}

}  // namespace coterie::session
