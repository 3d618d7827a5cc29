// Consent: a recipient's answer to what the creator proposes, from options or from a person at the terminal.
#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "coterie/observer.h"

namespace coterie::cli {

struct ConsentOptions {
  bool yes = false;                 // --yes: no question; never accepts an unknown signer by itself
  std::optional<std::string> code;  // --code, thirty digits: what another signer read out
};

// What is shown before the question: name, threshold, signers with their standing and fingerprint, account, the claimed
// address of the contract, and the verification code unless it has to be typed: who could copy it from here would not
// ask another signer. No line is longer than 40 columns but addresses; others' text is escaped.
std::vector<std::string> describe_request(const ConsentRequest& request);

// Whether the options leave anything to ask.
bool leaves_open(const ConsentRequest& request, const ConsentOptions& options);

// Asks whatever the options leave open. A wrong code is never accepted, also where none is needed: three tries at the
// terminal, one by --code; then the answer is cannot_ask of kind refused, with nothing signed or declined. Without a
// terminal an open question is cannot_ask of kind usage, naming the option that would answer it.
ConsentAnswer obtain_consent(const ConsentRequest& request, const ConsentOptions& options, Terminal& terminal,
                             const std::function<void(const std::string&)>& print, std::stop_token stop);

}  // namespace coterie::cli
