// A JSON report is any bytes: refused, or read so that it is told again in the same words. Joined
// as the shards of one run, alone and with itself, no check is lost.
#include <sstream>

#include "reports/report.hpp"
#include "runner/exit_code.hpp"
#include "runner/joining.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

namespace {

std::string told(std::string_view format, const RunRecord& record) {
  std::ostringstream out;
  find_report_format(format)->write(record, out);
  return std::move(out).str();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RunRecord record;
  try {
    record = read_json_report(postflight::test::text_of(data, size));
  } catch (const std::runtime_error& error) {
    must(*error.what() != 0, "a refusal says why");
    return 0;
  }
  const auto text = told("json", record);
  must(told("json", read_json_report(text)) == text, "what was read is told in the same words");
  must(told("termination", record).size() < 4096, "a termination message fits");
  must(told("markdown", record).size() < 65'536, "a summary fits into a comment");
  try {
    const auto joined = join_shards({{"report", record}});
    must(joined.checks.size() == record.checks.size(), "no check is lost");
    must(record.shard->count == 1 || exit_code_of(joined) != exit_healthy || record.checks.empty(),
         "a missing shard is seen");
  } catch (const NotOneRun& error) {
    must(*error.what() != 0, "a refusal says why");
  }
  return 0;
}
