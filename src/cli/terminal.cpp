#include "cli/terminal.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <utility>

namespace coterie::cli {

namespace {

constexpr std::size_t kMaxLine = 4096;  // what a terminal in line mode takes at most

int descriptor_of(Device device) {
  return device == Device::out ? STDOUT_FILENO : STDERR_FILENO;
}

// The terminal whose echo is off, so that a signal can switch it on again. Program-wide like the terminal itself.
struct SavedMode {
  std::mutex mutex;
  int descriptor = -1;
  termios mode{};
};

SavedMode& saved_mode() {
  static SavedMode instance;
  return instance;
}

class EchoOff {
 public:
  // Stopped by Ctrl-Z it would find the terminal, after `fg`, as the shell had it: with echo.
  explicit EchoOff(int descriptor) : on_stop_(std::signal(SIGTSTP, SIG_IGN)) {
    const std::lock_guard lock(saved_mode().mutex);
    if (tcgetattr(descriptor, &saved_mode().mode) != 0) return;
    saved_mode().descriptor = descriptor;
    termios silent = saved_mode().mode;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    silent.c_lflag |= ECHONL;
    // Now, not after a flush: what was typed or pasted ahead for a second question must not get lost.
    tcsetattr(descriptor, TCSANOW, &silent);
  }
  ~EchoOff() {
    restore_terminal();
    static_cast<void>(std::signal(SIGTSTP, on_stop_));
  }
  EchoOff(const EchoOff&) = delete;
  EchoOff& operator=(const EchoOff&) = delete;

 private:
  void (*on_stop_)(int);
};

class Wake {
 public:
  Wake() : descriptor_(eventfd(0, EFD_CLOEXEC)) {}
  ~Wake() { close(descriptor_); }
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  int descriptor() const { return descriptor_; }
  void operator()() const { eventfd_write(descriptor_, 1); }

