#include "session/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "session/record_fixture.h"

namespace coterie::session {
namespace {

using ::testing::HasSubstr;

SecretBytes replaced(const SecretBytes& text, std::string_view from, std::string_view to) {
  std::string changed(text.text());
  const std::size_t at = changed.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  changed.replace(at, from.size(), to);
  return SecretBytes::copy_of(changed);
}

void expect_refused(const SecretBytes& text, const char* why) {
  const auto parsed = Draft::parse(text);
  ASSERT_FALSE(parsed) << why;
  EXPECT_EQ(parsed.error().kind, ErrorKind::refused) << why;
  EXPECT_THAT(parsed.error().message, HasSubstr(why));
}

TEST(DraftTest, IsReadBackWhole) {
  RecordFixture fixture;
  Draft draft = fixture.draft();
  for (const bool abandoned : {false, true}) {
    draft.abandoned = abandoned;
    draft.hook_with_secrets = abandoned;
    draft.imported = abandoned;
    if (abandoned) draft.venue = {"ws://192.0.2.7:8081", 0, "127.0.0.1", "meet.example.org:1"};
    const SecretBytes text = draft.serialize();
    const auto parsed = Draft::parse(text);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_TRUE(parsed->serialize().equals(text.view()));
    EXPECT_EQ(parsed->name, draft.name);
    EXPECT_EQ(parsed->signer, draft.signer);
    EXPECT_EQ(parsed->room, draft.room);
    EXPECT_EQ(parsed->room_salt, draft.room_salt);
    EXPECT_EQ(parsed->created_at, draft.created_at);
    EXPECT_EQ(parsed->threshold, draft.threshold);
    EXPECT_EQ(parsed->signers, draft.signers);
    EXPECT_TRUE(parsed->account.serialize().equals(draft.account.serialize().view()));
    EXPECT_EQ(parsed->imported, draft.imported);
    EXPECT_EQ(parsed->hook, draft.hook);
    EXPECT_EQ(parsed->hook_with_secrets, draft.hook_with_secrets);
    EXPECT_EQ(parsed->venue.signaling, draft.venue.signaling);
    EXPECT_EQ(parsed->venue.port, draft.venue.port);
    EXPECT_EQ(parsed->venue.listen, draft.venue.listen);
    EXPECT_EQ(parsed->venue.advertise, draft.venue.advertise);
    EXPECT_EQ(parsed->abandoned, draft.abandoned);
  }
}

TEST(DraftTest, BecomesTheManifestWithTheAddress) {
  RecordFixture fixture;
  const Draft draft = fixture.draft();
  const auto made = ceremony::SignedManifest::create(draft.manifest("0x1f"), fixture.people[0].identity);
  ASSERT_TRUE(made) << made.error().message;
  const ceremony::Manifest& manifest = made->manifest();
  EXPECT_EQ(manifest.multisig_address, "0x1f");
  EXPECT_EQ(manifest.name, draft.name);
  EXPECT_EQ(manifest.threshold, draft.threshold);
  EXPECT_EQ(manifest.signers, draft.signers);
  EXPECT_EQ(manifest.account, draft.account.public_part());
  EXPECT_EQ(manifest.room, draft.room);
  EXPECT_EQ(manifest.created_at, draft.created_at);
}

TEST(DraftTest, RefusesWhatDoesNotBelongTogether) {
  RecordFixture fixture;
  const Draft draft = fixture.draft();
  const SecretBytes text = draft.serialize();
  const Draft other = fixture.draft();
  expect_refused(replaced(text, draft.room.text(), other.room.text()), "its room does not follow");
  expect_refused(replaced(text, draft.room_salt.text(), other.room_salt.text()), "its room does not follow");
  expect_refused(replaced(text, draft.signer.text(), fixture.key(1).text()), "its first signer is not its creator");
  const json::Value mine = account::to_json(draft.account.public_part());
  const json::Value others = account::to_json(other.account.public_part());
  expect_refused(replaced(text, json::serialize(mine), json::serialize(others)), "does not match");
  expect_refused(replaced(text, R"("hook":"/)", R"("hook":")"), "its hook is no absolute path");
  expect_refused(replaced(text, R"("threshold":2)", R"("threshold":4)"), "threshold 4");
  expect_refused(replaced(text, R"("version":1)", R"("version":2)"), "version");
  expect_refused(replaced(text, R"("name":"treasury")", R"("name":"tre/asury")"), "name");
  expect_refused(replaced(text, R"("abandoned":false)", R"("abandoned":0)"), "abandoned");
  expect_refused(replaced(text, R"("abandoned":false)", R"("abandoned":false,"more":1)"), "do not belong");
  expect_refused(replaced(text, R"("venue":{})", R"("venue":{"path":"/"})"), "do not belong");
}

TEST(DraftTest, RefusesEveryCutAndEveryAlteredByteOfItsForm) {
  RecordFixture fixture({"alice"});
  const SecretBytes text = fixture.draft().serialize();
  for (std::size_t size = 0; size < text.size(); size += 7) {
    EXPECT_FALSE(Draft::parse(SecretBytes::copy_of(text.text().substr(0, size)))) << size;
  }
  // Wherever it is still read, what it says is written the same again: nothing is passed over.
  for (std::size_t at = 0; at < text.size(); at += 3) {
    SecretBytes altered = text.clone();
    altered.data()[at] ^= 1;
    const auto parsed = Draft::parse(altered);
    if (parsed) {
      EXPECT_TRUE(parsed->serialize().equals(altered.view())) << at;
    }
  }
}

}  // namespace
}  // namespace coterie::session
