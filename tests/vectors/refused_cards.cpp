// Cards and invites that must be refused.
#include "ceremony/invite.h"
#include "vectors/alter.h"
#include "vectors/protocol_vectors.h"

namespace coterie::vectors {

namespace {

using crypto::PayloadType;

constexpr const char* kNotSigned = "the card of alice: it is not signed by its own key";
constexpr const char* kNotCanonical = "the card of alice: not in canonical form";

class Cards {
 public:
  Cards(json::Array& refused, const Example& example)
      : refused_(refused),
        alice_(example.alice),
        bob_(example.bob),
        dora_(example.dora),
        good_(example.alice.card.envelope()),
        payload_(payload_of(good_)) {}

  void add() {
    add_signatures();
    add_payloads();
    add_fields();
    add_names();
    add_keys();
    add_envelopes();
    add_base64();
    add_text_forms();
    add_chain_keys();
  }

 private:
  void text(std::string_view rule, std::string_view fault, std::string_view card, std::string_view message) {
    refuse(refused_, "card", rule, fault, {{"text", card}}, message);
  }
  void envelope(std::string_view rule, std::string_view fault, const crypto::Envelope& card, std::string_view message) {
    text(rule, fault, card.serialize(), message);
  }
  // A payload that alice signed.
  void payload(std::string_view rule, std::string_view fault, std::string_view payload, std::string_view message) {
    envelope(rule, fault, sign(PayloadType::card, payload, {&alice_}), message);
  }
  void change(std::string_view rule, std::string_view fault, std::string_view old_part, std::string_view new_part,
              std::string_view message) {
    payload(rule, fault, replaced(payload_, old_part, new_part), message);
  }
  crypto::Envelope with_signature(std::string keyid, Bytes sig) const {
    crypto::Envelope card = good_;
    card.signatures = {{std::move(keyid), std::move(sig)}};
    return card;
  }

  void add_signatures() {
    const std::string own = good_.signatures.front().keyid;
    const Bytes sig = good_.signatures.front().sig;
    envelope("signature", "a bit of the signature's R", with_signature(own, with_bit_flipped(sig, 0)), kNotSigned);
    envelope("signature", "a bit of the signature's s", with_signature(own, with_bit_flipped(sig, 32)), kNotSigned);
    envelope("signature", "the signature's s plus the order of the group", with_signature(own, with_other_s(sig)),
             kNotSigned);
    envelope("signature", "a signature of 63 bytes", with_signature(own, Bytes(sig.begin(), sig.end() - 1)),
             kNotSigned);
    envelope("signature", "a signature whose R is the neutral element",
             with_signature(own, with_neutral_r(alice_, good_.pae())), kNotSigned);
    envelope("signature", "signed by bob under alice's keyid",
             with_signature(own, to_vector(bob_.identity.sign(good_.pae()).view())), kNotSigned);
    envelope("signature", "signed as a manifest",
             with_signature(own, sign(PayloadType::manifest, payload_, {&alice_}).signatures.front().sig), kNotSigned);
    envelope("signature", "the payload alone is signed, without its type",
             with_signature(own, to_vector(alice_.identity.sign(good_.payload).view())), kNotSigned);
    crypto::Envelope renamed = good_;
    renamed.payload = to_vector(as_bytes(replaced(payload_, "alice", "alicE")));
    envelope("signature", "another name, not signed anew", renamed,
             "the card of alicE: it is not signed by its own key");
    envelope("keyid", "the keyid of bob", with_signature(bob_.key().text(), sig), kNotSigned);
    envelope("keyid", "an empty keyid", with_signature("", sig), kNotSigned);
    envelope("keyid", "a keyid with padding", with_signature(own + "=", sig), kNotSigned);
    envelope("keyid", "a keyid in standard base64", with_signature(replaced(own, "_", "/"), sig), kNotSigned);
    crypto::Envelope none = good_;
    none.signatures.clear();
    envelope("signature_count", "no signature", none, "card: \"signatures\": empty");
    crypto::Envelope two = good_;
    two.signatures.push_back(two.signatures.front());
    envelope("signature_count", "its signature twice", two, "the card of alice: it must have exactly one signature");
    envelope("signature_count", "a second signature, by bob", sign(PayloadType::card, payload_, {&alice_, &bob_}),
             "the card of alice: it must have exactly one signature");
  }

