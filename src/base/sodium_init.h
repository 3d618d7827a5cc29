// One place that starts libsodium; every user of it calls this first. Cheap after the first call, thread-safe.
#pragma once

namespace coterie {

// Ends the process when the system has no randomness: nothing here may go on without it.
void initialize_sodium();

}  // namespace coterie
