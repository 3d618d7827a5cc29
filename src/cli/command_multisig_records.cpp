// coterie multisig list | show | verify | certificate | export | invite | abandon: what the vault holds; no network.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <CLI/Validators.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <ostream>
#include <system_error>

#include "ceremony/name.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/multisig_view.h"
#include "session/create_multisig.h"

namespace coterie::cli {

namespace {

using ceremony::Card;
using ceremony::escape;
using session::MultisigRecord;
using session::MultisigStatus;

struct Arguments {
  std::string name;  // or room
  bool reveal = false;
  bool pending = false;
  std::string format;
  std::string out;
};

struct OpenMultisig {
  OpenVault open;
  MultisigRecord record;
};

Result<OpenMultisig> load_multisig(Context& context, const std::string& name) {
  COTERIE_TRY(OpenVault open, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const session::LocalSigner signer, chosen_signer(context, open.store));
  COTERIE_TRY(MultisigRecord record, open.store.multisig(signer.card.sign_key(), name));
  return OpenMultisig{std::move(open), std::move(record)};
}

std::string resume_hint(const MultisigRecord& record) {
  return fmt::format("finish it with `coterie multisig resume {}`", shell_argument(record.name));
}

Result<void> run_list(Context& context) {
  COTERIE_TRY(OpenVault open, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const session::LocalSigner signer, chosen_signer(context, open.store));
  COTERIE_TRY(std::vector<MultisigRecord> records, open.store.multisigs());
  std::erase_if(records, [&](const MultisigRecord& record) { return record.signer != signer.card.sign_key(); });
  json::Array items;
  for (const MultisigRecord& record : records) items.push_back(to_json(record));
  context.print(json::Object{{"items", std::move(items)}}, multisig_list_text(records));
  return {};
}

Result<void> run_show(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const OpenMultisig multisig, load_multisig(context, arguments.name));
  const MultisigRecord& record = multisig.record;
  if (!arguments.reveal) {
    context.print(to_json(record), multisig_text(record));
    return {};
  }
  if (!record.account) {
    return usage_error(fmt::format("this vault has no account of {}: it was {}", escape(record.name),
                                   session::to_string(record.status)),
                       "without --reveal the rest is shown");
  }
  if (context.options.json) {
    context.print_secret(json::serialize_secret(reveal_to_json(record)));
  } else {
    context.print({}, multisig_text(record) + "  the account, secret:\n");
    context.print_secret(reveal_text(record));
  }
  return {};
}

// Own signers' cards count as contacts': one knows them.
Result<CompareCard> compare_with_vault(session::Store& store) {
  COTERIE_TRY(std::vector<Card> known, store.contacts());
  COTERIE_TRY(const std::vector<session::LocalSigner> signers, store.signers());
  for (const session::LocalSigner& signer : signers) known.push_back(signer.card);
  return CompareCard([known = std::move(known)](const Card& card) {
    const bool found = std::find(known.begin(), known.end(), card) != known.end();
    return found ? Familiarity::contact : Familiarity::unknown;
  });
}

void print_verified(Context& context, const ceremony::Certificate& certificate, std::string_view name,
                    const CompareCard& compare) {
  context.print(json::Object{{"valid", true}, {"multisig", to_json(certificate, name, compare)}},
                verification_text(certificate, name, compare));
}

Result<void> verify_record(Context& context, const std::string& name) {
  COTERIE_TRY(OpenMultisig multisig, load_multisig(context, name));
  const MultisigRecord& record = multisig.record;
  if (!record.certificate) {
    if (record.status == MultisigStatus::pending) {
      return Error{ErrorKind::pending,
                   fmt::format("{} is pending: it waits for {}", escape(record.name), missing_text(record)),
                   resume_hint(record)};
    }
    return Error{
        ErrorKind::pending,
        fmt::format("{} has no full certificate: it was {}", escape(record.name), session::to_string(record.status)),
        {}};
  }
  COTERIE_TRY(const CompareCard compare, compare_with_vault(multisig.open.store));
  print_verified(context, *record.certificate, record.name, compare);
  return {};
}

// Only when nobody has to be asked: a certificate proves itself without a vault.
Result<CompareCard> compare_when_possible(Context& context) {
  const CompareCard not_compared = [](const Card&) { return Familiarity::not_compared; };
  if (!context.options.passphrase_file) return not_compared;
  const auto home = context.home();
  if (!home) return not_compared;
  COTERIE_TRY(const bool exists, vault::Vault::exists(*home));
  if (!exists) return not_compared;
  COTERIE_TRY(OpenVault open, open_vault(context, MissingVault::refuse));
  return compare_with_vault(open.store);
}

Result<void> verify_file(Context& context, const std::string& path) {
  COTERIE_TRY(const std::string text, read_text(path, ceremony::kMaxCertificateBytes, "certificate"));
  COTERIE_TRY(const ceremony::Certificate certificate, ceremony::Certificate::parse(text));
  COTERIE_TRY(const CompareCard compare, compare_when_possible(context));
  print_verified(context, certificate, certificate.manifest().manifest().name, compare);
  return {};
}

Result<void> run_verify(Context& context, const Arguments& arguments) {
  std::error_code unreadable;  // then it is no existing path
  const bool is_file =
      arguments.name.find('/') != std::string::npos || std::filesystem::exists(arguments.name, unreadable);
  return is_file ? verify_file(context, arguments.name) : verify_record(context, arguments.name);
}

Result<void> run_certificate(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const OpenMultisig multisig, load_multisig(context, arguments.name));
  COTERIE_TRY(const ceremony::PartialCertificate certificate, multisig.record.partial_certificate());
  const std::string text = certificate.serialize();
  if (arguments.out.empty()) {
    context.print(certificate.to_json(), text);
  } else {
    COTERIE_CHECK(write_file(arguments.out, as_bytes(text + "\n"), Existing::replace));
    context.print(certificate.to_json(),
                  fmt::format("the certificate of {} is in {}", escape(multisig.record.name), arguments.out));
  }
  std::string missing;
  for (const std::string& name : certificate.missing()) missing += (missing.empty() ? "" : ", ") + name;
  if (!missing.empty()) context.warn("this certificate is partial: no receipt of " + missing);
  return {};
}

