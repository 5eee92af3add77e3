#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "runner/setting.hpp"

namespace postflight {

// HTTP statuses, as a checklist lists them: 302, and 2xx for a whole class.
class StatusSet {
 public:
  // False, and nothing added, for what is neither a status nor a class.
  bool add(const std::string& text);

  bool has(int status) const;
  bool empty() const { return words_.empty(); }
  std::string text() const;  // "302 or 2xx"

 private:
  std::array<bool, 600> members_{};
  std::vector<std::string> words_;
};

// Reads a setting of type texts; what is no status is a mistake.
StatusSet read_statuses(const Settings& settings, std::string_view name);

}  // namespace postflight
