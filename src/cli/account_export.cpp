#include "cli/account_export.h"

#include <spdlog/fmt/fmt.h>

#include "account/account_file.h"
#include "ceremony/name.h"
#include "cli/file.h"

namespace coterie::cli {

Result<ExportFormat> parse_export_format(const std::string& format) {
  if (format == "account") return ExportFormat::account;
  if (format == "reference") return ExportFormat::reference;
  return usage_error(fmt::format("--format \"{}\" is not known", ceremony::escape(format, 32)),
                     "give --format account or --format reference");
}

Result<account::AztecAccount> aztec_keys(const Account& account, std::string_view whose) {
  if (account.kind() == AccountKind::opaque) {
    return usage_error(fmt::format("{} has an opaque account: the reference's files hold Aztec accounts only", whose),
                       "--format account writes its exact bytes");
  }
  const SecretBytes revealed = account.reveal();
  COTERIE_TRY(const account::AccountFile file, account::AccountFile::parse(revealed));
  COTERIE_TRY(const account::FileAccount keys, file.account(0));
  return account::derive_claimed_account(keys, std::nullopt);
}

Result<void> export_account(Context& context, const std::string& path, const std::string& format,
                            const SecretBytes& text, std::string_view whose, std::string_view reader_can) {
  COTERIE_CHECK(write_file(path, text.view(), Existing::refuse));
  context.print(json::Object{{"file", path}, {"format", format}},
                fmt::format("the account of {} is in {}", whose, path));
  context.warn(fmt::format("it is not encrypted there: whoever reads that file {}", reader_can));
  return {};
}

}  // namespace coterie::cli
