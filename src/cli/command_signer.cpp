// coterie signer create | aztec | list | show | use | card | export: one's own identities.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "account/reference_file.h"
#include "ceremony/name.h"
#include "cli/account_choice.h"
#include "cli/account_export.h"
#include "cli/card_view.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/multisig_view.h"

namespace coterie::cli {

namespace {

struct Arguments {
  std::string name;
  std::optional<std::string> chosen_name;  // where the name may be left out
  std::string out;
  std::string format;
  OwnAccountArguments own_account;
};

Result<Signer> load_signer(Context& context, Vault& vault, const Arguments& arguments) {
  return arguments.chosen_name ? vault.signer(arguments.chosen_name) : chosen_signer(context, vault);
}

std::string signer_text(const Signer& signer) {
  return card_text(signer.card()) + (signer.current() ? "  current      yes\n" : "");
}

Result<void> run_create(Context& context, const Arguments& arguments) {
  // Before a vault is made, or a passphrase asked for, in vain.
  if (auto checked = ceremony::check_name(arguments.name, "signer name"); !checked) {
    return usage_error(std::move(checked.error().message), std::move(checked.error().hint));
  }
  COTERIE_TRY(Account own_account, choose_own_account(context, arguments.own_account, arguments.name));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::create));
  COTERIE_TRY(const Signer signer, vault.create_signer(arguments.name, std::move(own_account)));
  context.print(to_json(signer), signer_text(signer));
  context.say("");
  context.say(
      fmt::format("Give the others your card: `coterie signer card {}`", ceremony::shell_argument(signer.name())));
  return {};
}

Result<void> run_aztec(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Account own_account, choose_own_account(context, arguments.own_account, arguments.name));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const RenewedSigner renewed, vault.add_chain_key(arguments.name, std::move(own_account)));
  json::Object object = to_json(renewed.signer);
  object["before"] = to_json(renewed.before);
  context.print(object, fmt::format("before  {}\nnow     {}\n", card_list_line(renewed.before),
                                    card_list_line(renewed.signer.card())) +
                            signer_text(renewed.signer));
  context.say("");
  context.say(
      fmt::format("It is a new card: give it to the others again (`coterie signer card {}`); they take it with "
                  "`coterie contact add --replace CARD`.",
                  ceremony::shell_argument(renewed.signer.name())));
  context.say("A multisig that is pending with the old card still goes on with it.");
  return {};
}

Result<void> run_list(Context& context) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const std::vector<Signer> signers, vault.signers());
  json::Array items;
  std::string text;
  for (const Signer& signer : signers) {
    items.push_back(to_json(signer));
    text += fmt::format("{} {}\n", signer.current() ? '*' : ' ', card_list_line(signer.card()));
  }
  if (signers.empty()) text = "no signers yet: coterie signer create NAME\n";
  context.print(json::Object{{"items", std::move(items)}}, text);
  return {};
}

Result<void> run_show(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Signer signer, load_signer(context, vault, arguments));
  context.print(to_json(signer), signer_text(signer));
  return {};
}

Result<void> run_use(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Signer signer, vault.use_signer(arguments.name));
  context.print(to_json(signer), fmt::format("{} is the current signer now", ceremony::escape(signer.name())));
  return {};
}

Result<void> run_card(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Signer signer, load_signer(context, vault, arguments));
  const std::string line = signer.card().text();
  const json::Object object{{"card", envelope_json(signer.card())}};
  if (arguments.out.empty()) {
    context.print(object, line);
    return {};
  }
  COTERIE_CHECK(write_file(arguments.out, as_bytes(line + "\n"), Existing::replace));
  context.print(object, fmt::format("the card of {} is in {}", ceremony::escape(signer.name()), arguments.out));
  return {};
}

Result<void> run_export(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const ExportFormat format, parse_export_format(arguments.format));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Signer signer, vault.signer(arguments.name));
  COTERIE_TRY(const Account own_account, vault.own_account(signer.name()));
  const std::string name = ceremony::escape(signer.name());
  COTERIE_TRY(const account::AztecAccount keys, aztec_keys(own_account, name));
  const SecretBytes text = format == ExportFormat::account
                               ? own_account.reveal()
                               : write_reference_signer(signer.name(), signer.card().created_at(), keys);
  return export_account(context, arguments.out, arguments.format, text, name,
                        "signs for that account, and reads all that it receives");
}

}  // namespace

void add_signer_commands(CLI::App& app, Context& context) {
  CLI::App& level = *app.add_subcommand("signer", "Your own identities");
  level.require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  CLI::App& create = *level.add_subcommand("create", "Make an identity; the first one also makes the vault");
  create.add_option("NAME", arguments->name, "Its name: on its card, and in commands")->required();
  add_own_account_options(create, arguments->own_account);
  on_run(create, context, [&context, arguments] { return run_create(context, *arguments); });

  CLI::App& list = *level.add_subcommand("list", "All signers of this vault; * marks the current one");
  on_run(list, context, [&context] { return run_list(context); });

  CLI::App& show = *level.add_subcommand("show", "One signer: keys and fingerprint");
  show.add_option("NAME", arguments->chosen_name, "Which one (default: the current signer)");
  on_run(show, context, [&context, arguments] { return run_show(context, *arguments); });

  CLI::App& aztec = *level.add_subcommand(
      "aztec", "Give a signer that has none a chain key: an Aztec account of its own, on a new card");
  aztec.add_option("NAME", arguments->name, "Which one")->required();
  add_own_account_options(aztec, arguments->own_account);
  on_run(aztec, context, [&context, arguments] { return run_aztec(context, *arguments); });

  CLI::App& use = *level.add_subcommand("use", "Make a signer the current one, which acts when none is named");
  use.add_option("NAME", arguments->name, "Which one")->required();
  on_run(use, context, [&context, arguments] { return run_use(context, *arguments); });

  CLI::App& card = *level.add_subcommand("card", "Print the card that others need: one line, public, self-signed");
  card.add_option("NAME", arguments->chosen_name, "Whose (default: the current signer's)");
  card.add_option("--out", arguments->out, "Write the line to this file, in place of what it holds")->type_name("FILE");
  on_run(card, context, [&context, arguments] { return run_card(context, *arguments); });

  CLI::App& exported = *level.add_subcommand("export", "Write a signer's own Aztec account, secret, to a new file");
  exported.add_option("NAME", arguments->name, "Whose")->required();
  exported
      .add_option("--format", arguments->format,
                  "account: the JSON of the account; reference: an entry of the TypeScript reference's signers.json")
      ->required()
      ->type_name("FORMAT");
  exported.add_option("--out", arguments->out, "The file, which must not exist; only you can read it")
      ->required()
      ->type_name("FILE");
  on_run(exported, context, [&context, arguments] { return run_export(context, *arguments); });
}

}  // namespace coterie::cli
