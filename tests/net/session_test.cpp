// create_multisig and join_multisig against each other: real vaults, signaling, ICE, DTLS and SCTP, in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>

#include "base/clock.h"
#include "ceremony/invite.h"
#include "coterie/log.h"
#include "session/create_multisig.h"
#include "session/join_multisig.h"
#include "session/journal.h"
#include "signaling/server.h"

namespace coterie::session {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;

constexpr seconds kDeadline{30};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "coterie-session-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One person's machine: a vault with one signer in it.
class Member {
 public:
  explicit Member(const std::string& name) : vault_(make_vault()), store_(vault_), signer_(make_signer(name)) {}

  Store& store() { return store_; }
  const LocalSigner& signer() const { return signer_; }
  vault::Vault open_again() {
    return *vault::Vault::open(home_.path() / "home", Passphrase(SecretBytes::copy_of("test")));
  }
  Terms terms(std::string name, int threshold, const std::vector<std::string>& signers) {
    auto cards = store_.cards(signers);
    EXPECT_TRUE(cards.ok()) << cards.error().message;
    return {std::move(name), threshold, std::move(*cards), std::nullopt, std::nullopt};
  }

 private:
  vault::Vault make_vault() {
    SystemRandom random;
    vault::VaultOptions options;
    options.kdf = {crypto::kMinPassphraseMemory, 1};
    auto made = vault::Vault::create(home_.path() / "home", Passphrase(SecretBytes::copy_of("test")), options, random);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::move(*made);
  }
  LocalSigner make_signer(const std::string& name) {
    SystemRandom random;
    auto made = store_.create_signer(name, unix_now(), random);
    EXPECT_TRUE(made.ok()) << made.error().message;
    return std::move(*made);
  }

  TemporaryDirectory home_;
  vault::Vault vault_;
  Store store_;
  LocalSigner signer_;
};

// Remembers what it is told and answers the one question; other threads wait for what it was told.
class RecordingObserver : public Observer {
 public:
  explicit RecordingObserver(ConsentAnswer::Choice choice = ConsentAnswer::Choice::accept) : choice_(choice) {}

  void on_invite(const InviteEvent& event) override {
    const std::lock_guard lock(mutex_);
    invite_ = event.invite;
    changed_.notify_all();
  }
  void on_peer(const PeerEvent& event) override {
    const std::lock_guard lock(mutex_);
    peers_.emplace_back(event.name, event.state);
    changed_.notify_all();
  }
  void on_notice(const std::string& line) override {
    const std::lock_guard lock(mutex_);
    notices_ += line + "\n";
    changed_.notify_all();
  }
  ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token) override {
    ConsentAnswer answer;
    answer.choice = choice_;
    answer.reason = "not this one";
    answer.code = request.verification_code;
    questions_ += 1;
    return answer;
  }

  ceremony::Invite wait_for_invite() {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [this] { return !invite_.empty(); })) << "no invite";
    return *ceremony::Invite::parse(invite_);
  }
  bool wait_for(const std::string& name, PeerState state) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline, [&] {
      return std::find(peers_.begin(), peers_.end(), std::pair(name, state)) != peers_.end();
    });
  }
  bool wait_for_notice(const std::string& words) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kDeadline, [&] { return notices_.find(words) != std::string::npos; });
  }
  int questions() const { return questions_; }
  std::string notices() {
    const std::lock_guard lock(mutex_);
    return notices_;
  }

 private:
  ConsentAnswer::Choice choice_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string invite_;
  std::vector<std::pair<std::string, PeerState>> peers_;
  std::string notices_;
  std::atomic<int> questions_{0};
};

CreateOptions local_creation(milliseconds join_timeout = kDeadline) {
  CreateOptions options;
  options.connection.stun.clear();
  options.connection.join_timeout = join_timeout;
  options.venue.port = 0;
  options.venue.listen = "127.0.0.1";
  return options;
}

