#include "checks/support/limits.hpp"
#include "clients/clients.hpp"
#include "runner/check.hpp"
namespace postflight {
extern constinit const CheckKind k8s_api_ready;
constinit const CheckKind k8s_api_ready{"k8s.api-ready", "", {}, nullptr, true};
}
