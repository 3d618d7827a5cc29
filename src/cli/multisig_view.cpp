#include "cli/multisig_view.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <variant>

#include "account/account.h"
#include "ceremony/name.h"
#include "cli/terminal.h"
#include "session/imported.h"

namespace coterie::cli {

namespace {

using ceremony::escape;
using ceremony::shell_argument;

constexpr const char* kNothingProven = "nobody has proven to hold it";

// Fields of every multisig up to its account. `signers` has a name, a key and a word for each.
template <class Signers, class StateOf>
void add_terms(json::Object& object, std::string_view name, std::string_view status, int threshold,
               const Signers& signers, const StateOf& add_signer) {
  object["name"] = name;
  object["status"] = status;
  object["threshold"] = threshold;
  json::Array items;
  for (const auto& signer : signers) items.push_back(add_signer(signer));
  object["signers"] = std::move(items);
}

void add_terms(json::Object& object, const Multisig& multisig) {
  add_terms(object, multisig.name, to_string(multisig.status), multisig.threshold, multisig.signers,
            [&](const MultisigSigner& signer) {
              json::Object item{{"name", signer.name}};
              if (!multisig.imported) item["sign_key"] = signer.sign_key.text();
              item["state"] = to_string(signer.state);
              return item;
            });
}

// And what follows the account.
template <class Described>
void add_address(json::Object& object, const Described& described) {
  if (described.multisig_address) object["multisig_address"] = *described.multisig_address;
}

template <class Described>
void add_rest(json::Object& object, const Described& described) {
  if (!described.verification_code.empty()) object["verification_code"] = described.verification_code;
  object["room"] = described.room.text();
  object["created_at"] = described.created_at;
}

bool has_open_invite(const Multisig& multisig) {
  return multisig.role == Role::creator && multisig.status == MultisigStatus::pending && !multisig.invite.empty();
}

// All that follows the account.
void add_rest_of(json::Object& object, const Multisig& multisig) {
  add_address(object, multisig);
  if (multisig.imported) {
    object["created_at"] = multisig.created_at;
    object["imported"] = true;
    return;
  }
  if (multisig.role == Role::recipient && !multisig.hook.empty()) object["multisig_address_checked"] = true;
  if (multisig.awaits_deploy_hook) object["awaits_deploy_hook"] = true;
  add_rest(object, multisig);
  if (has_open_invite(multisig)) object["invite"] = multisig.invite;
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(display_width(text));
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

std::string time_text(std::int64_t at) {
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

template <class Described>
std::string threshold_text(const Described& described) {
  return fmt::format("{} of {}", described.threshold, described.signers.size());
}

std::string account_fields(const PublicPart& part) {
  if (const auto* aztec = std::get_if<AztecPublic>(&part)) {
    return field("account", fmt::format("aztec-schnorr, profile {}", escape(aztec->profile))) +
           field("address", aztec->address) + field("public key x", aztec->public_key_x) +
           field("public key y", aztec->public_key_y);
  }
  return field("account", "opaque") + field("commitment", std::get<OpaquePublic>(part).commitment.text());
}

// The contract's address and whose word it is; nothing where there is none.
std::string address_fields(const std::optional<std::string>& address, std::string_view word) {
  return address ? field("multisig address", *address) + field("", word) : std::string();
}

std::string address_fields(const Multisig& multisig) {
  if (multisig.role == Role::recipient) {
    return address_fields(multisig.multisig_address, claim_text(multisig.signers.front().name, multisig.hook));
  }
  if (multisig.imported) return address_fields(multisig.multisig_address, "as its file says, not checked");
  return address_fields(multisig.multisig_address,
                        multisig.hook.empty() ? "as you gave it, not checked" : "told by " + escape(multisig.hook));
}

std::string name_of(const Multisig& multisig, const SignKey& key) {
  const auto found = std::find_if(multisig.signers.begin(), multisig.signers.end(),
                                  [&](const MultisigSigner& signer) { return signer.sign_key == key; });
  return found == multisig.signers.end() ? key.text() : escape(found->name);
}

std::string ended_text(const Multisig& multisig) {
  std::string text = to_string(multisig.status);
  if (multisig.ended_by) {
    text +=
        (multisig.status == MultisigStatus::failed ? ", refused by " : " by ") + name_of(multisig, *multisig.ended_by);
  }
  if (!multisig.reason.empty()) text += ": " + escape(multisig.reason);
  return text;
}

// In memory that is wiped: the public part and the secrets.
json::Object reveal_account(const Account& account) {
  const SecretBytes revealed = account.reveal();
  json::Object object = json::secret_object();
  if (account.kind() == AccountKind::opaque) {
    const json::Value part = account::to_json(account.public_part());
    for (const auto& member : part.as_object()) object[member.key()] = member.value();
    object["data"].emplace_string().assign(revealed.text());
  } else {
    // `reveal` is the whole object already; our own text, so it parses.
    object = json::parse(revealed.text(), revealed.size(), "account").value().as_object();
  }
  return object;
}

std::string role_text(const Multisig& multisig, const MultisigSigner& signer) {
  if (multisig.imported) return "";
  const bool creator = signer.sign_key == multisig.signers.front().sign_key;
  if (signer.sign_key == multisig.own_key) return creator ? "(you, creator)" : "(you)";
  return creator ? "(creator)" : "";
}

// Name, status, threshold and signers.
std::string terms_text(const Multisig& multisig) {
  std::string text = fmt::format("{}: {}\n", escape(multisig.name),
                                 is_live(multisig) ? to_string(multisig.status) : ended_text(multisig));
  if (multisig.name != multisig.creators_name) {
    text += field(multisig.imported ? "name in its file" : "creator's name", escape(multisig.creators_name));
  }
  text += field("threshold", threshold_text(multisig));
  Table signers;
  for (const MultisigSigner& signer : multisig.signers) {
    std::string role = role_text(multisig, signer);
    if (!multisig.imported && !signer.chain_key && kind_of(multisig.account) == AccountKind::aztec_schnorr) {
      role += role.empty() ? "no chain key" : ", no chain key";
    }
    signers.add({escape(signer.name), to_string(signer.state), std::move(role)});
  }
  return text + signers.text("    ");
}

}  // namespace

std::string claim_text(std::string_view creator, std::string_view checked_by) {
  const std::string check = checked_by.empty() ? "not checked" : "checked by " + escape(checked_by);
  return fmt::format("claimed by {}, {}", escape(creator), check);
}

json::Object to_json(const Multisig& multisig) {
  json::Object object;
  add_terms(object, multisig);
  object["account"] = account::to_json(multisig.account);
  add_rest_of(object, multisig);
  return object;
}

json::Object reveal_to_json(const Multisig& multisig, const Account& account) {
  json::Object object = json::secret_object();
  add_terms(object, multisig);
  object["account"] = reveal_account(account);
  add_rest_of(object, multisig);
  return object;
}

json::Object to_json(const Certificate& certificate, std::string_view name) {
  json::Object object;
  add_terms(object, name, to_string(MultisigStatus::complete), certificate.threshold, certificate.signers,
            [](const CertifiedSigner& signer) {
              return json::Object{{"name", signer.card.name()},
                                  {"sign_key", signer.card.sign_key().text()},
                                  {"state", to_string(signer.familiarity)}};
            });
  object["account"] = account::to_json(certificate.account);
  add_address(object, certificate);
  add_rest(object, certificate);
  return object;
}

std::string verification_text(const Certificate& certificate, std::string_view name) {
  Table signers;
  bool unknown = false;
  for (const CertifiedSigner& signer : certificate.signers) {
    unknown = unknown || signer.familiarity != Familiarity::contact;
    const char* word = signer.familiarity == Familiarity::not_compared ? "not compared" : to_string(signer.familiarity);
    signers.add({escape(signer.card.name()), word, signer.card.fingerprint()});
  }
  const std::size_t count = certificate.signers.size();
  std::string text = fmt::format("{}: valid, signed by {}\n", escape(name),
                                 count == 1 ? "its only signer" : fmt::format("all {} signers", count));
  text += signers.text("  ");
  text += field("threshold", threshold_text(certificate));
  text += account_fields(certificate.account);
  text += address_fields(certificate.multisig_address, claim_text(certificate.signers.front().card.name(), {}));
  text += field("verification code", certificate.verification_code);
  if (unknown) {
    text += "Signatures prove keys, not people: compare the fingerprints of signers that are no contacts by voice.\n";
  }
  return text;
}

std::string next_command(const Multisig& multisig) {
  if (multisig.imported) {
    std::vector<std::string> signers;
    for (const MultisigSigner& signer : multisig.signers) signers.push_back(signer.name);
    return session::create_command(multisig.name, multisig.threshold, signers);
  }
  return "coterie multisig resume " + shell_argument(multisig.name);
}

std::string missing_text(const Multisig& multisig) {
  if (multisig.awaits_deploy_hook) return "its deploy hook, " + escape(multisig.hook);
  const MultisigSigner& creator = multisig.signers.front();
  if (multisig.role == Role::recipient) return "the certificate from " + escape(creator.name);
  std::vector<std::string> receipts;
  std::vector<std::string> stored;
  for (const MultisigSigner& signer : multisig.signers) {
    if (signer.state == PeerState::complete || signer.sign_key == creator.sign_key) continue;
    (signer.state == PeerState::receipt ? stored : receipts).push_back(escape(signer.name));
  }
  if (!receipts.empty()) return "the receipt of " + ceremony::join_names(receipts);
  return ceremony::join_names(stored) + " to store the certificate";
}

std::string multisig_summary(const Multisig& multisig) {
  std::string text = terms_text(multisig);
  if (!is_live(multisig)) return text + field("room", multisig.room.text());
  if (const auto* aztec = std::get_if<AztecPublic>(&multisig.account)) {
    text += field("address", aztec->address);
  } else {
    text += field("commitment", std::get<OpaquePublic>(multisig.account).commitment.text());
  }
  text += address_fields(multisig);
  if (multisig.awaits_deploy_hook) return text + field("room", multisig.room.text());
  // Below its name, as where consent is asked: read out to others, it is not to be broken in a narrow terminal.
  text += fmt::format("  verification code\n    {}\n", multisig.verification_code);
  if (has_open_invite(multisig)) text += field("invite", escape(multisig.invite));
  return text;
}

std::string multisig_text(const Multisig& multisig) {
  std::string text = terms_text(multisig);
  text += account_fields(multisig.account);
  text += address_fields(multisig);
  if (!multisig.imported) {
    if (!multisig.verification_code.empty()) text += field("verification code", multisig.verification_code);
    text += field("room", multisig.room.text());
  }
  text += field("created", time_text(multisig.created_at));
  if (multisig.imported) text += field("imported", kNothingProven);
  if (multisig.status == MultisigStatus::pending) {
    if (has_open_invite(multisig)) text += field("invite", escape(multisig.invite));
    if (!multisig.imported) text += field("waits for", missing_text(multisig));
    text += field("next", next_command(multisig) + (multisig.awaits_deploy_hook ? "  (runs the hook again)" : ""));
  } else if (multisig.awaits_deploy_hook) {
    text += field("deploy hook", escape(multisig.hook) + ": what it may have deployed has the room as its id");
  }
  return text;
}

std::string multisig_list_text(const std::vector<Multisig>& multisigs) {
  if (multisigs.empty())
    return "no multisigs yet: `coterie multisig create`, or `coterie multisig join` with an invite\n";
  Table table;
  for (const Multisig& multisig : multisigs) {
    std::string last;
    if (multisig.imported) {
      last = fmt::format("imported, {}; next: {}", kNothingProven, next_command(multisig));
    } else if (multisig.status == MultisigStatus::pending && multisig.awaits_deploy_hook) {
      last = fmt::format("its deploy hook has not finished: `{}` runs it again", next_command(multisig));
    } else if (multisig.status == MultisigStatus::pending) {
      last = fmt::format("waits for {}; next: {}", missing_text(multisig), next_command(multisig));
    } else if (multisig.status == MultisigStatus::complete) {
      const auto* aztec = std::get_if<AztecPublic>(&multisig.account);
      last = aztec != nullptr ? aztec->address : "opaque account";
    } else {
      last = fmt::format("room {}; {}", multisig.room.text(), ended_text(multisig));
    }
    table.add({escape(multisig.name), to_string(multisig.status), threshold_text(multisig), last});
  }
  return table.text("");
}

SecretBytes reveal_text(const Account& account) {
  const SecretBytes json = json::serialize_secret(reveal_account(account));
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

}  // namespace coterie::cli
