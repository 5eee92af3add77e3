#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postflight {

// A few texts of an object, kept as one: of tens of thousands of objects that takes a third of the
// memory of a std::string for each.
template <std::size_t Count>
class JoinedTexts {
 public:
  JoinedTexts() = default;
  // Texts of less than 4 GiB together.
  explicit JoinedTexts(const std::array<std::string_view, Count>& texts) {
    std::size_t size = 0;
    for (const auto text : texts) size += text.size();
    joined_.reserve(size);
    for (std::size_t index = 0; index < Count; ++index) {
      joined_ += texts[index];
      ends_[index] = static_cast<std::uint32_t>(joined_.size());
    }
  }

  std::string_view operator[](std::size_t index) const {
    const std::size_t from = index == 0 ? 0 : ends_[index - 1];
    return std::string_view(joined_).substr(from, ends_[index] - from);
  }

 private:
  std::string joined_;
  std::array<std::uint32_t, Count> ends_{};
};

}  // namespace postflight
