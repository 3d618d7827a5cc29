// What `--help` looks like, and the words for a line that does not parse.
#pragma once

#include <CLI/Error.hpp>
#include <string>

#include "base/result.h"

namespace CLI {
class App;
}

namespace coterie::cli {

// Once all commands are added: one form for every help text, with an example where there is something to type.
void polish_help(CLI::App& app);

// Kind usage: what on the line was not understood, and how it is written.
Error parse_error(const CLI::App& app, const CLI::ParseError& error);

}  // namespace coterie::cli
