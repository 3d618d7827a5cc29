#include "session/store.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "ceremony/name.h"
#include "session/shared_accounts.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

using ceremony::Card;
using ceremony::escape;

constexpr std::size_t kMaxSmallRecord = 16ul * 1024;  // a card and 64 secret bytes, with room
constexpr std::size_t kIdentityBytes = 64;

std::string folded(std::string_view name) {
  return ceremony::fold_name(name);
}

bool same_name(std::string_view a, std::string_view b) {
  return folded(a) == folded(b);
}

// By x, which a key and its negative share.
bool same_aztec_key(const account::AztecPublic& a, const Card& b) {
  return b.aztec() && a.public_key_x == b.aztec()->account.public_key_x;
}

// A box key or an Aztec key belongs to one signer as a signing key does: who shows another's is not to be taken for
// anyone.
bool same_key(const Card& a, const Card& b) {
  return a.sign_key() == b.sign_key() || a.box_key() == b.box_key() ||
         (a.aztec() && same_aztec_key(a.aztec()->account, b));
}

std::string join_escaped(const std::vector<std::string>& names) {
  std::vector<std::string> escaped;
  escaped.reserve(names.size());
  for (const std::string& name : names) escaped.push_back(escape(name));
  return ceremony::join_names(escaped);
}

// Own names are checked before they are folded or looked up: kind usage, for they were typed here.
Result<void> check_typed_name(std::string_view name, std::string_view what) {
  auto checked = ceremony::check_name(name, what);
  if (!checked) return usage_error(std::move(checked.error().message), std::move(checked.error().hint));
  return {};
}

SecretBytes serialize_signer(const LocalSigner& signer) {
  json::Object object = json::secret_object();
  object["version"] = 1;
  object["card"] = signer.card.to_json();
  const SecretBytes secret = signer.identity.serialize();
  // emplace_string: the characters go straight into the object's wiped memory.
  object["identity"].emplace_string().assign(serialize_secret_base64(secret.view()).text());
  if (signer.own_account) {
    json::Object own_account = json::secret_object();
    signer.own_account->add_secrets(own_account);
    object["own_account"] = std::move(own_account);
  }
  return json::serialize_secret(std::move(object));
}

// The one whose public part is in the card.
Result<account::AztecAccount> parse_own_account(const json::Value& secrets, const Card& card) {
  const Error other =
      refused_error("the record of signer " + escape(card.name()) + " does not hold the Aztec account of its card");
  if (!card.aztec()) return other;
  COTERIE_TRY(account::AztecAccount own_account,
              account::AztecAccount::parse(json::serialize_secret(secrets).text(), card.aztec()->account.profile));
  if (own_account.part() != *card.aztec()) return other;
  return own_account;
}

Result<LocalSigner> parse_signer(const SecretBytes& text) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxSmallRecord, "signer record"));
  json::ObjectReader reader(value, "signer record");
  reader.integer("version", 1, 1);
  const json::Value& card_value = reader.value("card");
  const SecretBytes secret = reader.secret_base64("identity", kIdentityBytes);
  static const json::Value none;
  const json::Value& own_account_value = reader.has("own_account") ? reader.value("own_account") : none;
  COTERIE_CHECK(reader.finish());
  COTERIE_TRY(Card card, Card::from_json(card_value));
  COTERIE_TRY(crypto::Identity identity, crypto::Identity::parse(secret.view()));
  if (identity.sign_key() != card.sign_key() || identity.box_key() != card.box_key()) {
    return refused_error("the record of signer " + escape(card.name()) + " does not hold the keys of its card");
  }
  std::optional<account::AztecAccount> own_account;
  if (!own_account_value.is_null() || card.aztec()) {
    COTERIE_TRY(own_account, parse_own_account(own_account_value, card));
  }
  return LocalSigner{std::move(card), std::move(identity), std::move(own_account), false};
}

SecretBytes serialize_contact(const Card& card) {
  json::Object object = json::secret_object();
  object["version"] = 1;
  object["card"] = card.to_json();
  return json::serialize_secret(std::move(object));
}

Result<Card> parse_contact(const SecretBytes& text) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxSmallRecord, "contact record"));
  json::ObjectReader reader(value, "contact record");
  reader.integer("version", 1, 1);
  const json::Value& card_value = reader.value("card");
  COTERIE_CHECK(reader.finish());
  return Card::from_json(card_value);
}

