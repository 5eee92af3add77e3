#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/support/pattern.hpp"
#include "checks/support/selectors.hpp"
#include "runner/setting.hpp"

namespace postflight {

// Conditions on labels that must all hold, as Prometheus and Alertmanager write them:
// up{job="node",instance!~"10\\..*"}. A label that is not there is an empty one, and a pattern has
// to match the whole value.
class LabelMatchers {
 public:
  bool match(const Labels& labels) const;
  // The same where more labels may come: only of labels that are there is anything known.
  bool match_whatever_else(const Labels& known) const;
  const std::string& text() const { return text_; }  // as it was written

  struct Parsed;
  // Reads `name{...}`, `{...}`, or what stands between the braces alone. A value needs no quotes
  // where it holds no comma, brace or quote. A name alone, or before the braces, is the value of
  // `name_label`.
  static Parsed parse(std::string_view text, std::string_view name_label);

 private:
  enum class Operation { equals, differs, matches, does_not_match };
  struct Matcher {
    std::string label, value;
    Operation operation = Operation::equals;
    std::optional<Pattern> pattern;

    bool holds(std::string_view label_value) const;
  };
  class Reader;

  std::string text_;
  std::vector<Matcher> matchers_;
};

struct LabelMatchers::Parsed {
  LabelMatchers matchers;
  std::string error;  // what is wrong with the text; empty when it was read
};

// Reads a setting of type texts, each of which holds matchers; a wrong one is a mistake.
std::vector<LabelMatchers> read_label_matchers(const Settings& settings, std::string_view name,
                                               std::string_view name_label);

// up{instance="a",job="b"}: the name, which `name_label` holds, and the other labels. Fit to be
// quoted; empty where there is no label at all.
std::string labels_text(const Labels& labels, const std::string& name_label);

}  // namespace postflight
