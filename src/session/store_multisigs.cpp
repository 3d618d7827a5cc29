#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "ceremony/name.h"
#include "session/store.h"
#include "session/store_labels.h"

namespace coterie::session {

namespace {

using ceremony::escape;

std::string multisig_prefix(const SignKey& signer) {
  return label(kMultisigPrefix, signer.text() + "/");
}

std::string multisig_label(const SignKey& signer, const RoomId& room) {
  return multisig_prefix(signer) + room.text();
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

// Oldest first; rooms decide between equal times, so that the order is the same each time.
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

bool has_name(const MultisigRecord& record, std::string_view name) {
  return ceremony::fold_name(record.name) == ceremony::fold_name(name);
}

// Whether another multisig holds the name: a pending or complete one does, the others have freed theirs.
bool is_taken(const std::vector<MultisigRecord>& records, const std::optional<RoomId>& except, std::string_view name) {
  return std::any_of(records.begin(), records.end(), [&](const MultisigRecord& record) {
    return record.live() && record.room != except && has_name(record, name);
  });
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

Result<void> store_multisig(vault::Transaction& transaction, const MultisigRecord& record, vault::Overwrite overwrite) {
  return transaction.store(multisig_label(record.signer, record.room), record.serialize().view(), overwrite);
}

// What is the same whenever an account is sent again: the keys of an Aztec account, under whatever profile; the text of
// an opaque one, whatever its opening.
SecretBytes identifying_bytes(const account::SharedStateAccount& account) {
  return account.aztec() != nullptr ? account.serialize() : account.reveal();
}

Error only_imported(const ImportedMultisig& imported) {
  return usage_error(escape(imported.name) + " was imported: nobody has been given it from here",
                     fmt::format("hand it to its signers: `{}`",
                                 create_command(imported.name, imported.said.threshold, imported.said.signers)));
}

Error no_such_multisig(std::string_view name, const std::vector<MultisigRecord>& records) {
  for (const MultisigRecord& record : records) {
    if (record.name == name) {
      return usage_error(
          "no pending or complete multisig is called " + escape(name) + ": that one was " + to_string(record.status),
          "name that one by its room: " + ceremony::shell_argument(record.room.text()));
    }
  }
  return usage_error("you have no multisig " + escape(name), "see those you have with `coterie multisig list`");
}

}  // namespace

Result<bool> multisig_has_name(vault::Transaction& transaction, const SignKey& signer, std::string_view name) {
  COTERIE_TRY(const std::vector<MultisigRecord> records, load_multisigs(transaction, multisig_prefix(signer)));
  return is_taken(records, std::nullopt, name);
}

Result<std::vector<MultisigRecord>> Store::multisigs() {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_multisigs(transaction, kMultisigPrefix);
}

Result<MultisigRecord> Store::multisig(const SignKey& signer, std::string_view name_or_room) {
  // A room may begin with '-', which no name does.
  const auto checked = ceremony::check_name(name_or_room, "multisig name");
  const auto room = RoomId::parse(name_or_room);
  if (!checked && !room) return usage_error(checked.error().message, checked.error().hint);
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::vector<MultisigRecord> records, load_multisigs(transaction, multisig_prefix(signer)));
  for (MultisigRecord& record : records) {
    if (checked && record.live() && has_name(record, name_or_room)) return std::move(record);
  }
  for (MultisigRecord& record : records) {
    if (room && record.room == *room) return std::move(record);
  }
  if (checked) {
    COTERIE_TRY(const std::optional<ImportedMultisig> imported, load_imported(transaction, signer, name_or_room));
    if (imported) return only_imported(*imported);
  }
  return no_such_multisig(name_or_room, records);
}

Result<std::optional<MultisigRecord>> Store::multisig_in_room(const SignKey& signer, const RoomId& room) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return load_multisig(transaction, multisig_label(signer, room));
}

Result<bool> Store::name_taken(const SignKey& signer, std::string_view name) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  return multisig_has_name(transaction, signer, name);
}

Result<void> Store::insert(const MultisigRecord& record) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(const std::vector<MultisigRecord> records, load_multisigs(transaction, multisig_prefix(record.signer)));
  if (record.live() && is_taken(records, std::nullopt, record.name)) {
    return usage_error("the name " + escape(record.name) + " is taken by another multisig of yours",
                       "give the new one another name");
  }
  if (record.live()) {
    COTERIE_CHECK(give_up_imported(transaction, record));
  }
  // Alone, nobody gets the account: it may still be shared in one manifest.
  const bool sends_account =
      record.role == Role::creator && record.account && record.manifest.manifest().signers.size() > 1;
  if (sends_account) {
    const Digest hash = vault_.remember("sent account", identifying_bytes(*record.account).view());
    const std::string at = label(kSentAccountPrefix, hash.text());
    COTERIE_TRY(const std::optional<SecretBytes> sent_in, transaction.load(at));
    if (sent_in) {
      return usage_error("this account was sent before, in room " + std::string(sent_in->text()),
                         "an account belongs to one multisig only: use a new one");
    }
    COTERIE_CHECK(transaction.store(at, as_bytes(record.room.text()), vault::Overwrite::never));
  }
  COTERIE_CHECK(store_multisig(transaction, record, vault::Overwrite::never));
  return transaction.commit();
}

Result<MultisigRecord> Store::update(const SignKey& signer, const RoomId& room,
                                     const std::function<Result<void>(MultisigRecord&)>& change) {
  COTERIE_TRY(vault::Transaction transaction, vault_.begin());
  COTERIE_TRY(std::optional<MultisigRecord> record, load_multisig(transaction, multisig_label(signer, room)));
  if (!record) return no_such_multisig(room.text(), {});
  const bool had_name = record->live();
  COTERIE_CHECK(change(*record));
  if (record->live() && !had_name) {
    COTERIE_TRY(const std::vector<MultisigRecord> others, load_multisigs(transaction, multisig_prefix(signer)));
    COTERIE_TRY(const std::optional<ImportedMultisig> imported, load_imported(transaction, signer, record->name));
    if (imported || is_taken(others, room, record->name)) record->name = name_with_room(record->name, room);
  }
  COTERIE_CHECK(store_multisig(transaction, *record, vault::Overwrite::allowed));
  COTERIE_CHECK(transaction.commit());
  return std::move(*record);
}

}  // namespace coterie::session
