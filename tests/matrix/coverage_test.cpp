// Nothing is left out of the matrix: no kind, no family of failures that can hit it.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "checks/catalogue.hpp"
#include "tests/matrix/subject.hpp"

namespace postflight::matrix {
namespace {

// The families that hit some column of that kind.
std::set<std::string> families_of(std::string_view kind) {
  std::set<std::string> names;
  for (const auto& subject : subjects())
    if (subject.kind == kind) names.insert(subject.families.begin(), subject.families.end());
  return names;
}

bool is_about(const Failure& failure, const Subject& subject) {
  return failure.questions.empty() ||
         std::any_of(
             subject.questions.begin(), subject.questions.end(),
             [&](const Question& question) { return failure.questions.count(question.name) != 0; });
}

}  // namespace

TEST_CASE("every kind of the catalogue is in the matrix", "[matrix]") {
  for (const auto* kind : all_kinds()) {
    INFO(kind->name);
    CHECK_FALSE(families_of(kind->name).empty());
  }
}

TEST_CASE("every kind that asks Kubernetes meets all failures of its API", "[matrix]") {
  for (const auto* kind : all_kinds()) {
    if (!kind->uses_kubernetes) continue;
    const auto families = families_of(kind->name);
    INFO(kind->name);
    for (const auto* family : {"connection", "status", "body", "kubernetes"})
      CHECK(families.count(family) == 1);
  }
}

TEST_CASE("every subject meets failures of every family that it names", "[matrix]") {
  const auto all = families();
  for (const auto& subject : subjects())
    for (const auto& name : subject.families) {
      INFO(subject.name() << ", " << name);
      const auto family = std::find_if(all.begin(), all.end(),
                                       [&](const Family& other) { return other.name == name; });
      REQUIRE(family != all.end());
      CHECK(std::any_of(family->failures.begin(), family->failures.end(),
                        [&](const Failure& failure) { return is_about(failure, subject); }));
    }
}

TEST_CASE("every family meets some subject, and has a name of its own", "[matrix]") {
  std::set<std::string> names;
  for (const auto& family : families()) {
    INFO(family.name);
    CHECK(names.insert(family.name).second);
    CHECK(std::any_of(subjects().begin(), subjects().end(), [&](const Subject& subject) {
      return subject.families.count(family.name) != 0;
    }));
  }
}

}  // namespace postflight::matrix
