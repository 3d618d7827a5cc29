#include "net/raw_peer.h"

#include <boost/crc.hpp>

#include "rtc/sdp.h"

namespace coterie::rtc {

namespace {

constexpr std::uint32_t kOwnTag = 0x01020304;
constexpr std::uint16_t kManyStreams = 65535;
constexpr std::uint8_t kInit = 1;
constexpr std::uint8_t kInitAck = 2;
constexpr std::uint8_t kSack = 3;
constexpr std::uint8_t kHeartbeat = 4;
constexpr std::uint8_t kHeartbeatAck = 5;
constexpr std::uint8_t kAbort = 6;
constexpr std::uint8_t kError = 9;
constexpr std::uint8_t kCookieEcho = 10;
constexpr std::uint8_t kCookieAck = 11;
constexpr std::uint8_t kReconfiguration = 130;
constexpr std::uint16_t kOutgoingResetRequest = 13;
constexpr std::uint16_t kReconfigurationResponse = 16;
constexpr std::uint32_t kPerformed = 1;
constexpr std::size_t kHeaderBytes = 12;

void put16(Bytes& bytes, std::uint32_t value) {
  bytes.push_back(static_cast<std::uint8_t>(value >> 8));
  bytes.push_back(static_cast<std::uint8_t>(value));
}

void put32(Bytes& bytes, std::uint32_t value) {
  put16(bytes, value >> 16);
  put16(bytes, value);
}

std::uint32_t get16(BytesView bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 8 | bytes[at + 1];
}

std::uint32_t get32(BytesView bytes, std::size_t at) {
  return get16(bytes, at) << 16 | get16(bytes, at + 2);
}

// RFC 9260 §6.8: CRC32c, its bytes in the other order.
void put_checksum(Bytes& packet) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(packet.data(), packet.size());
  for (std::size_t i = 0; i < 4; ++i) packet[8 + i] = static_cast<std::uint8_t>(crc.checksum() >> (8 * i));
}

Bytes packet_with_tag(std::uint32_t tag, BytesView chunks) {
  Bytes packet;
  put16(packet, kSctpPort);
  put16(packet, kSctpPort);
  put32(packet, tag);
  put32(packet, 0);
  packet.insert(packet.end(), chunks.begin(), chunks.end());
  put_checksum(packet);
  return packet;
}

Bytes chunk_of(std::uint8_t type, std::uint8_t flags, BytesView value) {
  Bytes chunk = {type, flags};
  put16(chunk, static_cast<std::uint32_t>(4 + value.size()));
  chunk.insert(chunk.end(), value.begin(), value.end());
  while (chunk.size() % 4 != 0) chunk.push_back(0);
  return chunk;
}

}  // namespace

RawPeer::RawPeer(Loop& loop, Events events, const std::optional<SessionDescription>& offer)
    : loop_(loop), events_(std::move(events)) {
  Configuration configuration;
  configuration.loopback = LoopbackCandidates::allowed;
  ice_ = std::make_unique<IceAgent>(loop, offer ? IceRole::controlled : IceRole::controlling, configuration,
                                    IceHandlers{
                                        .on_candidate =
                                            [this](const std::optional<Candidate>& candidate) {
                                              if (candidate) events_.on_candidate({candidate->serialize(), "0", 0, ""});
                                            },
                                        .on_state =
                                            [this](IceState state) {
                                              if (state == IceState::connected && !dtls_) start_dtls();
                                              if (state == IceState::failed) events_.on_failed("ICE");
                                            },
                                        .on_path = [](CandidateType) {},
                                        .on_turn_problem = [] {},
                                        .on_datagram =
                                            [this](BytesView datagram) {
                                              if (dtls_) dtls_->receive(datagram);  // else the peer repeats it
                                            },
                                    });
  sdp::Description description;
  const IceAgent::Credentials credentials = ice_->local_credentials();
  description.ice_ufrag = credentials.ufrag;
  description.ice_pwd = credentials.pwd;
  description.fingerprint = certificate_.fingerprint();
  description.setup = offer ? sdp::Setup::passive : sdp::Setup::actpass;  // the DTLS server, either way
  events_.on_description(
      {offer ? SessionDescription::Type::answer : SessionDescription::Type::offer, sdp::serialize(description, 1)});
  if (offer) take_description(*offer);
  ice_->gather();
}

void RawPeer::take_description(const SessionDescription& description) {
  const auto parsed = sdp::parse(description);
  if (!parsed) return events_.on_failed(parsed.error().message);
  expected_ = parsed->fingerprint;
  ice_->set_remote_credentials({parsed->ice_ufrag, parsed->ice_pwd});
}

