// coterie multisig list | show | verify | certificate | complete | export | import | invite | abandon: what the vault
// holds; no network.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <system_error>

#include "account/account_file.h"
#include "ceremony/certificate.h"
#include "ceremony/name.h"
#include "cli/account_choice.h"
#include "cli/account_export.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/multisig_view.h"
#include "coterie/certificate.h"

namespace coterie::cli {

namespace {

using ceremony::escape;
using ceremony::shell_argument;

struct Arguments {
  std::string name;  // or room
  bool reveal = false;
  bool pending = false;
  std::string format;
  std::string out;
  std::string file;
  std::vector<std::string> certificates;
  ImportOptions import;
};

struct OpenMultisig {
  Vault vault;
  Multisig multisig;
};

Result<OpenMultisig> load_multisig(Context& context, const std::string& name) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(Multisig multisig, vault.multisig(name, context.options.signer));
  return OpenMultisig{std::move(vault), std::move(multisig)};
}

std::string next_hint(const Multisig& multisig) {
  return fmt::format("{} with `{}`", multisig.imported ? "hand it to its signers" : "finish it",
                     next_command(multisig));
}

// For what only a creation makes: kind `kind` for an imported multisig.
Result<void> refuse_imported(const Multisig& multisig, ErrorKind kind, std::string_view what) {
  if (!multisig.imported) return {};
  return Error{kind, fmt::format("{} was imported: {}", escape(multisig.name), what), next_hint(multisig)};
}

// What names it for good: its room, or while it has none its name.
std::string handle_of(const Multisig& multisig) {
  return multisig.imported ? multisig.name : multisig.room.text();
}

Result<void> run_list(Context& context) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const std::vector<Multisig> multisigs, vault.multisigs(context.options.signer));
  json::Array items;
  for (const Multisig& multisig : multisigs) items.push_back(to_json(multisig));
  context.print(json::Object{{"items", std::move(items)}}, multisig_list_text(multisigs));
  return {};
}

Result<void> run_show(Context& context, const Arguments& arguments) {
  COTERIE_TRY(OpenMultisig open, load_multisig(context, arguments.name));
  const Multisig& multisig = open.multisig;
  if (!arguments.reveal) {
    context.print(to_json(multisig), multisig_text(multisig));
    return {};
  }
  auto account = open.vault.account(handle_of(multisig), context.options.signer);
  if (!account) {
    Error error = std::move(account).error();
    if (error.kind == ErrorKind::usage) error.hint = "without --reveal the rest is shown";
    return error;
  }
  if (context.options.json) {
    context.print_secret(json::serialize_secret(reveal_to_json(multisig, *account)));
  } else {
    context.print({}, multisig_text(multisig) + "  the account, secret:\n");
    context.print_secret(reveal_text(*account));
  }
  return {};
}

void print_verified(Context& context, const Certificate& certificate, std::string_view name) {
  context.print(json::Object{{"valid", true}, {"multisig", to_json(certificate, name)}},
                verification_text(certificate, name));
}

Result<void> verify_stored(Context& context, const std::string& name) {
  auto loaded = load_multisig(context, name);
  if (!loaded) {
    Error error = std::move(loaded).error();
    if (error.kind == ErrorKind::usage) error.hint += "; a file of that name is not here, either";
    return error;
  }
  OpenMultisig& open = *loaded;
  const Multisig& multisig = open.multisig;
  COTERIE_CHECK(refuse_imported(multisig, ErrorKind::pending, "nobody has proven to hold its account"));
  COTERIE_TRY(const std::string text, open.vault.certificate(multisig.room.text(), context.options.signer));
  // A pending creator may have everyone's receipt already: then this is a full one.
  if (multisig.status == MultisigStatus::complete || verify_certificate(text)) {
    COTERIE_TRY(const Certificate certificate, verify_certificate(text, open.vault));
    print_verified(context, certificate, multisig.name);
    return {};
  }
  if (multisig.status == MultisigStatus::pending) {
    return Error{ErrorKind::pending,
                 fmt::format("{} is pending: it waits for {}", escape(multisig.name), missing_text(multisig)),
                 next_hint(multisig)};
  }
  return Error{ErrorKind::pending,
               fmt::format("{} has no full certificate: it was {}", escape(multisig.name), to_string(multisig.status)),
               fmt::format("how it ended: `coterie multisig show {}`", shell_argument(multisig.room.text()))};
}

