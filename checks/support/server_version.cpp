#include "checks/support/server_version.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "checks/support/json_reader.hpp"
#include "checks/support/text.hpp"
#include "runner/check.hpp"
#include "text/json_depth.hpp"

namespace postflight {

std::optional<Version> parse_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  Version version{};
  for (std::size_t part = 0; part < version.size(); ++part) {
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, version[part]);
    if (error != std::errc{} || version[part] < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    if (!text.starts_with('.')) return part == 0 ? std::nullopt : std::optional(version);
    text.remove_prefix(1);
  }
  return version;
}

ServerVersion server_version(Kubernetes& kubernetes, const Limits& limits) {
  const auto text = kubernetes.get("/version", limits);
  if (!is_nested_at_most(*text, deepest_answer))
    throw CannotTell("unreadable",
                     fmt::format("GET /version: nested deeper than {} levels", deepest_answer));
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  const auto version = JsonReader(json, "GET /version").required_text("gitVersion");
  const auto numbers = parse_version(version);
  if (!numbers)
    throw CannotTell("unreadable", fmt::format("GET /version: gitVersion is not a version: {}",
                                               excerpt(version, 60)));
  return {version, *numbers};
}

}  // namespace postflight
