// What an open vault holds: see open_vault.h.
#include "vault/open_vault.h"

#include "crypto/sealing.h"

namespace coterie::vault {

namespace {

Secret<32> derive(std::string_view purpose, const Secret<32>& vault_key) {
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

OpenVault::OpenVault(Database file, std::filesystem::path directory, const VaultId& vault_id,
                     const Secret<32>& vault_key)
    : database(std::move(file)),
      home(std::move(directory)),
      id(vault_id),
      record_key(derive("records", vault_key)),
      name_key(derive("names", vault_key)),
      memory_key(derive("memory", vault_key)) {}

Digest OpenVault::record_name(std::string_view label) const {
  return crypto::keyed_digest(crypto::LabelledFields("vault name").add(label), name_key);
}

Bytes OpenVault::seal_record(std::string_view label, std::uint64_t generation, BytesView plaintext) {
  return crypto::seal(record_key, record_data(id, label, generation).bytes(), plaintext, random);
}

Result<SecretBytes> OpenVault::open_record(std::string_view label, std::uint64_t generation, BytesView sealed) const {
  return crypto::open(record_key, record_data(id, label, generation).bytes(), sealed);
}

Result<Root> OpenVault::load_root() {
  COTERIE_TRY(Statement select, database.prepare("SELECT sealed FROM root WHERE id = 1"));
  COTERIE_TRY(const bool found, select.step());
  if (!found) return damaged("its root record was removed");
  const auto plaintext = crypto::open(record_key, root_data(id).bytes(), select.bytes(0));
  if (!plaintext) return damaged("its root record was changed");
  COTERIE_TRY(Root root, Root::parse(plaintext->view()));
  if (root.generation < seen_generation) return damaged("it was put back to an older state while in use");
  seen_generation = root.generation;
  return root;
}

Result<void> OpenVault::store_root(const Root& root) {
  const SecretBytes plaintext = root.serialize();
  const Bytes sealed = crypto::seal(record_key, root_data(id).bytes(), plaintext.view(), random);
  COTERIE_TRY(Statement insert, database.prepare("INSERT OR REPLACE INTO root (id, sealed) VALUES (1, ?1)"));
  COTERIE_CHECK(insert.bind(1, sealed).step());
  return {};
}

Error OpenVault::damaged(std::string_view what) const {
  return refused_error("vault in " + home.string() + " is damaged: " + std::string(what),
                       "put back the whole file from a backup");
}

Digest digest_of_sealed(BytesView sealed) {
  return crypto::digest(crypto::LabelledFields("vault sealed").add(sealed));
}

}  // namespace coterie::vault
