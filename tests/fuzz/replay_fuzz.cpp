// The files of a recording: refused, or read as what is written again in the same way.
#include "clients/error.hpp"
#include "clients/recorded_run.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

namespace {

constexpr std::string_view separator = "\n--- ";

// The index, then each file as "\n--- NAME\nTEXT".
RecordingFiles files_in(std::string_view text) {
  RecordingFiles files;
  auto end = text.find(separator);
  files[recording_index] = text.substr(0, end);
  while (end != text.npos) {
    text.remove_prefix(end + separator.size());
    const auto line = text.find('\n');
    if (line == text.npos) break;
    end = text.find(separator, line);
    files[std::string(text.substr(0, line))] =
        text.substr(line + 1, end == text.npos ? text.npos : end - std::min(end, line + 1));
  }
  return files;
}

bool same(const Answer& a, const Answer& b) {
  if (a.index() != b.index()) return false;
  if (const auto* refusal = std::get_if<Refusal>(&a)) return *refusal == std::get<Refusal>(b);
  if (const auto* text = std::get_if<std::string>(&a)) return *text == std::get<std::string>(b);
  return true;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto run = read_recording(files_in(postflight::test::text_of(data, size)));
    const auto written = write_recording(run);
    const auto again = read_recording(written);
    must(write_recording(again) == written, "what was written reads back, byte for byte");
    must(again.exchanges.size() == run.exchanges.size(), "no exchange is lost");
    for (std::size_t i = 0; i < run.exchanges.size(); ++i) {
      must(again.exchanges[i].question == run.exchanges[i].question, "every question is kept");
      must(same(again.exchanges[i].answer, run.exchanges[i].answer), "every answer is kept");
    }
    Replay replay(run.exchanges);
    for (const auto& exchange : run.exchanges) replay.next(exchange.asked_by, exchange.question);
  } catch (const RecordingError& error) {
    must(*error.what() != 0, "a refusal says why");
  }
  return 0;
}
