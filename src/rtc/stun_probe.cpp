#include "rtc/stun_probe.h"

#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <list>
#include <optional>
#include <system_error>
#include <utility>

#include "base/random.h"
#include "rtc/ip_address.h"
#include "rtc/loop.h"
#include "rtc/name_lookup.h"
#include "rtc/stun_message.h"

namespace coterie::rtc {

namespace {

using namespace std::chrono_literals;

constexpr auto kFirstRetransmission = 250ms;  // then doubled: RFC 8489 §6.2.1, with a start for one request only

// A UDP socket that hears one address only.
class ConnectedSocket {
 public:
  ConnectedSocket(const IpAddress& address, std::uint16_t port)
      : descriptor_(socket(address.is_ipv6() ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_storage to{};
    const socklen_t size = address.fill(to, port);
    if (descriptor_ >= 0 && connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), size) == 0) return;
    error_ = errno;
  }
  ~ConnectedSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ConnectedSocket(const ConnectedSocket&) = delete;
  ConnectedSocket& operator=(const ConnectedSocket&) = delete;

  int descriptor() const { return descriptor_; }
  int error() const { return error_; }  // of making it; 0 if it works

 private:
  int descriptor_;
  int error_ = 0;
};

// All of one probe on the rtc thread.
class Probing final : public Resident {
 public:
  Probing(Loop& loop, std::vector<StunUrl> servers, StunProbeLimits limits,
          std::function<void(Result<StunAnswer>)> on_result)
      : loop_(loop),
        servers_(std::move(servers)),
        limits_(limits),
        on_result_(std::move(on_result)),
        resolve_timer_(loop),
        total_timer_(loop) {
    if (servers_.size() > kMaxStunServers) servers_.resize(kMaxStunServers);
  }

  void start();
  void close() override {
    if (std::exchange(ended_, true)) return;
    lookups_.clear();
    exchanges_.clear();
    resolve_timer_.stop();
    total_timer_.stop();
    loop_.dismiss(*this);
  }

 private:
  // One request to one address, repeated until the answer.
  struct Exchange {
    Exchange(Loop& loop, StunUrl from, const IpAddress& to)
        : url(std::move(from)), address(to), socket(to, url.port), timer(loop) {
      SystemRandom().fill(id);
    }
    StunUrl url;
    IpAddress address;
    ConnectedSocket socket;
    Timer timer;
    std::optional<SocketWatch> watch;
    stun::TransactionId id{};
    std::chrono::milliseconds interval = kFirstRetransmission;
    bool dead = false;
  };

  struct Lookup {
    StunUrl url;
    std::unique_ptr<NameLookup> running;  // null when it is over
  };

  void ask(const StunUrl& url, const IpAddress& address);
  void send(Exchange& exchange);
  void receive(Exchange& exchange);
  void give_up(Exchange& exchange, int error);
  void add_problem(const StunUrl& url, std::string_view what);
  void end_if_hopeless();
  void end(Result<StunAnswer> result) {
    if (ended_) return;
    on_result_(std::move(result));
    close();
  }

