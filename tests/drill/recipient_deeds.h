// What an evil recipient may do, by name.
#pragma once

#include <vector>

#include "drill/evil_recipient.h"

namespace coterie::drill {

const std::vector<RecipientDeed>& recipient_deeds();

}  // namespace coterie::drill
