// TURN over a stream: the same bytes in other pieces are the same messages, and what was taken apart goes together
// again.
#include <vector>

#include "fuzz/fuzz.h"
#include "rtc/turn_framing.h"

using namespace coterie;
using fuzz::check;

namespace {

struct Outcome {
  std::vector<Bytes> messages;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

Outcome read(BytesView stream, std::size_t piece) {
  Outcome outcome;
  rtc::TurnStreamReader reader;
  while (!stream.empty()) {
    const std::size_t size = std::min(piece, stream.size());
    reader.add(stream.first(size));
    stream = stream.subspan(size);
    for (;;) {
      auto message = reader.poll_message();
      fuzz::check_refusal(message);
      outcome.refused = !message;
      if (outcome.refused) return outcome;
      if (!*message) break;
      check((*message)->size() <= rtc::kMaxTurnMessageBytes, "a message is bounded");
      outcome.messages.push_back(std::move(**message));
    }
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const std::size_t piece = 1 + input.take_byte();
  const BytesView stream = input.rest();
  const Outcome outcome = read(stream, piece);
  check(read(stream, stream.size() + 1) == outcome, "how a stream was cut changes nothing");
  Bytes joined;
  for (const Bytes& message : outcome.messages) {
    const Bytes framed = rtc::to_turn_stream(message);
    check(framed.size() % 4 == 0 && framed.size() >= message.size() && framed.size() < message.size() + 4,
          "what goes into a stream is filled up");
    joined.insert(joined.end(), framed.begin(), framed.end());
  }
  const Outcome again = read(joined, joined.size() + 1);
  check(again.messages == outcome.messages && !again.refused, "parse(serialize(x)) is x");

  const Bytes datagram = rtc::to_turn_stream(stream);
  if (!datagram.empty()) check(read(datagram, datagram.size()).messages.size() == 1, "a datagram is one message");
  return 0;
}
