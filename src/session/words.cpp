// The words of the public enumerators (<coterie/multisig.h>, <coterie/observer.h>): in JSON, in records, on a terminal.
#include "coterie/multisig.h"
#include "coterie/observer.h"

namespace coterie {

const char* to_string(MultisigStatus status) {
  switch (status) {
    case MultisigStatus::pending:
      return "pending";
    case MultisigStatus::complete:
      return "complete";
    case MultisigStatus::declined:
      return "declined";
    case MultisigStatus::abandoned:
      return "abandoned";
    case MultisigStatus::failed:
      return "failed";
  }
  return "unknown";
}

const char* to_string(Role role) {
  switch (role) {
    case Role::creator:
      return "creator";
    case Role::recipient:
      return "recipient";
  }
  return "unknown";
}

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

}  // namespace coterie
