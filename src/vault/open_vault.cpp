// What an open vault holds: see open_vault.h.
#include "vault/open_vault.h"

#include "crypto/sealing.h"
#include "vault/format.h"

namespace coterie::vault {

namespace {

Secret<32> subkey(std::string_view purpose, const Secret<32>& vault_key) {
  return crypto::secret_digest(crypto::LabelledFields("vault subkey").add(purpose), vault_key.view());
}

crypto::LabelledFields record_data(const VaultId& id, std::string_view label, std::uint64_t generation) {
  std::array<std::uint8_t, 8> number{};
  for (std::size_t i = 0; i < number.size(); ++i) number[i] = static_cast<std::uint8_t>(generation >> (56 - 8 * i));
  return crypto::LabelledFields("vault record").add(id.view()).add(label).add(number);
}

crypto::LabelledFields root_data(const VaultId& id) {
  return crypto::LabelledFields("vault root").add(id.view());
}

}  // namespace

VaultKeys VaultKeys::derive(const VaultId& id, const Secret<32>& vault_key) {
  return {id, subkey("records", vault_key), subkey("names", vault_key), subkey("memory", vault_key)};
}

VaultKeys VaultKeys::clone() const {
  return {id, record.clone(), name.clone(), memory.clone()};
}

Digest VaultKeys::record_name(std::string_view label) const {
  return crypto::keyed_digest(crypto::LabelledFields("vault name").add(label), name);
}

Bytes VaultKeys::seal_record(std::string_view label, std::uint64_t generation, BytesView plaintext,
                             Random& random) const {
  return crypto::seal(record, record_data(id, label, generation).bytes(), plaintext, random);
}

Result<SecretBytes> VaultKeys::open_record(std::string_view label, std::uint64_t generation, BytesView sealed) const {
  return crypto::open(record, record_data(id, label, generation).bytes(), sealed);
}

Bytes VaultKeys::seal_root(const Root& root, Random& random) const {
  return crypto::seal(record, root_data(id).bytes(), root.serialize().view(), random);
}

Result<SecretBytes> VaultKeys::open_root(BytesView sealed) const {
  return crypto::open(record, root_data(id).bytes(), sealed);
}

OpenVault::OpenVault(Database file, std::filesystem::path directory, Header vault_header, VaultKeys vault_keys)
    : database(std::move(file)),
      home(std::move(directory)),
      header(std::move(vault_header)),
      keys(std::move(vault_keys)) {}

Result<Bytes> OpenVault::load_sealed(const Root& root, std::string_view label) const {
  const auto entry = root.entries.find(label);
  if (entry == root.entries.end()) return damaged("record " + in_quotes(label) + " is not listed");
  COTERIE_TRY(Statement select, database.prepare("SELECT generation, sealed FROM record WHERE name = ?1"));
  const Digest row = keys.record_name(label);
  COTERIE_TRY(const bool found, select.bind(1, row.view()).step());
  if (!found) return damaged("record " + in_quotes(label) + " was removed");
  const BytesView sealed = select.bytes(1);
  if (digest_of_sealed(sealed) != entry->second.digest) {
    return damaged("record " + in_quotes(label) + " " + describe_damage(root, label, select.integer(0), sealed));
  }
  return to_vector(sealed);
}

Result<SecretBytes> OpenVault::load_record(const Root& root, std::string_view label) const {
  COTERIE_TRY(const Bytes sealed, load_sealed(root, label));
  auto plaintext = keys.open_record(label, root.entries.find(label)->second.generation, sealed);
  if (!plaintext) return damaged("record " + in_quotes(label) + " was changed");
  return plaintext;
}

std::string OpenVault::describe_damage(const Root& root, std::string_view label, std::int64_t generation,
                                       BytesView sealed) const {
  const Digest digest = digest_of_sealed(sealed);
  for (const auto& [other, entry] : root.entries) {
    if (entry.digest == digest) return "holds what belongs to " + in_quotes(other);
  }
  // The generation in the file is nobody's word until the record opens under it.
  if (keys.open_record(label, static_cast<std::uint64_t>(generation), sealed)) {
    return static_cast<std::uint64_t>(generation) < root.entries.find(label)->second.generation
               ? "was put back to an older version"
               : "was replaced by a version from another copy of this vault";
  }
  return "was changed";
}

Result<Root> OpenVault::load_root() {
  COTERIE_TRY(Statement select, database.prepare("SELECT sealed FROM root WHERE id = 1"));
  COTERIE_TRY(const bool found, select.step());
  if (!found) return damaged("its root record was removed");
  const auto plaintext = keys.open_root(select.bytes(0));
  if (!plaintext) {
    const auto now = load_header(database);
    if (now && now->serialize() != header.serialize()) {
      return refused_error("the passphrase of the " + name() + " was changed meanwhile: nothing was changed now",
                           "run the same command again, with the new passphrase");
    }
    return damaged("its root record was changed");
  }
  COTERIE_TRY(Root root, Root::parse(plaintext->view()));
  if (root.generation < seen_generation) return damaged("it was put back to an older state while in use");
  seen_generation = root.generation;
  return root;
}

Result<void> OpenVault::load_memory_key(const Root& root) {
  if (!root.entries.contains(kMemoryKey)) return {};
  COTERIE_TRY(const SecretBytes kept, load_record(root, kMemoryKey));
  COTERIE_TRY(keys.memory, Secret<32>::from_bytes(kept.view()));
  return {};
}

Result<void> OpenVault::store_root(const Root& root) {
  const Bytes sealed = keys.seal_root(root, random);
  COTERIE_TRY(Statement insert, database.prepare("INSERT OR REPLACE INTO root (id, sealed) VALUES (1, ?1)"));
  COTERIE_CHECK(insert.bind(1, sealed).step());
  return {};
}

Result<void> OpenVault::insert_record(std::string_view label, std::uint64_t generation, BytesView sealed) {
  const Digest row = keys.record_name(label);
  COTERIE_TRY(Statement insert,
              database.prepare("INSERT OR REPLACE INTO record (name, generation, sealed) VALUES (?1, ?2, ?3)"));
  COTERIE_CHECK(insert.bind(1, row.view()).bind(2, static_cast<std::int64_t>(generation)).bind(3, sealed).step());
  return {};
}

std::string OpenVault::name() const {
  return database.in_memory() ? database.name() : "vault in " + home.string();
}

Error OpenVault::damaged(std::string_view what) const {
  return refused_error(name() + " is damaged: " + std::string(what), database.damage_hint());
}

Result<std::unique_ptr<OpenVault>> unlock(Database database, const std::filesystem::path& directory,
                                          const Passphrase& passphrase) {
  const std::string name = database.in_memory() ? database.name() : "vault in " + directory.string();
  // What comes from below does not know whose header it was.
  const auto named = [&name](Error error) {
    error.message = name + ": " + error.message;
    return error;
  };
  auto header = load_header(database);
  if (!header) return named(header.error());
  const auto key = header->unwrap(passphrase);
  if (!key) {
    Error error = named(key.error());
    if (database.in_memory()) error.hint = "a backup keeps the passphrase that the vault had when it was made";
    return error;
  }
  VaultKeys keys = VaultKeys::derive(header->id, *key);
  auto open = std::make_unique<OpenVault>(std::move(database), directory, std::move(*header), std::move(keys));
  COTERIE_TRY(const Root root, open->load_root());
  COTERIE_CHECK(open->load_memory_key(root));
  return open;
}

Digest digest_of_sealed(BytesView sealed) {
  return crypto::digest(crypto::LabelledFields("vault sealed").add(sealed));
}

std::string in_quotes(std::string_view label) {
  return "\"" + std::string(label) + "\"";
}

}  // namespace coterie::vault
