#pragma once

#include <sys/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace postflight::world {

// A command that runs in a pod. Killed with all it started when destroyed.
class PodProcess {
 public:
  // Takes the descriptors over; `input` is -1 when there is none.
  PodProcess(pid_t pid, int input, int output, int errors)
      : pid_(pid), input_(input), output_(output), errors_(errors) {}
  ~PodProcess();
  PodProcess(const PodProcess&) = delete;
  PodProcess& operator=(const PodProcess&) = delete;

  int take_output();  // the reading end of stdout; the caller closes it
  int take_errors();
  void write_input(std::string_view bytes);
  void close_input();
  // Waits for the end. The code a container runtime reports: 128 + signal when a signal ended it.
  int wait();

 private:
  pid_t pid_;
  int input_, output_, errors_;
  int exit_code_ = -1;
};

enum class Tools { gnu, busybox };          // whose df, ls and so on the pod's image holds
enum class Isolation { namespaces, none };  // none: small programs stand in for df and ls

// The inside of one pod: a private directory with its programs, and a /dev/shm of its own, a real
// tmpfs of 64 MiB in a mount namespace that a process holds open. Where the system does not allow
// namespaces, `isolation` says none, and programs in the pod print the figures of a directory.
class PodSandbox {
 public:
  PodSandbox(std::filesystem::path directory, std::string name, Tools tools,
             Isolation wanted = Isolation::namespaces);
  ~PodSandbox();
  PodSandbox(const PodSandbox&) = delete;
  PodSandbox& operator=(const PodSandbox&) = delete;

  Isolation isolation() const { return isolation_; }
  const std::string& why_not_isolated() const { return why_not_isolated_; }
  // What the pod sees as /dev/shm, as seen from here.
  std::filesystem::path shared_memory() const;

  // The full path of a program that the pod has; empty when it has none of that name.
  std::string find_program(const std::string& name) const;
  // Runs a program found with find_program. Throws std::system_error when it cannot be started.
  std::unique_ptr<PodProcess> start(const std::string& program,
                                    const std::vector<std::string>& command, bool with_input) const;

 private:
  void install_programs(Tools tools) const;
  void install_stand_ins() const;
  void hold_namespace();

  std::filesystem::path directory_;
  std::string name_;
  Isolation isolation_;
  std::string why_not_isolated_;
  pid_t holder_ = -1;
  int holder_pipe_ = -1;  // closing it ends the holder
};

inline constexpr long shared_memory_size = 64L << 20;  // bytes

}  // namespace postflight::world
