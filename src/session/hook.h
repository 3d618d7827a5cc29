// Hooks: programs of the user's that deploy a multisig's contract, or check the address that its creator claims. What
// they are told, what they answer, and the words for how they fail: docs/reference.md, "Hooks".
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "coterie/options.h"
#include "session/draft.h"

namespace coterie::session {

constexpr std::size_t kMaxHookAnswer = 4096;  // bytes; an address has 66
constexpr std::chrono::hours kMaxHookTimeout(24);

// Kind usage, naming the option, when the path is empty or not UTF-8. Whether a program is there is not looked at.
Result<std::string> absolute_hook(const std::filesystem::path& program, std::string_view option);
// Kind usage when there is no file that this user can run.
Result<void> check_hook_program(const std::string& path, std::string_view option);

struct HookRun {
  std::string program;  // absolute path
  std::chrono::milliseconds timeout = Hook().timeout;
  std::stop_token stop;
  std::function<void(const std::string& line)> on_output = [](const std::string&) {};  // of its standard error, escaped
  std::function<bool()> on_tick = [] { return true; };  // about twice a second; false ends it
};

// The address that it answered, of the form that the account's kind has. Kinds: environment when it cannot be started,
// fails, takes too long or answers something else; interrupted when stop or on_tick ended it.
Result<std::string> run_deploy_hook(const Draft& draft, const HookRun& run);

// Whether it accepts the address that the manifest claims; the manifest has one. Kinds as above.
Result<void> run_check_hook(const ceremony::Manifest& manifest, const HookRun& run);

// One JSON object each: for tests, and for the two above.
SecretBytes deploy_input(const Draft& draft);
SecretBytes check_input(const ceremony::Manifest& manifest);
Result<std::string> parse_hook_answer(std::string_view answer, AccountKind kind);

}  // namespace coterie::session
