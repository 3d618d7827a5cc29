// Evil: signers of the roster who follow no rule. They have their own keys, each other's, and everything they ever
// heard; they cannot sign or seal for anybody else.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ceremony/certificate.h"
#include "sim/process.h"

namespace coterie::sim {

// What all evil signers of one run know together.
class EvilMind {
 public:
  explicit EvilMind(Host& host) : host_(host) {}

  // By an evil creator, for a room of its own: manifests and accounts that contradict each other.
  void draw_manifests(const ceremony::Manifest& terms, const account::SharedStateAccount& account);
  void hear(const std::string& message);

  std::string draw_message_to_recipient(std::size_t from, std::size_t to, const RoomId& room);
  std::string draw_message_to_creator(std::size_t from);
  // What an honest creator of one of the manifests would begin with.
  std::string draw_proposal(std::size_t from, std::size_t to, const RoomId& room);
  // The certificate of this manifest, if there is one.
  std::optional<std::string> certificate_of(const Digest& digest);
  std::string receipt_for(std::size_t from, const Digest& digest);

 private:
  const ceremony::SignedManifest& draw_manifest() { return host_.context().dice.pick(manifests_); }
  Digest draw_digest() { return draw_manifest().digest(); }
  void add(ceremony::SignedManifest manifest);
  std::string draw_certificate();
  std::string draw_noise();

  Host& host_;
  std::vector<ceremony::SignedManifest> manifests_;
  std::vector<account::SharedStateAccount> accounts_;
  std::map<Digest, ceremony::Receipts> receipts_;
  std::vector<std::string> heard_;
};

class EvilCreator final : public Process {
 public:
  EvilCreator(Host& host, EvilMind& mind, std::size_t signer, const RoomId& room, signaling::RoomTerms terms,
              std::vector<ceremony::Card> recipients)
      : Process(host, signer, room), mind_(mind), terms_(std::move(terms)), recipients_(std::move(recipients)) {}
  void start() override;

 private:
  void on_fatal(const Error&) override {}
  void do_mischief();
  std::size_t index_of(const SignKey& key) const;

  EvilMind& mind_;
  const signaling::RoomTerms terms_;
  const std::vector<ceremony::Card> recipients_;
};

class EvilRecipient final : public Process {
 public:
  EvilRecipient(Host& host, EvilMind& mind, std::size_t signer, const ceremony::Invite& invite)
      : Process(host, signer, invite.room), mind_(mind), invite_(invite) {}
  void start() override;

 private:
  void on_fatal(const Error&) override {}
  void do_mischief();

  EvilMind& mind_;
  const ceremony::Invite invite_;
};

}  // namespace coterie::sim
