#include "clients/http.hpp"

#include <algorithm>
#include <cctype>

namespace postflight {

namespace {

bool is_named(const HttpHeader& header, std::string_view name) {
  return std::equal(
      header.name.begin(), header.name.end(), name.begin(), name.end(),
      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

}  // namespace

std::optional<std::string> HttpResponse::header(std::string_view name) const {
  for (const auto& candidate : headers)
    if (is_named(candidate, name)) return candidate.value;
  return std::nullopt;
}

std::vector<std::string> HttpResponse::all_headers(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& candidate : headers)
    if (is_named(candidate, name)) values.push_back(candidate.value);
  return values;
}

}  // namespace postflight
