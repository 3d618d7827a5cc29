// What GLib says before it ends the whole process: it does when the system gives it no descriptor or no memory.
#pragma once

namespace coterie::rtc {

// For a program, once, before any thread: `handle` gets GLib's words and may end the process in its own. When it
// returns, GLib aborts.
void set_fatal_handler(void (*handle)(const char* message));

}  // namespace coterie::rtc