Result<void> store_current(vault::Transaction& transaction, const SignKey& signer) {
  return transaction.store(kCurrentSigner, signer.view(), vault::Overwrite::allowed);
}

Result<std::optional<SignKey>> load_current(vault::Transaction& transaction) {
  COTERIE_TRY(const std::optional<SecretBytes> record, transaction.load(kCurrentSigner));
  if (!record) return std::optional<SignKey>();
  COTERIE_TRY(const SignKey signer, SignKey::from_bytes(record->view()));
  return std::optional<SignKey>(signer);
}

// All records under a prefix, each through `parse`.
template <class T, class Parse>
Result<std::vector<T>> load_all(vault::Transaction& transaction, std::string_view prefix, const Parse& parse) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(prefix));
  std::vector<T> items;
  items.reserve(labels.size());
  for (const std::string& each : labels) {
    COTERIE_TRY(const std::optional<SecretBytes> record, transaction.load(each));
    COTERIE_TRY(T item, parse(*record));  // `labels` listed it in this transaction
    items.push_back(std::move(item));
  }
  return items;
}

Error no_such_signer(std::string_view name, const std::vector<LocalSigner>& signers) {
  std::vector<std::string> names;
  names.reserve(signers.size());
  for (const LocalSigner& signer : signers) names.push_back(signer.card.name());
  if (names.empty()) return usage_error("this vault has no signer yet", "make one with `coterie signer create NAME`");
  return usage_error("this vault has no signer " + escape(name), names.size() == 1
                                                                     ? "its only signer is " + join_escaped(names)
                                                                     : "its signers are " + join_escaped(names));
}

// Takes the one called `name` out of the list.
Result<LocalSigner> find_signer(std::vector<LocalSigner> signers, std::string_view name) {
  COTERIE_CHECK(check_typed_name(name, "signer name"));
  for (LocalSigner& signer : signers) {
    if (same_name(signer.card.name(), name)) return std::move(signer);
  }
  return no_such_signer(name, signers);
}

std::string describe(const Card& card) {
  return escape(card.name()) + " (" + card.fingerprint() + ")";
}

// Why a card cannot stand beside an accepted one; nothing when it can.
std::optional<Error> find_conflict(const Card& card, const Card& accepted, std::string_view role) {
  const std::string hint = "compare both fingerprints with " + escape(card.name()) +
                           " by voice; only if the new one is right: `coterie contact add --replace CARD`";
  if (same_name(card.name(), accepted.name()) && !same_key(card, accepted)) {
    return refused_error("the card of " + describe(card) + " has the name of " + std::string(role) + " " +
                             describe(accepted) + ", but another key",
                         hint);
  }
  if (card.sign_key() == accepted.sign_key() && card.box_key() == accepted.box_key() &&
      same_name(card.name(), accepted.name()) && card.aztec() && !accepted.aztec()) {
    return refused_error(
        "the card of " + describe(card) + " has a chain key now, which that of " + std::string(role) + " " +
            describe(accepted) + " does not have",
        "ask " + escape(card.name()) + " whether that is so; only then: `coterie contact add --replace CARD`");
  }
  if (same_key(card, accepted)) {
    return refused_error("the card of " + describe(card) + " has a key of " + std::string(role) + " " +
                             describe(accepted) + ", but is another card",
                         hint);
  }
  return std::nullopt;
}

Result<void> check_against_own(const Card& card, const std::vector<LocalSigner>& signers) {
  for (const LocalSigner& signer : signers) {
    if (auto conflict = find_conflict(card, signer.card, "your own signer")) {
      conflict->hint =
          "your own names and keys are never another's, not even with --replace: ask for a card with another name";
      return std::move(*conflict);
    }
  }
  return {};
}

}  // namespace

std::string label(std::string_view prefix, std::string_view name) {
  return std::string(prefix) + std::string(name);
}

Result<std::vector<LocalSigner>> load_signers(vault::Transaction& transaction) {
  COTERIE_TRY(std::vector<LocalSigner> signers, load_all<LocalSigner>(transaction, kSignerPrefix, parse_signer));
  COTERIE_TRY(const std::optional<SignKey> current, load_current(transaction));
  for (LocalSigner& signer : signers) signer.current = current == signer.card.sign_key();
  return signers;
}

Result<std::vector<Card>> load_contacts(vault::Transaction& transaction) {
  return load_all<Card>(transaction, kContactPrefix, parse_contact);
}

