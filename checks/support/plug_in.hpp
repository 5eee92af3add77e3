#pragma once

#include <string>
#include <string_view>

#include "clients/command.hpp"
#include "runner/check.hpp"

namespace postflight {

// What a plug-in said by how it ended and what it printed: docs/plug-ins.md is the contract.
// `name` says in every message which plug-in it is. Both throw CannotTell for what is no verdict:
// ended by a signal, an exit code that means none, nothing printed, words that contradict the exit
// code.

// As the Monitoring Plugins Development Guidelines have it: the exit code is the verdict, the first
// line its reason, what stands behind a '|' performance data.
Outcome judge_monitoring_plugin(const std::string& name, const CommandResult& result);

// One JSON object on standard output, and nothing else.
Outcome judge_printed_outcome(const std::string& name, const CommandResult& result);

}  // namespace postflight
