// A wire between two interfaces that delays, loses and reorders, for kernels without netem: every frame that comes in
// on one goes out on the other when its time has come.
//
//   wire LEFT RIGHT [--delay MS] [--jitter MS] [--loss PERCENT] [--reorder PERCENT] [--hold MS] [--seed N]
//
//   --delay    one way, the same for both directions; --jitter adds 0 to MS more to each frame, which may overtake
//   others
//   --loss     of the IP packets of each direction; ARP passes, for it crosses no internet
//   --reorder  of the frames are held back by --hold more, so that those behind them overtake
//
// Says "ready" when both interfaces are open. On SIGTERM or SIGINT it says how many packets it took, lost and delivered
// behind a later one: {"taken":N,"lost":N,"overtaken":N}
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr std::size_t kOffloads = 10;  // struct virtio_net_hdr, before each frame; its header is none of C++
constexpr std::size_t kMaxFrame = kOffloads + 65'536 + ETH_HLEN;  // unsegmented TCP passes whole
constexpr std::size_t kMaxWaiting = 20'000;                       // frames of one direction; more are lost

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Options {
  double delay_ms = 0;
  double jitter_ms = 0;
  double loss_percent = 0;
  double reorder_percent = 0;
  double hold_ms = 0;
  double seed = 1;
};

struct Counts {
  std::uint64_t taken = 0;
  std::uint64_t lost = 0;
  std::uint64_t overtaken = 0;
};

class Interface {
 public:
  explicit Interface(const std::string& name) : descriptor_(socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0)) {
    if (descriptor_ < 0) fail("AF_PACKET");
    // Checksums and segmentation that the sender left to its interface stay left to the receiver's.
    enable(PACKET_VNET_HDR);
    enable(PACKET_IGNORE_OUTGOING);
    const int bytes = 8 << 20;
    if (setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0) fail("SO_RCVBUFFORCE");
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_protocol = htons(ETH_P_ALL);
    address.sll_ifindex = static_cast<int>(if_nametoindex(name.c_str()));
    if (address.sll_ifindex == 0) fail(name);
    if (bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail(name);
  }
  ~Interface() { close(descriptor_); }
  Interface(const Interface&) = delete;
  Interface& operator=(const Interface&) = delete;

  int descriptor() const { return descriptor_; }

  // Empty when there is none at present.
  std::vector<std::uint8_t> receive() const {
    std::vector<std::uint8_t> frame(kMaxFrame);
    const ssize_t size = recv(descriptor_, frame.data(), frame.size(), 0);
    frame.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    frame.shrink_to_fit();
    return frame;
  }

  // A full queue or an interface that is down loses the frame, as a wire does.
  void send(const std::vector<std::uint8_t>& frame) const {
    if (::send(descriptor_, frame.data(), frame.size(), 0) >= 0) return;
    if (errno != ENOBUFS && errno != EAGAIN && errno != ENETDOWN && errno != ENXIO) fail("send");
  }

 private:
  void enable(int option) const {
    const int one = 1;
    if (setsockopt(descriptor_, SOL_PACKET, option, &one, sizeof one) != 0) fail("packet option");
  }

  int descriptor_;
};

bool is_ip(const std::vector<std::uint8_t>& frame) {
  constexpr std::size_t type = kOffloads + offsetof(ethhdr, h_proto);
  if (frame.size() < type + 2) return false;
  const auto protocol = static_cast<std::uint16_t>(frame[type] << 8 | frame[type + 1]);
  return protocol == ETH_P_IP || protocol == ETH_P_IPV6;
}

// One direction.
class Direction {
 public:
  Direction(const Interface& from, const Interface& to, const Options& options, Counts& counts, std::uint32_t seed)
      : from_(from), to_(to), options_(options), counts_(counts), random_(seed) {}

  void take() {
    for (std::vector<std::uint8_t> frame = from_.receive(); !frame.empty(); frame = from_.receive()) {
      const bool packet = is_ip(frame);
      if (packet) ++counts_.taken;
      if (waiting_.size() >= kMaxWaiting || (packet && draw(options_.loss_percent))) {
        ++counts_.lost;
        continue;
      }
      Milliseconds stay(options_.delay_ms);
      if (options_.jitter_ms > 0)
        stay += std::uniform_real_distribution(0.0, 1.0)(random_) * Milliseconds(options_.jitter_ms);
      if (packet && draw(options_.reorder_percent)) stay += Milliseconds(options_.hold_ms);
      waiting_.emplace(Clock::now() + std::chrono::duration_cast<Clock::duration>(stay),
                       Waiting{next_number_++, std::move(frame)});
    }
  }