JoinOptions local_join(milliseconds join_timeout = kDeadline) {
  JoinOptions options;
  options.connection.stun.clear();
  options.connection.join_timeout = join_timeout;
  return options;
}

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    log_to_stderr(LogLevel::warnings);
    for (const char* name : {"alice", "bob", "carol"}) members_.push_back(std::make_unique<Member>(name));
    for (const auto& one : members_) {
      std::vector<ceremony::Card> others;
      for (const auto& other : members_) {
        if (other != one) others.push_back(other->signer().card);
      }
      EXPECT_TRUE(one->store().add_contacts(others, ReplaceContact::no).ok());
    }
  }

  Member& alice() { return *members_[0]; }
  Member& bob() { return *members_[1]; }
  Member& carol() { return *members_[2]; }

  std::future<Outcome> create(Observer& observer, std::stop_token stop = {}, CreateOptions options = local_creation(),
                              const std::vector<std::string>& signers = {"alice", "bob", "carol"}) {
    options.observer = &observer;
    options.stop = stop;
    return std::async(std::launch::async, [this, options, signers] {
      return create_multisig(alice().store(), alice().signer(), alice().terms("treasury", 2, signers), options);
    });
  }
  static std::future<Outcome> join(Member& member, const ceremony::Invite& invite, Observer& observer,
                                   std::stop_token stop = {}, JoinOptions options = local_join()) {
    options.observer = &observer;
    options.stop = stop;
    return std::async(std::launch::async, [&member, invite, options] {
      return join_multisig(member.store(), member.signer(), invite, options);
    });
  }

  std::vector<std::unique_ptr<Member>> members_;
};

void expect_complete(const Outcome& outcome) {
  EXPECT_FALSE(outcome.error) << outcome.error->message;
  ASSERT_TRUE(outcome.multisig.has_value());
  EXPECT_EQ(outcome.multisig->status, MultisigStatus::complete);
}

TEST_F(SessionTest, ThreeSignersHoldOneAccountAndOneCertificate) {
  RecordingObserver creator;
  RecordingObserver first;
  RecordingObserver second;
  auto created = create(creator);
  const ceremony::Invite invite = creator.wait_for_invite();
  auto bobs = join(bob(), invite, first);
  auto carols = join(carol(), invite, second);
  const Outcome at_alice = created.get();
  const Outcome at_bob = bobs.get();
  const Outcome at_carol = carols.get();
  expect_complete(at_alice);
  expect_complete(at_bob);
  expect_complete(at_carol);
  for (const Outcome* one : {&at_bob, &at_carol}) {
    EXPECT_TRUE(one->multisig->account->serialize().equals(at_alice.multisig->account->serialize().view()));
    EXPECT_EQ(one->multisig->certificate->serialize(), at_alice.multisig->certificate->serialize());
  }
  EXPECT_EQ(first.questions(), 1);
}

TEST_F(SessionTest, RecipientsMayComeBeforeTheRoomIsOpen) {
  RecordingObserver creator;
  std::stop_source stop;
  auto begun = create(creator, stop.get_token());
  const ceremony::Invite invite = creator.wait_for_invite();
  stop.request_stop();
  EXPECT_EQ(begun.get().error->kind, ErrorKind::pending);

  RecordingObserver first;
  RecordingObserver second;
  auto bobs = join(bob(), invite, first);
  auto carols = join(carol(), invite, second);
  RecordingObserver again;
  auto resumed = create(again);
  EXPECT_EQ(again.wait_for_invite().serialize(), invite.serialize());
  expect_complete(resumed.get());
  expect_complete(bobs.get());
  expect_complete(carols.get());
}

