#include "doctor/finding.h"

#include <algorithm>

namespace coterie::doctor {

const char* to_string(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::warning:
      return "warning";
    case Status::failed:
      return "failed";
    case Status::skipped:
      return "skipped";
  }
  return "unknown";
}

bool needed_failed(const Findings& findings) {
  return std::any_of(findings.begin(), findings.end(),
                     [](const Finding& finding) { return finding.status == Status::failed; });
}

namespace {

json::Object state_of(const Finding& finding) {
  json::Object object{{"check", finding.check}, {"status", to_string(finding.status)}};
  if (finding.code) object["code"] = coterie::to_string(*finding.code);
  if (!finding.hint.empty()) object["hint"] = finding.hint;
  return object;
}

}  // namespace

json::Object to_json(const Findings& findings) {
  json::Array list;
  for (const Finding& finding : findings) {
    json::Object object = state_of(finding);
    if (!finding.subject.empty()) object["subject"] = finding.subject;
    object["text"] = finding.text;
    list.push_back(std::move(object));
  }
  return {{"findings", std::move(list)}, {"needed_failed", needed_failed(findings)}};
}

std::string redacted_report(const Machine& machine, const Findings& findings) {
  json::Array list;
  for (const Finding& finding : findings) list.push_back(state_of(finding));
  return json::serialize(json::Object{{"version", machine.version},
                                      {"system", machine.system},
                                      {"findings", std::move(list)},
                                      {"needed_failed", needed_failed(findings)}}) +
         "\n";
}

}  // namespace coterie::doctor
