#!/usr/bin/env python3
"""Removes one guard after the other and checks that the test which is named for it in docs/threats.md then fails.

  scripts/mutations.py              all of them, in a copy of the tree under build/mutations (a quarter of an hour)
  scripts/mutations.py --list       the table
  scripts/mutations.py WORD...      those whose row, file or tests have one of these words

Exit code 0 only when every guard stands exactly once in its file, every test passes with the guards in place, and every
one of them fails without its guard. The table itself is held to the sources by tests/docs/threats_test.py.
"""
import argparse
import contextlib
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCRATCH = ROOT / "build" / "mutations"
SOURCE, BUILD = SCRATCH / "source", SCRATCH / "build"
TEST_TIMEOUT = 120  # seconds; a guard whose test hangs without it has failed, too


@dataclasses.dataclass
class Mutation:
    rows: str    # of docs/threats.md
    file: str    # from src/
    guard: str   # stands exactly once in the file
    without: str
    tests: list  # as in docs/threats.md; each must fail


MUTATIONS = [
    # --- WebRTC: what the signaling server may change ---
    Mutation("W1", "ceremony/description.cpp",
             "envelope.signatures.size() != 1 ||\n      !envelope.signed_by(0, signer)) {",
             "envelope.signatures.size() != 1 || signer == SignKey()) {",
             ["LinkNegotiatorTest.RefusesASealedDescriptionThatItsSenderDidNotSign",
              "DescriptionTest.RefusesASignatureThatIsNotItsSenders"]),
    Mutation("W1 W2", "crypto/sealing.cpp",
             "associated_data.size(), sealed.data(), key.data()) != 0) {",
             "associated_data.size(), sealed.data(), key.data()) != 0 && sealed.empty()) {",
             ["SealTest.FindsEveryAlteredByteAndEveryCut", "SealedSignalTest.OpensOnlyInTheContextItWasMadeFor",
              "MessageTest.OpensAnAccountOnlyForItsRecipientAndManifest"]),
    Mutation("W2", "ceremony/sealed_signal.cpp", "fields.add(to_string(type)).add(context.room.view())",
             "fields.add(context.room.view())", ["SealedSignalTest.OpensOnlyInTheContextItWasMadeFor"]),
    Mutation("W2", "ceremony/link_negotiator.cpp",
             "if (!description || description->type != type || description->context != expected) return not_signed();",
             "if (!description) return not_signed();",
             ["LinkNegotiatorTest.RefusesASealedDescriptionThatItsSenderDidNotSign"]),
    Mutation("W2", "ceremony/link_negotiator.cpp",
             "  if (answer.description.offer_digest != offer_) return not_signed();\n", "",
             ["LinkNegotiatorTest.RefusesAnAnswerToAnotherOffer"]),
    Mutation("W2", "ceremony/link_negotiator.cpp", " || seen_.contains(signal.link)) return Consumed(drop());",
             ") return Consumed(drop());",
             ["LinkNegotiatorTest.DropsWhatWasSeenBefore",
              "LinkNegotiatorTest.DropsAnOfferReplayedUnderAnEpochTheServerBroughtBack"]),
    Mutation("W8", "ceremony/creator.cpp", "    link->certificate_sent = true;\n",
             "    link->certificate_sent = true;\n    if (record_.stored.insert(signer).second) emit(StoreStored{signer});\n",
             ["FaultTest.BelievesNoSendThatNothingAnswers"]),

    # --- WebRTC: what the other side may do ---
    Mutation("W1 W3", "rtc/dtls_transport.cpp", "shown != nullptr && Fingerprint::of(*shown) == self.expected_;",
             "shown != nullptr;",
             ["DtlsTransportTest.RefusesAnotherCertificate",
              "PeerConnectionTest.RefusesAnAnswererWithAnotherCertificateBeforeAnySctp",
              "PeerConnectionTest.RefusesAnOffererWithAnotherCertificateBeforeAnySctp"]),
    Mutation("W3", "rtc/dtls_transport.cpp", "  must(SSL_CTX_set_min_proto_version(context_, DTLS1_2_VERSION) == 1);\n",
             "  SSL_CTX_set_security_level(context_, 0);\n", ["DtlsTransportTest.RefusesOldVersionsInEitherRole"]),
    Mutation("W3", "rtc/dtls_transport.cpp", "  if (SSL_get_extms_support(ssl_) != 1) {\n", "  if (ssl_ == nullptr) {\n",
             ["DtlsTransportTest.RefusesAClientWithoutExtendedMasterSecret",
              "DtlsTransportTest.RefusesAServerWithoutExtendedMasterSecret"]),
    Mutation("W3", "rtc/dtls_transport.cpp", "ECDHE-RSA-CHACHA20-POLY1305\";", "ECDHE-RSA-CHACHA20-POLY1305:AES128-GCM-SHA256\";",
             ["DtlsTransportTest.TakesAServersRsaKeyToSignWithAndNotToHideTheSecretWith"]),
    Mutation("W3", "rtc/dtls_transport.cpp", "ECDHE-RSA-CHACHA20-POLY1305\";", "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-SHA\";",
             ["DtlsTransportTest.RefusesSuitesWithoutEncryptionAuthenticationAeadOrForwardSecrecyInEitherRole"]),
    Mutation("S7", "signaling/room.cpp", "  if (from != creator_ && message.to != creator_) return {};\n", "",
             ["RoomTest.PassesNothingOnBetweenRecipients"]),
    Mutation("S7", "session/link_keeper.cpp", "peer.open ? peer.pause.draw(random_) : Peer::kFirstRetry", "Peer::kFirstRetry",
             ["LinkKeeperTest.JoinsBesideAnOpenLinkReplaceItEverMoreSeldom"]),
    Mutation("W8", "session/link_keeper.cpp", "  drop(peer.open);\n", "  end(peer.open);\n",
             ["LinkKeeperTest.ANewLinkReplacesAnOpenOneOnlyWhenItOpens"]),
    Mutation("W6", "session/link_keeper.cpp", "  if (peer.answering->has_seen_enough()) return environment_.join_anew();\n", "",
             ["TwoKeepersTest.WhoHasSeenTooManyOffersJoinsAnew"]),
    Mutation("C11", "cli/consent.cpp", "  if (options.code && !is_right_code(request, *options.code)) return wrong_code(request);\n", "",
             ["ConsentTest.AnotherCodeIsRefusedAlsoWhereNoneIsNeeded"]),
    Mutation("W4", "rtc/dtls_transport.cpp", "  if (has_impossible_record(datagram)) return;\n", "",
             ["DtlsTransportTest.SurvivesForgedRecordsOfEveryShortLength"]),
    Mutation("W3", "rtc/sdp.cpp", "  if (problem_.empty() && fingerprints_ != 1) {\n",
             "  if (problem_.empty() && fingerprints_ == 0) {\n", ["SdpTest.WantsExactlyOneSha256Fingerprint"]),
    Mutation("W5", "rtc/channels.cpp", "  if (static_cast<std::size_t>(incoming) >= kMaxChannels) {\n",
             "  if (incoming < 0) {\n",
             ["ChannelsTest.EndsTheConnectionForTooManyChannelsAtATime",
              "RtcHostileTest.EndsTheConnectionWith65kChannels"]),
    # Without it a recipient who breaks each link as soon as it is open keeps the creator's run from its end.
    Mutation("W5", "session/exchange.cpp", "    farthest = state;\n", "",
             ["recipient_test.Memory.test_of_channels_is_bounded"]),
    Mutation("W8", "rtc/sctp_transport.cpp", "!connected_ || !holds_back() || !all_acknowledged()",
             "!connected_ || !holds_back() || (ended_ && !all_acknowledged())",
             ["RtcHostileTest.AsksForTheEndOfAChannelOnlyWhenEverythingIsAcknowledged"]),
    Mutation("W6", "rtc/candidate.cpp", "!address.is_multicast() && ", "", ["CandidateTest.SkipsAddressesNoPacketMayGoTo"]),
    Mutation("W6", "session/ice_servers.cpp", "if (!may_be_used(*url, signaling_host)) {", "if (url->host.empty()) {",
             ["IceServersTest.TakesNoTurnServerThatASignalingServerCouldPointIntoASignersNetwork"]),
    # Sockets on loopback and libnice's own rule are two guards: each holds without the other.
    Mutation("W7", "rtc/ice_agent.cpp", "      policy_(configuration.ice_policy),\n", "      policy_(IcePolicy::all),\n",
             ["relay_only_test.RelayOnly.test_sends_nothing_to_any_address_but_the_turn_server_s"]),
    Mutation("W9", "rtc/sdp_grammar.h", "    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;\n",
             "    if (c == 0x7f) return false;\n", ["SdpTest.RefusesControlCharactersAndTooMuch"]),

    # --- the signaling server ---
    Mutation("S1", "signaling/room.cpp",
             "if (!room.in_roster(join.from) || !verify_join(join, connection.nonce)) return refused();",
             'if (!room.in_roster(join.from)) return Refusal{ErrorCode::refused, "you are not in the roster of this room"};\n'
             "  if (!verify_join(join, connection.nonce)) return refused();",
             ["RoomTest.GivesUnknownClosedAndForeignRoomsTheSameAnswer",
              "SignalingAttackTest.RoomsThatAreGuessedAnswerAllAlike"]),
    Mutation("S2 S3", "signaling/room.cpp",
             "if (!room.in_roster(join.from) || !verify_join(join, connection.nonce)) return refused();",
             "if (!room.in_roster(join.from)) return refused();",
             ["RoomTest.RefusesAJoinWithAReplayedProof", "RoomTest.NobodyTakesAnothersName",
              "RoomTest.RefusesAProofMadeForAnotherRoomOrAlteredInEpochOrCreate",
              "SignalingAttackTest.AJoinThatWasRecordedIsRefusedOnAnyOtherConnection"]),
    Mutation("S3", "signaling/room.cpp", "  passed.from = from;\n", "",
             ["RoomTest.PassesMessagesOnUnderTheNameOfWhoSentThem",
              "SignalingAttackTest.AForgedSenderIsOverwrittenAndNothingReachesAnotherRoom"]),
    Mutation("S3", "signaling/room.cpp", "if (relay.room != connection.room) {", "if (false) {",
             ["RoomTest.NothingCrossesFromOneRoomIntoAnother",
              "SignalingAttackTest.AForgedSenderIsOverwrittenAndNothingReachesAnotherRoom"]),
    Mutation("S4", "signaling/room.cpp",
             "if (!room.in_roster(join.from) || !verify_join(join, connection.nonce)) return refused();",
             "if (!verify_join(join, connection.nonce)) return refused();",
             ["RoomTest.AStrangerFloodingJoinsKeepsNobodyOut", "SignalingTest.AStrangerWithTheInviteIsRefusedInTheSameWords"]),
    Mutation("S4 S5", "signaling/server.cpp",
             "  if (connections_.size() >= options_.limits.connections) make_place();\n", "",
             ["SignalingAttackTest.WhoHasNotJoinedGivesWayWhenTheServerIsFull",
              "hostile_test.Barrage.test_of_handshakes_that_never_end_gives_way_and_leaves_nothing"]),
    Mutation("S5", "signaling/websocket.cpp", "  stream_.read_message_max(limits_.frame_bytes);\n", "",
             ["SignalingAttackTest.ClosesOnAFrameOverTheLimit", "SignalingAttackTest.ClosesOnAMessageThatNeverEnds"]),
    Mutation("S5", "signaling/websocket.cpp", "if (!stream_.got_text()) {", "if (false) {",
             ["SignalingAttackTest.TakesTextFramesOnly"]),
    Mutation("S5", "signaling/websocket.cpp", "    if (!within_frame_rate())\n      asio::post",
             "    if (false)\n      asio::post", ["SignalingAttackTest.AFloodOfPingsIsCut"]),
    Mutation("S5", "signaling/websocket.cpp", "    off->emit(asio::cancellation_type::terminal);\n",
             "    static_cast<void>(off);\n",
             ["SignalingAttackTest.StopsAlsoWhenAConnectionBreaksTheRulesWhileItIsClosed"]),
    Mutation("S6", "signaling/server.cpp", "} else if (!queued) {", "} else if (!queued && connections_.empty()) {",
             ["SignalingAttackTest.TheQueueOfAReaderThatNeverReadsIsBoundedAndTheOthersDoNotWait"]),
    Mutation("S7", "session/link_keeper.cpp", "peer.link_wanted = peer.pause_timer->waiting();", "peer.link_wanted = false;",
             ["LinkKeeperTest.JoinsInQuickSuccessionBeginOneLinkMore"]),
    Mutation("S7", "signaling/server.cpp", "    if (connection_rate_.take(address, std::chrono::steady_clock::now())) {",
             "    if (connection_rate_.take(address, std::chrono::steady_clock::now()) || !address.empty()) {",
             ["SignalingAttackTest.AFloodOfConnectionsFromOneAddressIsTurnedAwayAndOthersAreNot"]),
    Mutation("S7", "signaling/room.cpp", "  if (join.create->roster.size() > limits_.members) {",
             "  if (join.create->roster.empty()) {", ["RoomTest.HoldsTheLimitsOnRoomsAndMembers"]),
    Mutation("S8", "signaling/server.cpp",
             "if (std::find(allowed.begin(), allowed.end(), *request.origin) == allowed.end()) {",
             "if (std::find(allowed.begin(), allowed.end(), *request.origin) == allowed.begin()) {",
             ["SignalingAttackTest.RefusesABrowserPageUnlessItsOriginIsAllowed"]),
    Mutation("S9", "signaling/client.cpp", "  schedule_retry();\n  call(", "  if (why == Why::refused) schedule_retry();\n  call(",
             ["SignalingTest.ClientsComeBackAndTheCreatorOpensTheRoomAgainWhenTheServerRestarts"]),
    Mutation("S10", "signaling/server.cpp", "log::brief(room.text()));\n  deliver({{id, rooms_.connect(", "room.text());\n  deliver({{id, rooms_.connect(",
             ["secrets_test.ServerLogs.test_shorten_rooms_where_everything_is_logged"]),

    # --- the ceremony ---
    Mutation("C1 C2", "account/account.cpp", "if (const char* what = difference(account.public_part(), claimed)) {",
             "if (const char* what = difference(account.public_part(), account.public_part())) {",
             ["HostileTest.TwoAccountsUnderOneManifestAreRefusedByWhoeverGetsTheWrongOne",
              "RecipientTest.RefusesAnAccountThatDoesNotMatchTheManifest",
              "RecipientTest.RefusesAnAztecAccountWhoseAddressIsNotItsOwn"]),
    Mutation("C2", "account/aztec/field.cpp",
             'if (BN_cmp(number.get(), modulus()) >= 0) return refused_error("out of range: not below the field\'s modulus");',
             "",
             ["HostileTest.NumbersOutOfRangeAreRefusedAndDeclinedWithTheReason",
              "AztecAccountTest.RefusesNumbersOutOfRangeNamingTheField"]),
    Mutation("C3", "ceremony/manifest.cpp",
             "if (manifest.threshold < 1 || manifest.threshold > static_cast<std::int64_t>(count)) {", "if (count > 1000) {",
             ["HostileTest.ThresholdsOutOfRangeAreRefusedAndDeclined", "ManifestTest.RefusesTermsThatBreakARule"]),
    Mutation("C3", "ceremony/manifest.cpp", "if (count > most) {", "if (count > 1000) {",
             ["HostileTest.RostersThatBreakARuleAreRefusedAndDeclined", "ManifestTest.AllowsAsManySignersAsTheKindOfAccount",
              "usage_test.Terms.test_with_nine_signers_are_refused_for_an_aztec_account"]),
    Mutation("C3", "ceremony/manifest.cpp", "if (*own != expectation.own_card) {",
             "if (own->sign_key() != expectation.own_card.sign_key()) {", ["ManifestTest.IsNotProposedWithAnOldCard"]),
    Mutation("C1", "ceremony/manifest.cpp", "if (shared[i].x == own[i].x) return not_shared(",
             "if (shared[i] == own[0] && i > own.size()) return not_shared(",
             ["AztecRosterTest.RefusesAnAccountWithTheViewingKeysOfASigner",
              "AztecRosterTest.ARecipientDeclinesAnAccountWithTheViewingKeysOfASigner"]),
    Mutation("C2", "account/aztec_account.cpp", "if (derivation.address != address) return refused_error(",
             "if (salt == address && derivation.address != address) return refused_error(",
             ["AztecCardTest.RefusesAnAddressThatDoesNotFollowThoughBothKeysSignedIt",
              "AztecPartTest.RefusesEveryPartWhoseAddressDoesNotFollow"]),
    Mutation("C3", "ceremony/manifest.cpp",
             "if (const auto [other, fresh] = aztec_keys.emplace(own.public_key_x, name); !fresh) {",
             "if (const auto [other, fresh] = aztec_keys.emplace(own.public_key_x, name); !fresh && name.empty()) {",
             ["AztecRosterTest.RefusesTwoSignersWithOneAztecKey"]),
    Mutation("C3", "ceremony/manifest.cpp",
             "if (shared->public_key_x == own.public_key_x || shared->address == own.address) {",
             "if (shared->public_key_x.empty()) {", ["AztecRosterTest.RefusesAnAccountThatIsASignersOwn"]),
    Mutation("C3", "ceremony/card.cpp", "!account::verify_aztec_signature(part.account, envelope.pae(), signature.sig)) {",
             "signature.sig.empty()) {",
             ["AztecCardTest.RefusesTheAccountOfAnother"]),
    Mutation("C4 C10 C12", "ceremony/recipient.cpp", "if (digest_ && digest_of(*message) != *digest_) {", "if (false) {",
             ["StateTest.EveryMessageOfAnotherRoomIsRefusedInEveryState",
              "HostileTest.TwoManifestsInOneRoomNeverGetACertificate",
              "HostileTest.AnotherManifestAfterAFeignedTimeOutIsRefused",
              "SpliceTest.WhoHasTheProposalOfOneRoomHearsNothingOfTheOther"]),
    Mutation("C4 C12", "ceremony/creator.cpp", "if (digest_of(*message) != record_.manifest.digest()) {", "if (false) {",
             ["StateTest.EveryMessageOfAnotherRoomIsRefusedInEveryState", "CreatorTest.RefusesAReceiptOfAnotherManifest",
              "SpliceTest.WhoHasTheProposalOfOneRoomHearsNothingOfTheOther"]),
    Mutation("C4", "ceremony/creator.cpp",
             "if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified) {",
             "if (auto verified = verify_receipt(record_.manifest, signer, message.signature); !verified && false) {",
             ["StateTest.EveryMessageWithAnyByteAlteredIsRefusedOrSaysNothingNewInEveryState",
              "CreatorTest.RefusesAReceiptThatIsNotOfItsLinksSigner"]),
    Mutation("C4 C10", "ceremony/creator.cpp", "if (state_ == State::ended || link.receipt_came) return;",
             "if (link.receipt_came) return;",
             ["StateTest.EveryMessageInEveryStateHasTheEffectOfTheTableOrOneNamedError",
              "FaultTest.CompletesForAllOrForNobodyWhenTheCreatorAbandons"]),
    Mutation("C5", "ceremony/recipient.cpp",
             "  emit(StoreProposal{*manifest_, std::move(*account_), *receipt_});\n  account_.reset();\n  send_receipt();\n",
             "  send_receipt();\n  emit(StoreProposal{*manifest_, std::move(*account_), *receipt_});\n  account_.reset();\n",
             ["RecipientTest.AsksFirstThenStoresThenSigns", "FaultTest.CompletesWhenAnyProcessDiesBeforeAnyEvent"]),
    Mutation("C6", "session/complete_multisig.cpp", "if (manifest.manifest().room != record.room) return",
             "if (manifest.digest() == record.manifest.digest() && manifest.manifest().room != record.room) return",
             ["complete_test.Complete.test_takes_no_certificate_of_another_multisig_nor_a_damaged_one"]),
    Mutation("C8", "ceremony/certificate.cpp", "if (signer <= last) {", "if (signer < roster.begin()) {",
             ["CertificateTest.RefusesDoubledMisplacedAndForeignReceipts"]),
    Mutation("C8", "ceremony/certificate.cpp",
             "    COTERIE_CHECK(verify_receipt(manifest, signer->sign_key(), *receipt));\n", "",
             ["CertificateTest.NamesTheSignerOfAReceiptWithAnyByteAltered", "CertificateTest.RefusesEveryAlteredByte",
              "CertificateTest.NamesTheSignerWhoseReceiptIsOfAnotherManifest"]),
    Mutation("C8", "ceremony/certificate.cpp", "if (!missing.empty()) {", "if (missing.size() > 1000) {",
             ["CertificateTest.NamesWhoIsMissing", "RecipientTest.NeverCompletesWithoutEveryReceipt",
              "records_test.Certificates.test_without_a_receipt_name_who_is_missing"]),
    Mutation("C10", "ceremony/creator.cpp", "if (state_ != State::collecting_receipts) {", "if (false) {",
             ["CreatorTest.IsAbandonedOnlyBeforeTheLastReceipt", "FaultTest.CompletesForAllOrForNobodyWhenTheCreatorAbandons"]),
    Mutation("C11", "session/consent.cpp", "if (typed != expected) {", "if (typed.size() != expected.size()) {",
             # The program compares once more, before: src/cli/consent.cpp.
             ["SessionTest.AnUnknownSignerIsAcceptedOnlyWithTheVerificationCode"]),
    Mutation("C11", "session/roster.cpp", "if (ceremony::fold_name(one.name()) == ceremony::fold_name(card.name())) {",
             "if (one.name().empty()) {",
             ["forger_test.LookAlikes.test_of_a_contact_are_refused_naming_both_keys",
              "forger_test.LookAlikes.test_by_case_alone_are_the_contact_s_name_and_refused",
              "SessionTest.AContactsNameOnAnotherKeyIsRefusedNamingBoth"]),
    Mutation("C12", "ceremony/manifest.cpp", "if (creator.sign_key() != expectation.creator.sign_key) {", "if (false) {",
             ["SpliceTest.OneSessionBetweenTwoRoomsOpensAndNothingOfTheCreationCrosses",
              "ManifestTest.IsNotProposedByAnyoneButTheInvitesCreator"]),

    # --- keys, files, terminal ---
    Mutation("K1", "vault/open_vault.cpp", "if (digest_of_sealed(sealed) != entry->second.digest) {", "if (false) {",
             ["DamageTest.AnOlderVersionPutBackIsFound", "DamageTest.SwappedRecordsAreFound"]),
    Mutation("K1", "crypto/passphrase_key.cpp",
             "if (parameters.memory_bytes < kMinPassphraseMemory || parameters.memory_bytes > kMaxPassphraseMemory) {",
             "if (parameters.memory_bytes == 1) {",
             ["PassphraseKeyTest.RefusesParametersOutOfRangeBeforeTakingMemory",
              "DamageTest.HostileParametersAreRefusedBeforeMemoryIsTaken"]),
    Mutation("K1", "vault/backup.cpp", "  COTERIE_CHECK(open_every_record(*open, root));\n", "",
             ["BackupTest.ThatWasTamperedWithIsRefused"]),
    Mutation("K1", "vault/sqlite.cpp", "    if (image.size() % kSmallestPage != 0) {\n", "    if (false) {\n",
             ["BackupTest.CutAnywhereOrWithSomethingBehindItIsRefused"]),
    Mutation("K1", "session/rehearsal.cpp",
             "  if (record.status == MultisigStatus::complete && !record.certificate) {", "  if (false) {",
             ["RehearsalTest.FindsACompleteMultisigWithoutCertificate"]),
    Mutation("K1", "vault/open_vault.cpp", "    if (now && now->serialize() != header.serialize()) {", "    if (false) {",
             ["ChangePassphraseTest.OthersWhoHaveTheVaultOpenAreToldAndChangeNothing"]),
    Mutation("K2", "vault/backup.cpp",
             "    if (!locked_before) unlink((directory / kLockFile).c_str());\n",
             "    if (locked_before) unlink((directory / kLockFile).c_str());\n",
             ["BackupTest.RestoredToAFullDiskLeavesNothing",
              "vault_test.Restored.test_vault_is_whole_or_not_there_on_a_full_disk"]),
    Mutation("C5", "vault/change_passphrase.cpp", "    COTERIE_CHECK(replace_header(open_->database, open_->header));\n",
             "    COTERIE_CHECK(transaction.commit());\n    return replace_header(open_->database, open_->header);\n",
             ["ChangePassphraseTest.KilledAtAnyChangeIsTheOldVaultOrTheNew"]),
    Mutation("C7", "vault/change_passphrase.cpp",
             "ByteLock::acquire_all_sessions(open_->home / kLockFile,", "ByteLock::acquire(open_->home / kLockFile, kCreationByte,",
             ["ChangePassphraseTest.DoesNotDisturbASession",
              "vault_test.NewPassphrase.test_waits_for_no_creation_and_disturbs_none"]),
    Mutation("C10", "vault/change_passphrase.cpp", "  next.memory = open_->keys.memory.clone();\n", "",
             ["ChangePassphraseTest.StillKnowsWhatItRemembers", "RehearsalTest.StillFindsItRememberedAfterTheVaultsKeyWasChanged",
              "vault_test.NewPassphrase.test_does_not_make_it_forget_which_accounts_were_sent"]),
    Mutation("K2", "vault/home.cpp", "if ((status.st_mode & 0022) != 0) {", "if (false) {",
             ["VaultTest.RefusesAHomeThatOthersMayWrite"]),
    Mutation("K3", "vault/transaction.cpp", "} else if (overwrite == Overwrite::never) {",
             "} else if (overwrite == Overwrite::never && label.empty()) {", ["VaultTest.NeverOverwritesUnlessAllowed"]),
    Mutation("K5", "ceremony/name.cpp",
             '    if (is_invisible(*code_point)) return not_allowed("it has an invisible character");\n', "",
             ["NameTest.RefusesWhatTheRulesForbidEachWithItsReason", "HostileTest.NamesThatWouldMisleadAreRefusedAndShownEscaped",
              "usage_test.Names.test_that_would_mislead_are_refused_at_entry"]),
    Mutation("K5 C11", "ceremony/name.cpp", "    if (is_blank(*code_point)) {\n", "    if (is_blank(*code_point) && folded.size() > kMaxNameBytes) {\n",
             ["NameTest.ComparesNamesWithoutTheBlanksThatNobodySees", "ManifestTest.RefusesTermsThatBreakARule"]),
    Mutation("K5", "ceremony/name.cpp", "} else if (is_invisible(*code_point)) {", "} else if (false) {",
             ["NameTest.EscapesWhatATerminalWouldObeyOrHide", "HostileTest.ReasonsOfOthersReachNobodyUnescaped"]),
    Mutation("K6", "cli/application.cpp", "  sodium_set_misuse_handler(say_no_randomness);\n", "",
             ["randomness_test.Randomness.test_that_fails_at_any_call_ends_the_program_and_leaves_no_signer"]),
    Mutation("K7", "../cmake/compiler.cmake", "-Wl,-z,relro,-z,now,-z,noexecstack", "-Wl,-z,norelro,-z,lazy,-z,execstack",
             ["hardening_test.Program.test_is_position_independent_with_relocations_read_only_and_no_executable_stack"]),

    # --- accounts that come again ---
    Mutation("C10", "session/shared_accounts.cpp", "    if (use) return use;\n", "",
             ["SharedAccountsTest.RefusesAnAccountThatWasSharedBefore", "SharedAccountsTest.TakesAnAccountInOneRoomOnlyWhoeverOfThisVaultGotIt",
              "own_account_test.AztecAccounts.test_that_a_signer_got_are_nobody_s_of_another_multisig"]),
    Mutation("C10", "session/shared_accounts.cpp", "    if (has_a_key_of(account, one) && !are_signers_of(one, signers)) {\n",
             "    if (!are_signers_of(one, signers) && signers.empty()) {\n",
             ["SharedAccountsTest.CountsAnImportedMultisigsAccountAsSharedAmongItsSigners"]),
    Mutation("C10", "session/shared_accounts.cpp", "  if (!where) return {};\n", "  if (!where || true) return {};\n",
             ["SharedAccountsTest.KeepsTheKeysOfSignersAndOfMultisigsApart"]),
    Mutation("C10", "session/shared_accounts.cpp", "label_of(aztec->secrets().secret_key.view()), ", "",
             ["SharedAccountsTest.RefusesAnAccountWithOneKeyOfAnotherThatWasShared"]),
    Mutation("C10", "session/shared_accounts.cpp", "    if (!same_signers || record.status ==", "    if (record.status ==",
             ["SharedAccountsTest.LetsTheSameSignersShareAnAccountAgainOnceTheFirstTimeHasComeToNothing"]),
    Mutation("C10", "session/consent.cpp", "  if (!*use) return std::nullopt;\n", "  if (!*use || !proposal.creator.empty()) return std::nullopt;\n",
             # The vault refuses to store it, too; but nobody would be told.
             ["own_account_test.AztecAccounts.test_that_a_signer_got_are_nobody_s_of_another_multisig"]),

    # --- hooks ---
    Mutation("K4", "session/hook.cpp", "  if (draft.hook_with_secrets) add_secrets(", "  add_secrets(",
             ["HookTest.IsToldTheTermsOfADraftAndNoSecret"]),
    Mutation("C10", "session/store_multisigs.cpp", "  if (draft && draft->abandoned) {", "  if (draft && draft->hook.empty()) {",
             ["StoreDraftsTest.KeepsAnAbandonedDraftByItsRoomAndMakesNoMultisigOfIt"]),
]


