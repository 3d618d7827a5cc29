#include "session/consent.h"

#include <gtest/gtest.h>

#include <string>

namespace coterie::session {
namespace {

const std::string kDigits = "123456789012345678901234567890";

class AnswerTest : public testing::Test {
 protected:
  AnswerTest() {
    request_.name = "treasury";
    request_.verification_code = "12345 67890 12345 67890 12345 67890";
    request_.taken_name = "payroll";
    answer_.choice = ConsentAnswer::Choice::accept;
  }
  // Nothing when the answer will do.
  std::optional<ErrorKind> objection() const {
    const auto checked = check_answer(request_, answer_);
    return checked ? std::nullopt : std::optional(checked.error().kind);
  }

  ConsentRequest request_;
  ConsentAnswer answer_;
};

TEST_F(AnswerTest, NeedsACodeOnlyWhereSomeSignerIsNew) {
  EXPECT_EQ(objection(), std::nullopt);
  request_.code_needed = true;
  EXPECT_EQ(objection(), ErrorKind::usage);
  answer_.code = kDigits;
  EXPECT_EQ(objection(), std::nullopt);
}

TEST_F(AnswerTest, WithAnotherCodeIsRefusedAlsoWhereNoneIsNeeded) {
  answer_.code = std::string(30, '0');
  EXPECT_EQ(objection(), ErrorKind::refused);
  request_.code_needed = true;
  EXPECT_EQ(objection(), ErrorKind::refused);
}

TEST_F(AnswerTest, HasANameThatARecordCanHold) {
  request_.local_name_needed = true;
  EXPECT_EQ(objection(), ErrorKind::usage);
  for (const std::string& name : {std::string(), std::string("a/b"), std::string("\xff"), std::string(600, 'x')}) {
    answer_.local_name = name;
    EXPECT_EQ(objection(), ErrorKind::usage) << name;
  }
  answer_.local_name = "shared";
  EXPECT_EQ(objection(), std::nullopt);
}

TEST_F(AnswerTest, ThatNobodyCouldGiveIsItsOwnError) {
  answer_.choice = ConsentAnswer::Choice::cannot_ask;
  answer_.error = environment_error("no terminal");
  EXPECT_EQ(objection(), ErrorKind::environment);
}

}  // namespace
}  // namespace coterie::session
