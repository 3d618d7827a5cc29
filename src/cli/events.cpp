#include "cli/events.h"

#include <spdlog/fmt/fmt.h>

namespace coterie::cli {

std::string event_line(std::string_view event, std::chrono::milliseconds elapsed, const json::Object& fields) {
  const std::string rest = json::serialize(fields);
  // By hand, because base/json writes no fractions: they have no place in what is signed.
  return fmt::format(R"({{"event":"{}","t":{}.{:03}{}{})", event, elapsed.count() / 1000, elapsed.count() % 1000,
                     fields.empty() ? "" : ",", std::string_view(rest).substr(1));
}

namespace {

const char* status_of(const std::optional<Error>& error) {
  if (!error) return "complete";
  if (error->kind == ErrorKind::pending) return "pending";
  return error->kind == ErrorKind::declined ? "declined" : "failed";
}

}  // namespace

json::Object invite_fields(const InviteEvent& event) {
  return {{"invite", event.invite}, {"verification_code", event.verification_code}};
}

json::Object peer_fields(const PeerEvent& event) {
  json::Object fields{{"signer", event.name}, {"state", to_string(event.state)}};
  if (event.path) fields["path"] = to_string(*event.path);
  return fields;
}

json::Object result_fields(const std::optional<json::Value>& multisig, const std::optional<Error>& error) {
  json::Object fields{{"status", status_of(error)}};
  if (multisig) fields["multisig"] = *multisig;
  if (error) {
    json::Object words{{"kind", to_string(error->kind)}, {"message", error->message}, {"hint", error->hint}};
    if (!error->code.empty()) words["code"] = error->code;
    fields["error"] = std::move(words);
  }
  return fields;
}

}  // namespace coterie::cli
