// Place: an evil signer's place in a room and its lines to the others in it: found and negotiated as an honest signer's
// are, and then in the hands of a deed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ceremony/framing.h"
#include "ceremony/link_negotiator.h"
#include "drill/transport.h"
#include "drill/witness.h"
#include "session/event_loop.h"
#include "session/store.h"
#include "signaling/client.h"

namespace coterie::drill {

// How a deed's lines differ from honest ones.
struct LineDeviation {
  Attack attack = {};                                            // SCTP by hand
  std::function<std::string(std::string sdp)> describe_as = {};  // what is signed in place of the true description
};

struct PlaceOptions {
  std::string host;
  std::uint16_t port = 0;
  RoomId room;
  std::optional<signaling::RoomTerms> create;  // this signer offers; without it, answers
  std::vector<crypto::Peer> others;
  LineDeviation deviation;
};

struct PlaceHandlers {
  std::function<void(const SignKey& other)> on_open;
  std::function<void(const SignKey& other, const std::string& message)> on_message;
};

class Place {
 public:
  Place(session::EventLoop& loop, const session::LocalSigner& signer, Witness& witness, PlaceOptions options,
        PlaceHandlers handlers);

  void send(const SignKey& other, std::string_view message);
  bool send_piece(const SignKey& other, BytesView piece);  // as it is, without a length

 private:
  struct Line {
    std::optional<ceremony::OfferingNegotiator> offering;
    std::optional<ceremony::AnsweringNegotiator> answering;
    std::unique_ptr<Transport> transport;
    ceremony::FrameReader reader;

    ceremony::Negotiator& negotiator() {
      return offering ? static_cast<ceremony::Negotiator&>(*offering) : static_cast<ceremony::Negotiator&>(*answering);
    }
  };

  void add_line(const crypto::Peer& other);
  void join();
  void meet(const SignKey& other, const Epoch& epoch);
  void take_signal(signaling::RelayType type, const SignKey& from, const json::Value& data);
  void open_transport(const SignKey& other, Line& line);
  void take_piece(const SignKey& other, BytesView piece);
  void describe(const SignKey& other, std::string sdp);
  void signal(signaling::RelayType type, const SignKey& other, const Result<json::Value>& data);

  session::EventLoop& loop_;
  const session::LocalSigner& signer_;
  Witness& witness_;
  const PlaceOptions options_;
  const PlaceHandlers handlers_;
  SystemRandom random_;
  std::shared_ptr<rtc::Runtime> runtime_ = rtc::Runtime::acquire();
  std::map<SignKey, Line> lines_;
  std::unique_ptr<signaling::Client> signaling_;
};

}  // namespace coterie::drill
