// The vault from outside, and with a passphrase whether it opens. Makes and changes nothing.
#pragma once

#include <filesystem>
#include <optional>

#include "base/secret.h"
#include "doctor/finding.h"

namespace coterie::doctor {

Findings check_vault(const std::filesystem::path& home, const std::optional<Passphrase>& passphrase);

}  // namespace coterie::doctor
