// LinkTroubles: why there is no link to one signer, and what of it was said already. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "session/link_failure.h"

namespace coterie::session {

class LinkTroubles {
 public:
  explicit LinkTroubles(std::string name) : name_(std::move(name)) {}  // escaped

  void attempt_failed(LinkFailure failure) { failure_ = std::move(failure); }
  // What to say of the last attempt: once for each reason. Numbers of pairs may differ from attempt to attempt: no
  // news.
  std::optional<std::string> take_news();
  void link_opened();

  // The other side broke the rules on an open link, in these words. What to say of it: who means it does so on every
  // link, so once is enough.
  std::optional<std::string> broken_off(LinkFailure breach, std::string_view words);
  void joined_anew() { breach_.reset(); }

  // A breach, else the last attempt's failure.
  const std::optional<LinkFailure>& latest() const { return breach_ ? breach_ : failure_; }

 private:
  std::string name_;
  std::optional<LinkFailure> failure_;  // of the last attempt; none since a link is open
  std::string told_;                    // its reason, as it was said
  std::optional<LinkFailure> breach_;   // until that signer's next join
};

}  // namespace coterie::session
