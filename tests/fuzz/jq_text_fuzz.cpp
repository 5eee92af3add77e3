// A jq expression is any text: refused, or so that it cannot reach out of the parentheses that it
// is put into among others.
#include "checks/support/jq_syntax.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using namespace postflight::test;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(text_of(data, size));
  const auto read = read_jq_text(text);
  if (!read.error.empty()) {
    must(read.error_line >= 1, "a mistake has a line");
    return 0;
  }
  for (const auto& path : read.paths) {
    must(!path.empty(), "a path has a part");
    for (const auto& part : path)
      must(part == "[]" || part == "type" || text.find(part) != std::string::npos ||
               part == "status" || part == "conditions",
           "what is looked at stands in the text");
  }
  // What is sound by itself is sound in its place, and ends there.
  must(read_jq_text("(" + text + "\n)").error.empty(), "it stands between parentheses");
  must(!read_jq_text(text + "\n)").error.empty(), "it opens nothing that it does not close");
  return 0;
}
