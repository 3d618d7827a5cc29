#include "account/aztec/profile.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/ascii.h"

namespace coterie::account::aztec {

namespace {

constexpr std::array kProfiles = {
    Profile{.name = "4.1.2",
            .nullifier_key = 242137788,
            .incoming_viewing_key = 2747825907,
            .outgoing_viewing_key = 4272201051,
            .tagging_key = 1546190975,
            .public_keys_hash = 777457226,
            .partial_address = 2103633018,
            .contract_address = 1788365517,
            .initializer = 385396519,
            .function_arguments = 3576554347,
            .contract_class_id = "0x010319cf7faafaab5cbe684f2556e379a22539a8de18b35d290a85f30057bf02",
            .signature_scheme = SignatureScheme::schnorr_pedersen_blake2s},
    Profile{.name = "3.0.0-devnet.5",
            .nullifier_key = 48,
            .incoming_viewing_key = 49,
            .outgoing_viewing_key = 50,
            .tagging_key = 51,
            .public_keys_hash = 52,
            .partial_address = 27,
            .contract_address = 15,
            .initializer = 13,
            .function_arguments = 44,
            .contract_class_id = "0x181c0028244468a79c8bd0924837b34fd42bbf352242fb449582680471af77f0",
            .signature_scheme = SignatureScheme::schnorr_pedersen_blake2s},
};

constexpr std::size_t kMaxNameShown = 32;

// Names come from outside: one that is long, or that a terminal could obey, is not repeated in an error.
bool can_be_shown(std::string_view name) {
  return name.size() <= kMaxNameShown && is_printable_ascii(name);
}

}  // namespace

std::span<const Profile> profiles() {
  return kProfiles;
}

Result<const Profile*> find_profile(std::string_view name) {
  const auto found = std::find_if(kProfiles.begin(), kProfiles.end(), [&](const Profile& p) { return p.name == name; });
  if (found != kProfiles.end()) return std::to_address(found);
  std::string known;
  for (const Profile& profile : kProfiles) fmt::format_to(std::back_inserter(known), ", {}", profile.name);
  const bool shown = can_be_shown(name);
  return refused_error(
      fmt::format("unknown Aztec profile{}: known are {}", shown ? fmt::format(" \"{}\"", name) : "", known.substr(2)),
      "another version of coterie may know it");
}

}  // namespace coterie::account::aztec
