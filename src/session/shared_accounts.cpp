#include "session/shared_accounts.h"

#include <optional>

#include "session/store_labels.h"

namespace coterie::session {

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

Result<std::optional<RoomId>> SharedAccounts::other_room(const account::SharedStateAccount& account,
                                                         const RoomId& room) const {
  for (const std::string& at : labels_of(account)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (known && *known != room) return known;
  }
  return std::optional<RoomId>();
}

Result<void> SharedAccounts::check(const account::SharedStateAccount& account, const RoomId& room) const {
  COTERIE_TRY(const std::optional<RoomId> other, other_room(account, room));
  if (!other) return {};
  return usage_error("this account, or a key of it, was shared before, in room " + other->text(),
                     "an account belongs to one multisig only: use a new one");
}

Result<void> SharedAccounts::remember(const account::SharedStateAccount& account, const RoomId& room) {
  COTERIE_CHECK(check(account, room));
  for (const std::string& at : labels_of(account)) {
    COTERIE_CHECK(transaction_.store(at, as_bytes(room.text()), vault::Overwrite::allowed));
  }
  return {};
}

Result<bool> SharedAccounts::knows(const account::SharedStateAccount& account, const RoomId& room) const {
  for (const std::string& at : labels_of(account)) {
    COTERIE_TRY(const std::optional<RoomId> known, load_room(at));
    if (known != room) return false;
  }
  return true;
}

}  // namespace coterie::session
