#include "coterie/signaling_server.h"

#include "base/result.h"
#include "signaling/address.h"
#include "signaling/server.h"

namespace coterie {

SignalingServer::SignalingServer(std::unique_ptr<signaling::Server> server) : server_(std::move(server)) {}
SignalingServer::SignalingServer(SignalingServer&&) noexcept = default;
SignalingServer& SignalingServer::operator=(SignalingServer&&) noexcept = default;
SignalingServer::~SignalingServer() = default;

Result<SignalingServer> SignalingServer::start(const SignalingServerOptions& options) {
  signaling::ServerOptions inside;
  inside.kind = signaling::ServerKind::serve;
  inside.listen = options.listen;
  inside.port = options.port;
  inside.allowed_origins = options.allowed_origins;
  inside.limits = options.limits;
  COTERIE_TRY(auto server, signaling::Server::start(std::move(inside)));
  return SignalingServer(std::move(server));
}

std::uint16_t SignalingServer::port() const {
  return server_->port();
}

const std::string& SignalingServer::address() const {
  return server_->address();
}

std::string SignalingServer::url() const {
  const std::string& bound = server_->address();
  const bool any = bound == "::" || bound == "0.0.0.0";
  return "ws://" + signaling::HostPort{any ? "127.0.0.1" : bound, server_->port()}.text();
}

void SignalingServer::stop() {
  server_->stop();
}

}  // namespace coterie
