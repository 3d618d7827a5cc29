#include "session/progress.h"

namespace coterie::session {

const char* to_string(PeerState state) {
  switch (state) {
    case PeerState::absent:
      return "absent";
    case PeerState::joined:
      return "joined";
    case PeerState::connecting:
      return "connecting";
    case PeerState::connected:
      return "connected";
    case PeerState::delivered:
      return "delivered";
    case PeerState::receipt:
      return "receipt";
    case PeerState::complete:
      return "complete";
    case PeerState::declined:
      return "declined";
    case PeerState::failed:
      return "failed";
  }
  return "unknown";
}

const char* to_string(LinkPath path) {
  switch (path) {
    case LinkPath::host:
      return "host";
    case LinkPath::srflx:
      return "srflx";
    case LinkPath::relay:
      return "relay";
  }
  return "unknown";
}

}  // namespace coterie::session
