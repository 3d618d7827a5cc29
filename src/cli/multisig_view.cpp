#include "cli/multisig_view.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <variant>

#include "account/account.h"
#include "ceremony/name.h"

namespace coterie::cli {

namespace {

using ceremony::escape;
using session::MultisigRecord;
using session::MultisigStatus;
using session::PeerState;
using session::Role;

using StateOfSigner = std::function<const char*(const ceremony::Card&)>;

// Fields of every multisig, up to the account; what follows it is added by `add_rest`.
void add_terms(json::Object& object, const ceremony::SignedManifest& manifest, std::string_view name,
               std::string_view status, const StateOfSigner& state) {
  object["name"] = name;
  object["status"] = status;
  object["threshold"] = manifest.manifest().threshold;
  json::Array signers;
  for (const ceremony::Card& card : manifest.manifest().signers) {
    signers.push_back(
        json::Object{{"name", card.name()}, {"sign_key", card.sign_key().text()}, {"state", state(card)}});
  }
  object["signers"] = std::move(signers);
}

void add_rest(json::Object& object, const ceremony::SignedManifest& manifest) {
  object["verification_code"] = manifest.verification_code();
  object["room"] = manifest.manifest().room.text();
  object["created_at"] = manifest.manifest().created_at;
}

void add_invite(json::Object& object, const MultisigRecord& record) {
  if (record.role == Role::creator && record.status == MultisigStatus::pending) object["invite"] = record.invite;
}

StateOfSigner states_of(const MultisigRecord& record) {
  return [&record](const ceremony::Card& card) { return session::to_string(record.state_of(card.sign_key())); };
}

// Columns that a name takes; East Asian wide characters count once, which only shifts a column.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width) {
  const std::size_t taken = columns(text);
  return std::string(text) + std::string(width > taken ? width - taken : 0, ' ');
}

// Lines of cells, every column as wide as its widest cell; the last cell of a line is not padded.
class Table {
 public:
  void add(std::vector<std::string> cells) { lines_.push_back(std::move(cells)); }
  std::string text(std::string_view indent) const {
    std::vector<std::size_t> widths;
    for (const auto& cells : lines_) {
      widths.resize(std::max(widths.size(), cells.size()), 0);
      for (std::size_t i = 0; i + 1 < cells.size(); ++i) widths[i] = std::max(widths[i], columns(cells[i]));
    }
    std::string text;
    for (const auto& cells : lines_) {
      text += indent;
      for (std::size_t i = 0; i < cells.size(); ++i) {
        text += i + 1 < cells.size() ? padded(cells[i], widths[i]) + "  " : cells[i];
      }
      text.erase(text.find_last_not_of(' ') + 1);  // of an empty last cell
      text += '\n';
    }
    return text;
  }

