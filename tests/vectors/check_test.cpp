// Checks tests/vectors/protocol.json by the product's parsers and machines, knowing nothing of how it was made.
#include <sodium.h>

#include "ceremony/card.h"
#include "ceremony/certificate.h"
#include "ceremony/creator.h"
#include "ceremony/framing.h"
#include "ceremony/invite.h"
#include "ceremony/recipient.h"
#include "crypto/digest.h"
#include "crypto/room.h"
#include "crypto/sealing.h"
#include "vault/header.h"
#include "vectors/example.h"
#include "vectors/vector_reader.h"

namespace coterie::vectors {

namespace {

// What is behind the label.
crypto::LabelledFields fields_of(const json::Value& described) {
  constexpr std::string_view kPrefix = "coterie/1 ";
  const std::string label = text_at(described, "label");
  EXPECT_TRUE(label.starts_with(kPrefix)) << label;
  crypto::LabelledFields fields(std::string_view(label).substr(kPrefix.size()));
  for (const json::Value& field : follow(described, "fields_hex").as_array()) {
    fields.add(*parse_hex(field.as_string()));
  }
  return fields;
}

class ProtocolFileTest : public VectorReaderTest {
 protected:
  static ceremony::Card card(const std::string& signer) {
    return ceremony::Card::parse(text("signers." + signer + ".card.text")).value();
  }
  static ceremony::SignedManifest manifest(const std::string& name) {
    return ceremony::SignedManifest::parse(text("manifests." + name + ".envelope")).value();
  }
  static account::SharedStateAccount account(const std::string& kind, const account::PublicPart& claimed) {
    const std::string secrets = text("accounts." + kind + ".secrets");
    return std::move(account::SharedStateAccount::parse(SecretBytes::copy_of(secrets), claimed).value());
  }
  static account::PublicPart public_part(const std::string& kind) {
    return account::parse_public_part(*json::parse(text("accounts." + kind + ".public"), 4096, "account")).value();
  }
};

TEST_F(ProtocolFileTest, HasFieldsSequencesAndDigestsThatFollowFromEachOther) {
  const std::size_t sequences =
      for_each_with("sequence_hex", [](const json::Value& described, const std::string& path) {
        EXPECT_EQ(serialize_hex(fields_of(described).bytes()), text_at(described, "sequence_hex")) << path;
      });
  const std::size_t digests = for_each_with("digest_hex", [](const json::Value& described, const std::string& path) {
    EXPECT_EQ(serialize_hex(crypto::digest(fields_of(described)).view()), text_at(described, "digest_hex")) << path;
  });
  EXPECT_GT(digests, 10u);
  EXPECT_GT(sequences, digests);
}

TEST_F(ProtocolFileTest, HasSealedTextsThatOpenAndAreMadeAgainFromTheirNonce) {
  const std::size_t sealed = for_each_with("sealed_hex", [](const json::Value& described, const std::string& path) {
    const Secret<32> key = std::move(Secret<32>::from_bytes(bytes_at(described, "key_hex")).value());
    const Bytes associated = bytes_at(described, "associated_data.sequence_hex");
    const auto opened = crypto::open(key, associated, bytes_at(described, "sealed_hex"));
    ASSERT_TRUE(opened) << path;
    if (has(described, "plaintext")) {
      EXPECT_EQ(opened->text(), text_at(described, "plaintext")) << path;
    }
    ReplayedRandom nonce(bytes_at(described, "nonce_hex"));
    EXPECT_EQ(serialize_hex(crypto::seal(key, associated, opened->view(), nonce)), text_at(described, "sealed_hex"))
        << path;
  });
  EXPECT_EQ(sealed, 7u);  // two descriptions, two candidates, two accounts, a vault's key
}

TEST_F(ProtocolFileTest, HasEnvelopesThatHoldTheirPayloadsInCanonicalForm) {
  const std::size_t envelopes = for_each_with("pae", [](const json::Value& described, const std::string& path) {
    if (!has(described, "envelope")) return;  // a join's: it travels without
    std::size_t matching = 0;
    using crypto::PayloadType;
    for (const PayloadType type : {PayloadType::card, PayloadType::manifest, PayloadType::description}) {
      const auto envelope = crypto::Envelope::parse(text_at(described, "envelope"), type, kMaxVectorFile);
      if (!envelope) continue;
      ++matching;
      EXPECT_EQ(as_text(envelope->payload), text_at(described, "payload")) << path;
      EXPECT_EQ(as_text(envelope->pae()), text_at(described, "pae")) << path;
      EXPECT_EQ(envelope->serialize(), text_at(described, "envelope")) << path;
    }
    EXPECT_EQ(matching, 1u) << path;
  });
  EXPECT_GT(envelopes, 10u);
}

Result<ceremony::Card> make_with_chain_key(std::string_view name, const crypto::Identity& identity,
                                           std::int64_t created_at, const json::Value& described) {
  COTERIE_TRY(const account::AztecAccount own_account,
              account::AztecAccount::parse(text_at(described, "secrets"), text_at(described, "profile")));
  HashedRandom nonces;
  return ceremony::Card::create(name, identity, created_at, own_account, nonces);
}

TEST_F(ProtocolFileTest, HasSignersWhoseSecretsGiveTheirKeysAndCards) {
  for (const auto& signer : follow(document(), "signers").as_object()) {
    const std::string name(signer.key());
    const json::Value& described = signer.value();
    const crypto::Identity own = identity(name);
    EXPECT_EQ(own.sign_key().text(), text_at(described, "sign_key")) << name;
    EXPECT_EQ(own.box_key().text(), text_at(described, "box_key")) << name;

    for (const char* form : {"card.text", "card.envelope"}) {
      const auto parsed = ceremony::Card::parse(text_at(described, form));
      ASSERT_TRUE(parsed) << name << " " << form << ": " << parsed.error().message;
      EXPECT_EQ(parsed->serialize(), text_at(described, "card.text")) << name;
      EXPECT_EQ(parsed->envelope().serialize(), text_at(described, "card.envelope")) << name;
      EXPECT_EQ(parsed->name(), text_at(described, "name")) << name;
      EXPECT_EQ(parsed->created_at(), follow(described, "created_at").as_int64()) << name;
      EXPECT_EQ(parsed->fingerprint(), text_at(described, "fingerprint.digits")) << name;
    }
    EXPECT_EQ(crypto::digits(fixed_at<Digest>(described, "fingerprint.digest_hex")),
              text_at(described, "fingerprint.digits"));
    const std::int64_t created_at = follow(described, "created_at").as_int64();
    const auto* own_account = described.as_object().if_contains("own_account");
    const auto made = own_account == nullptr
                          ? ceremony::Card::create(text_at(described, "name"), own, created_at)
                          : make_with_chain_key(text_at(described, "name"), own, created_at, *own_account);
    ASSERT_TRUE(made) << name;
    EXPECT_EQ(made->serialize(), text_at(described, "card.text")) << name;
  }
}

TEST_F(ProtocolFileTest, HasRoomsThatFollowFromCreatorAndSalt) {
  for (const char* name : {"treasury", "estate"}) {
    const json::Value& room = follow(document(), std::string("rooms.") + name);
    const auto creator = SignKey::parse(text_at(room, "creator"));
    ASSERT_TRUE(creator);
    const RoomId id = crypto::room_id(*creator, fixed_at<RoomSalt>(room, "salt_hex"));
    EXPECT_EQ(id.text(), text_at(room, "room"));
    EXPECT_TRUE(text_at(room, "digest.digest_hex").starts_with(serialize_hex(id.view())));
    EXPECT_EQ(text_at(room, "path"), "/rooms/" + id.text());
    EXPECT_EQ(manifest(name).manifest().room, id);
  }
}

TEST_F(ProtocolFileTest, HasInvitesThatAreReadAsTheyAreMeant) {
  for (const auto& each : follow(document(), "invites").as_object()) {
    const json::Value& described = each.value();
    for (const std::string& around : {std::string(), std::string(" \n"), std::string("'"), std::string("<")}) {
      std::string text = around;
      text.append(text_at(described, "text")).append(around);
      const auto invite = ceremony::Invite::parse(text);
      ASSERT_TRUE(invite) << invite.error().message;
      EXPECT_EQ(invite->serialize(), text_at(described, "text"));
      EXPECT_EQ(invite->host, text_at(described, "host"));
      EXPECT_EQ(invite->port, follow(described, "port").as_int64());
      EXPECT_EQ(invite->security == TransportSecurity::tls, follow(described, "tls").as_bool());
      EXPECT_EQ(invite->room.text(), text_at(described, "room"));
      EXPECT_EQ(invite->creator.sign_key.text(), text_at(described, "sign_key"));
      EXPECT_EQ(invite->creator.box_key.text(), text_at(described, "box_key"));
    }
  }
}

TEST_F(ProtocolFileTest, HasAnOpaqueAccountThatItsOpeningCommitsTo) {
  ReplayedRandom opening(bytes("accounts.opaque.opening_hex"));
  const auto made =
      account::SharedStateAccount::create_opaque(SecretBytes::copy_of(text("accounts.opaque.data")), opening);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->serialize().text(), text("accounts.opaque.secrets"));
  EXPECT_EQ(json::serialize(account::to_json(made->public_part())), text("accounts.opaque.public"));
  const auto& part = std::get<account::OpaquePublic>(made->public_part());
  EXPECT_EQ(part.commitment, fixed<Digest>("accounts.opaque.commitment.digest_hex"));
  EXPECT_EQ(account("opaque", public_part("opaque")).reveal().text(), text("accounts.opaque.data"));
}

TEST_F(ProtocolFileTest, HasAnAztecAccountThatFollowsFromWhatWasDrawn) {
  Bytes drawn;
  for (const char* key : {"secret_key_drawn_hex", "salt_key_drawn_hex", "private_key_drawn_hex"}) {
    const Bytes part = bytes(std::string("accounts.aztec.") + key);
    drawn.insert(drawn.end(), part.begin(), part.end());
  }
  ReplayedRandom random(drawn);
  const auto made = account::SharedStateAccount::generate(text("accounts.aztec.profile"), random);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->serialize().text(), text("accounts.aztec.secrets"));
  EXPECT_EQ(json::serialize(account::to_json(made->public_part())), text("accounts.aztec.public"));
  EXPECT_EQ(account("aztec", public_part("aztec")).serialize().text(), text("accounts.aztec.secrets"));
}