TEST_F(SessionTest, ADeclineEndsTheCreationForAll) {
  RecordingObserver creator;
  RecordingObserver willing;
  RecordingObserver unwilling(ConsentAnswer::Choice::decline);
  auto created = create(creator);
  const ceremony::Invite invite = creator.wait_for_invite();
  auto carols = join(carol(), invite, willing);
  ASSERT_TRUE(creator.wait_for("carol", PeerState::receipt));
  auto bobs = join(bob(), invite, unwilling);
  const Outcome at_alice = created.get();
  const Outcome at_bob = bobs.get();
  const Outcome at_carol = carols.get();
  for (const Outcome* one : {&at_alice, &at_bob, &at_carol}) {
    EXPECT_EQ(one->error->kind, ErrorKind::declined);
    ASSERT_TRUE(one->error.has_value());
    EXPECT_EQ(one->error->kind, ErrorKind::declined);
  }
  EXPECT_THAT(at_alice.error->message, HasSubstr("bob declined treasury, so it is over for all: not this one"));
  EXPECT_THAT(at_carol.error->message, HasSubstr("bob declined treasury"));

  JoinOptions options = local_join();
  options.connection.connect_timeout = milliseconds(200);  // nobody is there any more to hear it again
  const Outcome once_more = join(bob(), invite, unwilling, {}, options).get();
  EXPECT_EQ(once_more.error->kind, ErrorKind::declined);
  EXPECT_EQ(unwilling.questions(), 1);
}

// The meeting server goes away just then: who was in the room may come back a moment later than the creator.
TEST_F(SessionTest, ADeclineIsToldToWhoComesBackWhenTheMeetingServerDoes) {
  signaling::ServerOptions place;
  place.kind = signaling::ServerKind::serve;
  place.listen = "127.0.0.1";
  place.port = 0;
  std::unique_ptr<signaling::Server> server = *signaling::Server::start(place);
  place.port = server->port();

  class Declining : public RecordingObserver {
   public:
    explicit Declining(std::function<void()> before)
        : RecordingObserver(ConsentAnswer::Choice::decline), before_(std::move(before)) {}
    ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token stop) override {
      before_();
      return RecordingObserver::ask_consent(request, stop);
    }

   private:
    std::function<void()> before_;
  };
  CreateOptions options = local_creation();
  options.venue = {};
  options.venue.signaling = "ws://127.0.0.1:" + std::to_string(place.port);
  RecordingObserver creator;
  auto created = create(creator, {}, options);
  const ceremony::Invite invite = creator.wait_for_invite();
  Declining observer([&] {
    server.reset();
    EXPECT_TRUE(creator.wait_for_notice("trying again"));
  });
  const Outcome at_bob = join(bob(), invite, observer).get();
  EXPECT_EQ(at_bob.error->kind, ErrorKind::declined);
  server = *signaling::Server::start(place);
  RecordingObserver late;
  const Outcome at_carol = join(carol(), invite, late).get();
  EXPECT_EQ(at_carol.error->kind, ErrorKind::declined);
  EXPECT_THAT(at_carol.error->message, HasSubstr("declined the multisig"));  // carol has never seen who is a signer
  EXPECT_EQ(created.get().error->kind, ErrorKind::declined);
}

// Nothing binds a room to an invite's keys for who has not its salt: whoever alters an invite may leave the room in it.
TEST_F(SessionTest, WhatAnotherProposedInARoomKeepsNobodyFromItsCreator) {
  RecordingObserver creator;
  RecordingObserver willing;
  auto created = create(creator, {}, local_creation(), {"alice", "bob"});
  const ceremony::Invite invite = creator.wait_for_invite();
  SystemRandom random;
  const auto account = account::SharedStateAccount::create_opaque(SecretBytes::copy_of("{}"), random);
  const ceremony::Manifest false_one{.name = "treasury",
                                     .threshold = 2,
                                     .signers = {carol().signer().card, bob().signer().card},
                                     .account = account->public_part(),
                                     .room = invite.room,
                                     .multisig_address = {},
                                     .created_at = unix_now()};
  const auto signed_by_carol = ceremony::SignedManifest::create(false_one, carol().signer().identity);
  ASSERT_TRUE(signed_by_carol);
  ceremony::Invite altered = invite;
  altered.creator = carol().signer().card.peer();
  MultisigRecord refused = make_recipient_record(*signed_by_carol, altered, bob().signer().card.sign_key(), "treasury");
  refused.end({ceremony::EndCause::refused, bob().signer().card.sign_key(), "not of this room"});
  ASSERT_TRUE(bob().store().insert(refused));

  expect_complete(join(bob(), invite, willing).get());
  expect_complete(created.get());

  // What was signed stays, and the false invite is the one that is refused.
  const Outcome at_carols = join(bob(), altered, willing).get();
  ASSERT_TRUE(at_carols.error);
  EXPECT_EQ(at_carols.error->kind, ErrorKind::refused);
  EXPECT_THAT(at_carols.error->message, HasSubstr("names another creator than alice"));
}

