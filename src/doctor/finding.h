// Finding: what one check of the doctor found. Pure; the checks do the I/O.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/finding_code.h"
#include "base/json.h"

namespace coterie::doctor {

enum class Status {
  ok,
  warning,  // the configuration may still work
  failed,   // something that the given configuration needs does not work
  skipped,  // could not be looked at, or needs not
};
const char* to_string(Status status);

struct Finding {
  std::string_view check;    // the area, a literal: "stun"
  std::string subject = {};  // which one: a server's URL; empty where there is one only. May hold names.
  Status status = Status::ok;
  std::optional<FindingCode> code = {};  // of a warning and a failure
  std::string text;                      // what was found. May hold names, addresses and paths.
  std::string_view hint = {};            // what to do. A literal: nothing of this machine can be in it.
};
using Findings = std::vector<Finding>;

bool needed_failed(const Findings& findings);

// One object for --json: everything.
json::Object to_json(const Findings& findings);

struct Machine {
  std::string_view version;  // Coterie's
  std::string system;        // "Linux 6.1.0 x86_64"; no host name
};
// For somebody else's eyes: areas, states, codes and hints. `subject` and `text` are left out, so that no name, address
// or path of this machine can be in it.
std::string redacted_report(const Machine& machine, const Findings& findings);

}  // namespace coterie::doctor
