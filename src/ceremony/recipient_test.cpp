#include "ceremony/recipient.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using namespace recipient_event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The recipient is bob.
class RecipientTest : public ::testing::Test {
 protected:
  RecipientTest() { recipient_.link_opened(); }

  ProposalExpectation expectation() const {
    return {signers_[0].card.peer(), manifest_.manifest().room, signers_[1].card};
  }
  Recipient create() const { return std::move(Recipient::create(signers_[1].identity, expectation()).value()); }
  Recipient restore(RecipientRecord record) const {
    auto restored = Recipient::restore(signers_[1].identity, expectation(), std::move(record));
    EXPECT_TRUE(restored.ok());
    restored->link_opened();
    return std::move(*restored);
  }
  RecipientRecord signed_record() const {
    return {manifest_, create_receipt(manifest_, signers_[1].identity), std::nullopt, std::nullopt};
  }

  static std::string text(const Event& event) {
    if (std::holds_alternative<AskConsent>(event)) return "ask consent";
    if (std::holds_alternative<StoreProposal>(event)) return "store proposal";
    if (std::holds_alternative<StoreDecline>(event)) return "store decline";
    if (std::holds_alternative<StoreCertificate>(event)) return "store certificate";
    if (std::holds_alternative<StoreEnding>(event)) return "store ending";
    if (const auto* send = std::get_if<Send>(&event)) {
      return std::string("send ") + type_of(*parse_message(send->message));
    }
    if (std::holds_alternative<CloseLink>(event)) return "close";
    if (std::holds_alternative<Completed>(event)) return "completed";
    if (const auto* ended = std::get_if<Ended>(&event)) {
      return "ended " + std::string(to_string(ended->error.kind)) + ": " + ended->error.message;
    }
    return "error " + std::get<PeerError>(event).error.message;
  }
  std::vector<std::string> events() {
    std::vector<std::string> texts;
    while (auto event = recipient_.poll_event()) {
      texts.push_back(text(*event));
      if (auto* store = std::get_if<StoreProposal>(&*event)) stored_.emplace(std::move(*store));
      if (const auto* send = std::get_if<Send>(&*event)) last_sent_ = *parse_message(send->message);
    }
    return texts;
  }

  Message proposal(const SignedManifest& manifest, const account::SharedStateAccount& account) {
    const auto key = crypto::PairKey::derive(signers_[0].identity, signers_[1].card.peer(), expectation().room);
    return ProposalMessage{
        manifest.digest(), manifest.envelope(),
        seal_account(account, *key, signers_[0].key(), signers_[1].key(), manifest.digest(), random_)};
  }
  Certificate certificate_of(const SignedManifest& manifest) const {
    Receipts receipts;
    for (const auto& signer : signers_) receipts.emplace(signer.key(), create_receipt(manifest, signer.identity));
    return *Certificate::create(manifest, receipts);
  }
  Message certificate() const { return CertificateMessage{manifest_.digest(), certificate_of(manifest_).envelope()}; }
  Message abort(EndCause cause) const {
    return AbortMessage{manifest_.digest(), cause, "so it is",
                        cause == EndCause::declined ? std::optional(signers_[2].key()) : std::nullopt};
  }
  void hear(const Message& message) { recipient_.handle_message(serialize_message(message)); }
  void reach_consent() {
    hear(proposal(manifest_, account_));
    ASSERT_THAT(events(), ElementsAre("ask consent"));
  }
  void expect_refusal(const Message& message, const char* why, bool stored) {
    hear(message);
    auto texts = events();
    ASSERT_FALSE(texts.empty()) << why;
    EXPECT_THAT(texts.back(), HasSubstr("ended refused"));
    EXPECT_THAT(texts.back(), HasSubstr(why));
    texts.pop_back();
    EXPECT_EQ(texts, stored ? (std::vector<std::string>{"store decline", "send decline"})
                            : (std::vector<std::string>{"send decline"}));
    EXPECT_EQ(recipient_.state(), Recipient::State::declined);
  }

  SeededRandom random_{8};
  std::vector<test::TestSigner> signers_ = test::make_signers(3);
  account::SharedStateAccount account_ = test::make_account(1);
  SignedManifest manifest_ = test::make_manifest(signers_, account_, 2);
  SignedManifest other_manifest_ = test::make_manifest(signers_, account_, 3);
  Recipient recipient_ = create();
  std::optional<StoreProposal> stored_;
  std::optional<Message> last_sent_;
};

