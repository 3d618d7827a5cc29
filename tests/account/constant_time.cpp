// constant_time PIECE: does one thing with secrets whose bytes valgrind's memcheck takes for undefined: so it reports
// each branch and each address that depends on them. constant_time_test.py reads the report.
#include <openssl/bn.h>
#include <valgrind/memcheck.h>

#include <cstdio>
#include <string_view>

#include "account/aztec/derivation.h"
#include "account/aztec/schnorr.h"

namespace coterie::account::aztec {
namespace {

class UndefinedRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    SystemRandom().fill(out);
    VALGRIND_MAKE_MEM_UNDEFINED(out.data(), out.size());
  }
};

bool run(std::string_view piece) {
  UndefinedRandom undefined;
  SystemRandom random;
  if (piece == "nonce") {
    return grumpkin::multiply_generator(Fq::draw(undefined)).ok();
  }
  if (piece == "private-key") {
    const auto key = schnorr::SigningKey::from_scalar(Fq::draw(undefined));
    key->sign(schnorr::message_of(Fr::from_integer(1)), random);
    return true;
  }
  if (piece == "secret-key") {
    return derive_master_public_keys(profiles().front(), Fr::draw(undefined)).ok();
  }
  if (piece == "text") {
    return Fq::draw(undefined).secret_text().size() == Fq::kTextSize;
  }
  if (piece == "division") {  // which the test must find
    const Fq secret = Fq::draw(undefined);
    const Number rest = make_number();
    const Number small = make_number();
    require(BN_set_word(small.get(), 0x123456789abcdef1));
    require(BN_nnmod(rest.get(), secret.number(), small.get(), make_scratch().get()));
    return true;
  }
  if (piece == "comparison") {  // likewise, a branch of ours
    const Fq secret = Fq::draw(undefined);
    std::array<std::uint8_t, Fq::kSize> bytes;
    secret.write(bytes);
    if (bytes[31] % 2 == 0) std::puts("even");
    return true;
  }
  return false;
}

}  // namespace
}  // namespace coterie::account::aztec

// NOLINTNEXTLINE(bugprone-exception-escape): an exception ends this program, which is what its caller looks at
int main(int count, char** arguments) {
  if (count != 2) return 2;
  return coterie::account::aztec::run(arguments[1]) ? 0 : 2;
}
