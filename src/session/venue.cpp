#include "session/venue.h"

#include <spdlog/fmt/fmt.h>

#include "signaling/address.h"
#include "signaling/probe.h"

namespace coterie::session {

namespace {

constexpr std::chrono::milliseconds kProbeTimeout{2'000};

bool is_any_address(const std::string& listen) {
  return listen.empty() || listen == "::" || listen == "0.0.0.0";
}

// How this process itself reaches a server that listens on `listen`.
std::string own_way_to(const std::string& listen) {
  return is_any_address(listen) ? "127.0.0.1" : listen;
}

Result<void> advertise(const VenueOptions& options, Venue& venue, std::string& notice) {
  if (options.advertise) {
    COTERIE_TRY(venue.advertised,
                signaling::parse_host_port(*options.advertise, venue.signaling.address.port, "--advertise"));
    return {};
  }
  venue.advertised = venue.signaling.address;
  if (options.signaling || !is_any_address(venue.listen)) return {};
  const signaling::AdvertisedHost chosen = signaling::choose_advertised_host();
  venue.advertised.host = chosen.host;
  if (chosen.by == signaling::AdvertisedBy::loopback) {
    notice = "this machine has no network address: the invite works on this machine only (--advertise names another)";
  }
  return {};
}

}  // namespace

Result<PreparedVenue> choose_venue(const VenueOptions& options) {
  PreparedVenue prepared;
  Venue& venue = prepared.venue;
  if (options.signaling) {
    COTERIE_TRY(venue.signaling, signaling::parse_signaling_url(*options.signaling));
    venue.embedded = false;
    COTERIE_CHECK(advertise(options, venue, prepared.notice));
    return prepared;
  }

  const std::uint16_t port = options.port.value_or(kDefaultSignalingPort);
  COTERIE_TRY(prepared.listener, signaling::Listener::bind(options.listen.value_or(""), port));
  if (prepared.listener) {
    venue.listen = prepared.listener->address();
    venue.port = prepared.listener->port();
    venue.signaling.address = {own_way_to(venue.listen), venue.port};
    COTERIE_CHECK(advertise(options, venue, prepared.notice));
    return prepared;
  }

  venue.embedded = false;
  venue.listen = options.listen.value_or("");
  venue.signaling.address = {own_way_to(venue.listen), port};
  const auto kind = signaling::probe_server(venue.signaling.address.host, port, kProbeTimeout);
  if (kind != signaling::ServerKind::serve) return signaling::port_taken_error(port);
  COTERIE_CHECK(advertise(options, venue, prepared.notice));
  prepared.notice =
      fmt::format("port {} is held by a Coterie signaling server: using it ({})", port, venue.signaling.text());
  return prepared;
}

Result<PreparedVenue> reopen_venue(const Venue& venue) {
  PreparedVenue prepared;
  prepared.venue = venue;
  if (!venue.embedded) return prepared;
  COTERIE_TRY(prepared.listener, signaling::Listener::bind(venue.listen, venue.port));
  if (!prepared.listener) {
    Error error = signaling::port_taken_error(venue.port);
    error.hint =
        fmt::format("the invite that was handed out names port {}: end what holds it, then run this again", venue.port);
    return error;
  }
  return prepared;
}

bool is_local(const Venue& venue) {
  return signaling::reach_of(venue.advertised.host) == signaling::Reach::loopback;
}

std::string describe_reach(const Venue& venue) {
  const signaling::Reach reach = signaling::reach_of(venue.advertised.host);
  std::string text = signaling::to_string(reach);
  if (venue.embedded && reach != signaling::Reach::loopback) {
    text += fmt::format("; where a firewall stands in front, allow TCP {} in", venue.advertised.port);
  }
  return text;
}

}  // namespace coterie::session
