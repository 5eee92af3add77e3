// Reports that cannot be written: a full disk, a read-only one, folders that go. What can be
// written is written, what was there stays whole, and the exit code tells.
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "tests/survival/own_mounts.hpp"
#include "tests/survival/trial.hpp"
#include "tests/survival/well_world.hpp"

namespace postflight::test {
namespace {

namespace fs = std::filesystem;

// A file system of that size on a folder of its own, for this process.
class TinyDisk {
 public:
  explicit TinyDisk(const std::string& size) : size_(size) { mount(0); }
  ~TinyDisk() { ::umount2(folder_.path().c_str(), MNT_DETACH); }
  void make_read_only() const { mount(MS_REMOUNT | MS_RDONLY); }
  void fill() const {
    std::ofstream file(path("filler"), std::ios::binary);
    while (file) file.put('x').flush();
  }
  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }

 private:
  void mount(unsigned long flags) const {
    if (::mount("tiny", folder_.path().c_str(), "tmpfs", flags, ("size=" + size_).c_str()) != 0)
      throw std::runtime_error(std::string("no tmpfs: ") + std::strerror(errno));
  }
  std::string size_;
  TemporaryDirectory folder_;
};

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The three usual reports are there and whole, and say that all is well.
void check_usual_reports(const Trial& trial, const WellWorld& world) {
  REQUIRE(trial.reports.count() == 3);
  CHECK(trial.reports.faults(world.ids()) == "");
  CHECK(trial.reports.strangers().empty());
  CHECK(exit_code_in(trial.reports.json()) == 0);
}

}  // namespace

TEST_CASE("on a full disk the old report stays and the others are written", "[survival][disk]") {
  if (const auto why = enter_own_mounts(); !why.empty()) SKIP(why);
  const TinyDisk disk("16k");
  std::ofstream(disk.path("report.json")) << "what an earlier run found";
  std::optional<MountedFile> mounted;
  SECTION("there is room for some of it") {}
  SECTION("there is none at all") { disk.fill(); }
  SECTION("and the file can only be written in place") {
    disk.fill();
    mounted.emplace(disk.path("report.json"), disk.path("report.json"));
  }
  Trial trial;
  const WellWorld world(trial);
  trial.add({"--report", "json=" + disk.path("report.json")});
  const auto end = StartedProgram(trial.setting).wait();
  INFO(trial.text_of("err"));
  CHECK(end.exit_code == 2);
  CHECK(trial.text_of("err").find("the json report was not written: " + disk.path("report.json") +
                                  ": No space left on device") != std::string::npos);
  CHECK(read(disk.path("report.json")) == "what an earlier run found");
  for (const auto& file : fs::directory_iterator(fs::path(disk.path("report.json")).parent_path()))
    CHECK((file.path().filename() == "report.json" || file.path().filename() == "filler"));
  check_usual_reports(trial, world);
}

TEST_CASE("a read-only disk is told before anything is asked", "[survival][disk]") {
  if (const auto why = enter_own_mounts(); !why.empty()) SKIP(why);
  const TinyDisk disk("16k");
  std::ofstream(disk.path("report.json")) << "old";
  disk.make_read_only();
  for (const std::string name : {"report.json", "new.json"}) {
    Trial trial;
    const WellWorld world(trial);
    trial.add({"--report", "json=" + disk.path(name)});
    const auto end = StartedProgram(trial.setting).wait();
    CHECK(end.exit_code == 3);
    CHECK(trial.text_of("err").find("Read-only file system") != std::string::npos);
    CHECK(trial.reports.count() == 0);
  }
  CHECK(read(disk.path("report.json")) == "old");
}

