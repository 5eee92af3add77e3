#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "clients/recording.hpp"

namespace postflight {

// A text that whoever asked looks for: what if it were in the answer? A phrase may be anywhere in
// it; a name is that of a header, a label ("key" or "key=value") or a file, where * stands for
// anything.
struct Plant {
  std::string about;  // "an example of rules.must-not-appear"
  std::string text;
  bool is_name = false;
  // Where in a JSON answer it is looked for, names and "[]" for any item: the end of a path there,
  // of which the last parts may be missing. Empty: anywhere.
  std::vector<std::string> path = {};
};

// One way in which the world could have answered otherwise.
struct Mutation {
  std::string what;         // "items[].status.phase changed"
  bool is_refusal = false;  // no answer at all came: refused, forbidden, timeout
  // Of the answer to that question, or of another answer to the same one.
  std::function<Answer(const Answer&)> apply;
};

struct Mutations {
  std::vector<Mutation> list;
  std::size_t left_out = 0;  // that are possible beyond `most`
};

// What could have been answered instead. Refusals come first; when there are more than `most`,
// every sort of change is kept and the rest chosen evenly, always the same ones. `now` is when it
// was answered.
Mutations mutations_of(const Question& question, const Answer& answer,
                       const std::vector<Plant>& plants, std::size_t most = 160,
                       std::chrono::system_clock::time_point now = {});

}  // namespace postflight