def problems_of(mutation, root=ROOT):
    """Why this mutation cannot be tried on the tree at `root`; empty when it can."""
    return problems_in(root / "src" / mutation.file, mutation.guard)


def problems_in(path, guard):
    if not path.is_file():
        return [f"{path} is not there"]
    count = path.read_text().count(guard)
    return [] if count == 1 else [f"{path}: the guard stands {count} times, not once:\n{guard}"]


def regex_of(test):
    """For ctest -R: the test, with whatever parameters it is run."""
    return rf"(^|/){re.escape(test)}(/|$)"


def run(*command, **options):
    return subprocess.run([str(part) for part in command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, **options)


def copy_tree():
    """Brings the copy up to date. What is the same keeps its time, so that little is built again."""
    listed = run("git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").stdout
    names = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        source, target = ROOT / name, SOURCE / name
        if not target.is_file() or target.read_bytes() != content_for_copy(name):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content_for_copy(name))
            shutil.copymode(source, target)
    for path in [path for path in SOURCE.rglob("*") if path.is_file()]:
        if path.relative_to(SOURCE).as_posix() not in names:
            path.unlink()


def content_for_copy(name):
    content = (ROOT / name).read_bytes()
    # A guard that is gone may leave a variable that nobody uses.
    return content.replace(b" -Werror ", b" ") if name == "cmake/compiler.cmake" else content


