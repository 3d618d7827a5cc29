// Every message in every state of both machines: as it is, twice, from another room, cut at each length, with each byte
// altered. The answer is one named error, or no effect, or the effect that the tables below give; never anything else.
#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "ceremony/creator.h"
#include "ceremony/recipient.h"
#include "ceremony/test_support.h"
#include "pair/world.h"

namespace coterie::ceremony::test {
namespace {

// Unoptimized builds (the sanitizers') try every seventh place: all of them would take minutes there.
#ifdef __OPTIMIZE__
constexpr std::size_t kStride = 1;
#else
constexpr std::size_t kStride = 7;
#endif

constexpr const char* kNothing = "";
constexpr const char* kRefused = "error, close";

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;

std::string joined(const std::vector<std::string>& texts) {
  std::string line;
  for (const std::string& text : texts) line += (line.empty() ? "" : ", ") + text;
  return line;
}

// The messages of one creation of alice, bob and carol in the room with this number, as between alice and bob.
class Messages {
 public:
  explicit Messages(std::uint64_t room) {
    Manifest terms = make_terms(signers_, account_, 2);
    terms.room = make_room(room);
    manifest_.emplace(*SignedManifest::create(terms, signers_[0].identity));
    SeededRandom random(31);
    const auto key = crypto::PairKey::derive(signers_[0].identity, signers_[1].card.peer(), terms.room);
    const Digest& digest = manifest_->digest();
    add(ProposalMessage{digest, manifest_->envelope(),
                        seal_account(account_, *key, signers_[0].key(), signers_[1].key(), digest, random)});
    add(ReceiptMessage{digest, receipt_of(1)});
    add(DeclineMessage{digest, "no"});
    add(AbortMessage{digest, EndCause::declined, "no", signers_[2].key()});
    add(CertificateMessage{digest, certificate().envelope()});
    add(StoredMessage{digest});
  }

  const std::vector<TestSigner>& signers() const { return signers_; }
  const SignedManifest& manifest() const { return *manifest_; }
  const account::SharedStateAccount& account() const { return account_; }
  Signature receipt_of(std::size_t signer) const { return create_receipt(*manifest_, signers_[signer].identity); }
  Receipts receipts(std::initializer_list<std::size_t> signers) const {
    Receipts receipts;
    for (const std::size_t signer : signers) receipts.emplace(signers_[signer].key(), receipt_of(signer));
    return receipts;
  }
  Certificate certificate() const { return *Certificate::create(*manifest_, receipts({0, 1, 2})); }
  const std::map<std::string, std::string>& texts() const { return texts_; }

 private:
  void add(const Message& message) { texts_.emplace(type_of(message), serialize_message(message)); }

  const std::vector<TestSigner>& signers_ = shared_signers(3);
  account::SharedStateAccount account_ = make_account(1);
  std::optional<SignedManifest> manifest_;
  std::map<std::string, std::string> texts_;  // by type
};

const Messages& here() {
  static const Messages messages(1);
  return messages;
}
const Messages& elsewhere() {
  static const Messages messages(2);
  return messages;
}

// What both machines are to the tests below: a machine in a state, hearing one message on one link.
class Machine {
 public:
  virtual ~Machine() = default;
  // On a new link: the kinds of all events, in order.
  virtual std::string hear(std::string_view message) = 0;
  virtual std::string hear_again(std::string_view message) = 0;  // on the same link
  virtual std::string state() const = 0;

