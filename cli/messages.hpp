#pragma once

#include <string>
#include <string_view>

#include "runner/redactor.hpp"
#include "runner/value.hpp"

namespace postflight {

// Lines on standard error, "postflight: ..." each, without secrets and control characters. A
// standard error that nobody reads loses them: it must not hold up the run.
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

}  // namespace postflight
