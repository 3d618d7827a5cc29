#include "cli/help.h"

#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cctype>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include "ceremony/name.h"
#include "cli/terminal.h"

namespace coterie::cli {

namespace {

constexpr std::size_t kColumn = 28;
constexpr std::size_t kShown = 64;  // code points of what was typed, in an error

constexpr const char* kBeginning =
    "To begin:\n"
    "  coterie signer create alice                         your identity, once\n"
    "  coterie signer card                                 the line that the others need from you\n"
    "  coterie contact add CARD                            accept theirs\n"
    "  coterie multisig create treasury 2 alice bob carol  one of you; prints an invite\n"
    "  coterie multisig join 'coterie://...'               everybody else, with that invite";

const std::map<std::string, std::string> kExamples{
    {"coterie demo", "coterie demo --signers 5 --threshold 3"},
    {"coterie signer create", "coterie signer create alice"},
    {"coterie signer card", "coterie signer card --out alice.card"},
    {"coterie contact add", "coterie contact add bob.card"},
    {"coterie multisig create", "coterie multisig create treasury 2 alice bob carol"},
    {"coterie multisig join", "coterie multisig join 'coterie://192.0.2.7:8081/ROOM#KEYS'"},
    {"coterie multisig resume", "coterie multisig resume treasury"},
    {"coterie multisig show", "coterie multisig show treasury"},
    {"coterie multisig verify", "coterie multisig verify ./treasury.json"},
    {"coterie multisig complete", "coterie multisig complete treasury --certificate ./from-carol.json"},
    {"coterie multisig certificate", "coterie multisig certificate treasury --out treasury.json"},
    {"coterie multisig export", "coterie multisig export treasury --format account --out account.json"},
    {"coterie multisig import", "coterie multisig import --format reference multisigs.json --name treasury"},
    {"coterie aztec address", "coterie aztec address --account-file account.json"},
    {"coterie aztec verify-account", "coterie aztec verify-account --account-file account.json"},
    {"coterie signer export", "coterie signer export alice --format reference --out alice.json"},
    {"coterie aztec sign", "coterie aztec sign --message-hex $(coterie aztec hash 1 2 3)"},
    {"coterie aztec hash", "coterie aztec hash 1 2 3"},
    {"coterie vault backup", "coterie vault backup /media/stick/alice.backup"},
    {"coterie vault restore", "coterie vault restore /media/stick/alice.backup --home DIR"},
    {"coterie vault rehearse", "coterie vault rehearse /media/stick/alice.backup"},
    {"coterie doctor", "coterie doctor --invite 'coterie://192.0.2.7:8081/ROOM#KEYS'"},
    {"coterie signaling serve", "coterie signaling serve --listen 0.0.0.0 --port 8081"},
};

constexpr int kWidth = 80;

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

// An option's name and what to write after it, no more: what CLI11 adds there (REQUIRED, Excludes, Env, =default) is
// said in words behind it, in 80 columns.
class Formatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return replace_all(CLI::Formatter::make_help(app, std::move(name), mode), "\n\n\n", "\n\n");
  }
  std::string make_description(const CLI::App* app) const override {
    return wrap(CLI::Formatter::make_description(app), kWidth);
  }
  std::string make_subcommand(const CLI::App* level) const override {
    std::stringstream text;
    CLI::detail::format_help(text, level->get_name(), beside(level->get_description()), kColumn);
    return text.str();
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    return replace_all(CLI::Formatter::make_option_name(option, is_positional), ",", ", ");
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    if (option->get_positional()) {
      return option->get_expected_max() == CLI::detail::expected_max_vector_size ? "..." : "";
    }
    const bool has_value = option->get_type_size() != 0 && !option->get_type_name().empty();
    return has_value ? " " + option->get_type_name() : "";
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string text = option->get_description();
    if (!option->get_positional() && option->get_required()) text += " (required)";
    if (!option->get_default_str().empty()) text += fmt::format(" (default: {})", option->get_default_str());
    if (!option->get_excludes().empty()) {
      std::vector<std::string> others;
      for (const CLI::Option* other : option->get_excludes()) others.push_back(other->get_name());
      text += fmt::format(" (not with {})", fmt::join(others, ", "));
    }
    if (!option->get_envname().empty()) text += fmt::format(" [{}]", option->get_envname());
    return beside(text);
  }

