#include "cli/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <thread>

#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "runner/value.hpp"

namespace postflight {
namespace {

constexpr std::size_t largest_input = 16u << 20;
constexpr std::chrono::seconds longest_without_reader{5};
constexpr std::chrono::seconds longest_in_hand{5};

std::timed_mutex file_in_hand;

class File {
 public:
  explicit File(int number) : number_(number) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  // Some file systems say only now that what was written is lost.
  int close() {
    const int result = ::close(number_);
    number_ = -1;
    return result == 0 ? 0 : errno;
  }

 private:
  int number_;
};

[[noreturn]] void fail(const std::string& path, int error) {
  throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(error)));
}

std::string folder_of(const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

bool is_link(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

// Behind symbolic links, so that a link stays one; also where the last one leads to nothing yet.
std::string real_path(std::string path) {
  constexpr int most_links = 40;  // as Linux counts
  for (int links = 0; links < most_links && is_link(path); ++links) {
    struct stat status {};
    // A pipe behind /dev/fd has no other name.
    if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return path;
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = (std::filesystem::path(path).parent_path() / target).string();
  }
  return path;
}

std::optional<struct stat> status_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return status;
}

bool is_regular_or_missing(const std::string& path) {
  const auto status = status_of(path);
  return !status || S_ISREG(status->st_mode);
}

bool must_write_in_place(const std::string& path) {
  return !is_regular_or_missing(path) ||
         (status_of(path) && ::access(folder_of(path).c_str(), W_OK) != 0);
}

// Opening a pipe that nobody reads does not wait for a reader for ever.
int open_for_reader(const std::string& path) {
  const auto end = std::chrono::steady_clock::now() + longest_without_reader;
  for (;;) {
    const int number = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (number >= 0 || errno != ENXIO) return number;
    if (signal_caught() != 0 || std::chrono::steady_clock::now() >= end) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void write_to_reader(const std::string& path, const std::string& text) {
  File file(open_for_reader(path));
  if (file.number() < 0 && errno == ENXIO)
    throw std::runtime_error(fmt::format("{}: nobody reads it", path));
  if (file.number() < 0) fail(path, errno);
  if (const int error = write_all(file.number(), text); error != 0) fail(path, error);
  if (const int error = file.close(); error != 0) fail(path, error);
}

// What the file held goes only once there is room for all of the new.
void write_in_place(const std::string& path, const std::string& text) {
  File file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (file.number() < 0) fail(path, errno);
  const auto size = static_cast<off_t>(text.size());
  if (size > 0 && ::fallocate(file.number(), FALLOC_FL_KEEP_SIZE, 0, size) != 0 &&
      (errno == ENOSPC || errno == EFBIG || errno == EDQUOT))
    fail(path, errno);
  if (const int error = write_all(file.number(), text); error != 0) fail(path, error);
  if (::ftruncate(file.number(), size) != 0) fail(path, errno);
  if (::fsync(file.number()) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
    fail(path, errno);
  if (const int error = file.close(); error != 0) fail(path, error);
}

// A name beside the file, gone with the object unless it was renamed away.
class TemporaryBeside {
 public:
  explicit TemporaryBeside(const std::string& path)
      : name_(folder_of(path) + "/.postflight-XXXXXX"), file_(::mkostemp(name_.data(), O_CLOEXEC)) {
    if (file_.number() < 0) fail(path, errno);
  }
  TemporaryBeside(const TemporaryBeside&) = delete;
  TemporaryBeside& operator=(const TemporaryBeside&) = delete;
  ~TemporaryBeside() {
    if (!name_.empty()) ::unlink(name_.c_str());
  }
  File& file() { return file_; }
  // 0, or the errno.
  int rename_to(const std::string& path) {
    if (::rename(name_.c_str(), path.c_str()) != 0) return errno;
    name_.clear();
    return 0;
  }

 private:
  std::string name_;
  File file_;
};

mode_t mode_for(const std::string& path) {
  if (const auto status = status_of(path)) return status->st_mode & 07777;
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

void sync_folder(const std::string& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.number() >= 0) ::fsync(file.number());  // not every file system can; the rename stands
}

}  // namespace

std::string read_input_file(const std::string& path) {
  const auto wrong = [&](const std::string& what) { return Mistakes({{{path, 0, 0}, what}}); };
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0)
    throw wrong(fmt::format("this file cannot be read: {}", std::strerror(errno)));
  std::string text;
  for (;;) {
    char part[65536];
    const auto count = ::read(file.number(), part, sizeof part);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw wrong(fmt::format("this file cannot be read: {}", std::strerror(errno)));
    if (count == 0) return text;
    text.append(part, static_cast<std::size_t>(count));
    if (text.size() > largest_input) throw wrong("this file is larger than 16 MiB");
  }
}

std::string obstacle_to_writing(const std::string& path) {
  const auto real = real_path(path), folder = folder_of(real);
  const auto status = status_of(real);
  if (status && S_ISDIR(status->st_mode)) return "it is a folder; name a file in it";
  if (status && must_write_in_place(real))
    return ::access(real.c_str(), W_OK) == 0 ? "" : std::strerror(errno);
  const auto folder_status = status_of(folder);
  if (!folder_status) return fmt::format("the folder {} is not there; make it first", folder);
  if (!S_ISDIR(folder_status->st_mode)) return fmt::format("{} is no folder", folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0)
    return fmt::format("the folder {} cannot be written to: {}", folder, std::strerror(errno));
  if (is_link(real)) return std::strerror(ELOOP);
  struct stat ignored {};
  if (::lstat(real.c_str(), &ignored) != 0 && errno != ENOENT) return std::strerror(errno);
  return "";
}

bool waits_for_reader(const std::string& path) { return !is_regular_or_missing(path); }

void write_report_file(const std::string& path, const std::string& text) {
  const auto real = real_path(path);
  if (waits_for_reader(real)) return write_to_reader(real, text);
  const std::lock_guard lock(file_in_hand);
  if (must_write_in_place(real)) return write_in_place(real, text);
  TemporaryBeside temporary(real);
  if (::fchmod(temporary.file().number(), mode_for(real)) != 0) fail(path, errno);
  if (const int error = write_all(temporary.file().number(), text); error != 0) fail(path, error);
  if (::fsync(temporary.file().number()) != 0) fail(path, errno);
  if (const int error = temporary.file().close(); error != 0) fail(path, error);
  const int error = temporary.rename_to(real);
  if (error == EBUSY) return write_in_place(real, text);  // a mount point, as in a container
  if (error != 0) fail(path, error);
  sync_folder(folder_of(real));
}

std::unique_lock<std::timed_mutex> take_file_in_hand() { return std::unique_lock(file_in_hand); }

void finish_file_in_hand() {
  if (!file_in_hand.try_lock_for(longest_in_hand)) return;  // kept: nothing is begun any more
}

}  // namespace postflight
