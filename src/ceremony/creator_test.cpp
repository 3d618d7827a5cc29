#include "ceremony/creator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ceremony/test_support.h"

namespace coterie::ceremony {
namespace {

using namespace creator_event;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The names of events, with the signer they are about: what a session would carry out, in order.
class CreatorTest : public ::testing::Test {
 protected:
  CreatorRecord record() const { return {manifest_, account_.clone(), {}, {}, std::nullopt, std::nullopt}; }
  Creator restore(CreatorRecord from) {
    return std::move(Creator::create(std::move(from), signers_[0].identity, random_).value());
  }
  const SignKey& key(std::size_t signer) const { return signers_[signer].key(); }
  Signature receipt_of(std::size_t signer) const { return create_receipt(manifest_, signers_[signer].identity); }

  std::string text(const Event& event) const {
    if (const auto* store = std::get_if<StoreReceipt>(&event)) return "store receipt " + name(store->signer);
    if (std::holds_alternative<StoreCertificate>(event)) return "store certificate";
    if (const auto* store = std::get_if<StoreStored>(&event)) return "store stored " + name(store->signer);
    if (std::holds_alternative<StoreEnding>(event)) return "store ending";
    if (const auto* send = std::get_if<Send>(&event)) {
      return std::string("send ") + type_of(*parse_message(send->message)) + " " + name(send->to);
    }
    if (const auto* close = std::get_if<CloseLink>(&event)) return "close " + name(close->signer);
    if (std::holds_alternative<Completed>(event)) return "completed";
    if (std::holds_alternative<Ended>(event)) return "ended";
    if (const auto* error = std::get_if<PeerError>(&event)) return "error " + error->error.message;
    return {};
  }
  std::string name(const SignKey& signer) const { return manifest_.name_of(signer); }

  // Without Progress: those are kept in `progress_`.
  std::vector<std::string> events() {
    std::vector<std::string> texts;
    while (auto event = creator_.poll_event()) {
      if (const auto* progress = std::get_if<Progress>(&*event)) {
        progress_.emplace_back(name(progress->signer), progress->progress);
      } else {
        texts.push_back(text(*event));
        if (const auto* send = std::get_if<Send>(&*event)) last_sent_ = *parse_message(send->message);
        const auto* error = std::get_if<PeerError>(&*event);
        EXPECT_TRUE(error == nullptr || error->error.kind == ErrorKind::refused);
      }
    }
    return texts;
  }
  void say(std::size_t signer, const Message& message) {
    creator_.handle_message(key(signer), serialize_message(message));
  }
  void say_receipt(std::size_t signer) { say(signer, ReceiptMessage{manifest_.digest(), receipt_of(signer)}); }
  void say_stored(std::size_t signer) { say(signer, StoredMessage{manifest_.digest()}); }
  void say_decline(std::size_t signer) { say(signer, DeclineMessage{manifest_.digest(), "not now"}); }
  void open(std::initializer_list<std::size_t> signers) {
    for (const std::size_t signer : signers) creator_.link_opened(key(signer));
    events();
  }

