// Plan: who takes part in one run, and which faults may happen in it. Drawn from the seed; each kind of fault is in
// some runs and not in others, so that one kind does not hide what another would show.
#pragma once

#include <set>
#include <string>

#include "sim/schedule.h"

namespace coterie::sim {

struct Plan {
  std::size_t signers = 1;  // 0 is the creator
  bool embedded = false;    // the signaling server lives and dies with the creator's process
  std::set<std::size_t> evil;

  Duration faults_end{0};  // after that everything is delivered, and whoever died starts again
  // Per mille.
  std::uint64_t crash = 0;         // before each event of a machine
  std::uint64_t channel_lost = 0;  // each message of a channel: it never arrives, and nobody learns it
  std::uint64_t channel_doubled = 0;
  std::uint64_t channel_reordered = 0;
  std::uint64_t relay_lost = 0;  // each signal, by the server
  std::uint64_t relay_doubled = 0;
  std::uint64_t relay_late = 0;
  std::uint64_t relay_replayed = 0;  // one that was heard before, to the same signer
  std::uint64_t link_fails = 0;      // each link that would open does not
  std::uint64_t decline = 0;         // each recipient that is asked
  // One after the other, at random moments; 0: never.
  Duration kill_every{0};  // the process of somebody
  Duration stop_every{0};  // Ctrl-C
  Duration cut_every{0};   // a link
  Duration drop_every{0};  // a connection to the signaling server
  Duration server_every{0};
  bool creator_abandons = false;
  bool recipient_abandons = false;
  bool other_terms = false;  // after giving up: the same name, with other terms and another room
  bool second_room = false;  // a second creation at the same time
  bool short_ttl = false;    // the room's time runs out in between

  static Plan draw(Dice& dice);
  std::string text() const;

  bool channel_faults() const { return channel_lost + channel_doubled + channel_reordered > 0; }
};

}  // namespace coterie::sim