TEST_CASE("a folder that goes during the run costs its own report only", "[survival][disk]") {
  Trial trial;
  const auto gone = trial.folder.path() + "/gone";
  fs::create_directory(gone);
  ScriptedServer server([&](ScriptedServer::Connection& connection) {
    fs::remove_all(gone);
    while (!connection.read_request().empty()) connection.write(http_answer("fine"));
  });
  trial.add({trial.file("one.yaml",
                        "checklist: one\nchecks:\n  - {id: one, title: it answers, kind: "
                        "http.response, with: {url: \"" +
                            server.url() + "\", status: [200]}}\n"),
             "--report", "junit=" + gone + "/report.xml"});
  const auto end = StartedProgram(trial.setting).wait();
  CHECK(end.exit_code == 2);
  CHECK(trial.text_of("err").find("the junit report was not written: " + gone +
                                  "/report.xml: No such file or directory") != std::string::npos);
  REQUIRE(trial.reports.count() == 3);
  CHECK(trial.reports.faults({"one"}) == "");
}

TEST_CASE("paths that can never hold a report are told before anything is asked",
          "[survival][disk]") {
  Trial plain;
  const auto folder = plain.folder.path();
  fs::create_symlink(folder + "/nowhere/report.json", folder + "/dangling");
  fs::create_symlink("loop", folder + "/loop");
  fs::create_symlink(folder, folder + "/to-a-folder");
  for (const auto& [path, what] : {std::pair{folder, "it is a folder"},
                                   {folder + "/nowhere/report.json", "is not there"},
                                   {folder + "/dangling", "is not there"},
                                   {folder + "/loop", "symbolic links"},
                                   {folder + "/to-a-folder", "it is a folder"},
                                   {folder + "/nowhere/", "is not there"},
                                   {folder + "/reports/", "it is a folder"}}) {
    Trial trial;
    const WellWorld world(trial);
    trial.add({"--report", "json=" + path});
    const auto end = StartedProgram(trial.setting).wait();
    INFO(path << ": " << trial.text_of("err"));
    CHECK(end.exit_code == 3);
    CHECK(trial.text_of("err").find(what) != std::string::npos);
    CHECK(trial.reports.count() == 0);
  }
}

TEST_CASE("a dangling link whose folder is there is written through", "[survival][disk]") {
  Trial trial;
  const WellWorld world(trial);
  const auto link = trial.folder.path() + "/link", target = trial.folder.path() + "/target";
  fs::create_symlink(target, link);
  trial.add({"--report", "json=" + link});
  CHECK(StartedProgram(trial.setting).wait().exit_code == 0);
  CHECK(fs::is_symlink(link));
  CHECK(exit_code_in(target) == 0);
}

TEST_CASE("a limit on the size of files is an error of that report, not the program's end",
          "[survival][disk]") {
  Trial trial;
  const WellWorld world(trial);
  std::ofstream(trial.reports.json()) << "old";
  std::ofstream(trial.reports.text()) << "old";
  trial.setting.prepare = [] {
    const rlimit limit{4096, 4096};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  };
  const int none = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  trial.setting.output = none;
  const auto end = StartedProgram(trial.setting).wait();
  ::close(none);
  INFO(trial.text_of("err"));
  CHECK(end.exit_code == 2);
  CHECK(trial.text_of("err").find("the json report was not written") != std::string::npos);
  CHECK(trial.text_of("err").find("File too large") != std::string::npos);
  CHECK(read(trial.reports.json()) == "old");
  CHECK(trial.reports.strangers().empty());
}

TEST_CASE("a pipe that nobody reads is given up, after the reports that need no reader",
          "[survival][disk]") {
  Trial trial;
  const auto pipe = trial.folder.path() + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  trial.setting.argv.insert(trial.setting.argv.begin() + 2, {"--report", "json=" + pipe});
  const WellWorld world(trial);
  const auto end = StartedProgram(trial.setting).wait();
  CHECK(end.exit_code == 2);
  CHECK(trial.text_of("err").find("the json report was not written: " + pipe +
                                  ": nobody reads it") != std::string::npos);
  check_usual_reports(trial, world);
}

}  // namespace postflight::test
