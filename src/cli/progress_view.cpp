#include "cli/progress_view.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <ostream>

#include "ceremony/name.h"
#include "cli/events.h"
#include "cli/file.h"
#include "cli/option_values.h"
#include "cli/qr_code.h"

namespace coterie::cli {

namespace {

constexpr std::chrono::seconds kTick(1);

Colour colour_of(PeerState state) {
  switch (state) {
    case PeerState::absent:
      return Colour::dim;
    case PeerState::joined:
    case PeerState::connecting:
      return Colour::yellow;
    case PeerState::connected:
    case PeerState::delivered:
    case PeerState::receipt:
      return Colour::cyan;
    case PeerState::complete:
      return Colour::green;
    case PeerState::declined:
    case PeerState::failed:
      return Colour::red;
  }
  return Colour::none;
}

std::string state_text(const PeerEvent& event) {
  const std::string state = to_string(event.state);
  return event.path ? state + " " + to_string(*event.path) : state;
}

}  // namespace

ProgressView::ProgressView(Context& context, ProgressOptions options)
    : context_(context),
      options_(std::move(options)),
      // Lines of JSON on the same terminal would be overwritten by a table that is drawn in place.
      redraw_(context.terminal().can_redraw(context.words_device()) && !context.options.quiet &&
              !(context.options.json && context.terminal().is_terminal(Device::out))),
      area_(context.words()),
      ticker_([this](std::stop_token stop) { tick(std::move(stop)); }) {}

ProgressView::~ProgressView() = default;

std::chrono::milliseconds ProgressView::elapsed() const {
  return context_.elapsed();
}

void ProgressView::on_invite(const InviteEvent& event) {
  const std::lock_guard lock(mutex_);
  if (options_.invite_file) {
    const auto written = write_file(*options_.invite_file, as_bytes(event.invite + "\n"), Existing::replace);
    if (!written)
      context_.warn(fmt::format("the invite is in no file: {}; copy it from here", written.error().message));
  }
  creator_ = true;
  emit("invite", invite_fields(event));
  if (context_.options.json) return;

  // Also with --quiet: without the invite nobody can join.
  clear();
  std::ostream& words = context_.words();
  const Terminal& terminal = context_.terminal();
  const Device device = context_.words_device();
  const auto prose = [&](const std::string& text) {
    words << (terminal.is_terminal(device) ? wrap(text, terminal.width(device)) : text) << '\n';
  };
  // The picture first: it is taller than many a screen, and what is copied must not have scrolled away.
  if (terminal.can_redraw(device) && !context_.options.quiet) {
    if (const auto code = render_qr_code(event.invite, terminal.width(device) - 1)) {
      for (const std::string& line : *code) words << terminal.paint(device, Colour::white_on_black, line) << '\n';
      words << '\n';
    }
  }
  prose("Give this invite to the other signers, by any channel:");
  words << '\n' << terminal.paint(device, Colour::bold, event.invite) << "\n\n";
  prose("Verification code, for a signer who asks for it:");
  words << "  " << event.verification_code << '\n';
  if (!context_.options.quiet) {
    prose("This invite is " + event.reach + ".");
    prose("Keep this running until all are complete.");
    words << '\n';
  }
  words << std::flush;
  draw();
}

void ProgressView::on_peer(const PeerEvent& event) {
  const std::lock_guard lock(mutex_);
  emit("peer", peer_fields(event));
  const auto known = std::find_if(peers_.begin(), peers_.end(),
                                  [&](const Peer& peer) { return peer.event.sign_key == event.sign_key; });
  if (known == peers_.end()) {
    peers_.push_back({event, elapsed()});
  } else {
    known->event = event;
    known->since = elapsed();
  }
  if (redraw_) {
    draw();
  } else {
    print(fmt::format("{:>5}  {} {}", elapsed_text(elapsed()), ceremony::escape(event.name), state_text(event)));
  }
}

void ProgressView::on_notice(const std::string& line) {
  const std::lock_guard lock(mutex_);
  print(line);
}

// What a hook says of why it fails is no decoration: on standard error, also with --quiet.
void ProgressView::on_hook_output(const std::string& line) {
  const std::lock_guard lock(mutex_);
  clear();
  context_.err() << line << std::endl;
  draw();
}

void ProgressView::on_multisig(const Multisig& multisig) {
  multisig_ = multisig;
}

ConsentAnswer ProgressView::ask_consent(const ConsentRequest& request, std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    clear();
    asking_ = true;
  }
  // What a person is asked about stands where the question does, whatever --quiet and redirections do to other words.
  const bool asked = context_.terminal().can_ask() && leaves_open(request, options_.consent);
  const auto print_line = [&](const std::string& line) {
    asked ? context_.terminal().tell(ceremony::escape_words(line)) : context_.say(line);
  };
  auto answer = obtain_consent(request, options_.consent, context_.terminal(), print_line, std::move(stop));
  const std::lock_guard lock(mutex_);
  asking_ = false;
  for (const std::string& line : held_back_) context_.say(line);
  held_back_.clear();
  draw();
  return answer;
}

