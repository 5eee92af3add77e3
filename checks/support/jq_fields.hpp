#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace postflight {

// Which parts of a value a jq expression can tell apart: a value in which the others are missing
// gives it the same outputs and errors. What kind of value each is, each number, text and boolean,
// and how many elements a list has, it always can.
class JqFields {
 public:
  // Adds what the expression reads of its input. What is not understood reads everything.
  void add_read_by(std::string_view expression);

  bool is_all() const { return is_all_; }
  // What is told apart in that member of a map, which is there; nullptr when it can be missing.
  const JqFields* member(std::string_view name) const;
  const JqFields& element() const;  // of a list

 private:
  friend class JqReach;
  static const JqFields& nothing();
  void add(const JqFields& other);
  void settle();

  bool is_all_ = false;
  int depth_ = 0;          // below the value itself
  bool has_keys_ = false;  // of a map, which keys there are
  std::map<std::string, std::unique_ptr<JqFields>, std::less<>> members_;
  std::unique_ptr<JqFields> each_;  // every member of a map, every element of a list
};

}  // namespace postflight
