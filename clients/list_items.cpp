#include "clients/list_items.hpp"

#include <cstring>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "clients/error.hpp"
#include "clients/kubernetes_status.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

constexpr std::size_t room_behind = 64;  // what a parser that reads in blocks may look at

[[noreturn]] void unreadable(const std::string& asked, const std::string& why) {
  throw ClientError(reason::unreadable, asked + ": " + why);
}

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// A page taken apart without looking into its items: where each of them stands, and all the rest as
// a small document with an empty list in their place. Both are JSON only if the page is.
class PageParts {
 public:
  PageParts(std::string_view page, std::string asked) : page_(page), asked_(std::move(asked)) {
    while (at_ < page_.size()) step();
    rest += page_.substr(rest_from_);
  }

  std::vector<std::string_view> items;
  std::string rest;

 private:
  void step() {
    switch (page_[at_]) {
      case '"':
        at_ = end_of_string(at_);
        return;
      case '{':
        go_deeper();
        break;
      case '[':
        if (depth_ == 1 && is_behind_items()) {
          read_items();
          return;
        }
        go_deeper();
        break;
      case '}':
      case ']':
        --depth_;
        break;
      default:
        break;
    }
    ++at_;
  }

  void go_deeper() {
    if (++depth_ > deepest_answer)
      unreadable(asked_,
                 "the answer is nested deeper than " + std::to_string(deepest_answer) + " levels");
  }

  // Whether the list that begins here is the value of the key "items".
  bool is_behind_items() const {
    constexpr std::string_view key = "\"items\"";
    auto end = at_;
    const auto skip_space = [&] {
      while (end > 0 && is_space(page_[end - 1])) --end;
    };
    skip_space();
    if (end == 0 || page_[end - 1] != ':') return false;
    --end;
    skip_space();
    if (end < key.size() || page_.substr(end - key.size(), key.size()) != key) return false;
    return end == key.size() || page_[end - key.size() - 1] != '\\';
  }

  // Past the quote that ends the string, or the end of the page.
  std::size_t end_of_string(std::size_t quote) const {
    for (auto at = quote + 1; at < page_.size();) {
      const auto* found =
          static_cast<const char*>(std::memchr(page_.data() + at, '"', page_.size() - at));
      if (found == nullptr) break;
      at = static_cast<std::size_t>(found - page_.data());
      std::size_t backslashes = 0;
      while (page_[at - 1 - backslashes] == '\\') ++backslashes;
      ++at;
      if (backslashes % 2 == 0) return at;
    }
    return page_.size();
  }

  void read_items() {
    if (has_items_) unreadable(asked_, "a list with items twice");
    has_items_ = true;
    ++at_;
    rest += page_.substr(rest_from_, at_ - rest_from_);
    skip_space();
    if (at_ < page_.size() && page_[at_] != ']') {
      for (;;) {
        read_item();
        skip_space();
        if (at_ >= page_.size() || page_[at_] != ',') break;
        ++at_;
        skip_space();
      }
    }
    rest_from_ = at_;
    if (at_ < page_.size() && page_[at_] != ']')
      unreadable(asked_, "a list with something else than a comma between two items");
    if (at_ < page_.size()) ++at_;
  }

  void read_item() {
    const auto begin = at_;
    if (at_ >= page_.size() || page_[at_] != '{')
      unreadable(asked_, "a list with an item that is not a map");
    const int outside = depth_;
    do {
      if (at_ >= page_.size()) unreadable(asked_, "a list that ends in the middle of an item");
      step();
    } while (depth_ > outside);
    items.push_back(page_.substr(begin, at_ - begin));
  }

  void skip_space() {
    while (at_ < page_.size() && is_space(page_[at_])) ++at_;
  }

  const std::string_view page_;
  const std::string asked_;
  std::size_t at_ = 0, rest_from_ = 0;
  int depth_ = 0;
  bool has_items_ = false;
};

// Where the next page begins. Throws for what is no list.
std::string read_rest(const std::string& text, const std::string& asked) {
  const auto rest = nlohmann::json::parse(text, nullptr, false);
  if (!rest.is_object()) unreadable(asked, "an answer that is no whole JSON object");
  const auto kind = rest.find("kind");
  if (kind == rest.end() || !kind->is_string()) unreadable(asked, "an answer without a kind");
  const auto items = rest.find("items");
  const bool is_list = kind->get_ref<const std::string&>().ends_with("List");
  if (!is_list || items == rest.end())
    unreadable(asked, "an object of kind " + first_line(kind->get<std::string>(), 80) +
                          (items == rest.end() ? " without items" : "") +
                          "; a list with items is wanted");
  if (!items->is_null() && !(items->is_array() && items->empty()))
    unreadable(asked, "an answer whose items are no list that can be gone through");
  const auto metadata = rest.find("metadata");
  if (metadata == rest.end() || metadata->is_null()) return {};
  if (!metadata->is_object()) unreadable(asked, "the list's metadata is not a map");
  const auto next = metadata->find("continue");
  if (next == metadata->end() || next->is_null()) return {};
  if (!next->is_string()) unreadable(asked, "metadata.continue is not text");
  return next->get<std::string>();
}

}  // namespace

ListPage::ListPage(std::string page, const std::string& asked) : page_(std::move(page)) {
  page_.reserve(page_.size() + room_behind);
  PageParts parts(page_, asked);
  next_ = read_rest(parts.rest, asked);
  items_ = std::move(parts.items);
}

}  // namespace postflight
