// Names of signers and multisigs, and others' words as they are shown.
#include "ceremony/message.h"
#include "ceremony/name.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

namespace {

std::size_t code_points(std::string_view text) {
  std::size_t count = 0;
  for (; !text.empty(); ++count) check(ceremony::take_code_point(text).has_value(), "what is shown is UTF-8");
  return count;
}

void check_allowed(std::string_view name) {
  check(!name.empty() && name.size() <= ceremony::kMaxNameBytes, "a name is within its bounds");
  check(code_points(name) <= ceremony::kMaxNameCodePoints, "a name is within its bounds");
  check(fuzz::is_displayable(name), "a name can be shown");
  check(name.find('/') == name.npos && name.front() != '.' && name.front() != '-', "a name is no path and no option");
  const std::string folded = ceremony::fold_name(name);
  check(ceremony::fold_name(folded) == folded, "folding twice is folding once");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  const auto allowed = ceremony::check_name(text, "signer name");
  fuzz::check_refusal(allowed);
  if (allowed) check_allowed(text);

  const std::string shown = ceremony::escape(text, 32);
  check(fuzz::is_displayable(shown), "what is shown is seen and not obeyed");
  check(code_points(shown) <= 32 * 10 + 1, "what is shown is bounded");  // "\u{10FFFF}" for each, and "…"

  const std::string reason = ceremony::shorten_reason(text);
  check(reason.size() <= ceremony::kMaxReason, "a reason is bounded");
  code_points(reason);

  const std::string argument = ceremony::shell_argument(text);
  if (argument.find('\'') == argument.npos) {
    check(argument.find_first_of(" \t\n;&|<>$`\"\\*?()[]{}#~!") == argument.npos || argument.starts_with("-- "),
          "an argument that a shell would read otherwise is quoted");
  }
  return 0;
}
