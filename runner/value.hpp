#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace postflight {

// A place in a file; line and column count from 1, 0 means "the file as a whole".
struct Position {
  std::string file;
  int line = 0;
  int column = 0;
};

// file:line:column, the form editors and compilers share; leaves out what is 0.
std::string to_string(const Position& position);

// One thing wrong with what the user wrote, and where.
struct Mistake {
  Position where;
  std::string what;
};

// Everything wrong with what the user wrote, in file order: reported all at once.
class Mistakes : public std::runtime_error {
 public:
  explicit Mistakes(std::vector<Mistake> list);
  const std::vector<Mistake>& list() const { return list_; }

 private:
  std::vector<Mistake> list_;
};

struct Member;

// A YAML tree that remembers where each part was written. Scalars stay text: the setting that
// reads one decides its type, so a substituted variable and a literal behave alike.
struct Value {
  enum class Type { null, scalar, list, map };
  Type type = Type::null;
  std::string text;             // of a scalar
  std::vector<Value> items;     // of a list
  std::vector<Member> members;  // of a map, in file order; keys are unique
  Position where;

  // The member of that name, or nullptr. Null for anything but a map.
  const Value* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Position where;
  Value value;
};

}  // namespace postflight