TEST_F(ProtocolFileTest, HasManifestsThatTheirCreatorSigned) {
  for (const auto& [name, kind] : {std::pair("treasury", "opaque"), std::pair("estate", "aztec")}) {
    const std::string key = std::string("manifests.") + name;
    const ceremony::SignedManifest read = manifest(name);
    EXPECT_EQ(read.manifest().name, name);
    EXPECT_EQ(read.creator(), card("alice"));
    EXPECT_EQ(read.manifest().account, public_part(kind));
    EXPECT_EQ(read.serialize(), text(key + ".envelope"));
    EXPECT_EQ(read.manifest().serialize(), text(key + ".payload"));
    EXPECT_EQ(read.digest(), fixed<Digest>(key + ".digest.digest_hex"));
    EXPECT_EQ(read.digest().text(), text(key + ".digest_text"));
    EXPECT_EQ(read.verification_code(), text(key + ".verification_code"));
    const auto signed_again = ceremony::SignedManifest::create(read.manifest(), identity("alice"));
    ASSERT_TRUE(signed_again);
    EXPECT_EQ(signed_again->serialize(), text(key + ".envelope"));
  }
}

TEST_F(ProtocolFileTest, HasAManifestThatClaimsAnAddress) {
  EXPECT_EQ(manifest("treasury").manifest().multisig_address, std::nullopt);
  const ceremony::SignedManifest read = manifest("deployed");
  EXPECT_EQ(read.manifest().multisig_address, "0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05");
  EXPECT_EQ(read.manifest().serialize(), text("manifests.deployed.payload"));
  EXPECT_EQ(read.digest(), fixed<Digest>("manifests.deployed.digest.digest_hex"));
  EXPECT_EQ(read.verification_code(), text("manifests.deployed.verification_code"));
}

