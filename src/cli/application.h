// The application: the command line as a whole, from arguments to exit code.
#pragma once

#include <memory>

#include "cli/command.h"

namespace coterie::cli {

// All commands with their options, ready to parse; the context outlives it.
std::unique_ptr<CLI::App> create_command_line(Context& context);

// Parses, runs, prints errors on stderr; the exit code as docs/reference.md lists them.
int run_application(int argc, char** argv);

}  // namespace coterie::cli
