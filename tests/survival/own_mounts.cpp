#include "tests/survival/own_mounts.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace postflight::test {
namespace {

bool write_file(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool written =
      file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (file >= 0) ::close(file);
  return written;
}

}  // namespace

std::string enter_own_mounts() {
  const auto user = ::getuid(), group = ::getgid();
  const bool is_root = user == 0;
  if (::unshare(CLONE_NEWNS | (is_root ? 0 : CLONE_NEWUSER)) != 0)
    return std::string("no mounts of its own: ") + std::strerror(errno);
  if (!is_root && (!write_file("/proc/self/setgroups", "deny") ||
                   !write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1") ||
                   !write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1")))
    return "no users of its own";
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return std::string("mounts stay shared: ") + std::strerror(errno);
  return "";
}

MountedFile::MountedFile(std::string place, const std::string& file) : place_(std::move(place)) {
  if (::mount(file.c_str(), place_.c_str(), nullptr, MS_BIND, nullptr) != 0)
    throw std::runtime_error("no mount on " + place_ + ": " + std::strerror(errno));
}

MountedFile::~MountedFile() { ::umount2(place_.c_str(), MNT_DETACH); }

}  // namespace postflight::test
