#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runner/check.hpp"

namespace postflight {

// wait: {for, every}: the check may become true until `patience` has passed, asked every `every`.
struct Wait {
  std::chrono::milliseconds patience{0};
  std::chrono::milliseconds every{0};
};

// hold: {for, every}: the check must stay true for `window`, sampled every `every`.
struct Hold {
  std::chrono::milliseconds window{0};
  std::chrono::milliseconds every{0};
};

// waive: {reason, until}: the check is skipped, saying why, up to and including that day (UTC).
struct Waiver {
  std::string reason;
  std::chrono::year_month_day until{};
};

// One entry of a checklist, read and ready to run.
struct ChecklistEntry {
  std::string id;  // unique in a run; letters, digits, '-', '_', '.'
  const CheckKind* kind = nullptr;
  std::string title;  // states the good state
  std::string section;
  Severity severity = Severity::blocking;
  std::vector<std::string> needs, tags;
  std::chrono::milliseconds timeout{std::chrono::seconds(30)};  // of one attempt
  Wait wait;
  Hold hold;
  std::optional<Waiver> waiver;
  bool allow_empty = false;     // a pass may rest on zero objects
  bool when_installed = false;  // skipped where what it looks at is proved not to be installed
  std::string hint, page;
  Position where;
  std::shared_ptr<const Check> check;
  Value settings;                     // `with`, variables replaced: what the check was made of
  std::vector<Position> need_places;  // where each of `needs` is written
};

// A variable that was given a value from outside the checklist, and the text it was given.
struct GivenVariable {
  std::string name, text;
  bool secret = false;
};

struct Checklist {
  std::string name;
  std::string about;
  std::vector<ChecklistEntry> entries;
  std::vector<std::string> secrets;  // values of variables marked secret
  std::vector<GivenVariable> given;
  std::string digest = {};  // of its text, where somebody wants to know
};

// What reading a checklist may ask of the outside: the runner does no I/O of its own.
struct ChecklistSources {
  std::vector<std::pair<std::string, std::string>>
      set;  // --set name=value, in order; the last wins
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::function<std::optional<std::string>(const std::string& path)> read_file;
  // What a variable was given in the run that is replayed: `set` goes before it; for a secret one
  // also what is found here.
  std::function<std::optional<std::string>(const std::string& name)> recorded;
  std::function<const CheckKind*(std::string_view name)> find_kind;
  std::function<std::string(std::string_view name)> suggest_kind;  // the nearest name, or empty
};

// Reads one checklist (docs/checklist.md is the format). Throws Mistakes with everything that is
// wrong: syntax, unknown keys, kinds and variables, missing variables, wrong settings, ids used
// twice. What `needs` names may be in another file: make_plan judges it.
Checklist read_checklist(std::string_view text, const std::string& file,
                         const ChecklistSources& sources);

struct ChecklistText {
  std::string text;
  std::string file;  // as named in positions
};

// Reads the checklists of one run. A variable that is set need be declared by one of them only.
// Throws Mistakes with what is wrong in any of them.
std::vector<Checklist> read_checklists(const std::vector<ChecklistText>& files,
                                       const ChecklistSources& sources);

}  // namespace postflight
