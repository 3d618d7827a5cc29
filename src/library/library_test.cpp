// The public API as a caller meets it, without a network. Whole creations: tests/net and tests/package.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include "coterie/coterie.h"

namespace coterie {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class LibraryTest : public ::testing::Test {
 protected:
  LibraryTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "coterie-library-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~LibraryTest() override { std::filesystem::remove_all(directory_); }

  static Passphrase passphrase(std::string_view text = "correct") { return Passphrase(SecretBytes::copy_of(text)); }
  Vault make_vault(const std::string& name) {
    Vault vault = std::move(Vault::create(directory_ / name, passphrase()).value());
    EXPECT_TRUE(vault.create_signer(name).ok());
    return vault;
  }

  std::filesystem::path directory_;
};

TEST_F(LibraryTest, AVaultOpensWithItsPassphraseOnly) {
  EXPECT_FALSE(*Vault::exists(directory_ / "alice"));
  { const Vault vault = make_vault("alice"); }
  EXPECT_TRUE(*Vault::exists(directory_ / "alice"));
  EXPECT_EQ(Vault::open(directory_ / "alice", passphrase("wrong")).error().kind, ErrorKind::refused);
  EXPECT_EQ(Vault::open(directory_ / "bob", passphrase()).error().kind, ErrorKind::usage);
  auto again = Vault::open(directory_ / "alice", passphrase());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->signer()->name(), "alice");
}

TEST_F(LibraryTest, ABackupIsRehearsedAndRestoredWithThePassphraseItWasMadeWith) {
  Vault vault = make_vault("alice");
  ASSERT_TRUE(create_multisig(vault, {"alice"}, 1, "solo"));
  const auto file = directory_ / "alice.backup";
  const auto records = vault.backup(file);
  ASSERT_TRUE(records) << records.error().message;
  EXPECT_EQ(vault.backup(file).error().kind, ErrorKind::usage);
  ASSERT_TRUE(vault.change_passphrase(passphrase("new")));
  EXPECT_EQ(vault.signer()->name(), "alice");

  EXPECT_EQ(Vault::rehearse(file, passphrase("new")).error().kind, ErrorKind::refused);
  const auto contents = Vault::rehearse(file, passphrase());
  ASSERT_TRUE(contents) << contents.error().message;
  EXPECT_EQ(contents->records, *records);
  EXPECT_THAT(contents->signers, SizeIs(1));
  EXPECT_THAT(contents->contacts, IsEmpty());
  ASSERT_THAT(contents->multisigs, SizeIs(1));
  EXPECT_EQ(contents->multisigs[0], *vault.multisig("solo"));

  EXPECT_EQ(Vault::restore(directory_ / "alice", file, passphrase()).error().kind, ErrorKind::usage);
  auto restored = Vault::restore(directory_ / "again", file, passphrase());
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(*restored->multisig("solo"), *vault.multisig("solo"));
  EXPECT_TRUE(restored->account("solo")->reveal().equals(vault.account("solo")->reveal().view()));
}

TEST_F(LibraryTest, ANewPassphraseIsToldToWhoeverElseHasTheVaultOpen) {
  Vault vault = make_vault("alice");
  Vault other = std::move(Vault::open(directory_ / "alice", passphrase()).value());
  ASSERT_TRUE(vault.change_passphrase(passphrase("new")));
  EXPECT_EQ(vault.change_passphrase(passphrase("new")).error().kind, ErrorKind::usage);
  const auto refused = other.create_signer("second");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_THAT(refused.error().message, HasSubstr("was changed meanwhile"));
  EXPECT_FALSE(Vault::open(directory_ / "alice", passphrase()));
  EXPECT_THAT(*Vault::open(directory_ / "alice", passphrase("new"))->signers(), SizeIs(1));
}

TEST_F(LibraryTest, ASignerKeepsItsVaultOpen) {
  const Signer alice = [this] { return std::move(make_vault("alice").signer().value()); }();
  auto solo = exchange_shared_state_via_webrtc(alice, {}, std::move(Account::generate().value()), {"solo", 1});
  ASSERT_TRUE(solo) << solo.error().message;
  EXPECT_EQ(solo->status, MultisigStatus::complete);
}

TEST_F(LibraryTest, ACardThatContradictsAContactGetsNothing) {
  Vault alice = make_vault("alice");
  ASSERT_TRUE(alice.add_contacts({make_vault("bob").signer()->card()}));
  const Card other_bob = make_vault("other").create_signer("bob")->card();
  const auto refused = exchange_shared_state_via_webrtc(*alice.signer(), {other_bob},
                                                        std::move(Account::generate().value()), {"treasury", 2});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message, HasSubstr("same name, another key"));
  EXPECT_TRUE(alice.multisigs()->empty());
}

