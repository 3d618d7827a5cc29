#include "rtc/byte_stream.h"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "tls/client.h"
#include "tls/openssl.h"

namespace coterie::rtc {

namespace {

using namespace std::chrono_literals;

constexpr auto kStagger = 250ms;  // RFC 8305 §5: between two addresses of one name
constexpr auto kTimeToOpen = 10'000ms;
constexpr std::size_t kPieceBytes = 16ul * 1024;

}  // namespace

// A TLS client between two memory BIOs: the socket stays ours.
class ByteStream::Tls {
 public:
  // Kind environment: the file with the authorities cannot be used.
  static Result<std::unique_ptr<Tls>> create(const TlsClient& options);
  ~Tls() { SSL_free(ssl_); }
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  enum class Step { waits, open, ended, failed };
  void feed(BytesView records) { must(BIO_write(in_, records.data(), static_cast<int>(records.size())) > 0); }
  Step handshake();
  // What came in, until there is no more. `ended`: by the other side's close_notify.
  Step read(Bytes& plain);
  bool write(BytesView plain) { return SSL_write(ssl_, plain.data(), static_cast<int>(plain.size())) > 0; }
  void take_records(Bytes& to);
  std::string problem() const { return tls::problem_of(ssl_); }

 private:
  Tls() = default;

  tls::Context context_;
  SSL* ssl_ = nullptr;
  BIO* in_ = nullptr;
  BIO* out_ = nullptr;
};

Result<std::unique_ptr<ByteStream::Tls>> ByteStream::Tls::create(const TlsClient& options) {
  std::unique_ptr<Tls> tls(new Tls());
  COTERIE_TRY(tls->context_, tls::create_client_context(options.ca));
  tls->ssl_ = must(SSL_new(tls->context_.get()));
  tls::expect_host(tls->ssl_, options.host);
  tls->in_ = BIO_new(BIO_s_mem());
  tls->out_ = BIO_new(BIO_s_mem());
  must(tls->in_ != nullptr && tls->out_ != nullptr);
  BIO_set_mem_eof_return(tls->in_, -1);  // empty means: later, not the end
  SSL_set_bio(tls->ssl_, tls->in_, tls->out_);
  SSL_set_connect_state(tls->ssl_);
  return tls;
}

ByteStream::Tls::Step ByteStream::Tls::handshake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_);
  if (result == 1) return Step::open;
  return SSL_get_error(ssl_, result) == SSL_ERROR_WANT_READ ? Step::waits : Step::failed;
}

ByteStream::Tls::Step ByteStream::Tls::read(Bytes& plain) {
  std::array<std::uint8_t, kPieceBytes> piece;
  while (true) {
    ERR_clear_error();
    const int size = SSL_read(ssl_, piece.data(), static_cast<int>(piece.size()));
    if (size > 0) {
      plain.insert(plain.end(), piece.begin(), piece.begin() + size);
      continue;
    }
    const int error = SSL_get_error(ssl_, size);
    if (error == SSL_ERROR_WANT_READ) return Step::waits;
    return error == SSL_ERROR_ZERO_RETURN ? Step::ended : Step::failed;
  }
}

void ByteStream::Tls::take_records(Bytes& to) {
  std::array<std::uint8_t, kPieceBytes> piece;
  while (true) {
    const int size = BIO_read(out_, piece.data(), static_cast<int>(piece.size()));
    if (size <= 0) return;
    to.insert(to.end(), piece.begin(), piece.begin() + size);
  }
}

ByteStream::Attempt::~Attempt() {
  watch.reset();
  if (descriptor >= 0) ::close(descriptor);
}

ByteStream::ByteStream(Loop& loop, std::vector<IpAddress> addresses, std::uint16_t port, std::optional<TlsClient> tls,
                       ByteStreamHandlers handlers)
    : loop_(loop),
      addresses_(std::move(addresses)),
      port_(port),
      tls_options_(std::move(tls)),
      handlers_(std::move(handlers)),
      stagger_timer_(loop),
      open_timer_(loop) {
  open_timer_.start(kTimeToOpen, [this] { close(environment_error("no answer in time")); });
  // Not from here: an attempt may fail at once, and that is told by a handler.
  stagger_timer_.start(0ms, [this] { try_next(); });
}

ByteStream::~ByteStream() = default;

