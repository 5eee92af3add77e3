// A page of a list is taken apart without being parsed: whatever the bytes, what is handed out is
// what a parser of the whole finds, or the page is refused.
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "clients/error.hpp"
#include "clients/list_items.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using namespace postflight::test;
using nlohmann::json;

namespace {

// The texts of the items.
std::optional<std::vector<std::string>> taken_apart(std::string text) {
  try {
    const ListPage page(std::move(text), "GET /x");
    return std::vector<std::string>(page.items().begin(), page.items().end());
  } catch (const ClientError& error) {
    must(error.reason() == reason::unreadable, "a page that is refused is unreadable");
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string page(text_of(data, size));
  const auto taken = taken_apart(page);
  if (!taken) return 0;
  std::vector<json> items;
  for (const auto& text : *taken) {
    auto item = json::parse(text, nullptr, false);
    if (item.is_discarded()) return 0;  // whoever reads it sees that
    items.push_back(std::move(item));
  }
  const auto whole = json::parse(page, nullptr, false);
  must(whole.is_object(), "a page whose items are JSON is JSON");
  const auto& list = whole.at("items");
  must(list.is_null() ? items.empty() : list.size() == items.size(), "no item is lost or made up");
  for (std::size_t at = 0; at < items.size(); ++at)
    must(list.at(at) == items[at], "an item is whole");
  return 0;
}
