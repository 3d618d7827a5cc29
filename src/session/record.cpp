#include "session/record.h"

#include <array>
#include <optional>

#include "base/json.h"

namespace coterie::session {

namespace {

// A vault's bound on one record; the largest, an opaque account of 48 KiB with 64 signers, needs a quarter of it.
constexpr std::size_t kMaxBytes = 1024ul * 1024;
constexpr std::size_t kMaxNameBytes = 512;
constexpr std::size_t kMaxAccountBytes = 128ul * 1024;
constexpr std::size_t kMaxAddressBytes = 256;  // a host name has at most 253 (RFC 1035)
constexpr std::size_t kMaxReasonBytes = 4096;
constexpr std::size_t kMaxPathBytes = 4096;  // PATH_MAX

constexpr std::array kRoles = {Role::creator, Role::recipient};
constexpr std::array kStatuses = {MultisigStatus::pending, MultisigStatus::complete, MultisigStatus::declined,
                                  MultisigStatus::abandoned, MultisigStatus::failed};

template <class Enumerators>
auto read_enumerator(json::ObjectReader& reader, std::string_view key, const Enumerators& enumerators) {
  const std::string word = reader.string(key, 32);
  for (const auto enumerator : enumerators) {
    if (word == to_string(enumerator)) return enumerator;
  }
  reader.fail(key, "not a known word");
  return enumerators.front();
}

json::Object serialize_venue(const Venue& venue) {
  json::Object object{{"embedded", venue.embedded},
                      {"listen", venue.listen},
                      {"port", venue.port},
                      {"signaling_host", venue.signaling.address.host},
                      {"signaling_port", venue.signaling.address.port},
                      {"advertised_host", venue.advertised.host},
                      {"advertised_port", venue.advertised.port}};
  // Absent without TLS, as in records from before there was any.
  if (venue.signaling.security == TransportSecurity::tls) object["signaling_tls"] = true;
  return object;
}

Result<Venue> parse_venue(const json::Value& value) {
  json::ObjectReader reader(value, "venue");
  const auto read_port = [&](std::string_view key) {
    return static_cast<std::uint16_t>(reader.integer(key, 0, 65535));
  };
  Venue venue;
  venue.embedded = reader.boolean("embedded");
  venue.listen = reader.string("listen", kMaxAddressBytes);
  venue.port = read_port("port");
  venue.signaling.address = {reader.string("signaling_host", kMaxAddressBytes), read_port("signaling_port")};
  venue.advertised = {reader.string("advertised_host", kMaxAddressBytes), read_port("advertised_port")};
  if (reader.has("signaling_tls") && reader.boolean("signaling_tls")) venue.signaling.security = TransportSecurity::tls;
  COTERIE_CHECK(reader.finish());
  return venue;
}

json::Array serialize_receipts(const ceremony::Receipts& receipts) {
  json::Array items;
  for (const auto& [signer, receipt] : receipts) {
    items.push_back(json::Object{{"signer", signer.text()}, {"receipt", receipt.text()}});
  }
  return items;
}

Result<ceremony::Receipts> parse_receipts(const json::Array& items, const ceremony::SignedManifest& manifest) {
  ceremony::Receipts receipts;
  for (const json::Value& item : items) {
    json::ObjectReader reader(item, "receipt");
    const auto signer = reader.fixed<SignKey>("signer");
    const auto receipt = reader.fixed<Signature>("receipt");
    COTERIE_CHECK(reader.finish());
    COTERIE_CHECK(ceremony::verify_receipt(manifest, signer, receipt));
    if (!receipts.emplace(signer, receipt).second) return refused_error("a receipt stands twice in a multisig record");
  }
  return receipts;
}

Result<std::set<SignKey>> parse_stored(const json::Array& items, const ceremony::SignedManifest& manifest) {
  std::set<SignKey> stored;
  for (const json::Value& item : items) {
    const auto* text = item.if_string();
    if (text == nullptr) return refused_error("multisig record: \"stored\": not an array of keys");
    COTERIE_TRY(const SignKey signer, SignKey::parse({text->data(), text->size()}));
    if (manifest.find(signer) == nullptr) return refused_error("multisig record: \"stored\": a key of no signer");
    stored.insert(signer);
  }
  return stored;
}

// Reads an optional field: absent when it is not there, an error when it is wrong.
template <class T>
std::optional<T> read_optional_fixed(json::ObjectReader& reader, std::string_view key) {
  if (!reader.has(key)) return std::nullopt;
  return reader.fixed<T>(key);
}

}  // namespace

void MultisigRecord::end(const ceremony::Ending& ending) {
  switch (ending.cause) {
    case ceremony::EndCause::declined:
      status = MultisigStatus::declined;
      break;
    case ceremony::EndCause::abandoned:
      status = MultisigStatus::abandoned;
      break;
    case ceremony::EndCause::refused:
      status = MultisigStatus::failed;
      break;
  }
  reason = ending.reason;
  ended_by = ending.by;
}

std::optional<ceremony::Ending> MultisigRecord::ending() const {
  switch (status) {
    case MultisigStatus::pending:
    case MultisigStatus::complete:
      return std::nullopt;
    case MultisigStatus::declined:
      return ceremony::Ending{ceremony::EndCause::declined, ended_by, reason};
    case MultisigStatus::abandoned:
      return ceremony::Ending{ceremony::EndCause::abandoned, ended_by, reason};
    case MultisigStatus::failed:
      return ceremony::Ending{ceremony::EndCause::refused, ended_by, reason};
  }
  return std::nullopt;
}

PeerState MultisigRecord::state_of(const SignKey& roster_signer) const {
  if (stored.contains(roster_signer)) return PeerState::complete;
  if (certificate) return roster_signer == signer ? PeerState::complete : PeerState::receipt;
  if (status == MultisigStatus::declined && ended_by == roster_signer) return PeerState::declined;
  // The creator's signature on the manifest is its receipt.
  if (receipts.contains(roster_signer) || roster_signer == manifest.creator().sign_key()) return PeerState::receipt;
  return PeerState::absent;
}

Result<ceremony::PartialCertificate> MultisigRecord::partial_certificate() const {
  return ceremony::PartialCertificate::create(manifest, certificate ? certificate->receipts() : receipts);
}

SecretBytes MultisigRecord::serialize() const {
  json::Object object = json::secret_object();
  object["version"] = 1;
  object["role"] = to_string(role);
  object["name"] = name;
  object["signer"] = signer.text();
  object["room"] = room.text();
  object["status"] = to_string(status);
  if (!reason.empty()) object["reason"] = reason;
  if (ended_by) object["ended_by"] = ended_by->text();
  object["manifest"] = manifest.envelope().to_json();
  if (account) {
    const SecretBytes text = account->serialize();
    // emplace_string: the characters go straight into the object's wiped memory.
    object["account"].emplace_string().assign(serialize_secret_base64(text.view()).text());
  }
  object["receipts"] = serialize_receipts(receipts);
  json::Array stored_keys;
  for (const SignKey& key : stored) stored_keys.emplace_back(key.text());
  object["stored"] = stored_keys;
  if (certificate) object["certificate"] = certificate->to_json();
  if (room_salt) object["room_salt"] = room_salt->text();
  if (venue) object["venue"] = serialize_venue(*venue);
  object["invite"] = invite;
  if (imported) object["imported"] = true;
  if (!hook.empty()) object["hook"] = hook;
  return json::serialize_secret(std::move(object));
}

Result<MultisigRecord> MultisigRecord::parse(const SecretBytes& text) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxBytes, "multisig record"));
  json::ObjectReader reader(value, "multisig record");
  reader.integer("version", 1, 1);
  const Role role = read_enumerator(reader, "role", kRoles);
  std::string name = reader.string("name", kMaxNameBytes);
  const auto signer = reader.fixed<SignKey>("signer");
  const auto room = reader.fixed<RoomId>("room");
  const MultisigStatus status = read_enumerator(reader, "status", kStatuses);
  std::string reason = reader.has("reason") ? reader.string("reason", kMaxReasonBytes) : std::string();
  const auto ended_by = read_optional_fixed<SignKey>(reader, "ended_by");
  const json::Value& manifest_value = reader.value("manifest");
  const bool has_account = reader.has("account");
  const SecretBytes account_text = has_account ? reader.secret_base64("account", kMaxAccountBytes) : SecretBytes();
  const json::Array& receipt_values = reader.array("receipts", ceremony::kMaxOpaqueSigners);
  const json::Array& stored_values = reader.array("stored", ceremony::kMaxOpaqueSigners);
  const json::Value* certificate_value = reader.has("certificate") ? &reader.value("certificate") : nullptr;
  const auto room_salt = read_optional_fixed<RoomSalt>(reader, "room_salt");
  const json::Value* venue_value = reader.has("venue") ? &reader.value("venue") : nullptr;
  std::string invite = reader.string("invite", 2048);
  const bool imported = reader.has("imported") && reader.boolean("imported");
  std::string hook = reader.has("hook") ? reader.string("hook", kMaxPathBytes) : std::string();
  COTERIE_CHECK(reader.finish());

  COTERIE_TRY(crypto::Envelope envelope, crypto::Envelope::from_json(manifest_value, crypto::PayloadType::manifest,
                                                                     ceremony::SignedManifest::kMaxBytes));
  COTERIE_TRY(ceremony::SignedManifest manifest, ceremony::SignedManifest::from_envelope(std::move(envelope)));
  COTERIE_TRY(ceremony::Receipts receipts, parse_receipts(receipt_values, manifest));
  COTERIE_TRY(std::set<SignKey> stored, parse_stored(stored_values, manifest));
  MultisigRecord record{.role = role,
                        .name = std::move(name),
                        .signer = signer,
                        .room = room,
                        .status = status,
                        .reason = std::move(reason),
                        .ended_by = ended_by,
                        .manifest = std::move(manifest),
                        .account = std::nullopt,
                        .receipts = std::move(receipts),
                        .stored = std::move(stored),
                        .certificate = std::nullopt,
                        .room_salt = room_salt,
                        .venue = std::nullopt,
                        .invite = std::move(invite),
                        .imported = imported,
                        .hook = std::move(hook)};
  if (record.manifest.manifest().room != record.room) {
    return refused_error("multisig record: its manifest is of another room");
  }
  if (has_account) {
    COTERIE_TRY(record.account, account::SharedStateAccount::parse(account_text, record.manifest.manifest().account));
  }
  if (certificate_value != nullptr) {
    COTERIE_TRY(
        crypto::Envelope signatures,
        crypto::Envelope::from_json(*certificate_value, crypto::PayloadType::manifest, ceremony::kMaxCertificateBytes));
    COTERIE_TRY(record.certificate, ceremony::Certificate::from_envelope(std::move(signatures)));
    if (record.certificate->manifest().digest() != record.manifest.digest()) {
      return refused_error("multisig record: its certificate is of another manifest");
    }
  }
  if (venue_value != nullptr) {
    COTERIE_TRY(record.venue, parse_venue(*venue_value));
  }
  return record;
}

Result<RecordHeading> RecordHeading::parse(const SecretBytes& text) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxBytes, "multisig record"));
  json::ObjectReader reader(value, "multisig record");
  reader.integer("version", 1, 1);
  RecordHeading heading;
  heading.name = reader.string("name", kMaxNameBytes);
  heading.room = reader.fixed<RoomId>("room");
  heading.status = read_enumerator(reader, "status", kStatuses);
  COTERIE_CHECK(reader.finish_ignoring_others());
  return heading;
}

}  // namespace coterie::session
