#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "clients/kubeconfig.hpp"

namespace postflight {

// What an exec plug-in answered: a token, a certificate with its key, or both.
struct ExecCredential {
  std::string token, certificate_pem, key_pem;
  std::optional<std::chrono::system_clock::time_point> expires;
};

// The text for KUBERNETES_EXEC_INFO: what the plug-in is told.
std::string exec_info(const ExecPlugin& plugin, const KubernetesAccess& access);

// Reads the plug-in's output, an ExecCredential of the version the kubeconfig asks for. Throws
// std::runtime_error with what is wrong; never quotes the output, which may hold a secret.
ExecCredential read_exec_credential(std::string_view output, const ExecPlugin& plugin);

// "2026-11-23T20:13:17Z", also with a fraction (dropped) or an offset. Nothing for another form.
std::optional<std::chrono::system_clock::time_point> read_rfc3339(const std::string& text);

}  // namespace postflight
