#include "rtc/turn_problem.h"

namespace coterie::rtc {

std::string describe(const std::vector<TurnProblem>& problems) {
  std::string text;
  for (const TurnProblem& problem : problems) {
    if (!text.empty()) text += "; ";
    text += problem.server + ": " + problem.words;
  }
  return text;
}

}  // namespace coterie::rtc
