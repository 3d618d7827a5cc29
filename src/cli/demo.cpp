#include "cli/demo.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <thread>

#include "base/system_message.h"
#include "cli/events.h"
#include "cli/file.h"

namespace coterie::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMultisig = "treasury";
constexpr std::array<const char*, kMaxDemoSigners> kNames = {"alice", "bob",   "carol", "dave",
                                                             "erin",  "frank", "grace", "heidi"};

std::size_t processors() {
  return std::max(1u, std::thread::hardware_concurrency());
}

// A line of JSON that our own program printed; null when it is none. Not base/json: `t` has a fraction.
json::Value parse_own_line(std::string_view line) {
  boost::json::error_code problem;
  json::Value value = boost::json::parse({line.data(), line.size()}, problem);
  return problem ? json::Value() : value;
}

std::string text_field(const json::Value& value, std::string_view key) {
  const auto* object = value.if_object();
  const auto* field = object != nullptr ? object->if_contains({key.data(), key.size()}) : nullptr;
  const auto* text = field != nullptr ? field->if_string() : nullptr;
  return text != nullptr ? std::string(text->data(), text->size()) : std::string();
}

std::string address_of(const json::Value& multisig) {
  const auto* object = multisig.if_object();
  const auto* account = object != nullptr ? object->if_contains("account") : nullptr;
  return account != nullptr ? text_field(*account, "address") : std::string();
}

Colour colour_of(const std::string& state) {
  if (state == "complete") return Colour::green;
  if (state == "failed" || state == "declined") return Colour::red;
  if (state == "absent") return Colour::dim;
  return Colour::cyan;
}

Error directory_error(const fs::path& path) {
  return environment_error(fmt::format("cannot make the directory {}: {}", path.string(), system_message(errno)),
                           "name another with --keep DIR, or a writable directory in TMPDIR");
}

}  // namespace