void RawPeer::start_dtls() {
  dtls_ =
      std::make_unique<DtlsTransport>(loop_, certificate_, *expected_, DtlsRole::server,
                                      DtlsHandlers{
                                          .send_datagram = [this](BytesView datagram) { ice_->send(datagram); },
                                          .on_connected =
                                              [this] {
                                                Bytes init;
                                                put32(init, kOwnTag);
                                                put32(init, 1024 * 1024);  // window
                                                put16(init, kManyStreams);
                                                put16(init, kManyStreams);
                                                put32(init, next_tsn);
                                                put32(init, 0xc0000004);  // RFC 3758: this side would use FORWARD TSN
                                                put32(init, 0x80080005);  // RFC 5061: supported extensions
                                                put32(init, std::uint32_t{kReconfiguration} << 24);
                                                dtls_->send(packet_with_tag(0, chunk_of(kInit, 0, init)));
                                              },
                                          .on_data = [this](BytesView record) { receive(record); },
                                          .on_closed = [this] { events_.on_dtls_closed(); },
                                          .on_failed = [this](const Error& error) { events_.on_failed(error.message); },
                                      });
  dtls_->start();
}

// Of the peer's packets only what keeps the association going. Its own INIT is not answered: ours is.
void RawPeer::receive(BytesView packet) {
  for (std::size_t at = kHeaderBytes; at + 4 <= packet.size();) {
    const std::uint8_t type = packet[at];
    const std::size_t size = get16(packet, at + 2);
    if (size < 4 || at + size > packet.size()) return;
    const BytesView value = packet.subspan(at + 4, size - 4);
    if (type == kInitAck) {
      peers_tag_ = get32(value, 0);
      for (std::size_t parameter = 16; parameter + 4 <= value.size();) {
        const std::size_t bytes = get16(value, parameter + 2);
        if (get16(value, parameter) == 7) send_chunk(kCookieEcho, 0, value.subspan(parameter + 4, bytes - 4));
        parameter += (bytes + 3) / 4 * 4;
      }
    } else if (type == kCookieAck && !std::exchange(connected_, true)) {
      events_.on_established();
    } else if (type == kSack) {
      acknowledged_tsn = get32(value, 0);
      events_.on_acknowledged();
    } else if (type == kHeartbeat) {
      send_chunk(kHeartbeatAck, 0, value);
    } else if (type == 0) {
      receive_data(value);
    } else if (type == kReconfiguration) {
      receive_reconfiguration(value);
    }
    if (type == kError) ++errors_reported;
    if (type == kAbort) aborted = true;
    at += (size + 3) / 4 * 4;
  }
}

void RawPeer::receive_data(BytesView value) {
  const std::uint32_t tsn = get32(value, 0);
  // The peer's first is any number; it leaves no gap here, where nothing is lost.
  if (!received_any_ || tsn == received_tsn + 1) {
    received_tsn = tsn;
  } else {
    ++repeated;
  }
  received_any_ = true;
  if (acknowledges) acknowledge();
  events_.on_data();
}

void RawPeer::acknowledge() {
  Bytes sack;
  put32(sack, received_tsn);
  put32(sack, 1024 * 1024);
  put32(sack, 0);
  send_chunk(kSack, 0, sack);
}

void RawPeer::receive_reconfiguration(BytesView value) {
  if (value.size() < 16 || get16(value, 0) != kOutgoingResetRequest) return;
  const std::uint32_t number = get32(value, 4);
  if (std::exchange(reset_request_number_, number) != number) ++resets_requested;
  reset_request_tsn = get32(value, 12);
  Bytes response;
  put16(response, kReconfigurationResponse);
  put16(response, 12);
  put32(response, number);
  put32(response, kPerformed);
  send_chunk(kReconfiguration, 0, response);
}

Bytes RawPeer::packet_of(BytesView chunks) const {
  return packet_with_tag(peers_tag_, chunks);
}

void RawPeer::send_chunk(std::uint8_t type, std::uint8_t flags, BytesView value) {
  dtls_->send(packet_of(chunk_of(type, flags, value)));
}

void RawPeer::send_data(std::uint16_t stream, std::uint16_t sequence, PayloadProtocol protocol, BytesView payload,
                        std::uint8_t flags) {
  send_data_at(next_tsn++, stream, sequence, protocol, payload, flags);
}

void RawPeer::send_data_at(std::uint32_t tsn, std::uint16_t stream, std::uint16_t sequence, PayloadProtocol protocol,
                           BytesView payload, std::uint8_t flags) {
  Bytes value;
  put32(value, tsn);
  put16(value, stream);
  put16(value, sequence);
  put32(value, static_cast<std::uint32_t>(protocol));
  value.insert(value.end(), payload.begin(), payload.end());
  send_chunk(0, flags, value);
}

}  // namespace coterie::rtc
