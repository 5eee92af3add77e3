#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace postflight {

// An open file of ours, closed at the end. Not inherited by programs.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor();
  int number() const { return number_; }
  void close();

 private:
  int number_;
};

// What to start: `file` is executed as it is, without a look at PATH.
struct ProgramStart {
  std::string file;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string directory;  // empty means ours
};

// A program that runs in a process group of its own, with an empty stdin. The group is killed and
// the program reaped at the latest when this is destroyed.
class ChildProcess {
 public:
  // Returns once the program runs. Throws ClientError missing-tool or configuration when it cannot
  // be started.
  explicit ChildProcess(const ProgramStart& start);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  int output() const { return output_.number(); }  // do not block when read
  int errors() const { return errors_.number(); }
  // Becomes readable when the program ends; -1 on a kernel that has no such thing.
  int end_event() const { return end_event_.number(); }
  bool has_ended() const;
  void signal_group(int signal) const;
  // Kills what is left of the group, and gives the program's wait status. Throws ClientError
  // unreadable when the system does not tell it.
  int reap();

 private:
  std::optional<int> kill_and_wait() noexcept;

  pid_t process_ = -1;  // also the group; not reaped yet, so nobody else can have the number
  Descriptor output_, errors_, end_event_;
};

// Kills every program that runs, and lets none be started again: for the end of a process that
// does not wait for them.
void end_all_programs();

}  // namespace postflight