  // Both of dora's signatures are right, whatever she says.
  crypto::Envelope signed_by_dora(std::string_view payload) const {
    crypto::Envelope card = sign(PayloadType::card, payload, {&dora_});
    HashedRandom nonces;
    card.signatures.push_back(
        {std::string(ceremony::Card::kAztecKeyId), to_vector(dora_.own_account->sign(card.pae(), nonces).view())});
    return card;
  }

  void add_chain_keys() {
    constexpr const char* kNotByAztecKey = "the card of dora: it is not signed by its Aztec key";
    constexpr const char* kTwoSignatures =
        "the card of dora: it must have exactly two signatures, the second by its Aztec key";
    constexpr const char* kDoesNotFollow =
        "the card of dora: the Aztec address does not follow from the keys beside it";
    const crypto::Envelope good = dora_.card.envelope();
    const std::string payload = payload_of(good);
    const account::AztecPart& part = dora_.own_account->part();
    const auto changed = [&](std::string_view old_part, std::string_view new_part) {
      return signed_by_dora(replaced(payload, old_part, new_part));
    };
    const auto second = [&](std::string keyid, Bytes sig) {
      crypto::Envelope card = good;
      card.signatures[1] = {std::move(keyid), std::move(sig)};
      return card;
    };
    const std::string keyid(ceremony::Card::kAztecKeyId);
    const Bytes sig = good.signatures[1].sig;
    envelope("aztec_signature", "a bit of the Aztec signature's s", second(keyid, with_bit_flipped(sig, 31)),
             kNotByAztecKey);
    envelope("aztec_signature", "a bit of the Aztec signature's challenge", second(keyid, with_bit_flipped(sig, 63)),
             kNotByAztecKey);
    envelope("aztec_signature", "an Aztec signature of 63 bytes", second(keyid, Bytes(sig.begin(), sig.end() - 1)),
             kNotByAztecKey);
    envelope("aztec_signature", "the second keyid is dora's own", second(dora_.key().text(), sig), kNotByAztecKey);
    crypto::Envelope renamed = sign(PayloadType::card, replaced(payload, "1700000000", "1700000001"), {&dora_});
    renamed.signatures.push_back(good.signatures[1]);
    envelope("aztec_signature", "the Aztec signature of another card of hers", renamed, kNotByAztecKey);
    crypto::Envelope one = good;
    one.signatures.pop_back();
    envelope("signature_count", "a chain key without its signature", one, kTwoSignatures);
    crypto::Envelope three = good;
    three.signatures.push_back(three.signatures.back());
    envelope("signature_count", "a chain key with its signature twice", three, kTwoSignatures);
    crypto::Envelope none = good_;
    none.signatures.push_back(good.signatures[1]);
    envelope("signature_count", "an Aztec signature without a chain key", none,
             "the card of alice: it must have exactly one signature");
    envelope("aztec_address", "the salt as address", changed(part.account.address, part.salt), kDoesNotFollow);
    envelope("aztec_address", "a master public key in another's place",
             changed(part.master_public_keys[3].x + R"(","y":")" + part.master_public_keys[3].y,
                     part.master_public_keys[0].x + R"(","y":")" + part.master_public_keys[0].y),
             kDoesNotFollow);
    envelope("aztec_address", "keys of profile 4.1.2 as those of 3.0.0-devnet.5", changed("4.1.2", "3.0.0-devnet.5"),
             kDoesNotFollow);
    envelope("aztec_address", "a key that is not on the curve", changed(part.account.public_key_y, part.salt),
             "the card of dora: a public key is not on Grumpkin");
    envelope("aztec", "an address not below the modulus", changed(part.account.address, "0x" + std::string(64, 'f')),
             "the card of dora: Aztec part: \"address\": out of range: not below the field's modulus");
    envelope(
        "aztec", "three master public keys",
        changed(R"(,{"x":")" + part.master_public_keys[3].x + R"(","y":")" + part.master_public_keys[3].y + R"("}])",
                "]"),
        "the card of dora: Aztec part: \"master_public_keys\": not four of them");
    envelope("aztec", "an unknown profile", changed("4.1.2", "4.1.3"),
             "the card of dora: unknown Aztec profile \"4.1.3\": known are 4.1.2, 3.0.0-devnet.5");
    envelope("canonical_payload", "fields of the chain key in another order",
             changed(R"("profile":"4.1.2","address":")" + part.account.address + '"',
                     R"("address":")" + part.account.address + R"(","profile":"4.1.2")"),
             "the card of dora: its Aztec part is not in canonical form");
  }