 private:
  // In the column to the right, which CLI11 keeps for further lines.
  static std::string beside(const std::string& text) { return wrap(text, kWidth - static_cast<int>(kColumn)); }
};

// "coterie multisig create".
std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : full_name(*parent) + " " + app.get_name();
}

// The command that was on the line so far.
const CLI::App& command_on_line(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : command_on_line(*chosen.front());
}

std::vector<const CLI::App*> levels_below(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

// "coterie multisig create NAME THRESHOLD SIGNER...".
std::string usage_of(const CLI::App& command) {
  std::string text = full_name(command);
  for (const CLI::Option* option :
       command.get_options([](const CLI::Option* each) { return each->get_positional(); })) {
    const std::string name = Formatter().make_option_name(option, true) + Formatter().make_option_opts(option);
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

Error missing_command(const CLI::App& level, const std::vector<std::string>& left) {
  std::vector<std::string> names;
  for (const CLI::App* each : levels_below(level)) names.push_back(each->get_name());
  const std::string hint =
      fmt::format("{} has {}; see `{} --help`", full_name(level), ceremony::join_names(names), full_name(level));
  if (left.empty()) return usage_error(fmt::format("a command is missing after {}", full_name(level)), hint);
  const std::string typed = ceremony::escape(left.front(), kShown);
  const char* what = typed.starts_with('-') ? "option" : "command";
  return usage_error(fmt::format("{} has no {} {}", full_name(level), what, typed), hint);
}

std::string as_sentence(std::string text) {
  // Not "nAME is required": only a word that begins like a sentence.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  while (!text.empty() && (text.back() == '.' || text.back() == '\n')) text.pop_back();
  return text;
}

void polish(CLI::App& app, const std::shared_ptr<CLI::FormatterBase>& formatter) {
  app.formatter(formatter);
  if (CLI::Option* help = app.get_help_ptr()) help->description("Print this help");
  for (CLI::App* level : app.get_subcommands([](const CLI::App*) { return true; })) {
    const auto example = kExamples.find(full_name(*level));
    level->footer((example == kExamples.end() ? "" : fmt::format("Example: {}\n", example->second)) +
                  "Options that every command has: coterie --help");
    polish(*level, formatter);
  }
}

}  // namespace

void polish_help(CLI::App& app) {
  const auto formatter = std::make_shared<Formatter>();
  formatter->column_width(kColumn);
  app.footer(kBeginning);
  polish(app, formatter);
}

Error parse_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = command_on_line(app);
  const std::string help = fmt::format("see `{} --help`", full_name(command));
  // What CLI11 could not place, which it holds at the top; of a missing command it complains first.
  const std::vector<std::string> left = app.remaining(true);
  if (!levels_below(command).empty()) return missing_command(command, left);
  if (!left.empty() && dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const std::string typed = ceremony::escape(left.front(), kShown);
    if (typed.starts_with('-')) return usage_error(fmt::format("{} has no option {}", full_name(command), typed), help);
    return usage_error(fmt::format("\"{}\" is one argument too many", typed),
                       fmt::format("it reads `{}`; a name with spaces needs quotes", usage_of(command)));
  }
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    std::string what = as_sentence(error.what());
    const std::string ending = " is required";
    if (what.ends_with(ending)) what = what.substr(0, what.size() - ending.size()) + " is missing";
    return usage_error(what, fmt::format("it reads `{}`; {}", usage_of(command), help));
  }
  if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    return usage_error(as_sentence(error.what()), "give only one of the two; " + help);
  }
  if (const std::string what = error.what(); what.find(": 1 required ") != std::string::npos) {
    return usage_error(what.substr(0, what.find(':')) + " needs a value", help);
  }
  return usage_error(as_sentence(error.what()), help);
}

}  // namespace coterie::cli
