#include "checks/support/json_document.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <new>
#include <type_traits>

#include "runner/check.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

namespace dom = simdjson::dom;

static_assert(sizeof(dom::element) == sizeof(JsonElement::Place) &&
              std::is_trivially_copyable_v<dom::element>);

dom::element element_of(const JsonElement& element) {
  return std::bit_cast<dom::element>(element.place());
}
JsonElement as_element(const dom::element& element) {
  return JsonElement(std::bit_cast<JsonElement::Place>(element));
}

}  // namespace

JsonType JsonElement::type() const {
  switch (element_of(*this).type()) {
    case dom::element_type::NULL_VALUE:
      return JsonType::null;
    case dom::element_type::BOOL:
      return JsonType::boolean;
    case dom::element_type::STRING:
      return JsonType::text;
    case dom::element_type::ARRAY:
      return JsonType::list;
    case dom::element_type::OBJECT:
      return JsonType::map;
    default:
      return JsonType::number;
  }
}

bool JsonElement::boolean() const { return bool(element_of(*this)); }

std::string_view JsonElement::text() const { return element_of(*this); }

double JsonElement::number() const {
  const auto element = element_of(*this);
  if (element.is_int64()) return static_cast<double>(std::int64_t(element));
  if (element.is_uint64()) return static_cast<double>(std::uint64_t(element));
  return double(element);
}

std::optional<std::int64_t> JsonElement::integer() const {
  const auto element = element_of(*this);
  if (element.is_int64()) return std::int64_t(element);
  if (!element.is_double()) return std::nullopt;
  const auto value = double(element);
  constexpr double most = 9007199254740992;  // 2^53: beyond that a double is no exact number
  if (std::trunc(value) != value || std::abs(value) > most) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<JsonElement> JsonElement::member(std::string_view key) const {
  const auto element = element_of(*this);
  if (!element.is_object()) return std::nullopt;
  std::optional<JsonElement> found;
  // Of a key that is there twice the last counts, as for jq and for the API server.
  for (const auto [name, value] : dom::object(element))
    if (name == key) found = as_element(value);
  return found;
}

std::vector<JsonElement> JsonElement::elements() const {
  std::vector<JsonElement> all;
  for (const auto value : dom::array(element_of(*this))) all.push_back(as_element(value));
  return all;
}

std::vector<std::pair<std::string_view, JsonElement>> JsonElement::members() const {
  std::vector<std::pair<std::string_view, JsonElement>> all;
  for (const auto [name, value] : dom::object(element_of(*this)))
    all.emplace_back(name, as_element(value));
  return all;
}

std::string JsonElement::text_at(std::initializer_list<std::string_view> path) const {
  std::optional<JsonElement> value = *this;
  for (const auto key : path)
    if (value) value = value->member(key);
  return value && value->type() == JsonType::text ? std::string(value->text()) : std::string();
}

struct JsonDocument::Parser {
  dom::parser parser;
};

// What a parser holds is kept for the next text of the same thread.
std::vector<std::unique_ptr<JsonDocument::Parser>>& JsonDocument::idle_parsers() {
  thread_local std::vector<std::unique_ptr<Parser>> idle;
  return idle;
}

JsonDocument::JsonDocument(std::string_view json) {
  auto& idle = idle_parsers();
  if (idle.empty()) {
    parser_ = std::make_unique<Parser>();
  } else {
    parser_ = std::move(idle.back());
    idle.pop_back();
  }
  auto& parser = parser_->parser;
  if (parser.capacity() < json.size() &&
      parser.allocate(std::max<std::size_t>(json.size(), 64 * 1024), deepest_answer) !=
          simdjson::SUCCESS)
    throw std::bad_alloc();
  dom::element root;
  const auto error = parser
                         .parse(reinterpret_cast<const std::uint8_t*>(json.data()), json.size(),
                                /*realloc_if_needed=*/false)
                         .get(root);
  if (error != simdjson::SUCCESS)
    throw CannotTell("unreadable",
                     fmt::format("it is not readable JSON: {}", simdjson::error_message(error)));
  root_ = as_element(root);
}

JsonDocument::~JsonDocument() { idle_parsers().push_back(std::move(parser_)); }

std::unique_ptr<const JsonDocument> JsonDocument::of(std::string_view json) {
  const simdjson::padded_string copy(json);
  return std::make_unique<const JsonDocument>(std::string_view(copy.data(), copy.size()));
}

}  // namespace postflight