TEST_F(RecipientTest, AsksFirstThenStoresThenSigns) {
  reach_consent();
  EXPECT_EQ(recipient_.state(), Recipient::State::awaiting_consent);
  recipient_.accept();
  EXPECT_THAT(events(), ElementsAre("store proposal", "send receipt"));
  EXPECT_EQ(stored_->account.reveal().text(), account_.reveal().text());
  EXPECT_TRUE(verify_receipt(manifest_, signers_[1].key(), std::get<ReceiptMessage>(*last_sent_).signature).ok());
  EXPECT_EQ(stored_->receipt, std::get<ReceiptMessage>(*last_sent_).signature);
  hear(certificate());
  EXPECT_THAT(events(), ElementsAre("store certificate", "send stored", "completed"));
  EXPECT_EQ(recipient_.state(), Recipient::State::complete);
}

TEST_F(RecipientTest, AsksOnlyOnceAndAnswersOnTheLinkThatIsOpenThen) {
  reach_consent();
  hear(proposal(manifest_, account_));
  recipient_.link_closed();
  recipient_.link_opened();
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), IsEmpty());
  recipient_.accept();
  EXPECT_THAT(events(), ElementsAre("store proposal", "send receipt"));
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(RecipientTest, KeepsAConsentGivenWhileNoLinkIsOpen) {
  reach_consent();
  recipient_.link_closed();
  recipient_.accept();
  EXPECT_THAT(events(), ElementsAre("store proposal"));
  recipient_.link_opened();
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), ElementsAre("send receipt"));
}

TEST_F(RecipientTest, RepeatsItsReceiptFromTheJournalWithoutAsking) {
  recipient_ = restore(signed_record());
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), ElementsAre("send receipt"));
  hear(certificate());
  EXPECT_THAT(events(), ElementsAre("store certificate", "send stored", "completed"));
}

TEST_F(RecipientTest, RepeatsStoredWhenItIsComplete) {
  RecipientRecord complete = signed_record();
  const Message sent = certificate();
  complete.certificate = *Certificate::from_envelope(std::get<CertificateMessage>(sent).certificate);
  recipient_ = restore(std::move(complete));
  EXPECT_THAT(events(), ElementsAre("completed"));
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), ElementsAre("send receipt"));
  hear(sent);
  EXPECT_THAT(events(), ElementsAre("send stored"));
  hear(sent);
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(RecipientTest, RefusesAnotherManifestInTheSameRoomAtEveryState) {
  const auto refuse_other = [&] {
    hear(proposal(other_manifest_, account_));
    EXPECT_THAT(events(), ElementsAre(HasSubstr("error alice sent \"proposal\" about another manifest"), "close"));
    recipient_.link_closed();
    recipient_.link_opened();
  };
  reach_consent();
  refuse_other();
  EXPECT_EQ(recipient_.state(), Recipient::State::awaiting_consent);
  recipient_.accept();
  EXPECT_THAT(events(), ElementsAre("store proposal", "send receipt"));
  refuse_other();
  hear(certificate());
  events();
  refuse_other();
  recipient_ = restore(signed_record());
  refuse_other();
  recipient_ = restore({manifest_, std::nullopt, std::nullopt, Ending{EndCause::declined, signers_[1].key(), "no"}});
  events();
  refuse_other();
  EXPECT_EQ(recipient_.state(), Recipient::State::declined);
}

TEST_F(RecipientTest, RefusesAnAccountThatDoesNotMatchTheManifest) {
  expect_refusal(proposal(manifest_, test::make_account(2)), "refused the account that alice sent", true);
}