  // Of the errors that came: each is a refusal, and names who sent the message.
  void note(const Error& error, std::string_view sender) {
    EXPECT_EQ(error.kind, ErrorKind::refused) << error.message;
    EXPECT_TRUE(error.message.find(sender) != std::string::npos ||
                error.message.find("the creator") != std::string::npos)
        << error.message;
  }
};

class RecipientMachine : public Machine {
 public:
  static std::unique_ptr<RecipientMachine> fresh() {
    return std::make_unique<RecipientMachine>(*Recipient::create(bob(), expectation()));
  }
  static std::unique_ptr<RecipientMachine> after(std::initializer_list<const char*> heard) {
    auto machine = fresh();
    for (const char* type : heard) machine->hear(here().texts().at(type));
    return machine;
  }
  static std::unique_ptr<RecipientMachine> of(RecipientRecord record) {
    return std::make_unique<RecipientMachine>(*Recipient::restore(bob(), expectation(), std::move(record)));
  }
  static RecipientRecord signed_record() {
    return {here().manifest(), here().receipt_of(1), std::nullopt, std::nullopt};
  }

  explicit RecipientMachine(Recipient&& machine) : machine_(std::move(machine)) { events(); }

  std::string hear(std::string_view message) override {
    machine_.link_closed();
    machine_.link_opened();
    return hear_again(message);
  }
  std::string hear_again(std::string_view message) override {
    machine_.handle_message(message);
    return events();
  }
  std::string state() const override { return to_string(machine_.state()); }

 private:
  static const crypto::Identity& bob() { return here().signers()[1].identity; }
  static ProposalExpectation expectation() {
    return {here().signers()[0].card.peer(), make_room(1), here().signers()[1].card};
  }
  std::string events() {
    using namespace recipient_event;
    std::vector<std::string> kinds;
    while (const auto event = machine_.poll_event()) {
      kinds.push_back(std::visit(
          Match{[](const AskConsent&) { return std::string("ask"); },
                [](const StoreProposal&) { return std::string("store proposal"); },
                [](const StoreDecline&) { return std::string("store decline"); },
                [](const StoreCertificate&) { return std::string("store certificate"); },
                [](const StoreEnding&) { return std::string("store ending"); },
                [](const Send& send) { return std::string("send ") + type_of(*parse_message(send.message)); },
                [](const CloseLink&) { return std::string("close"); },
                [&](const PeerError& error) {
                  note(error.error, "alice");
                  return std::string("error");
                },
                [](const Completed&) { return std::string("completed"); },
                [](const Ended&) { return std::string("ended"); }},
          *event));
    }
    return joined(kinds);
  }

  Recipient machine_;
};

class CreatorMachine : public Machine {
 public:
  static std::unique_ptr<CreatorMachine> with(Receipts receipts, std::set<SignKey> stored = {},
                                              std::optional<Ending> ending = std::nullopt) {
    std::optional<Certificate> certificate;
    if (receipts.size() == 2 && !ending) certificate = here().certificate();
    return std::make_unique<CreatorMachine>(CreatorRecord{here().manifest(), here().account().clone(),
                                                          std::move(receipts), std::move(stored),
                                                          std::move(certificate), std::move(ending)});
  }

  explicit CreatorMachine(CreatorRecord record)
      : machine_(*Creator::create(std::move(record), here().signers()[0].identity, random_)) {
    events();
  }

  std::string hear(std::string_view message) override {
    machine_.link_closed(bob());
    machine_.link_opened(bob());
    events();  // the proposal or abort on every new link
    return hear_again(message);
  }
  std::string hear_again(std::string_view message) override {
    machine_.handle_message(bob(), message);
    return events();
  }
  std::string state() const override {
    return std::string(to_string(machine_.state())) + " with " + std::to_string(machine_.receipts().size());
  }

 private:
  static const SignKey& bob() { return here().signers()[1].key(); }
  std::string events() {
    using namespace creator_event;
    std::vector<std::string> kinds;
    while (const auto event = machine_.poll_event()) {
      if (std::holds_alternative<Progress>(*event)) continue;
      kinds.push_back(std::visit(
          Match{[](const StoreReceipt&) { return std::string("store receipt"); },
                [](const StoreCertificate&) { return std::string("store certificate"); },
                [](const StoreStored&) { return std::string("store stored"); },
                [](const StoreEnding&) { return std::string("store ending"); },
                [](const Send& send) { return std::string("send ") + type_of(*parse_message(send.message)); },
                [](const CloseLink&) { return std::string("close"); }, [](const Progress&) { return std::string(); },
                [&](const PeerError& error) {
                  note(error.error, "bob");
                  return std::string("error");
                },
                [](const Completed&) { return std::string("completed"); },
                [](const Ended&) { return std::string("ended"); }},
          *event));
    }
    return joined(kinds);
  }

