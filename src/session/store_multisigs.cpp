#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "ceremony/name.h"
#include "session/shared_accounts.h"
#include "session/store.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

using ceremony::escape;

std::string multisig_label(const SignKey& signer, const RoomId& room) {
  return prefix_of(kMultisigPrefix, signer) + room.text();
}

Result<std::optional<MultisigRecord>> load_multisig(vault::Transaction& transaction, const std::string& at) {
  COTERIE_TRY(const std::optional<SecretBytes> text, transaction.load(at));
  if (!text) return std::optional<MultisigRecord>();
  COTERIE_TRY(MultisigRecord record, MultisigRecord::parse(*text));
  if (multisig_label(record.signer, record.room) != at) {
    return refused_error("the record of multisig " + escape(record.name) + " stands in another's place",
                         "restore a backup of this vault");
  }
  return std::optional<MultisigRecord>(std::move(record));
}

template <class Stored>
bool has_name(const Stored& stored, std::string_view name) {
  return ceremony::fold_name(stored.name) == ceremony::fold_name(name);
}

bool is_live(const MultisigRecord& record) {
  return record.live();
}
bool is_live(const RecordHeading& heading) {
  return heading.live();
}
bool is_live(const Draft& draft) {
  return !draft.abandoned;
}

const char* status_word(const MultisigRecord& record) {
  return to_string(record.status);
}
const char* status_word(const Draft& draft) {
  return to_string(draft.abandoned ? MultisigStatus::abandoned : MultisigStatus::pending);
}

// "treasury~" and the beginning of its room; the name is cut, at a code point, so far that the result is a name.
std::string name_with_room(std::string_view name, const RoomId& room) {
  const std::string suffix = "~" + room.text().substr(0, 8);
  std::size_t end = 0;
  for (std::size_t code_points = suffix.size(); end < name.size() && code_points < ceremony::kMaxNameCodePoints;
       ++code_points) {
    std::size_t next = end + 1;
    while (next < name.size() && (static_cast<unsigned char>(name[next]) & 0xC0) == 0x80) ++next;  // RFC 3629 §3
    if (next + suffix.size() > ceremony::kMaxNameBytes) break;
    end = next;
  }
  return std::string(name.substr(0, end)) + suffix;
}

Result<std::vector<RecordHeading>> load_headings(vault::Transaction& transaction, std::string_view prefix) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(prefix));
  std::vector<RecordHeading> headings;
  for (const std::string& each : labels) {
    COTERIE_TRY(const std::optional<SecretBytes> text, transaction.load(each));
    if (!text) continue;
    COTERIE_TRY(RecordHeading heading, RecordHeading::parse(*text));
    headings.push_back(std::move(heading));
  }
  return headings;
}

Result<void> store_multisig(vault::Transaction& transaction, const MultisigRecord& record, vault::Overwrite overwrite) {
  const SecretBytes text = record.serialize();
  // A name that a caller gave was looked at by others only: never write what could not be read again.
  if (const auto readable = RecordHeading::parse(text); !readable) {
    return usage_error(readable.error().message, readable.error().hint);
  }
  return transaction.store(multisig_label(record.signer, record.room), text.view(), overwrite);
}

// What all signers have proven to hold is what a file said no more.
Result<void> forget_imported_when_complete(vault::Transaction& transaction, const MultisigRecord& record) {
  if (record.status != MultisigStatus::complete || !record.account) return {};
  return forget_imported(transaction, record.signer, *record.account);
}

Error only_imported(const ImportedMultisig& imported) {
  return usage_error(escape(imported.name) + " was imported, and nothing has come of it here",
                     fmt::format("hand it to its signers: `{}`",
                                 create_command(imported.name, imported.said.threshold, imported.said.signers)));
}

Error no_such_multisig(std::string_view name) {
  return usage_error("you have no multisig " + escape(name), "see those you have with `coterie multisig list`");
}

// What a name or a room stands for among those of one kind; `ended`: one of that name that has freed it.
template <class Stored>
struct Found {
  Stored* by_name = nullptr;
  Stored* by_room = nullptr;
  std::optional<Error> ended;
};

