// Which account of a file is meant, where it holds several: by the name that its entry gives itself.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "account/account_file.h"
#include "base/result.h"

namespace coterie::session {

// How the program's user names one.
constexpr std::string_view kChooseByOption = "--name NAME chooses one, exactly as it is called there";
constexpr std::string_view kChooseByNewName =
    "of several accounts the one with the new name is taken: give the name that stands there, or a file with one "
    "account";

// The index of the entry that is called `name`; without a name that of the only one there is. Kind usage, naming those
// there are, with this hint: none of that name, two of it, or several and no name.
Result<std::size_t> choose_entry(const account::AccountFile& file, const std::optional<std::string>& name,
                                 std::string_view hint);

}  // namespace coterie::session