  Loop& loop_;
  std::vector<StunUrl> servers_;
  const StunProbeLimits limits_;
  const std::function<void(Result<StunAnswer>)> on_result_;
  Timer resolve_timer_;
  Timer total_timer_;
  std::list<Lookup> lookups_;
  std::list<Exchange> exchanges_;
  std::string problems_;
  bool ended_ = false;
};

void Probing::start() {
  if (ended_) return;
  total_timer_.start(limits_.total, [this] {
    for (const Exchange& exchange : exchanges_) {
      if (!exchange.dead) add_problem(exchange.url, "no answer");
    }
    end(environment_error("no STUN server answered: " + problems_, "give another with --stun URL, or --stun none"));
  });
  resolve_timer_.start(limits_.resolve, [this] {
    for (Lookup& lookup : lookups_) {
      if (std::exchange(lookup.running, nullptr)) add_problem(lookup.url, "its name is not resolved in time");
    }
    end_if_hopeless();
  });
  for (const StunUrl& url : servers_) {
    if (const auto literal = IpAddress::parse(url.host)) {
      ask(url, *literal);
      continue;
    }
    Lookup& lookup = lookups_.emplace_back();
    lookup.url = url;
    lookup.running = std::make_unique<NameLookup>(loop_, url.host, [this, &lookup](auto addresses) {
      lookup.running.reset();
      if (!addresses) {
        add_problem(lookup.url, addresses.error().message);
      } else {
        if (addresses->size() > kMaxServerAddresses) addresses->resize(kMaxServerAddresses);
        for (const IpAddress& address : *addresses) ask(lookup.url, address);
      }
      end_if_hopeless();
    });
  }
  end_if_hopeless();
}

void Probing::ask(const StunUrl& url, const IpAddress& address) {
  Exchange& exchange = exchanges_.emplace_back(loop_, url, address);
  if (exchange.socket.error() != 0) return give_up(exchange, exchange.socket.error());
  exchange.watch.emplace(loop_, exchange.socket.descriptor(), Readiness::readable,
                         [this, &exchange] { receive(exchange); });
  send(exchange);
}

void Probing::send(Exchange& exchange) {
  const Bytes request = stun::serialize_binding_request(exchange.id);
  if (::send(exchange.socket.descriptor(), request.data(), request.size(), MSG_NOSIGNAL) < 0 && errno != EAGAIN) {
    return give_up(exchange, errno);
  }
  exchange.timer.start(exchange.interval, [this, &exchange] {
    exchange.interval *= 2;
    send(exchange);
    end_if_hopeless();
  });
}

void Probing::receive(Exchange& exchange) {
  std::array<std::uint8_t, stun::kMaxMessageBytes + 1> buffer;
  const ssize_t size = recv(exchange.socket.descriptor(), buffer.data(), buffer.size(), 0);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    give_up(exchange, errno);
    return end_if_hopeless();
  }
  const BytesView message(buffer.data(), static_cast<std::size_t>(size));
  const auto mapped = stun::parse_binding_response(message, exchange.id);
  if (!mapped) return;
  end(StunAnswer{exchange.url, {exchange.address.text(), exchange.url.port}, {mapped->address.text(), mapped->port}});
}

void Probing::give_up(Exchange& exchange, int error) {
  exchange.dead = true;
  exchange.timer.stop();
  exchange.watch.reset();
  add_problem(exchange.url, std::generic_category().message(error));
}

void Probing::add_problem(const StunUrl& url, std::string_view what) {
  if (!problems_.empty()) problems_ += "; ";
  problems_ += fmt::format("{}: {}", url.text(), what);
}

void Probing::end_if_hopeless() {
  for (const Lookup& lookup : lookups_) {
    if (lookup.running) return;
  }
  for (const Exchange& exchange : exchanges_) {
    if (!exchange.dead) return;
  }
  end(environment_error(servers_.empty() ? "no STUN server is given" : "no STUN server answered: " + problems_,
                        "give another with --stun URL, or --stun none"));
}

class Probe final : public StunProbe {
 public:
  Probe(std::shared_ptr<Runtime> runtime, std::vector<StunUrl> servers, Post post,
        std::function<void(Result<StunAnswer>)> on_result, StunProbeLimits limits)
      : runtime_(std::move(runtime)), alive_(std::make_shared<int>()) {
    // The token is locked on the owner's strand only: it is there exactly as long as the Probe.
    auto report = [post = std::move(post), alive = std::weak_ptr(alive_),
                   on_result = std::move(on_result)](Result<StunAnswer> result) {
      post([alive, on_result, result = std::move(result)]() mutable {
        if (!alive.expired()) on_result(std::move(result));
      });
    };
    auto probing = std::make_shared<Probing>(runtime_->loop(), std::move(servers), limits, std::move(report));
    probing_ = probing;
    runtime_->loop().post([&loop = runtime_->loop(), probing = std::move(probing)]() mutable {
      loop.admit(probing);
      probing->start();
      probing.reset();
    });
  }
  ~Probe() override {
    runtime_->loop().post([probing = probing_] {
      if (const auto present = probing.lock()) present->close();
    });
  }

 private:
  const std::shared_ptr<Runtime> runtime_;
  const std::shared_ptr<int> alive_;
  std::weak_ptr<Probing> probing_;  // locked on the rtc thread only
};

}  // namespace

std::unique_ptr<StunProbe> StunProbe::start(std::shared_ptr<Runtime> runtime, std::vector<StunUrl> servers, Post post,
                                            std::function<void(Result<StunAnswer>)> on_result, StunProbeLimits limits) {
  return std::make_unique<Probe>(std::move(runtime), std::move(servers), std::move(post), std::move(on_result), limits);
}

}  // namespace coterie::rtc
