#pragma once

#include "clients/connections.hpp"

namespace postflight {

// Connects, and watches the connection. Throws ClientError: refused, timeout, unreachable.
TcpAnswer connect_tcp(const TcpRequest& request, const Limits& limits);

}  // namespace postflight
