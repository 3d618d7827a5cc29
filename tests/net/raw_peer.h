// RawPeer: one side of a connection down to DTLS, as ours is, and above it SCTP packets made by hand: what no library
// sends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "rtc/certificate.h"
#include "rtc/dtls_transport.h"
#include "rtc/ice_agent.h"
#include "rtc/peer_connection.h"
#include "rtc/sctp_transport.h"

namespace coterie::rtc {

// Made, used and destroyed on the rtc thread only; its events are called there.
class RawPeer {
 public:
  struct Events {
    std::function<void(SessionDescription description)> on_description;
    std::function<void(IceCandidateInit candidate)> on_candidate;
    std::function<void()> on_established;        // SCTP; the DTLS server is this side: its streams are the odd ones
    std::function<void()> on_acknowledged;       // a SACK came
    std::function<void()> on_data;               // a DATA chunk came
    std::function<void()> on_dtls_closed;        // in order
    std::function<void(std::string)> on_failed;  // ICE or DTLS
  };

  // Makes the offer, or the answer to `offer`.
  RawPeer(Loop& loop, Events events, const std::optional<SessionDescription>& offer = std::nullopt);
  void take_answer(const SessionDescription& answer) { take_description(answer); }
  void add_candidate(const Candidate& candidate) { ice_->add_remote_candidate(candidate); }

  // The flags of a DATA chunk (RFC 9260 §3.3.1).
  static constexpr std::uint8_t kEnd = 1;
  static constexpr std::uint8_t kBegin = 2;
  static constexpr std::uint8_t kWhole = kBegin | kEnd;
  // The next message of a stream that is sent on once; `sequence` numbers those of a stream.
  void send_data(std::uint16_t stream, std::uint16_t sequence, PayloadProtocol protocol, BytesView payload,
                 std::uint8_t flags = kWhole);
  void send_data_at(std::uint32_t tsn, std::uint16_t stream, std::uint16_t sequence, PayloadProtocol protocol,
                    BytesView payload, std::uint8_t flags = kWhole);
  // A chunk (RFC 9260 §3.2) with a right header around it.
  void send_chunk(std::uint8_t type, std::uint8_t flags, BytesView value);
  // A record as it is.
  void send_raw(BytesView packet) { dtls_->send(packet); }
  // A packet with right ports, tag and checksum.
  Bytes packet_of(BytesView chunks) const;

  std::uint32_t next_tsn = 1;
  std::uint32_t acknowledged_tsn = 0;
  // False: DATA is received, but not acknowledged.
  bool acknowledges = true;
  void acknowledge();                   // all that came
  std::uint32_t received_tsn = 0;       // of the newest DATA chunk
  int repeated = 0;                     // DATA chunks that came again
  int resets_requested = 0;             // RFC 6525 §4.1, each counted once
  std::uint32_t reset_request_tsn = 0;  // the sender's last assigned TSN in the last of them
  int errors_reported = 0;              // ERROR chunks
  bool aborted = false;

 private:
  void take_description(const SessionDescription& description);
  void receive(BytesView packet);
  void receive_data(BytesView value);
  void receive_reconfiguration(BytesView value);
  void start_dtls();

  Loop& loop_;
  Events events_;
  Certificate certificate_;
  std::optional<Fingerprint> expected_;
  std::unique_ptr<IceAgent> ice_;
  std::unique_ptr<DtlsTransport> dtls_;
  bool connected_ = false;
  std::uint32_t peers_tag_ = 0;
  bool received_any_ = false;
  std::uint32_t reset_request_number_ = 0;
};

}  // namespace coterie::rtc
