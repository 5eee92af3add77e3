#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// Takes secrets out of text: each one, its base64 (at every alignment) and its URL-encoded form
// become "[secret]". Safe to use from many threads.
class Redactor {
 public:
  // Empty secrets, and ones shorter than 4 characters, are ignored: they would blank out the text.
  void add(std::string_view secret);
  std::string redact(std::string_view text) const;

 private:
  std::size_t match_length(std::string_view text) const;

  mutable std::mutex mutex_;
  std::vector<std::string> forms_;        // by their first byte, then the longest first
  std::array<std::size_t, 257> begin_{};  // where in forms_ each first byte begins
};

}  // namespace postflight
