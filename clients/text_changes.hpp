#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "clients/mutations.hpp"

namespace postflight {

// One way to change a text. Where not all can be tried, those of a lower rank come first.
struct TextChange {
  std::string what;
  int rank = 0;
  std::function<std::string(const std::string&)> apply;
};

// Of every value, key and list of a JSON document, told by where they are: "items[].spec.replicas".
// None for what is neither an object nor a list.
std::vector<TextChange> json_changes(const std::string& text,
                                     const std::vector<Plant>& plants = {});

// Of an answer of Prometheus's API: values of series, series where there is none, rules that fire;
// of Alertmanager's, more alerts. None for what is no such answer. `now` is when it was given.
std::vector<TextChange> prometheus_changes(const std::string& text,
                                           std::chrono::system_clock::time_point now);

enum class Lines {
  of_log,    // each begins with a timestamp and a space
  of_output  // numbers in them count
};

// Of every sort of line: lines that differ only in numbers and identifiers are of one sort. Lines
// that are JSON objects are changed inside too. Each phrase becomes a line of its own, each name a
// thousand.
std::vector<TextChange> line_changes(const std::string& text, Lines lines,
                                     const std::vector<Plant>& plants);

// Of the words by which a plug-in says that all is well, where the output has them: OK and passed.
std::vector<TextChange> failing_words(const std::string& output);

// Of what is one value: a number, a moment in time, true or false, a word.
std::vector<TextChange> word_changes(const std::string& word);

}  // namespace postflight