def configure():
    configured = run("cmake", "-S", SOURCE, "-B", BUILD, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=Release", "-DCOTERIE_TESTS=ON")
    if configured.returncode != 0:
        sys.exit(configured.stdout)


def build(*targets):
    return run("ninja", "-C", BUILD, "-j", "2", *targets)


def must_build(*targets):
    built = build(*targets)
    if built.returncode != 0:
        sys.exit(built.stdout)


@contextlib.contextmanager
def mutated(file, guard, without):
    """The copy's `file` without its guard."""
    path = SOURCE / file
    original = path.read_text()
    path.write_text(original.replace(guard, without))
    try:
        yield
    finally:
        path.write_text(original)


def outcome_of(test):
    """'passed', 'failed' or 'missing'."""
    result = run("ctest", "--test-dir", BUILD, "-R", regex_of(test), "--no-tests=error", "--timeout", TEST_TIMEOUT)
    if "No tests were found" in result.stdout:
        return "missing"
    return "passed" if result.returncode == 0 else "failed"


def try_out(mutations):
    copy_tree()
    configure()
    print("building the tree as it is", flush=True)
    must_build()
    bad = 0
    for test in sorted({test for mutation in mutations for test in mutation.tests}):
        outcome = outcome_of(test)
        if outcome != "passed":
            bad += 1
            print(f"with every guard in place: {test} {outcome}", flush=True)
    if bad:
        return bad

    for mutation in mutations:
        with mutated(f"src/{mutation.file}", mutation.guard, mutation.without):
            built = build()
            if built.returncode != 0:
                bad += 1
                print(f"{mutation.rows}: src/{mutation.file} does not compile without its guard:\n{built.stdout[-2000:]}")
                continue
            for test in mutation.tests:
                outcome = outcome_of(test)
                bad += outcome != "failed"
                verdict = "fails" if outcome == "failed" else f"{outcome.upper()}: it does not show this guard"
                print(f"{mutation.rows:12} src/{mutation.file:34} {test}: {verdict}", flush=True)
    build()
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--list", action="store_true", help="print the table and end")
    parser.add_argument("words", nargs="*")
    arguments = parser.parse_args()
    chosen = [mutation for mutation in MUTATIONS if not arguments.words or
              any(word in " ".join([mutation.rows, mutation.file, *mutation.tests]) for word in arguments.words)]
    problems = [problem for mutation in chosen for problem in problems_of(mutation)]
    if problems or not chosen:
        sys.exit("\n".join(problems) or "no such guard")
    if arguments.list:
        for mutation in chosen:
            print(f"{mutation.rows:12} src/{mutation.file:34} {', '.join(mutation.tests)}")
        return
    bad = try_out(chosen)
    print(f"{len(chosen)} guards, {sum(len(mutation.tests) for mutation in chosen)} trials: "
          + ("every test fails without its guard" if not bad else f"{bad} PROBLEMS"))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
