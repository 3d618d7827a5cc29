#include "account/reference_file.h"

#include "account/aztec/derivation.h"
#include "account/aztec/field.h"
#include "account/element_json.h"

namespace coterie::account {

namespace {

using aztec::Fq;
using aztec::Fr;

constexpr std::size_t kMaxNameBytes = 1024;
constexpr std::size_t kTimeSize = 24;  // 2025-10-27T08:09:28.339Z

std::string read_address(json::ObjectReader& reader) {
  const Fr address = read_element<Fr>(reader, "address");
  if (reader.ok() && !aztec::is_possible_address(address)) {
    reader.fail("address", "no Aztec address: it is the x of no point of Grumpkin");
  }
  return address.text();
}

std::vector<std::string> read_signers(json::ObjectReader& reader) {
  std::vector<std::string> signers;
  for (const json::Value& item : reader.array("signers", kMaxReferenceSigners)) {
    const auto* name = item.if_string();
    if (name == nullptr || name->empty() || name->size() > kMaxNameBytes) {
      reader.fail("signers", "not an array of names");
      return {};
    }
    signers.emplace_back(*name);
  }
  if (signers.empty()) reader.fail("signers", "empty");
  return signers;
}

// The secret's text goes from wiped memory to wiped memory.
template <class Element>
void add_number(json::Object& object, boost::json::string_view key, const Secret<32>& number) {
  add_secret(object, key, Element::from_bytes(number.view())->secret_text());  // in range: it is an account's
}

}  // namespace

Result<ReferenceMultisig> parse_reference_multisig(const json::Value& entry, const std::string& what) {
  json::ObjectReader reader(entry, what);
  ReferenceMultisig multisig;
  multisig.name = reader.string("name", kMaxNameBytes);
  if (reader.has("address")) multisig.address = read_address(reader);
  multisig.threshold = reader.integer("threshold", 1, kMaxReferenceSigners);
  multisig.signers = read_signers(reader);
  if (reader.ok() && multisig.threshold > static_cast<std::int64_t>(multisig.signers.size())) {
    reader.fail("threshold", "more than there are signers");
  }
  if (reader.has("createdAt")) {
    const auto created_at = parse_iso_text(reader.string_view("createdAt", kTimeSize));
    if (!created_at) {
      reader.fail("createdAt", "not a time like 2025-10-27T08:09:28.339Z");
    } else {
      multisig.created_at = *created_at;
    }
  }
  COTERIE_CHECK(reader.finish_ignoring_others());
  return multisig;
}

SecretBytes write_reference_multisig(const ReferenceMultisig& multisig, const AztecAccount& account) {
  const AztecPublic& part = account.public_part();
  json::Object object = json::secret_object();
  object["name"] = multisig.name;
  if (multisig.address) object["address"] = *multisig.address;
  object["threshold"] = multisig.threshold;
  object["signers"] = json::Array(multisig.signers.begin(), multisig.signers.end());
  if (multisig.created_at) object["createdAt"] = iso_text(*multisig.created_at);
  object["sharedStateAccountAddress"] = part.address;
  add_number<Fr>(object, "sharedStateAccountSecretKey", account.secrets().secret_key);
  add_number<Fr>(object, "sharedStateAccountSaltKey", account.secrets().salt_key);
  object["sharedStateAccountPublicKeyX"] = part.public_key_x;
  object["sharedStateAccountPublicKeyY"] = part.public_key_y;
  add_number<Fq>(object, "sharedStateAccountPrivateKey", account.secrets().private_key);
  return json::serialize_secret(std::move(object));
}

SecretBytes write_reference_signer(std::string_view name, UnixSeconds created_at, const AztecAccount& account) {
  const AztecPublic& part = account.public_part();
  json::Object object = json::secret_object();
  object["name"] = name;
  object["address"] = part.address;
  add_number<Fq>(object, "privateKey", account.secrets().private_key);
  object["publicKeyX"] = part.public_key_x;
  object["publicKeyY"] = part.public_key_y;
  object["createdAt"] = iso_text(created_at);
  add_number<Fr>(object, "secretKey", account.secrets().secret_key);
  add_number<Fr>(object, "salt", account.secrets().salt_key);
  return json::serialize_secret(std::move(object));
}

}  // namespace coterie::account
