#include "clients/kubernetes_path.hpp"

#include "clients/error.hpp"

namespace postflight {
namespace {

std::string segment(std::string_view what, std::string_view name) {
  if (name.empty() || name == "." || name == "..")
    throw ClientError(reason::configuration,
                      "\"" + std::string(name) + "\" is not the name of a " + std::string(what));
  return percent_encoded(name);
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return encoded;
}

std::string with_query(std::string path,
                       const std::vector<std::pair<std::string, std::string>>& parameters) {
  bool has_query = path.find('?') != std::string::npos;
  for (const auto& [name, value] : parameters) {
    path += (has_query ? "&" : "?") + percent_encoded(name) + "=" + percent_encoded(value);
    has_query = true;
  }
  return path;
}

std::string pod_path(std::string_view name_space, std::string_view pod,
                     std::string_view subresource) {
  return "/api/v1/namespaces/" + segment("namespace", name_space) + "/pods/" + segment("pod", pod) +
         "/" + std::string(subresource);
}

}  // namespace postflight
