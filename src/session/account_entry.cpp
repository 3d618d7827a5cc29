#include "session/account_entry.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "ceremony/name.h"

namespace coterie::session {

namespace {

constexpr std::size_t kMostNamesShown = 16;
constexpr std::size_t kShown = 64;  // code points of a name

// "2 accounts: alice and bob".
std::string describe(const account::AccountFile& file) {
  std::vector<std::string> names;
  for (const std::string& name : file.names()) {
    if (names.size() == kMostNamesShown) {
      names.push_back(fmt::format("{} more", file.size() - kMostNamesShown));
      break;
    }
    names.push_back(name.empty() ? "one without a name" : ceremony::escape(name, kShown));
  }
  return fmt::format("{}: {}", file.size() == 1 ? "one account" : fmt::format("{} accounts", file.size()),
                     ceremony::join_names(names));
}

}  // namespace

Result<std::size_t> choose_entry(const account::AccountFile& file, const std::optional<std::string>& name,
                                 std::string_view hint) {
  const std::vector<std::string>& names = file.names();
  if (!name) {
    if (names.size() == 1) return std::size_t{0};
    return usage_error(fmt::format("the account file holds {}", describe(file)), std::string(hint));
  }
  const auto found = std::find(names.begin(), names.end(), *name);
  if (name->empty() || found == names.end()) {
    return usage_error(fmt::format("the account file has no account \"{}\"; it holds {}",
                                   ceremony::escape(*name, kShown), describe(file)),
                       std::string(hint));
  }
  if (std::find(found + 1, names.end(), *name) != names.end()) {
    return usage_error(fmt::format("the account file has several accounts \"{}\"", ceremony::escape(*name, kShown)),
                       "take the one that is meant out into a file of its own");
  }
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace coterie::session
