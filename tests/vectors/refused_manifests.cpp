// Accounts, manifests and certificates that must be refused.
#include "ceremony/certificate.h"
#include "vectors/alter.h"
#include "vectors/protocol_vectors.h"

namespace coterie::vectors {

namespace {

using crypto::PayloadType;

constexpr std::string_view kFrModulus = "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";

// Faults of a manifest's payload, which its creator signed.
class Payloads {
 public:
  Payloads(json::Array& refused, const Example& example)
      : refused_(refused), example_(example), payload_(payload_of(example.treasury.manifest.envelope())) {}

  void add() {
    add_forms();
    add_rosters();
    add_cards();
    add_accounts();
    add_addresses();
  }

 private:
  void payload(std::string_view rule, std::string_view fault, const std::string& payload, std::string_view message) {
    refuse(refused_, "manifest", rule, fault,
           {{"text", sign(PayloadType::manifest, payload, {&example_.alice}).serialize()}}, message);
  }
  void change(std::string_view rule, std::string_view fault, std::string_view old_part, std::string_view new_part,
              std::string_view message) {
    payload(rule, fault, replaced(payload_, old_part, new_part), message);
  }
  // With these cards instead of alice's and bob's.
  void roster(std::string_view rule, std::string_view fault, std::initializer_list<std::string> cards,
              std::string_view message, std::string_view account = {}) {
    std::string list;
    for (const std::string& card : cards) list += (list.empty() ? "" : ",") + card;
    std::string changed = replaced(payload_, text(example_.alice.card) + "," + text(example_.bob.card), list);
    if (!account.empty()) changed = replaced(changed, this->account(), account);
    payload(rule, fault, changed, message);
  }
  static std::string text(const ceremony::Card& card) { return card.envelope().serialize(); }
  std::string account() const { return json::serialize(account::to_json(example_.treasury.account.public_part())); }

  void add_forms() {
    change("canonical_payload", "white space in the payload", ",\"threshold\"", ", \"threshold\"",
           "the manifest is not in canonical form");
    change("canonical_payload", "fields in another order", R"("name":"treasury","threshold":2)",
           R"("threshold":2,"name":"treasury")", "the manifest is not in canonical form");
    change("fields", "a further field", "\"threshold\":2", "\"threshold\":2,\"more\":1",
           "manifest has fields that do not belong there");
    change("fields", "no room", "\"room\":\"" + example_.treasury.room.text() + "\",", "",
           "manifest: \"room\": missing");
    change("fields", "another version", "\"version\":1", "\"version\":2", "manifest: \"version\": not between 1 and 1");
    change("base64", "trailing bits in the room", example_.treasury.room.text(),
           example_.treasury.room.text().substr(0, 21) + "x", "manifest: \"room\": not canonical base64url");
    change("name", "a name with a slash", "\"treasury\"", "\"tre/asury\"",
           "the multisig name \"tre/asury\" is not allowed: it has a '/'");
    change("threshold", "threshold 0", "\"threshold\":2", "\"threshold\":0",
           "the threshold 0 is not between 1 and the number of signers, 2");
    change("threshold", "threshold 3 of 2", "\"threshold\":2", "\"threshold\":3",
           "the threshold 3 is not between 1 and the number of signers, 2");
  }

  void add_rosters() {
    const std::string alice = text(example_.alice.card);
    const std::string bob = text(example_.bob.card);
    roster("roster", "no signer", {}, "a multisig needs at least one signer");
    roster("roster", "alice twice", {alice, alice}, "alice stands twice among the signers");
    roster("roster", "bob under another name again", {alice, bob, text(card_of(example_.bob, "robert"))},
           "bob and robert have the same signing key");
    roster("roster", "a signer called as alice, in capitals", {alice, text(card_of(example_.bob, "ALICE"))},
           "two signers are called alice and ALICE, which is the same name");
    roster("roster", "a signer called as alice, with blanks around",
           {alice, text(card_of(example_.bob, " alice\u00A0"))},
           "two signers are called alice and  alice\u00A0, which is the same name");
    Bytes mixed = example_.bob.secret;
    std::copy(example_.alice.secret.begin() + 32, example_.alice.secret.end(), mixed.begin() + 32);
    const auto borrowed =
        must(ceremony::Card::create("bob", must(crypto::Identity::parse(mixed)), example_.bob.card.created_at()));
    roster("roster", "bob with alice's box key", {alice, text(borrowed)}, "alice and bob have the same box key");
    const auto number = [](int i) {
      return text(Signer::make("signer " + std::to_string(i), static_cast<std::uint8_t>(i)).card);
    };
    roster("roster", "nine signers with an account of kind aztec-schnorr",
           {alice, bob, number(2), number(3), number(4), number(5), number(6), number(7), number(8)},
           "9 signers are too many: an account of kind aztec-schnorr has at most 8",
           json::serialize(account::to_json(example_.estate.account.public_part())));
  }

