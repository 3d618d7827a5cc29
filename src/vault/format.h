// The form of a vault file: which tables stand in it, and that nothing else does.
#pragma once

#include "base/result.h"
#include "vault/header.h"
#include "vault/sqlite.h"

namespace coterie::vault {

// Tables, header and marks of a vault without a root, into an empty database. Inside a transaction of the caller's.
Result<void> write_format(Database& database, const Header& header);

// Kind refused: not a vault, of a newer version, or with a schema that is not ours (and so with nothing in it that
// would run).
Result<void> check_format(const Database& database);

// Kind refused when there is none, or a damaged one.
Result<Header> load_header(const Database& database);
Result<void> replace_header(Database& database, const Header& header);

}  // namespace coterie::vault