Result<void> run_export(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const OpenMultisig multisig, load_multisig(context, arguments.name));
  const MultisigRecord& record = multisig.record;
  if (!record.account) {
    return usage_error(fmt::format("this vault has no account of {}: it was {}", escape(record.name),
                                   session::to_string(record.status)));
  }
  if (record.status != MultisigStatus::complete && !arguments.pending) {
    const bool pending = record.status == MultisigStatus::pending;
    return Error{pending ? ErrorKind::pending : ErrorKind::usage,
                 fmt::format("{} is {}: it is not proven that every signer holds this account", escape(record.name),
                             session::to_string(record.status)),
                 pending ? resume_hint(record) + ", or export it all the same with --pending"
                         : "export it all the same with --pending"};
  }
  COTERIE_CHECK(write_file(arguments.out, record.account->reveal().view(), Existing::refuse));
  context.print(json::Object{{"file", arguments.out}, {"format", arguments.format}},
                fmt::format("the account of {} is in {}", escape(record.name), arguments.out));
  context.say("It is not encrypted there: whoever reads that file reads all that the multisig does.");
  return {};
}

Result<void> run_invite(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const OpenMultisig multisig, load_multisig(context, arguments.name));
  const MultisigRecord& record = multisig.record;
  if (record.role != session::Role::creator) {
    return usage_error(fmt::format("{} was created by {}, who has its invite", escape(record.name),
                                   escape(record.manifest.creator().name())),
                       record.status == MultisigStatus::pending ? resume_hint(record) : std::string());
  }
  if (!record.live()) {
    return usage_error(
        fmt::format("{} was {}: nobody can join it any more", escape(record.name), session::to_string(record.status)));
  }
  if (record.invite.empty()) {
    return usage_error(fmt::format("{} has one signer only and needs no invite", escape(record.name)));
  }
  const std::string code = record.manifest.verification_code();
  context.print(json::Object{{"invite", record.invite}, {"verification_code", code}}, record.invite);
  // On stderr: stdout is the invite alone, to be piped into a file or a message.
  if (!context.options.quiet) context.err() << "verification code: " << code << std::endl;
  return {};
}

Result<void> run_abandon(Context& context, const Arguments& arguments) {
  COTERIE_TRY(OpenVault open, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const session::LocalSigner signer, chosen_signer(context, open.store));
  COTERIE_TRY(const MultisigRecord record, session::abandon_multisig(open.store, signer, arguments.name));
  context.print(to_json(record), fmt::format("{} is abandoned; its record stays, named by its room {}",
                                             escape(record.name), record.room.text()));
  if (record.receipts.contains(signer.card.sign_key())) {
    context.say("Your receipt stays valid: a certificate of all signers would still complete it.");
  }
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

  CLI::App& exported = *multisig.add_subcommand("export", "Write the secret account to a new file");
  add_name(exported);
  exported
      .add_option("--format", arguments->format, "account: the JSON of the account; of an opaque one its exact bytes")
      ->required()
      ->check(CLI::IsMember({"account"}));
  exported.add_option("--out", arguments->out, "The file, which must not exist; only you can read it")
      ->required()
      ->type_name("FILE");
  exported.add_flag("--pending", arguments->pending, "Also when not every signer is proven to hold it");
  on_run(exported, context, [&context, arguments] { return run_export(context, *arguments); });

  CLI::App& invite = *multisig.add_subcommand("invite", "Print the invite of a multisig that you create again");
  add_name(invite);
  on_run(invite, context, [&context, arguments] { return run_invite(context, *arguments); });

  CLI::App& abandon = *multisig.add_subcommand("abandon", "Give up a pending multisig");
  add_name(abandon);
  on_run(abandon, context, [&context, arguments] { return run_abandon(context, *arguments); });
}

}  // namespace coterie::cli
