// coterie aztec address | verify-account | hash | sign | verify: Aztec's arithmetic, for scripts and checks. No
// network; nothing is kept. No vault, but for `sign`.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <array>
#include <memory>

#include "account/account_file.h"
#include "account/aztec/poseidon2.h"
#include "account/aztec/schnorr.h"
#include "cli/account_choice.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/option_values.h"
#include "session/account_entry.h"

namespace coterie::cli {

namespace {

using account::AztecAccount;
using account::AztecPublic;
using account::FileAccount;
using account::aztec::Fr;

struct Arguments {
  std::string account_file;
  std::optional<std::string> entry;
  std::optional<std::string> profile;
  std::vector<std::string> fields;
  std::string message;
  std::string public_key_x;
  std::string public_key_y;
  std::string signature;
};

Result<FileAccount> read_account(const Arguments& arguments) {
  COTERIE_CHECK(check_profile(arguments.profile));
  COTERIE_TRY(const SecretBytes text, read_secret(arguments.account_file, account::kMaxAccountFileBytes, "account"));
  COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(text));
  COTERIE_TRY(const std::size_t index, session::choose_entry(file, arguments.entry, session::kChooseByOption));
  return file.account(index);
}

void warn_of_weakness(Context& context, const AztecAccount& account) {
  const std::string weakness = account::describe_weakness(account.secrets());
  if (!weakness.empty()) context.warn("this account " + weakness);
}

std::string text_of(const AztecPublic& part) {
  return fmt::format("profile       {}\naddress       {}\npublic key x  {}\npublic key y  {}\n", part.profile,
                     part.address, part.public_key_x, part.public_key_y);
}

Result<void> run_address(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const FileAccount file, read_account(arguments));
  COTERIE_TRY(const AztecAccount account, account::derive_account(file, account::profile_of(file, arguments.profile)));
  warn_of_weakness(context, account);
  context.print(account::public_fields_to_json(account.public_part()), text_of(account.public_part()));
  return {};
}

Result<void> run_verify_account(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const FileAccount file, read_account(arguments));
  json::Array compared;
  if (file.address) compared.emplace_back("address");
  if (file.public_key_x) compared.emplace_back("public_key_x");
  if (file.public_key_y) compared.emplace_back("public_key_y");
  if (compared.empty()) {
    return refused_error("the account file gives neither an address nor a public key to compare",
                         "`coterie aztec address` derives them from its keys");
  }
  COTERIE_TRY(const AztecAccount account, account::derive_claimed_account(file, arguments.profile));
  warn_of_weakness(context, account);
  json::Object object{{"valid", true}};
  for (const auto& field : account::public_fields_to_json(account.public_part()))
    object.emplace(field.key(), field.value());
  object.emplace("compared", std::move(compared));
  context.print(object, "valid: what the file says follows from its keys\n" + text_of(account.public_part()));
  return {};
}

Result<void> run_hash(Context& context, const Arguments& arguments) {
  std::vector<Fr> fields;
  for (std::size_t i = 0; i < arguments.fields.size(); ++i) {
    COTERIE_TRY(Fr field, parse_field(arguments.fields[i], fmt::format("FIELD {}", i + 1)));
    fields.push_back(std::move(field));
  }
  const std::vector<account::aztec::poseidon2::Input> inputs(fields.begin(), fields.end());
  const std::string hash = account::aztec::poseidon2::hash(inputs).text();
  context.print(json::Object{{"hash", hash}}, hash);
  return {};
}

Result<void> run_verify(Context& context, const Arguments& arguments) {
  using account::aztec::schnorr::Signature;
  COTERIE_TRY(const Bytes message, parse_hex_bytes(arguments.message, std::nullopt, "--message-hex"));
  COTERIE_TRY(const Bytes x_bytes, parse_hex_bytes(arguments.public_key_x, Fr::kSize, "--public-key-x"));
  COTERIE_TRY(const Bytes y_bytes, parse_hex_bytes(arguments.public_key_y, Fr::kSize, "--public-key-y"));
  COTERIE_TRY(const Bytes signature, parse_hex_bytes(arguments.signature, Signature::kSize, "--signature-hex"));
  auto x = Fr::from_bytes(x_bytes);
  if (!x) return refused_error("not valid: the public key's x is not below the field's modulus");
  auto y = Fr::from_bytes(y_bytes);
  if (!y) return refused_error("not valid: the public key's y is not below the field's modulus");
  auto verified = account::aztec::schnorr::verify({std::move(*x), std::move(*y)}, message, signature);
  if (!verified) return refused_error("not valid: " + verified.error().message);
  context.print(json::Object{{"valid", true}}, "valid: the signature is of this message by this key");
  return {};
}

