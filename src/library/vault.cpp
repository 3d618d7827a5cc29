#include "coterie/vault.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <variant>

#include "base/clock.h"
#include "base/random.h"
#include "ceremony/name.h"
#include "library/access.h"
#include "library/describe.h"
#include "session/account_entry.h"
#include "session/complete_multisig.h"
#include "session/create_multisig.h"
#include "session/rehearsal.h"

namespace coterie {

namespace {

constexpr std::size_t kMaxCertificatesAtOnce = 64;  // one of each signer there can be

std::vector<Card> wrap_all(std::vector<ceremony::Card> cards) {
  std::vector<Card> wrapped;
  wrapped.reserve(cards.size());
  for (ceremony::Card& card : cards) wrapped.push_back(LibraryAccess::wrap(std::move(card)));
  return wrapped;
}

void sort_by_age(std::vector<Multisig>& multisigs) {
  std::stable_sort(multisigs.begin(), multisigs.end(),
                   [](const Multisig& a, const Multisig& b) { return a.created_at < b.created_at; });
}

Result<std::optional<session::ImportedMultisig>> load_imported(session::Store& store, std::string_view name,
                                                               const std::optional<std::string>& signer_name) {
  COTERIE_TRY(const session::LocalSigner signer, store.signer(signer_name));
  return store.imported(signer.card.sign_key(), name);
}

Result<session::StoredMultisig> load_stored(session::Store& store, std::string_view name_or_room,
                                            const std::optional<std::string>& signer_name) {
  COTERIE_TRY(const session::LocalSigner signer, store.signer(signer_name));
  return store.find(signer.card.sign_key(), name_or_room);
}

// For a signer's own.
Result<account::AztecAccount> take_aztec(Account account) {
  const account::AztecAccount* aztec = LibraryAccess::inside(account).aztec();
  if (aztec == nullptr) {
    return usage_error(fmt::format("a signer's own account is of kind {}, not {}",
                                   to_string(AccountKind::aztec_schnorr), to_string(account.kind())));
  }
  return aztec->clone();
}

Result<session::LocalSigner> load_chain_key(session::Store& store, const std::optional<std::string>& name) {
  COTERIE_TRY(session::LocalSigner signer, store.signer(name));
  if (!signer.own_account) {
    return usage_error(
        fmt::format("{} has no chain key", ceremony::escape(signer.card.name())),
        fmt::format("make one with `coterie signer aztec {}`", ceremony::shell_argument(signer.card.name())));
  }
  return signer;
}

}  // namespace

Vault::Vault(std::shared_ptr<VaultState> state) : state_(std::move(state)) {}
Vault::Vault(Vault&&) noexcept = default;
Vault& Vault::operator=(Vault&&) noexcept = default;
Vault::~Vault() = default;

Result<bool> Vault::exists(const std::filesystem::path& home) {
  return vault::Vault::exists(home);
}

Result<Vault> Vault::create(const std::filesystem::path& home, const Passphrase& passphrase) {
  SystemRandom random;
  COTERIE_TRY(vault::Vault made, vault::Vault::create(home, passphrase, vault::VaultOptions{}, random));
  return Vault(std::make_shared<VaultState>(std::move(made)));
}

Result<Vault> Vault::open(const std::filesystem::path& home, const Passphrase& passphrase) {
  COTERIE_TRY(vault::Vault opened, vault::Vault::open(home, passphrase));
  return Vault(std::make_shared<VaultState>(std::move(opened)));
}

const std::filesystem::path& Vault::home() const {
  return state_->vault().home();
}

Result<Signer> Vault::create_signer(std::string_view name) {
  SystemRandom random;
  COTERIE_TRY(session::LocalSigner made, state_->store().create_signer(name, unix_now(), random));
  return LibraryAccess::wrap(*this, std::move(made));
}

Result<Signer> Vault::create_signer(std::string_view name, Account own_account) {
  COTERIE_TRY(account::AztecAccount aztec, take_aztec(std::move(own_account)));
  SystemRandom random;
  COTERIE_TRY(session::LocalSigner made, state_->store().create_signer(name, unix_now(), std::move(aztec), random));
  return LibraryAccess::wrap(*this, std::move(made));
}

Result<RenewedSigner> Vault::add_chain_key(std::string_view name, Account own_account) {
  COTERIE_TRY(account::AztecAccount aztec, take_aztec(std::move(own_account)));
  SystemRandom random;
  COTERIE_TRY(session::RenewedSigner renewed,
              state_->store().add_own_account(name, unix_now(), std::move(aztec), random));
  return RenewedSigner{LibraryAccess::wrap(*this, std::move(renewed.signer)),
                       LibraryAccess::wrap(std::move(renewed.before))};
}

Result<Account> Vault::own_account(const std::optional<std::string>& signer_name) {
  COTERIE_TRY(session::LocalSigner signer, load_chain_key(state_->store(), signer_name));
  return LibraryAccess::wrap(account::SharedStateAccount(std::move(*signer.own_account)));
}

Result<AztecSignature> Vault::sign_with_chain_key(const std::array<std::uint8_t, 32>& message,
                                                  const std::optional<std::string>& signer_name) {
  COTERIE_CHECK(account::check_contract_message(message));
  COTERIE_TRY(const session::LocalSigner signer, load_chain_key(state_->store(), signer_name));
  SystemRandom random;
  return signer.own_account->sign(message, random);
}

Result<std::vector<Signer>> Vault::signers() {
  COTERIE_TRY(std::vector<session::LocalSigner> signers, state_->store().signers());
  std::vector<Signer> wrapped;
  wrapped.reserve(signers.size());
  for (session::LocalSigner& signer : signers) wrapped.push_back(LibraryAccess::wrap(*this, std::move(signer)));
  return wrapped;
}

Result<Signer> Vault::signer(const std::optional<std::string>& name) {
  COTERIE_TRY(session::LocalSigner signer, state_->store().signer(name));
  return LibraryAccess::wrap(*this, std::move(signer));
}

Result<Signer> Vault::use_signer(std::string_view name) {
  COTERIE_TRY(session::LocalSigner signer, state_->store().use_signer(name));
  return LibraryAccess::wrap(*this, std::move(signer));
}

Result<std::vector<AddedContact>> Vault::add_contacts(const std::vector<Card>& cards, ReplaceContact replace) {
  std::vector<ceremony::Card> inside;
  inside.reserve(cards.size());
  for (const Card& card : cards) inside.push_back(LibraryAccess::inside(card));
  COTERIE_TRY(std::vector<session::AddedContact> results, state_->store().add_contacts(inside, replace));
  std::vector<AddedContact> added;
  added.reserve(results.size());
  for (session::AddedContact& result : results) {
    added.push_back({LibraryAccess::wrap(std::move(result.card)), result.effect, wrap_all(std::move(result.replaced))});
  }
  return added;
}

Result<std::vector<Card>> Vault::contacts() {
  COTERIE_TRY(std::vector<ceremony::Card> cards, state_->store().contacts());
  return wrap_all(std::move(cards));
}

Result<Card> Vault::contact(std::string_view name) {
  COTERIE_TRY(ceremony::Card card, state_->store().contact(name));
  return LibraryAccess::wrap(std::move(card));
}

Result<Card> Vault::remove_contact(std::string_view name) {
  COTERIE_TRY(ceremony::Card card, state_->store().remove_contact(name));
  return LibraryAccess::wrap(std::move(card));
}

Result<std::vector<Multisig>> Vault::multisigs(const std::optional<std::string>& signer_name) {
  COTERIE_TRY(const session::LocalSigner signer, state_->store().signer(signer_name));
  COTERIE_TRY(const session::Store::Everything all, state_->store().everything_of(signer.card.sign_key()));
  std::vector<Multisig> multisigs;
  const auto add_all = [&](const auto& kind) {
    for (const auto& one : kind) multisigs.push_back(describe(one));
  };
  add_all(all.multisigs);
  add_all(all.drafts);
  add_all(all.imported);
  sort_by_age(multisigs);
  return multisigs;
}

Result<Multisig> Vault::multisig(std::string_view name_or_room, const std::optional<std::string>& signer) {
  COTERIE_TRY(const std::optional<session::ImportedMultisig> imported,
              load_imported(state_->store(), name_or_room, signer));
  if (imported) return describe(*imported);
  COTERIE_TRY(const session::StoredMultisig stored, load_stored(state_->store(), name_or_room, signer));
  return describe(stored);
}

Result<Account> Vault::account(std::string_view name_or_room, const std::optional<std::string>& signer) {
  COTERIE_TRY(std::optional<session::ImportedMultisig> imported, load_imported(state_->store(), name_or_room, signer));
  if (imported) return LibraryAccess::wrap(std::move(imported->account));
  COTERIE_TRY(session::StoredMultisig stored, load_stored(state_->store(), name_or_room, signer));
  if (auto* draft = std::get_if<session::Draft>(&stored)) return LibraryAccess::wrap(std::move(draft->account));
  auto& record = std::get<session::MultisigRecord>(stored);
  if (!record.account) {
    return usage_error(fmt::format("this vault has no account of {}: it was {}", ceremony::escape(record.name),
                                   to_string(record.status)));
  }
  return LibraryAccess::wrap(std::move(*record.account));
}

Result<std::string> Vault::certificate(std::string_view name_or_room, const std::optional<std::string>& signer) {
  COTERIE_TRY(const session::LocalSigner own, state_->store().signer(signer));
  COTERIE_TRY(const session::MultisigRecord record, state_->store().multisig(own.card.sign_key(), name_or_room));
  COTERIE_TRY(const ceremony::PartialCertificate certificate, record.partial_certificate());
  return certificate.serialize();
}

Result<Multisig> Vault::complete(std::string_view name_or_room, const std::vector<std::string>& certificates,
                                 const std::optional<std::string>& signer_name) {
  if (certificates.empty() || certificates.size() > kMaxCertificatesAtOnce) {
    return usage_error(fmt::format("give 1 to {} certificates, not {}", kMaxCertificatesAtOnce, certificates.size()));
  }
  COTERIE_TRY(const session::LocalSigner signer, state_->store().signer(signer_name));
  std::vector<ceremony::PartialCertificate> parsed;
  for (const std::string& text : certificates) {
    COTERIE_TRY(ceremony::PartialCertificate certificate, ceremony::PartialCertificate::parse(text));
    parsed.push_back(std::move(certificate));
  }
  COTERIE_TRY(const session::MultisigRecord record,
              session::complete_multisig(state_->store(), signer, name_or_room, parsed));
  return describe(record);
}

Result<Multisig> Vault::abandon(std::string_view name_or_room, const std::optional<std::string>& signer_name) {
  COTERIE_TRY(const session::LocalSigner signer, state_->store().signer(signer_name));
  COTERIE_TRY(const std::optional<session::ImportedMultisig> imported,
              state_->store().imported(signer.card.sign_key(), name_or_room));
  if (imported) {
    COTERIE_CHECK(state_->store().remove_imported(*imported));
    Multisig removed = describe(*imported);
    removed.status = MultisigStatus::abandoned;
    removed.account_here = false;
    return removed;
  }
  COTERIE_TRY(const session::StoredMultisig stored, session::abandon_multisig(state_->store(), signer, name_or_room));
  return describe(stored);
}

Result<Multisig> Vault::import_multisig(const SecretBytes& file_text, const ImportOptions& options) {
  COTERIE_TRY(const session::LocalSigner signer, state_->store().signer(options.signer));
  COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(file_text));
  COTERIE_TRY(const std::size_t index, session::choose_entry(file, options.entry, session::kChooseByOption));
  COTERIE_TRY(const session::ImportedMultisig imported,
              session::read_imported(file, index, signer.card.sign_key(), options.local_name, options.profile));
  COTERIE_CHECK(state_->store().insert_imported(imported));
  return describe(imported);
}

