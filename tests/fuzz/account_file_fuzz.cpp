// Aztec accounts in somebody's file, the reference's multisigs.json among them: no error quotes a secret.
#include "account/account_file.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using account::AccountFile;
using fuzz::check;

namespace {

constexpr std::size_t kMostEntries = 8;  // that are looked at

template <class T>
void check_secret_refusal(const Result<T>& result) {
  if (!result) fuzz::check_secret_error(result.error());
}

void check_multisig(const account::ReferenceMultisig& multisig, const account::AztecAccount& account) {
  check(multisig.threshold >= 1 && multisig.threshold <= static_cast<std::int64_t>(multisig.signers.size()),
        "a threshold can be met");
  check(multisig.signers.size() <= account::kMaxReferenceSigners, "signers are bounded");
  const auto again = AccountFile::parse(account::write_reference_multisig(multisig, account));
  check(again && again->is_multisig(0), "what is written is read as what it is");
  const auto read = again->multisig(0);
  check(read && *read == multisig, "parse(serialize(x)) is x");
  const auto same = again->account(0);
  check(same.ok(), "what is written has its account");
  check(account::derive_claimed_account(*same, std::string(account.public_part().profile)).ok(),
        "what is written claims what is right");
}

// Derives: a thousand times what the rest costs.
void check_derived(const account::FileAccount& account, const AccountFile& file, std::size_t index) {
  const auto derived = account::derive_claimed_account(account, std::nullopt);
  check_secret_refusal(derived);
  if (!derived) return;
  const SecretBytes written = derived->serialize();
  const auto again = account::AztecAccount::parse(written.text(), derived->public_part().profile);
  check(again && again->public_part() == derived->public_part(), "parse(serialize(x)) is x");
  if (!file.is_multisig(index)) return;
  if (const auto multisig = file.multisig(index)) check_multisig(*multisig, *derived);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = AccountFile::parse(SecretBytes::copy_of(BytesView(data, size)));
  check_secret_refusal(file);
  if (!file) return 0;
  check(file->size() >= 1 && size <= account::kMaxAccountFileBytes, "a file is within its bounds");
  bool derived = false;
  for (std::size_t index = 0; index < std::min(file->size(), kMostEntries); ++index) {
    const auto multisig = file->multisig(index);
    check_secret_refusal(multisig);
    const auto account = file->account(index);
    check_secret_refusal(account);
    if (!account) continue;
    account::describe_weakness(account->secrets);
    if (!std::exchange(derived, true)) check_derived(*account, *file, index);
  }
  return 0;
}
