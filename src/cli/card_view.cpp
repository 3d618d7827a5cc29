#include "cli/card_view.h"

#include <spdlog/fmt/fmt.h>

#include "account/aztec_account.h"
#include "ceremony/card.h"
#include "ceremony/name.h"

namespace coterie::cli {

namespace {

constexpr std::size_t kMaxBytes = ceremony::Card::kMaxBytes;
constexpr const char* kWhatACardIs =
    "a card is one line that begins with coterie-card:, as `coterie signer card` prints it";
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

Result<Card> parse_json_card(const json::Value& value) {
  const json::Object* object = value.if_object();
  if (object == nullptr || !object->contains("card")) return Card::parse(json::serialize(value));
  json::ObjectReader reader(value, "card");
  const json::Value& envelope = reader.value("card");
  COTERIE_CHECK(reader.finish());
  return Card::parse(json::serialize(envelope));
}

Result<Card> parse_card(std::string_view text) {
  if (text.starts_with(ceremony::Card::kTextPrefix)) return Card::parse(text);
  if (!text.starts_with('{')) return refused_error("this is no card", kWhatACardIs);
  COTERIE_TRY(const json::Value value, json::parse(text, 2 * kMaxBytes, "card"));
  return parse_json_card(value);
}

}  // namespace

json::Object to_json(const Card& card) {
  json::Object object{{"name", card.name()},
                      {"sign_key", card.sign_key().text()},
                      {"box_key", card.box_key().text()},
                      {"fingerprint", card.fingerprint()}};
  if (card.aztec()) object["aztec"] = account::to_json(*card.aztec());
  return object;
}

json::Object to_json(const Signer& signer) {
  json::Object object = to_json(signer.card());
  object["current"] = signer.current();
  return object;
}

json::Value envelope_json(const Card& card) {
  const std::string text = card.envelope();
  return json::parse(text, text.size(), "card").value();  // our own text, so it parses
}

std::string card_text(const Card& card) {
  std::string text =
      fmt::format("{}\n  fingerprint  {}\n  sign key     {}\n  box key      {}\n", ceremony::escape(card.name()),
                  card.fingerprint(), card.sign_key().text(), card.box_key().text());
  if (!card.aztec()) return text + "  no chain key\n";
  const AztecPublic& own = card.aztec()->account;
  return text +
         fmt::format("  chain key    Aztec, profile {}\n  address      {}\n  public key   {}\n               {}\n",
                     own.profile, own.address, own.public_key_x, own.public_key_y);
}

std::string card_list_line(const Card& card) {
  return fmt::format("{}  {}{}", card.fingerprint(), ceremony::escape(card.name()),
                     card.aztec() ? "" : "  (no chain key)");
}

Result<std::vector<Card>> parse_cards(std::string_view text) {
  if (text.size() > kMaxCardsBytes) {
    return usage_error(fmt::format("the cards are longer than {} bytes", kMaxCardsBytes), "add them in several files");
  }
  // A single JSON may be laid out over lines; with several, each has its own line, and this does not parse.
  if (const std::string_view whole = trimmed(text); whole.starts_with('{') && whole.size() <= 4 * kMaxBytes) {
    if (const auto value = json::parse(whole, 4 * kMaxBytes, "card")) {
      COTERIE_TRY(Card card, parse_json_card(*value));
      return std::vector<Card>{std::move(card)};
    }
  }
  std::vector<Card> cards;
  std::size_t number = 0;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    const std::string_view line = trimmed(text.substr(start, end - start));
    start = end + 1;
    ++number;
    if (line.empty()) continue;
    auto card = parse_card(line);
    if (!card) {
      Error error = std::move(card).error();
      if (text.find('\n') != std::string_view::npos) error.message = fmt::format("line {}: {}", number, error.message);
      if (error.hint.empty()) error.hint = "copy the whole line, or ask for the card again";
      return error;
    }
    cards.push_back(std::move(*card));
  }
  if (cards.empty()) {
    return usage_error("there is no card in it", kWhatACardIs);
  }
  return cards;
}

}  // namespace coterie::cli
