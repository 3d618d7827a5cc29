// coterie contact add | list | show | remove: the cards of others that one has accepted.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <memory>

#include "ceremony/card.h"
#include "ceremony/name.h"
#include "cli/card_view.h"
#include "cli/command.h"
#include "cli/file.h"

namespace coterie::cli {

namespace {

using ceremony::escape;

struct Arguments {
  std::string source;
  bool replace = false;
  std::string name;
};

Result<std::vector<Card>> read_cards(const std::string& source) {
  if (source.starts_with(ceremony::Card::kTextPrefix)) return parse_cards(source);
  COTERIE_TRY(const std::string text, read_text(source, kMaxCardsBytes, "card"));
  auto cards = parse_cards(text);
  if (!cards) {
    Error error = std::move(cards).error();
    error.message = fmt::format("{}: {}", source == "-" ? "standard input" : source, error.message);
    return error;
  }
  return cards;
}

json::Object added_to_json(const AddedContact& added) {
  json::Object object = to_json(added.card);
  if (added.replaced.empty()) return object;
  json::Array replaced;
  for (const Card& card : added.replaced) replaced.push_back(to_json(card));
  object["replaced"] = std::move(replaced);
  return object;
}

std::string added_text(const AddedContact& added) {
  const std::string line = card_list_line(added.card);
  switch (added.effect) {
    case ContactEffect::added:
      return "added      " + line + "\n";
    case ContactEffect::unchanged:
      return "unchanged  " + line + "\n";
    case ContactEffect::own_signer:
      return "yourself   " + line + "\n";
    case ContactEffect::replaced:
      break;
  }
  std::string text;
  for (const Card& card : added.replaced) text += "removed    " + card_list_line(card) + "\n";
  return text + "added      " + line + "\n";
}

Result<void> run_add(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const std::vector<Card> cards, read_cards(arguments.source));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  const auto replace = arguments.replace ? ReplaceContact::yes : ReplaceContact::no;
  COTERIE_TRY(const std::vector<AddedContact> results, vault.add_contacts(cards, replace));
  json::Array items;
  std::string text;
  for (const AddedContact& added : results) {
    items.push_back(added_to_json(added));
    text += added_text(added);
  }
  if (items.size() == 1) {
    context.print(json::Value(items.front()), text);
  } else {
    context.print(json::Object{{"items", std::move(items)}}, text);
  }
  const bool any_new = std::any_of(results.begin(), results.end(), [](const AddedContact& added) {
    return added.effect == ContactEffect::added || added.effect == ContactEffect::replaced;
  });
  if (any_new) context.say("Compare the thirty digits with that person by voice: a card does not prove whose it is.");
  return {};
}

Result<void> run_list(Context& context) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const std::vector<Card> contacts, vault.contacts());
  json::Array items;
  std::string text;
  for (const Card& contact : contacts) {
    items.push_back(to_json(contact));
    text += card_list_line(contact) + "\n";
  }
  if (contacts.empty()) text = "no contacts yet: `coterie contact add CARD`\n";
  context.print(json::Object{{"items", std::move(items)}}, text);
  return {};
}

Result<void> run_show(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Card contact, vault.contact(arguments.name));
  context.print(to_json(contact), card_text(contact));
  return {};
}

Result<void> run_remove(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Card contact, vault.remove_contact(arguments.name));
  context.print(to_json(contact), fmt::format("{} is no contact any more", escape(contact.name())));
  return {};
}

}  // namespace

void add_contact_commands(CLI::App& app, Context& context) {
  CLI::App& level = *app.add_subcommand("contact", "The signers whose cards you have accepted");
  level.require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  CLI::App& add = *level.add_subcommand("add", "Accept cards: all that are given, or none");
  add.add_option("CARD", arguments->source,
                 "A card (coterie-card:…), a file with one or several, or - for standard input")
      ->required();
  add.add_flag("--replace", arguments->replace, "Let a new card take the place of a contact with that name or key");
  on_run(add, context, [&context, arguments] { return run_add(context, *arguments); });

  CLI::App& list = *level.add_subcommand("list", "All contacts, with their fingerprints");
  on_run(list, context, [&context] { return run_list(context); });

  CLI::App& show = *level.add_subcommand("show", "One contact: keys and fingerprint");
  show.add_option("NAME", arguments->name, "Which one")->required();
  on_run(show, context, [&context, arguments] { return run_show(context, *arguments); });

  CLI::App& remove = *level.add_subcommand("remove", "Forget a contact; multisigs stay as they are");
  remove.add_option("NAME", arguments->name, "Which one")->required();
  on_run(remove, context, [&context, arguments] { return run_remove(context, *arguments); });
}

}  // namespace coterie::cli
