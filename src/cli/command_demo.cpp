// coterie demo: shows the main job on this machine.
#include <spdlog/fmt/fmt.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/command.h"
#include "cli/demo.h"
#include "cli/option_values.h"
#include "cli/signals.h"

namespace coterie::cli {

namespace {

struct DemoArguments {
  std::string signers = "3";
  std::string threshold = "2";
  std::optional<std::string> keep;
};

Result<void> run_demo(Context& context, const DemoArguments& arguments) {
  DemoOptions options;
  COTERIE_TRY(const std::int64_t signers, parse_number(arguments.signers, 1, kMaxDemoSigners, "--signers"));
  COTERIE_TRY(const std::int64_t threshold, parse_number(arguments.threshold, 1, signers, "--threshold"));
  options.signers = static_cast<int>(signers);
  options.threshold = static_cast<int>(threshold);
  if (arguments.keep) options.keep = *arguments.keep;
  const GracefulStop stop(SecondSignal::ignored);
  COTERIE_TRY(const DemoDirectory directory, DemoDirectory::create(options.keep));
  return Demo(context, options, directory).run(stop.token());
}

}  // namespace

void add_demo_command(CLI::App& app, Context& context) {
  CLI::App& command = *app.add_subcommand(
      "demo", "Real signer processes on this machine create one multisig; verified, then cleaned up");
  auto arguments = std::make_shared<DemoArguments>();
  command.add_option("--signers", arguments->signers, "How many signers, 1 to 8")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--threshold", arguments->threshold, "How many of them must approve")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("--keep", arguments->keep, "Keep the vaults in this empty or new directory")->type_name("DIR");
  on_run(command, context, [&context, arguments] { return run_demo(context, *arguments); });
}

}  // namespace coterie::cli
