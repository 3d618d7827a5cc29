// What an evil creator may do, by name.
#pragma once

#include <vector>

#include "drill/evil_creator.h"

namespace coterie::drill {

const std::vector<CreatorDeed>& creator_deeds();

}  // namespace coterie::drill
