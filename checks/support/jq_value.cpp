#include "checks/support/jq_value.hpp"

#include <simdjson.h>

#include <bit>
#include <string_view>
#include <unordered_map>

#include "checks/support/jq_fields.hpp"
#include "checks/support/jq_held.hpp"
#include "checks/support/json_document.hpp"

namespace postflight {
namespace {

namespace dom = simdjson::dom;

// What wrote which field: the API server's bookkeeping, a third of an object. Nobody judges it, and
// kubectl does not show it either.
constexpr std::string_view bookkeeping = "managedFields";

jv string_of(std::string_view text) {
  return jv_string_sized(text.data(), static_cast<int>(text.size()));
}

// The keys of objects, each made once: the same few come again in every object, and jq keeps the
// hash of a string with it. Of one thread, as all values are.
class Keys {
 public:
  Keys() = default;
  ~Keys() {
    for (const auto& [text, key] : known_) jv_free(key);
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  jv get(std::string_view text) {
    if (const auto found = known_.find(text); found != known_.end()) return jv_copy(found->second);
    auto key = string_of(text);
    if (known_.size() >= most) return key;
    // The view is of the string that jq holds, which stays where it is.
    known_.emplace(std::string_view(jv_string_value(key), text.size()), jv_copy(key));
    return key;
  }

 private:
  static constexpr std::size_t most = 1024;  // labels and annotations may be called anything
  std::unordered_map<std::string_view, jv> known_;
};

// What `fields` can tell apart of it. `depth` is 0 for the object itself.
jv value_of(const dom::element& element, const JqFields& fields, Keys& keys, int depth,
            bool is_metadata) {
  switch (element.type()) {
    case dom::element_type::OBJECT: {
      auto object = jv_object();
      for (const auto [key, value] : dom::object(element)) {
        if (is_metadata && key == bookkeeping) continue;
        if (const auto* of_member = fields.member(key))
          object = jv_object_set(
              object, keys.get(key),
              value_of(value, *of_member, keys, depth + 1, depth == 0 && key == "metadata"));
      }
      return object;
    }
    case dom::element_type::ARRAY: {
      const dom::array list(element);
      auto array = jv_array_sized(static_cast<int>(list.size()));
      for (const auto value : list)
        array = jv_array_append(array, value_of(value, fields.element(), keys, depth + 1, false));
      return array;
    }
    case dom::element_type::STRING:
      return string_of(element);
    case dom::element_type::INT64:
      return jv_number(static_cast<double>(std::int64_t(element)));
    case dom::element_type::UINT64:
      return jv_number(static_cast<double>(std::uint64_t(element)));
    case dom::element_type::DOUBLE:
      return jv_number(double(element));
    case dom::element_type::BOOL:
      return jv_bool(bool(element) ? 1 : 0);
    case dom::element_type::NULL_VALUE:
      return jv_null();
  }
  return jv_null();
}

// What it is, told so that no two values are told the same way: sizes before texts, an end behind
// maps and lists. The members of a map are told in their order, which .[] of jq 1.6 may show.
void add_likeness(const dom::element& element, const JqFields& fields, std::string& told) {
  const auto add_bytes = [&told](const auto& value) {
    told.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto add_text = [&](std::string_view text) {
    add_bytes(text.size());
    told += text;
  };
  switch (element.type()) {
    case dom::element_type::OBJECT:
      told += '{';
      for (const auto [key, value] : dom::object(element)) {
        const auto* of_member = fields.member(key);
        if (of_member == nullptr) continue;
        told += ':';
        add_text(key);
        add_likeness(value, *of_member, told);
      }
      told += '}';
      return;
    case dom::element_type::ARRAY:
      told += '[';
      for (const auto value : dom::array(element)) {
        told += ',';
        add_likeness(value, fields.element(), told);
      }
      told += ']';
      return;
    case dom::element_type::STRING: {
      const std::string_view text = element;
      if (!fields.tells_text(text)) {
        told += 's';
        return;
      }
      told += '"';
      add_text(text);
      return;
    }
    case dom::element_type::INT64:
    case dom::element_type::UINT64:
    case dom::element_type::DOUBLE:
      told += '0';
      add_bytes(element.get_double().value_unsafe());
      return;
    case dom::element_type::BOOL:
      told += bool(element) ? 't' : 'f';
      return;
    case dom::element_type::NULL_VALUE:
      told += 'n';
      return;
  }
}

}  // namespace

JqValue::JqValue(const ListItem& item)
    : held_(std::make_shared<const Held>(item.as<JsonDocument>().root())) {}

jv JqValue::Held::value(const std::shared_ptr<const JqFields>& fields) const {
  thread_local Keys keys;
  if (made_for_ != fields) {
    jv_free(made_);
    made_ = value_of(std::bit_cast<dom::element>(element_.place()), *fields, keys, 0, false);
    made_for_ = fields;
  }
  return jv_copy(made_);
}

std::string JqValue::Held::likeness(const JqFields& fields) const {
  std::string told;
  add_likeness(std::bit_cast<dom::element>(element_.place()), fields, told);
  return told;
}

}  // namespace postflight