namespace {

// An Aztec key stands for one signer in a contract: it is nobody else's here.
Result<void> check_unused(const account::AztecPublic& own_account, const std::vector<LocalSigner>& signers,
                          const std::vector<Card>& contacts) {
  const auto used = [&](const Card& card, std::string_view role) {
    return usage_error(
        "that Aztec account has the key of " + std::string(role) + " " + describe(card) + "; nothing was changed",
        "every signer needs an Aztec account of one's own: leave --aztec-key-file out for a new one");
  };
  for (const LocalSigner& signer : signers) {
    if (same_aztec_key(own_account, signer.card)) return used(signer.card, "your signer");
  }
  for (const Card& contact : contacts) {
    if (same_aztec_key(own_account, contact)) return used(contact, "your contact");
  }
  return {};
}

}  // namespace

Result<LocalSigner> Store::create_signer(std::string_view name, UnixSeconds created_at, Random& random) {
  COTERIE_TRY(account::AztecAccount own_account, account::AztecAccount::generate(account::kDefaultProfile, random));
  return create_signer(name, created_at, std::move(own_account), random);
}

Result<LocalSigner> Store::create_signer(std::string_view name, UnixSeconds created_at,
                                         account::AztecAccount own_account, Random& random) {
  COTERIE_CHECK(check_typed_name(name, "signer name"));
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const std::vector<LocalSigner> signers, load_signers(transaction));
  for (const LocalSigner& signer : signers) {
    if (same_name(signer.card.name(), name)) {
      return usage_error("this vault has a signer " + escape(signer.card.name()) + " already; nothing was changed",
                         "show it with `coterie signer show " + ceremony::shell_argument(signer.card.name()) +
                             "`, or take another name");
    }
  }
  COTERIE_TRY(const std::vector<Card> contacts, load_contacts(transaction));
  for (const Card& contact : contacts) {
    if (same_name(contact.name(), name)) {
      return usage_error(
          "a contact is called " + escape(contact.name()) + "; a name means one key only",
          "take another name, or first `coterie contact remove " + ceremony::shell_argument(contact.name()) + "`");
    }
  }
  COTERIE_CHECK(check_unused(own_account.public_part(), signers, contacts));
  COTERIE_CHECK(SharedAccounts(vault_, transaction).check_own(own_account));
  crypto::Identity identity = crypto::Identity::generate(random);
  COTERIE_TRY(Card card, Card::create(name, identity, created_at, own_account, random));
  const bool current = std::none_of(signers.begin(), signers.end(), [](const auto& signer) { return signer.current; });
  LocalSigner made{std::move(card), std::move(identity), std::move(own_account), current};
  COTERIE_CHECK(
      transaction.store(label(kSignerPrefix, folded(name)), serialize_signer(made).view(), vault::Overwrite::never));
  if (current) {
    COTERIE_CHECK(store_current(transaction, made.card.sign_key()));
  }
  COTERIE_CHECK(transaction.commit());
  return made;
}

Result<RenewedSigner> Store::add_own_account(std::string_view name, UnixSeconds created_at,
                                             account::AztecAccount own_account, Random& random) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::vector<LocalSigner> signers, load_signers(transaction));
  COTERIE_TRY(const std::vector<Card> contacts, load_contacts(transaction));
  COTERIE_CHECK(check_unused(own_account.public_part(), signers, contacts));
  COTERIE_CHECK(SharedAccounts(vault_, transaction).check_own(own_account));
  COTERIE_TRY(LocalSigner signer, find_signer(std::move(signers), name));
  if (signer.own_account) {
    return usage_error(escape(signer.card.name()) + " has a chain key already; nothing was changed",
                       "a key that stands in contracts is never replaced: make another signer for another key");
  }
  Card before = signer.card;
  COTERIE_TRY(signer.card, Card::create(before.name(), signer.identity, created_at, own_account, random));
  signer.own_account = std::move(own_account);
  COTERIE_CHECK(transaction.store(label(kSignerPrefix, folded(name)), serialize_signer(signer).view(),
                                  vault::Overwrite::allowed));
  COTERIE_CHECK(transaction.commit());
  return RenewedSigner{std::move(signer), std::move(before)};
}

Result<std::vector<LocalSigner>> Store::signers() {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_signers(transaction);
}

