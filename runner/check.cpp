#include "runner/check.hpp"

namespace postflight {

Check::~Check() = default;

std::vector<const ListUse*> Check::lists() const { return {}; }

std::vector<std::string> Check::kubernetes_paths() const { return {}; }

std::string_view to_string(Status status) {
  switch (status) {
    case Status::passed:
      return "passed";
    case Status::warned:
      return "warned";
    case Status::failed:
      return "failed";
    case Status::errored:
      return "errored";
    case Status::skipped:
      return "skipped";
  }
  return "errored";
}

std::string_view to_string(Severity severity) {
  return severity == Severity::blocking ? "blocking" : "advisory";
}

Status worst_of(std::span<const Evidence> evidence) {
  if (evidence.empty()) return Status::errored;
  const auto any = [&](Status status) {
    for (const auto& fact : evidence)
      if (fact.status == status) return true;
    return false;
  };
  if (any(Status::failed)) return Status::failed;
  if (any(Status::errored) || any(Status::skipped)) return Status::errored;
  if (any(Status::warned)) return Status::warned;
  return Status::passed;
}

}  // namespace postflight
