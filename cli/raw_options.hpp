#pragma once

#include <string>
#include <vector>

#include "cli/options.hpp"

namespace postflight {

// The command line as text: what each flag was given, empty where it was not.
struct RawOptions {
  std::string role_name = "postflight", service_account;
  std::vector<std::string> checklists, parts, set, vars, tags, only, skip, reports;
  std::string record, replay;
  std::string kubeconfig, context, output, fail_on, colour, wait, hold, deadline, jobs, changes;
  std::string kind, shell, shard, run_id, fleet;
  bool quiet = false, verbose = false, no_colour = false;
};

// Takes the text apart. Adds a line to `wrong` for all that is wrong or contradictory in itself.
Options read_options(Command command, const RawOptions& raw, std::vector<std::string>& wrong);

}  // namespace postflight