  void add_cards() {
    const std::string alice = text(example_.alice.card);
    crypto::Envelope card = example_.bob.card.envelope();
    card.signatures.front().sig = with_bit_flipped(card.signatures.front().sig, 0);
    roster("card", "a bit of the signature of bob's card", {alice, card.serialize()},
           "the card of bob: it is not signed by its own key");
    crypto::Envelope others = example_.bob.card.envelope();
    others.signatures = example_.alice.card.envelope().signatures;
    roster("card", "the signature of alice's card on bob's", {alice, others.serialize()},
           "the card of bob: it is not signed by its own key");
    roster(
        "card", "fields of bob's card in another order",
        {alice, replaced(replaced(text(example_.bob.card), R"("payloadType":"application/vnd.coterie.card+json",)", ""),
                         "}]}", R"(}],"payloadType":"application/vnd.coterie.card+json"})")},
        "card is not in canonical form");
    crypto::Envelope bare = example_.bob.card.envelope();
    bare.signatures.clear();
    roster("card", "no signature on bob's card", {alice, bare.serialize()}, "card: \"signatures\": empty");
  }

  void aztec(std::string_view fault, std::string_view field, std::string_view value, std::string_view message) {
    json::Value part = account::to_json(example_.estate.account.public_part());
    part.as_object()[boost::json::string_view(field.data(), field.size())] =
        boost::json::string_view(value.data(), value.size());
    change("account", fault, account(), json::serialize(part), message);
  }

  void add_accounts() {
    change("account", "an account of an unknown kind", "\"kind\":\"opaque\"", "\"kind\":\"open\"",
           "account: \"kind\": neither aztec-schnorr nor opaque");
    change("account", "an account without its kind", "\"kind\":\"opaque\",", "", "account: \"kind\": missing");
    change("account", "a field of the other kind",
           "\"commitment\":", "\"profile\":\"4.1.2\",\"commitment\":", "account has fields that do not belong there");
    change(
        "canonical_payload", "fields of the account in another order", account(),
        [&] {
          const json::Value part = account::to_json(example_.treasury.account.public_part());
          return json::serialize(json::Object{{"commitment", part.at("commitment")}, {"kind", part.at("kind")}});
        }(),
        "the manifest is not in canonical form");
    aztec("a profile that nobody knows", "profile", "4.1.3",
          "unknown Aztec profile \"4.1.3\": known are 4.1.2, 3.0.0-devnet.5");
    aztec("an address that is the modulus of its field", "address", kFrModulus,
          "account: \"address\": out of range: not below the field's modulus");
    aztec("an address in capitals", "address", "0x0A" + std::string(62, '0'),
          "account: \"address\": not \"0x\" and 64 lower-case hexadecimal digits");
    aztec("a key without leading zeros", "public_key_x", "0x1",
          "account: \"public_key_x\": not \"0x\" and 64 lower-case hexadecimal digits");
  }

  // Of the treasury, whose account is opaque, and of the deployed one, whose account is Aztec's.
  void add_addresses() {
    const auto opaque = [&](std::string_view fault, std::string_view value) {
      change("multisig_address", fault, "\"created_at\":1700000100}",
             std::string("\"multisig_address\":").append(value) + ",\"created_at\":1700000100}",
             "the multisig address: not \"0x\" and 1 to 64 lower-case hexadecimal digits");
    };
    opaque("an address that is a name", "\"treasury.eth\"");
    opaque("an address without a digit", "\"0x\"");
    opaque("an address in capitals", "\"0x1F\"");
    change("fields", "no address as null", "\"created_at\":1700000100}",
           "\"multisig_address\":null,\"created_at\":1700000100}", "manifest: \"multisig_address\": not a string");
    change("multisig_address", "an address that is too long", "\"created_at\":1700000100}",
           "\"multisig_address\":\"0x" + std::string(65, '1') + "\",\"created_at\":1700000100}",
           "manifest: \"multisig_address\": longer than 66 bytes");
    change("canonical_payload", "an address at another place",
           "\"room\":", "\"multisig_address\":\"0x1\",\"room\":", "the manifest is not in canonical form");

    const auto aztec = [&](std::string_view fault, std::string_view value, std::string_view message) {
      payload("multisig_address", fault,
              replaced_last(payload_of(example_.deployed.manifest.envelope()), Example::kMultisigAddress, value),
              message);
    };
    aztec("an address without leading zeros", "0x1",
          "the multisig address: not \"0x\" and 64 lower-case hexadecimal digits");
    aztec("an address that is the modulus", kFrModulus,
          "the multisig address: out of range: not below the field's modulus");
    aztec("an address that is the x of no point", "0x" + std::string(63, '0') + "3",
          "the multisig address is no address: it is the x of no point of Grumpkin");
  }

