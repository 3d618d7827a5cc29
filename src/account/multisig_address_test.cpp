#include "account/multisig_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace coterie::account {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kAccount1Address = "0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05";

std::string number(std::string_view end) {
  return "0x" + std::string(64 - end.size(), '0') + std::string(end);
}

void expect_refused(AccountKind kind, const std::string& address, const char* why) {
  const auto checked = check_multisig_address(kind, address);
  ASSERT_FALSE(checked.ok()) << address;
  EXPECT_EQ(checked.error().kind, ErrorKind::refused) << address;
  EXPECT_THAT(checked.error().message, HasSubstr(why)) << address;
}

TEST(MultisigAddressTest, OfAztecIsTheCanonicalXOfAPoint) {
  for (const std::string& address : {std::string(kAccount1Address), number("1"), number("e")}) {
    EXPECT_TRUE(check_multisig_address(AccountKind::aztec_schnorr, address).ok()) << address;
  }
  const char* form = "not \"0x\" and 64 lower-case hexadecimal digits";
  for (const std::string& address :
       {std::string(), std::string("0x"), std::string("0x1"), number("1").substr(2), number("1") + "0", number("E"),
        "0X" + number("1").substr(2), number("1").replace(40, 1, " "), number("1") + "\n"}) {
    expect_refused(AccountKind::aztec_schnorr, address, form);
  }
  expect_refused(AccountKind::aztec_schnorr, "0x" + std::string(64, 'f'), "not below the field's modulus");
  expect_refused(AccountKind::aztec_schnorr, "0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001",
                 "not below the field's modulus");
  for (const char* off_the_curve : {"0", "3", "4"}) {
    expect_refused(AccountKind::aztec_schnorr, number(off_the_curve), "no address");
  }
}

TEST(MultisigAddressTest, OfAnOpaqueAccountsChainIsLowerCaseHexadecimalOfAnyLength) {
  for (const std::string& address : {std::string("0x0"), std::string("0x00000000219ab540356cbb839cbe05303d7705fa"),
                                     std::string(kAccount1Address), "0x" + std::string(64, 'f')}) {
    EXPECT_TRUE(check_multisig_address(AccountKind::opaque, address).ok()) << address;
  }
  for (const std::string& address :
       {std::string(), std::string("0x"), std::string("1f"), std::string("0X1f"), std::string("0x1F"),
        std::string("0x1g"), std::string("0x1 "), "0x" + std::string(65, '1'), std::string("0x1\0", 4)}) {
    expect_refused(AccountKind::opaque, address, "not \"0x\" and 1 to 64 lower-case hexadecimal digits");
  }
}

}  // namespace
}  // namespace coterie::account