TEST_F(LibraryTest, TheFirstSignerIsCurrentUntilAnotherIsChosen) {
  Vault vault = make_vault("alice");
  ASSERT_TRUE(vault.create_signer("second"));
  EXPECT_EQ(vault.signer()->name(), "alice");
  EXPECT_TRUE(vault.use_signer("second")->current());
  EXPECT_EQ(vault.signer()->name(), "second");
  EXPECT_THAT(*vault.signers(), SizeIs(2));
  EXPECT_THAT(vault.signer("nobody").error().message, HasSubstr("nobody"));
}

TEST_F(LibraryTest, CardsTravelAsText) {
  Vault alice = make_vault("alice");
  Vault bob = make_vault("bob");
  const Card card = bob.signer()->card();
  const auto parsed = Card::parse(" " + card.text() + "\n");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(*parsed, card);
  EXPECT_EQ(*Card::parse(card.envelope()), card);
  EXPECT_EQ(parsed->fingerprint(), card.fingerprint());
  EXPECT_EQ(Card::parse(card.text().substr(0, 80)).error().kind, ErrorKind::refused);

  EXPECT_EQ(alice.add_contacts({card})->front().effect, ContactEffect::added);
  EXPECT_EQ(alice.add_contacts({card})->front().effect, ContactEffect::unchanged);
  EXPECT_EQ(alice.add_contacts({alice.signer()->card()})->front().effect, ContactEffect::own_signer);
  EXPECT_EQ(*alice.contact("bob"), card);
  EXPECT_EQ(*alice.remove_contact("bob"), card);
  EXPECT_THAT(*alice.contacts(), IsEmpty());
}

TEST_F(LibraryTest, AnotherCardOfAContactsNameTakesItsPlaceOnlyWhenAsked) {
  Vault alice = make_vault("alice");
  const Card first = make_vault("bob").signer()->card();
  std::filesystem::remove_all(directory_ / "bob");
  const Card second = make_vault("bob").signer()->card();
  ASSERT_TRUE(alice.add_contacts({first}));
  EXPECT_EQ(alice.add_contacts({second}).error().kind, ErrorKind::refused);
  const auto replaced = alice.add_contacts({second}, ReplaceContact::yes);
  ASSERT_TRUE(replaced);
  EXPECT_EQ(replaced->front().effect, ContactEffect::replaced);
  ASSERT_THAT(replaced->front().replaced, SizeIs(1));
  EXPECT_EQ(replaced->front().replaced.front(), first);
}

TEST_F(LibraryTest, AMultisigOfOneSignerHasAccountAndCertificate) {
  Vault vault = make_vault("alice");
  const auto created = create_multisig(vault, {"alice"}, 1, "solo");
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(*create_multisig(vault, {"alice"}, 1, "solo"), *created);  // the same again, no second account
  EXPECT_EQ(*vault.multisig("solo"), *created);
  EXPECT_EQ(*vault.multisig(created->room.text()), *created);
  EXPECT_THAT(*vault.multisigs(), SizeIs(1));
  EXPECT_EQ(created->signers.front().state, PeerState::complete);

  const auto account = vault.account("solo");
  ASSERT_TRUE(account);
  EXPECT_EQ(account->kind(), AccountKind::aztec_schnorr);
  EXPECT_EQ(account->public_part(), created->account);
  EXPECT_THAT(std::string(account->reveal().text()), HasSubstr("private_key"));

  const auto text = vault.certificate("solo");
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, Not(HasSubstr("private_key")));
  EXPECT_EQ(verify_certificate(*text)->signers.front().familiarity, Familiarity::not_compared);
  EXPECT_EQ(verify_certificate(*text, vault)->signers.front().familiarity, Familiarity::contact);
  Vault stranger = make_vault("bob");
  const auto seen = verify_certificate(*text, stranger);
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->signers.front().familiarity, Familiarity::unknown);
  EXPECT_EQ(seen->verification_code, created->verification_code);
  EXPECT_EQ(verify_certificate(text->substr(1)).error().kind, ErrorKind::refused);
}

