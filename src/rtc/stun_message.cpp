#include "rtc/stun_message.h"

#include <algorithm>
#include <cstring>
#include <initializer_list>

namespace coterie::rtc::stun {

namespace {

constexpr std::uint16_t kBindingRequest = 0x0001;
constexpr std::uint16_t kBindingSuccess = 0x0101;
constexpr std::array<std::uint8_t, 4> kMagicCookie = {0x21, 0x12, 0xa4, 0x42};
constexpr std::uint16_t kAllocateSuccess = 0x0103;
constexpr std::uint16_t kAllocateError = 0x0113;
constexpr std::uint16_t kCreatePermissionSuccess = 0x0108;
constexpr std::uint16_t kCreatePermissionError = 0x0118;
constexpr std::uint16_t kMappedAddress = 0x0001;
constexpr std::uint16_t kErrorCode = 0x0009;
constexpr std::uint16_t kXorMappedAddress = 0x0020;
constexpr std::uint8_t kFamilyIpv4 = 1;
constexpr std::uint8_t kFamilyIpv6 = 2;

std::uint16_t read_u16(BytesView bytes, std::size_t at) {
  return static_cast<std::uint16_t>((bytes[at] << 8) | bytes[at + 1]);
}

// §14.1, §14.2: `mask` is the cookie and the transaction id for XOR-MAPPED-ADDRESS, zero for MAPPED-ADDRESS.
std::optional<MappedAddress> parse_address(BytesView value, const std::array<std::uint8_t, 16>& mask) {
  if (value.size() < 4) return std::nullopt;
  const std::size_t size = value[1] == kFamilyIpv4 ? 4 : 16;
  if ((value[1] != kFamilyIpv4 && value[1] != kFamilyIpv6) || value.size() != 4 + size) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < size; ++i) bytes[i] = value[4 + i] ^ mask[i];
  MappedAddress mapped;
  mapped.port = static_cast<std::uint16_t>(read_u16(value, 2) ^ ((mask[0] << 8) | mask[1]));
  sockaddr_storage storage{};
  if (size == 4) {
    sockaddr_in in{};
    in.sin_family = AF_INET;
    std::memcpy(&in.sin_addr, bytes.data(), size);
    std::memcpy(&storage, &in, sizeof in);
  } else {
    sockaddr_in6 in{};
    in.sin6_family = AF_INET6;
    std::memcpy(&in.sin6_addr, bytes.data(), size);
    std::memcpy(&storage, &in, sizeof in);
  }
  mapped.address = *IpAddress::from_socket_address(reinterpret_cast<const sockaddr*>(&storage));
  return mapped;
}

// §14.8: a class from 3 to 6 and a number below 100; nullopt for any other.
std::optional<int> parse_error_code(BytesView value) {
  if (value.size() < 4) return std::nullopt;
  const int hundreds = value[2] & 7;
  if (hundreds < 3 || hundreds > 6 || value[3] > 99) return std::nullopt;
  return hundreds * 100 + value[3];
}

// Cookie and transaction id of a message of one of these types; nullopt: something else, or cut.
std::optional<std::array<std::uint8_t, 16>> parse_header(BytesView message,
                                                         std::initializer_list<std::uint16_t> types) {
  if (message.size() < kHeaderBytes || message.size() > kMaxMessageBytes) return std::nullopt;
  if (std::find(types.begin(), types.end(), read_u16(message, 0)) == types.end()) return std::nullopt;
  if (read_u16(message, 2) != message.size() - kHeaderBytes) return std::nullopt;
  std::array<std::uint8_t, 16> mask;
  std::copy_n(message.begin() + 4, mask.size(), mask.begin());
  if (!std::equal(kMagicCookie.begin(), kMagicCookie.end(), mask.begin())) return std::nullopt;
  return mask;
}

// False: an attribute does not fit.
template <class Function>
bool for_each_attribute(BytesView message, Function function) {
  BytesView rest = message.subspan(kHeaderBytes);
  while (!rest.empty()) {
    if (rest.size() < 4) return false;
    const std::size_t size = read_u16(rest, 2);
    const std::size_t padded = 4 + (size + 3) / 4 * 4;
    if (padded > rest.size()) return false;
    function(read_u16(rest, 0), rest.subspan(4, size));
    rest = rest.subspan(padded);
  }
  return true;
}

}  // namespace

Bytes serialize_binding_request(const TransactionId& id) {
  Bytes message = {kBindingRequest >> 8, kBindingRequest & 0xff, 0, 0};
  message.insert(message.end(), kMagicCookie.begin(), kMagicCookie.end());
  message.insert(message.end(), id.begin(), id.end());
  return message;
}

std::optional<MappedAddress> parse_binding_response(BytesView message, const TransactionId& id) {
  const auto mask = parse_header(message, {kBindingSuccess});
  if (!mask || !std::equal(id.begin(), id.end(), mask->begin() + kMagicCookie.size())) return std::nullopt;
  std::optional<MappedAddress> plain;
  std::optional<MappedAddress> masked;
  const bool read = for_each_attribute(message, [&](std::uint16_t type, BytesView value) {
    // Attributes that older servers add (RFC 3489: SOURCE-ADDRESS and others) are skipped, not refused.
    if (type == kXorMappedAddress && !masked) masked = parse_address(value, *mask);
    if (type == kMappedAddress && !plain) plain = parse_address(value, {});
  });
  if (!read) return std::nullopt;
  return masked ? masked : plain;
}

std::optional<TurnResponse> parse_turn_response(BytesView message) {
  const auto mask =
      parse_header(message, {kAllocateSuccess, kAllocateError, kCreatePermissionSuccess, kCreatePermissionError});
  if (!mask) return std::nullopt;
  const std::uint16_t message_type = read_u16(message, 0);
  const bool failed = message_type == kAllocateError || message_type == kCreatePermissionError;
  TurnResponse response;
  if (message_type == kCreatePermissionSuccess || message_type == kCreatePermissionError) {
    response.method = TurnResponse::Method::create_permission;
  }
  const bool read = for_each_attribute(message, [&](std::uint16_t type, BytesView value) {
    if (type == kErrorCode) response.error = parse_error_code(value).value_or(0);
    if (type == kXorMappedAddress && message_type == kAllocateSuccess) response.mapped = parse_address(value, *mask);
  });
  if (!read || failed != (response.error != 0)) return std::nullopt;
  return response;
}

}  // namespace coterie::rtc::stun
