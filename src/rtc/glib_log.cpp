#include "rtc/glib_log.h"

#include <glib.h>

#include <string_view>

namespace coterie::rtc {

namespace {

void (*fatal_handler)(const char*) = nullptr;

GLogWriterOutput write_log(GLogLevelFlags level, const GLogField* fields, gsize count, gpointer data) {
  if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0) return G_LOG_WRITER_HANDLED;
  if ((level & G_LOG_LEVEL_ERROR) != 0) {
    for (gsize i = 0; i < count; ++i) {
      if (std::string_view(fields[i].key) == "MESSAGE") fatal_handler(static_cast<const char*>(fields[i].value));
    }
  }
  return g_log_writer_default(level, fields, count, data);
}

}  // namespace

void take_glib_log(void (*handle_fatal)(const char* message)) {
  fatal_handler = handle_fatal;
  g_log_set_writer_func(&write_log, nullptr, nullptr);
}

}  // namespace coterie::rtc
