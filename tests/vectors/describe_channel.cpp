// Examples of what travels over the data channel, said by both machines with nothing between them, of certificates, and
// of a vault's header.
#include "ceremony/certificate.h"
#include "ceremony/creator.h"
#include "ceremony/framing.h"
#include "ceremony/recipient.h"
#include "crypto/digest.h"
#include "vault/header.h"
#include "vectors/protocol_vectors.h"
#include "vectors/shapes.h"

namespace coterie::vectors {

namespace {

ceremony::Creator make_creator(const Creation& creation, const Example& example, Random& random) {
  return must(ceremony::Creator::create({creation.manifest, creation.account.clone(), {}, {}, {}, {}},
                                        example.alice.identity, random));
}

ceremony::Recipient make_recipient(const Creation& creation, const Example& example, const Signer& signer) {
  return must(ceremony::Recipient::create(signer.identity, {example.alice.card.peer(), creation.room, signer.card}));
}

// What a machine says now.
template <class Machine>
std::vector<std::string> sent(Machine& machine) {
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

json::Object describe_message(const std::string& message) {
  Bytes frame;
  for (const Bytes& piece : ceremony::split_message(message)) frame.insert(frame.end(), piece.begin(), piece.end());
  return {{"message", message}, {"frame_hex", hex(frame)}};
}

json::Object describe_proposal(const std::string& message, const Creation& creation, const Signer& from,
                               const Signer& to) {
  const auto proposal = std::get<ceremony::ProposalMessage>(must(ceremony::parse_message(message)));
  const Labelled associated{
      "sealed account",
      {to_vector(from.key().view()), to_vector(to.key().view()), to_vector(creation.manifest.digest().view())}};
  json::Object described{{"from", from.card.name()},
                         {"to", to.card.name()},
                         {"sealed", describe_sealed(pair_key(creation, from, to), associated, proposal.sealed)}};
  for (const auto& field : describe_message(message)) described[field.key()] = field.value();
  return described;
}

// A creation in which all agree: what is said to and by the last of `recipients`, and that all is complete.
json::Object describe_complete(const Creation& creation, const Example& example,
                               const std::vector<const Signer*>& recipients) {
  CountingRandom nonce(0x00);
  ceremony::Creator creator = make_creator(creation, example, nonce);
  std::vector<ceremony::Recipient> machines;
  json::Object described;
  for (const Signer* signer : recipients) {
    ceremony::Recipient& recipient = machines.emplace_back(make_recipient(creation, example, *signer));
    creator.link_opened(signer->key());
    recipient.link_opened();
    const std::string proposal = sent(creator).at(0);
    described["proposal"] = describe_proposal(proposal, creation, example.alice, *signer);
    recipient.handle_message(proposal);
    (void)sent(recipient);
    recipient.accept();
    const std::string receipt = sent(recipient).at(0);
    described["receipt"] = describe_message(receipt);
    creator.handle_message(signer->key(), receipt);
  }
  const std::string certificate = sent(creator).at(0);  // the same for all
  described["certificate"] = describe_message(certificate);
  for (std::size_t i = 0; i < recipients.size(); ++i) {
    machines[i].handle_message(certificate);
    const std::string stored = sent(machines[i]).at(0);
    described["stored"] = describe_message(stored);
    creator.handle_message(recipients[i]->key(), stored);
    if (machines[i].state() != ceremony::Recipient::State::complete)
      throw std::runtime_error("a recipient is not done");
  }
  if (creator.state() != ceremony::Creator::State::complete) throw std::runtime_error("the creator is not done");
  return described;
}

void add_endings(json::Object& described, const Example& example) {
  CountingRandom nonce(0x00);
  const SignKey& bob = example.bob.key();
  ceremony::Creator declined = make_creator(example.treasury, example, nonce);
  ceremony::Recipient recipient = make_recipient(example.treasury, example, example.bob);
  declined.link_opened(bob);
  recipient.link_opened();
  recipient.handle_message(sent(declined).at(0));
  (void)sent(recipient);
  recipient.decline("not agreed");
  const std::string decline = sent(recipient).at(0);
  described["decline"] = describe_message(decline);
  declined.handle_message(bob, decline);
  described["abort"] = describe_message(sent(declined).at(0));

  ceremony::Creator abandoned = make_creator(example.treasury, example, nonce);
  must(abandoned.abandon("wrong threshold"));
  abandoned.link_opened(bob);
  described["abort_of_an_abandoned_one"] = describe_message(sent(abandoned).at(0));
}

json::Object describe_certificate(const Creation& creation, const std::vector<const Signer*>& signers) {
  ceremony::Receipts receipts;
  for (const Signer* signer : signers) {
    receipts.emplace(signer->key(), ceremony::create_receipt(creation.manifest, signer->identity));
  }
  const auto partial = must(ceremony::PartialCertificate::create(creation.manifest, std::move(receipts)));
  json::Array present;
  for (const ceremony::Card& card : creation.manifest.manifest().signers) {
    if (partial.receipts().contains(card.sign_key())) present.emplace_back(card.name());
  }
  json::Array missing;
  for (const std::string& name : partial.missing()) missing.emplace_back(name);
  json::Object described{{"receipts_of", std::move(present)}, {"missing", std::move(missing)}};
  for (const auto& field : describe_envelope(partial.envelope())) described[field.key()] = field.value();
  described["file"] = partial.serialize() + "\n";
  return described;
}

}  // namespace

json::Object describe_channel(const Example& example) {
  json::Object treasury = describe_complete(example.treasury, example, {&example.bob});
  add_endings(treasury, example);
  return {{"treasury", std::move(treasury)},
          {"estate", describe_complete(example.estate, example, {&example.bob, &example.carol})}};
}

// A message of more than one piece. Nobody parses it: what is in it does not matter.
json::Object describe_framing() {
  constexpr std::string_view kPart = "0123456789abcdef";
  constexpr std::size_t kTimes = 2500;
  std::string message;
  for (std::size_t i = 0; i < kTimes; ++i) message += kPart;
  json::Array pieces;
  for (const Bytes& piece : ceremony::split_message(message)) {
    pieces.push_back(json::Object{{"bytes", piece.size()}, {"first_8_hex", hex(BytesView(piece).first(8))}});
  }
  return {{"part", kPart}, {"times", kTimes}, {"pieces", std::move(pieces)}};
}

json::Object describe_certificates(const Example& example) {
  return {{"treasury", describe_certificate(example.treasury, {&example.alice, &example.bob})},
          {"estate", describe_certificate(example.estate, {&example.alice, &example.bob, &example.carol})},
          {"estate_partial", describe_certificate(example.estate, {&example.alice, &example.carol})}};
}

json::Object describe_vault_header() {
  constexpr std::string_view kPassphrase = "correct horse battery staple";
  const Passphrase passphrase(SecretBytes::copy_of(kPassphrase));
  const Bytes vault_key = counting(0x40, 32);
  const crypto::PassphraseKeyParameters kdf{crypto::kMinPassphraseMemory, 1};
  CountingRandom random(0x00);
  const vault::Header header =
      must(vault::Header::wrap(must(Secret<32>::from_bytes(vault_key)), passphrase, kdf, random));
  const Bytes bytes = header.serialize();
  const BytesView content = BytesView(bytes).first(bytes.size() - Digest::kSize);
  const BytesView fixed = content.first(content.size() - header.wrapped_key.size());
  const Secret<32> key = must(crypto::derive_passphrase_key(passphrase, header.salt, kdf));
  json::Object sealed = describe_sealed(key.view(), {"vault key", {to_vector(fixed)}}, header.wrapped_key);
  sealed.erase("plaintext");  // bytes, not text
  return {{"passphrase", kPassphrase},
          {"vault_key_hex", hex(vault_key)},
          {"id_hex", hex(header.id.view())},
          {"memory_bytes", kdf.memory_bytes},
          {"passes", kdf.passes},
          {"salt_hex", hex(header.salt)},
          {"wrapped_key", std::move(sealed)},
          {"checksum", describe_digest({"vault header", {to_vector(content)}})},
          {"header_hex", hex(bytes)}};
}

}  // namespace coterie::vectors
