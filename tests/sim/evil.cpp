#include "sim/evil.h"

#include <algorithm>

namespace coterie::sim {

using namespace std::chrono_literals;
using ceremony::serialize_message;
using session::LinkEnd;

namespace {

constexpr std::size_t kMostHeard = 300;
constexpr std::size_t kMostManifests = 12;

}  // namespace

void EvilMind::add(ceremony::SignedManifest manifest) {
  const bool known = std::any_of(manifests_.begin(), manifests_.end(),
                                 [&](const auto& each) { return each.digest() == manifest.digest(); });
  if (known || manifests_.size() == kMostManifests) return;
  ceremony::Receipts& receipts = receipts_[manifest.digest()];
  receipts[manifest.creator().sign_key()] = manifest.creator_receipt();
  for (const std::size_t evil : host_.context().plan.evil) {
    const ceremony::test::TestSigner& signer = host_.person(evil);
    if (manifest.find(signer.key()) != nullptr) {
      receipts[signer.key()] = ceremony::create_receipt(manifest, signer.identity);
    }
  }
  manifests_.push_back(std::move(manifest));
}

void EvilMind::draw_manifests(const ceremony::Manifest& terms, const account::SharedStateAccount& account) {
  const crypto::Identity& creator = host_.person(0).identity;
  accounts_.push_back(account.clone());
  accounts_.push_back(std::move(
      account::SharedStateAccount::create_opaque(SecretBytes::copy_of(R"({"key":"another"})"), host_.context().random)
          .value()));
  const auto sign = [&](ceremony::Manifest manifest) {
    manifest.threshold = std::min<std::int64_t>(manifest.threshold, static_cast<std::int64_t>(manifest.signers.size()));
    add(std::move(ceremony::SignedManifest::create(std::move(manifest), creator).value()));
  };
  sign(terms);
  ceremony::Manifest other = terms;
  other.account = accounts_.back().public_part();
  sign(other);
  other = terms;
  other.created_at += 1;
  sign(other);
  // Rosters without some of those who are in the room: only the evil ones; all but the last.
  other = terms;
  std::erase_if(other.signers, [&](const ceremony::Card& card) {
    const auto& evil = host_.context().plan.evil;
    return std::none_of(evil.begin(), evil.end(), [&](std::size_t each) { return host_.person(each).card == card; });
  });
  sign(other);
  other = terms;
  if (other.signers.size() > 1) other.signers.pop_back();
  sign(other);
}

void EvilMind::hear(const std::string& message) {
  if (heard_.size() < kMostHeard) heard_.push_back(message);
  const auto parsed = ceremony::parse_message(message);
  if (!parsed) return;
  if (const auto* proposal = std::get_if<ceremony::ProposalMessage>(&*parsed)) {
    if (auto manifest = ceremony::SignedManifest::from_envelope(proposal->manifest)) add(std::move(*manifest));
  }
  if (const auto* receipt = std::get_if<ceremony::ReceiptMessage>(&*parsed)) {
    for (const ceremony::SignedManifest& manifest : manifests_) {
      if (manifest.digest() != receipt->digest) continue;
      for (const ceremony::Card& card : manifest.manifest().signers) {
        if (ceremony::verify_receipt(manifest, card.sign_key(), receipt->signature)) {
          receipts_[manifest.digest()][card.sign_key()] = receipt->signature;
        }
      }
    }
  }
}

std::string EvilMind::draw_proposal(std::size_t from, std::size_t to, const RoomId& room) {
  Dice& dice = host_.context().dice;
  const ceremony::SignedManifest& manifest = draw_manifest();
  const auto key = crypto::PairKey::derive(host_.person(from).identity, host_.person(to).card.peer(), room);
  // Mostly the account that the manifest claims, so that it is heard to the end.
  const account::SharedStateAccount* account = &dice.pick(accounts_);
  for (const account::SharedStateAccount& each : accounts_) {
    if (dice.chance(800) && each.public_part() == manifest.manifest().account) account = &each;
  }
  const Digest digest = dice.chance(900) ? manifest.digest() : draw_digest();
  Bytes sealed = ceremony::seal_account(*account, *key, host_.person(from).key(), host_.person(to).key(), digest,
                                        host_.context().random);
  return serialize_message(ceremony::ProposalMessage{digest, manifest.envelope(), std::move(sealed)});
}

std::optional<std::string> EvilMind::certificate_of(const Digest& digest) {
  for (const ceremony::SignedManifest& manifest : manifests_) {
    if (manifest.digest() != digest) continue;
    const auto certificate = ceremony::Certificate::create(manifest, receipts_.at(digest));
    if (certificate) return serialize_message(ceremony::CertificateMessage{digest, certificate->envelope()});
  }
  return std::nullopt;
}

// With the receipts that there are, or with false ones in place of those that are missing.
std::string EvilMind::draw_certificate() {
  Dice& dice = host_.context().dice;
  const ceremony::SignedManifest& manifest = draw_manifest();
  const ceremony::Receipts& receipts = receipts_.at(manifest.digest());
  crypto::Envelope envelope = manifest.envelope();
  envelope.signatures.clear();
  const bool forge = dice.chance(700);
  const crypto::Identity& forger = host_.person(*host_.context().plan.evil.begin()).identity;
  for (const ceremony::Card& card : manifest.manifest().signers) {
    const auto receipt = receipts.find(card.sign_key());
    if (receipt == receipts.end() && !forge) continue;
    const Signature signature =
        receipt != receipts.end() ? receipt->second : ceremony::create_receipt(manifest, forger);
    envelope.signatures.push_back({card.sign_key().text(), to_vector(signature.view())});
  }
  const Digest digest = dice.chance(600) ? manifest.digest() : draw_digest();
  return serialize_message(ceremony::CertificateMessage{digest, std::move(envelope)});
}

std::string EvilMind::receipt_for(std::size_t from, const Digest& digest) {
  for (const ceremony::SignedManifest& manifest : manifests_) {
    if (manifest.digest() != digest) continue;
    return serialize_message(
        ceremony::ReceiptMessage{digest, ceremony::create_receipt(manifest, host_.person(from).identity)});
  }
  return draw_noise();
}

// Something that was heard, whole or damaged.
std::string EvilMind::draw_noise() {
  Dice& dice = host_.context().dice;
  if (heard_.empty()) return "{}";
  std::string message = dice.pick(heard_);
  if (dice.chance(100)) message.resize(dice.below(message.size() + 1));
  if (dice.chance(100) && !message.empty()) message[dice.below(message.size())] ^= 1;
  return message;
}

std::string EvilMind::draw_message_to_recipient(std::size_t from, std::size_t to, const RoomId& room) {
  Dice& dice = host_.context().dice;
  if (manifests_.empty() || accounts_.empty()) return draw_noise();
  switch (dice.below(6)) {
    case 0:
    case 1:
      return draw_proposal(from, to, room);
    case 2:
    case 3:
      return draw_certificate();
    case 4: {
      ceremony::AbortMessage abort{draw_digest(), ceremony::EndCause::abandoned, "so it is", std::nullopt};
      if (dice.chance(500)) {
        abort.cause = ceremony::EndCause::declined;
        abort.by = host_.person(dice.below(host_.context().plan.signers)).key();
      }
      return serialize_message(abort);
    }
    default:
      return draw_noise();
  }
}

std::string EvilMind::draw_message_to_creator(std::size_t from) {
  Dice& dice = host_.context().dice;
  if (manifests_.empty()) return draw_noise();
  const ceremony::SignedManifest& manifest = draw_manifest();
  switch (dice.below(6)) {
    case 0:
    case 1: {
      // A receipt of one's own, of somebody else, or of nobody.
      ceremony::ReceiptMessage receipt{dice.chance(800) ? manifest.digest() : draw_digest(), {}};
      const ceremony::Receipts& receipts = receipts_.at(manifest.digest());
      if (dice.chance(500)) {
        receipt.signature = ceremony::create_receipt(manifest, host_.person(from).identity);
      } else if (dice.chance(800)) {
        receipt.signature = std::next(receipts.begin(), static_cast<long>(dice.below(receipts.size())))->second;
      }
      return serialize_message(receipt);
    }
    case 2:
      return serialize_message(ceremony::DeclineMessage{draw_digest(), "after all, no"});
    case 3:
    case 4:
      return serialize_message(ceremony::StoredMessage{draw_digest()});
    default:
      return draw_noise();
  }
}

void EvilCreator::start() {
  session::LinkKeeperHandlers handlers;
  handlers.on_link_opened = [this](const SignKey& peer) {
    if (context().dice.chance(800)) links_->send(peer, mind_.draw_proposal(signer(), index_of(peer), room()));
  };
  handlers.on_link_closed = [](const SignKey&, LinkEnd) {};
  handlers.on_message = [this](const SignKey& peer, const std::string& message) {
    mind_.hear(message);
    const auto parsed = ceremony::parse_message(message);
    if (!parsed || context().dice.chance(200)) return;
    if (const auto* receipt = std::get_if<ceremony::ReceiptMessage>(&*parsed)) {
      if (const auto certificate = mind_.certificate_of(receipt->digest)) links_->send(peer, *certificate);
    } else if (context().dice.chance(500)) {
      links_->close_link(peer);
    }
  };
  open_links(terms_, recipients_, std::move(handlers));
  do_mischief();
}

void EvilCreator::do_mischief() {
  after(context().dice.between(100ms, 4s), [this] {
    if (!context().faults()) return finish(session::Farewell::drop, "(evil) goes");
    const ceremony::Card& card = recipients_[context().dice.below(recipients_.size())];
    if (links_->connected(card.sign_key())) {
      if (context().dice.chance(150)) {
        links_->close_link(card.sign_key());
      } else {
        links_->send(card.sign_key(), mind_.draw_message_to_recipient(signer(), index_of(card.sign_key()), room()));
      }
    }
    do_mischief();
  });
}

std::size_t EvilCreator::index_of(const SignKey& key) const {
  std::size_t index = 1;
  while (host_.person(index).key() != key) ++index;
  return index;
}

void EvilRecipient::start() {
  session::LinkKeeperHandlers handlers;
  handlers.on_link_opened = [](const SignKey&) {};
  handlers.on_link_closed = [](const SignKey&, LinkEnd) {};
  handlers.on_message = [this](const SignKey& creator, const std::string& message) {
    mind_.hear(message);
    const auto parsed = ceremony::parse_message(message);
    if (!parsed || context().dice.chance(300)) return;
    if (const auto* proposal = std::get_if<ceremony::ProposalMessage>(&*parsed)) {
      links_->send(creator, mind_.receipt_for(signer(), proposal->digest));
    } else if (const auto* certificate = std::get_if<ceremony::CertificateMessage>(&*parsed)) {
      links_->send(creator, serialize_message(ceremony::StoredMessage{certificate->digest}));
    }
  };
  open_links(std::nullopt, {host_.person(0).card}, std::move(handlers));
  do_mischief();
}

void EvilRecipient::do_mischief() {
  after(context().dice.between(100ms, 4s), [this] {
    if (!context().faults()) return finish(session::Farewell::drop, "(evil) goes");
    if (links_->connected(invite_.creator.sign_key)) {
      if (context().dice.chance(100)) {
        links_->close_link(invite_.creator.sign_key);
      } else {
        links_->send(invite_.creator.sign_key, mind_.draw_message_to_creator(signer()));
      }
    }
    do_mischief();
  });
}

}  // namespace coterie::sim