TEST_F(RecipientTest, RefusesAnAztecAccountWhoseAddressIsNotItsOwn) {
  const auto one = account::SharedStateAccount::generate(account::kDefaultProfile, random_);
  const auto two = account::SharedStateAccount::generate(account::kDefaultProfile, random_);
  manifest_ = test::make_manifest(signers_, *one, 2);
  recipient_ = create();
  recipient_.link_opened();
  expect_refusal(proposal(manifest_, *two), "does not match the manifest", true);
  hear(proposal(manifest_, *one));  // final, though this one would match
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(RecipientTest, RefusesAnAccountSealedToSomebodyElse) {
  const auto key = crypto::PairKey::derive(signers_[0].identity, signers_[2].card.peer(), expectation().room);
  expect_refusal(
      ProposalMessage{manifest_.digest(), manifest_.envelope(),
                      seal_account(account_, *key, signers_[0].key(), signers_[2].key(), manifest_.digest(), random_)},
      "not sealed to this signer", true);
}

TEST_F(RecipientTest, RefusesAManifestOfAnotherRoomWithoutKeepingIt) {
  Manifest terms = manifest_.manifest();
  terms.room = test::make_room(2);
  expect_refusal(proposal(*SignedManifest::create(terms, signers_[0].identity), account_), "another room", false);
}

TEST_F(RecipientTest, RefusesAManifestOfAnotherCreator) {
  std::vector<test::TestSigner> rotated;
  for (const char* name : {"carol", "bob"}) {
    rotated.push_back(test::make_signer(name, std::string_view(name) == "bob" ? 101 : 102));
  }
  expect_refusal(proposal(test::make_manifest(rotated, account_), account_), "not the one in the invite", false);
}

TEST_F(RecipientTest, RefusesARosterWithoutItself) {
  std::vector<test::TestSigner> others;
  others.push_back(test::make_signer("alice", 100));
  others.push_back(test::make_signer("carol", 102));
  expect_refusal(proposal(test::make_manifest(others, account_), account_), "bob is not among the signers", false);
}

TEST_F(RecipientTest, RefusesThresholdsOutOfRange) {
  for (const std::int64_t threshold : {0, 4}) {
    recipient_ = create();
    recipient_.link_opened();
    const auto envelope =
        test::sign_payload(crypto::PayloadType::manifest, test::make_terms(signers_, account_, threshold).serialize(),
                           signers_[0].identity);
    expect_refusal(ProposalMessage{manifest_digest(envelope), envelope, Bytes(80)}, "threshold", false);
  }
}

TEST_F(RecipientTest, RefusesAManifestUnderAnotherDigest) {
  hear(ProposalMessage{other_manifest_.digest(), manifest_.envelope(), Bytes(80)});
  EXPECT_THAT(events(), ElementsAre("error the creator sent a manifest under another digest", "close"));
  EXPECT_EQ(recipient_.state(), Recipient::State::awaiting_proposal);
}

TEST_F(RecipientTest, DeclinesForGoodAndRepeatsItUntilItIsHeard) {
  reach_consent();
  recipient_.decline("wrong threshold");
  EXPECT_THAT(events(), ElementsAre("store decline", "send decline", HasSubstr("ended declined: you declined")));
  EXPECT_EQ(std::get<DeclineMessage>(*last_sent_).reason, "wrong threshold");
  recipient_.accept();
  EXPECT_THAT(events(), IsEmpty());

  recipient_ = restore({manifest_, std::nullopt, std::nullopt, Ending{EndCause::declined, signers_[1].key(), "no"}});
  EXPECT_THAT(events(), ElementsAre("ended declined: bob declined the multisig: no"));
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), ElementsAre("send decline"));
  hear(abort(EndCause::declined));
  EXPECT_THAT(events(), ElementsAre("close"));
}

TEST_F(RecipientTest, RefusesForReasonsOfItsCaller) {
  reach_consent();
  recipient_.refuse(refused_error("alice's card is another than the contact's"));
  EXPECT_THAT(events(), ElementsAre("store decline", "send decline",
                                    "ended refused: alice's card is another than the contact's"));
  EXPECT_EQ(std::get<DeclineMessage>(*last_sent_).reason, "alice's card is another than the contact's");
}

TEST_F(RecipientTest, AnAnswerCountsOnlyWhileItIsAskedFor) {
  const auto expect_no_effect = [&](Recipient::State state) {
    recipient_.accept();
    recipient_.decline("no");
    recipient_.refuse(refused_error("no"));
    EXPECT_THAT(events(), IsEmpty());
    EXPECT_EQ(recipient_.state(), state);
  };
  expect_no_effect(Recipient::State::awaiting_proposal);
  reach_consent();
  recipient_.accept();
  EXPECT_THAT(events(), ElementsAre("store proposal", "send receipt"));
  expect_no_effect(Recipient::State::awaiting_certificate);
  hear(certificate());
  EXPECT_THAT(events(), ElementsAre("store certificate", "send stored", "completed"));
  expect_no_effect(Recipient::State::complete);
}

TEST_F(RecipientTest, EndsWithAnAbortBeforeItSigned) {
  hear(abort(EndCause::abandoned));
  EXPECT_THAT(events(), ElementsAre("ended declined: the creator abandoned the multisig: so it is", "close"));
  recipient_ = create();
  recipient_.link_opened();
  reach_consent();
  hear(abort(EndCause::declined));
  EXPECT_THAT(events(), ElementsAre("ended declined: carol declined the multisig: so it is", "close"));
  recipient_.accept();
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(recipient_.state(), Recipient::State::ended);
}