Result<void> run_sign(Context& context, const Arguments& arguments) {
  COTERIE_TRY(const Bytes bytes, parse_hex_bytes(arguments.message, Fr::kSize, "--message-hex"));
  COTERIE_CHECK(account::check_contract_message(bytes));
  std::array<std::uint8_t, Fr::kSize> message{};
  std::copy(bytes.begin(), bytes.end(), message.begin());
  COTERIE_TRY(Vault vault, open_vault(context, MissingVault::refuse));
  COTERIE_TRY(const Signer signer, chosen_signer(context, vault));
  COTERIE_TRY(const AztecSignature made, vault.sign_with_chain_key(message, signer.name()));
  const std::string signature = "0x" + serialize_hex(made.view());
  const AztecPublic& key = signer.card().aztec()->account;  // with which it was signed
  context.print(
      json::Object{{"signature", signature}, {"public_key_x", key.public_key_x}, {"public_key_y", key.public_key_y}},
      fmt::format("signature     {}\npublic key x  {}\npublic key y  {}\n", signature, key.public_key_x,
                  key.public_key_y));
  return {};
}

}  // namespace

void add_aztec_commands(CLI::App& app, Context& context) {
  CLI::App& level = *app.add_subcommand("aztec", "Aztec's addresses, hashes and signatures; no network");
  level.require_subcommand(1);
  const auto arguments = std::make_shared<Arguments>();
  const auto add_account_options = [&](CLI::App& command) {
    command
        .add_option("--account-file", arguments->account_file, "The account's keys as JSON, or - for standard input")
        ->required()
        ->type_name("FILE");
    command.add_option("--name", arguments->entry, "Which account, where the file holds several")->type_name("NAME");
    command
        .add_option("--profile", arguments->profile,
                    fmt::format("Version of Aztec (default: the file's own, else {})", kDefaultProfile))
        ->type_name("PROFILE");
  };

  CLI::App& address = *level.add_subcommand("address", "Derive address and public key from an account's keys");
  add_account_options(address);
  on_run(address, context, [&context, arguments] { return run_address(context, *arguments); });

  CLI::App& verify_account =
      *level.add_subcommand("verify-account", "Check that address and public key in a file follow from its keys");
  add_account_options(verify_account);
  on_run(verify_account, context, [&context, arguments] { return run_verify_account(context, *arguments); });

  CLI::App& hash = *level.add_subcommand("hash", "Poseidon2 hash of fields, without a separator");
  hash.add_option("FIELD", arguments->fields, "0x and 64 lower-case hexadecimal digits, or a decimal number")
      ->expected(0, CLI::detail::expected_max_vector_size);
  on_run(hash, context, [&context, arguments] { return run_hash(context, *arguments); });

  CLI::App& sign = *level.add_subcommand("sign", "Sign 32 bytes by the chain key of a signer of yours");
  sign.add_option("--message-hex", arguments->message,
                  "What a contract checks: a hash, as `coterie aztec hash` gives it")
      ->required()
      ->type_name("HEX");
  on_run(sign, context, [&context, arguments] { return run_sign(context, *arguments); });

  CLI::App& verify = *level.add_subcommand("verify", "Check a Schnorr signature");
  verify.add_option("--message-hex", arguments->message, "What was signed: any number of bytes")
      ->required()
      ->type_name("HEX");
  verify.add_option("--public-key-x", arguments->public_key_x, "Whose signature: 32 bytes")
      ->required()
      ->type_name("HEX");
  verify.add_option("--public-key-y", arguments->public_key_y, "32 bytes")->required()->type_name("HEX");
  verify.add_option("--signature-hex", arguments->signature, "64 bytes")->required()->type_name("HEX");
  on_run(verify, context, [&context, arguments] { return run_verify(context, *arguments); });
}

}  // namespace coterie::cli
