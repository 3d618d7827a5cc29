#include "session/imported.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "ceremony/manifest.h"
#include "ceremony/name.h"

namespace coterie::session {

namespace {

using ceremony::escape;

constexpr std::size_t kMaxRecord = 128ul * 1024;  // an entry is shorter than a file of them, in base64

Result<void> check_signer_names(const std::vector<std::string>& signers) {
  if (signers.size() > ceremony::kMaxAztecSigners) {
    return refused_error(
        fmt::format("the multisig in the account file has {} signers, but an Aztec multisig at most {}", signers.size(),
                    ceremony::kMaxAztecSigners));
  }
  std::set<std::string> names;
  for (const std::string& name : signers) {
    COTERIE_CHECK(ceremony::check_name(name, "signer name"));
    if (!names.insert(ceremony::fold_name(name)).second) {
      return refused_error(fmt::format("two signers of the multisig in the account file are called {}", escape(name)));
    }
  }
  return {};
}

// Those of `names` that are not among `others`, whatever their case. Escaped.
std::vector<std::string> names_without(const std::vector<std::string>& names, const std::vector<std::string>& others) {
  std::vector<std::string> left;
  for (const std::string& name : names) {
    const bool found = std::any_of(others.begin(), others.end(), [&](const std::string& other) {
      return ceremony::fold_name(other) == ceremony::fold_name(name);
    });
    if (!found) left.push_back(escape(name));
  }
  return left;
}

}  // namespace

SecretBytes ImportedMultisig::serialize() const {
  json::Object object = json::secret_object();
  object["version"] = 1;
  object["name"] = name;
  object["signer"] = signer.text();
  object["profile"] = account.aztec()->public_part().profile;
  const SecretBytes entry = write_reference_multisig(said, *account.aztec());
  object["entry"].emplace_string().assign(serialize_secret_base64(entry.view()).text());
  return json::serialize_secret(std::move(object));
}

Result<ImportedMultisig> ImportedMultisig::parse(const SecretBytes& text) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxRecord, "imported multisig record"));
  json::ObjectReader reader(value, "imported multisig record");
  reader.integer("version", 1, 1);
  const std::string name = reader.string("name", 512);
  const auto signer = reader.fixed<SignKey>("signer");
  const std::string profile = reader.string("profile", 64);
  const SecretBytes entry = reader.secret_base64("entry", account::kMaxAccountFileBytes);
  COTERIE_CHECK(reader.finish());
  COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(entry));
  return read_imported(file, 0, signer, name, profile);
}

Result<ImportedMultisig> read_imported(const account::AccountFile& file, std::size_t index, const SignKey& signer,
                                       const std::optional<std::string>& name,
                                       const std::optional<std::string>& profile) {
  if (!file.is_multisig(index)) {
    return refused_error(
        "the account file holds an account by itself, and no multisig",
        "`coterie multisig create … --account-kind aztec-schnorr --account-file FILE` shares such an account; one of "
        "your own, as in signers.json, is for `coterie signer create NAME --aztec-key-file FILE`");
  }
  COTERIE_TRY(const account::FileAccount read, file.account(index));
  COTERIE_TRY(account::AztecAccount account, account::derive_claimed_account(read, profile));
  COTERIE_TRY(account::ReferenceMultisig said, file.multisig(index));
  std::string local_name = name.value_or(said.name);
  if (auto checked = ceremony::check_name(local_name, "multisig name"); !checked) {
    return name ? usage_error(checked.error().message, checked.error().hint)
                : refused_error(checked.error().message, "give it another name here: --as NAME");
  }
  COTERIE_CHECK(check_signer_names(said.signers));
  if (!said.created_at) said.created_at = unix_now();
  return ImportedMultisig{std::move(local_name), signer, std::move(said),
                          account::SharedStateAccount(std::move(account))};
}

Result<void> check_imported_terms(const ImportedMultisig& imported, std::int64_t threshold,
                                  const std::vector<std::string>& signers) {
  const account::ReferenceMultisig& said = imported.said;
  const std::string hint =
      fmt::format("as it was imported: `{}`", create_command(imported.name, said.threshold, said.signers));
  if (threshold != said.threshold) {
    return usage_error(
        fmt::format("{} was imported with the threshold {}, not {}", escape(imported.name), said.threshold, threshold),
        hint);
  }
  if (const auto missing = names_without(said.signers, signers); !missing.empty()) {
    return usage_error(
        fmt::format("{} was imported with {} among its signers", escape(imported.name), ceremony::join_names(missing)),
        hint);
  }
  if (const auto foreign = names_without(signers, said.signers); !foreign.empty()) {
    return usage_error(fmt::format("{} was imported without {} among its signers", escape(imported.name),
                                   ceremony::join_names(foreign)),
                       hint);
  }
  return {};
}

std::string create_command(std::string_view name, std::int64_t threshold, const std::vector<std::string>& signers) {
  std::string command = fmt::format("coterie multisig create {} {}", ceremony::shell_argument(name), threshold);
  for (const std::string& signer : signers) command += " " + ceremony::shell_argument(signer);
  return command;
}

}  // namespace coterie::session
