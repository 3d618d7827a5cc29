#include "ceremony/message.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/certificate.h"
#include "ceremony/framing.h"
#include "ceremony/manifest.h"
#include "ceremony/unicode.h"
#include "crypto/digest.h"

namespace coterie::ceremony {

namespace {

// An opaque account of 48 KiB in base64url, its JSON, nonce and tag.
constexpr std::size_t kMaxSealedAccount = 72ul * 1024;

template <class... Cases>
struct Match : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Match(Cases...) -> Match<Cases...>;  // Clang 14 has none by itself

crypto::LabelledFields account_fields(const SignKey& from, const SignKey& to, const Digest& manifest) {
  crypto::LabelledFields fields("sealed account");
  fields.add(from.view()).add(to.view()).add(manifest.view());
  return fields;
}

Result<Message> parse_proposal(json::ObjectReader& reader, const Digest& digest) {
  const json::Value& manifest = reader.value("manifest");
  Bytes sealed = reader.bytes("sealed", kMaxSealedAccount, Base64::url);
  COTERIE_CHECK(reader.finish());
  COTERIE_TRY(crypto::Envelope envelope,
              crypto::Envelope::from_json(manifest, crypto::PayloadType::manifest, SignedManifest::kMaxBytes));
  return Message(ProposalMessage{digest, std::move(envelope), std::move(sealed)});
}

Result<Message> parse_receipt(json::ObjectReader& reader, const Digest& digest) {
  const auto signature = reader.fixed<Signature>("signature");
  COTERIE_CHECK(reader.finish());
  return Message(ReceiptMessage{digest, signature});
}

Result<Message> parse_decline(json::ObjectReader& reader, const Digest& digest) {
  std::string reason = reader.string("reason", kMaxReason);
  COTERIE_CHECK(reader.finish());
  return Message(DeclineMessage{digest, std::move(reason)});
}

Result<Message> parse_abort(json::ObjectReader& reader, const Digest& digest) {
  AbortMessage abort{digest, EndCause::abandoned, {}, {}};
  const std::string cause = reader.string("cause", 16);
  if (cause == to_string(EndCause::declined)) {
    abort.cause = EndCause::declined;
  } else if (cause != to_string(EndCause::abandoned)) {
    reader.fail("cause", "neither declined nor abandoned");
  }
  abort.reason = reader.string("reason", kMaxReason);
  if (abort.cause == EndCause::declined) abort.by = reader.fixed<SignKey>("by");
  COTERIE_CHECK(reader.finish());
  return Message(std::move(abort));
}

Result<Message> parse_certificate(json::ObjectReader& reader, const Digest& digest) {
  const json::Value& certificate = reader.value("certificate");
  COTERIE_CHECK(reader.finish());
  COTERIE_TRY(crypto::Envelope envelope,
              crypto::Envelope::from_json(certificate, crypto::PayloadType::manifest, kMaxCertificateBytes));
  return Message(CertificateMessage{digest, std::move(envelope)});
}

Result<Message> parse_stored(json::ObjectReader& reader, const Digest& digest) {
  COTERIE_CHECK(reader.finish());
  return Message(StoredMessage{digest});
}

}  // namespace

const char* type_of(const Message& message) {
  return std::visit(
      Match{[](const ProposalMessage&) { return "proposal"; }, [](const ReceiptMessage&) { return "receipt"; },
            [](const DeclineMessage&) { return "decline"; }, [](const AbortMessage&) { return "abort"; },
            [](const CertificateMessage&) { return "certificate"; }, [](const StoredMessage&) { return "stored"; }},
      message);
}

const Digest& digest_of(const Message& message) {
  return std::visit([](const auto& any) -> const Digest& { return any.digest; }, message);
}

Result<Message> parse_message(std::string_view text) {
  COTERIE_TRY(const json::Value value, json::parse(text, kMaxChannelMessage, "channel message"));
  json::ObjectReader reader(value, "channel message");
  const std::string type = reader.string("type", 16);
  const auto digest = reader.fixed<Digest>("digest");
  if (!reader.ok()) COTERIE_CHECK(reader.finish());
  if (type == "proposal") return parse_proposal(reader, digest);
  if (type == "receipt") return parse_receipt(reader, digest);
  if (type == "decline") return parse_decline(reader, digest);
  if (type == "abort") return parse_abort(reader, digest);
  if (type == "certificate") return parse_certificate(reader, digest);
  if (type == "stored") return parse_stored(reader, digest);
  return refused_error("a channel message of an unknown type");
}

std::string serialize_message(const Message& message) {
  json::Object object{{"type", type_of(message)}, {"digest", digest_of(message).text()}};
  std::visit(
      Match{[&](const ProposalMessage& proposal) {
              object["manifest"] = proposal.manifest.to_json();
              object["sealed"] = serialize_base64(proposal.sealed, Base64::url);
            },
            [&](const ReceiptMessage& receipt) { object["signature"] = receipt.signature.text(); },
            [&](const DeclineMessage& decline) { object["reason"] = decline.reason; },
            [&](const AbortMessage& abort) {
              object["cause"] = to_string(abort.cause);
              object["reason"] = abort.reason;
              if (abort.by) object["by"] = abort.by->text();
            },
            [&](const CertificateMessage& certificate) { object["certificate"] = certificate.certificate.to_json(); },
            [](const StoredMessage&) {}},
      message);
  return json::serialize(object);
}

std::string shorten_reason(std::string_view text) {
  std::string reason;
  while (!text.empty()) {
    const std::string_view before = text;
    std::string_view taken = "?";
    if (take_code_point(text)) {
      taken = before.substr(0, before.size() - text.size());
    } else {
      text.remove_prefix(1);
    }
    if (reason.size() + taken.size() > kMaxReason) break;
    reason += taken;
  }
  return reason;
}

Bytes seal_account(const account::SharedStateAccount& account, const crypto::PairKey& key, const SignKey& from,
                   const SignKey& to, const Digest& manifest, Random& random) {
  return key.seal(account_fields(from, to, manifest), account.serialize().view(), random);
}

Result<account::SharedStateAccount> open_account(BytesView sealed, const crypto::PairKey& key, const SignKey& from,
                                                 const SignKey& to, const Digest& manifest,
                                                 const account::PublicPart& claimed) {
  const auto opened = key.open(account_fields(from, to, manifest), sealed);
  if (!opened) return refused_error("the account is not sealed to this signer for this manifest");
  return account::SharedStateAccount::parse(*opened, claimed);
}

}  // namespace coterie::ceremony
