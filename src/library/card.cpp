#include "library/access.h"

namespace coterie {

Result<Card> Card::parse(std::string_view text) {
  COTERIE_TRY(ceremony::Card card, ceremony::Card::parse(text));
  return LibraryAccess::wrap(std::move(card));
}

std::string Card::envelope() const {
  return card_->envelope().serialize();
}

std::string Card::text() const {
  return card_->serialize();
}

const std::string& Card::name() const {
  return card_->name();
}

const SignKey& Card::sign_key() const {
  return card_->sign_key();
}

const BoxKey& Card::box_key() const {
  return card_->box_key();
}

std::int64_t Card::created_at() const {
  return card_->created_at();
}

std::string Card::fingerprint() const {
  return card_->fingerprint();
}

const std::optional<AztecPart>& Card::aztec() const {
  return card_->aztec();
}

bool Card::operator==(const Card& other) const {
  return *card_ == *other.card_;
}

}  // namespace coterie
