#include "account/account.h"

#include <spdlog/fmt/fmt.h>

#include <array>
#include <utility>

#include "account/aztec/field.h"
#include "account/aztec/profile.h"
#include "account/element_json.h"
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
    for (const auto& field : public_fields_to_json(*aztec)) object.emplace(field.key(), field.value());
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

Result<SharedStateAccount> SharedStateAccount::generate(std::string_view profile, Random& random) {
  auto account = AztecAccount::generate(profile, random);
  if (!account) return usage_error(account.error().message, account.error().hint);
  return SharedStateAccount(std::move(*account));
}

Result<SharedStateAccount> SharedStateAccount::seal_opaque(OpaqueSecrets secrets) {
  const Secret<32> digest =
      crypto::secret_digest(crypto::LabelledFields("opaque account"), {secrets.opening.view(), secrets.data.view()});
  COTERIE_TRY(const Digest commitment, Digest::from_bytes(digest.view()));
  return SharedStateAccount(OpaquePublic{commitment}, std::move(secrets));
}

Result<SharedStateAccount> SharedStateAccount::create_opaque(SecretBytes json_text, Random& random) {
  if (const auto valid = json::validate(json_text.text(), kMaxOpaqueBytes, "the account"); !valid) {
    return usage_error(valid.error().message, "an account is any JSON text of at most 48 KiB: look into that file");
  }
  return seal_opaque({random.draw_secret<32>(), std::move(json_text)});
}

Result<SharedStateAccount> SharedStateAccount::parse_aztec(std::string_view text, std::string_view profile) {
  COTERIE_TRY(AztecAccount account, AztecAccount::parse(text, profile));
  return SharedStateAccount(std::move(account));
}

Result<SharedStateAccount> SharedStateAccount::parse_opaque(std::string_view text) {
  COTERIE_TRY(const json::Value value, json::parse(text, kMaxAccountText, "the account"));
  json::ObjectReader reader(value, "the account");
  Secret<32> opening = read_secret(reader, "opening");
  SecretBytes data = reader.secret_base64("data", kMaxOpaqueBytes);
  COTERIE_CHECK(reader.finish());
  COTERIE_CHECK(json::validate(data.text(), kMaxOpaqueBytes, "the account's data"));
  return seal_opaque({std::move(opening), std::move(data)});
}

Result<SharedStateAccount> SharedStateAccount::parse(const SecretBytes& text, const PublicPart& claimed) {
  const auto* aztec = std::get_if<AztecPublic>(&claimed);
  COTERIE_TRY(SharedStateAccount account,
              aztec != nullptr ? parse_aztec(text.text(), aztec->profile) : parse_opaque(text.text()));
  if (const char* what = difference(account.public_part(), claimed)) {
    return refused_error(fmt::format("the account does not match the manifest: {} differs", what),
                         "ask the creator: nobody should sign this manifest");
  }
  if (!account.serialize().equals(text.view())) return refused_error("the account is not in canonical form");
  return account;
}

SecretBytes SharedStateAccount::serialize() const {
  if (const AztecAccount* account = aztec()) return account->serialize();
  json::Object object = json::secret_object();
  const auto& secrets = std::get<OpaqueSecrets>(secrets_);
  add_secret(object, "opening", serialize_secret_base64(secrets.opening.view()));
  add_secret(object, "data", serialize_secret_base64(secrets.data.view()));
  return json::serialize_secret(std::move(object));
}

SecretBytes SharedStateAccount::reveal() const {
  const AztecAccount* account = aztec();
  if (account == nullptr) return std::get<OpaqueSecrets>(secrets_).data.clone();
  json::Object object = json::secret_object();
  const json::Value public_part = to_json(public_part_);
  for (const auto& field : public_part.get_object()) object.emplace(field.key(), field.value());
  account->add_secrets(object);
  return json::serialize_secret(std::move(object));
}

SharedStateAccount SharedStateAccount::clone() const {
  if (const AztecAccount* account = aztec()) return SharedStateAccount(account->clone());
  const auto& secrets = std::get<OpaqueSecrets>(secrets_);
  return {std::get<OpaquePublic>(public_part_), OpaqueSecrets{secrets.opening.clone(), secrets.data.clone()}};
}

}  // namespace coterie::account