TEST_F(SessionTest, ACreatorWhomNobodyAnswersIsPendingAndNamesWhoIsMissing) {
  RecordingObserver creator;
  const Outcome outcome = create(creator, {}, local_creation(milliseconds(200))).get();
  EXPECT_EQ(outcome.error->kind, ErrorKind::pending);
  EXPECT_THAT(outcome.error->message, HasSubstr("no receipt from bob and carol"));
}

TEST_F(SessionTest, ARecipientWithoutARoomTimesOutWithNothingStored) {
  RecordingObserver creator;
  std::stop_source stop;
  auto begun = create(creator, stop.get_token());
  const ceremony::Invite invite = creator.wait_for_invite();
  stop.request_stop();
  begun.wait();
  RecordingObserver lonely;
  const Outcome outcome = join(bob(), invite, lonely, {}, local_join(milliseconds(300))).get();
  EXPECT_EQ(outcome.error->kind, ErrorKind::timed_out);
  EXPECT_FALSE(outcome.multisig.has_value());
  EXPECT_TRUE(bob().store().multisigs()->empty());
}

TEST_F(SessionTest, AStoppedRecipientIsInterruptedBeforeItsReceiptAndPendingAfterIt) {
  RecordingObserver creator;
  std::stop_source end;
  auto created = create(creator, end.get_token());
  const ceremony::Invite invite = creator.wait_for_invite();
  {
    // Nobody else comes: bob gives his receipt and waits for carol's.
    RecordingObserver observer;
    std::stop_source stop;
    auto bobs = join(bob(), invite, observer, stop.get_token());
    ASSERT_TRUE(observer.wait_for("bob", PeerState::receipt));
    stop.request_stop();
    const Outcome outcome = bobs.get();
    EXPECT_EQ(outcome.error->kind, ErrorKind::pending);
    ASSERT_TRUE(outcome.multisig.has_value());
    EXPECT_TRUE(outcome.multisig->account.has_value());
  }
  end.request_stop();
  created.wait();
  RecordingObserver observer;
  std::stop_source stop;
  auto carols = join(carol(), invite, observer, stop.get_token());
  stop.request_stop();
  EXPECT_EQ(carols.get().error->kind, ErrorKind::interrupted);
}

TEST_F(SessionTest, AbandoningWhileTheCreatorRunsTellsWhoIsThere) {
  RecordingObserver creator;
  RecordingObserver observer;
  auto created = create(creator);
  const ceremony::Invite invite = creator.wait_for_invite();
  auto bobs = join(bob(), invite, observer);
  ASSERT_TRUE(creator.wait_for("bob", PeerState::receipt));

  auto second = vault::Vault::open(alice().store().vault().home(), Passphrase(SecretBytes::copy_of("test")));
  ASSERT_TRUE(second.ok());
  Store other(*second);
  ASSERT_TRUE(abandon_multisig(other, alice().signer(), "treasury").ok());

  const Outcome at_alice = created.get();
  EXPECT_EQ(at_alice.error->kind, ErrorKind::declined);
  EXPECT_EQ(at_alice.multisig->status, MultisigStatus::abandoned);
  const Outcome at_bob = bobs.get();
  EXPECT_EQ(at_bob.error->kind, ErrorKind::declined);
  EXPECT_THAT(at_bob.error->message, HasSubstr("alice abandoned treasury"));
}

