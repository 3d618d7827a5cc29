// A creator who signs two stories, or one that is not true, and a recipient or a third who does: nobody ends wrongly
// complete.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ceremony/creator.h"
#include "ceremony/link_negotiator.h"
#include "ceremony/name.h"
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
    for (const std::size_t signer : {1, 2}) honest_.push_back(fresh(signer));
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
    return proposal(manifest, account.serialize(), to);
  }
  // With whatever stands for the account's secrets.
  Message proposal(const crypto::Envelope& manifest, const SecretBytes& secrets, std::size_t to) {
    const Digest digest = manifest_digest(manifest);
    const auto key = crypto::PairKey::derive(signers_[0].identity, signers_[to].card.peer(), make_room(1));
    crypto::LabelledFields fields("sealed account");
    fields.add(signers_[0].key().view()).add(signers_[to].key().view()).add(digest.view());
    return ProposalMessage{digest, manifest, key->seal(fields, secrets.view(), random_)};
  }
  crypto::Envelope sign(const Manifest& terms) const {
    return sign_payload(crypto::PayloadType::manifest, terms.serialize(), signers_[0].identity);
  }

  Honest fresh(std::size_t signer) const {
    ProposalExpectation expectation{signers_[0].card.peer(), make_room(1), signers_[signer].card};
    return {signer, std::move(*Recipient::create(signers_[signer].identity, std::move(expectation)))};
  }

  // Bob refuses it before he is asked, and tells the creator why.
  void expect_refused_and_declined(const Message& message, const char* why) {
    Honest bob = fresh(1);
    send(bob, message);
    EXPECT_FALSE(bob.asked) << why;
    EXPECT_TRUE(bob.refused) << why;
    EXPECT_THAT(bob.error, HasSubstr(why));
    ASSERT_FALSE(answers_.empty());
    const auto* decline = std::get_if<DeclineMessage>(&answers_.back());
    ASSERT_NE(decline, nullptr) << why;
    EXPECT_THAT(decline->reason, HasSubstr(why));
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
    expect_refused_and_declined(proposal(sign(make_terms(signers_, account_, threshold)), account_, 1), "threshold");
  }
}

TEST_F(HostileTest, RostersThatBreakARuleAreRefusedAndDeclined) {
  const auto with = [&](Card card) {
    Manifest terms = make_terms(signers_, account_);
    terms.signers.push_back(std::move(card));
    return proposal(sign(terms), account_, 1);
  };
  expect_refused_and_declined(with(signers_[2].card), "carol stands twice among the signers");
  expect_refused_and_declined(with(make_signer("Bob", 50).card), "two signers are called bob and Bob");
  const TestSigner dave = make_signer("dave", 51);
  const std::string twin = replaced(std::string(as_text(dave.card.envelope().payload)), dave.card.box_key().text(),
                                    signers_[2].card.box_key().text());
  expect_refused_and_declined(with(*Card::from_envelope(sign_payload(crypto::PayloadType::card, twin, dave.identity))),
                              "carol and dave have the same box key");

  const auto aztec = account::SharedStateAccount::generate(account::kDefaultProfile, random_);
  expect_refused_and_declined(proposal(sign(make_terms(make_signers(9), *aztec)), *aztec, 1), "at most 8");
  // 65 do not even fit the list that a manifest is read into.
  expect_refused_and_declined(proposal(sign(make_terms(make_signers(65), account_)), account_, 1), "signers");
  Honest bob = fresh(1);
  send(bob, proposal(sign(make_terms(make_signers(64), account_)), account_, 1));
  EXPECT_TRUE(bob.asked);
}

TEST_F(HostileTest, NumbersOutOfRangeAreRefusedAndDeclinedWithTheReason) {
  constexpr const char* kZero = "0x0000000000000000000000000000000000000000000000000000000000000000";
  constexpr const char* kOne = "0x0000000000000000000000000000000000000000000000000000000000000001";
  constexpr const char* kFr = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
  constexpr const char* kFq = "0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
  constexpr const char* kMost = "0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff";
  const auto aztec = account::SharedStateAccount::generate(account::kDefaultProfile, random_);
  const SignedManifest manifest = make_manifest(signers_, *aztec);
  struct Case {
    const char* secret_key;
    const char* salt_key;
    const char* private_key;
    const char* why;
  };
  for (const Case& bad :
       {Case{kFr, kOne, kOne, "secret_key"}, Case{kMost, kOne, kOne, "secret_key"}, Case{kOne, kFr, kOne, "salt_key"},
        Case{kOne, kOne, kFq, "private_key"}, Case{kOne, kOne, kZero, "private_key"},
        Case{"0x1", kOne, kOne, "secret_key"}, Case{kOne, kOne, kOne, "does not match the manifest"}}) {
    const std::string text = std::string(R"({"secret_key":")") + bad.secret_key + R"(","salt_key":")" + bad.salt_key +
                             R"(","private_key":")" + bad.private_key + R"("})";
    expect_refused_and_declined(proposal(manifest.envelope(), SecretBytes::copy_of(text), 1), bad.why);

    // The creator's own machine ends the creation with that reason, and names bob.
    Creator machine = creator(manifest, *aztec);
    machine.link_opened(signers_[1].key());
    machine.handle_message(signers_[1].key(), serialize_message(answers_.back()));
    std::optional<Ending> ending;
    while (const auto event = machine.poll_event()) {
      if (const auto* ended = std::get_if<creator_event::Ended>(&*event)) ending = ended->ending;
    }
    ASSERT_TRUE(ending.has_value());
    EXPECT_EQ(ending->by, signers_[1].key());
    EXPECT_THAT(ending->reason, HasSubstr(bad.why));
  }
}