void ProgressView::finish() {
  ticker_.request_stop();
  ticker_.join();
  const std::lock_guard lock(mutex_);
  finished_ = true;
  draw();
  area_.keep();
}

void ProgressView::emit(std::string_view event, const json::Object& fields) {
  // Flushed line by line: the reader acts on events.
  if (context_.options.json) context_.out() << event_line(event, elapsed(), fields) << std::endl;
}

void ProgressView::print(const std::string& line) {
  if (asking_) {
    held_back_.push_back(line);
    return;
  }
  clear();
  context_.say(line);
  draw();
}

void ProgressView::clear() {
  area_.clear(context_.terminal().width(context_.words_device()));
}

void ProgressView::draw() {
  if (!redraw_ || asking_ || peers_.empty()) return;
  area_.draw(live_lines(), context_.terminal().width(context_.words_device()));
}

std::vector<TableRow> ProgressView::rows() const {
  std::vector<TableRow> rows;
  for (const Peer& peer : peers_) {
    rows.push_back(
        {ceremony::escape(peer.event.name), state_text(peer.event), colour_of(peer.event.state), peer.since});
  }
  return rows;
}

std::vector<std::string> ProgressView::live_lines() const {
  const Device device = context_.words_device();
  const Terminal& terminal = context_.terminal();
  const int width = terminal.width(device);
  auto lines = render_table(rows(), width, terminal, device);
  if (finished_) return lines;
  // What has scrolled off the screen cannot be drawn again: the rows that do not fit are counted. One row stays free
  // for the cursor, one is the last line's.
  const std::size_t most = static_cast<std::size_t>(terminal.height(device)) - 2;
  if (lines.size() > most) {
    const std::size_t hidden = lines.size() - most + 1;
    std::size_t complete = 0;
    for (auto peer = peers_.end() - static_cast<std::ptrdiff_t>(hidden); peer != peers_.end(); ++peer) {
      if (peer->event.state == PeerState::complete) ++complete;
    }
    lines.resize(most - 1);
    lines.push_back(fit(fmt::format("  and {} more, {} of them complete", hidden, complete), width - 1));
  }
  // Not padded: what reaches the last column may be wrapped when the terminal is made narrower.
  std::string last = fmt::format("  {}  {}", elapsed_text(elapsed()), waiting_text());
  if (display_width(last) >= width) last = fit(last, width - 1);
  lines.push_back(last);
  return lines;
}

// Whom the run waits for. A recipient hears of the creator first, then of itself.
std::string ProgressView::waiting_text() const {
  if (!creator_) {
    const bool signed_here = peers_.size() > 1 && peers_.back().event.state == PeerState::receipt;
    if (signed_here) return "you have signed; waiting until all have";
    return "waiting for " + ceremony::escape(peers_.front().event.name);
  }
  std::vector<std::string> absent;
  std::vector<std::string> unsigned_yet;
  std::vector<std::string> uncertified;
  for (const Peer& peer : peers_) {
    const std::string name = ceremony::escape(peer.event.name);
    if (peer.event.state == PeerState::absent) absent.push_back(name);
    if (peer.event.state > PeerState::absent && peer.event.state < PeerState::delivered) unsigned_yet.push_back(name);
    if (peer.event.state == PeerState::delivered || peer.event.state == PeerState::receipt) uncertified.push_back(name);
  }
  if (!absent.empty()) return "waiting for " + ceremony::join_names(absent);
  if (!unsigned_yet.empty()) return ceremony::join_names(unsigned_yet) + " to sign";
  if (!uncertified.empty()) return ceremony::join_names(uncertified) + " to store the certificate";
  return "";
}

void ProgressView::tick(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(lock, stop, kTick, [] { return false; });
    if (stop.stop_requested()) return;
    draw();
  }
}

}  // namespace coterie::cli
