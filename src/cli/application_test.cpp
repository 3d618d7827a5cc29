#include "cli/application.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <sstream>

namespace coterie::cli {
namespace {

using testing::HasSubstr;

class ApplicationTest : public testing::Test {
 protected:
  void parse(std::vector<std::string> words) {
    app_ = create_command_line(context_);      // anew: what is bound to the options keeps the values of an earlier line
    std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
    app_->parse(std::move(words));
  }
  // Parses and runs; in a home that is not there, so nothing but the options can be the reason.
  Result<void> run(std::vector<std::string> words) {
    words.insert(words.end(), {"--home", "/nonexistent"});
    parse(std::move(words));
    return context_.action();
  }

  std::ostringstream out_;
  std::ostringstream err_;
  Terminal terminal_;
  Context context_{out_, err_, terminal_};
  std::unique_ptr<CLI::App> app_;
};

TEST_F(ApplicationTest, TakesGlobalOptionsAnywhereOnTheLine) {
  parse({"--json", "multisig", "--home", "/h", "show", "treasury", "--signer", "bob", "-vv", "--quiet"});
  EXPECT_TRUE(context_.options.json);
  EXPECT_TRUE(context_.options.quiet);
  EXPECT_EQ(context_.options.home, "/h");
  EXPECT_EQ(context_.options.signer, "bob");
  EXPECT_EQ(context_.options.verbosity, 2);
  EXPECT_TRUE(context_.action);
}

TEST_F(ApplicationTest, EveryLevelRequiresACommand) {
  for (const char* level : {"signer", "contact", "multisig", "aztec", "signaling"}) {
    EXPECT_THROW(parse({level}), CLI::RequiredError) << level;
  }
  EXPECT_THROW(parse({}), CLI::RequiredError);
}

TEST_F(ApplicationTest, ASignerMayBeCalledLikeACommand) {
  const auto result = run({"multisig", "create", "show", "2", "signer", "multisig", "create", "demo"});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("no vault"));
}

// CLI11 would give a repeatable option every word that follows.
TEST_F(ApplicationTest, ARepeatableOptionTakesOneValueEachTime) {
  const auto result = run({"multisig", "create", "--stun", "stun:a.example", "--stun", "stun:b.example:3478",
                           "treasury", "2", "alice", "bob"});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("no vault"));
}

TEST_F(ApplicationTest, WrongValuesAreUsageErrorsThatNameTheOption) {
  const std::vector<std::string> create{"multisig", "create", "treasury", "2", "alice", "bob"};
  const std::vector<std::pair<std::string, std::string>> wrong{{"--join-timeout", "10"},
                                                               {"--connect-timeout", "0s"},
                                                               {"--port", "65536"},
                                                               {"--stun", "turn:a.example"},
                                                               {"--ice-policy", "some"}};
  for (const auto& [option, value] : wrong) {
    auto words = create;
    words.insert(words.end(), {option, value});
    const auto result = run(words);
    ASSERT_FALSE(result.ok()) << option;
    EXPECT_EQ(result.error().kind, ErrorKind::usage);
    EXPECT_THAT(result.error().message, HasSubstr(option));
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(ApplicationTest, ANegativeThresholdIsAThresholdNotAnOption) {
  const auto result = run({"multisig", "create", "treasury", "-1", "alice", "bob"});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.error().message, HasSubstr("THRESHOLD must be"));
}

TEST_F(ApplicationTest, AServerOfOnesOwnAndAnotherExcludeEachOther) {
  EXPECT_THROW(parse({"multisig", "create", "treasury", "1", "alice", "--signaling", "ws://h:1", "--port", "0"}),
               CLI::ExcludesError);
}

// With --json whoever reads the events gets a last one also when the run could not begin.
TEST_F(ApplicationTest, ARunThatCannotBeginStillEndsWithAResult) {
  const auto result = run({"multisig", "resume", "treasury", "--json"});
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(out_.str(), HasSubstr(R"("event":"result")"));
  EXPECT_THAT(out_.str(), HasSubstr(R"("status":"failed")"));
  EXPECT_THAT(out_.str(), HasSubstr(R"("kind":"usage")"));
}

TEST_F(ApplicationTest, TheDemoChecksItsTermsBeforeItMakesAnything) {
  for (const auto& [signers, threshold] : std::vector<std::pair<std::string, std::string>>{
           {"0", "1"}, {"9", "2"}, {"3", "4"}, {"3", "0"}, {"three", "2"}}) {
    const auto result = run({"demo", "--signers", signers, "--threshold", threshold});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::usage);
  }
}

}  // namespace
}  // namespace coterie::cli
