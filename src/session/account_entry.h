// Which account of a file is meant, where it holds several: by the name that its entry gives itself.
#pragma once

#include <optional>
#include <string>

#include "account/account_file.h"
#include "base/result.h"

namespace coterie::session {

// The index of the entry that is called `name`; without a name that of the only one there is. Kind usage, naming those
// there are: none of that name, two of it, or several and no name.
Result<std::size_t> choose_entry(const account::AccountFile& file, const std::optional<std::string>& name);

}  // namespace coterie::session
