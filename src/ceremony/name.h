// Names of signers and multisigs: what is allowed, when two are the same, and how others' text is shown.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace coterie::ceremony {

constexpr std::size_t kMaxNameCodePoints = 64;
constexpr std::size_t kMaxNameBytes = 256;

// Allowed: 1 to 64 code points of valid UTF-8 in at most 256 bytes; no '/', control, bidirectional or zero-width
// characters; not blanks alone; not starting with '-' (an option) or '.' (a hidden or parent directory). `what` names
// the name in the error ("signer name"); kind refused, because most names come from others.
Result<void> check_name(std::string_view name, std::string_view what);

// Two names are the same when their folded forms are equal: Unicode 14 simple case folding (statuses C and S of
// CaseFolding.txt) of every code point, one space for each run of blanks, none at the ends; no normalization. `name`
// has passed check_name.
std::string fold_name(std::string_view name);

// For a terminal or a log line: control, bidirectional and zero-width characters as \u{HEX}, bytes that are no UTF-8 as
// \x{HEX}, backslash doubled; cut after `max_code_points` with "…".
std::string escape(std::string_view text, std::size_t max_code_points = 256);

// The same for whole messages, in which some parts may be escaped already: line feeds and backslashes stay.
std::string escape_words(std::string_view text);

// "bob", "bob and carol", "bob, carol and dave".
std::string join_names(const std::vector<std::string>& names);

// A name or room as an argument of a command that a person copies into a shell: quoted where needed, for a creator
// chooses a multisig's name, and "x; reboot" is allowed.
std::string shell_argument(std::string_view name);

}  // namespace coterie::ceremony