  SeededRandom random_{7};
  std::vector<test::TestSigner> signers_ = test::make_signers(3);
  account::SharedStateAccount account_ = test::make_account(1);
  SignedManifest manifest_ = test::make_manifest(signers_, account_, 2);
  Creator creator_ = restore(record());
  std::vector<std::pair<std::string, SignerProgress>> progress_;
  std::optional<Message> last_sent_;
};

TEST_F(CreatorTest, StoresEachProofBeforeWhatDependsOnIt) {
  creator_.link_opened(key(1));
  EXPECT_THAT(events(), ElementsAre("send proposal bob"));
  creator_.link_opened(key(2));
  EXPECT_THAT(events(), ElementsAre("send proposal carol"));
  say_receipt(1);
  EXPECT_THAT(events(), ElementsAre("store receipt bob"));
  EXPECT_EQ(creator_.state(), Creator::State::collecting_receipts);
  say_receipt(2);
  EXPECT_THAT(events(), ElementsAre("store receipt carol", "store certificate", "send certificate bob",
                                    "send certificate carol"));
  say_stored(2);
  EXPECT_THAT(events(), ElementsAre("store stored carol", "close carol"));
  EXPECT_EQ(creator_.state(), Creator::State::distributing);
  say_stored(1);
  EXPECT_THAT(events(), ElementsAre("store stored bob", "close bob", "completed"));
  EXPECT_EQ(creator_.state(), Creator::State::complete);
  using P = SignerProgress;
  EXPECT_THAT(progress_, ElementsAre(std::pair("bob", P::delivered), std::pair("bob", P::receipt),
                                     std::pair("carol", P::delivered), std::pair("carol", P::receipt),
                                     std::pair("carol", P::complete), std::pair("bob", P::complete)));
}

TEST_F(CreatorTest, OfOneSignerIsCompleteAtOnce) {
  const auto alone = test::make_signers(1);
  manifest_ = test::make_manifest(alone, account_);
  creator_ = restore(record());
  EXPECT_THAT(events(), ElementsAre("store certificate", "completed"));
}

TEST_F(CreatorTest, ProposesOnEveryNewLinkAndSendsTheCertificateOnlyAfterTheReceiptOnIt) {
  open({1, 2});
  say_receipt(1);
  creator_.link_closed(key(1));
  say_receipt(2);
  EXPECT_THAT(events(),
              ElementsAre("store receipt bob", "store receipt carol", "store certificate", "send certificate carol"));
  creator_.link_opened(key(1));
  EXPECT_THAT(events(), ElementsAre("send proposal bob"));
  say_receipt(1);
  EXPECT_THAT(events(), ElementsAre("send certificate bob"));
}

TEST_F(CreatorTest, TakesDoubledMessagesWithoutEffect) {
  open({1, 2});
  say_receipt(1);
  EXPECT_THAT(events(), ElementsAre("store receipt bob"));
  say_receipt(1);
  EXPECT_THAT(events(), IsEmpty());
  say_receipt(2);
  events();
  say_receipt(2);
  EXPECT_THAT(events(), IsEmpty());
  say_stored(2);
  EXPECT_THAT(events(), ElementsAre("store stored carol", "close carol"));
  say_stored(2);
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(CreatorTest, AnswersLateComersAfterCompletionWithTheSameProposalAndCertificate) {
  CreatorRecord complete = record();
  for (const std::size_t signer : {1, 2}) {
    complete.receipts.emplace(key(signer), receipt_of(signer));
    complete.stored.insert(key(signer));
  }
  complete.certificate = *Certificate::create(manifest_, complete.receipts);
  creator_ = restore(std::move(complete));
  EXPECT_THAT(events(), ElementsAre("completed"));
  creator_.link_opened(key(1));
  EXPECT_THAT(events(), ElementsAre("send proposal bob"));
  say_receipt(1);
  EXPECT_THAT(events(), ElementsAre("send certificate bob"));
  say_stored(1);
  EXPECT_THAT(events(), ElementsAre("close bob"));
}

TEST_F(CreatorTest, MakesTheCertificateThatACrashKeptBack) {
  CreatorRecord journaled = record();
  journaled.receipts = {{key(1), receipt_of(1)}, {key(2), receipt_of(2)}};
  creator_ = restore(std::move(journaled));
  EXPECT_THAT(events(), ElementsAre("store certificate"));
  EXPECT_EQ(creator_.state(), Creator::State::distributing);
}

TEST_F(CreatorTest, RefusesAJournalThatDoesNotBelongTogether) {
  CreatorRecord other_account = record();
  other_account.account = test::make_account(2);
  EXPECT_FALSE(Creator::create(std::move(other_account), signers_[0].identity, random_).ok());
  EXPECT_FALSE(Creator::create(record(), signers_[1].identity, random_).ok());
  CreatorRecord forged = record();
  forged.receipts.emplace(key(1), receipt_of(2));
  EXPECT_FALSE(Creator::create(std::move(forged), signers_[0].identity, random_).ok());
}

TEST_F(CreatorTest, RefusesAReceiptThatIsNotOfItsLinksSigner) {
  open({1, 2});
  say(1, ReceiptMessage{manifest_.digest(), receipt_of(2)});
  EXPECT_THAT(events(), ElementsAre("error the receipt of bob is not a signature on this manifest", "close bob"));
  EXPECT_EQ(progress_.back().second, SignerProgress::failed);
  EXPECT_FALSE(creator_.receipts().contains(key(2)));
  say_receipt(1);  // the link is given up: what still comes over it has no effect
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(CreatorTest, RefusesAReceiptOfAnotherManifest) {
  const SignedManifest other = test::make_manifest(signers_, test::make_account(2), 2);
  open({1, 2});
  say(1, ReceiptMessage{manifest_.digest(), create_receipt(other, signers_[1].identity)});
  EXPECT_THAT(events(), ElementsAre("error the receipt of bob is not a signature on this manifest", "close bob"));
  say(2, ReceiptMessage{other.digest(), create_receipt(other, signers_[2].identity)});
  EXPECT_THAT(events(), ElementsAre("error carol sent \"receipt\" about another manifest", "close carol"));
}

TEST_F(CreatorTest, NamesStateAndMessageOfWhatComesOutOfTurn) {
  open({1, 2});
  say_stored(1);
  EXPECT_THAT(events(),
              ElementsAre("error bob sent \"stored\" out of turn: the creation is collecting receipts", "close bob"));
  open({1});
  say(1, ProposalMessage{manifest_.digest(), manifest_.envelope(), Bytes(1)});
  EXPECT_THAT(events(), ElementsAre(HasSubstr("bob sent \"proposal\" out of turn"), "close bob"));
  open({1});
  say(1, AbortMessage{manifest_.digest(), EndCause::abandoned, "", std::nullopt});
  EXPECT_THAT(events(), ElementsAre(HasSubstr("bob sent \"abort\" out of turn"), "close bob"));
  open({1});
  say(1, CertificateMessage{manifest_.digest(), manifest_.envelope()});
  EXPECT_THAT(events(), ElementsAre(HasSubstr("bob sent \"certificate\" out of turn"), "close bob"));
  open({1});
  say_receipt(1);
  events();
  say_decline(1);
  EXPECT_THAT(events(), ElementsAre(HasSubstr("bob sent \"decline\" out of turn"), "close bob"));
  EXPECT_EQ(creator_.state(), Creator::State::collecting_receipts);
}

TEST_F(CreatorTest, RefusesMalformedMessages) {
  open({1});
  creator_.handle_message(key(1), "{\"type\":");
  EXPECT_THAT(events(), ElementsAre(HasSubstr("error a message of bob is malformed"), "close bob"));
}

TEST_F(CreatorTest, KnowsNobodyOutsideTheRoster) {
  const auto mallory = test::make_signer("mallory", 80);
  creator_.link_opened(mallory.key());
  creator_.handle_message(mallory.key(), serialize_message(StoredMessage{manifest_.digest()}));
  creator_.link_opened(key(0));
  creator_.handle_message(key(1), serialize_message(StoredMessage{manifest_.digest()}));  // no link is open
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(CreatorTest, EndsWithADeclineAndTellsEveryone) {
  open({1, 2});
  say_receipt(2);
  events();
  say_decline(1);
  EXPECT_THAT(events(), ElementsAre("store ending", "send abort bob", "send abort carol", "ended"));
  const auto& abort = std::get<AbortMessage>(*last_sent_);
  EXPECT_EQ(abort.cause, EndCause::declined);
  EXPECT_EQ(abort.by, key(1));
  EXPECT_EQ(abort.reason, "not now");
  EXPECT_EQ(progress_.back(), std::pair(std::string("bob"), SignerProgress::declined));

  say_decline(1);
  say_receipt(2);  // crossed the abort
  EXPECT_THAT(events(), IsEmpty());
  creator_.link_opened(key(2));
  EXPECT_THAT(events(), ElementsAre("send abort carol"));
  EXPECT_FALSE(creator_.receipts().contains(key(1)));
}

TEST_F(CreatorTest, TellsOfARepeatedDeclineOnceOnALink) {
  open({1, 2});
  say_decline(1);
  say_decline(2);
  events();
  const std::size_t told = progress_.size();
  for (int i = 0; i < 3; ++i) {
    say_decline(1);
    say_decline(2);
  }
  EXPECT_THAT(events(), IsEmpty());
  EXPECT_EQ(progress_.size(), told);
}

TEST_F(CreatorTest, ServesTheReasonFromItsJournal) {
  CreatorRecord ended = record();
  ended.ending = Ending{EndCause::abandoned, key(0), "changed my mind"};
  creator_ = restore(std::move(ended));
  EXPECT_THAT(events(), ElementsAre("ended"));
  creator_.link_opened(key(1));
  EXPECT_THAT(events(), ElementsAre("send abort bob"));
  EXPECT_EQ(std::get<AbortMessage>(*last_sent_).reason, "changed my mind");
  EXPECT_FALSE(std::get<AbortMessage>(*last_sent_).by.has_value());
  say_receipt(1);
  say(1, ReceiptMessage{manifest_.digest(), receipt_of(1)});
  EXPECT_THAT(events(), IsEmpty());
}

TEST_F(CreatorTest, IsAbandonedOnlyBeforeTheLastReceipt) {
  open({1, 2});
  say_receipt(1);
  events();
  ASSERT_TRUE(creator_.abandon("too late").ok());
  EXPECT_EQ(events().front(), "store ending");
  EXPECT_EQ(creator_.state(), Creator::State::ended);
  EXPECT_TRUE(creator_.abandon("again").ok());
  EXPECT_THAT(events(), IsEmpty());

  CreatorRecord journaled = record();
  journaled.receipts = {{key(1), receipt_of(1)}, {key(2), receipt_of(2)}};
  creator_ = restore(std::move(journaled));
  const auto abandoned = creator_.abandon("");
  ASSERT_FALSE(abandoned.ok());
  EXPECT_EQ(abandoned.error().kind, ErrorKind::usage);
}

TEST_F(CreatorTest, LetsAMergedCertificateOutweighItsOwnEnding) {
  CreatorRecord completed = record();
  completed.receipts = {{key(1), receipt_of(1)}, {key(2), receipt_of(2)}};
  completed.certificate = *Certificate::create(manifest_, completed.receipts);
  completed.ending = Ending{EndCause::abandoned, key(0), ""};
  creator_ = restore(std::move(completed));
  EXPECT_EQ(creator_.state(), Creator::State::distributing);
}

}  // namespace
}  // namespace coterie::ceremony
