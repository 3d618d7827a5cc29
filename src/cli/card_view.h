// Cards as `--json` gives them, as a terminal shows them, and as a person hands them in.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "coterie/card.h"
#include "coterie/vault.h"

namespace coterie::cli {

constexpr std::size_t kMaxCardsBytes = 1024ul * 1024;  // a file of cards: more than a thousand of them

json::Object to_json(const Card& card);        // {name, sign_key, box_key, fingerprint}
json::Object to_json(const Signer& signer);    // and `current`: true or false
json::Value envelope_json(const Card& card);   // the DSSE envelope
std::string card_text(const Card& card);       // several lines; the name escaped
std::string card_list_line(const Card& card);  // one line: fingerprint and name

// One or several cards: each on a line in text form or as JSON, the envelope or {"card":ENVELOPE}; or one such JSON
// over several lines. Empty lines do not count. Kind refused, naming the line, when one of them is none; kind usage
// when there is none at all.
Result<std::vector<Card>> parse_cards(std::string_view text);

}  // namespace coterie::cli
