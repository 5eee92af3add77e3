#include "clients/recording_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "clients/base64.hpp"
#include "text/json_depth.hpp"
#include "text/utf8.hpp"

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t longest_inline = 200;
constexpr std::size_t longest_line = 2000;  // of one that is not JSON
constexpr std::size_t longest_name = 100;
constexpr int deepest_json = 64;

bool is_short(const std::string& text) {
  const bool is_line = text.find('\n') == text.npos && !text.starts_with('{');
  if (is_line && text.size() <= longest_line) return true;
  return text.size() <= longest_inline && text.find('\n') >= text.size() - (text.empty() ? 0 : 1);
}

// Indented, when taking the blanks out again gives these very bytes; `form` says how.
std::optional<std::string> indented(const std::string& bytes, std::string& form) {
  const bool has_end = bytes.ends_with('\n');
  const std::string_view text(bytes.data(), bytes.size() - (has_end ? 1 : 0));
  if ((!text.starts_with('{') && !text.starts_with('[')) || !is_nested_at_most(text, deepest_json))
    return std::nullopt;
  const auto json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || json.dump() != text) return std::nullopt;
  form = has_end ? "json-line" : "json";
  return json.dump(2) + "\n";
}

std::string in_lines(const std::string& text) {
  std::string lines;
  for (std::size_t at = 0; at < text.size(); at += 76) lines += text.substr(at, 76) + "\n";
  return lines;
}

// Lower case letters and digits, everything else as one dash.
std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (plain || lower != c)
      name += lower;
    else if (!name.empty() && name.back() != '-')
      name += '-';
    if (name.size() == longest_name) break;
  }
  while (name.ends_with('-') || name.ends_with('.')) name.pop_back();
  return name.empty() ? "answer" : name;
}

}  // namespace

std::string TextWriter::free_name(const std::string& name, const std::string& ending) {
  const auto stem = "answers/" + file_name(name);
  auto path = stem + ending;
  for (int number = 2; files_.contains(path); ++number)
    path = stem + "-" + std::to_string(number) + ending;
  return path;
}

Json TextWriter::write(const std::string& bytes, const std::string& name) {
  const bool text = is_utf8(bytes) && bytes.find('\0') == bytes.npos;
  if (text && is_short(bytes)) return bytes;
  const std::pair key(name, bytes);
  if (const auto same = written_.find(key); same != written_.end()) return same->second;
  std::string form = "text", ending = ".txt", content = bytes;
  if (!text) {
    form = "base64";
    ending = ".base64";
    content = in_lines(base64_encoded(bytes));
  } else if (auto json = indented(bytes, form)) {
    ending = ".json";
    content = std::move(*json);
  }
  const auto path = free_name(name, ending);
  files_[path] = std::move(content);
  const Json reference = {{"file", path}, {"as", form}};
  written_[key] = reference;
  return reference;
}

std::shared_ptr<const std::string> TextReader::share(const Json& text, const std::string& place) {
  if (text.is_string()) return std::make_shared<const std::string>(text.get<std::string>());
  const auto member = [&](const char* name) {
    const auto found = text.is_object() ? text.find(name) : text.end();
    if (!text.is_object() || text.size() != 2 || found == text.end() || !found->is_string())
      throw RecordingError(place + " must be a text, or {\"file\": ..., \"as\": ...}");
    return found->get<std::string>();
  };
  const auto path = member("file"), form = member("as");
  auto& shared = shared_[{path, form}];
  if (!shared) shared = std::make_shared<const std::string>(bytes_of(path, form, place));
  return shared;
}

std::string TextReader::read(const Json& text, const std::string& place) {
  auto bytes = *share(text, place);
  copied_ += bytes.size();
  if (copied_ > largest_recording)
    throw RecordingError(place + ": the texts of the recording are larger than 1 GiB together");
  return bytes;
}

std::string TextReader::bytes_of(const std::string& path, const std::string& form,
                                 const std::string& place) {
  const auto file = files_.find(path);
  if (file == files_.end()) throw RecordingError(place + ": there is no file " + path);
  if (form == "text") return file->second;
  if (form == "base64") {
    if (auto bytes = base64_decoded(file->second)) return std::move(*bytes);
    throw RecordingError(path + ": this is not base64");
  }
  if (form != "json" && form != "json-line")
    throw RecordingError(place + ": 'as' must be text, json, json-line or base64");
  if (!is_nested_at_most(file->second, deepest_json))
    throw RecordingError(path + ": this JSON is nested too deeply");
  try {
    return Json::parse(file->second).dump() + (form == "json" ? "" : "\n");
  } catch (const Json::exception& error) {
    throw RecordingError(path + ": this is not JSON: " + error.what());
  }
}

}  // namespace postflight