template <class Stored>
Found<Stored> find_among(std::vector<Stored>& all, std::string_view name, bool is_name,
                         const std::optional<RoomId>& room) {
  Found<Stored> found;
  for (Stored& one : all) {
    if (is_name && is_live(one) && has_name(one, name)) found.by_name = &one;
    if (room && one.room == *room) found.by_room = &one;
    if (!is_live(one) && one.name == name && !found.ended) {
      found.ended = usage_error(
          "no pending or complete multisig is called " + escape(name) + ": that one was " + status_word(one),
          "name that one by its room: " + ceremony::shell_argument(one.room.text()));
    }
  }
  return found;
}

}  // namespace

std::string prefix_of(std::string_view kind, const SignKey& signer) {
  return label(kind, signer.text() + "/");
}

Result<std::vector<MultisigRecord>> load_multisigs(vault::Transaction& transaction, std::string_view prefix) {
  COTERIE_TRY(const std::vector<std::string> labels, transaction.labels(prefix));
  std::vector<MultisigRecord> records;
  for (const std::string& each : labels) {
    COTERIE_TRY(std::optional<MultisigRecord> record, load_multisig(transaction, each));
    if (record) records.push_back(std::move(*record));
  }
  std::stable_sort(records.begin(), records.end(), [](const MultisigRecord& a, const MultisigRecord& b) {
    return a.manifest.manifest().created_at < b.manifest.manifest().created_at;
  });
  return records;
}

Result<bool> is_name_taken(vault::Transaction& transaction, const SignKey& signer, std::string_view name,
                           const std::optional<RoomId>& except) {
  COTERIE_TRY(const std::vector<RecordHeading> records, load_headings(transaction, prefix_of(kMultisigPrefix, signer)));
  COTERIE_TRY(const std::vector<Draft> drafts, load_drafts(transaction, prefix_of(kDraftPrefix, signer)));
  const auto holds = [&](const auto& one) { return is_live(one) && one.room != except && has_name(one, name); };
  return std::any_of(records.begin(), records.end(), holds) || std::any_of(drafts.begin(), drafts.end(), holds);
}

Result<void> check_name_free(vault::Transaction& transaction, const SignKey& signer, std::string_view name,
                             const account::SharedStateAccount* account, const std::optional<RoomId>& except) {
  COTERIE_TRY(const bool taken, is_name_taken(transaction, signer, name, except));
  COTERIE_TRY(const bool imported, is_imported_with_another(transaction, signer, name, account));
  if (!taken && !imported) return {};
  return usage_error(
      fmt::format("the name {} is taken by {} multisig of yours", escape(name), taken ? "another" : "an imported"),
      "give the new one another name");
}

Result<std::vector<MultisigRecord>> Store::multisigs() {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_multisigs(transaction, kMultisigPrefix);
}

Result<StoredMultisig> Store::find(const SignKey& signer, std::string_view name_or_room) {
  // A room may begin with '-', which no name does.
  const auto checked = ceremony::check_name(name_or_room, "multisig name");
  const auto parsed = RoomId::parse(name_or_room);
  if (!checked && !parsed) return usage_error(checked.error().message, checked.error().hint);
  const std::optional<RoomId> room = parsed ? std::optional(*parsed) : std::nullopt;
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::vector<MultisigRecord> records, load_multisigs(transaction, prefix_of(kMultisigPrefix, signer)));
  COTERIE_TRY(std::vector<Draft> drafts, load_drafts(transaction, prefix_of(kDraftPrefix, signer)));
  const auto record = find_among(records, name_or_room, checked.ok(), room);
  const auto draft = find_among(drafts, name_or_room, checked.ok(), room);
  if (record.by_name != nullptr) return StoredMultisig(std::move(*record.by_name));
  if (draft.by_name != nullptr) return StoredMultisig(std::move(*draft.by_name));
  if (record.by_room != nullptr) return StoredMultisig(std::move(*record.by_room));
  if (draft.by_room != nullptr) return StoredMultisig(std::move(*draft.by_room));
  if (checked) {
    COTERIE_TRY(const std::optional<ImportedMultisig> imported, load_imported(transaction, signer, name_or_room));
    if (imported) return only_imported(*imported);
  }
  if (record.ended) return *record.ended;
  return draft.ended.value_or(no_such_multisig(name_or_room));
}

