#include <algorithm>
#include <utility>

#include "ceremony/name.h"
#include "session/shared_accounts.h"
#include "session/store.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

std::string draft_label(const SignKey& signer, const RoomId& room) {
  return prefix_of(kDraftPrefix, signer) + room.text();
}

Result<Draft> parse_draft(const SecretBytes& text, const std::string& at) {
  COTERIE_TRY(Draft draft, Draft::parse(text));
  if (draft_label(draft.signer, draft.room) != at) {
    return refused_error("the draft of multisig " + ceremony::escape(draft.name) + " stands in another's place",
                         "restore a backup of this vault");
  }
  return draft;
}

Result<void> store_draft(vault::Transaction& transaction, const Draft& draft, vault::Overwrite overwrite) {
  const std::string at = draft_label(draft.signer, draft.room);
  const SecretBytes text = draft.serialize();
  // What options of a caller stand in it was looked at by others only: never write what could not be read again.
  if (const auto readable = parse_draft(text, at); !readable) {
    return usage_error(readable.error().message, readable.error().hint);
  }
  return transaction.store(at, text.view(), overwrite);
}

}  // namespace

Result<std::vector<Draft>> load_drafts(vault::Transaction& transaction, std::string_view prefix) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(prefix));
  std::vector<Draft> drafts;
  for (const std::string& each : labels) {
    COTERIE_TRY(const std::optional<SecretBytes> text, transaction.load(each));
    if (!text) continue;
    COTERIE_TRY(Draft draft, parse_draft(*text, each));
    drafts.push_back(std::move(draft));
  }
  std::stable_sort(drafts.begin(), drafts.end(),
                   [](const Draft& a, const Draft& b) { return a.created_at < b.created_at; });
  return drafts;
}

Result<std::optional<Draft>> load_draft(vault::Transaction& transaction, const SignKey& signer, const RoomId& room) {
  const std::string at = draft_label(signer, room);
  COTERIE_TRY(const std::optional<SecretBytes> text, transaction.load(at));
  if (!text) return std::optional<Draft>();
  COTERIE_TRY(Draft draft, parse_draft(*text, at));
  return std::optional<Draft>(std::move(draft));
}

Result<std::vector<Draft>> Store::drafts() {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_drafts(transaction, kDraftPrefix);
}

Result<std::optional<Draft>> Store::draft_in_room(const SignKey& signer, const RoomId& room) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_draft(transaction, signer, room);
}

Result<void> Store::insert_draft(const Draft& draft) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_CHECK(check_name_free(transaction, draft.signer, draft.name, &draft.account, std::nullopt));
  // Before a contract is deployed for it.
  COTERIE_CHECK(SharedAccounts(vault_, transaction).check(draft.account, draft.room, draft.signers));
  COTERIE_CHECK(store_draft(transaction, draft, vault::Overwrite::never));
  return transaction.commit();
}

Result<void> Store::check_account(const Draft& draft) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return SharedAccounts(vault_, transaction).check(draft.account, draft.room, draft.signers);
}

Result<Draft> Store::update_draft(const SignKey& signer, const RoomId& room,
                                  const std::function<Result<void>(Draft&)>& change) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::optional<Draft> draft, load_draft(transaction, signer, room));
  if (!draft) {
    return usage_error("the deploy hook in room " + room.text() + " has finished meanwhile",
                       "see how it stands with `coterie multisig list`");
  }
  COTERIE_CHECK(change(*draft));
  COTERIE_CHECK(store_draft(transaction, *draft, vault::Overwrite::allowed));
  COTERIE_CHECK(transaction.commit());
  return std::move(*draft);
}

}  // namespace coterie::session
