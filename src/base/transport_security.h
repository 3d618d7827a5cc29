// Whether a connection to a server has TLS inside.
#pragma once

namespace coterie {

enum class TransportSecurity { none, tls };

}  // namespace coterie
