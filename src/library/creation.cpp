#include "coterie/creation.h"

#include "ceremony/invite.h"
#include "library/access.h"
#include "library/describe.h"
#include "session/create_multisig.h"
#include "session/join_multisig.h"
#include "session/observer.h"
#include "session/roster.h"

namespace coterie {

namespace {

Result<Multisig> conclude(session::Outcome outcome, Observer* observer) {
  std::optional<Multisig> multisig;
  if (outcome.multisig || outcome.draft) {
    multisig = outcome.multisig ? describe(*outcome.multisig) : describe(*outcome.draft);
    session::observer_or_silent(observer).on_multisig(*multisig);
  }
  if (outcome.error) return std::move(*outcome.error);
  return std::move(*multisig);
}

Result<Multisig> create(Vault& vault, const std::vector<std::string>& signers, int threshold, std::string_view name,
                        std::optional<account::SharedStateAccount> account, const CreateOptions& options) {
  session::Store& store = LibraryAccess::store(vault);
  COTERIE_TRY(const session::LocalSigner creator, store.signer(options.signer));
  COTERIE_TRY(std::vector<ceremony::Card> cards, store.cards(signers));
  session::Terms terms{std::string(name),  threshold,       std::move(cards),
                       std::move(account), options.profile, options.multisig_address};
  return conclude(session::create_multisig(store, creator, std::move(terms), options), options.observer);
}

}  // namespace

Result<Multisig> create_multisig(Vault& vault, const std::vector<std::string>& signers, int threshold,
                                 std::string_view name, const CreateOptions& options) {
  return create(vault, signers, threshold, name, std::nullopt, options);
}

Result<Multisig> create_multisig(Vault& vault, const std::vector<std::string>& signers, int threshold,
                                 std::string_view name, Account account, const CreateOptions& options) {
  return create(vault, signers, threshold, name, LibraryAccess::inside(account).clone(), options);
}

Result<Multisig> exchange_shared_state_via_webrtc(const Signer& creator, const std::vector<Card>& recipients,
                                                  Account account, const Terms& terms, const CreateOptions& options) {
  session::Store& store = LibraryAccess::store(creator);
  COTERIE_TRY(const session::LocalSigner signer, store.signer(creator.name()));
  session::Terms inside{terms.name,      terms.threshold,         {signer.card}, LibraryAccess::inside(account).clone(),
                        options.profile, options.multisig_address};
  for (const Card& recipient : recipients) inside.signers.push_back(LibraryAccess::inside(recipient));
  COTERIE_TRY(const std::vector<ceremony::Card> known, session::known_cards(store));
  if (const auto compared = session::compare_with_contacts(known, signer, inside.signers); !compared) {
    return usage_error(
        compared.error().message,
        "nothing was made or sent. Give the card that the vault has, or find out by voice which is right");
  }
  return conclude(session::create_multisig(store, signer, std::move(inside), options), options.observer);
}

Result<Multisig> join_multisig(Vault& vault, std::string_view invite, const JoinOptions& options) {
  session::Store& store = LibraryAccess::store(vault);
  COTERIE_TRY(const ceremony::Invite parsed, ceremony::Invite::parse(invite));
  COTERIE_TRY(const session::LocalSigner signer, store.signer(options.signer));
  return conclude(session::join_multisig(store, signer, parsed, options), options.observer);
}

Result<Multisig> resume_multisig(Vault& vault, std::string_view name_or_room, const ResumeOptions& options) {
  session::Store& store = LibraryAccess::store(vault);
  COTERIE_TRY(const session::LocalSigner signer, store.signer(options.signer));
  return conclude(session::resume_multisig(store, signer, name_or_room, options), options.observer);
}

}  // namespace coterie
