// The protocol's examples, made by the code itself from fixed secrets: what stands in tests/vectors/protocol.json.
#pragma once

#include "base/json.h"
#include "vectors/example.h"

namespace coterie::vectors {

json::Object make_protocol_vectors();

// Its parts.
json::Object describe_signers(const Example& example);
json::Object describe_rooms(const Example& example);
json::Object describe_invites(const Example& example);
json::Object describe_accounts(const Example& example);
json::Object describe_manifests(const Example& example);
json::Object describe_pair_keys(const Example& example);
json::Object describe_signaling(const Example& example);
json::Object describe_signals(const Example& example);
json::Object describe_channel(const Example& example);
json::Object describe_framing();
json::Object describe_certificates(const Example& example);
json::Object describe_vault_header();

// What must be refused, in the order of its kinds; `error` is written by hand, so that it is a claim about the code.
void add_refused_cards(json::Array& refused, const Example& example);
void add_refused_invites(json::Array& refused, const Example& example);
void add_refused_accounts(json::Array& refused, const Example& example);
void add_refused_manifests(json::Array& refused, const Example& example);
void add_refused_certificates(json::Array& refused, const Example& example);
void add_refused_proposals(json::Array& refused, const Example& example);
void add_refused_joins(json::Array& refused, const Example& example);
void add_refused_descriptions(json::Array& refused, const Example& example);
void add_refused_signals(json::Array& refused, const Example& example);
void add_refused_channel_messages(json::Array& refused, const Example& example);
void add_refused_vault_headers(json::Array& refused);

// The key of pair sealing between the creator and another signer.
Bytes pair_key(const Creation& creation, const Signer& creator, const Signer& other);

}  // namespace coterie::vectors
