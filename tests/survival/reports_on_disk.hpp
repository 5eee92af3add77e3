#pragma once

#include <set>
#include <string>
#include <vector>

namespace postflight::test {

// What became of one report in three formats, in a folder of its own.
class ReportsOnDisk {
 public:
  explicit ReportsOnDisk(std::string folder) : folder_(std::move(folder)) {}

  std::vector<std::string> arguments() const;  // --report ... of all three
  std::string json() const { return folder_ + "/report.json"; }
  std::string junit() const { return folder_ + "/report.xml"; }
  std::string text() const { return folder_ + "/report.txt"; }

  std::size_t count() const;  // of the three that are there
  // Every file that is none of the three: a temporary one that was forgotten.
  std::vector<std::string> strangers() const;
  // What is wrong with those that are there: torn, no JSON or XML, a check missing, or a member
  // that the schema requires. Empty when nothing is.
  std::string faults(const std::set<std::string>& ids) const;

 private:
  std::string folder_;
};

// The ids of the checks in a JSON report with that status.
std::set<std::string> ids_with(const std::string& json_path, const std::string& status);
std::set<std::string> reasons_in(const std::string& json_path);
int exit_code_in(const std::string& json_path);

// Under docs/report.schema.json, as python3-jsonschema sees it; empty when all are valid. Sets
// `looked` to false when that program is not installed.
std::string schema_faults(const std::vector<std::string>& json_paths, bool& looked);

}  // namespace postflight::test
