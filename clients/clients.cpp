#include "clients/clients.hpp"

namespace postflight {

Http::~Http() = default;
Kubernetes::~Kubernetes() = default;
Commands::~Commands() = default;
Names::~Names() = default;
Connections::~Connections() = default;

}  // namespace postflight
