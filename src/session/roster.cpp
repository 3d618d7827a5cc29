#include "session/roster.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"

namespace coterie::session {

namespace {

Result<Standing> standing_of(const ceremony::Card& card, const std::vector<ceremony::Card>& known,
                             std::string_view own_name) {
  for (const ceremony::Card& one : known) {
    const std::string known_as = fmt::format("{} ({})", ceremony::escape(one.name()), one.fingerprint());
    const std::string proposed_as = fmt::format("{} ({})", ceremony::escape(card.name()), card.fingerprint());
    if (one.sign_key() == card.sign_key()) {
      if (one == card) return Standing::contact;
      return refused_error(
          fmt::format("signer {} of this multisig has the key of {}, whom {} knows, but another card", proposed_as,
                      known_as, own_name),
          "you refused for good. Find out why: ask that signer, by another way, for the current card, and the "
          "creator for a new multisig");
    }
    if (ceremony::fold_name(one.name()) == ceremony::fold_name(card.name())) {
      return refused_error(
          fmt::format("signer {} of this multisig is not the {} whom {} knows: same name, another key", proposed_as,
                      known_as, own_name),
          "you refused for good: somebody may be passing for your contact. Compare fingerprints by voice before "
          "anything else");
    }
  }
  return Standing::unknown;
}

}  // namespace

Result<std::vector<ceremony::Card>> known_cards(Store& store) {
  COTERIE_TRY(std::vector<ceremony::Card> cards, store.contacts());
  COTERIE_TRY(std::vector<LocalSigner> signers, store.signers());
  for (LocalSigner& signer : signers) cards.push_back(std::move(signer.card));
  return cards;
}

Result<std::vector<ProposedSigner>> compare_with_contacts(const std::vector<ceremony::Card>& known,
                                                          const LocalSigner& own,
                                                          const std::vector<ceremony::Card>& given) {
  std::vector<ProposedSigner> signers;
  for (const ceremony::Card& card : given) {
    Standing standing = Standing::self;
    if (card.sign_key() != own.card.sign_key()) {
      COTERIE_TRY(standing, standing_of(card, known, ceremony::escape(own.card.name())));
    }
    signers.push_back({card.name(), card.sign_key(), card.fingerprint(), standing, card.chain_key()});
  }
  return signers;
}

Result<std::optional<ceremony::Card>> find_creator(Store& store, const crypto::Peer& creator) {
  COTERIE_TRY(const std::vector<ceremony::Card> known, known_cards(store));
  for (const ceremony::Card& card : known) {
    if (card.sign_key() != creator.sign_key) continue;
    if (card.box_key() != creator.box_key) {
      return refused_error(fmt::format("the invite gives {0} another box key than the card of {0} that you have",
                                       ceremony::escape(card.name())),
                           fmt::format("the invite was altered on its way: ask {} for it again by another way",
                                       ceremony::escape(card.name())));
    }
    return std::optional(card);
  }
  return std::optional<ceremony::Card>();
}

}  // namespace coterie::session
