#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// What `plan -json` of Terraform and OpenTofu prints, as far as it is no value: addresses, actions,
// names. Source: https://developer.hashicorp.com/terraform/internals/machine-readable-ui
struct TerraformPlan {
  struct Change {
    std::string address;
    std::string action;  // create, update, delete, replace, move, remove (forget), import, read
    bool importing = false;
  };
  struct Summary {
    std::string operation;
    std::int64_t add = 0, change = 0, remove = 0, import = 0;

    std::int64_t total() const { return add + change + remove + import; }
    std::string text() const;  // "1 to add, 0 to change, 0 to destroy"
  };
  struct Diagnostic {
    std::string severity, summary, address;
    std::string detail;  // may quote values: never to be shown as it is
  };

  std::string version;               // "Terraform 1.11.4"
  std::vector<Change> changes;       // planned
  std::vector<Change> drift;         // made by somebody else since the last apply
  std::vector<Change> outputs;       // address is the name; action noop means unchanged
  std::vector<Summary> summaries;    // one for each configuration planned
  std::vector<Diagnostic> problems;  // errors and warnings
  std::set<std::string> looked_at;   // addresses that were refreshed, read or planned

  bool has_errors() const;
};

// Reads the lines of its output. A JSON message may stand behind a prefix, or be the `msg` of a
// JSON log line, as wrappers print it; other lines are passed over. Throws CannotTell("unreadable")
// for a message of the wrong shape.
TerraformPlan read_terraform_plan(std::string_view output);

}  // namespace postflight
