#include "ceremony/manifest.h"

#include <spdlog/fmt/fmt.h>

#include <map>
#include <set>

#include "account/multisig_address.h"
#include "ceremony/name.h"
#include "crypto/digest.h"

namespace coterie::ceremony {

namespace {

constexpr int kVersion = 1;

std::size_t max_signers(const account::PublicPart& account) {
  return account::kind_of(account) == account::Kind::aztec_schnorr ? kMaxAztecSigners : kMaxOpaqueSigners;
}

Error not_shared(std::string_view what, std::string_view owner, ErrorKind kind) {
  return {kind, fmt::format("the account to be shared has the {} of {}'s own Aztec account", what, owner),
          "an account for all signers is made for them, never one that somebody has already"};
}

}  // namespace

Result<Manifest> Manifest::parse(std::string_view payload) {
  COTERIE_TRY(const json::Value value, json::parse(payload, SignedManifest::kMaxBytes, "manifest"));
  json::ObjectReader reader(value, "manifest");
  Manifest manifest;
  reader.integer("version", kVersion, kVersion);
  manifest.name = reader.string("name", kMaxNameBytes);
  manifest.threshold = reader.integer("threshold", INT64_MIN, INT64_MAX);
  const json::Array& signers = reader.array("signers", kMaxOpaqueSigners);
  const json::Value& account = reader.value("account");
  manifest.room = reader.fixed<RoomId>("room");
  if (reader.has("multisig_address")) {
    manifest.multisig_address = reader.string("multisig_address", account::kMaxMultisigAddressBytes);
  }
  manifest.created_at = reader.integer("created_at", 0, INT64_MAX);
  COTERIE_CHECK(reader.finish());
  for (const json::Value& signer : signers) {
    COTERIE_TRY(Card card, Card::from_json(signer));
    manifest.signers.push_back(std::move(card));
  }
  COTERIE_TRY(manifest.account, account::parse_public_part(account));
  if (manifest.serialize() != payload) return refused_error("the manifest is not in canonical form");
  return manifest;
}

std::string Manifest::serialize() const {
  json::Array cards;
  for (const Card& card : signers) cards.push_back(card.to_json());
  json::Object payload{{"version", kVersion},
                       {"name", name},
                       {"threshold", threshold},
                       {"signers", std::move(cards)},
                       {"account", account::to_json(account)},
                       {"room", room.text()}};
  if (multisig_address) payload["multisig_address"] = *multisig_address;
  payload["created_at"] = created_at;
  return json::serialize(payload);
}

Result<void> check_manifest(const Manifest& manifest, ErrorKind kind) {
  const auto broken = [&](std::string message, std::string hint = {}) {
    return Error{kind, std::move(message), std::move(hint)};
  };
  if (auto checked = check_name(manifest.name, "multisig name"); !checked) {
    return broken(checked.error().message, checked.error().hint);
  }
  const std::size_t count = manifest.signers.size();
  const std::size_t most = max_signers(manifest.account);
  if (count == 0) return broken("a multisig needs at least one signer");
  if (count > most) {
    return broken(fmt::format("{} signers are too many: an account of kind {} has at most {}", count,
                              account::to_string(account::kind_of(manifest.account)), most),
                  fmt::format("choose at most {} signers", most));
  }
  if (manifest.threshold < 1 || manifest.threshold > static_cast<std::int64_t>(count)) {
    return broken(
        fmt::format("the threshold {} is not between 1 and the number of signers, {}", manifest.threshold, count),
        "the threshold is how many of the signers must approve");
  }
  std::map<std::string, std::string> names;
  std::map<SignKey, std::string> sign_keys;
  std::map<BoxKey, std::string> box_keys;
  // By x, which a key and its negative share. Addresses follow from keys: other keys have other addresses.
  std::map<std::string, std::string> aztec_keys;
  const auto* shared = std::get_if<account::AztecPublic>(&manifest.account);
  for (const Card& card : manifest.signers) {
    const std::string name = escape(card.name());
    if (const auto [other, fresh] = sign_keys.emplace(card.sign_key(), name); !fresh) {
      return broken(other->second == name ? fmt::format("{} stands twice among the signers", name)
                                          : fmt::format("{} and {} have the same signing key", other->second, name),
                    "every signer may stand once only");
    }
    if (const auto [other, fresh] = box_keys.emplace(card.box_key(), name); !fresh) {
      return broken(fmt::format("{} and {} have the same box key", other->second, name));
    }
    if (const auto [other, fresh] = names.emplace(fold_name(card.name()), name); !fresh) {
      return broken(fmt::format("two signers are called {} and {}, which is the same name", other->second, name));
    }
    if (!card.aztec()) continue;
    const account::AztecPublic& own = card.aztec()->account;
    if (const auto [other, fresh] = aztec_keys.emplace(own.public_key_x, name); !fresh) {
      return broken(fmt::format("{} and {} have the same Aztec key", other->second, name));
    }
    if (shared == nullptr) continue;
    if (shared->public_key_x == own.public_key_x || shared->address == own.address) {
      return not_shared(shared->address == own.address ? "address" : "key", name, kind);
    }
  }
  if (manifest.multisig_address) {
    const auto checked =
        account::check_multisig_address(account::kind_of(manifest.account), *manifest.multisig_address);
    if (!checked) return broken(checked.error().message, checked.error().hint);
  }
  return {};
}

Result<void> check_shared_account(const account::SharedStateAccount& account, const std::vector<Card>& signers,
                                  ErrorKind kind) {
  if (account.aztec() == nullptr) return {};
  const auto& shared = account.aztec()->master_public_keys();
  for (const Card& card : signers) {
    if (!card.aztec()) continue;
    const auto& own = card.aztec()->master_public_keys;
    for (std::size_t i = 0; i < own.size(); ++i) {
      if (shared[i].x == own[i].x) return not_shared("viewing keys", escape(card.name()), kind);
    }
  }
  return {};
}

Result<SignedManifest> SignedManifest::create(Manifest manifest, const crypto::Identity& creator) {
  COTERIE_CHECK(check_manifest(manifest, ErrorKind::usage));
  if (manifest.signers.front().sign_key() != creator.sign_key()) {
    return usage_error(fmt::format("{} stands first, but is not the creator", escape(manifest.signers.front().name())));
  }
  crypto::Envelope envelope;
  envelope.type = crypto::PayloadType::manifest;
  envelope.payload = to_vector(as_bytes(manifest.serialize()));
  envelope.sign(creator);
  const Digest digest = manifest_digest(envelope);
  return SignedManifest(std::move(manifest), std::move(envelope), digest);
}

Result<SignedManifest> SignedManifest::from_envelope(crypto::Envelope envelope) {
  if (envelope.type != crypto::PayloadType::manifest) return refused_error("not a manifest");
  COTERIE_TRY(Manifest manifest, Manifest::parse(as_text(envelope.payload)));
  COTERIE_CHECK(check_manifest(manifest, ErrorKind::refused));
  if (envelope.signatures.size() != 1) {
    return refused_error(
        fmt::format("the manifest has {} signatures instead of its creator's only", envelope.signatures.size()));
  }
  if (!envelope.signed_by(0, manifest.signers.front().sign_key())) {
    return refused_error(
        fmt::format("the manifest is not signed by its first signer, {}", escape(manifest.signers.front().name())));
  }
  const Digest digest = manifest_digest(envelope);
  return SignedManifest(std::move(manifest), std::move(envelope), digest);
}

Result<SignedManifest> SignedManifest::parse(std::string_view text) {
  COTERIE_TRY(crypto::Envelope envelope, crypto::Envelope::parse(text, crypto::PayloadType::manifest, kMaxBytes));
  return from_envelope(std::move(envelope));
}

std::string SignedManifest::verification_code() const {
  return crypto::digits(digest_);
}

const Card* SignedManifest::find(const SignKey& signer) const {
  for (const Card& card : manifest_.signers) {
    if (card.sign_key() == signer) return &card;
  }
  return nullptr;
}

std::string SignedManifest::name_of(const SignKey& signer) const {
  const Card* card = find(signer);
  return card != nullptr ? escape(card->name()) : signer.text();
}

Signature SignedManifest::creator_receipt() const {
  const auto signature = Signature::from_bytes(envelope_.signatures.front().sig);
  return *signature;  // of the right size: it has been verified
}

Digest manifest_digest(const crypto::Envelope& envelope) {
  return crypto::digest(crypto::LabelledFields("manifest").add(envelope.pae()));
}

Result<void> verify_proposal(const SignedManifest& manifest, const ProposalExpectation& expectation) {
  const Card& creator = manifest.creator();
  if (creator.sign_key() != expectation.creator.sign_key) {
    return refused_error(
        fmt::format("the manifest is {}'s, whose signing key is not the one in the invite", escape(creator.name())),
        "ask the creator for the invite again, over a channel you trust");
  }
  if (creator.box_key() != expectation.creator.box_key) {
    return refused_error(fmt::format("the manifest has another box key for {} than the invite", escape(creator.name())),
                         "ask the creator for the invite again, over a channel you trust");
  }
  if (manifest.manifest().room != expectation.room) {
    return refused_error(fmt::format("{} sent the manifest of another room", escape(creator.name())));
  }
  const Card* own = manifest.find(expectation.own_card.sign_key());
  if (own == nullptr) {
    return refused_error(fmt::format("{} is not among the signers that {} lists", escape(expectation.own_card.name()),
                                     escape(creator.name())));
  }
  if (*own != expectation.own_card) {
    return refused_error(
        fmt::format("{} lists another card of {} than the current one", escape(creator.name()),
                    escape(expectation.own_card.name())),
        "send the creator your card again (coterie signer card), then let the multisig be created anew");
  }
  return {};
}

}  // namespace coterie::ceremony
