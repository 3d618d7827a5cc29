#include "rtc/sctp_transport.h"

#include <usrsctp.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

namespace coterie::rtc {

namespace {

constexpr int kBufferBytes = 512 * 1024;  // usrsctp's, each way: more than one message of the longest kind
constexpr std::uint32_t kPathMtu = 1150;  // DTLS (37 bytes a record with AES-GCM), UDP and IPv6 come on top: < 1280

sockaddr_conn address_of(std::uintptr_t token, std::uint16_t port) {
  sockaddr_conn address{};
  address.sconn_family = AF_CONN;
  address.sconn_port = htons(port);
  address.sconn_addr = reinterpret_cast<void*>(token);
  return address;
}

sockaddr* as_sockaddr(sockaddr_conn& address) {
  return reinterpret_cast<sockaddr*>(&address);
}

Error sctp_error(const char* what) {
  return environment_error(std::string("SCTP: ") + what + ": " + std::generic_category().message(errno));
}

}  // namespace

SctpTransport::SctpTransport(SctpStack& stack, std::uint16_t remote_port, std::size_t max_message_bytes,
                             SctpHandlers handlers)
    : stack_(stack),
      max_message_bytes_(max_message_bytes),
      handlers_(std::move(handlers)),
      token_(stack_.attach(*this)) {
  socket_ = usrsctp_socket(AF_CONN, SOCK_STREAM, IPPROTO_SCTP, nullptr, nullptr, 0, nullptr);
  if (socket_ == nullptr) {
    fail(sctp_error("socket"));
    return;
  }
  set_options();
  // The upcall comes with usrsctp's frames below it: it only leaves a note.
  usrsctp_set_upcall(
      socket_, [](struct socket*, void* flag, int) { *static_cast<bool*>(flag) = true; }, &events_);

  sockaddr_conn local = address_of(token_, kSctpPort);
  if (usrsctp_bind(socket_, as_sockaddr(local), sizeof local) < 0) {
    fail(sctp_error("bind"));
    return;
  }
  sockaddr_conn remote = address_of(token_, remote_port);
  if (usrsctp_connect(socket_, as_sockaddr(remote), sizeof remote) < 0 && errno != EINPROGRESS) {
    fail(sctp_error("connect"));
  }
}

SctpTransport::~SctpTransport() {
  if (socket_ != nullptr) {
    usrsctp_set_upcall(socket_, nullptr, nullptr);
    usrsctp_close(socket_);  // with SO_LINGER 0: an ABORT goes out while the token still leads here
  }
  stack_.detach(token_);
}

template <class Option>
void SctpTransport::set_option(int level, int name, const Option& option) {
  if (usrsctp_setsockopt(socket_, level, name, &option, sizeof option) < 0) fail(sctp_error("setsockopt"));
}

int SctpTransport::socket_error() {
  int error = 0;
  socklen_t size = sizeof error;
  return usrsctp_getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void SctpTransport::set_options() {
  usrsctp_set_non_blocking(socket_, 1);
  set_option(SOL_SOCKET, SO_LINGER, linger{1, 0});
  set_option(SOL_SOCKET, SO_RCVBUF, kBufferBytes);
  set_option(SOL_SOCKET, SO_SNDBUF, kBufferBytes);
  set_option(IPPROTO_SCTP, SCTP_NODELAY, 1);
  set_option(IPPROTO_SCTP, SCTP_RECVRCVINFO, 1);

  sctp_initmsg streams{};
  streams.sinit_num_ostreams = kSctpStreams;
  streams.sinit_max_instreams = kSctpStreams;
  set_option(IPPROTO_SCTP, SCTP_INITMSG, streams);

  // RFC 8831 §6.7: channels close by stream resets.
  sctp_assoc_value resets{};
  resets.assoc_id = SCTP_ALL_ASSOC;
  resets.assoc_value = SCTP_ENABLE_RESET_STREAM_REQ;
  set_option(IPPROTO_SCTP, SCTP_ENABLE_STREAM_RESET, resets);

  for (const std::uint16_t type : {SCTP_ASSOC_CHANGE, SCTP_STREAM_RESET_EVENT, SCTP_SHUTDOWN_EVENT}) {
    sctp_event event{};
    event.se_assoc_id = SCTP_ALL_ASSOC;
    event.se_type = type;
    event.se_on = 1;
    set_option(IPPROTO_SCTP, SCTP_EVENT, event);
  }

  // RFC 8261 §5: DTLS cannot tell the path's MTU; a fixed, safe one instead of discovery.
  sctp_paddrparams path{};
  path.spp_flags = SPP_PMTUD_DISABLE;
  path.spp_pathmtu = kPathMtu;
  set_option(IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, path);
}

void SctpTransport::receive(BytesView packet) {
  if (ended_) return;
  receiving_ = true;
  usrsctp_conninput(reinterpret_cast<void*>(token_), packet.data(), packet.size(), 0);
  process_events();
  receiving_ = false;
}

void SctpTransport::resume() {
  events_ = true;
  process_events();
}

void SctpTransport::process_events() {
  if (ended_) return;
  if (std::exchange(events_, false)) read();
  if (ended_) return;
  request_resets();
  if (blocked_ && !holds_back() && (usrsctp_get_events(socket_) & SCTP_EVENT_WRITE) != 0) {
    blocked_ = false;
    handlers_.on_writable();
  }
}

bool SctpTransport::send(std::uint16_t stream, PayloadProtocol protocol, BytesView message) {
  if (ended_) return true;  // nobody is there to take it: dropped, as after a lost connection
  if (holds_back()) {
    blocked_ = true;
    return false;
  }
  sctp_sndinfo info{};
  info.snd_sid = stream;
  info.snd_ppid = htonl(static_cast<std::uint32_t>(protocol));
  const ssize_t sent =
      usrsctp_sendv(socket_, message.data(), message.size(), nullptr, 0, &info, sizeof info, SCTP_SENDV_SNDINFO, 0);
  if (sent >= 0) return true;
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
    blocked_ = true;
    return false;
  }
  fail(sctp_error("send"));
  return true;
}

void SctpTransport::reset_stream(std::uint16_t stream) {
  resets_to_request_.insert(stream);
  request_resets();
}

bool SctpTransport::all_acknowledged() {
  sctp_status status{};
  socklen_t size = sizeof status;
  if (usrsctp_getsockopt(socket_, IPPROTO_SCTP, SCTP_STATUS, &status, &size) < 0) return true;  // the end will be told
  return status.sstat_unackdata == 0;
}

// A request tells up to which TSN it counts. usrsctp 0.9.5 puts a request off until it has everything up to there, but
// forgets it when the last chunk to come fills a gap: it answers "in progress" for ever (RFC 6525 §5.2.7). So a request
// is made only when the peer has everything, and until then nothing new is sent.
void SctpTransport::request_resets() {
  if (!connected_ || !holds_back() || !all_acknowledged()) return;
  const std::vector<std::uint16_t> streams(resets_to_request_.begin(), resets_to_request_.end());
  resets_to_request_.clear();
  Bytes request(sizeof(sctp_reset_streams) + streams.size() * sizeof(std::uint16_t));
  sctp_reset_streams header{};
  header.srs_assoc_id = SCTP_ALL_ASSOC;
  header.srs_flags = SCTP_STREAM_RESET_OUTGOING;
  header.srs_number_streams = static_cast<std::uint16_t>(streams.size());
  std::memcpy(request.data(), &header, sizeof header);
  std::memcpy(request.data() + sizeof header, streams.data(), streams.size() * sizeof(std::uint16_t));
  // Before the call, which may deliver the answer.
  unanswered_resets_.insert(streams.begin(), streams.end());
  if (usrsctp_setsockopt(socket_, IPPROTO_SCTP, SCTP_RESET_STREAMS, request.data(),
                         static_cast<socklen_t>(request.size())) == 0) {
    return;
  }
  unanswered_resets_.clear();
  for (const std::uint16_t stream : streams) handlers_.on_reset_refused(stream);  // a peer without RFC 6525
}

void SctpTransport::shutdown() {
  if (ended_) return;
  usrsctp_shutdown(socket_, SHUT_WR);
}

void SctpTransport::read() {
  std::array<std::uint8_t, 65536> buffer;
  while (!ended_ && handlers_.may_read()) {
    sctp_rcvinfo info{};
    socklen_t info_size = sizeof info;
    unsigned int info_type = 0;
    int flags = 0;
    sockaddr_conn from{};
    socklen_t from_size = sizeof from;
    const ssize_t size = usrsctp_recvv(socket_, buffer.data(), buffer.size(), as_sockaddr(from), &from_size, &info,
                                       &info_size, &info_type, &flags);
    if (size < 0) {
      // ECONNRESET and its like come with a notification that says more; it was read before.
      return;
    }
    if (size == 0) {
      ended_ = true;
      handlers_.on_closed();
      return;
    }
    const BytesView bytes(buffer.data(), static_cast<std::size_t>(size));
    if ((flags & MSG_NOTIFICATION) != 0) {
      read_notification(bytes);
    } else if (info_type != SCTP_RECVV_RCVINFO) {
      return fail(refused_error("the other side's SCTP data has no stream"));
    } else {
      read_message(bytes, info.rcv_sid, ntohl(info.rcv_ppid), (flags & MSG_EOR) != 0);
    }
  }
}

void SctpTransport::read_message(BytesView piece, std::uint16_t stream, std::uint32_t payload_protocol, bool complete) {
  Bytes& message = partial_[stream];
  const bool dcep = payload_protocol == static_cast<std::uint32_t>(PayloadProtocol::dcep);
  if (message.size() + piece.size() > (dcep ? kMaxDcepBytes : max_message_bytes_)) {
    return fail(refused_error("the other side sent a longer data channel message than it was told is the most"));
  }
  message.insert(message.end(), piece.begin(), piece.end());
  if (!complete) return;
  Bytes whole = std::move(message);
  partial_.erase(stream);
  handlers_.on_message(stream, payload_protocol, std::move(whole));
}

void SctpTransport::read_notification(BytesView bytes) {
  sctp_notification notification;
  std::memset(&notification, 0, sizeof notification);
  std::memcpy(&notification, bytes.data(), std::min(bytes.size(), sizeof notification));
  if (notification.sn_header.sn_type == SCTP_STREAM_RESET_EVENT) return read_stream_resets(bytes);
  if (notification.sn_header.sn_type != SCTP_ASSOC_CHANGE) return;
  switch (notification.sn_assoc_change.sac_state) {
    case SCTP_COMM_UP:
      if (std::exchange(connected_, true)) return;
      handlers_.on_connected(notification.sn_assoc_change.sac_outbound_streams);
      return;
    case SCTP_SHUTDOWN_COMP:
      ended_ = true;
      handlers_.on_closed();
      return;
    case SCTP_RESTART:
      // RFC 9260 §5.2.4: the peer lost its state. What it acknowledged before is worth nothing then.
      return fail(environment_error("the other side restarted its SCTP association"));
    case SCTP_COMM_LOST:
    case SCTP_CANT_STR_ASSOC:
      // usrsctp's own ABORT of a peer that broke the protocol is not the peer's, which is how browsers close.
      if (receiving_ && socket_error() == ECONNABORTED) {
        return fail(refused_error("the other side broke the SCTP protocol"));
      }
      // In the middle of receiving it is the peer's ABORT. Else our own timers gave up.
      if (receiving_) {
        ended_ = true;
        return handlers_.on_closed();
      }
      return fail(
          environment_error("the other side does not answer any more (SCTP)", "check the network between both"));
    default:
      return;
  }
}

void SctpTransport::read_stream_resets(BytesView bytes) {
  sctp_stream_reset_event event{};
  std::memcpy(&event, bytes.data(), std::min(bytes.size(), sizeof event));
  const bool refused = (event.strreset_flags & (SCTP_STREAM_RESET_DENIED | SCTP_STREAM_RESET_FAILED)) != 0;
  for (std::size_t at = sizeof event; at + sizeof(std::uint16_t) <= bytes.size() && !ended_;
       at += sizeof(std::uint16_t)) {
    std::uint16_t stream = 0;
    std::memcpy(&stream, bytes.data() + at, sizeof stream);
    if ((event.strreset_flags & SCTP_STREAM_RESET_OUTGOING_SSN) != 0) {
      unanswered_resets_.erase(stream);
      refused ? handlers_.on_reset_refused(stream) : handlers_.on_reset_done(stream);
    } else if (!refused) {
      partial_.erase(stream);
      handlers_.on_stream_reset(stream);
    }
  }
}

void SctpTransport::fail(Error error) {
  if (std::exchange(ended_, true)) return;
  handlers_.on_failed(std::move(error));
}

}  // namespace coterie::rtc
