#include "session/shared_accounts.h"

#include <spdlog/fmt/fmt.h>

#include <optional>
#include <set>

#include "ceremony/name.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

std::set<SignKey> keys_of(const std::vector<ceremony::Card>& signers) {
  std::set<SignKey> keys;
  for (const ceremony::Card& card : signers) keys.insert(card.sign_key());
  return keys;
}

}  // namespace

// Of what comes again whenever an account does: each key of an Aztec account by itself, whatever profile and salt make
// its address; the text of an opaque one, whatever its opening.
std::vector<std::string> SharedAccounts::labels_of(const account::SharedStateAccount& account) const {
  const auto label_of = [this](BytesView secret) {
    return label(kSharedAccountPrefix, vault_.remember("shared account", secret).text());
  };
  if (const auto* aztec = account.aztec()) {
    return {label_of(aztec->secrets().secret_key.view()), label_of(aztec->secrets().private_key.view())};
  }
  return {label_of(account.reveal().view())};
}

Result<std::optional<RoomId>> SharedAccounts::load_room(const std::string& at) const {
  COTERIE_TRY(const std::optional<SecretBytes> text, transaction_.load(at));
  if (!text) return std::optional<RoomId>();
  COTERIE_TRY(const RoomId room, RoomId::parse(text->text()));
  return std::optional(room);
}

// A room whose multisig is not in this vault any more stands against it, too: nobody can say what became of it.
Result<std::optional<OtherUse>> SharedAccounts::judge(const RoomId& other,
                                                      const std::vector<ceremony::Card>& signers) const {
  COTERIE_TRY(const std::vector<MultisigRecord> records, load_multisigs(transaction_, kMultisigPrefix));
  bool ended = false;
  for (const MultisigRecord& record : records) {
    if (record.room != other) continue;
    const bool same_signers = keys_of(record.manifest.manifest().signers) == keys_of(signers);
    if (!same_signers || record.status == MultisigStatus::complete) return std::optional(OtherUse{other, {}});
    if (record.live()) return std::optional(OtherUse{other, record.name});
    ended = true;
  }
  return ended ? std::optional<OtherUse>() : std::optional(OtherUse{other, {}});
}

Result<std::optional<OtherUse>> SharedAccounts::other_use(const account::SharedStateAccount& account,
                                                          const RoomId& room,
                                                          const std::vector<ceremony::Card>& signers) const {
  for (const std::string& at : labels_of(account)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (!known || *known == room) continue;
    COTERIE_TRY(std::optional<OtherUse> use, judge(*known, signers));
    if (use) return use;
  }
  return std::optional<OtherUse>();
}

Result<void> SharedAccounts::check(const account::SharedStateAccount& account, const RoomId& room,
                                   const std::vector<ceremony::Card>& signers) const {
  COTERIE_TRY(const std::optional<OtherUse> use, other_use(account, room, signers));
  if (!use) return {};
  return usage_error("this account, or a key of it, was shared before, in room " + use->room.text(),
                     use->pending.empty()
                         ? std::string("an account belongs to the signers of one multisig: use a new one")
                         : fmt::format("that one is {}, and pending: go on with it, or end it with `coterie multisig "
                                       "abandon {}` before its account is used again",
                                       ceremony::escape(use->pending), ceremony::shell_argument(use->pending)));
}

Result<void> SharedAccounts::remember(const account::SharedStateAccount& account, const RoomId& room,
                                      const std::vector<ceremony::Card>& signers) {
  COTERIE_CHECK(check(account, room, signers));
  for (const std::string& at : labels_of(account)) {
    COTERIE_CHECK(transaction_.store(at, as_bytes(room.text()), vault::Overwrite::allowed));
  }
  return {};
}

Result<bool> SharedAccounts::knows(const account::SharedStateAccount& account) const {
  for (const std::string& at : labels_of(account)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (!known) return false;
  }
  return true;
}

}  // namespace coterie::session