TEST_F(RecipientTest, IsStillCompletedAfterAnAbortOnceItSigned) {
  recipient_ = restore(signed_record());
  hear(abort(EndCause::abandoned));
  EXPECT_THAT(events(), ElementsAre("store ending", HasSubstr("ended declined: alice abandoned"), "close"));
  recipient_.link_opened();
  hear(abort(EndCause::abandoned));
  EXPECT_THAT(events(), ElementsAre(HasSubstr("ended declined"), "close"));
  recipient_.link_opened();
  hear(certificate());
  EXPECT_THAT(events(), ElementsAre("store certificate", "send stored", "completed"));
  recipient_.link_opened();
  hear(abort(EndCause::abandoned));
  EXPECT_THAT(events(), ElementsAre("close"));
  EXPECT_EQ(recipient_.state(), Recipient::State::complete);
}

TEST_F(RecipientTest, NeverCompletesWithoutEveryReceipt) {
  recipient_ = restore(signed_record());
  crypto::Envelope lacking = std::get<CertificateMessage>(certificate()).certificate;
  lacking.signatures.pop_back();
  hear(CertificateMessage{manifest_.digest(), lacking});
  EXPECT_THAT(events(), ElementsAre(HasSubstr("no receipt of carol"), "close"));
  recipient_.link_opened();
  crypto::Envelope forged = std::get<CertificateMessage>(certificate()).certificate;
  forged.signatures[2].sig[0] ^= 1;
  hear(CertificateMessage{manifest_.digest(), forged});
  EXPECT_THAT(events(), ElementsAre(HasSubstr("the receipt of carol"), "close"));
  EXPECT_EQ(recipient_.state(), Recipient::State::awaiting_certificate);
}

TEST_F(RecipientTest, RefusesTheCertificateOfAnotherManifestUnderThisDigest) {
  recipient_ = restore(signed_record());
  hear(CertificateMessage{manifest_.digest(), certificate_of(other_manifest_).envelope()});
  EXPECT_THAT(events(), ElementsAre("error alice sent the certificate of another manifest", "close"));
  EXPECT_EQ(recipient_.state(), Recipient::State::awaiting_certificate);
}

TEST_F(RecipientTest, NamesStateAndMessageOfWhatComesOutOfTurn) {
  const auto out_of_turn = [&](const Message& message, const char* why) {
    hear(message);
    EXPECT_THAT(events(), ElementsAre(HasSubstr(why), "close"));
    recipient_.link_opened();
  };
  out_of_turn(certificate(), "the creator sent \"certificate\" out of turn: this signer is awaiting the proposal");
  out_of_turn(StoredMessage{manifest_.digest()}, "sent \"stored\" out of turn");
  reach_consent();
  out_of_turn(certificate(), "alice sent \"certificate\" out of turn: this signer is awaiting consent");
  out_of_turn(DeclineMessage{manifest_.digest(), ""}, "alice sent \"decline\" out of turn");
  out_of_turn(ReceiptMessage{manifest_.digest(), {}}, "alice sent \"receipt\" out of turn");
  EXPECT_EQ(recipient_.state(), Recipient::State::awaiting_consent);
}

TEST_F(RecipientTest, RefusesMalformedMessagesAndHearsNothingMoreOnThatLink) {
  recipient_.handle_message("nonsense");
  EXPECT_THAT(events(), ElementsAre(HasSubstr("a message of the creator is malformed"), "close"));
  hear(proposal(manifest_, account_));
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(RecipientTest, RefusesAJournalThatDoesNotBelongToIt) {
  const auto refused = [&](RecipientRecord record) {
    return !Recipient::restore(signers_[1].identity, expectation(), std::move(record)).ok();
  };
  EXPECT_FALSE(refused(signed_record()));
  RecipientRecord of_carol = signed_record();
  of_carol.receipt = create_receipt(manifest_, signers_[2].identity);
  EXPECT_TRUE(refused(std::move(of_carol)));
  EXPECT_TRUE(refused({manifest_, std::nullopt, std::nullopt, std::nullopt}));
  RecipientRecord certified_elsewhere = signed_record();
  certified_elsewhere.certificate = certificate_of(other_manifest_);
  EXPECT_TRUE(refused(std::move(certified_elsewhere)));
  RecipientRecord unsigned_but_certified = signed_record();
  unsigned_but_certified.receipt.reset();
  unsigned_but_certified.certificate = certificate_of(manifest_);
  EXPECT_TRUE(refused(std::move(unsigned_but_certified)));
  Manifest terms = manifest_.manifest();
  terms.room = test::make_room(2);
  const auto elsewhere = SignedManifest::create(terms, signers_[0].identity);
  EXPECT_TRUE(refused({*elsewhere, create_receipt(*elsewhere, signers_[1].identity), std::nullopt, std::nullopt}));
}

}  // namespace
}  // namespace coterie::ceremony
