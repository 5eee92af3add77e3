#include "checks/support/json_reader.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <type_traits>

#include "runner/check.hpp"

namespace postflight {
namespace {

using nlohmann::json;
using Value = std::variant<const json*, JsonElement>;
using Type = JsonType;

Type type_of(const json* value) {
  switch (value->type()) {
    case json::value_t::null:
    case json::value_t::discarded:
      return Type::null;
    case json::value_t::boolean:
      return Type::boolean;
    case json::value_t::string:
      return Type::text;
    case json::value_t::array:
      return Type::list;
    case json::value_t::object:
      return Type::map;
    default:
      return Type::number;
  }
}
Type type_of(const JsonElement& value) { return value.type(); }
Type type_of(const Value& value) {
  return std::visit([](const auto& held) { return type_of(held); }, value);
}

std::string_view name_of(Type type) {
  switch (type) {
    case Type::null:
      return "null";
    case Type::boolean:
      return "boolean";
    case Type::number:
      return "number";
    case Type::text:
      return "string";
    case Type::list:
      return "array";
    case Type::map:
      return "object";
  }
  return "null";
}

std::string text_of(const Value& value) {
  const auto* held = std::get_if<const json*>(&value);
  return held != nullptr ? (*held)->get<std::string>()
                         : std::string(std::get<JsonElement>(value).text());
}

bool flag_of(const Value& value) {
  const auto* held = std::get_if<const json*>(&value);
  return held != nullptr ? (*held)->get<bool>() : std::get<JsonElement>(value).boolean();
}

// Nothing for a number with a fraction, or out of range.
std::optional<std::int64_t> integer_of(const Value& value) {
  if (const auto* held = std::get_if<const json*>(&value)) {
    if (!(*held)->is_number_integer()) return std::nullopt;
    return (*held)->get<std::int64_t>();
  }
  return std::get<JsonElement>(value).integer();
}

std::vector<Value> elements_of(const Value& value) {
  std::vector<Value> all;
  if (const auto* held = std::get_if<const json*>(&value))
    for (const auto& item : **held) all.emplace_back(&item);
  else
    for (const auto& item : std::get<JsonElement>(value).elements()) all.emplace_back(item);
  return all;
}

std::vector<std::pair<std::string, Value>> members_of(const Value& value) {
  std::vector<std::pair<std::string, Value>> all;
  if (const auto* held = std::get_if<const json*>(&value))
    for (const auto& [key, item] : (*held)->items()) all.emplace_back(key, &item);
  else
    for (const auto& [key, item] : std::get<JsonElement>(value).members())
      all.emplace_back(std::string(key), item);
  return all;
}

}  // namespace

JsonReader::Path JsonReader::Path::plus(const char* field, std::size_t element) const {
  auto longer = *this;
  if (longer.count < longer.steps.size()) longer.steps[longer.count++] = {field, element};
  return longer;
}

std::string JsonReader::Path::text() const {
  std::string all;
  for (std::size_t at = 0; at < count; ++at) {
    if (at > 0) all += '.';
    all += steps[at].field;
    if (steps[at].element != no_element) all += fmt::format("[{}]", steps[at].element);
  }
  return all;
}

JsonReader::JsonReader(Value value, std::shared_ptr<const std::string> object, const Path& path)
    : object_(std::move(object)), path_(path) {
  const auto type = type_of(value);
  if (type == Type::null) return;
  if (type != Type::map) wrong(path_.text(), "a map", &value);
  value_ = std::move(value);
}

JsonReader::JsonReader(const json& value, std::string object, const char* field)
    : JsonReader(Value(&value), std::make_shared<const std::string>(std::move(object)),
                 field == nullptr ? Path() : Path().plus(field)) {}

JsonReader::JsonReader(const JsonDocument& document, std::string object)
    : JsonReader(Value(document.root()), std::make_shared<const std::string>(std::move(object)),
                 Path()) {}

std::optional<JsonReader::Value> JsonReader::find(const char* field) const {
  if (!value_) return std::nullopt;
  std::optional<Value> found;
  if (const auto* held = std::get_if<const json*>(&*value_)) {
    if (const auto member = (*held)->find(field); member != (*held)->end()) found = &*member;
  } else if (const auto member = std::get<JsonElement>(*value_).member(field)) {
    found = *member;
  }
  if (found && type_of(*found) == Type::null) return std::nullopt;
  return found;
}

void JsonReader::wrong(const std::string& path, std::string_view wanted, const Value* value) const {
  throw CannotTell(
      "unreadable",
      fmt::format("{}: {} must be {}, {}", *object_, path.empty() ? "it" : path, wanted,
                  value == nullptr ? "but it is missing"
                                   : fmt::format("not {}", name_of(type_of(*value)))));
}

std::string JsonReader::text(const char* field) const {
  const auto value = find(field);
  if (!value) return {};
  if (type_of(*value) != Type::text) wrong_field(field, "text", &*value);
  return text_of(*value);
}

std::string JsonReader::required_text(const char* field) const {
  auto value = text(field);
  if (value.empty()) wrong_field(field, "text", nullptr);
  return value;
}

std::optional<bool> JsonReader::flag(const char* field) const {
  const auto value = find(field);
  if (!value) return std::nullopt;
  if (type_of(*value) != Type::boolean) wrong_field(field, "true or false", &*value);
  return flag_of(*value);
}

std::optional<std::int64_t> JsonReader::integer(const char* field) const {
  const auto value = find(field);
  if (!value) return std::nullopt;
  const auto number = type_of(*value) == Type::number ? integer_of(*value) : std::nullopt;
  if (!number) wrong_field(field, "a whole number", &*value);
  return number;
}

std::optional<Moment> JsonReader::timestamp(const char* field) const {
  const auto written = text(field);
  if (written.empty()) return std::nullopt;
  const auto moment = parse_timestamp(written);
  if (!moment) {
    const auto value = find(field);
    wrong_field(field, "a time in RFC 3339", &*value);
  }
  return moment;
}

JsonReader JsonReader::map(const char* field) const {
  static const json nothing;
  return {find(field).value_or(Value(&nothing)), object_, path_.plus(field)};
}

std::vector<JsonReader> JsonReader::maps(const char* field) const {
  std::vector<JsonReader> list;
  const auto value = find(field);
  if (!value) return list;
  if (type_of(*value) != Type::list) wrong_field(field, "a list", &*value);
  for (auto& item : elements_of(*value)) {
    const auto path = path_.plus(field, list.size());
    if (type_of(item) != Type::map) wrong(path.text(), "a map", &item);
    list.push_back(JsonReader(std::move(item), object_, path));
  }
  return list;
}

std::vector<std::string> JsonReader::texts(const char* field) const {
  std::vector<std::string> list;
  const auto value = find(field);
  if (!value) return list;
  if (type_of(*value) != Type::list) wrong_field(field, "a list", &*value);
  for (const auto& item : elements_of(*value)) {
    if (type_of(item) != Type::text) wrong(path_.plus(field, list.size()).text(), "text", &item);
    list.push_back(text_of(item));
  }
  return list;
}

Labels JsonReader::labels(const char* field) const {
  Labels labels;
  const auto value = find(field);
  if (!value) return labels;
  if (type_of(*value) != Type::map) wrong_field(field, "a map of texts", &*value);
  for (const auto& [key, text] : members_of(*value)) {
    if (type_of(text) != Type::text) wrong(path_.plus(field).text() + "." + key, "text", &text);
    labels[key] = text_of(text);
  }
  return labels;
}

}  // namespace postflight