Result<LocalSigner> Store::signer(const std::optional<std::string>& name) {
  COTERIE_TRY(std::vector<LocalSigner> signers, this->signers());
  if (name) return find_signer(std::move(signers), *name);
  for (LocalSigner& signer : signers) {
    if (signer.current) return std::move(signer);
  }
  return no_such_signer("that is current", signers);
}

Result<LocalSigner> Store::use_signer(std::string_view name) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::vector<LocalSigner> signers, load_signers(transaction));
  COTERIE_TRY(LocalSigner signer, find_signer(std::move(signers), name));
  COTERIE_CHECK(store_current(transaction, signer.card.sign_key()));
  COTERIE_CHECK(transaction.commit());
  signer.current = true;
  return signer;
}

Result<std::vector<AddedContact>> Store::add_contacts(const std::vector<Card>& cards, ReplaceContact replace) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const std::vector<LocalSigner> signers, load_signers(transaction));
  COTERIE_TRY(std::vector<Card> contacts, load_contacts(transaction));
  std::vector<AddedContact> results;
  for (const Card& card : cards) {
    AddedContact result{card, ContactEffect::added, {}};
    const auto is_card = [&](const auto& other) { return other == card; };
    if (std::any_of(signers.begin(), signers.end(), [&](const auto& signer) { return signer.card == card; })) {
      result.effect = ContactEffect::own_signer;
      results.push_back(std::move(result));
      continue;
    }
    COTERIE_CHECK(check_against_own(card, signers));
    // Two cards of one call that contradict each other: neither is the newer one, so replacing does not help.
    for (const AddedContact& earlier : results) {
      if (earlier.card == card) continue;
      if (auto conflict = find_conflict(card, earlier.card, "a card given with it,")) {
        conflict->hint = "find out by voice which is right, and give only that one";
        return std::move(*conflict);
      }
    }
    if (std::any_of(contacts.begin(), contacts.end(), is_card)) {
      result.effect = ContactEffect::unchanged;
      results.push_back(std::move(result));
      continue;
    }
    for (const Card& contact : contacts) {
      auto conflict = find_conflict(card, contact, "your contact");
      if (!conflict) continue;
      if (replace == ReplaceContact::no) return std::move(*conflict);
      COTERIE_CHECK(transaction.remove(label(kContactPrefix, folded(contact.name()))));
      result.effect = ContactEffect::replaced;
      result.replaced.push_back(contact);
    }
    for (const Card& gone : result.replaced) std::erase(contacts, gone);
    COTERIE_CHECK(transaction.store(label(kContactPrefix, folded(card.name())), serialize_contact(card).view(),
                                    vault::Overwrite::never));
    contacts.push_back(card);
    results.push_back(std::move(result));
  }
  COTERIE_CHECK(transaction.commit());
  return results;
}

Result<std::vector<Card>> Store::contacts() {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_contacts(transaction);
}

namespace {

Result<Card> find_contact(vault::Transaction& transaction, std::string_view name) {
  COTERIE_CHECK(check_typed_name(name, "contact name"));
  COTERIE_TRY(const std::optional<SecretBytes> record, transaction.load(label(kContactPrefix, folded(name))));
  if (!record)
    return usage_error("you have no contact " + escape(name), "see those you have with `coterie contact list`");
  return parse_contact(*record);
}

}  // namespace

Result<Card> Store::contact(std::string_view name) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return find_contact(transaction, name);
}

Result<Card> Store::remove_contact(std::string_view name) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(Card card, find_contact(transaction, name));
  COTERIE_CHECK(transaction.remove(label(kContactPrefix, folded(name))));
  COTERIE_CHECK(transaction.commit());
  return card;
}

Result<std::vector<Card>> Store::cards(const std::vector<std::string>& names) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const std::vector<LocalSigner> signers, load_signers(transaction));
  COTERIE_TRY(std::vector<Card> known, load_contacts(transaction));
  for (const LocalSigner& signer : signers) known.push_back(signer.card);
  std::vector<Card> cards;
  std::vector<std::string> unknown;
  for (const std::string& name : names) {
    COTERIE_CHECK(check_typed_name(name, "signer name"));
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const Card& card) { return same_name(card.name(), name); });
    if (found == known.end()) {
      unknown.push_back(name);
    } else {
      cards.push_back(*found);
    }
  }
  if (!unknown.empty()) {
    return usage_error(
        "no signer or contact is called " + join_escaped(unknown),
        "ask for that card and run `coterie contact add CARD`; `coterie contact list` shows whom you have");
  }
  return cards;
}

}  // namespace coterie::session