TEST_F(SessionTest, TheSameNameAndTermsGiveTheSameMultisigAgain) {
  RecordingObserver creator;
  RecordingObserver observer;
  auto created = create(creator, {}, local_creation(), {"alice", "bob"});
  auto bobs = join(bob(), creator.wait_for_invite(), observer);
  const Outcome first = created.get();
  expect_complete(first);
  expect_complete(bobs.get());
  RecordingObserver again;
  const Outcome second = create(again, {}, local_creation(), {"alice", "bob"}).get();
  expect_complete(second);
  EXPECT_EQ(second.multisig->room, first.multisig->room);
  const Outcome other = create(again, {}, local_creation(), {"alice", "carol"}).get();
  EXPECT_EQ(other.error->kind, ErrorKind::usage);
}

TEST_F(SessionTest, ASecondRunOfOneMultisigIsRefusedNamingTheProcess) {
  RecordingObserver creator;
  std::stop_source stop;
  auto created = create(creator, stop.get_token());
  creator.wait_for_invite();
  auto second = vault::Vault::open(alice().store().vault().home(), Passphrase(SecretBytes::copy_of("test")));
  ASSERT_TRUE(second.ok());
  Store other(*second);
  ResumeOptions options;
  options.connection = local_creation().connection;
  const Outcome outcome = resume_multisig(other, alice().signer(), "treasury", options);
  EXPECT_EQ(outcome.error->kind, ErrorKind::environment);
  EXPECT_THAT(outcome.error->message, HasSubstr(std::to_string(getpid())));
  stop.request_stop();
  created.wait();
}

TEST_F(SessionTest, AMultisigOfOneSignerNeedsNoExchange) {
  RecordingObserver observer;
  const Outcome outcome = create(observer, {}, local_creation(), {"alice"}).get();
  EXPECT_EQ(outcome.error->kind, ErrorKind::usage);  // threshold 2 of 1
  const Outcome alone = create_multisig(alice().store(), alice().signer(), alice().terms("solo", 1, {"alice"}), {});
  expect_complete(alone);
}

TEST_F(SessionTest, AnUnknownSignerIsAcceptedOnlyWithTheVerificationCode) {
  class WithoutCode : public RecordingObserver {
   public:
    ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token stop) override {
      EXPECT_TRUE(request.code_needed);
      ConsentAnswer answer = RecordingObserver::ask_consent(request, stop);
      answer.code = code;
      return answer;
    }
    std::optional<std::string> code;
  };
  Member stranger("dave");
  ASSERT_TRUE(alice().store().add_contacts({stranger.signer().card}, ReplaceContact::no).ok());
  RecordingObserver creator;
  auto created = create(creator, {}, local_creation(), {"alice", "dave"});
  const ceremony::Invite invite = creator.wait_for_invite();

  WithoutCode none;
  EXPECT_EQ(join(stranger, invite, none).get().error->kind, ErrorKind::usage);
  WithoutCode wrong;
  wrong.code = "00000 00000 00000 00000 00000 00000";
  EXPECT_EQ(join(stranger, invite, wrong).get().error->kind, ErrorKind::refused);
  EXPECT_TRUE(stranger.store().multisigs()->empty());
  RecordingObserver right;
  expect_complete(join(stranger, invite, right).get());
  expect_complete(created.get());
}

// Changes the answer before it is given.
class AnsweringObserver : public RecordingObserver {
 public:
  explicit AnsweringObserver(std::function<void(ConsentAnswer&)> change) : change_(std::move(change)) {}
  ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token stop) override {
    ConsentAnswer answer = RecordingObserver::ask_consent(request, stop);
    change_(answer);
    return answer;
  }

 private:
  std::function<void(ConsentAnswer&)> change_;
};

TEST_F(SessionTest, AnAnswerThatCannotBeIsRefusedWithNothingStored) {
  RecordingObserver creator;
  auto created = create(creator, {}, local_creation(), {"alice", "bob"});
  const ceremony::Invite invite = creator.wait_for_invite();
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("\xff"), std::string(600, 'x')}) {
    AnsweringObserver observer([&](ConsentAnswer& answer) { answer.local_name = name; });
    EXPECT_EQ(join(bob(), invite, observer).get().error->kind, ErrorKind::usage) << name;
  }
  AnsweringObserver wrong_code([](ConsentAnswer& answer) { answer.code = std::string(30, '0'); });
  EXPECT_EQ(join(bob(), invite, wrong_code).get().error->kind, ErrorKind::refused);
  EXPECT_TRUE(bob().store().multisigs()->empty());
  RecordingObserver right;
  expect_complete(join(bob(), invite, right).get());
  expect_complete(created.get());
}

