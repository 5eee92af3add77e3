#include "checks/support/repeated.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {
namespace {

Evidence fact(const std::string& observed, Status status, const std::string& subject = "status") {
  return {subject, "302", observed, status};
}

}  // namespace

TEST_CASE("one answer is told as it is", "[repeated]") {
  const auto facts = fold_answers({{fact("302", Status::passed)}});
  REQUIRE(facts.size() == 1);
  CHECK(facts[0].observed == "302");
}

TEST_CASE("answers that agree are told once, in the order of the questions", "[repeated]") {
  const std::vector<Evidence> answer = {fact("302", Status::passed),
                                        fact("set", Status::passed, "cookie")};
  const auto facts = fold_answers({answer, answer, answer});
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].observed == "3 of 3 answers: 302");
  CHECK(facts[1].subject == "cookie");
}

TEST_CASE("a wrong answer stands beside the right ones to the same question", "[repeated]") {
  const auto facts = fold_answers({{fact("302", Status::passed), fact("set", Status::passed, "c")},
                                   {fact("401", Status::failed)},
                                   {fact("cut off", Status::errored)}});
  REQUIRE(facts.size() == 4);
  CHECK(facts[0].observed == "answer 1 of 3: 302");
  CHECK(facts[1].observed == "answer 2 of 3: 401");
  CHECK(facts[1].status == Status::failed);
  CHECK(facts[2].observed == "answer 3 of 3: cut off");
  CHECK(facts[2].status == Status::errored);
  CHECK(facts[3].subject == "c");
}

TEST_CASE("right answers of different texts are one fact, and so are too many wrong ones",
          "[repeated]") {
  std::vector<std::vector<Evidence>> answers;
  for (int i = 0; i < 100; ++i) {
    const auto text = std::to_string(i);
    answers.push_back({fact("wrong " + text, Status::failed), fact(text, Status::passed, "other")});
  }
  const auto facts = fold_answers(answers);
  REQUIRE(facts.size() == 5);
  CHECK(facts[0].observed == "answer 1 of 100: wrong 0");
  CHECK(facts[3].observed == "97 of 100 answers: such as wrong 3");
  CHECK(facts[4].observed == "100 of 100 answers: such as 0");
}

TEST_CASE("answers are numbered as people count", "[repeated]") {
  CHECK(answers_text({0}, 10) == "answer 1 of 10");
  CHECK(answers_text({2, 6}, 10) == "answers 3 and 7 of 10");
  CHECK(answers_text({2, 6, 8}, 10) == "answers 3, 7 and 9 of 10");
  CHECK(answers_text({0, 1, 2, 3, 4, 5, 6}, 10) == "7 of 10 answers");
  CHECK(answers_text({0, 1}, 2) == "2 of 2 answers");
}

}  // namespace postflight::test
