// Imported multisigs in a vault: label imported/<sign key>/<folded name>.
#include "ceremony/name.h"
#include "session/shared_accounts.h"
#include "session/store.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

std::string imported_prefix(const SignKey& signer) {
  return label(kImportedPrefix, signer.text() + "/");
}

std::string imported_label(const SignKey& signer, std::string_view name) {
  return imported_prefix(signer) + ceremony::fold_name(name);
}

bool has_account(const ImportedMultisig& imported, const account::SharedStateAccount& account) {
  return account.reveal().equals(imported.account.reveal().view());
}

Result<std::vector<ImportedMultisig>> load_free_imported(vault::Transaction& transaction, const SignKey& signer) {
  COTERIE_TRY(std::vector<ImportedMultisig> all, load_all_imported(transaction, imported_prefix(signer)));
  std::vector<ImportedMultisig> free;
  for (ImportedMultisig& one : all) {
    COTERIE_TRY(const bool held, is_name_taken(transaction, signer, one.name, std::nullopt));
    if (!held) free.push_back(std::move(one));
  }
  return free;
}

Error name_is_taken(std::string_view name, std::string_view hint) {
  return usage_error("there is a multisig " + ceremony::escape(name) + " here already; nothing was changed",
                     std::string(hint));
}

}  // namespace

Result<std::optional<ImportedMultisig>> load_imported_at(vault::Transaction& transaction, const std::string& at) {
  COTERIE_TRY(const std::optional<SecretBytes> text, transaction.load(at));
  if (!text) return std::optional<ImportedMultisig>();
  COTERIE_TRY(ImportedMultisig imported, ImportedMultisig::parse(*text));
  if (imported_label(imported.signer, imported.name) != at) {
    return refused_error(
        "the record of imported multisig " + ceremony::escape(imported.name) + " stands in another's place",
        "restore a backup of this vault");
  }
  return std::optional<ImportedMultisig>(std::move(imported));
}

Result<std::optional<ImportedMultisig>> load_imported(vault::Transaction& transaction, const SignKey& signer,
                                                      std::string_view name) {
  return load_imported_at(transaction, imported_label(signer, name));
}

Result<std::vector<ImportedMultisig>> load_all_imported(vault::Transaction& transaction, std::string_view prefix) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(prefix));
  std::vector<ImportedMultisig> all;
  for (const std::string& each : labels) {
    COTERIE_TRY(std::optional<ImportedMultisig> one, load_imported_at(transaction, each));
    if (one) all.push_back(std::move(*one));
  }
  return all;
}

Result<bool> is_imported_with_another(vault::Transaction& transaction, const SignKey& signer, std::string_view name,
                                      const account::SharedStateAccount* account) {
  COTERIE_TRY(const std::optional<ImportedMultisig> imported, load_imported(transaction, signer, name));
  return imported && (account == nullptr || !has_account(*imported, *account));
}

Result<void> forget_imported(vault::Transaction& transaction, const SignKey& signer,
                             const account::SharedStateAccount& account) {
  COTERIE_TRY(const std::vector<ImportedMultisig> all, load_all_imported(transaction, imported_prefix(signer)));
  for (const ImportedMultisig& one : all) {
    if (has_account(one, account)) COTERIE_CHECK(transaction.remove(imported_label(signer, one.name)));
  }
  return {};
}

Result<void> Store::insert_imported(const ImportedMultisig& imported) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const bool taken, is_name_taken(transaction, imported.signer, imported.name, std::nullopt));
  COTERIE_TRY(const std::optional<ImportedMultisig> there, load_imported(transaction, imported.signer, imported.name));
  if (taken || there) return name_is_taken(imported.name, "keep this one under another name: --as NAME");
  COTERIE_TRY(const std::vector<MultisigRecord> records,
              load_multisigs(transaction, prefix_of(kMultisigPrefix, imported.signer)));
  for (const MultisigRecord& record : records) {
    if (record.status == MultisigStatus::complete && record.account && has_account(imported, *record.account)) {
      return usage_error(
          "the account of " + ceremony::escape(imported.name) + " is here already, in the complete multisig " +
              ceremony::escape(record.name),
          "nothing was changed: see it with `coterie multisig show " + ceremony::shell_argument(record.name) + "`");
    }
  }
  COTERIE_CHECK(SharedAccounts(vault_, transaction).check_no_signers_own(imported.account));
  COTERIE_CHECK(transaction.store(imported_label(imported.signer, imported.name), imported.serialize().view(),
                                  vault::Overwrite::never));
  return transaction.commit();
}

Result<std::vector<ImportedMultisig>> Store::imported(const SignKey& signer) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_free_imported(transaction, signer);
}

Result<Store::Everything> Store::everything_of(const SignKey& signer) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  Everything all;
  COTERIE_TRY(all.multisigs, load_multisigs(transaction, prefix_of(kMultisigPrefix, signer)));
  COTERIE_TRY(all.drafts, load_drafts(transaction, prefix_of(kDraftPrefix, signer)));
  COTERIE_TRY(all.imported, load_free_imported(transaction, signer));
  return all;
}

Result<std::optional<ImportedMultisig>> Store::imported(const SignKey& signer, std::string_view name) {
  // What is no name is nobody's; a room, say.
  if (!ceremony::check_name(name, "multisig name")) return std::optional<ImportedMultisig>();
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const bool held, is_name_taken(transaction, signer, name, std::nullopt));
  if (held) return std::optional<ImportedMultisig>();
  return load_imported(transaction, signer, name);
}

Result<void> Store::remove_imported(const ImportedMultisig& imported) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const bool held, is_name_taken(transaction, imported.signer, imported.name, std::nullopt));
  if (held) return name_is_taken(imported.name, "see how it stands with `coterie multisig list`");
  COTERIE_CHECK(transaction.remove(imported_label(imported.signer, imported.name)));
  return transaction.commit();
}

}  // namespace coterie::session
