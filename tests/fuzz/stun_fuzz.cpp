// STUN: what a server, or whoever answers for it, sends to a Binding request, and a TURN server to an Allocate or a
// CreatePermission request.
#include <arpa/inet.h>

#include "fuzz/fuzz.h"
#include "rtc/stun_message.h"

using namespace coterie;
using fuzz::check;
using rtc::stun::TransactionId;

namespace {

constexpr std::size_t kIdAt = 8;

TransactionId id_in(BytesView message) {
  TransactionId id{};
  if (message.size() >= rtc::stun::kHeaderBytes) std::copy_n(message.begin() + kIdAt, id.size(), id.begin());
  return id;
}

void check_message(BytesView message) {
  TransactionId id = id_in(message);
  const auto mapped = rtc::stun::parse_binding_response(message, id);
  const auto answered = rtc::stun::parse_turn_response(message);
  check(!(mapped && answered), "a message has one method");
  if (!mapped && !answered) return;
  check(message.size() <= rtc::stun::kMaxMessageBytes && message.size() % 4 == 0, "a message is within its bounds");
  check(!rtc::stun::parse_binding_response(message.first(message.size() - 1), id), "a message that was cut is none");
  if (answered) {
    check(answered->error == 0 || (answered->error >= 300 && answered->error < 700), "an error is one of RFC 8489");
    const bool gave_relay = answered->error == 0 && answered->method == rtc::stun::TurnResponse::Method::allocate;
    check(gave_relay || !answered->mapped, "only a relay that was given maps an address");
  }
  if (mapped) {
    check(rtc::IpAddress::parse(mapped->address.text()) == mapped->address, "an address is one");
    id[0] ^= 1;
    check(!rtc::stun::parse_binding_response(message, id), "the answer to another request is none");
  }
}

void append_u16(Bytes& bytes, std::size_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

// RFC 8489 §14.2, written down once more: XOR-MAPPED-ADDRESS of this address behind attributes that mean nothing here.
void check_response(fuzz::Input& input) {
  const BytesView address = input.choose(2) == 0 ? input.take(4) : input.take(16);
  if (address.size() != 4 && address.size() != 16) return;
  const std::uint16_t port = input.take_u16();
  const BytesView id = input.take(12);
  if (id.size() != 12) return;
  const BytesView unknown = input.take(input.choose(32));

  Bytes mask = {0x21, 0x12, 0xa4, 0x42};
  mask.insert(mask.end(), id.begin(), id.end());
  Bytes attributes;
  append_u16(attributes, 0x8022);  // SOFTWARE
  append_u16(attributes, unknown.size());
  attributes.insert(attributes.end(), unknown.begin(), unknown.end());
  attributes.resize((attributes.size() + 3) / 4 * 4);
  append_u16(attributes, 0x0020);
  append_u16(attributes, 4 + address.size());
  append_u16(attributes, address.size() == 4 ? 1 : 2);
  append_u16(attributes, port ^ 0x2112u);
  for (std::size_t i = 0; i < address.size(); ++i) attributes.push_back(address[i] ^ mask[i]);

  Bytes message;
  append_u16(message, 0x0101);
  append_u16(message, attributes.size());
  message.insert(message.end(), mask.begin(), mask.end());
  message.insert(message.end(), attributes.begin(), attributes.end());
  check_message(message);
  const auto mapped = rtc::stun::parse_binding_response(message, id_in(message));
  char text[INET6_ADDRSTRLEN];
  inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text, sizeof text);
  check(mapped && mapped->port == port && mapped->address.text() == text, "what a server saw is what is read");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  if (input.choose(2) == 0) {
    check_message(input.rest());
  } else {
    check_response(input);
  }
  return 0;
}
