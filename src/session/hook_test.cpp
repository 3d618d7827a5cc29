#include "session/hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/json.h"
#include "session/record_fixture.h"

namespace coterie::session {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAddress = "0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05";

class HookTest : public ::testing::Test {
 protected:
  HookTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "coterie-hook-XXXXXX").string();
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  ~HookTest() override { std::filesystem::remove_all(directory_); }

  std::string script(const std::string& body, mode_t mode = 0700) {
    std::string path = directory_ / "the hook";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  HookRun run(const std::string& body) {
    HookRun run;
    run.program = script(body);
    run.on_output = [this](const std::string& line) { complaints_.push_back(line); };
    return run;
  }

  RecordFixture fixture_;
  std::filesystem::path directory_;
  std::vector<std::string> complaints_;
};

std::vector<std::string> keys(const json::Value& value) {
  std::vector<std::string> names;
  for (const auto& member : value.as_object()) names.emplace_back(member.key());
  return names;
}

json::Value parsed(const SecretBytes& text) {
  return *json::parse(text.text(), text.size(), "input");
}

TEST_F(HookTest, IsToldTheTermsOfADraftAndNoSecret) {
  const Draft draft = fixture_.draft();
  const json::Value told = parsed(deploy_input(draft));
  EXPECT_THAT(keys(told), ElementsAre("id", "name", "threshold", "signers", "account"));
  EXPECT_EQ(told.at("id"), draft.room.text().c_str());
  EXPECT_EQ(told.at("account"), account::to_json(draft.account.public_part()));
  EXPECT_EQ(told.at("signers").as_array().size(), 3u);
  EXPECT_EQ(told.at("signers").at(0).at("sign_key"), draft.signer.text().c_str());
  EXPECT_EQ(told.at("signers").at(1).at("fingerprint"), fixture_.people[1].card.fingerprint().c_str());
  EXPECT_THAT(json::serialize(told), Not(HasSubstr("canary")));
}

TEST_F(HookTest, IsToldTheChainKeyOfEachSignerWhoHasOne) {
  RecordFixture::Person& bob = fixture_.people[1];
  const auto own = account::AztecAccount::generate(account::kDefaultProfile, fixture_.random);
  ASSERT_TRUE(own);
  bob.card = ceremony::Card::create("bob", bob.identity, 1'700'000'000, *own, fixture_.random).value();
  const json::Value told = parsed(deploy_input(fixture_.draft()));
  EXPECT_THAT(keys(told.at("signers").at(0)), ElementsAre("name", "sign_key", "fingerprint"));
  EXPECT_THAT(keys(told.at("signers").at(1)), ElementsAre("name", "sign_key", "fingerprint", "aztec"));
  EXPECT_EQ(told.at("signers").at(1).at("aztec"), account::to_json(own->part()));
}

TEST_F(HookTest, IsToldTheSecretsWhenItIsToBe) {
  Draft opaque = fixture_.draft(fixture_.opaque_account(R"({"secret":"canary"})"));
  opaque.hook_with_secrets = true;
  EXPECT_EQ(parsed(deploy_input(opaque)).at("account").at("data"), R"({"secret":"canary"})");

  Draft aztec = fixture_.draft(*account::SharedStateAccount::generate(account::kDefaultProfile, fixture_.random));
  aztec.hook_with_secrets = true;
  const SecretBytes revealed = aztec.account.reveal();
  EXPECT_EQ(parsed(deploy_input(aztec)).at("account"), parsed(revealed));
}

TEST_F(HookTest, ThatChecksIsToldTheClaimAndWhoseItIs) {
  fixture_.multisig_address = "0x1f";
  const ceremony::Manifest manifest = fixture_.creator_record().manifest.manifest();
  const json::Value told = parsed(check_input(manifest));
  EXPECT_THAT(keys(told), ElementsAre("id", "name", "threshold", "signers", "account", "multisig_address", "creator"));
  EXPECT_EQ(told.at("multisig_address"), "0x1f");
  EXPECT_THAT(keys(told.at("creator")), ElementsAre("name", "sign_key"));
  EXPECT_EQ(told.at("creator").at("name"), "alice");
  EXPECT_EQ(told.at("creator").at("sign_key"), fixture_.key(0).text().c_str());
}

TEST_F(HookTest, AnswersOneAddressAndNothingElse) {
  const std::string answer = R"({"address":")" + std::string(kAddress) + R"("})";
  for (const std::string& around : {std::string(), std::string("\n"), std::string(" \r\n")}) {
    const auto address =
        parse_hook_answer(std::string(around).append(answer).append(around), AccountKind::aztec_schnorr);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(*address, kAddress);
  }
  EXPECT_EQ(*parse_hook_answer(R"({"address":"0x1f"})", AccountKind::opaque), "0x1f");
  for (const std::string& wrong :
       {std::string(), std::string("{}"), std::string("null"), std::string(kAddress), answer + answer,
        answer + "\n" + answer, std::string(R"(["address"])"), std::string(R"({"address":31})"),
        std::string(R"({"address":"0x1f"})"), std::string(R"({"address":"treasury.eth"})"),
        R"({"address":")" + std::string(kAddress) + R"(","more":1})", std::string(5000, ' ') + answer.substr(1),
        answer.substr(0, answer.size() - 1)}) {
    EXPECT_FALSE(parse_hook_answer(wrong, AccountKind::aztec_schnorr)) << wrong.substr(0, 100);
  }
}

TEST_F(HookTest, GivesTheAddressOfADeployedDraft) {
  const Draft draft = fixture_.draft();
  const auto address = run_deploy_hook(draft, run(R"(cat > /dev/null; echo '{"address":"0x1f"}'; echo done >&2)"));
  ASSERT_TRUE(address) << address.error().message;
  EXPECT_EQ(*address, "0x1f");
  EXPECT_THAT(complaints_, ElementsAre("done"));
}

TEST_F(HookTest, SaysHowItFailed) {
  const Draft draft = fixture_.draft();
  for (const auto& [body, why] : std::vector<std::pair<const char*, const char*>>{
           {"exit 3", "the hook ended with exit code 3"},
           {"kill -9 $$", "the hook was ended by signal 9 (Killed)"},
           {"echo 0x1f", "ended well, but without an address: its answer"},
           {"yes", "the hook wrote more than 4096 bytes to its standard output and was stopped"}}) {
    const auto address = run_deploy_hook(draft, run(body));
    ASSERT_FALSE(address) << body;
    EXPECT_EQ(address.error().kind, ErrorKind::environment) << body;
    EXPECT_THAT(address.error().message, AllOf(HasSubstr("the deploy hook /"), HasSubstr(why))) << body;
  }
  HookRun slow = run("sleep 1000");
  slow.timeout = std::chrono::milliseconds(20);
  EXPECT_THAT(run_deploy_hook(draft, slow).error().message, HasSubstr("did not end within 0.02 s and was stopped"));
  HookRun gone = run("exit 0");
  std::filesystem::remove(gone.program);
  EXPECT_THAT(run_deploy_hook(draft, gone).error().message, HasSubstr("start the deploy hook /"));
}

TEST_F(HookTest, IsInterruptedByAStopAndByATick) {
  const Draft draft = fixture_.draft();
  std::stop_source stop;
  HookRun stopped = run("echo waiting >&2; sleep 1000");
  stopped.stop = stop.get_token();
  stopped.on_output = [&](const std::string&) { stop.request_stop(); };
  EXPECT_EQ(run_deploy_hook(draft, stopped).error().kind, ErrorKind::interrupted);
  HookRun ticked = run("sleep 1000");
  ticked.on_tick = [] { return false; };
  EXPECT_EQ(run_deploy_hook(draft, ticked).error().kind, ErrorKind::interrupted);
}

TEST_F(HookTest, ThatChecksAcceptsByItsExitCodeAlone) {
  fixture_.multisig_address = "0x1f";
  const ceremony::Manifest manifest = fixture_.creator_record().manifest.manifest();
  EXPECT_TRUE(run_check_hook(manifest, run("echo anything")));
  const auto refused = run_check_hook(manifest, run("echo '{\"address\":\"0x1f\"}'; exit 1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::environment);
  EXPECT_THAT(refused.error().message, HasSubstr("the check hook /"));
}

TEST_F(HookTest, ReachesNoTerminalUnescaped) {
  HookRun hostile = run(R"(printf 'a\033[2J\302\233b\377\n' >&2; exit 1)");
  EXPECT_FALSE(run_deploy_hook(fixture_.draft(), hostile));
  EXPECT_THAT(complaints_, ElementsAre("a\\u{1B}[2J\\u{9B}b\\x{FF}"));
}

TEST_F(HookTest, IsAnyFileThatMayBeRun) {
  EXPECT_TRUE(check_hook_program(script("exit 0"), "--deploy-hook"));
  for (const auto& [path, why] :
       std::vector<std::pair<std::string, const char*>>{{directory_ / "missing", "No such file"},
                                                        {directory_, "not a program that you may run"},
                                                        {script("exit 0", 0600), "not a program that you may run"}}) {
    const auto checked = check_hook_program(path, "--deploy-hook");
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().kind, ErrorKind::usage);
    EXPECT_THAT(checked.error().message, AllOf(HasSubstr("--deploy-hook " + path), HasSubstr(why)));
  }
}

TEST_F(HookTest, IsKnownByItsAbsolutePath) {
  EXPECT_EQ(*absolute_hook("/opt/deploy", "--deploy-hook"), "/opt/deploy");
  EXPECT_EQ(*absolute_hook("deploy", "--deploy-hook"), (std::filesystem::current_path() / "deploy").string());
  for (const char* wrong : {"", "/opt/\xff"}) {
    const auto path = absolute_hook(wrong, "--check-hook");
    ASSERT_FALSE(path) << wrong;
    EXPECT_EQ(path.error().kind, ErrorKind::usage);
    EXPECT_THAT(path.error().message, HasSubstr("--check-hook"));
  }
}

}  // namespace
}  // namespace coterie::session