  void deliver(Clock::time_point now) {
    while (!waiting_.empty() && waiting_.begin()->first <= now) {
      const Waiting& first = waiting_.begin()->second;
      if (first.number < highest_) ++counts_.overtaken;
      highest_ = std::max(highest_, first.number);
      to_.send(first.frame);
      waiting_.erase(waiting_.begin());
    }
  }

  std::optional<Clock::time_point> next() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.begin()->first;
  }

 private:
  struct Waiting {
    std::uint64_t number;
    std::vector<std::uint8_t> frame;
  };

  bool draw(double percent) { return std::uniform_real_distribution(0.0, 100.0)(random_) < percent; }

  const Interface& from_;
  const Interface& to_;
  const Options& options_;
  Counts& counts_;
  std::mt19937 random_;
  std::multimap<Clock::time_point, Waiting> waiting_;
  std::uint64_t next_number_ = 0;
  std::uint64_t highest_ = 0;
};

void arm(int timer, std::optional<Clock::time_point> at) {
  itimerspec when{};
  if (at) {
    const auto since = at->time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    when.it_value.tv_sec = seconds.count();
    when.it_value.tv_nsec = std::max<long>(1, std::chrono::nanoseconds(since - seconds).count());
  }
  if (timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, nullptr) != 0) fail("timerfd_settime");
}

std::optional<Clock::time_point> earlier(std::optional<Clock::time_point> a, std::optional<Clock::time_point> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

void run(const std::string& left_name, const std::string& right_name, const Options& options) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  sigprocmask(SIG_BLOCK, &ending, nullptr);
  const int signals = signalfd(-1, &ending, 0);
  const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);  // steady_clock's own clock
  if (signals < 0 || timer < 0) fail("signalfd, timerfd");
  prctl(PR_SET_TIMERSLACK, 1000);

  const Interface left(left_name);
  const Interface right(right_name);
  Counts counts;
  const auto seed = static_cast<std::uint32_t>(options.seed);
  Direction there(left, right, options, counts, seed);
  Direction back(right, left, options, counts, seed + 1);
  std::puts("ready");
  std::fflush(stdout);

  std::array<pollfd, 4> ready{
      {{left.descriptor(), POLLIN, 0}, {right.descriptor(), POLLIN, 0}, {timer, POLLIN, 0}, {signals, POLLIN, 0}}};
  while (ready[3].revents == 0) {
    arm(timer, earlier(there.next(), back.next()));
    if (poll(ready.data(), ready.size(), -1) < 0) fail("poll");
    there.take();
    back.take();
    const auto now = Clock::now();
    there.deliver(now);
    back.deliver(now);
  }
  std::printf("{\"taken\":%llu,\"lost\":%llu,\"overtaken\":%llu}\n", static_cast<unsigned long long>(counts.taken),
              static_cast<unsigned long long>(counts.lost), static_cast<unsigned long long>(counts.overtaken));
}

Options parse_options(const std::vector<std::string_view>& arguments) {
  Options options;
  const std::map<std::string_view, double*> known = {
      {"--delay", &options.delay_ms},          {"--jitter", &options.jitter_ms}, {"--loss", &options.loss_percent},
      {"--reorder", &options.reorder_percent}, {"--hold", &options.hold_ms},     {"--seed", &options.seed}};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto option = known.find(arguments[i]);
    if (option == known.end() || i + 1 == arguments.size()) {
      throw std::invalid_argument("unknown option, or without a value: " + std::string(arguments[i]));
    }
    const std::string_view text = arguments[i + 1];
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *option->second);
    if (error != std::errc() || end != text.data() + text.size() || *option->second < 0) {
      throw std::invalid_argument(std::string(option->first) + " takes a number, not " + std::string(text));
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3) throw std::invalid_argument("wire LEFT RIGHT [options]: the file's first lines tell them");
    run(argv[1], argv[2], parse_options({argv + 3, argv + argc}));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "wire: %s\n", error.what());
    return 1;
  }
}
