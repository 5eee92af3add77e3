#pragma once

#include <map>
#include <string>

#include "tests/deploy/manifests.hpp"
#include "tests/support/world_program.hpp"

namespace postflight::test {

// One pod of rendered objects, and what is there for it beside them.
struct PodToRun {
  Objects objects;  // the ConfigMaps among them are what it mounts
  Json spec;
  std::string name_space;
  std::map<std::string, std::string> secret;  // of each Secret that it takes its environment from
  std::string index;                          // of an Indexed Job's pod
};

struct PodEnd {
  int exit_code = 0;
  std::string output, errors;
  std::string termination_message;
};

// Runs the pod's container as kubelet would: its command and arguments, its environment and nothing
// else, its user and group without privileges, a root that holds the program, its libraries and the
// pod's mounts and cannot be written to. The cluster that it finds, by its service account's files,
// is the world's. What it writes to a volume is in FOLDER/volumes/NAME. Needs to be root, and
// namespaces.
PodEnd run_pod(const PodToRun& pod, const WorldProgram& world, const std::string& folder);
// Why none can be run; empty when one can.
std::string why_no_pod();

}  // namespace postflight::test
