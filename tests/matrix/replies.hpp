#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/matrix/front.hpp"

namespace postflight::matrix {

// What a failing server does, out of which failures are made.

Reply answer_status(int code, std::string reason, std::string headers = "");
Reply answer_body(std::string text, std::string type = "application/json");
// An API server's refusal. `name` is the object it speaks of; empty: of none.
Reply answer_kubernetes_status(int code, std::string reason, std::string message,
                               std::string name = "");
// The right answer, changed: its JSON, or its body as text.
Reply edit_json(std::function<void(nlohmann::ordered_json&)> edit);
Reply edit_body(std::function<std::string(const std::string&)> edit);
Reply never_answer();
Reply answer_byte_by_byte();

enum class Cut { before, in_header, in_body };
enum class End { reset, closed };
Reply cut_off(Cut where, End end);

// Fails so many times, then answers rightly; answers rightly so many times, then fails.
Reply at_first(int times, Reply reply);
Reply after(int times, Reply reply);

// The two halves of an answer: up to the empty line, and what follows it.
std::size_t header_size(const std::string& bytes);

// The same failure, for which everybody waits to the deadline.
Failure to_the_deadline(Failure failure);
// The same failure of these questions only.
Failure of_questions(std::set<std::string> questions, Failure failure);

}  // namespace postflight::matrix