 private:
  std::vector<std::vector<std::string>> lines_;
};

std::string field(std::string_view name, std::string_view value) {
  return fmt::format("  {:<17}  {}\n", name, value);
}

std::string time_text(UnixSeconds at) {
  const std::time_t time = at;
  std::tm parts{};
  std::array<char, 32> text{};
  // A year beyond an int's range comes from a foreign clock; the number itself then says more than nothing.
  if (gmtime_r(&time, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M UTC", &parts) == 0) {
    return std::to_string(at);
  }
  return text.data();
}

std::string threshold_text(const ceremony::SignedManifest& manifest) {
  return fmt::format("{} of {}", manifest.manifest().threshold, manifest.manifest().signers.size());
}

std::string account_fields(const account::PublicPart& part) {
  if (const auto* aztec = std::get_if<account::AztecPublic>(&part)) {
    return field("account", fmt::format("aztec-schnorr, profile {}", escape(aztec->profile))) +
           field("address", aztec->address) + field("public key x", aztec->public_key_x) +
           field("public key y", aztec->public_key_y);
  }
  return field("account", "opaque") + field("commitment", std::get<account::OpaquePublic>(part).commitment.text());
}

std::string ended_text(const MultisigRecord& record) {
  std::string text = session::to_string(record.status);
  if (record.ended_by) text += " by " + record.manifest.name_of(*record.ended_by);
  if (!record.reason.empty()) text += ": " + escape(record.reason);
  return text;
}

std::string resume_command(const MultisigRecord& record) {
  return "coterie multisig resume " + shell_argument(record.name);
}

std::string role_text(const MultisigRecord& record, const ceremony::Card& card) {
  const bool own = card.sign_key() == record.signer;
  const bool creator = card.sign_key() == record.manifest.creator().sign_key();
  if (own) return creator ? "(you, creator)" : "(you)";
  return creator ? "(creator)" : "";
}

}  // namespace

json::Object to_json(const MultisigRecord& record) {
  json::Object object;
  add_terms(object, record.manifest, record.name, session::to_string(record.status), states_of(record));
  object["account"] = account::to_json(record.manifest.manifest().account);
  add_rest(object, record.manifest);
  add_invite(object, record);
  return object;
}

json::Object reveal_to_json(const MultisigRecord& record) {
  json::Object object = json::secret_object();
  add_terms(object, record.manifest, record.name, session::to_string(record.status), states_of(record));
  object["account"] = account::to_json(record.manifest.manifest().account);
  json::Object& account = object["account"].as_object();
  const SecretBytes revealed = record.account->reveal();
  if (record.account->kind() == account::Kind::opaque) {
    account["data"].emplace_string().assign(revealed.text());
  } else {
    // For an aztec-schnorr account `reveal` is the whole object already; our own text, so it parses.
    object["account"] = json::parse(revealed.text(), revealed.size(), "account").value();
  }
  add_rest(object, record.manifest);
  add_invite(object, record);
  return object;
}

const char* to_string(Familiarity familiarity) {
  switch (familiarity) {
    case Familiarity::contact:
      return "contact";
    case Familiarity::unknown:
      return "unknown";
    case Familiarity::not_compared:
      return "not_compared";
  }
  return "unknown";
}

json::Object to_json(const ceremony::Certificate& certificate, std::string_view name, const CompareCard& compare) {
  json::Object object;
  add_terms(object, certificate.manifest(), name, session::to_string(MultisigStatus::complete),
            [&](const ceremony::Card& card) { return to_string(compare(card)); });
  object["account"] = account::to_json(certificate.manifest().manifest().account);
  add_rest(object, certificate.manifest());
  return object;
}

std::string verification_text(const ceremony::Certificate& certificate, std::string_view name,
                              const CompareCard& compare) {
  const ceremony::Manifest& manifest = certificate.manifest().manifest();
  Table signers;
  bool unknown = false;
  for (const ceremony::Card& card : manifest.signers) {
    const Familiarity familiarity = compare(card);
    unknown = unknown || familiarity != Familiarity::contact;
    const char* word = familiarity == Familiarity::not_compared ? "not compared" : to_string(familiarity);
    signers.add({escape(card.name()), word, card.fingerprint()});
  }
  const std::size_t count = manifest.signers.size();
  std::string text = fmt::format("{}: valid, signed by {}\n", escape(name),
                                 count == 1 ? "its only signer" : fmt::format("all {} signers", count));
  text += signers.text("  ");
  text += field("threshold", threshold_text(certificate.manifest()));
  text += account_fields(manifest.account);
  text += field("verification code", certificate.manifest().verification_code());
  if (unknown) {
    text += "Signatures prove keys, not people: compare the fingerprints of signers that are no contacts by voice.\n";
  }
  return text;
}

std::string missing_text(const MultisigRecord& record) {
  const ceremony::Card& creator = record.manifest.creator();
  if (record.role == Role::recipient) return "the certificate from " + escape(creator.name());
  std::vector<std::string> names;
  for (const ceremony::Card& card : record.manifest.manifest().signers) {
    const bool missing = record.state_of(card.sign_key()) != PeerState::complete;
    if (missing && card.sign_key() != creator.sign_key()) names.push_back(escape(card.name()));
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

std::string multisig_text(const MultisigRecord& record) {
  const ceremony::Manifest& manifest = record.manifest.manifest();
  std::string text = fmt::format("{}: {}\n", escape(record.name),
                                 record.live() ? session::to_string(record.status) : ended_text(record));
  if (record.name != manifest.name) text += field("creator's name", escape(manifest.name));
  text += field("threshold", threshold_text(record.manifest));
  Table signers;
  for (const ceremony::Card& card : manifest.signers) {
    signers.add({escape(card.name()), session::to_string(record.state_of(card.sign_key())), role_text(record, card)});
  }
  text += signers.text("    ");
  text += account_fields(manifest.account);
  text += field("verification code", record.manifest.verification_code());
  text += field("room", manifest.room.text());
  text += field("created", time_text(manifest.created_at));
  if (record.status == MultisigStatus::pending) {
    if (record.role == Role::creator) text += field("invite", escape(record.invite));
    text += field("waits for", missing_text(record));
    text += field("next", resume_command(record));
  }
  return text;
}

std::string multisig_list_text(const std::vector<MultisigRecord>& records) {
  if (records.empty()) return "no multisigs yet: coterie multisig create, or join with an invite\n";
  Table table;
  for (const MultisigRecord& record : records) {
    std::string last;
    if (record.status == MultisigStatus::pending) {
      last = fmt::format("waits for {}; next: {}", missing_text(record), resume_command(record));
    } else if (record.status == MultisigStatus::complete) {
      const auto* aztec = std::get_if<account::AztecPublic>(&record.manifest.manifest().account);
      last = aztec != nullptr ? aztec->address : "opaque account";
    } else {
      last = fmt::format("room {}; {}", record.room.text(), ended_text(record));
    }
    table.add({escape(record.name), session::to_string(record.status), threshold_text(record.manifest), last});
  }
  return table.text("");
}

SecretBytes reveal_text(const MultisigRecord& record) {
  const SecretBytes json = json::serialize_secret(reveal_to_json(record)["account"]);
  constexpr std::string_view kDigits = "0123456789abcdef";
  SecretBytes text(json.size() * 6);  // at most: a byte becomes \uXXXX
  std::size_t size = 0;
  const auto append = [&](char byte) { text.data()[size++] = static_cast<std::uint8_t>(byte); };
  const auto append_unit = [&](std::uint32_t unit) {
    append('\\');
    append('u');
    for (const int shift : {12, 8, 4, 0}) append(kDigits[(unit >> shift) & 0xF]);
  };
  const BytesView bytes = json.view();
  for (std::size_t at = 0; at < bytes.size();) {
    const std::uint8_t first = bytes[at++];
    if (first < 0x7F) {
      append(static_cast<char>(first));
      continue;
    }
    // RFC 3629 §3: the leading ones of the first byte count the bytes. Valid UTF-8: the account was checked as JSON.
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC0 ? 2 : 1;
    std::uint32_t code_point = length == 1 ? first : first & (0xFFu >> (length + 1));
    for (std::size_t i = 1; i < length && at < bytes.size(); ++i) code_point = code_point << 6 | (bytes[at++] & 0x3Fu);
    if (code_point < 0x10000) {
      append_unit(code_point);
    } else {
      append_unit(0xD800 + ((code_point - 0x10000) >> 10));
      append_unit(0xDC00 + ((code_point - 0x10000) & 0x3FF));
    }
  }
  text.truncate(size);
  return text;
}

std::string shell_argument(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '.' || byte == '_' || byte == '-' || value >= 0x80;
  });
  // A room may begin with '-'; after "--" it is no option.
  const std::string before = name.starts_with('-') ? "-- " : "";
  if (plain && !name.empty()) return before + std::string(name);
  std::string quoted = "'";
  for (const char byte : name) quoted += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return before + quoted + "'";
}

}  // namespace coterie::cli
