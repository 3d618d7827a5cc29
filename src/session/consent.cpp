#include "session/consent.h"

#include <spdlog/fmt/fmt.h>

#include <system_error>
#include <utility>

#include "ceremony/name.h"
#include "crypto/digest.h"
#include "session/roster.h"
#include "session/run.h"

namespace coterie::session {

namespace {

Objection refuse(Error error) {
  return {Objection::Kind::refused, std::move(error)};
}

Objection put_off(Error error) {
  return {Objection::Kind::put_off, std::move(error)};
}

}  // namespace

std::optional<Objection> object_to_account(Store& store, const Proposal& proposal) {
  const ceremony::Manifest& manifest = proposal.manifest.manifest();
  const auto own = store.signer_with_key_of(proposal.account);
  if (!own) return put_off(own.error());
  if (*own) {
    return refuse(refused_error("this account has a key of a signer's own",
                                fmt::format("it is that of your signer {}; {} must create this one with a new account",
                                            ceremony::escape(**own), proposal.creator)));
  }
  const auto use = store.other_use(proposal.account, manifest.room, manifest.signers);
  if (!use) return put_off(use.error());
  if (!*use) return std::nullopt;
  const OtherUse& other = **use;
  const std::string message = "this account, or a key of it, was shared before, in another multisig";
  if (other.pending.empty()) {
    // The message goes to the creator, and from there to all: which room it was, is not for them.
    return refuse(refused_error(message, fmt::format("that was in {}; {} must create this one with a new account",
                                                     other.where, proposal.creator)));
  }
  // A decline would be final, and these signers may want just that.
  return put_off(refused_error(
      message, fmt::format("that is {}, which is pending here: end it with `coterie multisig abandon {}`, then join "
                           "again. Nothing was signed, nothing declined",
                           ceremony::escape(other.pending), ceremony::shell_argument(other.pending))));
}

std::variant<ConsentRequest, Objection> prepare_request(Store& store, const LocalSigner& own,
                                                        const Proposal& proposal) {
  const ceremony::Manifest& manifest = proposal.manifest.manifest();
  const auto known = known_cards(store);
  if (!known) return put_off(known.error());
  auto signers = compare_with_contacts(*known, own, manifest.signers);
  if (!signers) return refuse(signers.error());
  if (auto objection = object_to_account(store, proposal)) return std::move(*objection);
  const std::string name = proposal.local_name.value_or(manifest.name);
  const auto taken = store.name_taken(own.card.sign_key(), name);
  if (!taken) return put_off(taken.error());
  const auto imported = store.imported(own.card.sign_key(), name);
  if (!imported) return put_off(imported.error());

  ConsentRequest request;
  request.name = manifest.name;
  request.creator = manifest.signers.front().name();
  request.threshold = static_cast<int>(manifest.threshold);
  request.signers = std::move(*signers);
  request.account = manifest.account;
  request.multisig_address = manifest.multisig_address;
  request.verification_code = proposal.manifest.verification_code();
  for (const ProposedSigner& one : request.signers) {
    if (one.standing == Standing::unknown) request.code_needed = true;
  }
  // An imported multisig gives its name to the very account that it has.
  request.local_name_needed = *taken || (*imported && (*imported)->account.public_part() != manifest.account);
  request.taken_name = name;
  return request;
}

Result<void> check_answer(const ConsentRequest& request, const ConsentAnswer& answer) {
  if (answer.choice == ConsentAnswer::Choice::cannot_ask) return answer.error;
  if (request.code_needed && !answer.code) {
    return usage_error("some signers are not your contacts, and no verification code was given; nothing was signed",
                       "let another signer read out the code under the invite, then join with --code CODE");
  }
  if (answer.code) {
    COTERIE_TRY(const std::string typed, crypto::parse_digits(*answer.code));
    COTERIE_TRY(const std::string expected, crypto::parse_digits(request.verification_code));
    if (typed != expected) {
      return refused_error("the verification code is not the one of this multisig: nothing was signed",
                           "ask another signer, by voice, to read it out again. If it still differs, do not join: "
                           "somebody may have replaced the invite");
    }
  }
  if (request.local_name_needed && !answer.local_name) {
    return usage_error(fmt::format("there is a multisig {} here already", ceremony::escape(request.taken_name)),
                       "choose another name for the new one: --as NAME");
  }
  if (answer.local_name) {
    const auto allowed = ceremony::check_name(*answer.local_name, "multisig name");
    if (!allowed) return usage_error(allowed.error().message, allowed.error().hint);
  }
  return {};
}

Inquiry::Inquiry(EventLoop& loop, Observer& observer, std::optional<Hook> check_hook, std::function<bool()> is_wanted,
                 std::function<void(const ConsentRequest& request, Result<ConsentAnswer> answer)> on_answer)
    : loop_(loop),
      observer_(observer),
      check_hook_(std::move(check_hook)),
      is_wanted_(std::move(is_wanted)),
      on_answer_(std::move(on_answer)) {}

void Inquiry::ask(ConsentRequest request, const ceremony::Manifest& manifest) {
  if (check_hook_ && manifest.multisig_address) return ask_hook(std::move(request), manifest);
  if (check_hook_) {
    observer_.on_notice(
        fmt::format("{} claims no multisig address: the check hook is not run", ceremony::escape(request.creator)));
  }
  ask_person(std::move(request));
}

void Inquiry::stop() {
  if (!question_.joinable()) return;
  question_.request_stop();
  question_.join();
}

void Inquiry::ask_hook(ConsentRequest request, const ceremony::Manifest& manifest) {
  request.checked_by = check_hook_->program.string();
  observer_.on_notice(fmt::format("running the check hook {}, which has {} for it",
                                  ceremony::escape(request.checked_by), describe(check_hook_->timeout)));
  begin(request, [this, request, manifest](std::stop_token stop) {
    const HookRun run{
        .program = request.checked_by,
        .timeout = check_hook_->timeout,
        .stop = std::move(stop),
        .on_output = [this](const std::string& line) { loop_.post([this, line] { observer_.on_hook_output(line); }); }};
    // By the strand, and so behind all that the hook wrote.
    loop_.post([this, request, checked = run_check_hook(manifest, run)] { take_check(request, checked); });
  });
}

void Inquiry::take_check(const ConsentRequest& request, const Result<void>& checked) {
  question_ = {};
  if (!is_wanted_()) return;
  if (checked) return ask_person(request);
  // It may have failed for want of a network: so nothing is declined, which would be final.
  Error error = checked.error();
  error.hint = (error.hint.empty() ? "what it wrote to its standard error stands above" : error.hint) +
               ". Nothing was signed, nothing declined: the same join checks again";
  on_answer_(request, std::move(error));
}

void Inquiry::ask_person(ConsentRequest request) {
  begin(request, [this, request](const std::stop_token& stop) {
    loop_.post([this, request, answer = observer_.ask_consent(request, stop)] {
      question_ = {};
      on_answer_(request, answer);
    });
  });
}

void Inquiry::begin(const ConsentRequest& request, std::function<void(std::stop_token)> question) {
  try {
    question_ = std::jthread(std::move(question));
  } catch (const std::system_error& error) {  // the system gives no thread
    on_answer_(request, environment_error(std::string("there is no thread to ask on: ") + error.what(),
                                          "nothing was signed, nothing declined: the same join asks again"));
  }
}

}  // namespace coterie::session