TEST_F(HostileTest, NamesThatWouldMisleadAreRefusedAndShownEscaped) {
  for (const std::string& name :
       {std::string("trea\x1b[2Jsury"), std::string("trea\u202Esury"), std::string("trea\u200Bsury"),
        std::string("../treasury"), std::string("treasury\n"), std::string(65, 'x'), std::string()}) {
    Manifest terms = make_terms(signers_, account_);
    terms.name = name;
    expect_refused_and_declined(proposal(sign(terms), account_, 1), "multisig name");
    const std::string& reason = std::get<DeclineMessage>(answers_.back()).reason;
    EXPECT_EQ(reason.find('\x1b'), std::string::npos);
    EXPECT_EQ(reason.find("\u202E"), std::string::npos);
    EXPECT_EQ(reason.find("\u200B"), std::string::npos);
  }
  // A megabyte is not even read.
  Manifest endless = make_terms(signers_, account_);
  endless.name = std::string(std::size_t{1} << 20, 'x');
  Honest bob = fresh(1);
  send(bob, proposal(sign(endless), account_, 1));
  EXPECT_FALSE(bob.asked);
  EXPECT_THAT(bob.error, HasSubstr("malformed"));
  EXPECT_LT(bob.error.size(), 500u);
}

TEST_F(HostileTest, ReasonsOfOthersReachNobodyUnescaped) {
  const SignedManifest manifest = make_manifest(signers_, account_);
  send(honest_[0], proposal(manifest.envelope(), account_, 1));
  send(honest_[0], AbortMessage{manifest.digest(), EndCause::abandoned, "all well\x1b[1A\u202E", std::nullopt});
  EXPECT_THAT(honest_[0].error, HasSubstr("all well\\u{1B}[1A\\u{202E}"));
}

