#include "account/account.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <utility>

#include "account/aztec/derivation.h"
#include "crypto/digest.h"

namespace coterie {

const char* to_string(AccountKind kind) {
  return kind == AccountKind::aztec_schnorr ? "aztec-schnorr" : "opaque";
}

AccountKind kind_of(const PublicPart& part) {
  return std::holds_alternative<AztecPublic>(part) ? AccountKind::aztec_schnorr : AccountKind::opaque;
}

}  // namespace coterie

namespace coterie::account {

namespace {

using aztec::Fq;
using aztec::Fr;

// The data in base64url, the opening, and the names of the fields.
constexpr std::size_t kMaxAccountText = kMaxOpaqueBytes / 3 * 4 + 256;
constexpr std::size_t kMaxNameBytes = 64;  // of a kind or a profile

// As a view into wiped memory: a std::string on the way would keep the secret.
void add_secret(json::Object& object, boost::json::string_view key, const SecretBytes& text) {
  object.emplace(key, boost::json::string_view(text.text().data(), text.size()));
}

template <class Element>
Element read_element(json::ObjectReader& reader, std::string_view key) {
  auto element = Element::parse(reader.string_view(key, Element::kTextSize));
  if (element) return std::move(*element);
  reader.fail(key, element.error().message);
  return Element::from_integer(0);
}

Secret<32> read_secret(json::ObjectReader& reader, std::string_view key) {
  auto secret = Secret<32>::from_bytes(reader.secret_base64(key, Secret<32>::size()).view());
  if (secret) return std::move(*secret);
  reader.fail(key, "not 32 bytes");
  return {};
}

Result<PublicPart> parse_aztec_public(json::ObjectReader& reader) {
  AztecPublic part;
  part.profile = reader.string("profile", kMaxNameBytes);
  part.address = read_element<Fr>(reader, "address").text();
  part.public_key_x = read_element<Fr>(reader, "public_key_x").text();
  part.public_key_y = read_element<Fr>(reader, "public_key_y").text();
  COTERIE_CHECK(reader.finish());
  COTERIE_CHECK(aztec::find_profile(part.profile));
  return PublicPart(std::move(part));
}

Result<PublicPart> parse_opaque_public(json::ObjectReader& reader) {
  const OpaquePublic part{reader.fixed<Digest>("commitment")};
  COTERIE_CHECK(reader.finish());
  return PublicPart(part);
}

// The first thing in which two public parts of one kind differ; null when they are equal.
const char* difference(const PublicPart& derived, const PublicPart& claimed) {
  if (derived == claimed) return nullptr;
  if (kind_of(derived) == Kind::opaque) return "commitment";
  const AztecPublic& ours = std::get<AztecPublic>(derived);
  const AztecPublic& theirs = std::get<AztecPublic>(claimed);
  const bool same_key = ours.public_key_x == theirs.public_key_x && ours.public_key_y == theirs.public_key_y;
  return same_key ? "address" : "public key";
}

}  // namespace

json::Value to_json(const PublicPart& part) {
  json::Object object;
  object.emplace("kind", to_string(kind_of(part)));
  if (const auto* aztec = std::get_if<AztecPublic>(&part)) {
    object.emplace("profile", aztec->profile);
    object.emplace("address", aztec->address);
    object.emplace("public_key_x", aztec->public_key_x);
    object.emplace("public_key_y", aztec->public_key_y);
  } else {
    object.emplace("commitment", std::get<OpaquePublic>(part).commitment.text());
  }
  return object;
}

Result<PublicPart> parse_public_part(const json::Value& value) {
  json::ObjectReader reader(value, "account");
  const std::string kind = reader.string("kind", kMaxNameBytes);
  if (kind == to_string(Kind::aztec_schnorr)) return parse_aztec_public(reader);
  if (kind == to_string(Kind::opaque)) return parse_opaque_public(reader);
  reader.fail("kind", "neither aztec-schnorr nor opaque");
  return reader.finish().error();
}

Result<PublicPart> SharedStateAccount::derive_public_part(const Secrets& secrets, std::string_view profile_name) {
  if (const auto* opaque = std::get_if<OpaqueSecrets>(&secrets)) {
    const Secret<32> digest =
        crypto::secret_digest(crypto::LabelledFields("opaque account"), {opaque->opening.view(), opaque->data.view()});
    COTERIE_TRY(const Digest commitment, Digest::from_bytes(digest.view()));
    return PublicPart(OpaquePublic{commitment});
  }
  const AztecSecrets& keys = std::get<AztecSecrets>(secrets);
  COTERIE_TRY(const aztec::Profile* profile, aztec::find_profile(profile_name));
  COTERIE_TRY(const Fr secret_key, Fr::from_bytes(keys.secret_key.view()));
  COTERIE_TRY(const Fr salt, Fr::from_bytes(keys.salt_key.view()));
  COTERIE_TRY(const Fq private_key, Fq::from_bytes(keys.private_key.view()));
  COTERIE_TRY(const aztec::Point public_key, aztec::grumpkin::multiply_generator(private_key));
  COTERIE_TRY(const aztec::MasterPublicKeys master_keys, aztec::derive_master_public_keys(*profile, secret_key));
  COTERIE_TRY(const aztec::AddressDerivation derivation,
              aztec::derive_address(*profile, master_keys, public_key, salt));
  return PublicPart(
      AztecPublic{std::string(profile->name), derivation.address.text(), public_key.x.text(), public_key.y.text()});
}

Result<SharedStateAccount> SharedStateAccount::generate(std::string_view profile, Random& random) {
  if (const auto known = aztec::find_profile(profile); !known) {
    return usage_error(known.error().message, known.error().hint);
  }
  const Fr secret_key = Fr::draw(random);
  const Fr salt = Fr::draw(random);
  Fq private_key = Fq::draw(random);
  while (private_key.is_zero()) private_key = Fq::draw(random);
  Secrets secrets = AztecSecrets{secret_key.bytes(), salt.bytes(), private_key.bytes()};
  COTERIE_TRY(PublicPart public_part, derive_public_part(secrets, profile));
  return SharedStateAccount(std::move(public_part), std::move(secrets));
}

Result<SharedStateAccount> SharedStateAccount::create_opaque(SecretBytes json_text, Random& random) {
  if (const auto valid = json::validate(json_text.text(), kMaxOpaqueBytes, "the account"); !valid) {
    return usage_error(valid.error().message, "an account is any JSON text of at most 48 KiB: look into that file");
  }
  Secrets secrets = OpaqueSecrets{random.draw_secret<32>(), std::move(json_text)};
  COTERIE_TRY(PublicPart public_part, derive_public_part(secrets, {}));
  return SharedStateAccount(std::move(public_part), std::move(secrets));
}

Result<SharedStateAccount::Secrets> SharedStateAccount::parse_secrets(const json::Value& value, Kind kind) {
  json::ObjectReader reader(value, "the account");
  if (kind == Kind::opaque) {
    Secret<32> opening = read_secret(reader, "opening");
    SecretBytes data = reader.secret_base64("data", kMaxOpaqueBytes);
    COTERIE_CHECK(reader.finish());
    COTERIE_CHECK(json::validate(data.text(), kMaxOpaqueBytes, "the account's data"));
    return Secrets(OpaqueSecrets{std::move(opening), std::move(data)});
  }
  const Fr secret_key = read_element<Fr>(reader, "secret_key");
  const Fr salt = read_element<Fr>(reader, "salt_key");
  const Fq private_key = read_element<Fq>(reader, "private_key");
  if (private_key.is_zero()) reader.fail("private_key", "zero");
  COTERIE_CHECK(reader.finish());
  return Secrets(AztecSecrets{secret_key.bytes(), salt.bytes(), private_key.bytes()});
}

Result<SharedStateAccount> SharedStateAccount::parse(const SecretBytes& text, const PublicPart& claimed) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxAccountText, "the account"));
  COTERIE_TRY(Secrets secrets, parse_secrets(value, kind_of(claimed)));
  const auto* aztec = std::get_if<AztecPublic>(&claimed);
  COTERIE_TRY(PublicPart derived, derive_public_part(secrets, aztec != nullptr ? aztec->profile : std::string_view()));
  if (const char* what = difference(derived, claimed)) {
    return refused_error(fmt::format("the account does not match the manifest: {} differs", what),
                         "ask the creator: nobody should sign this manifest");
  }
  SharedStateAccount account(std::move(derived), std::move(secrets));
  if (!account.serialize().equals(text.view())) return refused_error("the account is not in canonical form");
  return account;
}

