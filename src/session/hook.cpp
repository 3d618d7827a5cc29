#include "session/hook.h"

#include <fcntl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "account/multisig_address.h"
#include "base/json.h"
#include "base/program_run.h"
#include "base/system_message.h"
#include "ceremony/name.h"
#include "ceremony/text.h"
#include "ceremony/unicode.h"

namespace coterie::session {

namespace {

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!ceremony::take_code_point(text)) return false;
  }
  return true;
}

json::Object describe_signer(const ceremony::Card& card) {
  json::Object signer{{"name", card.name()}, {"sign_key", card.sign_key().text()}, {"fingerprint", card.fingerprint()}};
  if (card.aztec()) signer["aztec"] = account::to_json(*card.aztec());
  return signer;
}

// What both hooks are told, up to the account; `object` has memory of its own kind.
void add_terms(json::Object& object, const ceremony::Manifest& manifest) {
  object["id"] = manifest.room.text();
  object["name"] = manifest.name;
  object["threshold"] = manifest.threshold;
  json::Array signers;
  for (const ceremony::Card& card : manifest.signers) signers.push_back(describe_signer(card));
  object["signers"] = std::move(signers);
  object["account"] = account::to_json(manifest.account);
}

void add_secrets(json::Object& account, const account::SharedStateAccount& secrets) {
  if (const auto* aztec = secrets.aztec()) {
    aztec->add_secrets(account);
  } else {
    const SecretBytes data = secrets.reveal();
    // emplace_string: the characters go straight into the object's wiped memory.
    account["data"].emplace_string().assign(data.text());
  }
}

// "9 (Killed)".
std::string signal_text(int number) {
  const char* description = sigdescr_np(number);  // strsignal has one buffer for all threads
  return description == nullptr ? std::to_string(number) : fmt::format("{} ({})", number, description);
}

std::string shown(const HookRun& run, std::string_view role) {
  return fmt::format("the {} {}", role, ceremony::escape(run.program));
}

// How it ended, when that was not well.
std::string describe_end(const ProgramEnd& end, const HookRun& run) {
  switch (end.how) {
    case ProgramEnd::How::exited:
      return fmt::format("ended with exit code {}", end.number);
    case ProgramEnd::How::by_signal:
      return fmt::format("was ended by signal {}", signal_text(end.number));
    case ProgramEnd::How::timed_out:
      return fmt::format("did not end within {} s and was stopped", std::chrono::duration<double>(run.timeout).count());
    case ProgramEnd::How::too_long:
      return fmt::format("wrote more than {} bytes to its standard output and was stopped", kMaxHookAnswer);
    case ProgramEnd::How::stopped:
      return "was stopped";
    case ProgramEnd::How::unknown:
      break;
  }
  return "ended, but this process is not told how: it ignores SIGCHLD, or waits for children that are not its own";
}

// What it wrote to its standard output; only when it ended with exit code 0.
Result<std::string> run_hook(const SecretBytes& input, const HookRun& run, std::string_view role) {
  ProgramRun program;
  program.path = run.program;
  program.arguments = {run.program};
  program.what = shown(run, role);
  program.input = input.view();
  program.max_output = kMaxHookAnswer;
  program.timeout = std::min<std::chrono::milliseconds>(run.timeout, kMaxHookTimeout);
  program.stop = run.stop;
  program.on_complaint = [&run](std::string_view line) { run.on_output(ceremony::escape(line, kMaxProgramLine)); };
  program.on_tick = run.on_tick;
  auto end = run_program(program);
  if (!end) {
    Error error = std::move(end).error();
    error.hint = "it must be there, and a script must begin with #! and the path of its interpreter";
    return error;
  }
  if (end->how == ProgramEnd::How::stopped) {
    return Error{ErrorKind::interrupted, fmt::format("{} was stopped", shown(run, role)), {}};
  }
  if (end->how != ProgramEnd::How::exited || end->number != 0) {
    return environment_error(fmt::format("{} {}", shown(run, role), describe_end(*end, run)));
  }
  return std::move(end->output);
}

}  // namespace

Result<std::string> absolute_hook(const std::filesystem::path& program, std::string_view option) {
  std::error_code failure;
  const std::filesystem::path path = std::filesystem::absolute(program, failure);
  if (failure || program.empty()) {
    return usage_error(fmt::format("{} is not the path of a file", option), "give the path of a program");
  }
  if (!is_utf8(path.string())) {
    return usage_error(fmt::format("{} {}: its path is not UTF-8", option, ceremony::escape(path.string())),
                       "move it to another directory");
  }
  return path.string();
}

Result<void> check_hook_program(const std::string& path, std::string_view option) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return usage_error(fmt::format("{} {}: {}", option, ceremony::escape(path), system_message(errno)),
                       "give the path of a program; it is not searched for in PATH");
  }
  if (!S_ISREG(status.st_mode) || faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
    return usage_error(fmt::format("{} {}: not a program that you may run", option, ceremony::escape(path)),
                       fmt::format("is it the right file? `chmod +x {}` lets it run", ceremony::shell_argument(path)));
  }
  return {};
}

SecretBytes deploy_input(const Draft& draft) {
  json::Object object = json::secret_object();
  add_terms(object, draft.manifest(std::nullopt));
  if (draft.hook_with_secrets) add_secrets(object["account"].as_object(), draft.account);
  return json::serialize_secret(std::move(object));
}

SecretBytes check_input(const ceremony::Manifest& manifest) {
  json::Object object;
  add_terms(object, manifest);
  object["multisig_address"] = *manifest.multisig_address;
  const ceremony::Card& creator = manifest.signers.front();
  object["creator"] = json::Object{{"name", creator.name()}, {"sign_key", creator.sign_key().text()}};
  return json::serialize_secret(std::move(object));
}

Result<std::string> parse_hook_answer(std::string_view answer, AccountKind kind) {
  COTERIE_TRY(const json::Value value, json::parse(ceremony::trim(answer), kMaxHookAnswer, "its answer"));
  json::ObjectReader reader(value, "its answer");
  std::string address = reader.string("address", account::kMaxMultisigAddressBytes);
  COTERIE_CHECK(reader.finish());
  COTERIE_CHECK(account::check_multisig_address(kind, address));
  return address;
}

Result<std::string> run_deploy_hook(const Draft& draft, const HookRun& run) {
  constexpr std::string_view kRole = "deploy hook";
  COTERIE_TRY(const std::string answer, run_hook(deploy_input(draft), run, kRole));
  auto address = parse_hook_answer(answer, draft.account.kind());
  if (!address) {
    return environment_error(
        fmt::format("{} ended well, but without an address: {}", shown(run, kRole), address.error().message),
        R"(it must write {"address":"0x…"} to its standard output, and nothing else)");
  }
  return address;
}

Result<void> run_check_hook(const ceremony::Manifest& manifest, const HookRun& run) {
  COTERIE_CHECK(run_hook(check_input(manifest), run, "check hook"));
  return {};
}

}  // namespace coterie::session
