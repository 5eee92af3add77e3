// A checklist of any bytes, read with the real kinds: mistakes with their places, or checks.
#include <set>

#include "checks/catalogue.hpp"
#include "runner/checklist.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

extern "C" const char* __lsan_default_suppressions();
// The parser of libjq 1.6 loses a string at some syntax errors. That no value of ours is lost is
// what the tests look for.
extern "C" const char* __lsan_default_suppressions() { return "leak:jv_mem_alloc"; }

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ChecklistSources sources;
  sources.environment = [](const std::string&) { return std::nullopt; };
  sources.read_file = [](const std::string&) { return std::nullopt; };
  sources.find_kind = [](std::string_view name) { return find_kind(name); };
  sources.suggest_kind = [](std::string_view) { return std::string(); };
  try {
    const auto checklist = read_checklist(postflight::test::text_of(data, size), "c.yaml", sources);
    must(!checklist.name.empty(), "a checklist has a name");
    must(!checklist.entries.empty(), "a checklist has checks");
    std::set<std::string> ids;
    for (const auto& entry : checklist.entries) {
      must(!entry.id.empty() && ids.insert(entry.id).second, "ids are unique");
      must(entry.kind != nullptr && entry.check != nullptr, "every entry can be run");
      must(entry.timeout.count() > 0, "every entry has time");
    }
  } catch (const Mistakes& mistakes) {
    must(!mistakes.list().empty(), "what is refused says why");
    for (const auto& mistake : mistakes.list())
      must(!mistake.what.empty() && mistake.where.line >= 0, "a mistake says what and where");
  }
  return 0;
}
