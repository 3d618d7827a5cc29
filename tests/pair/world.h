// World: a creator and its recipients in one process, with journals instead of disks and queues instead of channels.
// Loses, doubles, reorders, cuts, alters and replays messages, drops links and kills processes as told, and checks the
// protocol's promises at every event.
#pragma once

#include <deque>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "ceremony/creator.h"
#include "ceremony/recipient.h"
#include "ceremony/test_support.h"

namespace coterie::ceremony::test {

enum class FaultKind {
  lost,                // and the link with it: a channel that loses a message is broken
  doubled,             // delivered twice in a row
  reordered,           // after the next message of its direction, or when nothing else moves
  cut,                 // only the first `at` bytes
  altered,             // one bit of byte `at`
  replayed_later,      // once more on the next link between the two
  replayed_elsewhere,  // also to another signer, or as from another signer
};

// What befalls the message with this number, counted over all messages sent.
struct Fault {
  std::size_t message = 0;
  FaultKind kind = FaultKind::lost;
  std::size_t at = 0;
};

struct Plan {
  std::size_t signers = 3;
  std::optional<Fault> fault{};
  std::optional<std::size_t> drop_link_at{};  // the delivery at which its link is dropped instead
  std::optional<std::size_t> crash_at{};      // the event before which its machine's process dies
  std::optional<std::size_t> decliner{};      // the signer who says no
  std::optional<std::size_t> abandon_at{};    // the delivery before which the creator abandons, if it still may
  std::optional<std::size_t> leave_at{};      // the delivery before which the last signer goes, for good
  // Messages from this number on are taken by their channel and never arrive: nobody learns it. Until the links close,
  // or for ever.
  std::optional<std::size_t> vanish_from{};
  bool vanish_for_ever = false;
  std::uint32_t order = 1;  // seed of the order in which channels move
};

class World {
 public:
  explicit World(Plan plan);

  // Opens every link, lets everything move until nothing does, drops the links, and again, until it is over or has not
  // been for many rounds. Every promise is checked on the way.
  void run();

  bool everyone_complete() const;
  bool nobody_complete() const;
  // What the creator's record proves: every signer's `stored` is on its disk.
  bool creator_complete() const { return creator_journal_.stored.size() == peers_.size() - 1; }
  bool ended() const { return creator_journal_.ending.has_value(); }

  std::size_t messages() const { return messages_; }      // sent
  std::size_t deliveries() const { return deliveries_; }  // arrived
  std::size_t events() const { return events_; }          // carried out
  std::size_t rounds() const { return rounds_; }
  std::size_t size_of_message(std::size_t message) const { return sizes_.at(message); }
  const std::vector<Error>& errors() const { return errors_; }
  const std::string& last_reason() const { return creator_journal_.ending->reason; }

 private:
  struct RecipientJournal {
    std::optional<SignedManifest> manifest;
    std::optional<account::SharedStateAccount> account;
    std::optional<Signature> receipt;
    std::optional<Certificate> certificate;
    std::optional<Ending> ending;
  };
  struct Channel {
    std::deque<std::string> queue;
    std::optional<std::string> held;  // until it is overtaken
    std::vector<std::string> replays;
  };
  struct Peer {
    RecipientJournal journal;
    std::optional<Recipient> machine;
    bool linked = false;
    bool ended = false;   // the machine said Ended
    bool broken = false;  // it said PeerError, for which it closes the link
    bool over = false;    // it closed the link after Ended: there is nothing more to do
    bool gone = false;    // its process ended and does not come back
    Channel to_creator;
    Channel to_recipient;
  };

  Creator start_creator();
  Recipient start_recipient(std::size_t signer);
  void open_links();
  void close_link(std::size_t signer);
  void move_until_quiet();
  bool carry_out_events();
  bool deliver_one();
  void transmit(Channel& channel, std::size_t signer, std::string message);
  bool release_held();
  bool crashes_now() { return plan_.crash_at == events_++; }

  void carry_out(creator_event::Event event);
  void carry_out(std::size_t signer, recipient_event::Event event);
  void check_promises() const;
  std::size_t index_of(const SignKey& signer) const;

  Plan plan_;
  const std::vector<TestSigner>& signers_;
  account::SharedStateAccount account_ = make_account(1);
  SignedManifest manifest_;
  SeededRandom random_{11};
  std::mt19937 order_;
  CreatorRecord creator_journal_;
  std::optional<Creator> creator_;
  std::vector<Peer> peers_;  // by index in the roster; [0] is unused
  std::size_t messages_ = 0;
  std::size_t deliveries_ = 0;
  std::size_t events_ = 0;
  std::size_t rounds_ = 0;
  std::vector<std::size_t> sizes_;
  std::vector<Error> errors_;
};

// Signers are made once for all worlds: their keys cost more than a run.
const std::vector<TestSigner>& shared_signers(std::size_t count);

}  // namespace coterie::ceremony::test
