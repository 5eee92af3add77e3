#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reports/report.hpp"
#include "runner/plan.hpp"

namespace postflight {

enum class Command { run, selftest, merge, lint, list, rbac, explain, schema, completion };
enum class ColourWish { automatic, always, never };

// --report FORMAT=PATH
struct ReportTarget {
  const ReportFormat* format = nullptr;
  std::string path;  // of prometheus it may be the URL of a Pushgateway: is_url
};

bool is_url(const std::string& path);

struct ServiceAccountName {
  std::string name_space, name;
};

inline constexpr std::chrono::milliseconds usual_deadline = std::chrono::minutes(10);

// The command line, already checked for what can be seen in it alone.
struct Options {
  Command command = Command::run;
  std::vector<std::string> checklists;
  std::vector<std::pair<std::string, std::string>> set;  // --set, in order
  std::vector<std::string> variable_files;               // --vars
  Selection selection;
  std::string kubeconfig, context;
  std::vector<std::string> contexts;           // of run, when there are several; else `context`
  std::string fleet;                           // of run: a file of clusters
  std::vector<std::string> parts;              // of merge: JSON reports
  std::string record, replay;                  // folders; empty for neither
  std::vector<ReportTarget> reports;           // to files
  const ReportFormat* standard_out = nullptr;  // what is written there
  bool annotations = false;  // --report github: behind the text, where GitHub Actions runs us
  bool quiet = false, verbose = false;
  ColourWish colour = ColourWish::automatic;
  std::optional<std::chrono::milliseconds> wait, hold;
  // Of the run; nothing means 10 minutes, and as much more as the longest hold takes.
  std::optional<std::chrono::milliseconds> deadline;
  std::size_t jobs = 32;
  std::size_t changes = 160;  // of selftest: of one answer, at most
  bool fail_on_warn = false;
  bool as_json = false;                               // of list and selftest
  std::string role_name;                              // of rbac
  std::optional<ServiceAccountName> service_account;  // of rbac: whom the roles are bound to
  std::string kind;                                   // of explain; empty lists all
  std::string shell;                                  // of completion
};

// --wait as the runner takes it.
std::optional<Wait> wait_of(const Options& options);

// What to say instead of running a command: help and version on stdout, wrong usage on stderr.
struct UsageAnswer {
  std::string output;              // for stdout
  std::vector<std::string> wrong;  // one line each, for stderr; none means all is well
};

std::variant<Options, UsageAnswer> parse_options(int argc, const char* const* argv);

// The commands and their flags, for the shells' completions.
struct FlagWords {
  std::vector<std::string> names;  // "-q", "--quiet"
  std::string about;
  bool takes_value = false;
  bool takes_file = false;
  std::vector<std::string> values;  // the only ones, where they are known
};
struct CommandWords {
  std::string name, about;
  std::vector<FlagWords> flags;
  bool takes_files = false;
  std::vector<std::string> values;  // of its argument, where they are known
};
std::vector<CommandWords> command_words();

}  // namespace postflight
