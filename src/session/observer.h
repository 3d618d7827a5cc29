// The observer of a run; there always is one.
#pragma once

#include "coterie/observer.h"

namespace coterie::session {

Observer& observer_or_silent(Observer* observer);

}  // namespace coterie::session
