#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// Which parts of a value a jq expression can tell apart: a value in which the others are missing
// gives it the same outputs and errors. What kind of value each is, each number and boolean, and
// how many elements a list has, it always can; of texts, see tells_text().
class JqFields {
 public:
  // Adds what the expression reads of its input. What is not understood reads everything.
  void add_read_by(std::string_view expression);

  bool is_all() const { return is_all_; }
  // What is told apart in that member of a map, which is there; nullptr when it can be missing.
  const JqFields* member(std::string_view name) const;
  const JqFields& element() const;  // of a list
  // Whether it can tell a text that is here from others. Those that it cannot give it the same
  // outputs, and it fails on each of them or on none, though it may name the text then.
  bool tells_text(std::string_view text) const;

  // Where the stages of an expression end: A | B | C has A, and A | B. What yields nothing up to
  // there yields nothing at all. None of what is not understood.
  static std::vector<std::string_view> stages_of(std::string_view expression);

 private:
  friend class JqReach;
  static const JqFields& nothing();
  void add(const JqFields& other);
  void settle();

  bool is_all_ = false;
  int depth_ = 0;           // below the value itself
  bool has_keys_ = false;   // of a map, which keys there are; of a text, its length
  bool has_order_ = false;  // of a text, whether it is less than another
  std::set<std::string, std::less<>> texts_;  // that it may be equal to
  std::map<std::string, std::unique_ptr<JqFields>, std::less<>> members_;
  std::unique_ptr<JqFields> each_;  // every member of a map, every element of a list
};

}  // namespace postflight
