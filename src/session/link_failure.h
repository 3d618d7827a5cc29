// LinkFailure: why there is no link to another signer, in words: the stage, what was tried, the likely cause, what to
// do.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/finding_code.h"
#include "base/result.h"
#include "rtc/connection_report.h"

namespace coterie::session {

struct LinkFailure {
  FindingCode code = FindingCode::link_checks;
  std::string what;
  rtc::PairCounts tried;  // in checks only
  std::string why;        // the likely cause; empty when `what` says all
  std::string advice;
};

// Judges an attempt by what this side knows of it; `error` is how it ended, absent when its time was over.
LinkFailure judge_link(const rtc::ConnectionReport& report, const std::optional<Error>& error);
// The other side is in the room, but has not begun a link.
LinkFailure judge_missing_offer();
// It left the room before any attempt came to an end.
LinkFailure judge_departure();
// The link is open, but nothing that this side waits for came.
LinkFailure judge_silent_link();

// "no path was found (link-checks); tried host–host 4, srflx–host 1, none answered; …".
std::string describe(const LinkFailure& failure);

// Of several signers: those with the same cause in one clause, "no link to bob and carol: …; no link to dave: …", with
// the code of the first and the advice of all.
struct UnlinkedSigner {
  std::string name;  // escaped
  LinkFailure failure;
};
struct UnlinkedSigners {
  std::string words;
  std::string advice;
  std::string code;
};
UnlinkedSigners describe(const std::vector<UnlinkedSigner>& signers);

}  // namespace coterie::session
