#include "cli/events.h"

#include <gtest/gtest.h>

namespace coterie::cli {
namespace {

using namespace std::chrono_literals;

TEST(EventsTest, TheInviteComesWithItsCode) {
  EXPECT_EQ(event_line("invite", 42ms, invite_fields({"coterie://h:1/r#s.b", "12345 67890", "ws://h:1", "reach"})),
            R"({"event":"invite","t":0.042,"invite":"coterie://h:1/r#s.b","verification_code":"12345 67890"})");
}

TEST(EventsTest, APeerHasItsStateAndOnceConnectedItsPath) {
  EXPECT_EQ(event_line("peer", 1500ms, peer_fields({"bob", {}, PeerState::joined, {}})),
            R"({"event":"peer","t":1.500,"signer":"bob","state":"joined"})");
  EXPECT_EQ(event_line("peer", 61'007ms, peer_fields({"bob", {}, PeerState::connected, LinkPath::srflx})),
            R"({"event":"peer","t":61.007,"signer":"bob","state":"connected","path":"srflx"})");
}

TEST(EventsTest, OthersTextStaysOneLineOfJson) {
  EXPECT_EQ(event_line("peer", 0ms, peer_fields({"b\n\"\x1b[31m", {}, PeerState::failed, {}})),
            R"({"event":"peer","t":0.000,"signer":"b\n\"\u001b[31m","state":"failed"})");
}

TEST(EventsTest, TheResultHasTheMultisigOrTheError) {
  EXPECT_EQ(event_line("result", 2s, result_fields(json::Object{{"name", "treasury"}}, {})),
            R"({"event":"result","t":2.000,"status":"complete","multisig":{"name":"treasury"}})");
  EXPECT_EQ(
      event_line("result", 2s, result_fields({}, Error{ErrorKind::timed_out, "no receipt from bob", "try again"})),
      R"({"event":"result","t":2.000,"status":"failed",)"
      R"("error":{"kind":"timed_out","message":"no receipt from bob","hint":"try again"}})");
  const Error coded{ErrorKind::timed_out, "no link (link-checks) to bob", "", "link-checks"};
  EXPECT_EQ(event_line("result", 2s, result_fields({}, coded)),
            R"({"event":"result","t":2.000,"status":"failed",)"
            R"("error":{"kind":"timed_out","message":"no link (link-checks) to bob","hint":"","code":"link-checks"}})");
}

TEST(EventsTest, AnEventWithoutFieldsIsStillAnObject) {
  EXPECT_EQ(event_line("end", 0ms, {}), R"({"event":"end","t":0.000})");
}

}  // namespace
}  // namespace coterie::cli
