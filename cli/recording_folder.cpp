#include "cli/recording_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "cli/files.hpp"
#include "cli/output.hpp"

namespace postflight {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_files = 100'000;
constexpr const char* answers_folder = "answers";

[[noreturn]] void fail(const std::string& path, int error) {
  throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(error)));
}

std::string parent_of(const std::string& folder) {
  const auto parent = fs::path(folder).parent_path().string();
  return parent.empty() ? "." : parent;
}

// Behind symbolic links, and without a slash at the end.
std::string real_folder(const std::string& folder) {
  auto plain = folder;
  while (plain.size() > 1 && plain.ends_with('/')) plain.pop_back();
  std::error_code error;
  const auto real = fs::weakly_canonical(plain, error);
  return error ? plain : real.string();
}

bool is_recording(const std::string& folder) {
  std::ifstream file(folder + "/" + recording_index, std::ios::binary);
  std::string begin(200, '\0');
  file.read(begin.data(), static_cast<std::streamsize>(begin.size()));
  return begin.find("\"postflight.recording/") != begin.npos;
}

// Gone with the object, unless it was renamed away.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& beside)
      : path_(parent_of(beside) + "/.postflight-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      const int error = errno;
      path_.clear();
      fail(beside, error);
    }
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }
  // What was there takes the temporary name, and goes with this object.
  void take_the_place_of(const std::string& folder) {
    if (::rename(path_.c_str(), folder.c_str()) == 0) {
      path_.clear();
      return;
    }
    if (errno != ENOTEMPTY && errno != EEXIST) fail(folder, errno);
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0)
      fail(folder, errno);
  }

 private:
  std::string path_;
};

void write_file(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) fail(path, errno);
  int error = write_all(file, text);
  if (error == 0 && ::fsync(file) != 0) error = errno;
  if (::close(file) != 0 && error == 0) error = errno;
  if (error != 0) fail(path, error);
}

void add_file(const fs::directory_entry& entry, const std::string& name, RecordingFiles& files,
              std::size_t& left) {
  std::error_code error;
  if (!entry.is_regular_file(error)) throw RecordingError(name + " is no file");
  const auto size = entry.file_size(error);
  if (error) throw RecordingError(name + ": " + error.message());
  if (size > left) throw RecordingError("the recording is larger than 1 GiB");
  std::ifstream file(entry.path(), std::ios::binary);
  std::string text(size, '\0');
  file.read(text.data(), static_cast<std::streamsize>(size));
  if (!file) throw RecordingError(name + " cannot be read");
  left -= size;
  files.emplace(name, std::move(text));
  if (files.size() > most_files) throw RecordingError("the recording has more than 100,000 files");
}

}  // namespace

std::string obstacle_to_recording(const std::string& folder) {
  const auto real = real_folder(folder), parent = parent_of(real);
  std::error_code error;
  const auto status = fs::status(real, error);
  if (fs::exists(status)) {
    if (!fs::is_directory(status)) return "it is no folder";
    const fs::directory_iterator entries(real, error);
    if (error) return error.message();
    if (entries != fs::directory_iterator() && !is_recording(real))
      return "the folder holds something else than a recording; name a new one";
    for (const auto& entry : entries) {
      const auto name = entry.path().filename().string();
      if (name != recording_index && name != answers_folder)
        return fmt::format(
            "the recording there is kept, as {} beside it would be lost; name a "
            "new folder",
            name);
    }
  }
  if (!fs::is_directory(parent, error))
    return fmt::format("the folder {} is not there; make it first", parent);
  if (::access(parent.c_str(), W_OK | X_OK) != 0)
    return fmt::format("the folder {} cannot be written to: {}", parent, std::strerror(errno));
  return "";
}

void write_recording_folder(const std::string& folder, const RecordingFiles& files) {
  const auto real = real_folder(folder);
  if (const auto obstacle = obstacle_to_recording(real); !obstacle.empty())
    throw std::runtime_error(fmt::format("{}: {}", folder, obstacle));
  const auto lock = take_file_in_hand();
  TemporaryFolder temporary(real);
  const auto answers = temporary.path() + "/" + answers_folder;
  if (::mkdir(answers.c_str(), 0700) != 0) fail(folder, errno);
  for (const auto& [name, text] : files) write_file(temporary.path() + "/" + name, text);
  temporary.take_the_place_of(real);
}

RecordingFiles read_recording_folder(const std::string& folder) {
  RecordingFiles files;
  auto left = largest_recording;
  std::error_code error;
  const auto read_all = [&](const std::string& path, const std::string& before) {
    const fs::directory_iterator entries(path, error);
    if (error) throw RecordingError(error.message());
    for (const auto& entry : entries) {
      const auto name = entry.path().filename().string();
      if (before.empty() && name != recording_index) continue;
      add_file(entry, before + name, files, left);
    }
  };
  read_all(folder, "");
  const auto answers = folder + "/" + answers_folder;
  if (fs::exists(answers, error)) read_all(answers, std::string(answers_folder) + "/");
  return files;
}

}  // namespace postflight