TEST_F(ProtocolFileTest, HasPairKeysThatBothSidesDerive) {
  const std::size_t found = for_each_with("shared_hex", [](const json::Value& described, const std::string& path) {
    const json::Array& names = follow(described, "signers").as_array();
    const std::string first(names.at(0).as_string());
    const std::string second(names.at(1).as_string());
    const RoomId room = RoomId::parse(text_at(described, "room")).value();

    Bytes product(32);
    const crypto::Identity own = identity(first);
    ASSERT_EQ(crypto_scalarmult(product.data(), own.box_secret().data(), identity(second).box_key().data()), 0);
    EXPECT_EQ(serialize_hex(product), text_at(described, "x25519_hex")) << path;
    Bytes shared(32);
    const Bytes zero(16);
    crypto_core_hsalsa20(shared.data(), zero.data(), product.data(), nullptr);
    EXPECT_EQ(serialize_hex(shared), text_at(described, "shared_hex")) << path;

    const Secret<32> key = std::move(Secret<32>::from_bytes(bytes_at(described, "key.digest_hex")).value());
    const crypto::LabelledFields associated("sealed account");
    for (const auto& [mine, other] : {std::pair(first, second), std::pair(second, first)}) {
      const crypto::Identity me = identity(mine);
      const auto derived = crypto::PairKey::derive(me, card(other).peer(), room);
      ASSERT_TRUE(derived) << path;
      ReplayedRandom nonce(Bytes(24, 7));
      const auto opened = crypto::open(key, associated.bytes(), derived->seal(associated, as_bytes("said"), nonce));
      ASSERT_TRUE(opened) << path;
      EXPECT_EQ(opened->text(), "said");
    }
  });
  EXPECT_EQ(found, 3u);
}

