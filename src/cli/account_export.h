// Secret accounts into files: new ones, which only their owner may read, and which are not encrypted.
#pragma once

#include <string>
#include <string_view>

#include "account/aztec_account.h"
#include "cli/command.h"
#include "coterie/account.h"

namespace coterie::cli {

enum class ExportFormat { account, reference };
// "account" or "reference", as --format says it. Kind usage.
Result<ExportFormat> parse_export_format(const std::string& format);

// The keys behind an account of kind aztec-schnorr; kind usage for an opaque one, which `whose` names.
Result<account::AztecAccount> aztec_keys(const Account& account, std::string_view whose);

// Writes mode 0600 to a path where nothing is yet, prints {file, format}, and warns of what whoever reads it can do.
Result<void> export_account(Context& context, const std::string& path, const std::string& format,
                            const SecretBytes& text, std::string_view whose, std::string_view reader_can);

}  // namespace coterie::cli