TEST_F(LibraryTest, AnAccountOfOnesOwnIsKeptByteForByteAndSentOnce) {
  Vault vault = make_vault("alice");
  const std::string text = " {\"b\":1.50, \"a\":[]} ";
  auto account = Account::create_opaque(SecretBytes::copy_of(text));
  ASSERT_TRUE(account);
  EXPECT_EQ(account->kind(), AccountKind::opaque);
  ASSERT_TRUE(create_multisig(vault, {"alice"}, 1, "mine", std::move(*account)));
  EXPECT_EQ(vault.account("mine")->reveal().text(), text);
  EXPECT_EQ(Account::create_opaque(SecretBytes::copy_of(std::string_view("no json"))).error().kind, ErrorKind::usage);
  EXPECT_EQ(Account::generate("no profile").error().kind, ErrorKind::usage);
}

TEST_F(LibraryTest, AnAztecAccountOfOnesOwnIsReadFromAFileAndItsProfileIsATerm) {
  const auto made = Account::generate("3.0.0-devnet.5");
  ASSERT_TRUE(made);
  EXPECT_EQ(made->weakness(), "");
  auto read = Account::parse_aztec(made->reveal());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->public_part(), made->public_part());
  const auto other_profile = Account::parse_aztec(made->reveal(), "4.1.2");
  ASSERT_FALSE(other_profile);
  EXPECT_EQ(other_profile.error().kind, ErrorKind::usage);
  EXPECT_EQ(Account::parse_aztec(SecretBytes::copy_of(std::string_view("{}"))).error().kind, ErrorKind::usage);

  Vault vault = make_vault("alice");
  const auto created = create_multisig(vault, {"alice"}, 1, "mine", std::move(*read));
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(created->account, made->public_part());
  // A new account under that profile is what is there; under the default one it is another multisig.
  EXPECT_TRUE(create_multisig(vault, {"alice"}, 1, "mine", {.profile = "3.0.0-devnet.5"}));
  EXPECT_EQ(create_multisig(vault, {"alice"}, 1, "mine").error().kind, ErrorKind::usage);
  EXPECT_EQ(create_multisig(vault, {"alice"}, 1, "new", {.profile = "9.9.9"}).error().kind, ErrorKind::usage);
  const auto older = create_multisig(vault, {"alice"}, 1, "older", {.profile = "3.0.0-devnet.5"});
  ASSERT_TRUE(older);
  EXPECT_EQ(std::get<AztecPublic>(older->account).profile, "3.0.0-devnet.5");
}

TEST_F(LibraryTest, OfSeveralAccountsInAFileOneIsChosenByItsName) {
  const auto first = Account::generate();
  const auto second = Account::generate();
  const auto entry = [](std::string_view name, const Account& account) {
    return "{\"name\":\"" + std::string(name) + "\"," + std::string(account.reveal().text().substr(1));
  };
  const SecretBytes several = SecretBytes::copy_of("[" + entry("first", *first) + "," + entry("second", *second) + "]");
  EXPECT_EQ(Account::parse_aztec(several, std::nullopt, "second")->public_part(), second->public_part());
  const auto none = Account::parse_aztec(several);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::usage);
  EXPECT_THAT(none.error().message, HasSubstr("first and second"));
  // A file of one account is that account, whatever the caller calls it.
  EXPECT_TRUE(Account::parse_aztec(SecretBytes::copy_of(entry("first", *first)), std::nullopt, "treasury"));
}

TEST_F(LibraryTest, AnAccountThatAnybodyCouldHaveIsTold) {
  const auto weak = Account::parse_aztec(SecretBytes::copy_of(std::string_view(
      R"({"secretKey":"0x0000000000000000000000000000000000000000000000000000000000000035",)"
      R"("salt":"0x0000000000000000000000000000000000000000000000000000000000000065",)"
      R"("signingPrivateKey":"0x16a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322"})")));
  ASSERT_TRUE(weak);
  EXPECT_EQ(weak->weakness(), "has a secret key that anybody can guess: whoever does reads all that it receives");
  EXPECT_EQ(Account::create_opaque(SecretBytes::copy_of(std::string_view("{}")))->weakness(), "");
}