void ByteStream::try_next() {
  while (next_address_ < addresses_.size()) {
    const IpAddress& address = addresses_[next_address_++];
    sockaddr_storage to{};
    const socklen_t size = address.fill(to, port_);
    const int descriptor =
        socket(address.is_ipv6() ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
      problem_ = std::generic_category().message(errno);
      continue;
    }
    const auto attempt = attempts_.emplace(attempts_.end(), descriptor);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&to), size) != 0 && errno != EINPROGRESS) {
      problem_ = std::generic_category().message(errno);
      attempts_.erase(attempt);
      continue;
    }
    attempt->watch = std::make_unique<SocketWatch>(loop_, descriptor, Readiness::writable,
                                                   [this, attempt] { handle_attempt(attempt); });
    if (next_address_ < addresses_.size()) stagger_timer_.start(kStagger, [this] { try_next(); });
    return;
  }
  if (attempts_.empty()) close(environment_error(problem_));
}

void ByteStream::handle_attempt(std::list<Attempt>::iterator attempt) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(attempt->descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
  if (error != 0) {
    problem_ = std::generic_category().message(error);
    attempts_.erase(attempt);
    return try_next();
  }
  stagger_timer_.stop();
  connection_ = std::make_unique<Attempt>(std::exchange(attempt->descriptor, -1));
  attempts_.clear();
  handle_connected();
}

void ByteStream::handle_connected() {
  connection_->watch =
      std::make_unique<SocketWatch>(loop_, connection_->descriptor, Readiness::readable, [this] { handle_readable(); });
  if (tls_options_) {
    auto made = Tls::create(*tls_options_);
    if (!made) return close(made.error());
    tls_ = std::move(*made);
    return handle_records();
  }
  open_timer_.stop();
  open_ = true;
  handlers_.on_open();
}

void ByteStream::handle_readable() {
  std::array<std::uint8_t, kPieceBytes> piece;
  const ssize_t size = recv(connection_->descriptor, piece.data(), piece.size(), 0);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return close(environment_error(std::generic_category().message(errno)));
  }
  if (size == 0) return close(environment_error("it ended the connection"));
  const BytesView bytes(piece.data(), static_cast<std::size_t>(size));
  if (!tls_) return handlers_.on_bytes(bytes);
  tls_->feed(bytes);
  handle_records();
}

void ByteStream::handle_records() {
  if (!open_) {
    const Tls::Step step = tls_->handshake();
    tls_->take_records(unsent_);  // an alert, too, says to the server why
    flush();
    if (!connection_) return;
    if (step == Tls::Step::failed) return close(refused_error(tls_->problem()));
    if (step == Tls::Step::waits) return;
    open_timer_.stop();
    open_ = true;
    handlers_.on_open();
  }
  Bytes plain;
  const Tls::Step step = tls_->read(plain);
  if (!plain.empty()) handlers_.on_bytes(plain);
  tls_->take_records(unsent_);
  flush();
  if (!connection_) return;
  if (step == Tls::Step::ended) return close(environment_error("it ended the connection"));
  if (step == Tls::Step::failed) close(refused_error(tls_->problem()));
}

bool ByteStream::write(BytesView bytes) {
  if (!open_ || !connection_ || unsent_.size() + bytes.size() > kMaxUnsentBytes) return false;
  if (tls_) {
    if (!tls_->write(bytes)) return false;
    tls_->take_records(unsent_);
  } else {
    unsent_.insert(unsent_.end(), bytes.begin(), bytes.end());
  }
  flush_when_writable();  // from the loop, so that an error is not told inside this call
  return true;
}

void ByteStream::flush() {
  std::size_t sent = 0;
  while (sent < unsent_.size()) {
    const ssize_t size = ::send(connection_->descriptor, unsent_.data() + sent, unsent_.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0 && errno != EAGAIN) return close(environment_error(std::generic_category().message(errno)));
    if (size < 0) break;
    sent += static_cast<std::size_t>(size);
  }
  unsent_.erase(unsent_.begin(), unsent_.begin() + static_cast<std::ptrdiff_t>(sent));
  if (unsent_.empty()) {
    writable_.reset();
  } else {
    flush_when_writable();
  }
}

void ByteStream::flush_when_writable() {
  if (writable_) return;
  writable_ = std::make_unique<SocketWatch>(loop_, connection_->descriptor, Readiness::writable, [this] { flush(); });
}

void ByteStream::close(Error error) {
  stagger_timer_.stop();
  open_timer_.stop();
  attempts_.clear();
  writable_.reset();
  connection_.reset();
  open_ = false;
  handlers_.on_closed(std::move(error));
}

}  // namespace coterie::rtc
