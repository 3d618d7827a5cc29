#include "cli/consent.h"

#include <spdlog/fmt/fmt.h>

#include <variant>

#include "ceremony/name.h"
#include "cli/multisig_view.h"
#include "crypto/digest.h"

namespace coterie::cli {

namespace {

constexpr int kCodeTries = 3;

ConsentAnswer cannot_ask(Error error) {
  ConsentAnswer answer;
  answer.choice = ConsentAnswer::Choice::cannot_ask;
  answer.error = std::move(error);
  return answer;
}

// "carol is" or "carol and dave are".
std::string unknown_signers(const ConsentRequest& request) {
  std::vector<std::string> names;
  for (const ProposedSigner& signer : request.signers) {
    if (signer.standing == Standing::unknown) names.push_back(ceremony::escape(signer.name));
  }
  return ceremony::join_names(names) + (names.size() == 1 ? " is" : " are");
}

const char* standing_text(Standing standing) {
  switch (standing) {
    case Standing::self:
      return "you";
    case Standing::contact:
      return "contact";
    case Standing::unknown:
      return "new";
  }
  return "new";
}

Error wrong_code(const ConsentRequest& request) {
  return refused_error(
      fmt::format("the verification code is not that of {}: nothing was signed, nothing declined",
                  ceremony::escape(request.name)),
      fmt::format("let another signer read it out again. If it still differs, somebody may have replaced "
                  "the invite: ask {} for it again, over a channel you trust",
                  ceremony::escape(request.creator)));
}

bool is_right_code(const ConsentRequest& request, const std::string& digits) {
  const auto expected = crypto::parse_digits(request.verification_code);
  return expected.ok() && *expected == digits;
}

// yes, or what to return instead of going on.
enum class Reply { yes, no };

Result<Reply> ask_whether(const ConsentRequest& request, Terminal& terminal,
                          const std::function<void(const std::string&)>& print, std::stop_token stop) {
  while (true) {
    // An answer is final: what was typed while there was nothing to answer is none.
    COTERIE_TRY(const std::string typed, terminal.ask(fmt::format("Sign {}? yes / no (final) / Ctrl-C (decide later): ",
                                                                  ceremony::escape(request.name, 24)),
                                                      stop, TypedAhead::dropped));
    if (typed == "yes" || typed == "y" || typed == "Yes") return Reply::yes;
    if (typed == "no" || typed == "n" || typed == "No") return Reply::no;
    print("Please answer yes or no.");
  }
}

Result<std::string> ask_code(const ConsentRequest& request, Terminal& terminal,
                             const std::function<void(const std::string&)>& print, std::stop_token stop) {
  print(unknown_signers(request) + " new to you. Let another signer read out the code on their screen.");
  for (int attempt = 1;; ++attempt) {
    COTERIE_TRY(const std::string typed, terminal.ask("Verification code (30 digits): ", stop));
    const auto digits = crypto::parse_digits(typed);
    if (digits && is_right_code(request, *digits)) return *digits;
    if (attempt == kCodeTries) return wrong_code(request);
    print(digits ? "That is another code than this multisig has." : digits.error().message + ".");
  }
}

Result<std::string> ask_local_name(const ConsentRequest& request, Terminal& terminal,
                                   const std::function<void(const std::string&)>& print, std::stop_token stop) {
  print(fmt::format("You have another multisig named {}.", ceremony::escape(request.taken_name)));
  while (true) {
    COTERIE_TRY(std::string typed, terminal.ask("Name of the new one here: ", stop));
    const auto allowed = ceremony::check_name(typed, "name");
    if (allowed && ceremony::fold_name(typed) != ceremony::fold_name(request.taken_name)) return typed;
    print(allowed ? "That is the name that is taken." : allowed.error().message + ".");
  }
}

Result<ConsentAnswer> obtain(const ConsentRequest& request, const ConsentOptions& options, Terminal& terminal,
                             const std::function<void(const std::string&)>& print, std::stop_token stop) {
  ConsentAnswer answer;
  if (options.code && !is_right_code(request, *options.code)) return wrong_code(request);
  if (!options.yes) {
    COTERIE_TRY(const Reply reply, ask_whether(request, terminal, print, stop));
    if (reply == Reply::no) {
      answer.choice = ConsentAnswer::Choice::decline;
      return answer;
    }
  }
  if (options.code) {
    answer.code = options.code;
  } else if (request.code_needed) {
    if (!terminal.can_ask()) {
      return usage_error(fmt::format("{} no contact of yours, and there is no terminal to ask for the verification "
                                     "code on; nothing was signed",
                                     unknown_signers(request)),
                         "let another signer read out the code and give it with --code CODE, or add that card with "
                         "`coterie contact add CARD`");
    }
    COTERIE_TRY(answer.code, ask_code(request, terminal, print, stop));
  }
  if (request.local_name_needed) {
    if (!terminal.can_ask()) {
      return usage_error(fmt::format("you have another multisig {} here; nothing was signed, nothing declined",
                                     ceremony::escape(request.taken_name)),
                         "join again and give the new one another name: --as NAME");
    }
    COTERIE_TRY(answer.local_name, ask_local_name(request, terminal, print, stop));
  }
  answer.choice = ConsentAnswer::Choice::accept;
  return answer;
}

}  // namespace

std::vector<std::string> describe_request(const ConsentRequest& request) {
  std::vector<std::string> lines{
      fmt::format("{} asks you to be a signer of", ceremony::escape(request.creator)),
      fmt::format("  {}", ceremony::escape(request.name)),
      fmt::format("  threshold: {} of {} signers", request.threshold, request.signers.size()),
  };
  for (const ProposedSigner& signer : request.signers) {
    lines.push_back(fmt::format("  {} ({})", ceremony::escape(signer.name), standing_text(signer.standing)));
    lines.push_back(fmt::format("    {}", signer.fingerprint));
    if (signer.chain_key) {
      lines.push_back(fmt::format("    {}", signer.chain_key->address));
    } else if (kind_of(request.account) == AccountKind::aztec_schnorr) {
      lines.emplace_back("    no chain key");
    }
  }
  if (const auto* aztec = std::get_if<AztecPublic>(&request.account)) {
    lines.push_back(fmt::format("  account: Aztec (profile {})", aztec->profile));
    lines.push_back(fmt::format("    {}", aztec->address));
  } else {
    lines.emplace_back("  account: opaque (any JSON text)");
  }
  if (request.multisig_address) {
    lines.emplace_back("  multisig address:");
    lines.push_back(fmt::format("    {}", *request.multisig_address));
    lines.push_back(fmt::format("    {}", claim_text(request.creator, request.checked_by)));
  }
  if (!request.code_needed) {
    lines.emplace_back("  verification code:");
    lines.push_back(fmt::format("    {}", request.verification_code));
  }
  return lines;
}

bool leaves_open(const ConsentRequest& request, const ConsentOptions& options) {
  return !options.yes || (request.code_needed && !options.code) || request.local_name_needed;
}

ConsentAnswer obtain_consent(const ConsentRequest& request, const ConsentOptions& options, Terminal& terminal,
                             const std::function<void(const std::string&)>& print, std::stop_token stop) {
  for (const std::string& line : describe_request(request)) print(line);
  auto answer = obtain(request, options, terminal, print, std::move(stop));
  return answer ? std::move(*answer) : cannot_ask(std::move(answer).error());
}

}  // namespace coterie::cli
