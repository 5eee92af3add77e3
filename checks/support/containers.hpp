#pragma once

#include <string>

#include "checks/support/objects.hpp"

namespace postflight {

// The container of that name, which must be running. Throws CannotTell: no-such-container,
// not-running with its state.
const Container& running_container(const Pod& pod, const std::string& name);

// The container a command is meant for when nobody names one: the one that the pod's annotation
// kubectl.kubernetes.io/default-container names, else the only one that is not a sidecar. Throws
// CannotTell("no-such-container") naming the choices.
const std::string& default_container(const Pod& pod);

}  // namespace postflight
