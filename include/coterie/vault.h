// Vault: a signer's sealed store: own signers, contacts, multisigs with their accounts. One directory, one passphrase.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "coterie/account.h"
#include "coterie/card.h"
#include "coterie/export.h"
#include "coterie/multisig.h"
#include "coterie/result.h"
#include "coterie/secret.h"

namespace coterie {

class VaultState;

// A signer of a vault. Keeps its vault open. Cheap to copy.
class COTERIE_EXPORT Signer {
 public:
  const Card& card() const { return card_; }
  const std::string& name() const { return card_.name(); }
  bool current() const { return current_; }  // acts when none is named

 private:
  friend struct LibraryAccess;
  Signer(std::shared_ptr<VaultState> vault, Card card, bool current)
      : vault_(std::move(vault)), card_(std::move(card)), current_(current) {}
  std::shared_ptr<VaultState> vault_;
  Card card_;
  bool current_;
};

struct RenewedSigner {
  Signer signer;
  Card before;  // for the caller to show, with both fingerprints
};

struct AddedContact {
  Card card;
  ContactEffect effect = ContactEffect::added;
  std::vector<Card> replaced;  // for the caller to show, with both fingerprints
};

struct ImportOptions {
  std::optional<std::string> entry = {};       // which one, by name, where the file holds several
  std::optional<std::string> local_name = {};  // in this vault; default: the entry's
  std::optional<std::string> profile = {};     // of its account; default kDefaultProfile
  std::optional<std::string> signer = {};      // whose multisig it becomes; default: the vault's current one
};

// What a backup holds, all of it proven.
struct BackupContents {
  std::size_t records = 0;
  std::vector<Card> signers;        // own ones, in the order of their names
  std::vector<Card> contacts;       // likewise
  std::vector<Multisig> multisigs;  // of all own signers, oldest first
};

// Each call is one transaction: done whole, or not at all. Several processes, and several Vaults of one process, may
// have the same directory open; one Vault, with its Signers, is for one thread at a time. Every function may fail with
// environment (disk full, busy for 5 s) or refused (damaged).
class COTERIE_EXPORT Vault {
 public:
  // Whether there is a vault in `home`; whether it opens is another question.
  static Result<bool> exists(const std::filesystem::path& home);
  // Makes `home` (mode 0700, with its parents) where it is missing, and `vault.db` (0600) in it: a whole vault or none.
  // Kinds: usage when there is a vault already or the passphrase is empty; refused when `home` is a symbolic link, not
  // ours, or writable by others. There is no recovery without the passphrase.
  static Result<Vault> create(const std::filesystem::path& home, const Passphrase& passphrase);
  // Kinds: usage when there is no vault; refused for a wrong passphrase, a damaged or foreign file, a file of a newer
  // Coterie, a symbolic link, another's or an open-to-others home or file. Takes as long as Argon2id (RFC 9106) takes:
  // a part of a second by default.
  static Result<Vault> open(const std::filesystem::path& home, const Passphrase& passphrase);
  const std::filesystem::path& home() const;  // absolute, without symbolic links

  // Signers, in the order of their names. The first one made is current. A name is 1 to 64 code points, at most 256
  // bytes, without `/`, control, bidirectional or zero-width characters, and means one key only, whatever its case.
  // Kind usage for a bad or taken name, and for an unknown one, naming those there are.
  // Each has an Aztec account of its own, the chain key, whose public part is on its card: a new one of
  // kDefaultProfile, or the given one (kind usage unless of kind aztec_schnorr, and when another signer or a contact
  // has its key).
  Result<Signer> create_signer(std::string_view name);
  Result<Signer> create_signer(std::string_view name, Account own_account);
  // For a signer made by a Coterie that knew no chain keys: it gets a new card, which contacts must take in place of
  // the old one. Kind usage when it has a chain key already.
  Result<RenewedSigner> add_chain_key(std::string_view name, Account own_account);
  // The signer's own Aztec account, with its secrets. Kind usage when there is none.
  Result<Account> own_account(const std::optional<std::string>& signer = std::nullopt);
  // A signature by the chain key over exactly 32 bytes, big-endian, below the modulus of Grumpkin's coordinates: what a
  // contract's message is, so that this never signs a card. Kind usage for other numbers, and without a chain key.
  Result<AztecSignature> sign_with_chain_key(const std::array<std::uint8_t, 32>& message,
                                             const std::optional<std::string>& signer = std::nullopt);
  Result<std::vector<Signer>> signers();
  Result<Signer> signer(const std::optional<std::string>& name = std::nullopt);  // default: the current one
  Result<Signer> use_signer(std::string_view name);                              // makes it the current one

