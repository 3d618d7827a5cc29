#include "session/draft.h"

#include "base/json.h"
#include "crypto/room.h"

namespace coterie::session {

namespace {

constexpr std::size_t kMaxBytes = 1024ul * 1024;  // a vault's bound on one record
constexpr std::size_t kMaxAccountBytes = 128ul * 1024;
constexpr std::size_t kMaxPathBytes = 4096;   // PATH_MAX
constexpr std::size_t kMaxVenueBytes = 1024;  // a host name has at most 253 (RFC 1035)

json::Object serialize_venue(const VenueOptions& venue) {
  json::Object object;
  if (venue.signaling) object["signaling"] = *venue.signaling;
  if (venue.port) object["port"] = *venue.port;
  if (venue.listen) object["listen"] = *venue.listen;
  if (venue.advertise) object["advertise"] = *venue.advertise;
  return object;
}

Result<VenueOptions> parse_venue(const json::Value& value) {
  json::ObjectReader reader(value, "venue");
  const auto read_text = [&](std::string_view key) -> std::optional<std::string> {
    if (!reader.has(key)) return std::nullopt;
    return reader.string(key, kMaxVenueBytes);
  };
  VenueOptions venue;
  venue.signaling = read_text("signaling");
  if (reader.has("port")) venue.port = static_cast<std::uint16_t>(reader.integer("port", 0, 65535));
  venue.listen = read_text("listen");
  venue.advertise = read_text("advertise");
  COTERIE_CHECK(reader.finish());
  return venue;
}

}  // namespace

ceremony::Manifest Draft::manifest(std::optional<std::string> multisig_address) const {
  return {.name = name,
          .threshold = threshold,
          .signers = signers,
          .account = account.public_part(),
          .room = room,
          .multisig_address = std::move(multisig_address),
          .created_at = created_at};
}

SecretBytes Draft::serialize() const {
  json::Object object = json::secret_object();
  object["version"] = 1;
  object["name"] = name;
  object["signer"] = signer.text();
  object["room"] = room.text();
  object["room_salt"] = room_salt.text();
  object["created_at"] = created_at;
  object["threshold"] = threshold;
  json::Array cards;
  for (const ceremony::Card& card : signers) cards.push_back(card.to_json());
  object["signers"] = std::move(cards);
  object["public_part"] = account::to_json(account.public_part());
  const SecretBytes text = account.serialize();
  // emplace_string: the characters go straight into the object's wiped memory.
  object["account"].emplace_string().assign(serialize_secret_base64(text.view()).text());
  if (imported) object["imported"] = true;
  object["hook"] = hook;
  object["hook_with_secrets"] = hook_with_secrets;
  object["venue"] = serialize_venue(venue);
  object["abandoned"] = abandoned;
  return json::serialize_secret(std::move(object));
}

Result<Draft> Draft::parse(const SecretBytes& text) {
  COTERIE_TRY(const json::Value value, json::parse(text.text(), kMaxBytes, "draft"));
  json::ObjectReader reader(value, "draft");
  reader.integer("version", 1, 1);
  std::string name = reader.string("name", 512);
  const auto signer = reader.fixed<SignKey>("signer");
  const auto room = reader.fixed<RoomId>("room");
  const auto room_salt = reader.fixed<RoomSalt>("room_salt");
  const UnixSeconds created_at = reader.integer("created_at", 0, INT64_MAX);
  const std::int64_t threshold = reader.integer("threshold", 1, ceremony::kMaxOpaqueSigners);
  const json::Array& card_values = reader.array("signers", ceremony::kMaxOpaqueSigners);
  const json::Value& public_value = reader.value("public_part");
  const SecretBytes account_text = reader.secret_base64("account", kMaxAccountBytes);
  const bool imported = reader.has("imported") && reader.boolean("imported");
  std::string hook = reader.string("hook", kMaxPathBytes);
  const bool hook_with_secrets = reader.boolean("hook_with_secrets");
  const json::Value& venue_value = reader.value("venue");
  const bool abandoned = reader.boolean("abandoned");
  COTERIE_CHECK(reader.finish());

  std::vector<ceremony::Card> signers;
  for (const json::Value& card_value : card_values) {
    COTERIE_TRY(ceremony::Card card, ceremony::Card::from_json(card_value));
    signers.push_back(std::move(card));
  }
  COTERIE_TRY(const account::PublicPart public_part, account::parse_public_part(public_value));
  COTERIE_TRY(account::SharedStateAccount account, account::SharedStateAccount::parse(account_text, public_part));
  COTERIE_TRY(VenueOptions venue, parse_venue(venue_value));
  Draft draft{.name = std::move(name),
              .signer = signer,
              .room = room,
              .room_salt = room_salt,
              .created_at = created_at,
              .threshold = threshold,
              .signers = std::move(signers),
              .account = std::move(account),
              .imported = imported,
              .hook = std::move(hook),
              .hook_with_secrets = hook_with_secrets,
              .venue = std::move(venue),
              .abandoned = abandoned};
  COTERIE_CHECK(ceremony::check_manifest(draft.manifest(std::nullopt), ErrorKind::refused));
  if (draft.signers.front().sign_key() != signer) return refused_error("draft: its first signer is not its creator");
  if (crypto::room_id(signer, room_salt) != room) return refused_error("draft: its room does not follow from its salt");
  if (draft.hook.empty() || draft.hook.front() != '/') return refused_error("draft: its hook is no absolute path");
  return draft;
}

}  // namespace coterie::session
