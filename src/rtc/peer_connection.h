// PeerConnection: one authenticated, encrypted link to one other process: ICE (RFC 8445, 8838), DTLS 1.2 (RFC 6347,
// 8842), SCTP and data channels (RFC 8831, 8832, 8841), described by the subset of JSEP (RFC 8829) that these need.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "coterie/options.h"
#include "rtc/connection_report.h"
#include "rtc/data_channel.h"
#include "rtc/ice_server.h"
#include "rtc/runtime.h"
#include "rtc/session_description.h"

namespace coterie::rtc {

enum class ConnectionState {
  created,       // nothing sent yet (W3C calls it "new")
  connecting,    // both descriptions are there: ICE checks, then DTLS and SCTP, are under way
  connected,     // DTLS is up, the peer's certificate is the one of the remote description, SCTP is up
  disconnected,  // nothing heard for 5 s; it may come back (connected), or end (failed) 10 s after ICE's last answer
  failed,        // for good; the Error says at which step. Nothing was sent to a peer that did not verify.
  closed,        // the other side closed the link (Error says so); not reported after close() of this side
};
const char* to_string(ConnectionState state);

enum class LoopbackCandidates {
  refused,
  allowed,  // offer 127.0.0.1 and ::1 and accept the peer's: only when both ends are on this machine
};

struct Configuration {
  std::optional<StunServer> stun_server = {};  // a literal, e.g. from a StunProbe: gives server-reflexive candidates
  std::vector<TurnServer> turn_servers = {};   // each gives a relayed candidate; more than kMaxTurnServers are ignored
  IcePolicy ice_policy = IcePolicy::all;       // with `relay` the STUN server is not asked
  LoopbackCandidates loopback = LoopbackCandidates::refused;
  std::chrono::milliseconds linger{2000};  // how long, after close(), queued data may still be flushed and acknowledged
};

// Called on the owner's strand through Post, in the order things happened; never after close() returned there. Any may
// be empty. A handler may close and release the connection it is called by. Capture owners weakly.
struct PeerConnectionHandlers {
  // The offer after create_offer, the answer after set_remote_description(offer): to be sent to the other side, with a
  // guarantee of who wrote it. Comes before the first candidate.
  std::function<void(SessionDescription description)> on_local_description;
  // A candidate to be sent to the other side; nullopt once, when there will be no more. Nothing waits for that.
  std::function<void(std::optional<IceCandidateInit> candidate)> on_ice_candidate;
  // `error` is set for failed and closed. failed of kind `refused`: the other side is not who the description says, or
  // broke the protocol. Of kind `environment`: the network. Every open channel gets its on_close after it.
  std::function<void(ConnectionState state, std::optional<Error> error)> on_connection_state;
  // Before `connected`, and whenever it changes.
  std::function<void(CandidateType path)> on_path;
  // The other side opened a channel; messages follow after this returned.
  std::function<void(std::shared_ptr<DataChannel> channel)> on_data_channel;
};

// All methods are called on the owner's strand and return at once.
class PeerConnection {
 public:
  static std::shared_ptr<PeerConnection> create(std::shared_ptr<Runtime> runtime, const Configuration& configuration,
                                                Post post, PeerConnectionHandlers handlers);
  virtual ~PeerConnection() = default;  // closes

  // Before or after create_offer, on either side. Refused (kind usage) when closed, for more than kMaxChannels at a
  // time (closing ones count) or a label longer than kMaxLabelBytes.
  virtual Result<std::shared_ptr<DataChannel>> create_data_channel(std::string label) = 0;

  // Makes this side the offerer; once. on_local_description follows.
  virtual Result<void> create_offer() = 0;

  // The other side's offer (then on_local_description gives the answer) or its answer to our offer; once. An error
  // (kind refused) names what is wrong with the SDP, e.g. not exactly one sha-256 fingerprint, and changes nothing.
  virtual Result<void> set_remote_description(const SessionDescription& description) = 0;

  // May come before the remote description. Host names (mDNS), TCP, multicast, unspecified, link-local and (unless
  // allowed) loopback addresses, and all after the 32nd, are skipped: that is success, since the others may do. An
  // error (kind refused) is a malformed candidate; it changes nothing.
  virtual Result<void> add_ice_candidate(const std::optional<IceCandidateInit>& candidate) = 0;

  // As of now; as of its end for a connection that ended or was closed.
  virtual const ConnectionReport& report() const = 0;

  // No handler is called once this returned. Data queued before is still flushed for up to Configuration::linger in the
  // background, then the other side is told (SCTP SHUTDOWN, DTLS close_notify): best effort, no proof of receipt.
  virtual void close() = 0;
  // As close(), but at once and without a word: the other side takes the connection for lost, as if this process had
  // died.
  virtual void drop() = 0;
};

}  // namespace coterie::rtc
