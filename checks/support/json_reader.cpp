#include "checks/support/json_reader.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "runner/check.hpp"

namespace postflight {

using nlohmann::json;

JsonReader::JsonReader(const json& value, std::string object, std::string path)
    : value_(value.is_null() ? nullptr : &value),
      object_(std::move(object)),
      path_(std::move(path)) {
  if (value_ != nullptr && !value_->is_object()) wrong(path_, "a map", value_);
}

const json* JsonReader::find(const char* field) const {
  if (value_ == nullptr) return nullptr;
  const auto found = value_->find(field);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

std::string JsonReader::path_of(const std::string& field) const {
  return path_.empty() ? field : path_ + "." + field;
}

void JsonReader::wrong(const std::string& path, std::string_view wanted, const json* value) const {
  throw CannotTell("unreadable",
                   fmt::format("{}: {} must be {}, {}", object_, path.empty() ? "it" : path, wanted,
                               value == nullptr ? "but it is missing"
                                                : fmt::format("not {}", value->type_name())));
}

std::string JsonReader::text(const char* field) const {
  const auto* value = find(field);
  if (value == nullptr) return {};
  if (!value->is_string()) wrong(path_of(field), "text", value);
  return value->get<std::string>();
}

std::string JsonReader::required_text(const char* field) const {
  auto value = text(field);
  if (value.empty()) wrong(path_of(field), "text", nullptr);
  return value;
}

std::optional<bool> JsonReader::flag(const char* field) const {
  const auto* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) wrong(path_of(field), "true or false", value);
  return value->get<bool>();
}

std::optional<std::int64_t> JsonReader::integer(const char* field) const {
  const auto* value = find(field);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_integer()) wrong(path_of(field), "a whole number", value);
  return value->get<std::int64_t>();
}

std::optional<Moment> JsonReader::timestamp(const char* field) const {
  const auto written = text(field);
  if (written.empty()) return std::nullopt;
  const auto moment = parse_timestamp(written);
  if (!moment) wrong(path_of(field), "a time in RFC 3339", find(field));
  return moment;
}

JsonReader JsonReader::map(const char* field) const {
  static const json nothing;
  const auto* value = find(field);
  return {value == nullptr ? nothing : *value, object_, path_of(field)};
}

std::vector<JsonReader> JsonReader::maps(const char* field) const {
  std::vector<JsonReader> list;
  const auto* value = find(field);
  if (value == nullptr) return list;
  if (!value->is_array()) wrong(path_of(field), "a list", value);
  for (const auto& item : *value) {
    const auto path = fmt::format("{}[{}]", path_of(field), list.size());
    if (!item.is_object()) wrong(path, "a map", &item);
    list.emplace_back(item, object_, path);
  }
  return list;
}

std::vector<std::string> JsonReader::texts(const char* field) const {
  std::vector<std::string> list;
  const auto* value = find(field);
  if (value == nullptr) return list;
  if (!value->is_array()) wrong(path_of(field), "a list", value);
  for (const auto& item : *value) {
    if (!item.is_string()) wrong(fmt::format("{}[{}]", path_of(field), list.size()), "text", &item);
    list.push_back(item.get<std::string>());
  }
  return list;
}

Labels JsonReader::labels(const char* field) const {
  Labels labels;
  const auto* value = find(field);
  if (value == nullptr) return labels;
  if (!value->is_object()) wrong(path_of(field), "a map of texts", value);
  for (const auto& [key, text] : value->items()) {
    if (!text.is_string()) wrong(path_of(field) + "." + key, "text", &text);
    labels[key] = text.get<std::string>();
  }
  return labels;
}

}  // namespace postflight
