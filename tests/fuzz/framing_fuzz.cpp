// Framing of the data channel: the same bytes in other pieces are the same messages and the same error.
#include <functional>
#include <string>
#include <vector>

#include "ceremony/framing.h"
#include "fuzz/fuzz.h"

using namespace coterie;
using fuzz::check;

namespace {

struct Outcome {
  std::vector<std::string> messages;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

Outcome read(BytesView stream, const std::function<std::size_t()>& next_piece) {
  Outcome outcome;
  ceremony::FrameReader reader;
  const auto refuse = [&](const Error& error) {
    fuzz::check_error(error);
    outcome.error = error.message;
  };
  while (!stream.empty()) {
    const BytesView piece = stream.first(std::min(next_piece(), stream.size()));
    stream = stream.subspan(piece.size());
    if (const auto added = reader.add(piece); !added) return refuse(added.error()), outcome;
    for (;;) {
      auto message = reader.poll_message();
      if (!message) return refuse(message.error()), outcome;
      if (!*message) break;
      check(!(*message)->empty() && (*message)->size() <= ceremony::kMaxChannelMessage, "a message is bounded");
      outcome.messages.push_back(std::move(**message));
    }
  }
  return outcome;
}

void check_written(const Outcome& outcome) {
  Bytes stream;
  for (const std::string& message : outcome.messages) {
    for (const Bytes& piece : ceremony::split_message(message)) {
      check(!piece.empty() && piece.size() <= ceremony::kMaxPiece, "a piece is bounded");
      stream.insert(stream.end(), piece.begin(), piece.end());
    }
  }
  const Outcome again = read(stream, [] { return ceremony::kMaxPiece; });
  check(again.messages == outcome.messages && again.error.empty(), "parse(serialize(x)) is x");
}

// A stream from few bytes: each run is a length and a byte that is repeated, so that long messages are found, too.
Bytes take_stream(fuzz::Input& input) {
  Bytes stream;
  while (!input.at_end() && stream.size() <= 2 * ceremony::kMaxChannelMessage) {
    const std::uint8_t kind = input.take_byte();
    if (kind < 0xf0) {
      const BytesView bytes = input.take(kind);
      stream.insert(stream.end(), bytes.begin(), bytes.end());
    } else {
      const std::size_t length = std::size_t{input.take_u16()} << (kind & 7);
      stream.insert(stream.end(), length, input.take_byte());
    }
  }
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  Bytes sizes = to_vector(input.take(input.choose(16)));
  const Bytes stream = take_stream(input);
  std::size_t at = 0;
  const Outcome one = read(stream, [&]() -> std::size_t {
    if (sizes.empty()) return 1 + stream.size() / 4096;  // byte by byte, where that is not too slow
    return std::min<std::size_t>(1 + sizes[at++ % sizes.size()] * 256ul, ceremony::kMaxPiece);
  });
  const Outcome other = read(stream, [] { return ceremony::kMaxPiece; });
  check(one == other, "how a stream was cut changes nothing");
  check_written(one);
  return 0;
}