  void add_payloads() {
    change("canonical_payload", "white space in the payload", ",\"name\"", ", \"name\"", kNotCanonical);
    payload("canonical_payload", "a line feed behind the payload", payload_ + "\n", kNotCanonical);
    change("canonical_payload", "fields in another order", R"({"version":1,"name":"alice",)",
           R"({"name":"alice","version":1,)", kNotCanonical);
    change("canonical_payload", "an escape that is not needed", "alice", "\\u0061lice", kNotCanonical);
    change("canonical_payload", "created_at as -0", "1700000000", "-0", kNotCanonical);
    change("json", "a key twice", R"({"version":1,)", R"({"version":1,"version":1,)",
           "card is not valid JSON: a key stands twice in one object");
    change("json", "a number with an exponent", "1700000000", "17e8",
           "card is not valid JSON: a number is not a whole number of 64 bits");
    change("json", "a number with a fraction", "1700000000", "1700000000.0",
           "card is not valid JSON: a number is not a whole number of 64 bits");
    change("json", "invalid UTF-8", "alice",
           "al\xff"
           "ice",
           "card is not valid JSON: syntax error");
    change("json", "half a surrogate pair", "alice", "\\ud83e", "card is not valid JSON: syntax error");
    payload("json", "something behind the payload", payload_ + "{}",
            "card is not valid JSON: something follows the value");
    payload("fields", "a payload that is no object", "[]", "card is not a JSON object");
  }

  void add_fields() {
    change("fields", "a field that does not belong there", "}", ",\"more\":1}",
           "card has fields that do not belong there");
    change("fields", "a missing field", ",\"created_at\":1700000000", "", "card: \"created_at\": missing");
    change("fields", "a number as text", "1700000000", "\"1700000000\"",
           "card: \"created_at\": not a whole number in range");
    change("fields", "another version", "\"version\":1", "\"version\":2", "card: \"version\": not between 1 and 1");
    change("fields", "a time before 1970", "1700000000", "-1",
           "card: \"created_at\": not between 0 and 9223372036854775807");
    change("fields", "a time of more than 63 bits", "1700000000", "9223372036854775808",
           "card: \"created_at\": not a whole number in range");
  }

  void name(std::string_view fault, std::string_view name, std::string_view message) {
    change("name", fault, "\"alice\"", json::serialize(json::Value(boost::json::string_view(name.data(), name.size()))),
           message);
  }
  void add_names() {
    name("an empty name", "", "the signer name \"\" is not allowed: it is empty");
    name("a name with a slash", "al/ice", "the signer name \"al/ice\" is not allowed: it has a '/'");
    name("a name that begins with a dot", ".alice",
         "the signer name \".alice\" is not allowed: it starts with '-' or '.'");
    name("a name that begins with a dash", "-alice",
         "the signer name \"-alice\" is not allowed: it starts with '-' or '.'");
    name("a line feed in the name", "ali\nce",
         "the signer name \"ali\\u{A}ce\" is not allowed: it has an invisible character");
    name("a right-to-left override in the name", "ali\u202ece",
         "the signer name \"ali\\u{202E}ce\" is not allowed: it has an invisible character");
    name("a tag character in the name", "alice\U000E0061",
         "the signer name \"alice\\u{E0061}\" is not allowed: it has an invisible character");
    name("a name of blanks", " \u2800\u3000", "the signer name \" \u2800\u3000\" is not allowed: it has blanks only");
    const std::string many(65, 'a');
    name("a name of 65 code points", many,
         "the signer name \"" + many.substr(1) + "…\" is not allowed: it is longer than 64 characters");
  }

