// ProgressView: a running create, join or resume as a person or a program sees it; asks for consent.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/command.h"
#include "cli/consent.h"
#include "cli/table.h"
#include "coterie/observer.h"

namespace coterie::cli {

struct ProgressOptions {
  ConsentOptions consent;
  std::optional<std::filesystem::path> invite_file;  // the creator's invite goes there, too
};

class ProgressView final : public Observer {
 public:
  ProgressView(Context& context, ProgressOptions options);
  ~ProgressView() override;

  void on_invite(const InviteEvent& event) override;
  void on_peer(const PeerEvent& event) override;
  void on_notice(const std::string& line) override;
  void on_hook_output(const std::string& line) override;
  ConsentAnswer ask_consent(const ConsentRequest& request, std::stop_token stop) override;

  void on_multisig(const Multisig& multisig) override;

  // After the run: the table stays as it is.
  void finish();
  // What the vault had of it at the end of the run.
  const std::optional<Multisig>& multisig() const { return multisig_; }

 private:
  struct Peer {
    PeerEvent event;
    std::chrono::milliseconds since{};
  };

  std::chrono::milliseconds elapsed() const;
  // All below with mutex_ held.
  void emit(std::string_view event, const json::Object& fields);
  void print(const std::string& line);  // above the table; kept back while a person is being asked
  void draw();
  void clear();
  std::vector<TableRow> rows() const;
  std::vector<std::string> live_lines() const;
  std::string waiting_text() const;
  void tick(std::stop_token stop);

  Context& context_;
  ProgressOptions options_;
  const bool redraw_;

  std::mutex mutex_;
  std::condition_variable_any stopped_;
  LiveArea area_;
  std::vector<Peer> peers_;  // in the order in which they were first heard of
  bool creator_ = false;     // an invite was shown
  bool asking_ = false;
  std::vector<std::string> held_back_;
  bool finished_ = false;
  std::optional<Multisig> multisig_;
  std::jthread ticker_;  // last: it uses all of the above
};

}  // namespace coterie::cli