// Compared with the vault only when nobody has to be asked: a certificate proves itself without one.
Result<Certificate> verify_text(Context& context, const std::string& text) {
  if (!context.options.passphrase_file) return verify_certificate(text);
  const auto home = context.home();
  if (!home) return verify_certificate(text);
  COTERIE_TRY(const bool exists, Vault::exists(*home));
  if (!exists) return verify_certificate(text);
  COTERIE_CHECK(verify_certificate(text));  // a bad certificate is told before the passphrase is worked on
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  return verify_certificate(text, vault);
}

Result<void> verify_file(Context& context, const std::string& path) {
  COTERIE_TRY(const std::string text, read_text(path, kMaxCertificateBytes, "certificate"));
  auto certificate = verify_text(context, text);
  if (!certificate) {
    Error error = std::move(certificate).error();
    if (error.kind == ErrorKind::refused && error.hint.empty()) {
      error.message = fmt::format("{} is no valid certificate: {}", path, error.message);
      error.hint = "ask a signer for it again: `coterie multisig certificate NAME --out FILE` writes it";
    } else if (error.kind == ErrorKind::refused) {
      error.message = fmt::format("{}: {}", path, error.message);
    }
    return error;
  }
  print_verified(context, *certificate, certificate->name);
  return {};
}

Result<void> run_verify(Context& context, const Arguments& arguments) {
  std::error_code unreadable;  // then it is no existing path
  const bool is_file =
      arguments.name.find('/') != std::string::npos || std::filesystem::exists(arguments.name, unreadable);
  return is_file ? verify_file(context, arguments.name) : verify_stored(context, arguments.name);
}

Result<void> run_certificate(Context& context, const Arguments& arguments) {
  COTERIE_TRY(OpenMultisig open, load_multisig(context, arguments.name));
  COTERIE_CHECK(refuse_imported(open.multisig, ErrorKind::usage, "there is nothing of it that anybody has signed"));
  COTERIE_TRY(const std::string text, open.vault.certificate(open.multisig.room.text(), context.options.signer));
  COTERIE_TRY(const ceremony::PartialCertificate certificate, ceremony::PartialCertificate::parse(text));
  if (arguments.out.empty()) {
    context.print(certificate.to_json(), text);
  } else {
    COTERIE_CHECK(write_file(arguments.out, as_bytes(text + "\n"), Existing::replace));
    context.print(certificate.to_json(),
                  fmt::format("the certificate of {} is in {}", escape(open.multisig.name), arguments.out));
  }
  const std::vector<std::string> missing = certificate.missing();
  if (!missing.empty()) context.warn("this certificate is partial: no receipt of " + ceremony::join_names(missing));
  return {};
}

// What a multisig's file holds in this format. Kind usage for an account that the format cannot tell.
Result<SecretBytes> export_text(const Multisig& multisig, const Account& account, ExportFormat format) {
  if (format == ExportFormat::account) return account.reveal();
  COTERIE_TRY(const account::AztecAccount keys, aztec_keys(account, escape(multisig.name)));
  account::ReferenceMultisig entry{
      multisig.name, multisig.multisig_address, multisig.threshold, {}, multisig.created_at};
  for (const MultisigSigner& signer : multisig.signers) entry.signers.push_back(signer.name);
  return write_reference_multisig(entry, keys);
}

Result<void> run_export(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const ExportFormat format, parse_export_format(arguments.format));
  COTERIE_TRY(OpenMultisig open, load_multisig(context, arguments.name));
  const Multisig& multisig = open.multisig;
  COTERIE_TRY(const Account account, open.vault.account(handle_of(multisig), context.options.signer));
  COTERIE_TRY(const SecretBytes text, export_text(multisig, account, format));
  if (multisig.status != MultisigStatus::complete && !arguments.pending) {
    const bool pending = multisig.status == MultisigStatus::pending;
    return Error{pending ? ErrorKind::pending : ErrorKind::usage,
                 fmt::format("{} is {}: it is not proven that every signer holds this account", escape(multisig.name),
                             to_string(multisig.status)),
                 pending ? next_hint(multisig) + ", or export it all the same with --pending"
                         : "export it all the same with --pending"};
  }
  return export_account(context, arguments.out, arguments.format, text, escape(multisig.name),
                        "reads all that the multisig does");
}

