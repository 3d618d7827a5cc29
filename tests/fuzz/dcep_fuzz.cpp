// DCEP: how the other side opens a data channel.
#include "fuzz/fuzz.h"
#include "rtc/data_channel.h"
#include "rtc/dcep.h"

using namespace coterie;
using fuzz::check;
using rtc::dcep::MessageType;
using rtc::dcep::Open;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView message(data, size);
  const auto type = rtc::dcep::parse_type(message);
  fuzz::check_refusal(type);
  if (type && *type == MessageType::acknowledge) {
    check(to_vector(message) == rtc::dcep::serialize_acknowledge(), "an ACK has one form");
  }
  const auto open = Open::parse(message);
  fuzz::check_refusal(open);
  if (!open) return 0;
  check(type && *type == MessageType::open, "an OPEN is of that type");
  check(open->label.size() <= rtc::kMaxLabelBytes && open->protocol.size() <= rtc::kMaxLabelBytes,
        "label and protocol are bounded");
  Bytes expected = to_vector(message);
  std::fill_n(expected.begin() + 4, 4, std::uint8_t{0});  // RFC 8832 §5.1: to be ignored when the channel is reliable
  check(open->serialize() == expected, "an OPEN has one form");
  return 0;
}
