// Examples of what stands before any message: signers, rooms, invites, accounts, manifests, pair keys.
#include <sodium.h>

#include <algorithm>

#include "ceremony/invite.h"
#include "vectors/protocol_vectors.h"
#include "vectors/shapes.h"

namespace coterie::vectors {

namespace {

json::Object describe_signer(const Signer& signer) {
  const ceremony::Card& card = signer.card;
  const BytesView secret = signer.secret;
  json::Object described{{"name", card.name()},
                         {"created_at", card.created_at()},
                         {"sign_seed_hex", hex(secret.first(32))},
                         {"box_secret_hex", hex(secret.last(32))},
                         {"sign_key", card.sign_key().text()},
                         {"box_key", card.box_key().text()}};
  json::Object form = describe_envelope(card.envelope());
  form["text"] = card.serialize();
  described["card"] = std::move(form);
  json::Object fingerprint =
      describe_digest({"fingerprint", {to_vector(card.sign_key().view()), to_vector(card.box_key().view())}});
  fingerprint["digits"] = card.fingerprint();
  described["fingerprint"] = std::move(fingerprint);
  if (signer.own_account) {
    described["own_account"] = json::Object{{"profile", signer.own_account->public_part().profile},
                                            {"secrets", std::string(signer.own_account->serialize().text())}};
  }
  return described;
}

json::Object describe_room(const Creation& creation, const Signer& creator) {
  return {{"creator", creator.key().text()},
          {"salt_hex", hex(creation.salt.view())},
          {"digest", describe_digest({"room", {to_vector(creator.key().view()), to_vector(creation.salt.view())}})},
          {"room", creation.room.text()},
          {"path", "/rooms/" + creation.room.text()}};
}

json::Object describe_invite(const ceremony::Invite& invite) {
  return {{"host", invite.host},
          {"port", invite.port},
          {"tls", invite.security == TransportSecurity::tls},
          {"room", invite.room.text()},
          {"sign_key", invite.creator.sign_key.text()},
          {"box_key", invite.creator.box_key.text()},
          {"text", invite.serialize()}};
}

json::Object describe_manifest(const Creation& creation) {
  const ceremony::SignedManifest& manifest = creation.manifest;
  json::Object described = describe_envelope(manifest.envelope());
  described["digest"] = describe_digest({"manifest", {manifest.envelope().pae()}});
  described["digest_text"] = manifest.digest().text();
  described["verification_code"] = manifest.verification_code();
  return described;
}

json::Object describe_pair_key(const Creation& creation, const Signer& creator, const Signer& other) {
  const Bytes secret = {creator.secret.begin() + 32, creator.secret.end()};
  Bytes product(32);
  Bytes shared(32);
  if (crypto_scalarmult(product.data(), secret.data(), other.card.box_key().data()) != 0 ||
      crypto_box_beforenm(shared.data(), other.card.box_key().data(), secret.data()) != 0) {
    throw std::runtime_error("a box key of low order");
  }
  const auto [lesser, greater] = std::minmax(creator.key(), other.key());
  return {{"signers", json::Array{creator.card.name(), other.card.name()}},
          {"room", creation.room.text()},
          {"x25519_hex", hex(product)},
          {"shared_hex", hex(shared)},
          {"key", describe_digest({"pair key",
                                   {to_vector(creation.room.view()), to_vector(lesser.view()),
                                    to_vector(greater.view()), shared}})}};
}

}  // namespace

json::Object describe_signers(const Example& example) {
  return {{"alice", describe_signer(example.alice)},
          {"bob", describe_signer(example.bob)},
          {"carol", describe_signer(example.carol)},
          {"zoe", describe_signer(example.zoe)},
          {"dora", describe_signer(example.dora)}};
}

json::Object describe_rooms(const Example& example) {
  return {{"treasury", describe_room(example.treasury, example.alice)},
          {"estate", describe_room(example.estate, example.alice)}};
}

json::Object describe_invites(const Example& example) {
  const RoomId& room = example.treasury.room;
  const crypto::Peer& creator = example.alice.card.peer();
  return {{"ipv4", describe_invite({"192.0.2.7", 8081, TransportSecurity::none, room, creator})},
          {"ipv6", describe_invite({"2001:db8::7", 65535, TransportSecurity::none, room, creator})},
          {"name", describe_invite({"Meet_1.example.org", 1, TransportSecurity::none, room, creator})},
          {"tls", describe_invite({"meet.example.org", 443, TransportSecurity::tls, room, creator})}};
}

json::Object describe_accounts(const Example& example) {
  const account::SharedStateAccount& opaque = example.treasury.account;
  const account::SharedStateAccount& aztec = example.estate.account;
  const Bytes opening = counting(Example::kOpening, 32);
  return {{"opaque",
           json::Object{{"opening_hex", hex(opening)},
                        {"data", Example::kOpaqueData},
                        {"commitment",
                         describe_digest({"opaque account", {opening, to_vector(as_bytes(Example::kOpaqueData))}})},
                        {"public", json::serialize(account::to_json(opaque.public_part()))},
                        {"secrets", std::string(opaque.serialize().text())}}},
          {"aztec", json::Object{{"profile", account::kDefaultProfile},
                                 {"secret_key_drawn_hex", hex(counting(Example::kDrawn, 64))},
                                 {"salt_key_drawn_hex", hex(counting(Example::kDrawn + 64, 64))},
                                 {"private_key_drawn_hex", hex(counting(Example::kDrawn + 128, 64))},
                                 {"public", json::serialize(account::to_json(aztec.public_part()))},
                                 {"secrets", std::string(aztec.serialize().text())}}}};
}

json::Object describe_manifests(const Example& example) {
  return {{"treasury", describe_manifest(example.treasury)},
          {"estate", describe_manifest(example.estate)},
          {"deployed", describe_manifest(example.deployed)}};
}

json::Object describe_pair_keys(const Example& example) {
  return {{"treasury_bob", describe_pair_key(example.treasury, example.alice, example.bob)},
          {"estate_bob", describe_pair_key(example.estate, example.alice, example.bob)},
          {"estate_carol", describe_pair_key(example.estate, example.alice, example.carol)}};
}

Bytes pair_key(const Creation& creation, const Signer& creator, const Signer& other) {
  const json::Object described = describe_pair_key(creation, creator, other);
  return must(parse_hex(described.at("key").at("digest_hex").as_string()));
}

}  // namespace coterie::vectors