  // Contacts: cards one has accepted, in the order of their names. `add_contacts` adds all, or none. Kind refused,
  // naming both, for a known name with another key and a known key with another card, unless replaced; and always for
  // two such cards in one call, and for a card that has an own signer's name or key without being its card.
  Result<std::vector<AddedContact>> add_contacts(const std::vector<Card>& cards,
                                                 ReplaceContact replace = ReplaceContact::no);
  Result<std::vector<Card>> contacts();
  Result<Card> contact(std::string_view name);         // kind usage when there is none
  Result<Card> remove_contact(std::string_view name);  // the removed one

  // Multisigs of a signer (default: the current one), by name or room; kind usage when there is none. A name belongs to
  // one pending or complete multisig; the others are named by their room.
  Result<std::vector<Multisig>> multisigs(const std::optional<std::string>& signer = std::nullopt);  // oldest first
  Result<Multisig> multisig(std::string_view name_or_room, const std::optional<std::string>& signer = std::nullopt);
  // The account with its secrets, also of a pending multisig: look at its status first. Kind usage after a decline.
  Result<Account> account(std::string_view name_or_room, const std::optional<std::string>& signer = std::nullopt);
  // The certificate as a DSSE envelope in JSON, for verify_certificate and for others. It holds no secret. Of a
  // multisig that is not complete: with the signatures that are here.
  Result<std::string> certificate(std::string_view name_or_room,
                                  const std::optional<std::string>& signer = std::nullopt);
  // Finishes a multisig that this signer has signed without network, from certificates of other signers, whole or
  // partial (as `certificate` gives them, at most 64 of them): who missed the last message, or when the creator is
  // gone. Also an abandoned one, for a signature once given stays valid. If its name is taken meanwhile, the beginning
  // of its room is added to it. Kinds: pending, naming who is missing, with what came kept for the next time; refused
  // for a certificate that does not verify or is of another multisig; usage when nothing was signed here; environment
  // while another process works on it.
  Result<Multisig> complete(std::string_view name_or_room, const std::vector<std::string>& certificates,
                            const std::optional<std::string>& signer = std::nullopt);
  // Marks a pending multisig abandoned. The creator may do so only before the last receipt (else kind usage, with the
  // way to finish); a recipient at any time before completion. A signature once given stays valid: a later certificate
  // still completes it.
  //
  // An imported one is removed, with its account.
  Result<Multisig> abandon(std::string_view name_or_room, const std::optional<std::string>& signer = std::nullopt);

  // Keeps a multisig that the TypeScript reference made: an entry of its multisigs.json, at most 64 KiB. It is listed
  // as pending and imported, until create_multisig with its name, threshold and signers' names hands its account to
  // them, and its contract's address, if the entry has one. Kinds: usage for a name that is taken, several entries and
  // no name; refused, naming the field, for an account that is not what the entry says, and for terms that no multisig
  // can have.
  Result<Multisig> import_multisig(const SecretBytes& file_text, const ImportOptions& options = {});

  // Writes the whole vault to a new file (mode 0600), sealed as it is: one state of it, whatever others do meanwhile.
  // It is read back, and every record opened, before it gets its name: a failure or a kill leaves no file. Returns the
  // number of records. Kinds: usage when `file` is there already; environment for a full disk and the like.
  Result<std::size_t> backup(const std::filesystem::path& file);
  // Proves that a backup would do, and writes nothing anywhere: it opens with the passphrase, every record is there,
  // accounts and chain keys derive the addresses that are recorded, receipts and certificates verify. `file` may be a
  // pipe. Kinds: usage when there is no such file; refused for everything in it that is not so, and for a wrong
  // passphrase: that of the vault when the backup was made.
  static Result<BackupContents> rehearse(const std::filesystem::path& file, const Passphrase& passphrase);
  // Rehearses, then makes the vault of `home` from the backup: a whole vault or nothing new. Kinds as rehearse and
  // create.
  //
  // It is the vault as it was then. What was recorded after the backup is missing, and nobody can tell from the file
  // whether there was anything: a multisig may have been made, signed or completed since. Tell the signer; resume what
  // is pending, and create nothing a second time before the others were asked.
  static Result<Vault> restore(const std::filesystem::path& home, const std::filesystem::path& file,
                               const Passphrase& passphrase);
  // Draws a new key, under a new passphrase, and seals everything anew with it: done whole or not at all. This Vault
  // goes on; every other one that has the directory open is refused at its next call, with nothing changed. Backups
  // that are there keep the old passphrase. Kinds: usage for an empty passphrase and for the present one; environment,
  // naming the process, while a creation of this vault is running anywhere: it is not disturbed.
  Result<void> change_passphrase(const Passphrase& passphrase);

  Vault(Vault&&) noexcept;
  Vault& operator=(Vault&&) noexcept;
  ~Vault();

 private:
  friend struct LibraryAccess;
  explicit Vault(std::shared_ptr<VaultState> state);
  std::shared_ptr<VaultState> state_;
};

}  // namespace coterie