  void add_keys() {
    const std::string box_key = alice_.card.box_key().text();
    const auto boxed = [&](std::string_view fault, const std::string& hex, std::string_view message) {
      change("box_key", fault, box_key, serialize_base64(must(parse_hex(hex)), Base64::url), message);
    };
    boxed("the box key 0, of low order", std::string(64, '0'), "the card of alice: a box key is of low order");
    boxed("a box key of order 8", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
          "the card of alice: a box key is of low order");
    boxed("9 as 2^255 - 10", "f6ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
          "the card of alice: a box key is not in canonical form");
    boxed("9 with the top bit set", "0900000000000000000000000000000000000000000000000000000000000080",
          "the card of alice: a box key is not in canonical form");
    change("fields", "a box key of 31 bytes", box_key,
           serialize_base64(alice_.card.box_key().view().first(31), Base64::url),
           "card: \"box_key\": a box key must have 32 bytes, not 31");

    // With the neutral element as its key, a signature (s·B, s) fits every message; here s is 1.
    const std::string neutral = must(SignKey::from_bytes(must(parse_hex("01" + std::string(62, '0'))))).text();
    crypto::Envelope anybody = good_;
    anybody.payload = to_vector(as_bytes(replaced(payload_, alice_.key().text(), neutral)));
    anybody.signatures = {{neutral, must(parse_hex("58" + std::string(62, '6') + "01" + std::string(62, '0')))}};
    envelope("sign_key", "a sign key of small order, for which anybody can sign", anybody, kNotSigned);
  }

  void add_envelopes() {
    const std::string card = good_.serialize();
    const std::string type = R"("payloadType":"application/vnd.coterie.card+json",)";
    text("canonical_envelope", "fields of the envelope in another order",
         replaced(replaced(card, type, ""), "{\"payload\"", "{" + type + "\"payload\""),
         "card is not in canonical form");
    text("canonical_envelope", "white space in the envelope", replaced(card, "\"signatures\":[", "\"signatures\": ["),
         "card is not in canonical form");
    text("canonical_envelope", "an escape in the envelope", replaced(card, "vnd.coterie", "vnd\\u002ecoterie"),
         "card is not in canonical form");
    text("canonical_envelope", "sig before keyid",
         replaced(card,
                  R"({"keyid":")" + good_.signatures.front().keyid + R"(","sig":")" +
                      serialize_base64(good_.signatures.front().sig, Base64::standard) + R"("})",
                  R"({"sig":")" + serialize_base64(good_.signatures.front().sig, Base64::standard) + R"(","keyid":")" +
                      good_.signatures.front().keyid + R"("})"),
         "card is not in canonical form");
    text("json", "a field of the envelope twice", replaced(card, type, type + type),
         "card is not valid JSON: a key stands twice in one object");
    text("fields", "a further field in the envelope", replaced(card, type, type + "\"more\":1,"),
         "card has fields that do not belong there");
    text("fields", "a further field in the signature", replaced(card, "\"sig\":", "\"more\":1,\"sig\":"),
         "signature of the card has fields that do not belong there");
    text("json", "something behind the envelope", card + "{}", "card is not valid JSON: something follows the value");
    text("json", "half of the envelope", card.substr(0, card.size() / 2), "card is not valid JSON: incomplete JSON");
    text("payload_type", "signed as a manifest, and called one",
         sign(PayloadType::manifest, payload_, {&alice_}).serialize(),
         "card: \"payloadType\": not application/vnd.coterie.card+json");
    text("size", "more than 4 KiB", card + std::string(4096, '{'), "card is longer than 4096 bytes");
  }

  void add_base64() {
    const std::string bobs = bob_.card.envelope().serialize();  // its payload ends with padding, alice's does not
    text("base64", "trailing bits in the payload", replaced(bobs, "fQ==", "fR=="),
         "card: \"payload\": not canonical base64");
    text("base64", "the payload without padding", replaced(bobs, "fQ==", "fQ"),
         "card: \"payload\": not canonical base64");
    const std::string card = good_.serialize();
    text("base64", "trailing bits in the signature", replaced(card, "g==\"}", "h==\"}"),
         "signature of the card: \"sig\": not canonical base64");
    text("base64", "the signature in the other alphabet", replaced(card, "I/1u", "I_1u"),
         "signature of the card: \"sig\": not canonical base64");
    text("base64", "a line feed in the payload", replaced(card, "{\"payload\":\"", "{\"payload\":\"\\n"),
         "card: \"payload\": not canonical base64");
    const std::string key = alice_.key().text();
    change("base64", "trailing bits in the sign key", key, key.substr(0, 42) + "h",
           "card: \"sign_key\": not canonical base64url");
    change("base64", "the sign key with padding", key, key + "=", "card: \"sign_key\": not canonical base64url");
    change("base64", "the sign key in the other alphabet", key, replaced(key, "_", "/"),
           "card: \"sign_key\": not canonical base64url");
  }

  void add_text_forms() {
    const std::string line = alice_.card.serialize();
    text("base64", "trailing bits in the text form", line.substr(0, line.size() - 1) + "1",
         "the card is damaged: not canonical base64url");
    text("base64", "a space in the text form", replaced(line, "eyJ", "eyJ "),
         "the card is damaged: not canonical base64url");
    text("json", "half of the text form", line.substr(0, line.size() / 2 + 1),
         "card is not valid JSON: incomplete JSON");
    text("json", "another prefix", replaced(line, "coterie-card:", "coterie-Card:"),
         "card is not valid JSON: syntax error");
  }

  json::Array& refused_;
  const Signer& alice_;
  const Signer& bob_;
  const Signer& dora_;
  const crypto::Envelope& good_;
  std::string payload_;
};

}  // namespace

