#include "session/rehearsal.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>

#include "ceremony/name.h"
#include "session/shared_accounts.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

using ceremony::escape;

Error unsound(const std::string& what) {
  return refused_error(what, "try an older backup, and report this: no command writes it like that");
}

Result<void> check_labels(const std::vector<std::string>& labels) {
  constexpr std::string_view kKnown[] = {kSignerPrefix, kContactPrefix,  kMultisigPrefix,
                                         kDraftPrefix,  kImportedPrefix, kSharedAccountPrefix};
  for (const std::string& each : labels) {
    const bool known = each == kCurrentSigner || std::any_of(std::begin(kKnown), std::end(kKnown),
                                                             [&](const auto& kind) { return each.starts_with(kind); });
    if (!known) {
      return refused_error("a record is of a kind that this version does not know: \"" + escape(each, 64) + "\"",
                           "use the version of coterie that wrote it");
    }
  }
  return {};
}

// One by one, so that an error can name the record.
template <class T, class Load>
Result<std::vector<T>> load_each(vault::Transaction& transaction, std::string_view prefix, const Load& load) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(prefix));
  std::vector<T> all;
  for (const std::string& each : labels) {
    Result<std::vector<T>> loaded = load(transaction, each);
    if (!loaded) return unsound("record \"" + escape(each) + "\": " + loaded.error().message);
    std::move(loaded->begin(), loaded->end(), std::back_inserter(all));
  }
  return all;
}

// Its label may be the beginning of another's: company, company two.
Result<std::vector<ImportedMultisig>> load_one_imported(vault::Transaction& transaction, const std::string& at) {
  COTERIE_TRY(std::optional<ImportedMultisig> one, load_imported_at(transaction, at));
  std::vector<ImportedMultisig> all;
  if (one) all.push_back(std::move(*one));
  return all;
}

// What commands do not look at before they need it.
Result<void> check_record(vault::Vault& vault, vault::Transaction& transaction, const MultisigRecord& record) {
  const std::string name = "multisig " + escape(record.name);
  // One that was refused for just that may be kept: somebody else made its manifest.
  const bool is_own = record.role == Role::creator || record.has_own_receipt();
  if (is_own && record.manifest.find(record.signer) == nullptr) {
    return unsound(name + " is of a signer who is not in it");
  }
  if (record.status == MultisigStatus::complete && !record.certificate) {
    return unsound(name + " is complete, but its certificate is missing");
  }
  if (record.live() && !record.account) return unsound("the account of " + name + " is missing");
  if (!record.shares_account()) return {};
  COTERIE_TRY(const bool known, SharedAccounts(vault, transaction).knows(*record.account));
  if (!known) return unsound("it is not remembered that the account of " + name + " was shared");
  return {};
}

Result<void> check_shared(vault::Transaction& transaction) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(kSharedAccountPrefix));
  for (const std::string& each : labels) {
    COTERIE_TRY(const std::optional<SecretBytes> room, transaction.load(each));
    if (room && !RoomId::parse(room->text())) return unsound("the record of a shared account names no room");
  }
  return {};
}

}  // namespace

Result<VaultContents> rehearse(vault::Vault& vault) {
  VaultContents contents;
  std::vector<ImportedMultisig> imported;  // also those whose name a multisig holds for now
  {
    COTERIE_TRY(vault::Transaction transaction, vault.begin());
    COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(""));
    contents.records = labels.size();
    COTERIE_CHECK(check_labels(labels));
    COTERIE_TRY(contents.signers, load_signers(transaction));
    COTERIE_TRY(contents.contacts, load_contacts(transaction));
    COTERIE_TRY(contents.multisigs, load_each<MultisigRecord>(transaction, kMultisigPrefix, load_multisigs));
    COTERIE_TRY(contents.drafts, load_each<Draft>(transaction, kDraftPrefix, load_drafts));
    COTERIE_TRY(imported, load_each<ImportedMultisig>(transaction, kImportedPrefix, load_one_imported));
    for (const ImportedMultisig& one : imported) {
      COTERIE_TRY(const bool held, is_name_taken(transaction, one.signer, one.name, std::nullopt));
      if (!held) contents.imported.push_back({one.name, one.signer, one.said, one.account.clone()});
    }
    COTERIE_CHECK(check_shared(transaction));
    for (const MultisigRecord& record : contents.multisigs) COTERIE_CHECK(check_record(vault, transaction, record));
  }
  std::set<SignKey> own;
  for (const LocalSigner& signer : contents.signers) {
    own.insert(signer.card.sign_key());
  }
  const auto is_own = [&own](const auto& one) { return own.contains(one.signer); };
  if (!std::all_of(imported.begin(), imported.end(), is_own) ||
      !std::all_of(contents.multisigs.begin(), contents.multisigs.end(), is_own) ||
      !std::all_of(contents.drafts.begin(), contents.drafts.end(), is_own)) {
    return unsound("a multisig belongs to a signer who is not in this vault");
  }
  const auto is_current = [](const LocalSigner& signer) { return signer.current; };
  if (!contents.signers.empty() && std::none_of(contents.signers.begin(), contents.signers.end(), is_current)) {
    return unsound("none of the signers is the current one");
  }
  return contents;
}

}  // namespace coterie::session
