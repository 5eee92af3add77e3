#include "clients/clients.hpp"

namespace postflight {

Http::~Http() = default;
Kubernetes::~Kubernetes() = default;
Commands::~Commands() = default;

}  // namespace postflight
