// World: one simulated run from its seed. Signers with their disks, the users who start, stop and answer, the faults of
// the plan, and the promises of the protocol, which are checked at every write and every message.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "session/draft.h"
#include "sim/evil.h"
#include "sim/process.h"

namespace coterie::sim {

struct Report {
  std::uint64_t digest = 0;  // of the trace
  std::uint64_t steps = 0;
  Duration time{0};
  std::size_t complete = 0;                // creations that are, for every signer
  std::size_t ended = 0;                   // declined or abandoned
  std::optional<std::string> violation{};  // with the invariant's name in front
  std::string plan;
  std::vector<std::string> last;  // lines of the trace
};

class World final : private Host {
 public:
  World(std::uint64_t seed, bool loud);
  ~World() override;

  Report run();

 private:
  // One creation, as its users know it.
  struct Creation {
    std::size_t number = 0;
    std::optional<session::Draft> draft;  // of the last `create`
    RoomId room;
    bool open = false;  // journaled, and the invite is out
    std::unique_ptr<SignalingServer> embedded;
    std::optional<ceremony::Invite> invite;
    std::vector<std::size_t> roster;  // creator first
    std::map<std::size_t, bool> answers;
    std::map<std::size_t, std::shared_ptr<Process>> running;
    std::set<std::size_t> told_final;  // recipients who learned, without a record, that it is over
    bool given_up_by_recipient = false;
    std::size_t restarts = 0;  // after the faults
  };
  // What a signer's disk showed before, for the promises about how it may change.
  struct Seen {
    std::optional<session::MultisigRecord> record;
    std::optional<Digest> signed_manifest;
  };

  Context& context() override { return context_; }
  Channels& channels() override { return channels_; }
  SignalingServer& server_of(const RoomId& room) override;
  const ceremony::test::TestSigner& person(std::size_t signer) const override;
  Disk& disk(std::size_t signer) override { return disks_[signer]; }
  void on_written(std::size_t signer, const RoomId& room) override;
  void on_said(std::size_t signer, const RoomId& room, const std::string& message) override;
  void on_accused(std::size_t by, const Error& error) override;
  void on_asked(Process& recipient) override;
  void on_over(Process& process) override;

  // --- users ---
  void begin_creation();
  void create(Creation& creation);
  void hand_out_invite(Creation& creation);
  void run_process(Creation& creation, std::size_t signer);
  void start_again(Creation& creation, std::size_t signer);
  bool has_reason_to_run(const Creation& creation, std::size_t signer);
  void abandon(Creation& creation, std::size_t signer);
  Creation& creation_in(const RoomId& room);
  void sometimes(Duration every, void (World::*fault)());
  void kill_somebody();
  void stop_somebody();
  void cut_link() { channels_.cut_one(); }
  void drop_connection();
  void restart_server();
  Process* draw_process();
  void begin_fair_phase();

  // --- promises ---
  bool honest(std::size_t signer) const { return !context_.plan.evil.contains(signer); }
  std::size_t index_of(const SignKey& key) const;
  void check_change(std::size_t signer, const session::MultisigRecord& now);
  void check_room(const RoomId& room);
  void check_signed(std::size_t signer, const RoomId& room, const Digest& digest);
  bool all_complete(const Creation& creation);
  bool over(const Creation& creation);
  void check_end();

  std::uint64_t seed_;
  Context context_;
  Channels channels_;
  SignalingServer server_;
  std::vector<Disk> disks_;
  std::vector<std::unique_ptr<Creation>> creations_;
  EvilMind mind_;
  std::map<std::pair<std::size_t, RoomId>, Seen> seen_;
  std::vector<std::shared_ptr<Process>> gone_;  // a process may be under our feet when it is over
};

}  // namespace coterie::sim
