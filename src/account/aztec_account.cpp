#include "account/aztec_account.h"

#include "account/aztec/derivation.h"
#include "account/aztec/schnorr.h"
#include "account/element_json.h"

namespace coterie::account {

namespace {

using aztec::Fq;
using aztec::Fr;
using aztec::MasterPublicKeys;
using aztec::Point;

constexpr std::size_t kMaxProfileBytes = 64;
constexpr std::size_t kMaxSecretsText = 512;

AztecPoint text_of(const Point& point) {
  return {point.x.text(), point.y.text()};
}

AztecPublic describe(const aztec::Profile& profile, const Fr& address, const Point& public_key) {
  return {std::string(profile.name), address.text(), public_key.x.text(), public_key.y.text()};
}

std::array<AztecPoint, 4> describe(const MasterPublicKeys& keys) {
  return {text_of(keys.nullifier), text_of(keys.incoming_viewing), text_of(keys.outgoing_viewing),
          text_of(keys.tagging)};
}

json::Value to_json(const AztecPoint& point) {
  return json::Object{{"x", point.x}, {"y", point.y}};
}

Result<Point> parse_point(const json::Value& value) {
  json::ObjectReader reader(value, "master public key");
  Point point{read_element<Fr>(reader, "x"), read_element<Fr>(reader, "y")};
  COTERIE_CHECK(reader.finish());
  return point;
}

}  // namespace

AztecSecrets AztecSecrets::clone() const {
  return {secret_key.clone(), salt_key.clone(), private_key.clone()};
}

Result<AztecAccount> AztecAccount::generate(std::string_view profile, Random& random) {
  COTERIE_CHECK(aztec::find_profile(profile));
  const Fr secret_key = Fr::draw(random);
  const Fr salt = Fr::draw(random);
  Fq private_key = Fq::draw(random);
  while (private_key.is_zero()) private_key = Fq::draw(random);
  return derive(profile, {secret_key.bytes(), salt.bytes(), private_key.bytes()});
}

Result<AztecAccount> AztecAccount::derive(std::string_view profile_name, AztecSecrets secrets) {
  COTERIE_TRY(const aztec::Profile* profile, aztec::find_profile(profile_name));
  COTERIE_TRY(const Fr secret_key, Fr::from_bytes(secrets.secret_key.view()));
  COTERIE_TRY(const Fr salt, Fr::from_bytes(secrets.salt_key.view()));
  COTERIE_TRY(const Fq private_key, Fq::from_bytes(secrets.private_key.view()));
  COTERIE_TRY(const Point public_key, aztec::grumpkin::multiply_generator(private_key));
  COTERIE_TRY(const MasterPublicKeys master_keys, aztec::derive_master_public_keys(*profile, secret_key));
  COTERIE_TRY(const aztec::AddressDerivation derivation,
              aztec::derive_address(*profile, master_keys, public_key, salt));
  return AztecAccount(describe(*profile, derivation.address, public_key), describe(master_keys), std::move(secrets));
}

AztecPart AztecAccount::part() const {
  return {public_, Fr::from_bytes(secrets_.salt_key.view())->text(), master_public_keys_};
}

AztecSignature AztecAccount::sign(BytesView message, Random& random) const {
  auto private_key = Fq::from_bytes(secrets_.private_key.view());
  const auto key = aztec::schnorr::SigningKey::from_scalar(std::move(*private_key));
  return key->sign(message, random);  // derived from once, so it is a key
}

void AztecAccount::add_secrets(json::Object& object) const {
  // Fr and Fq have one text form, and these bytes were in range when they became secrets of an account.
  add_secret(object, "secret_key", Fr::from_bytes(secrets_.secret_key.view())->secret_text());
  add_secret(object, "salt_key", Fr::from_bytes(secrets_.salt_key.view())->secret_text());
  add_secret(object, "private_key", Fq::from_bytes(secrets_.private_key.view())->secret_text());
}

SecretBytes AztecAccount::serialize() const {
  json::Object object = json::secret_object();
  add_secrets(object);
  return json::serialize_secret(std::move(object));
}

Result<AztecAccount> AztecAccount::parse(std::string_view text, std::string_view profile) {
  COTERIE_TRY(const json::Value value, json::parse(text, kMaxSecretsText, "the account"));
  json::ObjectReader reader(value, "the account");
  const auto secret_key = read_element<Fr>(reader, "secret_key");
  const auto salt = read_element<Fr>(reader, "salt_key");
  const auto private_key = read_element<Fq>(reader, "private_key");
  if (reader.ok() && private_key.is_zero()) reader.fail("private_key", "zero");
  COTERIE_CHECK(reader.finish());
  return derive(profile, {secret_key.bytes(), salt.bytes(), private_key.bytes()});
}

json::Object public_fields_to_json(const AztecPublic& account) {
  return {{"profile", account.profile},
          {"address", account.address},
          {"public_key_x", account.public_key_x},
          {"public_key_y", account.public_key_y}};
}

json::Value to_json(const AztecPart& part) {
  json::Array keys;
  for (const AztecPoint& key : part.master_public_keys) keys.push_back(to_json(key));
  json::Object object = public_fields_to_json(part.account);
  object["salt"] = part.salt;
  object["master_public_keys"] = std::move(keys);
  return object;
}

Result<AztecPart> parse_aztec_part(const json::Value& value) {
  json::ObjectReader reader(value, "Aztec part");
  const std::string profile_name = reader.string("profile", kMaxProfileBytes);
  const auto address = read_element<Fr>(reader, "address");
  const Point public_key{read_element<Fr>(reader, "public_key_x"), read_element<Fr>(reader, "public_key_y")};
  const auto salt = read_element<Fr>(reader, "salt");
  const json::Array& points = reader.array("master_public_keys", 4);
  if (reader.ok() && points.size() != 4) reader.fail("master_public_keys", "not four of them");
  COTERIE_CHECK(reader.finish());
  COTERIE_TRY(const aztec::Profile* profile, aztec::find_profile(profile_name));
  COTERIE_TRY(Point nullifier, parse_point(points[0]));
  COTERIE_TRY(Point incoming_viewing, parse_point(points[1]));
  COTERIE_TRY(Point outgoing_viewing, parse_point(points[2]));
  COTERIE_TRY(Point tagging, parse_point(points[3]));
  const MasterPublicKeys keys{std::move(nullifier), std::move(incoming_viewing), std::move(outgoing_viewing),
                              std::move(tagging)};
  COTERIE_TRY(const aztec::AddressDerivation derivation, aztec::derive_address(*profile, keys, public_key, salt));
  if (derivation.address != address) return refused_error("the Aztec address does not follow from the keys beside it");
  return AztecPart{describe(*profile, address, public_key), salt.text(), describe(keys)};
}

Result<void> check_contract_message(BytesView message) {
  if (Fr::from_bytes(message)) return {};
  return usage_error(message.size() == Fr::kSize ? "the message is not below the modulus of Grumpkin's coordinates"
                                                 : "the message is not 32 bytes",
                     "what a contract checks is a hash: 32 bytes, as `coterie aztec hash` gives them");
}

Result<void> verify_aztec_signature(const AztecPublic& account, BytesView message, BytesView signature) {
  COTERIE_TRY(Fr x, Fr::parse(account.public_key_x));
  COTERIE_TRY(Fr y, Fr::parse(account.public_key_y));
  return aztec::schnorr::verify({std::move(x), std::move(y)}, message, signature);
}

}  // namespace coterie::account
