// One creation: the creator makes the account and hands it to every signer, peer to peer over WebRTC; every signer
// checks it, stores it and signs for it. Blocking calls; watch them by an Observer, end them by a stop token.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "coterie/account.h"
#include "coterie/card.h"
#include "coterie/export.h"
#include "coterie/multisig.h"
#include "coterie/options.h"
#include "coterie/result.h"
#include "coterie/vault.h"

namespace coterie {

// The creator's side, with a new account of kind aztec-schnorr. `signers`: names of the vault's own signer, who must be
// among them, and of contacts; at most 8. `threshold`: from 1 to their number.
//
// Checks everything local, records the account and the signed manifest, opens the room, tells the invite
// (Observer::on_invite) and runs the exchange until every signer has said that it stored the certificate. With one
// signer it is complete at once, without network.
//
// Success: the multisig is complete: this vault holds a signature of every signer that it holds this very account. It
// does not mean that they keep it secret, or keep it at all.
// Errors: usage (nothing was sent); environment (port, disk); pending, by join_timeout or stop: the same call, or
// resume_multisig, goes on with the same account, also after a crash; declined; refused (a signer's answer does not
// verify). The same terms of a pending multisig continue it; of a complete one return it again; other terms are kind
// usage.
COTERIE_EXPORT Result<Multisig> create_multisig(Vault& vault, const std::vector<std::string>& signers, int threshold,
                                                std::string_view name, const CreateOptions& options = {});

// The same with an account of the caller's; what goes on with a pending one is resume_multisig, or this very account
// again, not another that Account::generate() draws. At most 64 signers for an opaque one. An account that was shared
// in another room, or a key of which was, is refused (kind usage), naming that room; but the same signers may share it
// again once that multisig was declined or abandoned.
COTERIE_EXPORT Result<Multisig> create_multisig(Vault& vault, const std::vector<std::string>& signers, int threshold,
                                                std::string_view name, Account account,
                                                const CreateOptions& options = {});

struct Terms {
  std::string name;
  int threshold = 0;
};

// The same with cards of the caller's, too, which need not be contacts, but contradict none (kind usage): `creator` is
// a signer of an open vault, `recipients` are the other signers, in the order of the manifest, each of whom runs
// join_multisig. options.signer is not looked at.
COTERIE_EXPORT Result<Multisig> exchange_shared_state_via_webrtc(const Signer& creator,
                                                                 const std::vector<Card>& recipients, Account account,
                                                                 const Terms& terms, const CreateOptions& options = {});

// A recipient's side. `invite`: coterie://HOST:PORT/ROOM#KEYS; white space, quotes and <> around it are trimmed.
//
// Joins the room, checks the proposal, asks options.observer for consent, records the account, signs, and waits for the
// certificate. A room known to the vault is resumed without asking again.
//
// Success: complete, as above.
// Errors: usage (malformed or own invite, name taken, nobody to ask); timed_out (nothing is recorded); pending (this
// signer signed; resume_multisig goes on); declined; refused (the creator's card, manifest or account does not verify,
// or the account was shared in another room).
COTERIE_EXPORT Result<Multisig> join_multisig(Vault& vault, std::string_view invite, const JoinOptions& options = {});

// Finishes what an earlier call left, in either role. A complete creator answers late comers until join_timeout; a
// complete recipient tells the creator once more that it stored the certificate.
COTERIE_EXPORT Result<Multisig> resume_multisig(Vault& vault, std::string_view name_or_room,
                                                const ResumeOptions& options = {});

}  // namespace coterie
