// The demo: one whole creation on this machine, every signer a process of its own with its own vault.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "ceremony/manifest.h"
#include "cli/child_group.h"
#include "cli/command.h"
#include "cli/table.h"

namespace coterie::cli {

constexpr int kMaxDemoSigners = static_cast<int>(ceremony::kMaxAztecSigners);  // it shares an Aztec account

struct DemoOptions {
  int signers = 3;
  int threshold = 2;
  std::optional<std::filesystem::path> keep;  // an empty or new directory; else a temporary one, removed at the end
};

// 0700, and removed with all that is in it when the demo ends, unless it is to be kept.
class DemoDirectory {
 public:
  static Result<DemoDirectory> create(const std::optional<std::filesystem::path>& keep);
  DemoDirectory(DemoDirectory&& other) noexcept;
  DemoDirectory& operator=(DemoDirectory&&) = delete;
  ~DemoDirectory();
  const std::filesystem::path& path() const { return path_; }

 private:
  DemoDirectory(std::filesystem::path path, bool keep) : path_(std::move(path)), keep_(keep) {}

  std::filesystem::path path_;  // empty: moved from
  bool keep_;
};

class Demo {
 public:
  Demo(Context& context, const DemoOptions& options, const DemoDirectory& directory);

  // Makes the signers, runs the creation, compares what every vault holds, verifies the certificate. Prints progress,
  // and with --json the events; the last one, `result`, also after a failure.
  Result<void> run(std::stop_token stop);

 private:
  struct Signer {
    std::string name;
    std::filesystem::path home;
    std::string card;      // text form
    std::string cards;     // the others', one a line
    TableRow row;          // as the table shows it
    json::Value multisig;  // what `multisig show` said
  };

  Result<void> run_steps(std::stop_token stop);
  Result<void> create_signers(std::stop_token stop);
  Result<void> exchange_cards(std::stop_token stop);
  Result<void> create_multisig(std::stop_token stop);
  Result<void> compare_vaults(std::stop_token stop);
  Result<void> verify_certificate(std::stop_token stop);

  // `coterie ARGUMENTS --home … --passphrase-file …` as that signer.
  ChildJob job_of(const Signer& signer, std::vector<std::string> arguments) const;
  Result<void> run_group(ChildGroup& group, std::stop_token stop);
  void take_creator_event(std::string_view line, ChildGroup& group);
  void add_joins(ChildGroup& group);
  void set_state(Signer& signer, std::string state, Colour colour);
  Signer* find(std::string_view name);

  void say_step(const std::string& line);
  void draw();
  void emit(std::string_view event, const json::Object& fields);
  void print_result(const std::optional<Error>& error);
  std::string summary() const;

  Context& context_;
  DemoOptions options_;
  std::filesystem::path directory_;
  std::filesystem::path passphrase_file_;
  std::vector<Signer> signers_;  // the first one creates
  LiveArea area_;
  bool redraw_;
  bool show_table_ = false;
  std::chrono::milliseconds last_joined_{};
  std::chrono::milliseconds completed_{};
};

}  // namespace coterie::cli
