// Datagrams that come to a DTLS association from whoever knows its port: nothing of them is data, and none ends it but
// by a handshake that fails.
#include <future>
#include <vector>

#include "fuzz/fuzz.h"
#include "rtc/dtls_transport.h"

using namespace coterie;
using fuzz::check;
using rtc::DtlsRole;
using rtc::DtlsTransport;

namespace {

constexpr std::size_t kMaxDatagrams = 16;

// In this order: OpenSSL is set up before the thread, and outlives it.
struct Side {
  rtc::Certificate certificate;
  rtc::Loop loop;
};

void receive_all(fuzz::Input& input, Side& side) {
  std::optional<Error> failure;
  const DtlsRole role = input.choose(2) == 0 ? DtlsRole::server : DtlsRole::client;
  DtlsTransport transport(
      side.loop, side.certificate, rtc::Fingerprint{}, role,
      {
          .send_datagram = [](BytesView datagram) { check(!datagram.empty(), "nothing is not sent"); },
          .on_connected = [] { check(false, "nobody without the key connects"); },
          .on_data = [](BytesView) { check(false, "nothing is data before the handshake"); },
          .on_closed = [] { check(false, "nobody without the key closes"); },
          .on_failed = [&](Error error) { failure = std::move(error); },
      });
  transport.start();
  for (std::size_t count = 0; count < kMaxDatagrams && !input.at_end() && !failure; ++count) {
    transport.receive(input.take(input.take_u16() % 1500));
  }
  if (failure) fuzz::check_error(*failure);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Side side;
  fuzz::Input input(data, size);
  std::promise<void> done;
  side.loop.post([&] {
    receive_all(input, side);
    done.set_value();
  });
  done.get_future().wait();
  return 0;
}