Result<void> run_import(Context& context, const Arguments& arguments) {
  if (arguments.format != "reference") {
    return usage_error(fmt::format("--format \"{}\" is not known", escape(arguments.format, 32)),
                       "give --format reference");
  }
  COTERIE_CHECK(check_profile(arguments.import.profile));
  COTERIE_TRY(const SecretBytes text, read_secret(arguments.file, account::kMaxAccountFileBytes, "account"));
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  ImportOptions options = arguments.import;
  options.signer = context.options.signer;
  COTERIE_TRY(const Multisig imported, vault.import_multisig(text, options));
  COTERIE_TRY(const Account account, vault.account(imported.name, options.signer));
  if (const std::string weakness = account.weakness(); !weakness.empty()) context.warn("its account " + weakness);
  context.print(to_json(imported), multisig_text(imported));
  context.say("It is sealed in this vault now; the file still holds its keys, and is not encrypted.");
  return {};
}

Result<void> run_invite(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const OpenMultisig open, load_multisig(context, arguments.name));
  const Multisig& multisig = open.multisig;
  COTERIE_CHECK(refuse_imported(multisig, ErrorKind::usage, "it has no invite yet"));
  if (multisig.role != Role::creator) {
    return usage_error(fmt::format("{} was created by {}, who has its invite", escape(multisig.name),
                                   escape(multisig.signers.front().name)),
                       multisig.status == MultisigStatus::pending ? next_hint(multisig) : std::string());
  }
  if (!is_live(multisig)) {
    return usage_error(
        fmt::format("{} was {}: nobody can join it any more", escape(multisig.name), to_string(multisig.status)),
        "`coterie multisig create` makes a new one, with an invite of its own");
  }
  if (multisig.awaits_deploy_hook) {
    return Error{ErrorKind::pending,
                 fmt::format("{} has no invite yet: its deploy hook has not finished", escape(multisig.name)),
                 next_hint(multisig)};
  }
  if (multisig.invite.empty()) {
    return usage_error(fmt::format("{} has one signer only and needs no invite", escape(multisig.name)),
                       fmt::format("it is complete: `coterie multisig show {}`", shell_argument(multisig.name)));
  }
  const std::string& code = multisig.verification_code;
  context.print(json::Object{{"invite", multisig.invite}, {"verification_code", code}}, multisig.invite);
  // On stderr: stdout is the invite alone, to be piped into a file or a message.
  if (!context.options.quiet) context.err() << "verification code: " << code << std::endl;
  return {};
}

Result<void> run_complete(Context& context, const Arguments& arguments) {
  std::vector<std::string> certificates;
  for (const std::string& path : arguments.certificates) {
    COTERIE_TRY(std::string text, read_text(path, kMaxCertificateBytes, "certificate"));
    if (const auto parsed = ceremony::PartialCertificate::parse(text); !parsed) {
      return refused_error(fmt::format("{} is no valid certificate: {}", path, parsed.error().message),
                           "ask a signer for it again: `coterie multisig certificate NAME --out FILE` writes it");
    }
    certificates.push_back(std::move(text));
  }
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Multisig multisig, vault.complete(arguments.name, certificates, context.options.signer));
  context.print(to_json(multisig), multisig_text(multisig));
  const bool others_wait = std::any_of(multisig.signers.begin(), multisig.signers.end(),
                                       [](const MultisigSigner& one) { return one.state != PeerState::complete; });
  if (others_wait && multisig.role == Role::creator) {
    context.say(fmt::format("Who lacks the certificate gets it while `{}` runs, or takes it from a file, as you did.",
                            next_command(multisig)));
  }
  return {};
}