Result<std::size_t> Vault::backup(const std::filesystem::path& file) {
  return state_->vault().backup(file);
}

Result<BackupContents> Vault::rehearse(const std::filesystem::path& file, const Passphrase& passphrase) {
  COTERIE_TRY(vault::Vault opened, vault::Vault::open_backup(file, passphrase));
  COTERIE_TRY(const session::VaultContents contents, session::rehearse(opened));
  BackupContents described;
  described.records = contents.records;
  for (const session::LocalSigner& signer : contents.signers) {
    described.signers.push_back(LibraryAccess::wrap(ceremony::Card(signer.card)));
  }
  described.contacts = wrap_all(contents.contacts);
  const auto add_all = [&](const auto& all) {
    for (const auto& one : all) described.multisigs.push_back(describe(one));
  };
  add_all(contents.multisigs);
  add_all(contents.drafts);
  add_all(contents.imported);
  sort_by_age(described.multisigs);
  return described;
}

Result<Vault> Vault::restore(const std::filesystem::path& home, const std::filesystem::path& file,
                             const Passphrase& passphrase) {
  COTERIE_TRY(const bool present, exists(home));
  if (present) {
    return usage_error(fmt::format("there is a vault in {} already", home.string()),
                       "choose another directory with --home, or move that one away first");
  }
  {
    COTERIE_TRY(vault::Vault backup, vault::Vault::open_backup(file, passphrase));
    COTERIE_CHECK(session::rehearse(backup));
    COTERIE_CHECK(vault::Vault::restore(home, backup));
  }
  return open(home, passphrase);
}

Result<void> Vault::change_passphrase(const Passphrase& passphrase) {
  SystemRandom random;
  return state_->vault().change_passphrase(passphrase, vault::VaultOptions{}, random);
}

}  // namespace coterie
