#pragma once

#include <string>
#include <string_view>

#include "runner/redactor.hpp"
#include "runner/value.hpp"

namespace postflight {

// Lines on standard error, "postflight: ..." each, without secrets and control characters.
class Messages {
 public:
  explicit Messages(const Redactor& redactor) : redactor_(redactor) {}
  void say(std::string_view line) const;
  // file:line:column: what, one line each, as compilers write them.
  void say(const Mistakes& mistakes) const;
  // The same without "postflight: " before it.
  void say_bare(std::string_view line) const;

 private:
  const Redactor& redactor_;
};

// Writes all of it to the file descriptor. Returns 0, or the errno that stopped it.
int write_all(int file, std::string_view text);

}  // namespace postflight
