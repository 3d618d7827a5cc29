#include "cli/progress_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "cli/file.h"

namespace coterie::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class ProgressViewTest : public testing::Test {
 protected:
  std::ostringstream out_;
  std::ostringstream err_;
  Terminal terminal_;
  Context context_{out_, err_, terminal_};
  const InviteEvent invite_{"coterie://h:1/r#s.b", "12345 67890", "ws://h:1", "reachable from anywhere"};
};

TEST_F(ProgressViewTest, WithoutATerminalEveryChangeIsALine) {
  ProgressView view(context_, {});
  view.on_peer({"bob", {}, PeerState::joined, {}});
  view.on_peer({"bob", {}, PeerState::connected, LinkPath::host});
  view.finish();
  EXPECT_THAT(out_.str(), HasSubstr("bob joined\n"));
  EXPECT_THAT(out_.str(), HasSubstr("bob connected host\n"));
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
}

TEST_F(ProgressViewTest, OthersTextIsEscapedInWords) {
  ProgressView view(context_, {});
  view.on_peer({"b\x1b[2Job", {}, PeerState::joined, {}});
  view.finish();
  EXPECT_THAT(out_.str(), Not(HasSubstr("\x1b")));
}

TEST_F(ProgressViewTest, WithJsonStandardOutputHasOnlyEvents) {
  context_.options.json = true;
  ProgressView view(context_, {});
  view.on_invite(invite_);
  view.on_peer({"bob", {}, PeerState::absent, {}});
  view.on_notice("bob has not come yet");
  view.finish();
  std::istringstream lines(out_.str());
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_EQ(line.rfind(R"({"event":")", 0), 0u) << line;
  EXPECT_EQ(count, 2);
  EXPECT_THAT(err_.str(), HasSubstr("bob has not come yet"));
}

TEST_F(ProgressViewTest, WhatAHookComplainsOfIsOnStandardErrorAlsoWithQuiet) {
  for (const bool json : {false, true}) {
    context_.options.json = json;
    context_.options.quiet = true;
    err_.str({});
    ProgressView view(context_, {});
    view.on_hook_output("no funds");
    view.finish();
    EXPECT_EQ(err_.str(), "no funds\n");
    EXPECT_EQ(out_.str(), "");
  }
}

TEST_F(ProgressViewTest, QuietStillShowsTheInviteThatNobodyCanDoWithout) {
  context_.options.quiet = true;
  ProgressView view(context_, {});
  view.on_invite(invite_);
  view.on_peer({"bob", {}, PeerState::joined, {}});
  view.on_notice("waiting");
  view.finish();
  EXPECT_THAT(out_.str(), HasSubstr(invite_.invite));
  EXPECT_THAT(out_.str(), HasSubstr(invite_.verification_code));
  EXPECT_THAT(out_.str(), Not(HasSubstr("bob")));
  EXPECT_THAT(out_.str(), Not(HasSubstr("waiting")));
}

// Whoever waits for the event may read the file at once.
TEST_F(ProgressViewTest, TheInviteFileIsThereWhenTheInviteIsTold) {
  std::string directory = (std::filesystem::temp_directory_path() / "coterie-progress-test-XXXXXX").string();
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::filesystem::path file = std::filesystem::path(directory) / "invite";
  ProgressOptions options;
  options.invite_file = file;
  ProgressView view(context_, std::move(options));
  view.on_invite(invite_);
  view.finish();
  const auto text = read_text(file, 1000, "invite");
  std::filesystem::remove_all(directory);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, invite_.invite + "\n");
}

TEST_F(ProgressViewTest, ConsentIsAskedWithTheProposalInView) {
  ProgressOptions options;
  options.consent.yes = true;
  ProgressView view(context_, std::move(options));
  ConsentRequest request;
  request.name = "treasury";
  request.creator = "alice";
  request.threshold = 1;
  request.signers = {{"alice", {}, "12345", Standing::contact, {}}, {"bob", {}, "67890", Standing::self, {}}};
  const auto answer = view.ask_consent(request, {});
  view.finish();
  EXPECT_EQ(answer.choice, ConsentAnswer::Choice::accept);
  EXPECT_THAT(out_.str(), HasSubstr("treasury"));
  EXPECT_THAT(out_.str(), HasSubstr("alice (contact)"));
}

}  // namespace
}  // namespace coterie::cli
