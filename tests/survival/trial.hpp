#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/temporary_directory.hpp"
#include "tests/survival/reports_on_disk.hpp"
#include "tests/survival/started_program.hpp"

namespace postflight::test {

// One run of postflight: a folder of its own, in it a folder for three reports and nothing else.
// Arguments are added to `setting` before it is started.
struct Trial {
  Trial() {
    std::filesystem::create_directory(folder.path() + "/reports");
    setting.folder = folder.path();
    setting.argv = {std::string(PROGRAMS) + "/postflight", "run"};
    setting.environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nonexistent",
                           "LC_ALL=C.UTF-8"};
    add(reports.arguments());
  }
  void add(const std::vector<std::string>& arguments) {
    setting.argv.insert(setting.argv.end(), arguments.begin(), arguments.end());
  }
  // A file of the folder, written; its path.
  std::string file(const std::string& name, const std::string& text) const {
    const auto path = folder.path() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream in(folder.path() + "/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  TemporaryDirectory folder;
  ReportsOnDisk reports{folder.path() + "/reports"};
  ProgramSetting setting;
};

}  // namespace postflight::test
