#include "tests/world/cluster_objects/text_template.hpp"

#include <algorithm>

#include "tests/world/json.hpp"
#include "tests/world/selectable_fields.hpp"

namespace postflight::world {

TextTemplate::TextTemplate(const std::string& resource, const Json& object,
                           const std::vector<std::string>& names)
    : names_(names) {
  name_space_ = compile(text_at(object, "/metadata/namespace"));
  name_ = compile(text_at(object, "/metadata/name"));
  text_ = compile(go_json(object));
  for (const auto& value : field_values(resource, object)) fields_.push_back(compile(value));
  if (object["metadata"].contains("labels"))
    for (const auto& [key, value] : object["metadata"]["labels"].items())
      labels_.emplace_back(key, compile(value));
}

TextTemplate::Text TextTemplate::compile(const std::string& text) const {
  Text compiled;
  std::string literal;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text[at] == '@' ? text.find('@', at + 1) : std::string::npos;
    const auto name = end == std::string::npos ? names_.end()
                                               : std::find(names_.begin(), names_.end(),
                                                           text.substr(at + 1, end - at - 1));
    if (name == names_.end()) {
      literal += text[at++];
      continue;
    }
    compiled.literals.push_back(std::move(literal));
    literal.clear();
    compiled.slots.push_back(static_cast<std::size_t>(name - names_.begin()));
    at = end + 1;
  }
  compiled.literals.push_back(std::move(literal));
  return compiled;
}

std::string TextTemplate::Text::fill(const std::vector<std::string>& values) const {
  std::size_t size = 0;
  for (const auto& literal : literals) size += literal.size();
  for (const auto slot : slots) size += values.at(slot).size();
  std::string text;
  text.reserve(size);
  for (std::size_t at = 0; at < literals.size(); ++at) {
    text += literals[at];
    if (at < slots.size()) text += values[slots[at]];
  }
  return text;
}

std::shared_ptr<const Labels> TextTemplate::labels(const std::vector<std::string>& values) const {
  Labels labels;
  for (const auto& [key, value] : labels_) labels[key] = value.fill(values);
  return std::make_shared<const Labels>(std::move(labels));
}

KeptObject TextTemplate::fill(const std::vector<std::string>& values,
                              std::shared_ptr<const Labels> shared) const {
  KeptObject object;
  object.name_space = name_space_.fill(values);
  object.name = name_.fill(values);
  object.text = text_.fill(values);
  object.labels = shared ? std::move(shared) : labels(values);
  object.fields.reserve(fields_.size());
  for (const auto& field : fields_) object.fields.push_back(field.fill(values));
  return object;
}

}  // namespace postflight::world
