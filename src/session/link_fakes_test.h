// What a LinkKeeper is tested with: links, timers and signals that do what the test says, and a Side that has them.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/random.h"
#include "ceremony/test_support.h"
#include "session/link_keeper.h"

namespace coterie::session::test {

class FakeClock {
 public:
  void after(std::chrono::milliseconds delay, std::function<void()> act) {
    waiting_.emplace(now_ + delay, std::move(act));
  }
  void advance(std::chrono::milliseconds by) {
    const std::chrono::milliseconds until = now_ + by;
    while (!waiting_.empty() && waiting_.begin()->first <= until) {
      now_ = waiting_.begin()->first;
      const auto act = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      act();
    }
    now_ = until;
  }

 private:
  std::chrono::milliseconds now_{0};
  std::multimap<std::chrono::milliseconds, std::function<void()>>
      waiting_;  // of one time, in the order in which they were put in
};

class FakeTimeout final : public Timeout {
 public:
  FakeTimeout(FakeClock& clock, const bool& closed) : clock_(clock), closed_(closed) {}
  ~FakeTimeout() override { FakeTimeout::cancel(); }

  void start(std::chrono::milliseconds after, std::function<void()> on_due) override {
    EXPECT_FALSE(closed_) << "a timer is started after close()";
    waiting_ = std::make_shared<bool>(true);
    clock_.after(after, [waiting = waiting_, act = std::move(on_due)] {
      if (std::exchange(*waiting, false)) act();
    });
  }
  void cancel() override { *waiting_ = false; }
  bool waiting() const override { return *waiting_; }

 private:
  FakeClock& clock_;
  const bool& closed_;
  std::shared_ptr<bool> waiting_ = std::make_shared<bool>(false);
};

// Its handlers are called by the test.
struct FakeLink final : Link {
  LinkHandlers handlers;
  std::string description;
  std::string remote_description;
  std::vector<json::Value> candidates;
  std::vector<std::string> sent;
  Result<void> sending = {};
  bool stun = false;
  rtc::ConnectionReport known = {};
  bool closed = false;
  bool dropped = false;

  Result<void> begin_offer() override {
    EXPECT_FALSE(closed) << "a closed link is begun";
    return {};
  }
  Result<void> begin_answer(const std::string& offer) override { return take_answer(offer); }
  Result<void> take_answer(const std::string& answer) override {
    remote_description = answer;
    return {};
  }
  Result<void> add_candidate(const json::Value& candidate) override {
    candidates.push_back(candidate);
    return {};
  }
  Result<void> send(std::string_view message) override {
    sent.emplace_back(message);
    return sending;
  }
  std::optional<LinkPath> path() const override { return std::nullopt; }
  bool knows_stun() const override { return stun; }
  rtc::ConnectionReport report() const override { return known; }
  void close() override { closed = true; }
  void drop() override { dropped = true; }

  // A copy, as a handler may end the link.
  void lose(const Error& error = environment_error("no answer")) {
    LinkHandlers(handlers).on_ended(LinkEnd::lost, error);
  }
};

struct SentSignal {
  signaling::RelayType type;
  SignKey to;
  json::Value data;
};

// One signer: a keeper, and what is around it.
class Side final : public LinkEnvironment {
 public:
  Side(const ceremony::test::TestSigner& own, LinkSide side,
       const std::vector<const ceremony::test::TestSigner*>& others) {
    LinkKeeperOptions options;
    options.side = side;
    for (const auto* other : others) {
      names_[other->key()] = other->card.name();
      options.peers.push_back({other->card.name(), other->card.peer()});
    }
    keeper_ = LinkKeeper::create(*this, own.identity, random_, std::move(options), make_handlers()).value();
  }
  ~Side() override { keeper_->close(); }

  LinkKeeper& keeper() { return *keeper_; }
  FakeLink& link(std::size_t index) { return *links.at(index); }
  FakeLink& last_link() { return *links.back(); }
  std::vector<std::string> take_events() { return std::exchange(events_, {}); }
  // Joined, with these as the other members, each under the epoch that is its own now.
  void join(const Epoch& own, const std::vector<signaling::Member>& members = {}) {
    keeper_->handle_joined(own, members);
  }
  void close() {
    keeper_->close();
    closed_ = true;
  }
  bool closed() const { return closed_; }

  FakeClock clock;
  std::vector<std::shared_ptr<FakeLink>> links;
  std::vector<SentSignal> signals;
  int signs_of_life_asked = 0;
  int joins_asked = 0;
  std::size_t close_at = 0;  // in which call of a handler, counted from 1, the keeper is closed
  std::size_t handler_calls = 0;

 private:
  LinkKeeperHandlers make_handlers() {
    LinkKeeperHandlers handlers;
    handlers.on_in_room = [this] { note("in room"); };
    handlers.on_peer_state = [this](const SignKey& peer, PeerState state, std::optional<LinkPath>) {
      constexpr const char* kWords[] = {"absent", "joined", "connecting", "connected"};
      note(names_.at(peer) + " is " + kWords[static_cast<int>(state)]);
    };
    handlers.on_link_opened = [this](const SignKey& peer) { note(names_.at(peer) + " opened"); };
    handlers.on_link_closed = [this](const SignKey& peer, LinkEnd how) {
      note(names_.at(peer) + (how == LinkEnd::lost ? " lost" : " closed"));
    };
    handlers.on_message = [this](const SignKey& peer, const std::string& message) {
      note(names_.at(peer) + " says " + message);
    };
    handlers.on_notice = [this](const std::string& line) { note("notice: " + line); };
    handlers.on_fatal = [this](const Error& error) { note("fatal: " + error.message); };
    return handlers;
  }
  void note(std::string event) {
    EXPECT_FALSE(closed_) << "a handler is called after close(): " << event;
    events_.push_back(std::move(event));
    if (++handler_calls == close_at) close();
  }

  std::shared_ptr<Link> create_link(LinkHandlers handlers) override {
    EXPECT_FALSE(closed_) << "a link is made after close()";
    links.push_back(std::make_shared<FakeLink>());
    links.back()->handlers = std::move(handlers);
    return links.back();
  }
  std::unique_ptr<Timeout> create_timeout() override { return std::make_unique<FakeTimeout>(clock, closed_); }
  void post(std::function<void()> function) override { clock.after(std::chrono::milliseconds(0), std::move(function)); }
  Result<void> send_signal(signaling::RelayType type, const SignKey& to, const json::Value& data) override {
    EXPECT_FALSE(closed_) << "a signal is sent after close()";
    signals.push_back({type, to, data});
    return {};
  }
  void check_signaling() override { ++signs_of_life_asked; }
  void join_anew() override { ++joins_asked; }

  SeededRandom random_{7};
  std::map<SignKey, std::string> names_;
  std::vector<std::string> events_;
  bool closed_ = false;
  std::shared_ptr<LinkKeeper> keeper_;
};

}  // namespace coterie::session::test