// What a machine says now.
template <class Machine>
std::vector<std::string> said(Machine& machine) {
  std::vector<std::string> messages;
  while (const auto event = machine.poll_event()) {
    std::visit(
        [&](const auto& what) {
          if constexpr (requires { what.message; }) messages.push_back(what.message);
        },
        *event);
  }
  return messages;
}

TEST_F(ProtocolFileTest, HasChannelMessagesThatAreReadAndWrittenTheSame) {
  std::size_t messages = 0;
  for (const auto& creation : follow(document(), "channel").as_object()) {
    for (const auto& each : creation.value().as_object()) {
      const std::string text = text_at(each.value(), "message");
      const auto parsed = ceremony::parse_message(text);
      ASSERT_TRUE(parsed) << std::string(each.key()) << ": " << parsed.error().message;
      EXPECT_EQ(serialize_message(*parsed), text);
      EXPECT_EQ(digest_of(*parsed), manifest(std::string(creation.key())).digest());
      EXPECT_TRUE(std::string(each.key()).starts_with(type_of(*parsed))) << std::string(each.key());

      ceremony::FrameReader reader;
      for (const std::uint8_t byte : bytes_at(each.value(), "frame_hex")) ASSERT_TRUE(reader.add(BytesView(&byte, 1)));
      EXPECT_EQ(reader.poll_message().value(), text);
      EXPECT_EQ(reader.poll_message().value(), std::nullopt);
      ++messages;
    }
  }
  EXPECT_EQ(messages, 11u);
}

TEST_F(ProtocolFileTest, HasProposalsThatTheirRecipientsAnswerAsWritten) {
  for (const auto& [creation, kind] : {std::pair("treasury", "opaque"), std::pair("estate", "aztec")}) {
    const json::Value& spoken = follow(document(), std::string("channel.") + creation);
    const std::string name = text_at(spoken, "proposal.to");
    const crypto::Identity own = identity(name);
    auto recipient =
        ceremony::Recipient::create(own, {card("alice").peer(), manifest(creation).manifest().room, card(name)});
    ASSERT_TRUE(recipient);
    recipient->link_opened();
    recipient->handle_message(text_at(spoken, "proposal.message"));
    ASSERT_EQ(recipient->state(), ceremony::Recipient::State::awaiting_consent) << creation;
    EXPECT_TRUE(said(*recipient).empty());
    recipient->accept();
    EXPECT_EQ(said(*recipient), std::vector{text_at(spoken, "receipt.message")});
    recipient->handle_message(text_at(spoken, "certificate.message"));
    EXPECT_EQ(said(*recipient), std::vector{text_at(spoken, "stored.message")});
    EXPECT_EQ(recipient->state(), ceremony::Recipient::State::complete);
    EXPECT_EQ(text_at(spoken, "proposal.sealed.plaintext"), text(std::string("accounts.") + kind + ".secrets"));
  }
}