  static ceremony::Card card_of(const Signer& signer, std::string_view name) {
    return must(ceremony::Card::create(name, signer.identity, signer.card.created_at()));
  }

  json::Array& refused_;
  const Example& example_;
  std::string payload_;
};

}  // namespace

void add_refused_accounts(json::Array& refused, const Example& example) {
  const auto account = [&](std::string_view rule, std::string_view fault, const Creation& creation,
                           const std::string& secrets, std::string_view message) {
    refuse(refused, "account", rule, fault,
           {{"public", json::serialize(account::to_json(creation.account.public_part()))}, {"secrets", secrets}},
           message);
  };
  const std::string opaque(example.treasury.account.serialize().text());
  const std::string aztec(example.estate.account.serialize().text());
  const auto value_of = [](const std::string& secrets, const char* field) {
    return std::string(must(json::parse(secrets, 4096, "secrets")).at(field).as_string());
  };
  const std::string private_key = value_of(aztec, "private_key");
  const std::string salt_key = value_of(aztec, "salt_key");
  const std::string opening = value_of(opaque, "opening");

  account("mismatch", "other data than committed to", example.treasury,
          replaced(opaque, value_of(opaque, "data"), serialize_base64(as_bytes("{\"hello\":\"World\"}"), Base64::url)),
          "the account does not match the manifest: commitment differs");
  account("mismatch", "another opening", example.treasury, replaced(opaque, opening, "A" + opening.substr(1)),
          "the account does not match the manifest: commitment differs");
  account("canonical", "white space", example.treasury, replaced(opaque, ",", ", "),
          "the account is not in canonical form");
  account("fields", "an opening of 31 bytes", example.treasury,
          replaced(opaque, opening, serialize_base64(counting(Example::kOpening, 31), Base64::url)),
          "the account: \"opening\": not 32 bytes");
  account("fields", "secrets of the other kind", example.treasury, aztec, "the account: \"opening\": missing");
  account("mismatch", "another private key", example.estate,
          replaced(aztec, private_key, private_key.substr(0, 65) + (private_key.back() == '1' ? "2" : "1")),
          "the account does not match the manifest: public key differs");
  account("mismatch", "another salt", example.estate,
          replaced(aztec, salt_key, salt_key.substr(0, 65) + (salt_key.back() == '1' ? "2" : "1")),
          "the account does not match the manifest: address differs");
  account("range", "a private key of zero", example.estate, replaced(aztec, private_key, "0x" + std::string(64, '0')),
          "the account: \"private_key\": zero");
  account("range", "a salt that is the modulus of its field", example.estate, replaced(aztec, salt_key, kFrModulus),
          "the account: \"salt_key\": out of range: not below the field's modulus");
  account("canonical", "fields in another order", example.estate,
          json::serialize(json::Object{
              {"private_key", private_key}, {"secret_key", value_of(aztec, "secret_key")}, {"salt_key", salt_key}}),
          "the account is not in canonical form");
}

void add_refused_manifests(json::Array& refused, const Example& example) {
  const auto text = [&](std::string_view rule, std::string_view fault, const std::string& manifest,
                        std::string_view message) {
    refuse(refused, "manifest", rule, fault, {{"text", manifest}}, message);
  };
  Payloads(refused, example).add();

  const crypto::Envelope& good = example.treasury.manifest.envelope();
  const std::string payload = payload_of(good);
  const std::string not_signed = "the manifest is not signed by its first signer, alice";
  crypto::Envelope flipped = good;
  flipped.signatures.front().sig = with_bit_flipped(flipped.signatures.front().sig, 40);
  text("signature", "a bit of the signature", flipped.serialize(), not_signed);
  crypto::Envelope renamed = good;
  renamed.signatures.front().keyid = example.bob.key().text();
  text("creator", "the creator's signature under bob's keyid", renamed.serialize(), not_signed);
  text("creator", "signed by bob instead of the creator",
       sign(PayloadType::manifest, payload, {&example.bob}).serialize(), not_signed);
  text("signature_count", "a second signature",
       sign(PayloadType::manifest, payload, {&example.alice, &example.bob}).serialize(),
       "the manifest has 2 signatures instead of its creator's only");
  text("payload_type", "called a card", sign(PayloadType::card, payload, {&example.alice}).serialize(),
       "manifest: \"payloadType\": not application/vnd.coterie.manifest+json");
  text("canonical_envelope", "white space in the envelope", replaced(good.serialize(), ",\"sig", ", \"sig"),
       "manifest is not in canonical form");
}

void add_refused_certificates(json::Array& refused, const Example& example) {
  const auto text = [&](std::string_view rule, std::string_view fault, const std::string& certificate,
                        std::string_view message) {
    refuse(refused, "certificate", rule, fault, {{"text", certificate}}, message);
  };
  const Signer& alice = example.alice;
  const Signer& bob = example.bob;
  const Signer& carol = example.carol;
  const auto signed_by = [](const Creation& creation, std::initializer_list<const Signer*> signers) {
    return sign(PayloadType::manifest, payload_of(creation.manifest.envelope()), signers);
  };
  const crypto::Envelope good = signed_by(example.treasury, {&alice, &bob});
  const auto with_second = [&](std::string keyid, Bytes sig) {
    crypto::Envelope certificate = good;
    certificate.signatures[1] = {std::move(keyid), std::move(sig)};
    return certificate.serialize();
  };
  const Bytes sig = good.signatures[1].sig;
  const std::string no_receipt = "the receipt of bob is not a signature on this manifest";
  const std::string not_creator = "the manifest is not signed by its first signer, alice";

  const auto all_signed = [&](std::string_view rule, std::string_view fault, std::string_view old_part,
                              std::string_view new_part, std::string_view message) {
    const std::string payload = replaced(payload_of(good), old_part, new_part);
    text(rule, fault, sign(PayloadType::manifest, payload, {&alice, &bob}).serialize(), message);
  };
  all_signed("canonical_payload", "white space in the payload, signed by all", ",\"threshold\"", ", \"threshold\"",
             "the manifest is not in canonical form");
  all_signed("threshold", "threshold 3 of 2, signed by all", "\"threshold\":2", "\"threshold\":3",
             "the threshold 3 is not between 1 and the number of signers, 2");
  text("missing", "no receipt of bob", signed_by(example.treasury, {&alice}).serialize(),
       "the certificate has no receipt of bob");
  text("missing", "no receipts of bob and carol", signed_by(example.estate, {&alice}).serialize(),
       "the certificate has no receipt of bob and carol");
  text("missing", "no receipt of bob, who stands in the middle",
       signed_by(example.estate, {&alice, &carol}).serialize(), "the certificate has no receipt of bob");
  text("creator", "no receipt of the creator", signed_by(example.treasury, {&bob}).serialize(), not_creator);
  text("creator", "receipts in another order, the creator's last",
       signed_by(example.treasury, {&bob, &alice}).serialize(), not_creator);
  text("order", "receipts in another order", signed_by(example.estate, {&alice, &carol, &bob}).serialize(),
       "the receipt of bob stands twice or not in the order of signers");
  text("order", "the creator's receipt twice", signed_by(example.treasury, {&alice, &alice}).serialize(),
       "the receipt of alice stands twice or not in the order of signers");
  text("order", "bob's receipt twice", signed_by(example.treasury, {&alice, &bob, &bob}).serialize(),
       "the receipt of bob stands twice or not in the order of signers");
  text("stranger", "a third signature, of somebody who is no signer",
       signed_by(example.treasury, {&alice, &bob, &carol}).serialize(),
       "the certificate has a receipt of somebody who is not a signer of this multisig");
  text("stranger", "somebody's signature instead of bob's", signed_by(example.treasury, {&alice, &carol}).serialize(),
       "the certificate has a receipt of somebody who is not a signer of this multisig");
  text("stranger", "bob's keyid with padding", with_second(bob.key().text() + "=", sig),
       "the certificate has a receipt of somebody who is not a signer of this multisig");
  text("stranger", "bob's receipt with an empty keyid", with_second("", sig),
       "the certificate has a receipt of somebody who is not a signer of this multisig");
  crypto::Envelope none = good;
  none.signatures.clear();
  text("signature_count", "no signature", none.serialize(), "manifest: \"signatures\": empty");
  text("signature", "a bit of bob's receipt", with_second(bob.key().text(), with_bit_flipped(sig, 0)), no_receipt);
  text("signature", "s of bob's receipt plus the order of the group", with_second(bob.key().text(), with_other_s(sig)),
       no_receipt);
  text("signature", "bob's receipt for another multisig",
       with_second(bob.key().text(), signed_by(example.estate, {&bob}).signatures.front().sig), no_receipt);
  text("signature", "the creator's signature under bob's keyid",
       with_second(bob.key().text(), good.signatures.front().sig), no_receipt);
  text("signature", "bob's signature on his card",
       with_second(bob.key().text(), bob.card.envelope().signatures.front().sig), no_receipt);
  text("signature", "a receipt of 63 bytes", with_second(bob.key().text(), Bytes(sig.begin(), sig.end() - 1)),
       "the receipt of bob is damaged");
  crypto::Envelope lowered = good;
  lowered.payload = to_vector(as_bytes(replaced(payload_of(good), "\"threshold\":2", "\"threshold\":1")));
  text("signature", "another threshold, not signed anew", lowered.serialize(), not_creator);
  text("payload_type", "called a card", replaced_last(good.serialize(), "coterie.manifest+json", "coterie.card+json"),
       "manifest: \"payloadType\": not application/vnd.coterie.manifest+json");
  text("canonical_envelope", "white space in the envelope", replaced(good.serialize(), "},{", "}, {"),
       "manifest is not in canonical form");
  text("base64", "trailing bits in bob's receipt", replaced_last(good.serialize(), "A==\"}", "B==\"}"),
       "signature of the manifest: \"sig\": not canonical base64");
  text("json", "something behind the envelope", good.serialize() + "{}",
       "manifest is not valid JSON: something follows the value");
}

// Manifests that are right by themselves, and not what bob was invited to.
void add_refused_proposals(json::Array& refused, const Example& example) {
  const Signer& alice = example.alice;
  const Signer& bob = example.bob;
  const auto proposal = [&](std::string_view rule, std::string_view fault, const ceremony::Manifest& manifest,
                            const crypto::Identity& creator, std::string_view message) {
    const auto made = must(ceremony::SignedManifest::create(manifest, creator));
    refuse(refused, "proposal", rule, fault, {{"text", made.serialize()}}, message);
  };
  const auto altered = [&](auto alter) {
    ceremony::Manifest manifest = example.treasury.manifest.manifest();
    alter(manifest);
    return manifest;
  };
  const auto other_box = [&](const Signer& signer) {
    Bytes secret = signer.secret;
    std::copy_n(example.zoe.secret.begin() + 32, 32, secret.begin() + 32);
    crypto::Identity identity = must(crypto::Identity::parse(secret));
    return must(ceremony::Card::create(signer.card.name(), identity, signer.card.created_at()));
  };
  proposal("creator", "another creator than the invite's", altered([&](ceremony::Manifest& manifest) {
             manifest.signers = {example.carol.card, bob.card, alice.card};
           }),
           example.carol.identity, "the manifest is carol's, whose signing key is not the one in the invite");
  proposal("creator", "another box key of the creator than the invite's",
           altered([&](ceremony::Manifest& manifest) { manifest.signers.front() = other_box(alice); }), alice.identity,
           "the manifest has another box key for alice than the invite");
  proposal("room", "another room than the one joined",
           altered([&](ceremony::Manifest& manifest) { manifest.room = example.estate.room; }), alice.identity,
           "alice sent the manifest of another room");
  proposal("roster", "a roster without bob",
           altered([&](ceremony::Manifest& manifest) { manifest.signers.back() = example.carol.card; }), alice.identity,
           "bob is not among the signers that alice lists");
  proposal("own_card", "another card of bob",
           altered([&](ceremony::Manifest& manifest) { manifest.signers.back() = other_box(bob); }), alice.identity,
           "alice lists another card of bob than the current one");
}

}  // namespace coterie::vectors
