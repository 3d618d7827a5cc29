// coterie vault backup | restore | rehearse | passphrase: keeping the vault itself.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "ceremony/name.h"
#include "cli/card_view.h"
#include "cli/command.h"
#include "cli/multisig_view.h"
#include "cli/passphrase.h"

namespace coterie::cli {

namespace {

struct Arguments {
  std::string file;
  std::optional<std::string> new_passphrase_file;
};

std::string counted(std::size_t number, std::string_view what) {
  return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
}

json::Array list_to_json(const std::vector<Card>& cards) {
  json::Array items;
  for (const Card& card : cards) items.push_back(to_json(card));
  return items;
}

json::Array list_to_json(const std::vector<Multisig>& multisigs) {
  json::Array items;
  for (const Multisig& multisig : multisigs) items.push_back(to_json(multisig));
  return items;
}

// Before a passphrase is asked for in vain; the library looks again.
Result<void> check_new_file(const std::string& file) {
  std::error_code failure;
  if (std::filesystem::symlink_status(file, failure).type() == std::filesystem::file_type::not_found) return {};
  if (failure) return {};
  return usage_error(fmt::format("{} exists already", file), "name a new file, or remove that one first");
}

Result<void> run_backup(Context& context, const Arguments& arguments) {
  COTERIE_CHECK(check_new_file(arguments.file));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const std::size_t records, vault.backup(arguments.file));
  context.print(json::Object{{"file", arguments.file}, {"records", records}},
                fmt::format("the vault in {} is in {}: {}, each read back and opened", vault.home().string(),
                            arguments.file, counted(records, "record")));
  context.say("");
  context.say(
      "It is sealed, and opens with the passphrase that the vault has now. What is recorded from now on is not in it: "
      "make another one after each new multisig.");
  return {};
}

// A rollback that its owner chose: nobody but the owner and the other signers can know what it lost.
void warn_of_rollback(Context& context, const std::vector<Multisig>& multisigs) {
  context.warn(
      "this vault is as it was when the backup was made. What was recorded after that is missing, and no file tells "
      "whether there was anything: multisigs with their accounts, signers, contacts");
  context.warn(
      "what was signed after that still holds. Ask the other signers what happened since, before you create or join "
      "anything: a multisig that is missing here is joined again by its invite; creating it a second time makes "
      "another "
      "account");
  for (const Multisig& multisig : multisigs) {
    if (multisig.status != MultisigStatus::pending) continue;
    context.warn(fmt::format("{} was pending then, and may have been signed or completed since: go on with `{}`",
                             ceremony::escape(multisig.name), next_command(multisig)));
  }
}

Result<void> run_restore(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const std::filesystem::path home, context.home());
  COTERIE_TRY(const bool exists, Vault::exists(home));
  if (exists) {
    return usage_error(fmt::format("there is a vault at {} already", home.string()),
                       "choose another directory with --home DIR, or move that one away first");
  }
  COTERIE_TRY(const Passphrase passphrase, ask_passphrase(context, arguments.file));
  COTERIE_TRY(Vault vault, Vault::restore(home, arguments.file, passphrase));
  COTERIE_TRY(const std::vector<Signer> signers, vault.signers());
  json::Array signer_items;
  std::vector<Multisig> all;
  std::string text = fmt::format("the vault of {} is at {}\n", arguments.file, vault.home().string());
  for (const Signer& signer : signers) {
    signer_items.push_back(to_json(signer));
    text += fmt::format("{} {}\n", signer.current() ? '*' : ' ', card_list_line(signer.card()));
    COTERIE_TRY(std::vector<Multisig> multisigs, vault.multisigs(signer.name()));
    std::move(multisigs.begin(), multisigs.end(), std::back_inserter(all));
  }
  if (!all.empty()) text += multisig_list_text(all);
  context.print(json::Object{{"file", arguments.file},
                             {"home", vault.home().string()},
                             {"signers", std::move(signer_items)},
                             {"multisigs", list_to_json(all)}},
                text);
  warn_of_rollback(context, all);
  return {};
}

Result<void> run_rehearse(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const Passphrase passphrase, ask_passphrase(context, arguments.file));
  COTERIE_TRY(const BackupContents contents, Vault::rehearse(arguments.file, passphrase));
  std::string text =
      fmt::format("{} opens: {}, {}, {}, {}\n", arguments.file, counted(contents.records, "record"),
                  counted(contents.signers.size(), "signer"), counted(contents.contacts.size(), "contact"),
                  counted(contents.multisigs.size(), "multisig"));
  text += "Every account derives its recorded address, every certificate verifies.\n";
  for (const Card& signer : contents.signers) text += fmt::format("  {}\n", card_list_line(signer));
  if (!contents.multisigs.empty()) text += multisig_list_text(contents.multisigs);
  context.print(json::Object{{"valid", true},
                             {"file", arguments.file},
                             {"records", contents.records},
                             {"signers", list_to_json(contents.signers)},
                             {"contacts", list_to_json(contents.contacts)},
                             {"multisigs", list_to_json(contents.multisigs)}},
                text);
  return {};
}

Result<void> run_passphrase(Context& context, const Arguments& arguments) {
  constexpr PassphraseUse use = PassphraseUse::next_of_vault;
  PassphraseSource source{arguments.new_passphrase_file, &context.terminal(), {}};
  COTERIE_CHECK(check_passphrase_source(source, use));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  auto passphrase = obtain_passphrase(source, use, vault.home());
  if (source.warning) context.warn(*source.warning);
  if (!passphrase) return std::move(passphrase).error();
  COTERIE_CHECK(vault.change_passphrase(*passphrase));
  const std::string home = vault.home().string();
  context.print(json::Object{{"home", home}}, fmt::format("the vault at {} has a new passphrase and a new key", home));
  context.say("");
  context.say(
      "The old passphrase does not open it any more. It still opens older backups and every other copy of the old "
      "file: make a new backup, and destroy those.");
  return {};
}

}  // namespace

void add_vault_commands(CLI::App& app, Context& context) {
  CLI::App& level = *app.add_subcommand("vault", "Back up the vault, restore it, change its passphrase");
  level.require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();

  CLI::App& backup = *level.add_subcommand("backup", "Write the whole vault, sealed, to a new file, and read it back");
  backup.add_option("FILE", arguments->file, "The file, which must not exist; only you can read it")->required();
  on_run(backup, context, [&context, arguments] { return run_backup(context, *arguments); });

  CLI::App& restore = *level.add_subcommand("restore", "Make the vault from a backup, where there is none");
  restore.add_option("FILE", arguments->file, "The backup; it opens with the passphrase that it was made with")
      ->required();
  on_run(restore, context, [&context, arguments] { return run_restore(context, *arguments); });

  CLI::App& rehearse = *level.add_subcommand(
      "rehearse", "Prove that a backup would do: passphrase, records, accounts, certificates. Writes nothing");
  rehearse.add_option("FILE", arguments->file, "The backup")->required();
  on_run(rehearse, context, [&context, arguments] { return run_rehearse(context, *arguments); });

  CLI::App& passphrase =
      *level.add_subcommand("passphrase", "Change the passphrase: a new key, and everything sealed anew with it");
  passphrase
      .add_option("--new-passphrase-file", arguments->new_passphrase_file,
                  "File (or pipe) whose first line is the new passphrase (default: asked for twice)")
      ->type_name("FILE");
  on_run(passphrase, context, [&context, arguments] { return run_passphrase(context, *arguments); });
}

}  // namespace coterie::cli
