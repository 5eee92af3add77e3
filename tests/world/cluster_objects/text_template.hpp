#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/world/object_store.hpp"

namespace postflight::world {

// An object with places to fill in, written @name@ anywhere in its texts. Filling costs a copy of
// the text and no more.
class TextTemplate {
 public:
  // `names` may occur in the text; anything else between two @ is text.
  TextTemplate(const std::string& resource, const nlohmann::ordered_json& object,
               const std::vector<std::string>& names);
  // `values` in the order of the names. Objects with the same labels may share them.
  KeptObject fill(const std::vector<std::string>& values,
                  std::shared_ptr<const Labels> labels = nullptr) const;
  std::shared_ptr<const Labels> labels(const std::vector<std::string>& values) const;

 private:
  // Literal texts and, between them, the numbers of names.
  struct Text {
    std::vector<std::string> literals;
    std::vector<std::size_t> slots;
    std::string fill(const std::vector<std::string>& values) const;
  };
  Text compile(const std::string& text) const;

  std::vector<std::string> names_;
  Text name_space_, name_, text_;
  std::vector<Text> fields_;
  std::vector<std::pair<std::string, Text>> labels_;
};

}  // namespace postflight::world
