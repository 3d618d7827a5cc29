#include "session/join_multisig.h"

#include <spdlog/fmt/fmt.h>

#include "ceremony/name.h"
#include "session/hook.h"
#include "session/observer.h"
#include "session/receive.h"
#include "session/roster.h"

namespace coterie::session {

namespace {

Result<void> check_local_name(Store& store, const LocalSigner& signer, const std::string& name) {
  if (auto checked = ceremony::check_name(name, "multisig name"); !checked) {
    return usage_error(checked.error().message, checked.error().hint);
  }
  COTERIE_TRY(const bool taken, store.name_taken(signer.card.sign_key(), name));
  if (taken) {
    return usage_error(fmt::format("there is a multisig {} here already", ceremony::escape(name)),
                       "choose another name for the new one: --as NAME");
  }
  return {};
}

}  // namespace

Outcome join_multisig(Store& store, const LocalSigner& signer, const ceremony::Invite& invite,
                      const JoinOptions& options) {
  if (invite.creator.sign_key == signer.card.sign_key()) {
    return failed(usage_error("this is your own invite: it is for the other signers",
                              "go on with your own multisig by `coterie multisig resume NAME`; its name is in "
                              "`coterie multisig list`"));
  }
  const auto creator = find_creator(store, invite.creator);
  if (!creator) return failed(creator.error());
  auto known = store.multisig_in_room(signer.card.sign_key(), invite.room);
  if (!known) return failed(known.error());
  if (*known && (*known)->gives_way_to(invite.creator.sign_key)) known->reset();
  if (!*known && options.local_name) {
    if (const auto checked = check_local_name(store, signer, *options.local_name); !checked) {
      return failed(checked.error());
    }
  }
  Observer& observer = observer_or_silent(options.observer);
  JoinTerms terms{options.local_name, options.check_hook};
  if (terms.check_hook) {
    const auto program = absolute_hook(terms.check_hook->program, "--check-hook");
    if (!program) return failed(program.error());
    if (const auto checked = check_hook_program(*program, "--check-hook"); !checked) return failed(checked.error());
    terms.check_hook->program = *program;
    if (*known) observer.on_notice("you have answered this invite before: the check hook is not run");
  }
  // A creator who restarted elsewhere hands out a new address for the same room: the newest invite counts.
  return receive_shared_state(store, signer, invite, std::move(*known), std::move(terms),
                              {options.connection, observer, options.stop});
}

}  // namespace coterie::session
