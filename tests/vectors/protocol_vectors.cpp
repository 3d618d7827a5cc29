#include "vectors/protocol_vectors.h"

namespace coterie::vectors {

namespace {

json::Object describe_file() {
  return {{"title", "Coterie protocol version 1: byte-exact examples, described in docs/protocol.md"},
          {"secrets", "Every secret in this file is an example, known to everybody: never use one."},
          {"strings",
           "A key that ends in _hex holds bytes in hexadecimal. Every other string is the exact text, in UTF-8, of "
           "what its "
           "key names."},
          {"digests",
           "digest_hex is BLAKE2b-256 of sequence_hex: the label and each of fields_hex, each with its length "
           "in front (4 bytes, big-endian)."},
          {"signatures", "A signature is by Ed25519 over pae. Seeds are 32-byte secrets of RFC 8032."},
          {"sealing",
           "sealed_hex is nonce_hex, then XChaCha20-Poly1305-IETF of plaintext under key_hex with "
           "associated_data.sequence_hex, tag at the end."},
          {"refused",
           "Each item of refused has one fault, named by rule, and must not be accepted; error is what this "
           "implementation says."}};
}

json::Array describe_refused(const Example& example) {
  json::Array refused;
  add_refused_cards(refused, example);
  add_refused_invites(refused, example);
  add_refused_accounts(refused, example);
  add_refused_manifests(refused, example);
  add_refused_certificates(refused, example);
  add_refused_proposals(refused, example);
  add_refused_joins(refused, example);
  add_refused_descriptions(refused, example);
  add_refused_signals(refused, example);
  add_refused_channel_messages(refused, example);
  add_refused_vault_headers(refused);
  return refused;
}

}  // namespace

json::Object make_protocol_vectors() {
  const Example example;
  return {{"about", describe_file()},
          {"signers", describe_signers(example)},
          {"rooms", describe_rooms(example)},
          {"invites", describe_invites(example)},
          {"accounts", describe_accounts(example)},
          {"manifests", describe_manifests(example)},
          {"pair_keys", describe_pair_keys(example)},
          {"signaling", describe_signaling(example)},
          {"signals", describe_signals(example)},
          {"channel", describe_channel(example)},
          {"framing", describe_framing()},
          {"certificates", describe_certificates(example)},
          {"vault_header", describe_vault_header()},
          {"refused", describe_refused(example)}};
}

}  // namespace coterie::vectors
