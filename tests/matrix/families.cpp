#include "tests/matrix/failure.hpp"

namespace postflight::matrix {

std::vector<Family> families() {
  return {connection_failures(),
          status_failures(),
          body_failures(),
          kubernetes_failures(),
          exec_failures(),
          log_failures(),
          postgres_connection_failures(),
          postgres_state_failures(),
          command_failures(),
          plug_in_failures(),
          dns_failures(),
          tcp_failures(),
          tls_failures(),
          prometheus_failures()};
}

}  // namespace postflight::matrix