void add_refused_cards(json::Array& refused, const Example& example) {
  Cards(refused, example).add();
}

void add_refused_invites(json::Array& refused, const Example& example) {
  const std::string good =
      ceremony::Invite{"192.0.2.7", 8081, TransportSecurity::none, example.treasury.room, example.alice.card.peer()}
          .serialize();
  const auto invite = [&](std::string_view rule, std::string_view fault, const std::string& text,
                          std::string_view problem) {
    refuse(refused, "invite", rule, fault, {{"text", text}}, problem, ErrorKind::usage);
  };
  const auto change = [&](std::string_view rule, std::string_view fault, std::string_view old_part,
                          std::string_view new_part, std::string_view problem) {
    invite(rule, fault, replaced(good, old_part, new_part), "the invite is malformed: " + std::string(problem));
  };
  const std::string room = example.treasury.room.text();
  const std::string box_key = example.alice.card.box_key().text();
  change("scheme", "another scheme", "coterie:", "http:", "it does not start with coterie:// or coteries://");
  change("port", "no port", ":8081", "", "the port is missing");
  for (const char* port : {"0", "08081", "65536", "+8081", "80 81", ""}) {
    change("port", "the port \"" + std::string(port) + "\"", "8081", port, "its port is not a number from 1 to 65535");
  }
  change("host", "an IPv6 address without brackets", "192.0.2.7", "2001:db8::7",
         "its host is neither a name nor an address (an IPv6 address needs [])");
  change("host", "a name in brackets", "192.0.2.7", "[example]", "its host is no IPv6 address");
  change("host", "an empty host", "192.0.2.7", "",
         "its host is neither a name nor an address (an IPv6 address needs [])");
  change("host", "a user before the host", "192.0.2.7", "alice@192.0.2.7",
         "its host is neither a name nor an address (an IPv6 address needs [])");
  change("room", "no room", "/" + room, "", "the room or the keys are missing");
  change("room", "a room of 15 bytes", room, room.substr(0, 20), "its room is damaged");
  change("base64", "trailing bits in the room", room, room.substr(0, 21) + "x", "its room is damaged");
  change("key", "no keys", "#" + example.alice.key().text() + "." + box_key, "", "the room or the keys are missing");
  change("key", "no box key", "." + box_key, "", "one of its keys is missing");
  change("key", "a box key of low order", box_key, BoxKey().text(), "one of its keys is damaged");
  change("key", "a third key", box_key, box_key + "." + box_key, "one of its keys is damaged");
  invite("size", "more than 1024 bytes", good + std::string(1024, ' '),
         "the invite is malformed: it is longer than 1024 bytes");
}

}  // namespace coterie::vectors
