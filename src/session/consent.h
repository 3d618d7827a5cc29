// Consent: what stands between a proposal and this signer's receipt: what the vault has against it, what a check hook
// and a person say, and whether their answer will do.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <variant>

#include "account/account.h"
#include "ceremony/manifest.h"
#include "coterie/observer.h"
#include "session/event_loop.h"
#include "session/hook.h"
#include "session/store.h"

namespace coterie::session {

// As the recipient's machine has verified it.
struct Proposal {
  const ceremony::SignedManifest& manifest;
  const account::SharedStateAccount& account;
  const std::string& creator;                    // as this vault knows that signer, escaped
  const std::optional<std::string>& local_name;  // of the multisig here, if it is not the creator's
};

// Why nobody is asked, or an acceptance does not count.
struct Objection {
  enum class Kind {
    refused,  // what is proposed is at fault: declined, for good and for all. The error's message goes to all signers
    put_off,  // nothing is signed, and nothing declined: the same join may go on later
  };
  Kind kind = Kind::put_off;
  Error error;
};

// The account may not be shared in this room.
std::optional<Objection> object_to_account(Store& store, const Proposal& proposal);

// What is to be asked, or why nothing is: signers who contradict this vault's contacts, the account, the vault itself.
std::variant<ConsentRequest, Objection> prepare_request(Store& store, const LocalSigner& own, const Proposal& proposal);

// Whether an acceptance has what was asked for. Kinds: the answer's own for cannot_ask; usage, a code or a name that is
// missing or cannot be; refused, another code than this multisig's, also where none was needed.
Result<void> check_answer(const ConsentRequest& request, const ConsentAnswer& answer);

// Asks the check hook, if there is one, and then the person, on a thread of its own. Used on the strand.
class Inquiry {
 public:
  // `on_answer` is called on the strand, once for each ask(): with an error when the hook refused or failed, or there
  // is no thread to ask on. `is_wanted`: whether the person is still to be asked when the hook has answered.
  Inquiry(EventLoop& loop, Observer& observer, std::optional<Hook> check_hook, std::function<bool()> is_wanted,
          std::function<void(const ConsentRequest& request, Result<ConsentAnswer> answer)> on_answer);

  void ask(ConsentRequest request, const ceremony::Manifest& manifest);
  bool asking() const { return question_.joinable(); }
  void stop();  // returns when nobody is asked any more

 private:
  void ask_hook(ConsentRequest request, const ceremony::Manifest& manifest);
  void take_check(const ConsentRequest& request, const Result<void>& checked);
  void ask_person(ConsentRequest request);
  void begin(const ConsentRequest& request, std::function<void(std::stop_token)> question);

  EventLoop& loop_;
  Observer& observer_;
  const std::optional<Hook> check_hook_;
  const std::function<bool()> is_wanted_;
  const std::function<void(const ConsentRequest& request, Result<ConsentAnswer> answer)> on_answer_;
  std::jthread question_;
};

}  // namespace coterie::session
