#include "tests/matrix/failure.hpp"

namespace postflight::matrix {

std::vector<Family> families() {
  return {connection_failures(),          status_failures(),         body_failures(),
          kubernetes_failures(),          exec_failures(),           log_failures(),
          postgres_connection_failures(), postgres_state_failures(), command_failures(),
          prometheus_failures()};
}

}  // namespace postflight::matrix