TEST_F(HostileTest, TimesAreInformationOnly) {
  constexpr std::int64_t kDay = 24L * 60 * 60;
  for (const std::int64_t created_at : {std::int64_t{0}, 1'700'000'001 - kDay, 1'700'000'001 + kDay, INT64_MAX}) {
    Manifest terms = make_terms(signers_, account_);
    terms.created_at = created_at;
    Honest bob = fresh(1);
    send(bob, proposal(sign(terms), account_, 1));
    EXPECT_TRUE(bob.asked) << created_at;
    EXPECT_TRUE(std::holds_alternative<ReceiptMessage>(answers_.back()));
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

// Mallory is in a room with alice, its creator, and has one of her own with bob.
class SpliceTest : public HostileTest {
 protected:
  SpliceTest() {
    room_of_alice_.push_back(make_signer("alice", 100));
    room_of_alice_.push_back(make_signer("mallory", 300));
    room_of_mallory_.push_back(make_signer("mallory", 300));
    room_of_mallory_.push_back(make_signer("bob", 101));
    Manifest terms = make_terms(room_of_mallory_, other_account_);
    terms.room = make_room(2);
    of_mallory_.emplace(*SignedManifest::create(terms, room_of_mallory_[0].identity));
  }
  const TestSigner& alice() const { return room_of_alice_[0]; }
  const TestSigner& mallory() const { return room_of_mallory_[0]; }
  const TestSigner& bob() const { return room_of_mallory_[1]; }

  Honest bob_in_the_room_of_mallory() const {
    return {1, std::move(*Recipient::create(bob().identity, {mallory().card.peer(), make_room(2), bob().card}))};
  }

  std::vector<TestSigner> room_of_alice_;
  std::vector<TestSigner> room_of_mallory_;
  SignedManifest of_alice_ = [this] {
    std::vector<TestSigner> roster;
    roster.push_back(make_signer("alice", 100));
    roster.push_back(make_signer("mallory", 300));
    return make_manifest(roster, account_);
  }();
  std::optional<SignedManifest> of_mallory_;
};

TEST_F(SpliceTest, OneSessionBetweenTwoRoomsOpensAndNothingOfTheCreationCrosses) {
  // She signs alice's description to bob, and bob's to alice, as her own: the session is alice's with bob.
  const auto with = [](const TestSigner& own, const TestSigner& peer, std::uint64_t room) {
    return NegotiatorParties{own.identity, peer.card.peer(), peer.card.name(), make_room(room)};
  };
  auto alice_to_mallory = *OfferingNegotiator::create(with(alice(), mallory(), 1));
  auto mallory_to_alice = *AnsweringNegotiator::create(with(mallory(), alice(), 1));
  auto mallory_to_bob = *OfferingNegotiator::create(with(mallory(), bob(), 2));
  auto bob_to_mallory = *AnsweringNegotiator::create(with(bob(), mallory(), 2));
  const auto meet = [&](Negotiator& one, Negotiator& other) {
    const auto epochs = {random_.draw<Epoch>(), random_.draw<Epoch>()};
    one.own_joined(*epochs.begin());
    other.peer_joined(*epochs.begin());
    other.own_joined(*(epochs.begin() + 1));
    one.peer_joined(*(epochs.begin() + 1));
  };
  meet(alice_to_mallory, mallory_to_alice);
  meet(mallory_to_bob, bob_to_mallory);
  ASSERT_TRUE(alice_to_mallory.start_link(random_).ok());
  ASSERT_TRUE(mallory_to_bob.start_link(random_).ok());
  const auto offer = mallory_to_alice.consume_offer(*alice_to_mallory.create_offer("the offer of alice", random_));
  const auto passed = bob_to_mallory.consume_offer(*mallory_to_bob.create_offer((*offer)->sdp(), random_));
  EXPECT_EQ((*passed)->sdp(), "the offer of alice");
  const auto answer = mallory_to_bob.consume_answer(*bob_to_mallory.create_answer("the answer of bob", random_));
  const auto back = alice_to_mallory.consume_answer(*mallory_to_alice.create_answer((*answer)->sdp(), random_));
  EXPECT_EQ((*back)->sdp(), "the answer of bob");

  Creator machine = creator(of_alice_, account_);
  Honest honest = bob_in_the_room_of_mallory();
  machine.link_opened(mallory().key());
  honest.machine.link_opened();
  std::vector<std::string> said;
  while (auto event = machine.poll_event()) {
    if (const auto* out = std::get_if<creator_event::Send>(&*event)) honest.machine.handle_message(out->message);
  }
  while (auto event = honest.machine.poll_event()) {
    hear(honest, *event, [&](const std::string& message) { said.push_back(message); });
  }
  EXPECT_FALSE(honest.asked);
  EXPECT_TRUE(honest.refused);
  EXPECT_THAT(honest.error, HasSubstr("not the one in the invite"));
  // All that bob says is no, which mallory could have said herself.
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<DeclineMessage>(*parse_message(said[0])));
}

TEST_F(SpliceTest, WhoHasTheProposalOfOneRoomHearsNothingOfTheOther) {
  const auto key = crypto::PairKey::derive(mallory().identity, bob().card.peer(), make_room(2));
  const Digest& digest = of_mallory_->digest();
  const Message own =
      ProposalMessage{digest, of_mallory_->envelope(),
                      seal_account(other_account_, *key, mallory().key(), bob().key(), digest, random_)};
  Honest honest = bob_in_the_room_of_mallory();
  send(honest, own);
  ASSERT_TRUE(honest.asked);
  const Message receipt = answers_.back();

  // On the spliced link the proposal of alice comes, and bob's receipt would go to alice.
  Creator machine = creator(of_alice_, account_);
  machine.link_opened(mallory().key());
  while (auto event = machine.poll_event()) {
    if (const auto* out = std::get_if<creator_event::Send>(&*event)) send(honest, *parse_message(out->message));
  }
  EXPECT_THAT(honest.error, HasSubstr("about another manifest than the one of this room"));
  EXPECT_FALSE(honest.complete);
  machine.handle_message(mallory().key(), serialize_message(receipt));
  std::string error;
  while (auto event = machine.poll_event()) {
    if (const auto* problem = std::get_if<creator_event::PeerError>(&*event)) error = problem->error.message;
  }
  EXPECT_THAT(error, HasSubstr("mallory sent \"receipt\" about another manifest"));
  EXPECT_EQ(machine.state(), Creator::State::collecting_receipts);
}

}  // namespace
}  // namespace coterie::ceremony::test