TEST_F(ProtocolFileTest, HasWhatACreatorSaysToWhatItsRecipientSays) {
  const json::Value& spoken = follow(document(), "channel.treasury");
  const ceremony::SignedManifest terms = manifest("treasury");
  const crypto::Identity alice = identity("alice");
  const SignKey bob = card("bob").sign_key();
  const auto make = [&](ReplayedRandom& nonce) {
    auto creator =
        ceremony::Creator::create({terms, account("opaque", terms.manifest().account), {}, {}, {}, {}}, alice, nonce);
    return std::move(creator.value());
  };
  ReplayedRandom nonce(bytes_at(spoken, "proposal.sealed.nonce_hex"));
  ceremony::Creator creator = make(nonce);
  creator.link_opened(bob);
  EXPECT_EQ(said(creator), std::vector{text_at(spoken, "proposal.message")});
  creator.handle_message(bob, text_at(spoken, "receipt.message"));
  EXPECT_EQ(said(creator), std::vector{text_at(spoken, "certificate.message")});
  creator.handle_message(bob, text_at(spoken, "stored.message"));
  EXPECT_EQ(creator.state(), ceremony::Creator::State::complete);

  ReplayedRandom again(bytes_at(spoken, "proposal.sealed.nonce_hex"));
  ceremony::Creator declined = make(again);
  declined.link_opened(bob);
  (void)said(declined);
  declined.handle_message(bob, text_at(spoken, "decline.message"));
  EXPECT_EQ(said(declined), std::vector{text_at(spoken, "abort.message")});
}

TEST_F(ProtocolFileTest, HasALongMessageInPieces) {
  std::string message;
  for (std::int64_t i = 0; i < follow(document(), "framing.times").as_int64(); ++i) message += text("framing.part");
  const std::vector<Bytes> pieces = ceremony::split_message(message);
  const json::Array& described = follow(document(), "framing.pieces").as_array();
  ASSERT_EQ(pieces.size(), described.size());
  EXPECT_GT(pieces.size(), 2u);
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    EXPECT_EQ(static_cast<std::int64_t>(pieces[i].size()), follow(described[i], "bytes").as_int64());
    EXPECT_EQ(serialize_hex(BytesView(pieces[i]).first(8)), text_at(described[i], "first_8_hex"));
  }
}

TEST_F(ProtocolFileTest, HasCertificatesWithTheReceiptsThatTheyName) {
  for (const auto& each : follow(document(), "certificates").as_object()) {
    const std::string name(each.key());
    const json::Value& described = each.value();
    const auto partial = ceremony::PartialCertificate::parse(text_at(described, "file"));
    ASSERT_TRUE(partial) << name << ": " << partial.error().message;
    EXPECT_EQ(partial->serialize(), text_at(described, "envelope"));
    json::Array present;
    json::Array missing;
    for (const ceremony::Card& signer : partial->manifest().manifest().signers) {
      (partial->receipts().contains(signer.sign_key()) ? present : missing).emplace_back(signer.name());
    }
    EXPECT_EQ(json::Value(present), follow(described, "receipts_of")) << name;
    EXPECT_EQ(json::Value(missing), follow(described, "missing")) << name;
    const auto certificate = ceremony::Certificate::parse(text_at(described, "envelope"));
    EXPECT_EQ(certificate.ok(), missing.empty()) << name;
    if (!certificate) continue;
    EXPECT_EQ(certificate->serialize(), text_at(described, "envelope"));
    EXPECT_EQ(certificate->manifest(), manifest(name));
  }
}

TEST_F(ProtocolFileTest, HasAVaultHeaderThatItsPassphraseOpens) {
  const json::Value& described = follow(document(), "vault_header");
  const auto header = vault::Header::parse(bytes_at(described, "header_hex"));
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(serialize_hex(header->serialize()), text_at(described, "header_hex"));
  EXPECT_EQ(serialize_hex(header->id.view()), text_at(described, "id_hex"));
  EXPECT_EQ(serialize_hex(header->salt), text_at(described, "salt_hex"));
  EXPECT_EQ(static_cast<std::int64_t>(header->kdf.memory_bytes), follow(described, "memory_bytes").as_int64());
  EXPECT_EQ(static_cast<std::int64_t>(header->kdf.passes), follow(described, "passes").as_int64());
  const Passphrase passphrase(SecretBytes::copy_of(text_at(described, "passphrase")));
  const auto key = header->unwrap(passphrase);
  ASSERT_TRUE(key) << key.error().message;
  EXPECT_EQ(serialize_hex(key->view()), text_at(described, "vault_key_hex"));

  Bytes drawn = bytes_at(described, "id_hex");
  for (const char* next : {"salt_hex", "wrapped_key.nonce_hex"}) {
    const Bytes part = bytes_at(described, next);
    drawn.insert(drawn.end(), part.begin(), part.end());
  }
  ReplayedRandom random(drawn);
  const auto wrapped = vault::Header::wrap(*key, passphrase, header->kdf, random);
  ASSERT_TRUE(wrapped);
  EXPECT_EQ(serialize_hex(wrapped->serialize()), text_at(described, "header_hex"));
}

}  // namespace

}  // namespace coterie::vectors
