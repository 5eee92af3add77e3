#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runner/secret_form.hpp"

namespace postflight {

// Takes secrets out of text: each becomes "[secret]", whichever way it is written (SecretForm), and
// so does the begin of one that "..." cuts off. Of a secret of several lines (a private key) each
// line is one as well. Safe to use from many threads.
class Redactor {
 public:
  // Secrets shorter than 4 characters are ignored: they would blank out the text.
  void add(std::string_view secret);
  std::string redact(std::string_view text) const;

 private:
  void add_forms(std::string_view secret);  // with the mutex held
  std::size_t match_length(std::string_view text) const;

  mutable std::mutex mutex_;
  std::set<std::string, std::less<>> known_;
  std::vector<SecretForm> forms_;         // by their first byte, then the longest first
  std::array<std::size_t, 257> begin_{};  // where in forms_ each first byte begins
};

}  // namespace postflight