// A vault that is locked for a while is no reason to refuse, which would be final for all.
TEST_F(SessionTest, TroubleWithTheOwnVaultDeclinesNothing) {
  class Locking : public RecordingObserver {
   public:
    explicit Locking(vault::Vault vault) : vault_(std::move(vault)) {}
    void on_peer(const PeerEvent& event) override {
      if (event.state == PeerState::connected && !lock_) lock_.emplace(*vault_.begin());
      RecordingObserver::on_peer(event);
    }

   private:
    vault::Vault vault_;
    std::optional<vault::Transaction> lock_;
  };
  RecordingObserver creator;
  auto created = create(creator, {}, local_creation(), {"alice", "bob"});
  const ceremony::Invite invite = creator.wait_for_invite();
  {
    Locking observer(bob().open_again());
    const Outcome outcome = join(bob(), invite, observer).get();
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->kind, ErrorKind::environment);
    EXPECT_THAT(outcome.error->message, HasSubstr("locked by another process"));
    EXPECT_EQ(observer.questions(), 0);
  }
  EXPECT_TRUE(bob().store().multisigs()->empty());
  RecordingObserver later;
  expect_complete(join(bob(), invite, later).get());
  expect_complete(created.get());
}

TEST_F(SessionTest, ARecipientResumesByTheInviteThatLedToTheCreator) {
  RecordingObserver creator;
  auto created = create(creator);
  const ceremony::Invite first = creator.wait_for_invite();
  ceremony::Invite second = first;
  second.host = "localhost";
  for (const ceremony::Invite& invite : {first, second}) {
    RecordingObserver observer;
    std::stop_source stop;
    auto bobs = join(bob(), invite, observer, stop.get_token());
    // On the second join bob's receipt is there before the creator is.
    ASSERT_TRUE(observer.wait_for("alice", PeerState::connected));
    ASSERT_TRUE(observer.wait_for("bob", PeerState::receipt));
    stop.request_stop();
    bobs.wait();
    EXPECT_EQ(bob().store().multisigs()->front().invite, invite.serialize());
  }
  RecordingObserver bobs;
  RecordingObserver carols;
  ResumeOptions options;
  options.connection = local_join().connection;
  options.observer = &bobs;
  auto resumed = std::async(std::launch::async,
                            [&] { return resume_multisig(bob().store(), bob().signer(), "treasury", options); });
  expect_complete(join(carol(), first, carols).get());
  expect_complete(resumed.get());
  expect_complete(created.get());
}

TEST_F(SessionTest, AContactsNameOnAnotherKeyIsRefusedNamingBoth) {
  Member impostor("bob");
  Member carols_friend("alice");
  ASSERT_TRUE(
      carols_friend.store().add_contacts({impostor.signer().card, carol().signer().card}, ReplaceContact::no).ok());
  RecordingObserver creator;
  auto created = std::async(std::launch::async, [&] {
    CreateOptions options = local_creation();
    options.observer = &creator;
    return create_multisig(carols_friend.store(), carols_friend.signer(),
                           carols_friend.terms("treasury", 2, {"alice", "bob", "carol"}), options);
  });
  RecordingObserver observer;
  const Outcome at_carol = join(carol(), creator.wait_for_invite(), observer).get();
  EXPECT_EQ(at_carol.error->kind, ErrorKind::refused);
  EXPECT_THAT(at_carol.error->message, AllOf(HasSubstr("is not the alice"), HasSubstr("whom carol knows")));
  EXPECT_EQ(observer.questions(), 0);
  EXPECT_EQ(created.get().error->kind, ErrorKind::declined);
}

}  // namespace
}  // namespace coterie::session