 private:
  int descriptor_;
};

void write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // a terminal that is gone shows no prompt, and the read that follows fails
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

const char* colour_code(Colour colour) {
  switch (colour) {
    case Colour::none:
      return "";
    case Colour::bold:
      return "\x1b[1m";
    case Colour::dim:
      return "\x1b[2m";
    case Colour::red:
      return "\x1b[31m";
    case Colour::green:
      return "\x1b[32m";
    case Colour::yellow:
      return "\x1b[33m";
    case Colour::cyan:
      return "\x1b[36m";
    case Colour::white_on_black:
      return "\x1b[97;40m";
  }
  return "";
}

struct CodePoint {
  std::string_view bytes;
  int columns;
};

bool is_digit(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

// The end of the piece of `text` that begins at `start` and is not to be broken.
std::size_t end_of_piece(std::string_view text, std::size_t start) {
  bool quoted = false;
  for (std::size_t at = start; at < text.size(); ++at) {
    if (text[at] == '`') quoted = !quoted && text.find('`', at + 1) != std::string_view::npos;
    const bool inside_digits = at > start && is_digit(text, at - 1) && is_digit(text, at + 1);
    if (text[at] == ' ' && !quoted && !inside_digits) return at;
  }
  return text.size();
}

std::string wrap_line(std::string_view line, int width, std::string_view indent) {
  if (line.starts_with(' ')) return std::string(line);
  std::string wrapped;
  int column = 0;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = end_of_piece(line, at);
    const std::string_view piece = line.substr(at, end - at);
    const int columns = display_width(piece);
    if (column > static_cast<int>(indent.size()) && column + columns >= width) {
      wrapped.erase(wrapped.find_last_not_of(' ') + 1);
      wrapped += '\n';
      wrapped += indent;
      column = static_cast<int>(indent.size());
    }
    wrapped += piece;
    column += columns;
    for (at = end; at < line.size() && line[at] == ' '; ++at, ++column) wrapped += ' ';
  }
  return wrapped;
}

// The first code point of non-empty `text`; a byte that is no UTF-8 counts as one column.
CodePoint first_code_point(std::string_view text) {
  // wcwidth follows the thread's locale; the process's stays "C" for the libraries that print numbers.
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const locale_t before = utf8 != nullptr ? uselocale(utf8) : nullptr;
  wchar_t wide = 0;
  mbstate_t shift{};
  // NOLINTNEXTLINE(concurrency-mt-unsafe): it is safe with a state of its own, `shift`
  const std::size_t size = mbrtowc(&wide, text.data(), text.size(), &shift);
  const bool valid = size != 0 && size <= text.size();
  const int columns = valid ? std::max(wcwidth(wide), 0) : 1;
  if (before != nullptr) uselocale(before);
  return {text.substr(0, valid ? size : 1), columns};
}

}  // namespace

void restore_terminal() {
  const std::lock_guard lock(saved_mode().mutex);
  if (saved_mode().descriptor < 0) return;
  tcsetattr(saved_mode().descriptor, TCSANOW, &saved_mode().mode);
  saved_mode().descriptor = -1;
}

Terminal Terminal::detect() {
  Terminal terminal;
  terminal.out_ = isatty(STDOUT_FILENO) == 1;
  terminal.err_ = isatty(STDERR_FILENO) == 1;
  const char* kind = std::getenv("TERM");
  terminal.dumb_ = kind == nullptr || *kind == '\0' || std::string_view(kind) == "dumb";
  const char* no_colour = std::getenv("NO_COLOR");
  terminal.colour_ = !terminal.dumb_ && (no_colour == nullptr || *no_colour == '\0');
  if (isatty(STDIN_FILENO) == 1) {
    terminal.input_ = STDIN_FILENO;
  } else if (terminal.err_) {
    terminal.input_ = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    terminal.owns_input_ = terminal.input_ >= 0;
  }
  return terminal;
}

Terminal::Terminal(Terminal&& other) noexcept
    : out_(other.out_),
      err_(other.err_),
      dumb_(other.dumb_),
      colour_(other.colour_),
      input_(std::exchange(other.input_, -1)),
      owns_input_(std::exchange(other.owns_input_, false)) {}

Terminal::~Terminal() {
  if (owns_input_) close(input_);
}

int Terminal::width(Device device) const {
  constexpr int kUsual = 80;
  constexpr int kLeast = 20;
  winsize size{};
  if (!is_terminal(device) || ioctl(descriptor_of(device), TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kUsual;
  return std::max<int>(size.ws_col, kLeast);
}

int Terminal::height(Device device) const {
  constexpr int kUsual = 24;
  constexpr int kLeast = 3;
  winsize size{};
  if (!is_terminal(device) || ioctl(descriptor_of(device), TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return kUsual;
  return std::max<int>(size.ws_row, kLeast);
}

std::string Terminal::paint(Device device, Colour colour, std::string_view text) const {
  if (!colour_ || !is_terminal(device) || colour == Colour::none) return std::string(text);
  return colour_code(colour) + std::string(text) + "\x1b[0m";
}

void Terminal::show(std::string_view words) const {
  write_all(err_ ? STDERR_FILENO : input_, err_ ? wrap(words, width(Device::err)) : std::string(words));
}

void Terminal::tell(std::string_view line) const {
  if (can_ask()) show(std::string(line) + '\n');
}

Result<std::string> Terminal::ask(std::string_view prompt, std::stop_token stop, TypedAhead typed_ahead) {
  if (typed_ahead == TypedAhead::dropped && can_ask()) tcflush(input_, TCIFLUSH);
  COTERIE_TRY(const SecretBytes line, read_line(prompt, true, std::move(stop)));
  return std::string(line.text());
}

Result<SecretBytes> Terminal::ask_secret(std::string_view prompt, std::stop_token stop) {
  return read_line(prompt, false, std::move(stop));
}

Result<SecretBytes> Terminal::read_line(std::string_view prompt, bool echo, std::stop_token stop) {
  if (!can_ask()) return usage_error("there is no terminal to ask on");
  const Wake wake;
  const std::stop_callback on_stop(stop, std::cref(wake));
  std::optional<EchoOff> silent;
  if (!echo) silent.emplace(input_);
  show(prompt);

  SecretBytes line(kMaxLine);
  std::size_t size = 0;
  std::array<pollfd, 2> polled{{{input_, POLLIN, 0}, {wake.descriptor(), POLLIN, 0}}};
  while (true) {
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if (stop.stop_requested()) return Error{ErrorKind::interrupted, "interrupted while asking", {}};
    const ssize_t count = read(input_, line.data() + size, line.size() - size);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count <= 0) return Error{ErrorKind::interrupted, "the terminal was closed while asking", {}};
    size += static_cast<std::size_t>(count);
    if (line.data()[size - 1] == '\n') break;
    if (size == line.size()) return usage_error("the answer is too long", "answer with less than 4096 bytes");
  }
  line.truncate(size - 1);
  return line;
}

std::string wrap(std::string_view text, int width, std::string_view indent) {
  std::string wrapped;
  while (true) {
    const std::size_t end = text.find('\n');
    wrapped += wrap_line(text.substr(0, end), width, indent);
    if (end == std::string_view::npos) return wrapped;
    wrapped += '\n';
    text.remove_prefix(end + 1);
  }
}

int display_width(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    if (text.starts_with("\x1b[")) {
      text.remove_prefix(std::min(text.find('m'), text.size() - 1) + 1);
      continue;
    }
    const CodePoint point = first_code_point(text);
    columns += point.columns;
    text.remove_prefix(point.bytes.size());
  }
  return columns;
}

std::string fit(std::string_view text, int columns) {
  const int width = display_width(text);
  if (width <= columns) return std::string(text) + std::string(static_cast<std::size_t>(columns - width), ' ');
  std::string result;
  int used = 0;
  while (!text.empty()) {
    const CodePoint point = first_code_point(text);
    if (used + point.columns > columns - 1) break;
    result += point.bytes;
    used += point.columns;
    text.remove_prefix(point.bytes.size());
  }
  result += "…";
  return result + std::string(static_cast<std::size_t>(std::max(columns - 1 - used, 0)), ' ');
}

}  // namespace coterie::cli
