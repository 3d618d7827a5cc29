// What an Observer does that was left as it is, and the one that stands in where none was given.
#include "session/observer.h"

namespace coterie {

Observer::~Observer() = default;
void Observer::on_invite(const InviteEvent& /*event*/) {}
void Observer::on_peer(const PeerEvent& /*event*/) {}
void Observer::on_notice(const std::string& /*line*/) {}
void Observer::on_hook_output(const std::string& /*line*/) {}
void Observer::on_multisig(const Multisig& /*multisig*/) {}

ConsentAnswer Observer::ask_consent(const ConsentRequest& /*request*/, std::stop_token /*stop*/) {
  ConsentAnswer answer;
  answer.choice = ConsentAnswer::Choice::cannot_ask;
  answer.error =
      usage_error("nobody was there to ask for consent", "nothing was signed; give an observer that answers");
  return answer;
}

}  // namespace coterie

namespace coterie::session {

Observer& observer_or_silent(Observer* observer) {
  static Observer silent;  // has no state
  return observer != nullptr ? *observer : silent;
}

}  // namespace coterie::session
