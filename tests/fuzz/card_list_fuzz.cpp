// A file of cards, as `contact add` reads it: lines, or JSON over several of them.
#include "cli/card_view.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto cards = cli::parse_cards(as_text({data, size}));
  fuzz::check_refusal(cards);
  if (!cards) return 0;
  check(!cards->empty(), "a file of cards has one");
  std::string lines;
  for (const Card& card : *cards) {
    check(fuzz::is_displayable(cli::card_list_line(card)), "a card is shown in one line");
    lines += card.text() + "\n";
  }
  const auto again = cli::parse_cards(lines);
  check(again && again->size() == cards->size(), "parse(serialize(x)) is x");
  for (std::size_t i = 0; i < cards->size(); ++i) {
    check((*again)[i].text() == (*cards)[i].text(), "parse(serialize(x)) is x");
  }
  return 0;
}