TEST_F(LibraryTest, AnImportedMultisigIsPendingUntilItIsCreatedOrGivenUp) {
  Vault vault = make_vault("alice");
  const SecretBytes file = SecretBytes::copy_of(std::string_view(
      R"([{"name":"company","threshold":1,"signers":["alice"],"createdAt":"2025-01-02T03:04:05.678Z",)"
      R"("sharedStateAccountSecretKey":"0x16a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322",)"
      R"("sharedStateAccountSaltKey":"0x0000000000000000000000000000000000000000000000000000000000000000",)"
      R"("sharedStateAccountPrivateKey":"0x16a09e667f3bcc908b2fb1366ea957d3e3adec17512775099da2f590b0667322"}])"));
  const auto imported = vault.import_multisig(file);
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_TRUE(imported->imported);
  EXPECT_EQ(imported->status, MultisigStatus::pending);
  EXPECT_EQ(imported->created_at, 1'735'787'045);
  EXPECT_EQ(*vault.multisig("company"), *imported);
  EXPECT_THAT(*vault.multisigs(), ElementsAre(*imported));
  EXPECT_EQ(vault.account("company")->public_part(), imported->account);
  EXPECT_EQ(vault.certificate("company").error().kind, ErrorKind::usage);
  EXPECT_EQ(vault.import_multisig(file).error().kind, ErrorKind::usage);
  EXPECT_TRUE(vault.import_multisig(file, {.local_name = "second"}));
  EXPECT_EQ(vault.abandon("second")->status, MultisigStatus::abandoned);
  EXPECT_TRUE(vault.import_multisig(file, {.local_name = "second"}));
  EXPECT_EQ(vault.import_multisig(file, {.entry = "none"}).error().kind, ErrorKind::usage);
  EXPECT_EQ(vault.import_multisig(file, {.local_name = "third", .profile = "9.9.9"}).error().kind, ErrorKind::refused);

  EXPECT_EQ(create_multisig(vault, {"alice"}, 2, "company").error().kind, ErrorKind::usage);
  const auto created = create_multisig(vault, {"alice"}, 1, "company");
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_FALSE(created->imported);
  EXPECT_EQ(created->account, imported->account);
  EXPECT_EQ(*create_multisig(vault, {"alice"}, 1, "company"), *created);
  EXPECT_THAT(*vault.multisigs(), ElementsAre(*created));  // whatever the names of what was imported
  EXPECT_EQ(vault.import_multisig(file, {.local_name = "second"}).error().kind, ErrorKind::usage);
}

TEST_F(LibraryTest, WrongTermsAreToldBeforeAnythingIsMade) {
  Vault vault = make_vault("alice");
  EXPECT_THAT(create_multisig(vault, {"alice", "nobody"}, 1, "t").error().message, HasSubstr("nobody"));
  EXPECT_EQ(create_multisig(vault, {"alice"}, 2, "t").error().kind, ErrorKind::usage);
  EXPECT_EQ(create_multisig(vault, {"alice"}, 1, "../t").error().kind, ErrorKind::usage);
  EXPECT_EQ(join_multisig(vault, "coterie://nowhere").error().kind, ErrorKind::usage);
  EXPECT_EQ(resume_multisig(vault, "t").error().kind, ErrorKind::usage);
  EXPECT_EQ(vault.abandon("t").error().kind, ErrorKind::usage);
  EXPECT_THAT(*vault.multisigs(), IsEmpty());
}

TEST_F(LibraryTest, APendingCreationIsToldToTheObserverAndCanBeAbandoned) {
  struct Watching : Observer {
    explicit Watching(std::stop_source& source) : stop(source) {}
    void on_invite(const InviteEvent& event) override {
      invite = event.invite;
      stop.request_stop();
    }
    void on_multisig(const Multisig& multisig) override { seen.push_back(multisig); }
    std::stop_source& stop;
    std::string invite;
    std::vector<Multisig> seen;
  };
  Vault vault = make_vault("alice");
  ASSERT_TRUE(vault.add_contacts({make_vault("bob").signer()->card()}));
  std::stop_source stop;
  Watching watching(stop);
  const auto created = create_multisig(vault, {"alice", "bob"}, 2, "treasury",
                                       {.connection = {.stun = {}},
                                        .venue = {.port = 0, .listen = "127.0.0.1"},
                                        .observer = &watching,
                                        .stop = stop.get_token()});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().kind, ErrorKind::pending);
  ASSERT_THAT(watching.seen, SizeIs(1));
  EXPECT_EQ(watching.seen.front(), *vault.multisig("treasury"));
  EXPECT_EQ(watching.seen.front().invite, watching.invite);
  EXPECT_EQ(vault.abandon("treasury")->status, MultisigStatus::abandoned);
  EXPECT_FALSE(verify_certificate(*vault.certificate(watching.seen.front().room.text())));
}

