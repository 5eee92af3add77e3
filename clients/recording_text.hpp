#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "clients/recorded_run.hpp"

#include <nlohmann/json_fwd.hpp>

namespace postflight {

// Bytes as a person can read and edit them: short text as a JSON string, longer text as a file of
// its own, JSON indented where that loses nothing, base64 for what is no text.
class TextWriter {
 public:
  explicit TextWriter(RecordingFiles& files) : files_(files) {}
  // `name` says what it is, for the name of its file.
  nlohmann::ordered_json write(const std::string& bytes, const std::string& name);

 private:
  std::string free_name(const std::string& name, const std::string& ending);

  RecordingFiles& files_;
  std::map<std::pair<std::string, std::string>, nlohmann::ordered_json> written_;  // what, bytes
};

// The bytes again, from the files of a recording.
class TextReader {
 public:
  explicit TextReader(const RecordingFiles& files) : files_(files) {}
  // `place` begins the message of a RecordingError. The bytes of one file are there once, however
  // many answers they are.
  std::shared_ptr<const std::string> share(const nlohmann::ordered_json& text,
                                           const std::string& place);
  // A copy. Throws RecordingError too when all copies are too large together.
  std::string read(const nlohmann::ordered_json& text, const std::string& place);

 private:
  std::string bytes_of(const std::string& path, const std::string& form, const std::string& place);

  const RecordingFiles& files_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<const std::string>> shared_;
  std::size_t copied_ = 0;
};

}  // namespace postflight
