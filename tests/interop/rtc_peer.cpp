// rtc_peer: one PeerConnection of ours as a process. Commands come as JSON lines on stdin, events go as JSON lines to
// stdout; the peers of other stacks beside this file speak the same (tests/support/rtc_peer.py has the list).
#include <openssl/evp.h>
#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <map>
#include <string>
#include <thread>

#include "base/json.h"
#include "rtc/peer_connection.h"
#include "rtc/test_strand.h"

namespace coterie::rtc {
namespace {

constexpr std::size_t kMaxLine = 64ul * 1024;

Bytes pattern(std::size_t size, std::uint64_t seed) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + seed);
  return bytes;
}

std::string sha256(BytesView bytes) {
  std::array<std::uint8_t, 32> digest{};
  unsigned int size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return fmt::format("{:02x}", fmt::join(digest, ""));
}

void emit(json::Object object) {
  std::cout << json::serialize(std::move(object)) << std::endl;
}

class Process {
 public:
  void start(LoopbackCandidates loopback) {
    Configuration configuration;
    configuration.loopback = loopback;
    PeerConnectionHandlers handlers;
    handlers.on_local_description = [](const SessionDescription& description) {
      const char* type = description.type == SessionDescription::Type::offer ? "offer" : "answer";
      emit({{"event", "description"}, {"type", type}, {"sdp", description.sdp}});
    };
    handlers.on_ice_candidate = [](const std::optional<IceCandidateInit>& candidate) {
      emit({{"event", "candidate"}, {"candidate", serialize_ice_candidate(candidate)}});
    };
    handlers.on_connection_state = [](ConnectionState state, const std::optional<Error>& error) {
      emit({{"event", "state"}, {"state", to_string(state)}, {"error", error ? error->message : ""}});
    };
    handlers.on_data_channel = [this](const std::shared_ptr<DataChannel>& channel) {
      emit({{"event", "channel"}, {"label", channel->label()}});
      keep(channel);
    };
    connection_ = PeerConnection::create(runtime_, configuration, strand_.post(), std::move(handlers));
    std::thread([this, post = strand_.post()] {
      std::string line;
      while (std::getline(std::cin, line)) post([this, line] { obey(line); });
      post([this] { over_ = true; });
    }).detach();
    while (!strand_.run_until([this] { return over_; })) {
    }
    connection_->close();
  }

 private:
  void keep(const std::shared_ptr<DataChannel>& channel) {
    const std::string label = channel->label();
    channels_[label] = channel;
    const auto tell = [label](const char* event) { emit({{"event", event}, {"label", label}}); };
    DataChannelHandlers handlers;
    handlers.on_open = [tell] { tell("open"); };
    handlers.on_message = [label](const Bytes& message) {
      emit({{"event", "message"}, {"label", label}, {"size", message.size()}, {"sha256", sha256(message)}});
    };
    handlers.on_closing = [tell] { tell("closing"); };
    handlers.on_close = [label](const std::optional<Error>& error) {
      emit({{"event", "closed"}, {"label", label}, {"error", error ? error->message : ""}});
    };
    channel->set_handlers(std::move(handlers));
  }

  void obey(const std::string& line) {
    const auto command = json::parse(line, kMaxLine, "command");
    if (!command) return fail(command.error());
    const json::Object& object = command->as_object();
    const auto text = [&](const char* key) { return std::string(object.at(key).as_string()); };
    const std::string what = text("do");
    Result<void> done = {};
    if (what == "offer") done = connection_->create_offer();
    if (what == "describe") {
      const auto type = text("type") == "offer" ? SessionDescription::Type::offer : SessionDescription::Type::answer;
      done = connection_->set_remote_description({type, text("sdp")});
    }
    if (what == "candidate") {
      const auto candidate = parse_ice_candidate(object.at("candidate"));
      done = candidate ? connection_->add_ice_candidate(*candidate) : Result<void>(candidate.error());
    }
    if (what == "open") {
      const auto channel = connection_->create_data_channel(text("label"));
      channel ? keep(*channel) : fail(channel.error());
    }
    if (what == "send") {
      const auto size = object.at("size").to_number<std::size_t>();
      done = channels_.at(text("label"))->send(pattern(size, object.at("seed").to_number<std::uint64_t>()));
    }
    if (what == "close") channels_.at(text("label"))->close();
    if (what == "echo") emit({{"event", "echo"}, {"label", text("label")}});
    if (what == "end") over_ = true;
    if (!done) fail(done.error());
  }
  static void fail(const Error& error) { emit({{"event", "error"}, {"message", error.message}}); }

  std::shared_ptr<Runtime> runtime_ = Runtime::acquire();
  TestStrand strand_;
  std::shared_ptr<PeerConnection> connection_;
  std::map<std::string, std::shared_ptr<DataChannel>> channels_;
  bool over_ = false;
};

}  // namespace
}  // namespace coterie::rtc

// rtc_peer [--no-loopback]
int main(int count, char** arguments) {
  using coterie::rtc::LoopbackCandidates;
  const bool no_loopback = count > 1 && std::string(arguments[1]) == "--no-loopback";
  coterie::rtc::Process process;
  process.start(no_loopback ? LoopbackCandidates::refused : LoopbackCandidates::allowed);
}