TEST_F(LibraryTest, ADeployHookIsRunAgainUntilItAnswers) {
  struct Listening : Observer {
    void on_hook_output(const std::string& line) override { lines.push_back(line); }
    void on_multisig(const Multisig& multisig) override { seen = multisig; }
    std::vector<std::string> lines;
    std::optional<Multisig> seen;
  };
  const std::filesystem::path hook = directory_ / "hook";
  const auto write_hook = [&](const char* end) {
    std::ofstream(hook) << "#!/bin/sh\nsed 's/,.*//' >&2\n" << end << "\n";
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
  };
  write_hook("exit 1");
  Vault vault = make_vault("alice");
  Listening observer;
  const CreateOptions options{.deploy_hook = Hook{hook}, .observer = &observer};
  EXPECT_EQ(create_multisig(vault, {"alice"}, 1, "solo", options).error().kind, ErrorKind::environment);
  ASSERT_TRUE(observer.seen);
  EXPECT_TRUE(observer.seen->awaits_deploy_hook);
  EXPECT_EQ(observer.seen->hook, hook.string());
  EXPECT_EQ(*vault.multisig("solo"), *observer.seen);
  EXPECT_THAT(*vault.multisigs(), ElementsAre(*observer.seen));
  EXPECT_EQ(vault.account("solo")->public_part(), observer.seen->account);
  EXPECT_EQ(vault.certificate("solo").error().kind, ErrorKind::pending);

  write_hook("echo '{\"address\":\"0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05\"}'");
  const auto created = resume_multisig(vault, "solo", {.observer = &observer});
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_EQ(created->status, MultisigStatus::complete);
  EXPECT_EQ(created->multisig_address, "0x221a43b5a03d2d99291d1bf3a260256c5c4619875ec9bb5b9ce5086a6d367f05");
  EXPECT_EQ(created->hook, hook.string());
  EXPECT_FALSE(created->awaits_deploy_hook);
  EXPECT_THAT(*vault.multisigs(), ElementsAre(*created));
  const std::string id = "{\"id\":\"" + created->room.text() + "\"";
  EXPECT_THAT(observer.lines, ElementsAre(id, id));
  EXPECT_EQ(verify_certificate(*vault.certificate("solo"))->multisig_address, created->multisig_address);
}

TEST_F(LibraryTest, AHookWithoutWhatBelongsToItIsAWrongCall) {
  Vault vault = make_vault("alice");
  for (const CreateOptions& options :
       {CreateOptions{.hook_with_secrets = true},
        CreateOptions{.multisig_address = "0x1", .deploy_hook = Hook{"/bin/sh"}},
        CreateOptions{.deploy_hook = Hook{directory_ / "missing"}}, CreateOptions{.multisig_address = "0x1"}}) {
    EXPECT_EQ(create_multisig(vault, {"alice"}, 1, "solo", options).error().kind, ErrorKind::usage);
  }
  EXPECT_THAT(*vault.multisigs(), IsEmpty());
}

TEST_F(LibraryTest, NobodyConsentsWithoutAnObserver) {
  Observer left_as_it_is;
  const ConsentAnswer answer = left_as_it_is.ask_consent({}, {});
  EXPECT_EQ(answer.choice, ConsentAnswer::Choice::cannot_ask);
  EXPECT_EQ(answer.error.kind, ErrorKind::usage);
}

TEST_F(LibraryTest, ASignalingServerFreesItsPort) {
  auto server = SignalingServer::start({.listen = "127.0.0.1", .port = 0, .allowed_origins = {}, .limits = {}});
  ASSERT_TRUE(server) << server.error().message;
  const std::uint16_t port = server->port();
  EXPECT_EQ(server->url(), "ws://127.0.0.1:" + std::to_string(port));
  SignalingServerOptions same{.listen = "127.0.0.1", .port = port, .allowed_origins = {}, .limits = {}};
  EXPECT_EQ(SignalingServer::start(same).error().kind, ErrorKind::environment);
  server->stop();
  EXPECT_TRUE(SignalingServer::start(same));
}

TEST_F(LibraryTest, ASignalingServerRefusesLimitsThatTheProtocolDoesNotHave) {
  SignalingServerOptions options{.listen = "127.0.0.1", .port = 0, .allowed_origins = {}, .limits = {}};
  options.limits.members = 65;
  EXPECT_EQ(SignalingServer::start(options).error().kind, ErrorKind::usage);
  options.limits.members = 64;
  options.limits.frame_bytes = 65'537;
  EXPECT_EQ(SignalingServer::start(options).error().kind, ErrorKind::usage);
  options.limits.frame_bytes = 65'536;
  EXPECT_TRUE(SignalingServer::start(options));
}

}  // namespace
}  // namespace coterie
