// The processes of the simulation: what session::CreatorRun and RecipientRun do with the machines, their journal and
// their links, without vault, threads and real time. A process dies between any two events of its machine.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "ceremony/creator.h"
#include "ceremony/invite.h"
#include "ceremony/recipient.h"
#include "ceremony/test_support.h"
#include "session/record.h"
#include "sim/disk.h"
#include "sim/links.h"

namespace coterie::sim {

class Process;

// What processes need of the world, and tell it.
class Host {
 public:
  virtual ~Host() = default;
  virtual Context& context() = 0;
  virtual Channels& channels() = 0;
  virtual SignalingServer& server_of(const RoomId& room) = 0;
  virtual const ceremony::test::TestSigner& person(std::size_t signer) const = 0;
  virtual Disk& disk(std::size_t signer) = 0;

  virtual void on_written(std::size_t signer, const RoomId& room) = 0;  // to that signer's disk
  virtual void on_said(std::size_t signer, const RoomId& room, const std::string& message) = 0;
  // Somebody was found to break the protocol.
  virtual void on_accused(std::size_t by, const Error& error) = 0;
  virtual void on_asked(Process& recipient) = 0;  // the person thinks it over
  virtual void on_over(Process& process) = 0;
};

class Process {
 public:
  Process(Host& host, std::size_t signer, const RoomId& room) : host_(host), signer_(signer), room_(room) {}
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  virtual void start() = 0;
  virtual void stop() { finish(session::Farewell::drop, "is stopped"); }  // Ctrl-C
  void kill();
  bool over() const { return over_; }
  std::size_t signer() const { return signer_; }
  const RoomId& room() const { return room_; }

 protected:
  const ceremony::test::TestSigner& self() const { return host_.person(signer_); }
  Context& context() { return host_.context(); }
  Disk& disk() { return host_.disk(signer_); }
  // With the handlers' on_fatal set here.
  void open_links(std::optional<signaling::RoomTerms> create, const std::vector<ceremony::Card>& peers,
                  session::LinkKeeperHandlers handlers);
  void finish(session::Farewell farewell, const char* why);
  // Whether the process dies here.
  bool dies();
  void after(Duration delay, std::function<void()> act);
  void say(const SignKey& to, const std::string& message);
  // join-timeout: nothing new for that long.
  void note_progress();
  void hold_watch();
  void release_watch();
  virtual void on_fatal(const Error& error);
  virtual void before_closing() {}

  Host& host_;
  const std::size_t signer_;
  const RoomId room_;
  std::shared_ptr<Links> links_;

 private:
  bool over_ = false;
  bool held_ = false;
  std::uint64_t watch_ = 0;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

// Goes on from the record that is there.
class CreatorProcess final : public Process {
 public:
  using Process::Process;
  void start() override;

 private:
  void make_machine();
  void carry_out_events(bool about_another_manifest = false);
  Result<void> carry_out(const ceremony::creator_event::Event& event);
  template <class StoreEvent>
  Result<void> write(const StoreEvent& event);
  void look_into_journal();
  void take_over_ending();
  void end_when_all_are_told();
  void before_closing() override;
  bool serves_late_comers() const { return begun_as_ != MultisigStatus::pending; }

  std::optional<session::MultisigRecord> record_;  // as last written or read
  std::optional<ceremony::Creator> machine_;
  std::set<SignKey> told_;
  std::uint64_t changes_ = 0;
  MultisigStatus begun_as_ = MultisigStatus::pending;
};

class RecipientProcess final : public Process {
 public:
  RecipientProcess(Host& host, std::size_t signer, const ceremony::Invite& invite)
      : Process(host, signer, invite.room), invite_(invite) {}
  void start() override;
  // The person's answer.
  void answer(bool yes);

 private:
  void make_machine();
  void carry_out_events(bool about_another_manifest = false);
  Result<void> carry_out(const ceremony::recipient_event::Event& event);
  template <class StoreEvent>
  void insert(const StoreEvent& event);
  template <class StoreEvent>
  void update(const StoreEvent& event);
  void finish_when_acknowledged();
  void await_acknowledgement();
  void adjust_watch();
  bool signed_here() const { return record_ && record_->receipts.contains(self().key()); }

  const ceremony::Invite invite_;
  std::optional<session::MultisigRecord> record_;
  std::optional<ceremony::Recipient> machine_;
  bool asking_ = false;
  bool closing_ = false;
};

}  // namespace coterie::sim