Result<DemoDirectory> DemoDirectory::create(const std::optional<fs::path>& keep) {
  if (!keep) {
    const char* temporary = std::getenv("TMPDIR");
    std::string pattern =
        (fs::path(temporary != nullptr && *temporary == '/' ? temporary : "/tmp") / "coterie-demo-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) return directory_error(pattern);
    return DemoDirectory(pattern, /*keep=*/false);
  }
  std::error_code problem;
  const fs::path path = fs::absolute(*keep, problem);
  if (mkdir(path.c_str(), 0700) != 0) {
    if (errno != EEXIST) return directory_error(path);
    if (!fs::is_directory(path, problem) || !fs::is_empty(path, problem) || problem) {
      return usage_error(fmt::format("--keep {} is not an empty directory", path.string()),
                         "name a new or an empty directory");
    }
    if (chmod(path.c_str(), 0700) != 0) return directory_error(path);
  }
  return DemoDirectory(path, /*keep=*/true);
}

DemoDirectory::DemoDirectory(DemoDirectory&& other) noexcept : path_(std::move(other.path_)), keep_(other.keep_) {
  other.path_.clear();
}

DemoDirectory::~DemoDirectory() {
  std::error_code ignored;
  if (!path_.empty() && !keep_) fs::remove_all(path_, ignored);
}

Demo::Demo(Context& context, const DemoOptions& options, const DemoDirectory& directory)
    : context_(context),
      options_(options),
      directory_(directory.path()),
      passphrase_file_(directory.path() / "passphrase"),
      area_(context.words()),
      redraw_(context.terminal().can_redraw(context.words_device()) && !context.options.quiet &&
              !(context.options.json && context.terminal().is_terminal(Device::out))) {
  for (int index = 0; index < options_.signers; ++index) {
    Signer signer;
    signer.name = kNames.at(static_cast<std::size_t>(index));
    signer.home = directory_ / signer.name;
    signer.row.name = signer.name;
    signers_.push_back(std::move(signer));
  }
}

Result<void> Demo::run(std::stop_token stop) {
  Result<void> result = run_steps(std::move(stop));
  draw();
  area_.keep();
  print_result(result ? std::nullopt : std::optional<Error>(result.error()));
  return result;
}

Result<void> Demo::run_steps(std::stop_token stop) {
  const auto random = context_.random().draw_secret<24>();
  const SecretBytes passphrase = serialize_secret_base64(random.view());
  COTERIE_CHECK(write_file(passphrase_file_, passphrase.view(), Existing::refuse));
  COTERIE_CHECK(create_signers(stop));
  COTERIE_CHECK(exchange_cards(stop));
  COTERIE_CHECK(create_multisig(stop));
  COTERIE_CHECK(compare_vaults(stop));
  return verify_certificate(stop);
}

Result<void> Demo::create_signers(std::stop_token stop) {
  say_step(fmt::format("{} signer{}, each a process with its own sealed vault, on this machine.", signers_.size(),
                       signers_.size() == 1 ? "" : "s"));
  say_step("1. Every signer makes an identity.");
  ChildGroup group(processors());
  for (Signer& signer : signers_) {
    ChildJob create = job_of(signer, {"signer", "create", signer.name, "--json"});
    create.on_done = [this, &signer, &group] {
      ChildJob card = job_of(signer, {"signer", "card", signer.name});
      card.on_line = [&signer](std::string_view line) { signer.card = line; };
      group.add(std::move(card));
    };
    group.add(std::move(create));
  }
  return run_group(group, stop);
}

Result<void> Demo::exchange_cards(std::stop_token stop) {
  if (signers_.size() == 1) return {};
  say_step("2. Every signer accepts the others' cards as contacts.");
  ChildGroup group(processors());
  for (Signer& signer : signers_) {
    for (const Signer& other : signers_) {
      if (&other != &signer) signer.cards += other.card + "\n";
    }
    const fs::path file = directory_ / (signer.name + "-contacts");
    COTERIE_CHECK(write_file(file, as_bytes(signer.cards), Existing::refuse));
    group.add(job_of(signer, {"contact", "add", file.string(), "--json"}));
  }
  return run_group(group, stop);
}

Result<void> Demo::create_multisig(std::stop_token stop) {
  say_step(fmt::format("3. {} creates {} ({} of {}){}.", signers_.front().name, kMultisig, options_.threshold,
                       signers_.size(), signers_.size() == 1 ? "" : "; the others join by its invite"));
  show_table_ = true;
  set_state(signers_.front(), "creates", Colour::cyan);

  // All at once: they wait for each other.
  ChildGroup group(signers_.size());
  // Nobody needs long here; and if we are killed outright, the others end by themselves soon.
  std::vector<std::string> arguments{"multisig", "create", std::string(kMultisig), std::to_string(options_.threshold)};
  for (const Signer& signer : signers_) arguments.push_back(signer.name);
  for (const char* argument : {"--json", "--port", "0", "--listen", "127.0.0.1", "--advertise", "127.0.0.1", "--stun",
                               "none", "--join-timeout", "1m"}) {
    arguments.emplace_back(argument);
  }
  ChildJob create = job_of(signers_.front(), std::move(arguments));
  create.on_line = [this, &group](std::string_view line) { take_creator_event(line, group); };
  create.on_done = [this] {
    completed_ = context_.elapsed();
    set_state(signers_.front(), "complete", Colour::green);
  };
  group.add(std::move(create));
  COTERIE_CHECK(run_group(group, stop));
  show_table_ = false;
  area_.keep();
  return {};
}

void Demo::take_creator_event(std::string_view line, ChildGroup& group) {
  const json::Value event = parse_own_line(line);
  const std::string what = text_field(event, "event");
  if (what != "invite" && what != "peer") return;
  json::Object fields = event.as_object();
  fields.erase("event");
  fields.erase("t");
  emit(what, fields);
  if (what == "invite") {
    const auto written = write_file(directory_ / "invite", as_bytes(text_field(event, "invite")), Existing::replace);
    if (written) add_joins(group);
    return;
  }
  const std::string state = text_field(event, "state");
  const std::string path = text_field(event, "path");
  if (Signer* signer = find(text_field(event, "signer"))) {
    if (signer->row.state == "absent") last_joined_ = context_.elapsed();
    set_state(*signer, path.empty() ? state : state + " " + path, colour_of(state));
  }
}

void Demo::add_joins(ChildGroup& group) {
  for (std::size_t index = 1; index < signers_.size(); ++index) {
    group.add(job_of(signers_[index], {"multisig", "join", (directory_ / "invite").string(), "--yes", "--json",
                                       "--stun", "none", "--join-timeout", "1m"}));
  }
}

Result<void> Demo::compare_vaults(std::stop_token stop) {
  say_step("4. Every vault is asked for the account's address, and the certificate is verified.");
  ChildGroup group(processors());
  for (Signer& signer : signers_) {
    ChildJob show = job_of(signer, {"multisig", "show", std::string(kMultisig), "--json"});
    show.on_line = [&signer](std::string_view line) { signer.multisig = parse_own_line(line); };
    group.add(std::move(show));
  }
  group.add(job_of(signers_.front(), {"multisig", "certificate", std::string(kMultisig), "--out",
                                      (directory_ / "certificate.json").string()}));
  COTERIE_CHECK(run_group(group, stop));
  for (const Signer& signer : signers_) {
    const std::string address = address_of(signer.multisig);
    if (address.empty() || address != address_of(signers_.front().multisig)) {
      return refused_error(fmt::format("{} holds another account than {}", signer.name, signers_.front().name));
    }
    if (text_field(signer.multisig, "status") != "complete") {
      return refused_error(fmt::format("{} is not complete at {}", kMultisig, signer.name));
    }
  }
  return {};
}

Result<void> Demo::verify_certificate(std::stop_token stop) {
  // By a process without vault or passphrase: the certificate convinces by itself.
  bool valid = false;
  ChildGroup group(1);
  ChildJob verify;
  verify.what = "multisig verify";
  verify.arguments = {"multisig", "verify", (directory_ / "certificate.json").string(), "--json"};
  verify.on_line = [&valid](std::string_view line) {
    const json::Value result = parse_own_line(line);
    valid = result.is_object() && result.as_object().contains("valid") && result.at("valid") == json::Value(true);
  };
  group.add(std::move(verify));
  COTERIE_CHECK(run_group(group, stop));
  if (!valid) return refused_error("the certificate does not verify");
  return {};
}

ChildJob Demo::job_of(const Signer& signer, std::vector<std::string> arguments) const {
  ChildJob job;
  job.what = fmt::format("{}: coterie {} {}", signer.name, arguments.at(0), arguments.at(1));
  job.arguments = std::move(arguments);
  for (const std::string& argument :
       {std::string("--home"), signer.home.string(), std::string("--passphrase-file"), passphrase_file_.string()}) {
    job.arguments.push_back(argument);
  }
  return job;
}

Result<void> Demo::run_group(ChildGroup& group, std::stop_token stop) {
  return group.run(std::move(stop), [this] { draw(); });
}

void Demo::set_state(Signer& signer, std::string state, Colour colour) {
  signer.row.state = std::move(state);
  signer.row.colour = colour;
  signer.row.since = context_.elapsed();
  if (redraw_) {
    draw();
  } else {
    context_.say(fmt::format("   {} {}", signer.name, signer.row.state));
  }
}

Demo::Signer* Demo::find(std::string_view name) {
  const auto found =
      std::find_if(signers_.begin(), signers_.end(), [&](const Signer& signer) { return signer.name == name; });
  return found == signers_.end() ? nullptr : &*found;
}

void Demo::say_step(const std::string& line) {
  context_.say(line);
}

void Demo::draw() {
  if (!redraw_ || !show_table_) return;
  std::vector<TableRow> rows;
  for (const Signer& signer : signers_) rows.push_back(signer.row);
  const Device device = context_.words_device();
  const int width = context_.terminal().width(device);
  area_.draw(render_table(rows, width, context_.terminal(), device), width);
}

void Demo::emit(std::string_view event, const json::Object& fields) {
  if (context_.options.json) context_.out() << event_line(event, context_.elapsed(), fields) << std::endl;
}

void Demo::print_result(const std::optional<Error>& error) {
  if (context_.options.json) {
    const json::Value& multisig = signers_.front().multisig;
    json::Object fields = result_fields(multisig.is_object() ? std::optional(multisig) : std::nullopt, error);
    if (options_.keep) {
      json::Object homes;
      for (const Signer& signer : signers_) homes[signer.name] = signer.home.string();
      fields["homes"] = std::move(homes);
      fields["passphrase_file"] = passphrase_file_.string();
    }
    emit("result", fields);
  }
  if (!error) context_.say(summary());
}

std::string Demo::summary() const {
  std::string text = fmt::format("\n{} is complete. Every signer holds the same account:\n", kMultisig);
  for (const Signer& signer : signers_) text += fmt::format("  {:<5}  {}\n", signer.name, address_of(signer.multisig));
  text += fmt::format("The certificate is valid: {0} of {0} signers gave their receipt.\n", signers_.size());
  if (signers_.size() > 1 && completed_ > last_joined_) {
    text += fmt::format("From the last join to complete: {} ms.\n", (completed_ - last_joined_).count());
  }
  if (options_.keep) {
    text += fmt::format("Kept in {0}. Try:\n  coterie multisig show {1} --home {0}/alice --passphrase-file {2}",
                        directory_.string(), kMultisig, passphrase_file_.string());
  } else {
    text += "Everything of this demo has been removed again; --keep DIR keeps it.";
  }
  return text;
}

}  // namespace coterie::cli