Result<MultisigRecord> Store::multisig(const SignKey& signer, std::string_view name_or_room) {
  COTERIE_TRY(StoredMultisig found, find(signer, name_or_room));
  if (auto* record = std::get_if<MultisigRecord>(&found)) return std::move(*record);
  const auto& draft = std::get<Draft>(found);
  const std::string name = escape(draft.name);
  if (draft.abandoned)
    return usage_error(name + " was abandoned before its deploy hook had finished: nothing was signed");
  return Error{ErrorKind::pending, name + " is pending: its deploy hook has not finished",
               "`coterie multisig resume " + ceremony::shell_argument(draft.name) + "` runs it again"};
}

Result<std::optional<MultisigRecord>> Store::multisig_in_room(const SignKey& signer, const RoomId& room) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_multisig(transaction, multisig_label(signer, room));
}

Result<bool> Store::name_taken(const SignKey& signer, std::string_view name) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return is_name_taken(transaction, signer, name, std::nullopt);
}

Result<std::optional<OtherUse>> Store::other_use(const account::SharedStateAccount& account, const RoomId& room,
                                                 const std::vector<ceremony::Card>& signers) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return SharedAccounts(vault_, transaction).other_use(account, room, signers);
}

Result<std::optional<std::string>> Store::signer_with_key_of(const account::SharedStateAccount& account) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return SharedAccounts(vault_, transaction).signer_with_key_of(account);
}

Result<vault::SessionLock> Store::lock_multisig(const SignKey& signer, const RoomId& room, std::string_view name) {
  return vault::SessionLock::acquire(vault_, signer.text() + "/" + room.text(),
                                     name.empty() ? "this invite's multisig" : "multisig " + escape(name));
}

Result<void> Store::insert(const MultisigRecord& record) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const std::optional<Draft> draft, load_draft(transaction, record.signer, record.room));
  if (draft && draft->abandoned) {
    return Error{ErrorKind::declined, escape(draft->name) + " was abandoned here meanwhile", {}};
  }
  if (draft && record.role != Role::creator) {
    return refused_error("this room is that of your own multisig " + escape(draft->name),
                         "the invite is false; nothing was changed");
  }
  if (record.live()) {
    const auto own_draft = draft ? std::optional(draft->room) : std::nullopt;
    const account::SharedStateAccount* account = record.account ? &*record.account : nullptr;
    COTERIE_CHECK(check_name_free(transaction, record.signer, record.name, account, own_draft));
  }
  if (record.account) {
    SharedAccounts accounts(vault_, transaction);
    const std::vector<ceremony::Card>& signers = record.manifest.manifest().signers;
    COTERIE_CHECK(record.shares_account() ? accounts.remember(*record.account, record.room, signers)
                                          : accounts.check(*record.account, record.room, signers));
  }
  COTERIE_TRY(const std::optional<MultisigRecord> other,
              load_multisig(transaction, multisig_label(record.signer, record.room)));
  const bool gives_way = other && other->gives_way_to(record.manifest.manifest().signers.front().sign_key());
  const auto overwrite = gives_way ? vault::Overwrite::allowed : vault::Overwrite::never;
  COTERIE_CHECK(store_multisig(transaction, record, overwrite));
  COTERIE_CHECK(forget_imported_when_complete(transaction, record));
  if (draft) {
    COTERIE_CHECK(transaction.remove(prefix_of(kDraftPrefix, record.signer) + record.room.text()));
  }
  return transaction.commit();
}

Result<MultisigRecord> Store::update(const SignKey& signer, const RoomId& room,
                                     const std::function<Result<void>(MultisigRecord&)>& change) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::optional<MultisigRecord> record, load_multisig(transaction, multisig_label(signer, room)));
  if (!record) return no_such_multisig(room.text());
  const bool had_name = record->live();
  COTERIE_CHECK(change(*record));
  if (record->live() && !had_name) {
    COTERIE_TRY(const bool taken, is_name_taken(transaction, signer, record->name, room));
    const account::SharedStateAccount* account = record->account ? &*record->account : nullptr;
    COTERIE_TRY(const bool other, is_imported_with_another(transaction, signer, record->name, account));
    if (other || taken) record->name = name_with_room(record->name, room);
  }
  COTERIE_CHECK(store_multisig(transaction, *record, vault::Overwrite::allowed));
  COTERIE_CHECK(forget_imported_when_complete(transaction, *record));
  COTERIE_CHECK(transaction.commit());
  return std::move(*record);
}

}  // namespace coterie::session
