// A creator who signs two stories, or one that is not true, and a recipient who does: nobody ends wrongly complete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ceremony/creator.h"
#include "ceremony/recipient.h"
#include "ceremony/test_support.h"
#include "pair/world.h"

namespace coterie::ceremony::test {
namespace {

using ::testing::HasSubstr;

// Alice's hostile software: several honest machines with different terms for the same room and identity.
class HostileTest : public ::testing::Test {
 protected:
  struct Honest {
    std::size_t signer;
    Recipient machine;
    bool asked = false;
    bool complete = false;
    bool refused = false;
    std::string error{};
  };

  HostileTest() {
    for (const std::size_t signer : {1, 2}) {
      ProposalExpectation expectation{signers_[0].card.peer(), make_room(1), signers_[signer].card};
      honest_.push_back({signer, std::move(*Recipient::create(signers_[signer].identity, std::move(expectation)))});
    }
  }

  Creator creator(const SignedManifest& manifest, const account::SharedStateAccount& account) {
    return std::move(*Creator::create({manifest, account.clone(), {}, {}, std::nullopt, std::nullopt},
                                      signers_[0].identity, random_));
  }

  // Both machines talk over a new link until they are silent.
  void talk(Creator& creator, Honest& honest) {
    const SignKey& key = signers_[honest.signer].key();
    honest.machine.link_opened();
    creator.link_opened(key);
    for (bool moved = true; moved;) {
      moved = false;
      while (auto event = creator.poll_event()) {
        moved = true;
        const auto* send = std::get_if<creator_event::Send>(&*event);
        if (send != nullptr && send->to == key) honest.machine.handle_message(send->message);
        if (auto* store = std::get_if<creator_event::StoreCertificate>(&*event)) {
          certificate_ = std::move(store->certificate);
        }
      }
      while (auto event = honest.machine.poll_event()) {
        moved = true;
        hear(honest, *event, [&](const std::string& message) { creator.handle_message(key, message); });
      }
    }
    creator.link_closed(key);
    honest.machine.link_closed();
  }

  // One message that no honest creator would send.
  void send(Honest& honest, const Message& message) {
    honest.machine.link_opened();
    honest.machine.handle_message(serialize_message(message));
    while (auto event = honest.machine.poll_event()) {
      hear(honest, *event, [&](const std::string& answer) { answers_.push_back(*parse_message(answer)); });
    }
    honest.machine.link_closed();
  }

  static void hear(Honest& honest, recipient_event::Event& event,
                   const std::function<void(const std::string&)>& answer) {
    using namespace recipient_event;
    if (const auto* out = std::get_if<Send>(&event)) answer(out->message);
    if (std::holds_alternative<Completed>(event)) honest.complete = true;
    if (const auto* error = std::get_if<PeerError>(&event)) honest.error = error->error.message;
    if (std::holds_alternative<AskConsent>(event)) {
      honest.asked = true;
      honest.machine.accept();
    }
    if (const auto* ended = std::get_if<Ended>(&event)) {
      honest.refused = ended->error.kind == ErrorKind::refused;
      honest.error = ended->error.message;
    }
  }

  Message proposal(const crypto::Envelope& manifest, const account::SharedStateAccount& account, std::size_t to) {
    const Digest digest = manifest_digest(manifest);
    const auto key = crypto::PairKey::derive(signers_[0].identity, signers_[to].card.peer(), make_room(1));
    return ProposalMessage{digest, manifest,
                           seal_account(account, *key, signers_[0].key(), signers_[to].key(), digest, random_)};
  }

