// An Aztec account as it stands in somebody's file: an export of this program, what a wallet wrote, or an entry of the
// signers.json or multisigs.json of the TypeScript reference. Fields that mean nothing here are not looked at; those
// that do are read strictly. The shapes are in docs/aztec.md, section "Files".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "account/aztec_account.h"
#include "account/reference_file.h"
#include "base/json.h"
#include "base/result.h"
#include "base/secret.h"

namespace coterie::account {

constexpr std::size_t kMaxAccountFileBytes = 64ul * 1024;

// What a file says of its account beside the secrets: a field as it is called there, and a number in canonical form.
struct FileClaim {
  std::string field;
  std::string value;
};

struct FileAccount {
  AztecSecrets secrets;
  // An entry of signers.json has no secret key and no salt. Then `secrets` holds those that the reference takes by
  // default, and only an address that follows from them shows that they are the right ones.
  bool by_default_keys = false;
  std::optional<std::string> profile;  // others' text: known or not
  std::optional<FileClaim> address;    // always there with by_default_keys
  std::optional<FileClaim> public_key_x;
  std::optional<FileClaim> public_key_y;
};

class AccountFile {
 public:
  // One account, or an array of them. Kind refused, naming what is wrong and quoting none of it: more than
  // kMaxAccountFileBytes, no JSON, neither object nor array of objects.
  static Result<AccountFile> parse(const SecretBytes& text);

  // The names of its entries, empty where one has none; one for a file that is no array. Others' text.
  const std::vector<std::string>& names() const { return names_; }
  std::size_t size() const { return names_.size(); }

  // Kind refused, naming the field and never its value: a field that is missing, malformed or out of range, two fields
  // of one meaning, another kind of account. `index` is below size().
  Result<FileAccount> account(std::size_t index) const;

  // Whether an entry is one of multisigs.json, and what it says beside its account. Kind refused, naming the field.
  bool is_multisig(std::size_t index) const;
  Result<ReferenceMultisig> multisig(std::size_t index) const;

 private:
  explicit AccountFile(json::Value value) : value_(std::move(value)) {}
  const json::Value& entry(std::size_t index) const;
  std::string what(std::size_t index) const;  // the entry, in errors

  json::Value value_;  // in wiped memory
  std::vector<std::string> names_;
};

// The wanted profile, else the file's own, else kDefaultProfile.
std::string profile_of(const FileAccount& account, const std::optional<std::string>& wanted);

// What follows from the secrets; what the file claims is not looked at, but where the secrets are the reference's
// defaults. Kind refused: an unknown profile, naming the known ones; an entry of signers.json that has other keys.
Result<AztecAccount> derive_account(const FileAccount& account, std::string_view profile);

// The same, and compared with every claim. Kind refused, naming each field that is wrong, and the profile under which
// the address would be right, if there is one.
Result<AztecAccount> derive_claimed_account(const FileAccount& account, const std::optional<std::string>& wanted);

// Why anybody could have these keys, in words that follow "the account"; empty when nobody can. A number below 2^64 is
// no random one: the reference draws the secret keys of its multisigs from 256 of them, and all its signers share one.
std::string describe_weakness(const AztecSecrets& secrets);

}  // namespace coterie::account
