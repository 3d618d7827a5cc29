// QR codes for terminals: an invite that a telephone or another machine's camera reads off the screen.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coterie::cli {

// Lines of UTF-8 half blocks, two modules above each other in one character, light modules drawn: right on terminals
// with a dark background, and read inverted by most cameras on others. Nothing when the text is too long for a QR code
// or the code with its quiet zone is wider than `columns`.
std::optional<std::vector<std::string>> render_qr_code(std::string_view text, int columns);

}  // namespace coterie::cli
