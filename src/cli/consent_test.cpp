#include "cli/consent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

using testing::HasSubstr;

const std::string kCode = "12345 67890 12345 67890 12345 67890";
const std::string kDigits = "123456789012345678901234567890";

ConsentRequest request() {
  ConsentRequest request;
  request.name = "treasury";
  request.creator = "alice";
  request.threshold = 2;
  request.signers = {{"alice", {}, kCode, Standing::contact, {}},
                     {"bob", {}, kCode, Standing::self, {}},
                     {"carol", {}, kCode, Standing::contact, {}}};
  request.account = OpaquePublic{};
  request.verification_code = kCode;
  return request;
}

// Without a terminal: only the options can answer.
ConsentAnswer answer_to(const ConsentRequest& request, const ConsentOptions& options) {
  Terminal terminal;
  return obtain_consent(request, options, terminal, [](const std::string&) {}, {});
}

TEST(ConsentTest, YesAcceptsWhenEverySignerIsAContact) {
  EXPECT_EQ(answer_to(request(), {true, {}}).choice, ConsentAnswer::Choice::accept);
}

TEST(ConsentTest, YesAloneNeverAcceptsAnUnknownSigner) {
  ConsentRequest unknown = request();
  unknown.code_needed = true;
  const ConsentAnswer answer = answer_to(unknown, {true, {}});
  EXPECT_EQ(answer.choice, ConsentAnswer::Choice::cannot_ask);
  EXPECT_EQ(answer.error.kind, ErrorKind::usage);
  EXPECT_THAT(answer.error.hint, HasSubstr("--code"));
}

TEST(ConsentTest, TheCodeReplacesTheComparisonOnly) {
  ConsentRequest unknown = request();
  unknown.code_needed = true;
  const ConsentAnswer accepted = answer_to(unknown, {true, kDigits});
  EXPECT_EQ(accepted.choice, ConsentAnswer::Choice::accept);
  EXPECT_EQ(accepted.code, kDigits);
  EXPECT_EQ(answer_to(unknown, {false, kDigits}).choice, ConsentAnswer::Choice::cannot_ask);
}

TEST(ConsentTest, AnotherCodeIsRefusedAndDeclinesNothing) {
  ConsentRequest unknown = request();
  unknown.code_needed = true;
  std::string other = kDigits;
  other.back() = '1';
  const ConsentAnswer answer = answer_to(unknown, {true, other});
  EXPECT_EQ(answer.choice, ConsentAnswer::Choice::cannot_ask);
  EXPECT_EQ(answer.error.kind, ErrorKind::refused);
}

// Who gives a code wants it compared, also where every signer is a contact: one of them may have replaced the invite.
TEST(ConsentTest, AnotherCodeIsRefusedAlsoWhereNoneIsNeeded) {
  std::string other = kDigits;
  other.back() = '1';
  const ConsentAnswer answer = answer_to(request(), {true, other});
  EXPECT_EQ(answer.choice, ConsentAnswer::Choice::cannot_ask);
  EXPECT_EQ(answer.error.kind, ErrorKind::refused);
  EXPECT_EQ(answer_to(request(), {true, kDigits}).choice, ConsentAnswer::Choice::accept);
}

TEST(ConsentTest, OptionsMayLeaveNothingToAsk) {
  ConsentRequest asked = request();
  EXPECT_FALSE(leaves_open(asked, {true, {}}));
  EXPECT_TRUE(leaves_open(asked, {false, kDigits}));
  asked.code_needed = true;
  EXPECT_TRUE(leaves_open(asked, {true, {}}));
  EXPECT_FALSE(leaves_open(asked, {true, kDigits}));
  asked.local_name_needed = true;
  EXPECT_TRUE(leaves_open(asked, {true, kDigits}));
}

TEST(ConsentTest, ATakenNameNeedsAnotherOne) {
  ConsentRequest taken = request();
  taken.local_name_needed = true;
  taken.taken_name = "payroll";
  const ConsentAnswer answer = answer_to(taken, {true, {}});
  EXPECT_EQ(answer.choice, ConsentAnswer::Choice::cannot_ask);
  EXPECT_EQ(answer.error.kind, ErrorKind::usage);
  EXPECT_THAT(answer.error.message, HasSubstr("another multisig payroll here"));
  EXPECT_THAT(answer.error.hint, HasSubstr("--as"));
}

TEST(ConsentTest, ShowsEverySignerWithStandingAndFingerprintWithinFortyColumns) {
  ConsentRequest shown = request();
  shown.signers[2].standing = Standing::unknown;
  std::string all;
  for (const std::string& line : describe_request(shown)) {
    EXPECT_LE(display_width(line), 40) << line;
    all += line + "\n";
  }
  EXPECT_THAT(all, HasSubstr("alice (contact)"));
  EXPECT_THAT(all, HasSubstr("bob (you)"));
  EXPECT_THAT(all, HasSubstr("carol (new)"));
  EXPECT_THAT(all, HasSubstr("2 of 3"));
  EXPECT_THAT(all, HasSubstr(kCode));
}

TEST(ConsentTest, ShowsTheMultisigAddressAsTheCreatorsWord) {
  ConsentRequest claimed = request();
  claimed.multisig_address = "0x1f";
  claimed.creator = "ali\x1b[2Jce";
  EXPECT_THAT(describe_request(claimed),
              testing::IsSupersetOf({"    0x1f", "    claimed by ali\\u{1B}[2Jce, not checked"}));
  for (const std::string& line : describe_request(request())) EXPECT_THAT(line, testing::Not(HasSubstr("claimed")));
}

TEST(ConsentTest, DoesNotShowTheCodeToWhoMustHearItFromAnother) {
  ConsentRequest unknown = request();
  unknown.verification_code = "99999 99999 99999 99999 99999 99999";
  unknown.code_needed = true;
  for (const std::string& line : describe_request(unknown)) EXPECT_THAT(line, testing::Not(HasSubstr("99999")));
}

TEST(ConsentTest, OthersTextReachesNoTerminalUnescaped) {
  ConsentRequest hostile = request();
  hostile.name = "treasury\x1b[2J";
  hostile.signers[0].name =
      "ali\xe2\x80\xae"
      "ce";
  for (const std::string& line : describe_request(hostile)) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find("\xe2\x80\xae"), std::string::npos);
  }
}

}  // namespace
}  // namespace coterie::cli
