#pragma once

#include <string>

namespace postflight {

// The text of an object or list of the Kubernetes API without what is secret in it: the data of
// Secrets, environment variables named as secrets are, and the last applied configuration, which
// repeats both. Of a TLS Secret its certificates stay, of Helm's what read_helm_release gives. The
// very text when there is nothing of it.
std::string without_secret_data(const std::string& object);

}  // namespace postflight