void SharedStateAccount::add_secrets(json::Object& object, const AztecSecrets& secrets) {
  // Fr and Fq have one text form, and these bytes were in range when they became secrets of an account.
  add_secret(object, "secret_key", Fr::from_bytes(secrets.secret_key.view())->secret_text());
  add_secret(object, "salt_key", Fr::from_bytes(secrets.salt_key.view())->secret_text());
  add_secret(object, "private_key", Fq::from_bytes(secrets.private_key.view())->secret_text());
}

SecretBytes SharedStateAccount::serialize() const {
  json::Object object = json::secret_object();
  if (const auto* opaque = std::get_if<OpaqueSecrets>(&secrets_)) {
    add_secret(object, "opening", serialize_secret_base64(opaque->opening.view()));
    add_secret(object, "data", serialize_secret_base64(opaque->data.view()));
  } else {
    add_secrets(object, std::get<AztecSecrets>(secrets_));
  }
  return json::serialize_secret(std::move(object));
}

SecretBytes SharedStateAccount::reveal() const {
  if (const auto* opaque = std::get_if<OpaqueSecrets>(&secrets_)) return opaque->data.clone();
  json::Object object = json::secret_object();
  const json::Value public_part = to_json(public_part_);
  for (const auto& field : public_part.get_object()) object.emplace(field.key(), field.value());
  add_secrets(object, std::get<AztecSecrets>(secrets_));
  return json::serialize_secret(std::move(object));
}

SharedStateAccount SharedStateAccount::clone() const {
  if (const auto* opaque = std::get_if<OpaqueSecrets>(&secrets_)) {
    return {public_part_, OpaqueSecrets{opaque->opening.clone(), opaque->data.clone()}};
  }
  const AztecSecrets& keys = std::get<AztecSecrets>(secrets_);
  return {public_part_, AztecSecrets{keys.secret_key.clone(), keys.salt_key.clone(), keys.private_key.clone()}};
}

}  // namespace coterie::account
