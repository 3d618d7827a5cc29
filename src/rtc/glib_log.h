// What GLib and the libraries on it would write to the program's own output.
#pragma once

namespace coterie::rtc {

// For a program, once, before any thread. GLib ends the whole process when the system gives it no descriptor or no
// memory: `handle_fatal` gets its words before that, and may end the process in its own; when it returns, GLib aborts.
// Debugging output, which a variable of the environment asks for, is dropped: libnice puts the passwords of ICE and
// TURN there. Warnings stay.
void take_glib_log(void (*handle_fatal)(const char* message));

}  // namespace coterie::rtc