Result<void> run_abandon(Context& context, const Arguments& arguments) {
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Multisig multisig, vault.abandon(arguments.name, context.options.signer));
  if (multisig.imported) {
    context.print(to_json(multisig),
                  fmt::format("{} is removed as it was imported, with its account", escape(multisig.name)));
    return {};
  }
  context.print(to_json(multisig), fmt::format("{} is abandoned; its record stays, named by its room {}",
                                               escape(multisig.name), multisig.room.text()));
  if (multisig.awaits_deploy_hook) {
    context.say("Nothing of it was signed or sent. What its deploy hook may have deployed has the room as its id.");
    return {};
  }
  // What is pending here was signed here.
  context.say("Your receipt stays valid: a certificate of all signers would still complete it.");
  return {};
}

}  // namespace

void add_multisig_record_commands(CLI::App& multisig, Context& context) {
  const auto arguments = std::make_shared<Arguments>();
  const auto add_name = [&](CLI::App& command) {
    command.add_option("NAME", arguments->name, "Its name in this vault, or its room")->required();
  };

  CLI::App& list = *multisig.add_subcommand("list", "All multisigs of a signer; pending ones with what they wait for");
  on_run(list, context, [&context] { return run_list(context); });

  CLI::App& show = *multisig.add_subcommand("show", "One multisig: signers, account, state");
  add_name(show);
  show.add_flag("--reveal", arguments->reveal, "Also the secret keys of the account");
  on_run(show, context, [&context, arguments] { return run_show(context, *arguments); });

  CLI::App& verify = *multisig.add_subcommand("verify", "Check that all signers signed that they hold the account");
  verify.add_option("NAME", arguments->name, "Its name or room in this vault, or the file of a certificate")
      ->required();
  on_run(verify, context, [&context, arguments] { return run_verify(context, *arguments); });

  CLI::App& certificate = *multisig.add_subcommand("certificate", "Print the certificate; it holds no secret");
  add_name(certificate);
  certificate.add_option("--out", arguments->out, "Write it to this file, in place of what it holds")
      ->type_name("FILE");
  on_run(certificate, context, [&context, arguments] { return run_certificate(context, *arguments); });

  CLI::App& complete = *multisig.add_subcommand("complete", "Finish a multisig without network, by its certificate");
  add_name(complete);
  complete
      .add_option("--certificate", arguments->certificates,
                  "What another signer's `multisig certificate` printed; again for each part of it")
      ->required()
      ->type_name("FILE")
      ->allow_extra_args(false);
  on_run(complete, context, [&context, arguments] { return run_complete(context, *arguments); });

  CLI::App& exported = *multisig.add_subcommand("export", "Write the secret account to a new file");
  add_name(exported);
  exported
      .add_option("--format", arguments->format,
                  "account: the JSON of the account; of an opaque one its exact bytes. reference: an entry of the "
                  "TypeScript reference's multisigs.json")
      ->required()
      ->type_name("FORMAT");
  exported.add_option("--out", arguments->out, "The file, which must not exist; only you can read it")
      ->required()
      ->type_name("FILE");
  exported.add_flag("--pending", arguments->pending, "Also when not every signer is proven to hold it");
  on_run(exported, context, [&context, arguments] { return run_export(context, *arguments); });

  CLI::App& imported =
      *multisig.add_subcommand("import", "Keep a multisig that other software made, to hand it to its signers");
  imported.add_option("FILE", arguments->file, "An entry of its file or the whole of it, or - for standard input")
      ->required();
  imported.add_option("--format", arguments->format, "reference: the TypeScript reference's multisigs.json")
      ->required()
      ->type_name("FORMAT");
  imported.add_option("--name", arguments->import.entry, "Which multisig, where the file holds several")
      ->type_name("NAME");
  imported.add_option("--as", arguments->import.local_name, "Its name here (default: that in the file)")
      ->type_name("NAME");
  imported
      .add_option("--profile", arguments->import.profile,
                  fmt::format("Version of Aztec (default: the file's own, else {})", kDefaultProfile))
      ->type_name("PROFILE");
  on_run(imported, context, [&context, arguments] { return run_import(context, *arguments); });

  CLI::App& invite = *multisig.add_subcommand("invite", "Print the invite of a multisig that you create again");
  add_name(invite);
  on_run(invite, context, [&context, arguments] { return run_invite(context, *arguments); });

  CLI::App& abandon = *multisig.add_subcommand("abandon", "Give up a pending multisig");
  add_name(abandon);
  on_run(abandon, context, [&context, arguments] { return run_abandon(context, *arguments); });
}

}  // namespace coterie::cli
