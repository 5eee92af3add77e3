// A release of Helm is any JSON: refused, or read so that reading it again changes nothing.
#include <nlohmann/json.hpp>

#include "checks/support/inert_values.hpp"
#include "clients/error.hpp"
#include "clients/helm_release.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool is_packed = data[0] % 2 == 1;
  const auto text = postflight::test::text_of(data + 1, size - 1);
  try {
    const auto release =
        read_helm_release(is_packed ? std::string(text) : packed_helm_release(text));
    must(read_helm_release(packed_helm_release(release)) == release, "what is kept reads the same");
    const auto json = nlohmann::json::parse(release);
    const auto values = find_inert_values(json);
    const auto config = json.value("config", nlohmann::json());
    must(values.inert.empty() || config.is_object(), "only what was set can be inert");
  } catch (const ClientError& error) {
    must(error.reason() == reason::unreadable || error.reason() == reason::too_large,
         "a refusal says why");
  }
  return 0;
}
