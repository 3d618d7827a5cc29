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
    if (!written) context_.warn(written.error().message);
  }
  emit("invite", invite_fields(event));
  if (context_.options.json) return;

  // Also with --quiet: without the invite nobody can join.
  area_.clear();
  std::ostream& words = context_.words();
  const Terminal& terminal = context_.terminal();
  const Device device = context_.words_device();
  words << "Give this invite to the other signers, by any channel:\n\n"
        << terminal.paint(device, Colour::bold, event.invite) << "\n\n";
  if (terminal.is_terminal(device) && !context_.options.quiet) {
    if (const auto code = render_qr_code(event.invite, terminal.width(device) - 1)) {
      for (const std::string& line : *code) words << line << '\n';
      words << '\n';
    }
  }
  words << "Verification code, for a signer who asks for it:\n  " << event.verification_code << '\n';
  if (!context_.options.quiet) {
    words << "This invite is " << event.reach << ".\nKeep this running until all are complete.\n\n";
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

void ProgressView::on_multisig(const Multisig& multisig) {
  multisig_ = multisig;
}

ConsentAnswer ProgressView::ask_consent(const ConsentRequest& request, std::stop_token stop) {
  {
    const std::lock_guard lock(mutex_);
    area_.clear();
    asking_ = true;
  }
  const auto print_line = [this](const std::string& line) { context_.say(line); };
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
  area_.clear();
  context_.say(line);
  draw();
}

void ProgressView::draw() {
  if (redraw_ && !asking_ && !peers_.empty()) area_.draw(live_lines());
}

std::vector<std::string> ProgressView::live_lines() const {
  std::vector<TableRow> rows;
  for (const Peer& peer : peers_) {
    rows.push_back(
        {ceremony::escape(peer.event.name), state_text(peer.event), colour_of(peer.event.state), peer.since});
  }
  const Device device = context_.words_device();
  auto lines = render_table(rows, context_.terminal().width(device), context_.terminal(), device);
  if (!finished_) lines.push_back(fmt::format("  {}", elapsed_text(elapsed())));
  return lines;
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