  SeededRandom random_{17};
  Creator machine_;
};

// A state, how to get into it, and what each message does there; what is not listed is refused.
struct State {
  const char* name;
  std::function<std::unique_ptr<Machine>()> make;
  std::map<std::string, std::string> effects;

  std::string effect_of(const std::string& type) const {
    const auto found = effects.find(type);
    return found == effects.end() ? kRefused : found->second;
  }
};

const Ending kDeclined{EndCause::declined, shared_signers(3)[1].key(), "no"};

std::vector<State> states() {
  using R = RecipientMachine;
  using C = CreatorMachine;
  const auto complete_record = [] {
    RecipientRecord record = R::signed_record();
    record.certificate = here().certificate();
    return record;
  };
  const auto aborted_record = [] {
    RecipientRecord record = R::signed_record();
    record.ending = Ending{EndCause::abandoned, here().signers()[0].key(), "no"};
    return record;
  };
  const auto declined_record = [] { return RecipientRecord{here().manifest(), std::nullopt, std::nullopt, kDeclined}; };
  const std::set<SignKey> both{shared_signers(3)[1].key(), shared_signers(3)[2].key()};
  return {
      {"recipient awaiting the proposal", [] { return R::fresh(); }, {{"proposal", "ask"}, {"abort", "ended, close"}}},
      {"recipient awaiting consent",
       [] { return R::after({"proposal"}); },
       {{"proposal", kNothing}, {"abort", "ended, close"}}},
      {"recipient awaiting the certificate",
       [] { return R::of(R::signed_record()); },
       {{"proposal", "send receipt"},
        {"certificate", "store certificate, send stored, completed"},
        {"abort", "store ending, ended, close"}}},
      {"recipient aborted after its receipt",
       [=] { return R::of(aborted_record()); },
       {{"proposal", "send receipt"},
        {"certificate", "store certificate, send stored, completed"},
        {"abort", "ended, close"}}},
      {"recipient complete",
       [=] { return R::of(complete_record()); },
       {{"proposal", "send receipt"}, {"certificate", "send stored"}, {"abort", "close"}}},
      {"recipient declined",
       [=] { return R::of(declined_record()); },
       {{"proposal", "send decline"}, {"abort", "close"}}},
      {"recipient ended", [] { return R::after({"abort"}); }, {{"abort", "close"}}},

      {"creator without receipts",
       [] { return C::with({}); },
       {{"receipt", "store receipt"}, {"decline", "store ending, send abort, ended"}}},
      {"creator without the last receipt",
       [] { return C::with(here().receipts({2})); },
       {{"receipt", "store receipt, store certificate, send certificate"},
        {"decline", "store ending, send abort, ended"}}},
      {"creator with this signer's receipt", [] { return C::with(here().receipts({1})); }, {{"receipt", kNothing}}},
      {"creator distributing",
       [] {
         return C::with(here().receipts({1, 2}));
       },
       {{"receipt", "send certificate"}, {"stored", "store stored, close"}}},
      {"creator complete",
       [=] {
         return C::with(here().receipts({1, 2}), both);
       },
       {{"receipt", "send certificate"}, {"stored", "close"}}},
      {"creator ended", [] { return C::with({}, {}, kDeclined); }, {{"receipt", kNothing}, {"decline", kNothing}}},
  };
}

// A decline and an abort are words, not proofs: whoever may say them may say them with any reason.
bool is_words(const std::string& type) {
  return type == "decline" || type == "abort";
}

// Nothing is taken from the message: what was journaled before is said again.
bool is_repetition(const std::string& effect) {
  return effect == kNothing || effect == "send receipt" || effect == "send decline" || effect == "send stored" ||
         effect == "send certificate";
}

TEST(StateTest, EveryMessageInEveryStateHasTheEffectOfTheTableOrOneNamedError) {
  for (const State& state : states()) {
    for (const auto& [type, text] : here().texts()) {
      SCOPED_TRACE(std::string(state.name) + " hears " + type);
      const auto machine = state.make();
      const std::string before = machine->state();
      EXPECT_EQ(machine->hear(text), state.effect_of(type));
      if (state.effect_of(type) == kRefused || is_repetition(state.effect_of(type))) {
        EXPECT_EQ(machine->state(), before);
      }
    }
  }
}

TEST(StateTest, EveryMessageHeardTwiceInEveryStateActsOnce) {
  for (const State& state : states()) {
    for (const auto& [type, text] : here().texts()) {
      SCOPED_TRACE(std::string(state.name) + " hears twice " + type);
      const auto machine = state.make();
      machine->hear(text);
      const std::string after = machine->state();
      EXPECT_EQ(machine->hear_again(text), kNothing);
      // And once more on the next link: at most what was journaled is said again, or the link is closed.
      const std::string again = machine->hear(text);
      EXPECT_TRUE(is_repetition(again) || again == kRefused || again == "close" || again == "ended, close") << again;
      EXPECT_EQ(machine->state(), after);
    }
  }
}

TEST(StateTest, EveryMessageOfAnotherRoomIsRefusedInEveryState) {
  for (const State& state : states()) {
    for (const auto& [type, text] : elsewhere().texts()) {
      SCOPED_TRACE(std::string(state.name) + " hears of another room " + type);
      const auto machine = state.make();
      const std::string before = machine->state();
      const std::string effect = machine->hear(text);
      if (before == to_string(Recipient::State::awaiting_proposal) && type == "proposal") {
        EXPECT_EQ(effect, "send decline, ended");
      } else if (before == to_string(Recipient::State::awaiting_proposal) && type == "abort") {
        EXPECT_EQ(effect, "ended, close");  // it knows no digest yet, and signed nothing
      } else {
        EXPECT_EQ(effect, kRefused);
        EXPECT_EQ(machine->state(), before);
      }
    }
  }
}

TEST(StateTest, EveryMessageCutAtEachLengthIsRefusedInEveryState) {
  for (const State& state : states()) {
    const auto machine = state.make();
    const std::string before = machine->state();
    for (const auto& [type, text] : here().texts()) {
      for (std::size_t length = 0; length < text.size(); length += kStride) {
        ASSERT_EQ(machine->hear(std::string_view(text).substr(0, length)), kRefused)
            << state.name << " hears " << type << " cut to " << length;
        ASSERT_EQ(machine->state(), before);
      }
    }
  }
}

TEST(StateTest, EveryMessageWithAnyByteAlteredIsRefusedOrSaysNothingNewInEveryState) {
  for (const State& state : states()) {
    auto machine = state.make();
    const std::string before = machine->state();
    for (const auto& [type, text] : here().texts()) {
      const std::string whole = state.effect_of(type);
      for (std::size_t at = 0; at < text.size(); at += kStride) {
        std::string altered = text;
        altered[at] = static_cast<char>(altered[at] ^ 1);
        const std::string effect = machine->hear(altered);
        const bool allowed = effect == kRefused || (effect == whole && (is_words(type) || is_repetition(whole))) ||
                             // A proposal that is not the creator's is refused for good.
                             (type == "proposal" && whole == "ask" &&
                              (effect == "store decline, send decline, ended" || effect == "send decline, ended"));
        ASSERT_TRUE(allowed) << state.name << " hears " << type << " altered at " << at << ": " << effect;
        ASSERT_TRUE(effect != kRefused || machine->state() == before);
        if (effect != kRefused && effect != kNothing) machine = state.make();
      }
    }
  }
}

}  // namespace
}  // namespace coterie::ceremony::test
