#include "account/account_file.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <span>

#include "account/aztec/field.h"
#include "account/aztec/profile.h"
#include "account/element_json.h"

namespace coterie::account {

namespace {

using aztec::Fq;
using aztec::Fr;
using Keys = std::span<const char* const>;

// Each meaning under every name that it has: of wallets and the reference, of `export --format account`, and of
// multisigs.json, whose plain names are of the multisig and not of its account.
constexpr std::array kSecretKey = {"secretKey", "secret_key", "sharedStateAccountSecretKey"};
constexpr std::array kSalt = {"salt", "saltKey", "salt_key", "sharedStateAccountSaltKey"};
constexpr std::array kPrivateKey = {"privateKey", "signingPrivateKey", "private_key", "sharedStateAccountPrivateKey"};
constexpr std::array kAddress = {"address"};
constexpr std::array kMultisigAccountAddress = {"sharedStateAccountAddress"};
constexpr std::array kPublicKeyX = {"publicKeyX", "public_key_x", "sharedStateAccountPublicKeyX"};
constexpr std::array kPublicKeyY = {"publicKeyY", "public_key_y", "sharedStateAccountPublicKeyY"};

constexpr std::string_view kMultisigPrefix = "sharedStateAccount";
constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kMaxProfileBytes = 64;

// What the reference's SECRET_KEY and SALT are when its environment does not say.
constexpr std::uint64_t kDefaultSecretKey = 0x111;
constexpr std::uint64_t kDefaultSalt = 0x222;

constexpr const char* kShapesHint =
    "an account is {secretKey, salt, signingPrivateKey}, what `export --format account` writes, or an entry of the "
    "reference's signers.json or multisigs.json";
constexpr const char* kMissingKeysHint =
    "the signer was made with another SECRET_KEY and SALT in the environment: add both to the entry as \"secretKey\" "
    "and "
    "\"salt\", 0x and 64 hexadecimal digits each. Or by a version of Aztec that is not known here";

// Which of the names the object has; null for none. Two of them are refused: nobody knows which one counts.
const char* find_key(json::ObjectReader& reader, Keys keys) {
  const char* found = nullptr;
  for (const char* key : keys) {
    if (!reader.has(key)) continue;
    if (found != nullptr) reader.fail(key, fmt::format("the same as \"{}\", which is there, too", found));
    found = key;
  }
  return found;
}

template <class Element>
Secret<32> read_secret(json::ObjectReader& reader, Keys keys) {
  const char* key = find_key(reader, keys);
  return read_element<Element>(reader, key != nullptr ? key : keys.front()).bytes();
}

std::optional<FileClaim> read_claim(json::ObjectReader& reader, Keys keys) {
  const char* key = find_key(reader, keys);
  if (key == nullptr) return std::nullopt;
  return FileClaim{key, read_element<Fr>(reader, key).text()};
}

Secret<32> read_private_key(json::ObjectReader& reader) {
  const char* key = find_key(reader, kPrivateKey);
  if (key == nullptr) key = kPrivateKey.front();
  const Fq private_key = read_element<Fq>(reader, key);
  if (private_key.is_zero()) reader.fail(key, "zero, which is no key");
  return private_key.bytes();
}

void read_kind(json::ObjectReader& reader) {
  if (reader.has("kind") && reader.string("kind", kMaxProfileBytes) != to_string(AccountKind::aztec_schnorr)) {
    reader.fail("kind", "not aztec-schnorr, which an Aztec account is");
  }
}

bool has_multisig_fields(const json::Value& value) {
  const json::Object* object = value.if_object();
  return object != nullptr && std::any_of(object->begin(), object->end(), [](const auto& field) {
           return field.key().starts_with({kMultisigPrefix.data(), kMultisigPrefix.size()});
         });
}

// The name that an entry gives itself, to be chosen by.
std::string name_of(const json::Value& entry) {
  const json::Value* name = entry.get_object().if_contains("name");
  const bool usable = name != nullptr && name->is_string() && name->get_string().size() <= kMaxNameBytes;
  return usable ? std::string(name->get_string()) : std::string();
}

bool follows(const FileClaim& address, std::string_view profile, const AztecSecrets& secrets) {
  const auto account = AztecAccount::derive(profile, secrets.clone());
  return account && account->public_part().address == address.value;
}

// The hint of an address that is wrong: the profile under which it would be right, else `otherwise`.
std::string hint_for(const FileAccount& account, std::string_view tried, const char* otherwise) {
  for (const aztec::Profile& profile : aztec::profiles()) {
    if (profile.name == tried || !account.address) continue;
    if (follows(*account.address, profile.name, account.secrets)) {
      return fmt::format("its address follows under profile {0}: give --profile {0}", profile.name);
    }
  }
  return otherwise;
}

std::string join_fields(const std::vector<std::string>& fields) {
  std::string text = fields.front();
  for (std::size_t i = 1; i < fields.size(); ++i) text += (i + 1 < fields.size() ? ", " : " and ") + fields[i];
  return text;
}

bool below_2_to_64(const Secret<32>& number) {
  return std::all_of(number.view().begin(), number.view().begin() + 24, [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

Result<AccountFile> AccountFile::parse(const SecretBytes& text) {
  COTERIE_TRY(json::Value value, json::parse(text.text(), kMaxAccountFileBytes, "the account file"));
  AccountFile file(std::move(value));
  const json::Array* entries = file.value_.if_array();
  if (entries != nullptr && entries->empty()) return refused_error("the account file is an empty array", kShapesHint);
  const std::size_t size = entries != nullptr ? entries->size() : 1;
  for (std::size_t i = 0; i < size; ++i) {
    if (!file.entry(i).is_object()) return refused_error(file.what(i) + " is not a JSON object", kShapesHint);
    file.names_.push_back(name_of(file.entry(i)));
  }
  return file;
}

const json::Value& AccountFile::entry(std::size_t index) const {
  const json::Array* entries = value_.if_array();
  return entries != nullptr ? (*entries)[index] : value_;
}

std::string AccountFile::what(std::size_t index) const {
  return value_.is_array() ? fmt::format("entry {} of the account file", index + 1) : "the account file";
}

Result<FileAccount> AccountFile::account(std::size_t index) const {
  const json::Value& value = entry(index);
  json::ObjectReader reader(value, what(index));
  FileAccount account;
  read_kind(reader);
  if (reader.has("profile")) account.profile = reader.string("profile", kMaxProfileBytes);
  account.address = read_claim(reader, is_multisig(index) ? Keys(kMultisigAccountAddress) : Keys(kAddress));
  account.public_key_x = read_claim(reader, kPublicKeyX);
  account.public_key_y = read_claim(reader, kPublicKeyY);
  account.secrets.private_key = read_private_key(reader);
  const bool has_keys = find_key(reader, kSecretKey) != nullptr || find_key(reader, kSalt) != nullptr;
  account.by_default_keys = !has_keys && !is_multisig(index) && account.address.has_value();
  if (account.by_default_keys) {
    account.secrets.secret_key = Fr::from_integer(kDefaultSecretKey).bytes();
    account.secrets.salt_key = Fr::from_integer(kDefaultSalt).bytes();
  } else {
    account.secrets.secret_key = read_secret<Fr>(reader, kSecretKey);
    account.secrets.salt_key = read_secret<Fr>(reader, kSalt);
  }
  if (auto read = reader.finish_ignoring_others(); !read) return refused_error(read.error().message, kShapesHint);
  return account;
}

bool AccountFile::is_multisig(std::size_t index) const {
  return has_multisig_fields(entry(index));
}

Result<ReferenceMultisig> AccountFile::multisig(std::size_t index) const {
  return parse_reference_multisig(entry(index), what(index));
}

std::string profile_of(const FileAccount& account, const std::optional<std::string>& wanted) {
  if (wanted) return *wanted;
  return account.profile ? *account.profile : std::string(kDefaultProfile);
}

Result<AztecAccount> derive_account(const FileAccount& account, std::string_view profile) {
  COTERIE_TRY(AztecAccount derived, AztecAccount::derive(profile, account.secrets.clone()));
  if (account.by_default_keys && derived.public_part().address != account.address->value) {
    return refused_error(
        fmt::format("the account file has no \"secretKey\" and no \"salt\", and \"{}\" does not follow from those that "
                    "the reference takes by default",
                    account.address->field),
        hint_for(account, profile, kMissingKeysHint));
  }
  return derived;
}

Result<AztecAccount> derive_claimed_account(const FileAccount& account, const std::optional<std::string>& wanted) {
  const std::string profile = profile_of(account, wanted);
  COTERIE_TRY(AztecAccount derived, derive_account(account, profile));
  if (account.profile && account.profile != profile) {
    return refused_error(fmt::format("the account file says another \"profile\" than {}", profile),
                         "leave --profile out to take the file's own");
  }
  const AztecPublic& part = derived.public_part();
  std::vector<std::string> wrong;
  const auto compare = [&](const std::optional<FileClaim>& claim, const std::string& value) {
    if (claim && claim->value != value) wrong.push_back(fmt::format("\"{}\"", claim->field));
  };
  compare(account.address, part.address);
  compare(account.public_key_x, part.public_key_x);
  compare(account.public_key_y, part.public_key_y);
  if (wrong.empty()) return derived;
  return refused_error(fmt::format("{} in the account file {} not what follows from its keys under profile {}",
                                   join_fields(wrong), wrong.size() == 1 ? "is" : "are", profile),
                       hint_for(account, profile, "the file was altered, or it has the keys of another account"));
}

std::string describe_weakness(const AztecSecrets& secrets) {
  const bool readable = below_2_to_64(secrets.secret_key);
  const bool signable = below_2_to_64(secrets.private_key);
  if (!readable && !signable) return {};
  const char* keys = readable && signable ? "keys" : readable ? "a secret key" : "a private key";
  const char* deeds = readable && signable ? "reads all that it receives and signs for it"
                      : readable           ? "reads all that it receives"
                                           : "signs for it";
  return fmt::format("has {} that anybody can guess: whoever does {}", keys, deeds);
}

}  // namespace coterie::account
