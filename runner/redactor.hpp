#pragma once

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
  mutable std::mutex mutex_;
  std::vector<std::string> forms_;  // longest first
};

}  // namespace postflight
