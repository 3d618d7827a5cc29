// Failpoints: the places at which a crash drill (tests/crash/) ends this process as kill -9 does. They are in builds
// with COTERIE_FAILPOINTS only; elsewhere nothing of them is compiled.
#pragma once

namespace coterie {

#ifdef COTERIE_FAILPOINTS
// A process passes each of them again and again. $COTERIE_FAILPOINT="NAME:K" ends it in the K-th pass of NAME, from 1;
// $COTERIE_FAILPOINT_LOG=FILE appends the name of every pass to FILE, a line each. Any thread.
void pass_failpoint(const char* name);
#else
inline void pass_failpoint(const char*) {}
#endif

}  // namespace coterie
