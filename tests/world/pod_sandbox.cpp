#include "tests/world/pod_sandbox.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <fstream>
#include <system_error>
#include <utility>

namespace postflight::world {

namespace fs = std::filesystem;

namespace {

void make_pipe(std::array<int, 2>& ends) {
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw std::system_error(errno, std::generic_category(), "a pipe for a pod");
}

bool write_file(const char* path, const char* text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  const bool written = file >= 0 && ::write(file, text, std::strlen(text)) > 0;
  if (file >= 0) ::close(file);
  return written;
}

// Enters namespaces of its own and mounts the tmpfs. Zero, or what went wrong. Runs between fork
// and exec of a process with threads: only async-signal-safe calls.
int enter_new_namespace(bool is_root, const char* user_map, const char* group_map) {
  if (::unshare(CLONE_NEWNS | (is_root ? 0 : CLONE_NEWUSER)) != 0) return errno;
  if (!is_root &&
      (!write_file("/proc/self/setgroups", "deny") || !write_file("/proc/self/uid_map", user_map) ||
       !write_file("/proc/self/gid_map", group_map)))
    return errno;
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return errno;
  if (::mount("shm", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=64m,mode=1777") != 0)
    return errno;
  return 0;
}

// No descriptor of the world may live on in a process that outlasts a connection.
void close_all_but(int one, int other) {
  const auto low = static_cast<unsigned>(std::min(one, other));
  const auto high = static_cast<unsigned>(std::max(one, other));
  if (low > 3) ::close_range(3, low - 1, 0);
  if (high > low + 1) ::close_range(low + 1, high - 1, 0);
  ::close_range(high + 1, ~0U, 0);
}

// Joins the namespaces that the holder keeps.
bool join(int user_namespace, int mount_namespace) {
  return (user_namespace < 0 || ::setns(user_namespace, CLONE_NEWUSER) == 0) &&
         ::setns(mount_namespace, CLONE_NEWNS) == 0;
}

int open_namespace(pid_t pid, const char* kind) {
  const std::string path = "/proc/" + std::to_string(pid) + "/ns/" + kind;
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), path);
  return descriptor;
}

void write_program(const fs::path& path, const std::string& text) {
  fs::remove(path);
  std::ofstream(path) << text;
  fs::permissions(path, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec |
                            fs::perms::group_read | fs::perms::others_read);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

PodSandbox::PodSandbox(fs::path directory, std::string name, Tools tools, Isolation wanted)
    : directory_(std::move(directory)), name_(std::move(name)), isolation_(wanted) {
  fs::create_directories(directory_ / "bin");
  fs::create_directories(directory_ / "shm");
  install_programs(tools);
  if (isolation_ == Isolation::namespaces) hold_namespace();
  if (isolation_ == Isolation::none) install_stand_ins();
}

PodSandbox::~PodSandbox() {
  if (holder_pipe_ >= 0) ::close(holder_pipe_);
  if (holder_ > 0) ::waitpid(holder_, nullptr, 0);
}

fs::path PodSandbox::shared_memory() const {
  return isolation_ == Isolation::none
             ? directory_ / "shm"
             : fs::path("/proc") / std::to_string(holder_) / "root" / "dev" / "shm";
}

void PodSandbox::install_programs(Tools tools) const {
  const auto link = [&](const fs::path& target, const std::string& name) {
    if (fs::exists(target)) fs::create_symlink(target, directory_ / "bin" / name);
  };
  for (const char* name : {"df", "ls", "cat", "echo", "true", "false", "sh", "wc", "du", "env",
                           "sleep", "stat", "rm", "touch", "kill"}) {
    if (tools == Tools::busybox)
      link("/usr/bin/busybox", name);
    else
      link(fs::path("/bin") / name, name);
  }
}

void PodSandbox::install_stand_ins() const {
  const std::string shared = (directory_ / "shm").string();
  write_program(directory_ / "bin" / "df",
                "#!/bin/sh\n"
                "# Figures of a directory that stands in for a tmpfs of 64 MiB.\n"
                "PATH=/usr/bin:/bin\n"
                "total=65536\n"
                "used=$(du -sk '" +
                    shared +
                    "/.' | cut -f1)\n"
                    "[ -n \"$(ls -A '" +
                    shared +
                    "')\" ] || used=0\n"
                    "percent=$(((used * 100 + total - 1) / total))%\n"
                    "human() {\n"
                    "  if [ $1 -eq 0 ]; then echo 0; elif [ $1 -lt 1024 ]; then echo ${1}K\n"
                    "  else echo $((($1 + 1023) / 1024))M; fi\n"
                    "}\n"
                    "case \" $* \" in *' -h '*)\n"
                    "  echo 'Filesystem      Size  Used Avail Use% Mounted on'\n"
                    "  printf '%-14s %5s %5s %5s %4s %s\\n' shm $(human $total) $(human $used) "
                    "$(human $((total - used))) $percent /dev/shm\n"
                    "  exit ;;\n"
                    "esac\n"
                    "echo 'Filesystem     1024-blocks  Used Available Capacity Mounted on'\n"
                    "echo \"shm $total $used $((total - used)) "
                    "$percent /dev/shm\"\n");
  write_program(directory_ / "bin" / "ls",
                "#!/bin/sh\n"
                "PATH=/usr/bin:/bin\n"
                "for word; do\n"
                "  shift\n"
                "  case $word in\n"
                "  /dev/shm | /dev/shm/) set -- \"$@\" '" +
                    shared +
                    "' ;;\n"
                    "  *) set -- \"$@\" \"$word\" ;;\n"
                    "  esac\n"
                    "done\n"
                    "exec ls \"$@\"\n");
}

void PodSandbox::hold_namespace() {
#ifdef __SANITIZE_THREAD__
  // setns(2) wants a process without threads, and here a forked one has ThreadSanitizer's own.
  isolation_ = Isolation::none;
  why_not_isolated_ = "a program under ThreadSanitizer cannot join a namespace";
  return;
#endif
  std::array<int, 2> alive{};   // the holder lives until nobody has the writing end
  std::array<int, 2> report{};  // its errno, once
  make_pipe(alive);
  make_pipe(report);
  const bool is_root = ::geteuid() == 0;
  const std::string user_map = "0 " + std::to_string(::geteuid()) + " 1";
  const std::string group_map = "0 " + std::to_string(::getegid()) + " 1";
  holder_ = ::fork();
  if (holder_ < 0) throw std::system_error(errno, std::generic_category(), "a pod's process");
  if (holder_ == 0) {
    ::setsid();  // what a terminal sends to the world is not for pods
    close_all_but(alive[0], report[1]);
    const int error = enter_new_namespace(is_root, user_map.c_str(), group_map.c_str());
    [[maybe_unused]] const auto told = ::write(report[1], &error, sizeof error);
    char nothing = 0;
    if (error == 0)
      while (::read(alive[0], &nothing, 1) < 0 && errno == EINTR) {
      }
    ::_exit(error == 0 ? 0 : 1);
  }
  ::close(alive[0]);
  ::close(report[1]);
  holder_pipe_ = alive[1];
  int error = EIO;
  if (::read(report[0], &error, sizeof error) != sizeof error) error = EIO;
  ::close(report[0]);
  if (error == 0) return;
  ::close(std::exchange(holder_pipe_, -1));
  ::waitpid(std::exchange(holder_, -1), nullptr, 0);
  isolation_ = Isolation::none;
  why_not_isolated_ = std::generic_category().message(error);
}

std::string PodSandbox::find_program(const std::string& name) const {
  const fs::path path =
      name.find('/') == std::string::npos ? directory_ / "bin" / name : fs::path(name);
  return !name.empty() && ::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path)
             ? path.string()
             : "";
}

std::unique_ptr<PodProcess> PodSandbox::start(const std::string& program,
                                              const std::vector<std::string>& command,
                                              bool with_input) const {
  std::vector<std::string> words = command;
  std::vector<std::string> environment{"PATH=" + (directory_ / "bin").string(), "HOME=/",
                                       "HOSTNAME=" + name_, "TMPDIR=/dev/shm"};
  const auto arguments = pointers(words);
  const auto variables = pointers(environment);
  const bool joins = isolation_ == Isolation::namespaces;
  const int mount_namespace = joins ? open_namespace(holder_, "mnt") : -1;
  const int user_namespace = joins && ::geteuid() != 0 ? open_namespace(holder_, "user") : -1;
  std::array<int, 2> input{-1, -1}, output{}, errors{};
  if (with_input) make_pipe(input);
  make_pipe(output);
  make_pipe(errors);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);

  const pid_t pid = ::fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "a command in a pod");
  if (pid == 0) {
    ::setsid();
    ::dup2(with_input ? input[0] : nothing, 0);
    ::dup2(output[1], 1);
    ::dup2(errors[1], 2);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    if (joins && !join(user_namespace, mount_namespace)) ::_exit(126);
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // of the connection's thread
    if (::chdir("/") == 0) ::execve(program.c_str(), arguments.data(), variables.data());
    ::_exit(126);
  }
  for (const int descriptor :
       {mount_namespace, user_namespace, nothing, input[0], output[1], errors[1]})
    if (descriptor >= 0) ::close(descriptor);
  return std::make_unique<PodProcess>(pid, input[1], output[0], errors[0]);
}

}  // namespace postflight::world