  SeededRandom random_{21};
  const std::vector<TestSigner>& signers_ = shared_signers(3);
  account::SharedStateAccount account_ = make_account(1);
  account::SharedStateAccount other_account_ = make_account(2);
  std::vector<Honest> honest_;  // bob, carol
  std::vector<Message> answers_;
  std::optional<Certificate> certificate_;
};

TEST_F(HostileTest, TwoAccountsUnderOneManifestAreRefusedByWhoeverGetsTheWrongOne) {
  const SignedManifest manifest = make_manifest(signers_, account_);
  send(honest_[0], proposal(manifest.envelope(), account_, 1));
  send(honest_[1], proposal(manifest.envelope(), other_account_, 2));
  EXPECT_TRUE(honest_[0].asked);
  EXPECT_FALSE(honest_[1].asked);
  EXPECT_TRUE(honest_[1].refused);
  EXPECT_THAT(honest_[1].error, HasSubstr("alice"));
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_TRUE(std::holds_alternative<DeclineMessage>(answers_[1]));
}

TEST_F(HostileTest, TwoManifestsInOneRoomNeverGetACertificate) {
  Creator to_bob = creator(make_manifest(signers_, account_), account_);
  Creator to_carol = creator(make_manifest(signers_, other_account_), other_account_);
  talk(to_bob, honest_[0]);
  talk(to_carol, honest_[1]);
  EXPECT_TRUE(honest_[0].asked);
  EXPECT_TRUE(honest_[1].asked);
  EXPECT_EQ(to_bob.receipts().size(), 2u);
  EXPECT_EQ(to_carol.receipts().size(), 2u);

  // Each is now told the other's story, too: both have signed one manifest in this room and sign no other.
  talk(to_carol, honest_[0]);
  talk(to_bob, honest_[1]);
  for (const Honest& honest : honest_) {
    EXPECT_FALSE(honest.complete);
    EXPECT_THAT(honest.error, HasSubstr("alice sent \"proposal\" about another manifest"));
  }
  EXPECT_FALSE(certificate_.has_value());

  // Nor do receipts of one make a certificate of the other.
  Receipts mixed = to_bob.receipts();
  mixed.insert(to_carol.receipts().begin(), to_carol.receipts().end());
  EXPECT_FALSE(Certificate::create(to_bob.manifest(), mixed).ok());
  EXPECT_FALSE(Certificate::create(to_carol.manifest(), mixed).ok());
}

TEST_F(HostileTest, AnotherManifestAfterAFeignedTimeOutIsRefused) {
  Creator first = creator(make_manifest(signers_, account_, 2), account_);
  talk(first, honest_[0]);
  Creator second = creator(make_manifest(signers_, account_, 1), account_);
  talk(second, honest_[0]);
  EXPECT_EQ(second.receipts().size(), 1u);
  EXPECT_THAT(honest_[0].error, HasSubstr("another manifest than the one of this room"));
  talk(first, honest_[1]);
  talk(first, honest_[0]);
  EXPECT_TRUE(honest_[0].complete);
}

TEST_F(HostileTest, RostersThatDifferGiveNobodyACertificate) {
  std::vector<TestSigner> for_bob;
  for_bob.push_back(make_signer("alice", 100));
  for_bob.push_back(make_signer("bob", 101));
  for_bob.push_back(make_signer("mallory", 300));
  std::vector<TestSigner> for_carol;
  for_carol.push_back(make_signer("alice", 100));
  for_carol.push_back(make_signer("carol", 102));
  Creator to_bob = creator(make_manifest(for_bob, account_), account_);
  talk(to_bob, honest_[0]);
  EXPECT_FALSE(honest_[0].complete);  // without mallory's receipt
  Creator to_carol = creator(make_manifest(for_carol, account_), account_);
  talk(to_carol, honest_[1]);
  EXPECT_TRUE(honest_[1].complete);  // with a roster of two, as carol was shown
  ASSERT_TRUE(certificate_.has_value());

  // Carol's certificate convinces nobody of the roster that bob signed.
  send(honest_[0], CertificateMessage{to_bob.manifest().digest(), certificate_->envelope()});
  EXPECT_FALSE(honest_[0].complete);
  EXPECT_THAT(honest_[0].error, HasSubstr("certificate of another manifest"));
}

TEST_F(HostileTest, ThresholdsOutOfRangeAreRefusedAndDeclined) {
  for (const std::int64_t threshold : {std::int64_t{0}, std::int64_t{-1}, std::int64_t{4}}) {
    const crypto::Envelope manifest = sign_payload(
        crypto::PayloadType::manifest, make_terms(signers_, account_, threshold).serialize(), signers_[0].identity);
    Honest fresh{1, std::move(*Recipient::create(signers_[1].identity,
                                                 {signers_[0].card.peer(), make_room(1), signers_[1].card}))};
    send(fresh, proposal(manifest, account_, 1));
    EXPECT_TRUE(fresh.refused);
    EXPECT_FALSE(fresh.asked);
    EXPECT_THAT(fresh.error, HasSubstr("threshold"));
    EXPECT_TRUE(std::holds_alternative<DeclineMessage>(answers_.back()));
  }
}

TEST_F(HostileTest, ARecipientWhoDeclinesAutomaticallyEndsItForAll) {
  const SignedManifest manifest = make_manifest(signers_, account_);
  send(honest_[1], proposal(manifest.envelope(), other_account_, 2));
  ASSERT_TRUE(honest_[1].refused);
  Creator honest_creator = creator(manifest, account_);
  talk(honest_creator, honest_[0]);
  talk(honest_creator, honest_[1]);  // repeats its decline
  EXPECT_EQ(honest_creator.state(), Creator::State::ended);
  talk(honest_creator, honest_[0]);
  EXPECT_FALSE(honest_[0].complete);
  EXPECT_THAT(honest_[0].error, HasSubstr("carol declined"));
}

TEST_F(HostileTest, AReceiptOfAnotherRoomCountsNowhereElse) {
  const SignedManifest here = make_manifest(signers_, account_);
  Manifest terms = here.manifest();
  terms.room = make_room(2);
  const auto there = SignedManifest::create(terms, signers_[0].identity);
  Creator machine = creator(here, account_);
  const SignKey& bob = signers_[1].key();
  for (const Digest& claimed : {here.digest(), there->digest()}) {
    machine.link_opened(bob);
    machine.handle_message(bob,
                           serialize_message(ReceiptMessage{claimed, create_receipt(*there, signers_[1].identity)}));
  }
  EXPECT_FALSE(machine.receipts().contains(bob));
}

}  // namespace
}  // namespace coterie::ceremony::test
