#include "sim/plan.h"

#include <spdlog/fmt/fmt.h>
#include <spdlog/fmt/ranges.h>

namespace coterie::sim {

using namespace std::chrono_literals;

Plan Plan::draw(Dice& dice) {
  Plan plan;
  // Small rosters mix more in the same time; all sizes come.
  plan.signers = dice.chance(600) ? 2 + dice.below(3) : 1 + dice.below(8);
  plan.embedded = dice.chance(500);
  if (plan.signers > 1 && dice.chance(300)) {
    plan.evil.insert(dice.chance(500) ? 0 : 1 + dice.below(plan.signers - 1));
    if (dice.chance(300)) plan.evil.insert(dice.below(plan.signers));
  }
  plan.faults_end = dice.between(3s, 45s);
  if (dice.chance(500)) plan.crash = 1 + dice.below(60);
  if (dice.chance(150)) plan.channel_lost = 1 + dice.below(200);
  if (dice.chance(150)) plan.channel_doubled = 1 + dice.below(300);
  if (dice.chance(150)) plan.channel_reordered = 1 + dice.below(300);
  if (dice.chance(200)) plan.relay_lost = 1 + dice.below(200);
  if (dice.chance(200)) plan.relay_doubled = 1 + dice.below(300);
  if (dice.chance(200)) plan.relay_late = 1 + dice.below(300);
  if (dice.chance(200)) plan.relay_replayed = 1 + dice.below(300);
  if (dice.chance(200)) plan.link_fails = 1 + dice.below(500);
  if (dice.chance(150)) plan.decline = 100 + dice.below(900);
  const auto every = [&dice](std::uint64_t per_mille, Duration least) {
    return dice.chance(per_mille) ? dice.between(least, 20 * least) : 0ms;
  };
  plan.kill_every = every(300, 1s);
  plan.stop_every = every(200, 1s);
  plan.cut_every = every(300, 500ms);
  plan.drop_every = every(300, 500ms);
  plan.server_every = every(200, 2s);
  plan.creator_abandons = dice.chance(150);
  plan.recipient_abandons = dice.chance(70);
  plan.other_terms = dice.chance(500);
  plan.second_room = dice.chance(100);
  plan.short_ttl = dice.chance(100);
  return plan;
}

std::string Plan::text() const {
  std::string text = fmt::format("{} signers, {} server, faults for {} s", signers, embedded ? "embedded" : "separate",
                                 faults_end.count() / 1000);
  if (!evil.empty()) text += fmt::format(", evil: {}", fmt::join(evil, " "));
  const auto rate = [&text](const char* what, std::uint64_t per_mille) {
    if (per_mille > 0) text += fmt::format(", {} {}‰", what, per_mille);
  };
  rate("crash", crash);
  rate("messages lost", channel_lost);
  rate("messages doubled", channel_doubled);
  rate("messages reordered", channel_reordered);
  rate("signals lost", relay_lost);
  rate("signals doubled", relay_doubled);
  rate("signals late", relay_late);
  rate("signals replayed", relay_replayed);
  rate("links fail", link_fails);
  rate("decline", decline);
  const auto each = [&text](const char* what, Duration every) {
    if (every.count() > 0) text += fmt::format(", {} each {} ms", what, every.count());
  };
  each("kill", kill_every);
  each("stop", stop_every);
  each("link cut", cut_every);
  each("connection dropped", drop_every);
  each("server restarted", server_every);
  if (creator_abandons) text += other_terms ? ", creator abandons and takes other terms" : ", creator abandons";
  if (recipient_abandons) text += ", a recipient abandons";
  if (second_room) text += ", two rooms";
  if (short_ttl) text += ", short ttl";
  return text;
}

}  // namespace coterie::sim
