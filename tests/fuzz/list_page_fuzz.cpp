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

struct Taken {
  std::vector<std::string> items;
  std::string next;
};

std::optional<Taken> taken_apart(std::string page) {
  Taken taken;
  int told = 0;
  try {
    read_list_page(page, "GET /x",
                   {[&](std::string token) {
                      taken.next = std::move(token);
                      ++told;
                    },
                    [&](const ListItem& item) { taken.items.emplace_back(item.json()); }});
  } catch (const ClientError& error) {
    must(error.reason() == reason::unreadable, "a page that is refused is unreadable");
    return std::nullopt;
  }
  must(told == 1, "where the next page begins is told once");
  return taken;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string page(text_of(data, size));
  const auto taken = taken_apart(page);
  if (!taken) return 0;
  std::vector<json> items;
  for (const auto& text : taken->items) {
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
