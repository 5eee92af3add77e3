#include "checks/support/jq_fields.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

namespace postflight {

// Reads an expression as jq's grammar has it, and follows where its input goes. Throws Unknown at
// what it does not know. https://jqlang.org/manual/v1.6
class JqReach {
 public:
  struct Unknown : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  JqReach(std::string_view text, JqFields& input) : text_(text), input_(input) {}

  void read() {
    Value input;
    input.parts.insert(&input_);
    take_all(pipe(input));
    if (!token().empty()) throw Unknown("it goes on");
  }

  // Once it was read.
  const std::vector<std::size_t>& stage_ends() const { return stage_ends_; }

 private:
  // What an expression yields, as far as it is of the input: one of these parts, or a list that was
  // made of those; anything else was computed, and holds nothing of the input.
  struct Value {
    std::set<JqFields*> parts, listed;
    bool is_scalar = false;  // a literal: null, a boolean, a number or a text
    std::string literal;     // of a text
    bool is_text = false;    // that is known
    bool is_made = false;    // a text that is not

    // It may be that as well.
    void add(const Value& other) {
      is_scalar = is_text = is_made = false;
      parts.insert(other.parts.begin(), other.parts.end());
      listed.insert(other.listed.begin(), other.listed.end());
    }
  };

  // A value that is made of this one, and so no literal any more.
  static Value changed(Value value) {
    value.is_scalar = value.is_text = value.is_made = false;
    return value;
  }
  static void take_all(const Value& value) {
    for (auto* part : value.parts) part->is_all_ = true;
    for (auto* part : value.listed) part->is_all_ = true;
  }
  // What it is compared with, a scalar, it is told apart from.
  static void compare(const Value& value, std::string_view sign, const Value& scalar) {
    const bool is_equality = sign == "==" || sign == "!=";
    for (auto* part : value.parts) {
      if (!is_equality || scalar.is_made)
        part->has_order_ = true;
      else if (scalar.is_text)
        part->texts_.insert(scalar.literal);
    }
  }
  // What is further down than anybody writes is not told apart: all of it is read.
  static bool is_deepest(JqFields& part) {
    constexpr int deepest = 50;
    part.is_all_ = part.is_all_ || part.depth_ >= deepest;
    return part.depth_ >= deepest;
  }
  static JqFields* below(const JqFields& part, std::unique_ptr<JqFields>& place) {
    if (place == nullptr) {
      place = std::make_unique<JqFields>();
      place->depth_ = part.depth_ + 1;
    }
    return place.get();
  }
  static Value member(const Value& value, const std::string& name) {
    Value found;
    for (auto* part : value.parts)
      found.parts.insert(is_deepest(*part) ? part : below(*part, part->members_[name]));
    return found;  // what is listed is in a list, which has no member: an error
  }
  static Value each(const Value& value) {
    Value found;
    for (auto* part : value.parts)
      found.parts.insert(is_deepest(*part) ? part : below(*part, part->each_));
    found.parts.insert(value.listed.begin(), value.listed.end());
    return found;
  }

  static Value list_of(const Value& value) {
    // A list in a list is taken whole: each() knows one level.
    for (auto* part : value.listed) part->is_all_ = true;
    Value list;
    list.listed = value.parts;
    list.listed.insert(value.listed.begin(), value.listed.end());
    return list;
  }

  // As long as it lives, what is read stands between brackets, or may.
  class Inside {
   public:
    explicit Inside(int& open) : open_(open) { ++open_; }
    ~Inside() { --open_; }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

   private:
    int& open_;
  };

  // --- words of the text

  void skip_blanks() {
    while (at_ < text_.size()) {
      if (std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
        ++at_;
      } else if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        return;
      }
    }
  }
  static bool begins_name(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
  }
  static bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
  static bool is_in_name(char c) { return begins_name(c) || is_digit(c); }

  // The next one, without taking it: a name, a number's first digit, or a sign. Empty at the end.
  std::string_view token() {
    skip_blanks();
    if (at_ >= text_.size()) return {};
    const auto rest = text_.substr(at_);
    if (begins_name(rest[0])) {
      const auto end = std::ranges::find_if_not(rest, is_in_name);
      return rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
    }
    // As jq's lexer has them, the longest first.
    static constexpr std::array<std::string_view, 17> signs = {
        "?//=", "//=", "?//", "|=", "+=", "-=", "*=", "/=", "%=",
        "==",   "!=",  "<=",  ">=", "//", "..", "::", "$__"};
    for (const auto sign : signs)
      if (rest.starts_with(sign)) return sign;
    return rest.substr(0, 1);
  }
  bool take(std::string_view wanted) {
    if (token() != wanted) return false;
    at_ += wanted.size();
    return true;
  }
  void expect(std::string_view wanted) {
    if (!take(wanted)) throw Unknown("it is not what jq takes");
  }
  std::string name() {
    const auto word = token();
    if (word.empty() || !begins_name(word[0])) throw Unknown("a name is missing");
    at_ += word.size();
    return std::string(word);
  }

  // --- what binds least, first

  Value pipe(const Value& input) {
    constexpr int deepest = 100;
    if (++depth_ > deepest) throw Unknown("it is nested too deeply");
    auto value = comma(input);
    if (token() == "|") {
      if (open_ == 0) stage_ends_.push_back(at_);
      take("|");
      value = pipe(value);
    }
    --depth_;
    return value;
  }

  // What stands behind an operator is the operator's, also what comes behind `as $x |` there.
  Value operand(Value (JqReach::*read_one)(const Value&), const Value& input) {
    const Inside inside(open_);
    return (this->*read_one)(input);
  }

  Value comma(const Value& input) {
    auto value = otherwise(input);
    while (take(",")) value.add(operand(&JqReach::otherwise, input));
    return value;
  }

  Value otherwise(const Value& input) {
    auto value = disjunction(input);
    while (take("//")) value.add(operand(&JqReach::disjunction, input));
    return value;
  }

  // Whether something is neither null nor false it can always tell.
  Value disjunction(const Value& input) {
    auto value = conjunction(input);
    while (take("or")) {
      operand(&JqReach::conjunction, input);
      value = {};
    }
    return value;
  }
  Value conjunction(const Value& input) {
    auto value = comparison(input);
    while (take("and")) {
      operand(&JqReach::comparison, input);
      value = {};
    }
    return value;
  }

  Value comparison(const Value& input) {
    auto left = sum(input);
    for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
      if (!take(sign)) continue;
      const auto right = operand(&JqReach::sum, input);
      // What is no scalar differs from one by its kind already.
      if (!left.is_scalar && !right.is_scalar) {
        take_all(left);
        take_all(right);
      } else if (right.is_scalar) {
        compare(left, sign, right);
      } else {
        compare(right, sign, left);
      }
      return {};
    }
    return left;
  }

  Value sum(const Value& input) {
    auto left = product(input);
    while (token() == "+" || token() == "-") {
      ++at_;
      take_all(left);
      take_all(operand(&JqReach::product, input));
      left = {};
    }
    return left;
  }

  Value product(const Value& input) {
    auto left = postfix(input);
    while (token() == "*" || token() == "/" || token() == "%") {
      ++at_;
      take_all(left);
      take_all(operand(&JqReach::postfix, input));
      left = {};
    }
    return left;
  }

  Value postfix(const Value& input) {
    if (take("-")) {
      if (token() == "-") throw Unknown("minus minus");
      take_all(operand(&JqReach::postfix, input));
      return {};
    }
    auto value = term(input);
    for (;;) {
      if (take("?")) continue;
      if (token() == "." || token() == "[") {
        value = suffix(value, input);
      } else if (take("as")) {
        expect("$");
        const auto variable = name();
        expect("|");
        const auto shadowed = variables_;
        variables_[variable] = value;
        auto result = pipe(input);
        variables_ = shadowed;
        return result;
      } else {
        return value;
      }
    }
  }

  // .name, ."name", [...] behind a value.
  Value suffix(const Value& value, const Value& input) {
    const Inside inside(open_);
    if (take(".")) {
      if (token() == "[") return suffix(value, input);
      if (token() == "\"") return member(value, literal_text(input));
      return member(value, name());
    }
    expect("[");
    if (take("]")) return each(value);
    if (token() == ":") {
      take(":");
      pipe(input);
      expect("]");
      take_all(value);
      return changed(value);
    }
    const auto index = pipe(input);
    if (take(":")) {
      if (token() != "]") take_all(pipe(input));
      expect("]");
      take_all(index);
      take_all(value);
      return changed(value);
    }
    expect("]");
    if (index.is_text) return member(value, index.literal);
    if (index.is_scalar) return each(value);
    take_all(index);
    take_all(value);
    return changed(value);
  }

  Value term(const Value& input) {
    const Inside inside(open_);
    const auto word = token();
    if (word.empty()) throw Unknown("it ends too early");
    if (word == "..") throw Unknown("..");
    if (word == ".") {
      ++at_;
      // Behind a dot that stands alone there is a blank, or a sign.
      if (at_ < text_.size() && (begins_name(text_[at_]) || text_[at_] == '"')) {
        --at_;
        return suffix(input, input);
      }
      return input;
    }
    if (word == "\"") return text(input);
    if (is_digit(word[0])) return number();
    if (word == "$") {
      ++at_;
      const auto known = variables_.find(name());
      if (known == variables_.end()) throw Unknown("a variable from elsewhere");
      return changed(known->second);
    }
    if (take("(")) {
      auto value = pipe(input);
      expect(")");
      return value;
    }
    if (take("[")) {
      if (take("]")) return {};
      const auto value = pipe(input);
      expect("]");
      return list_of(value);
    }
    if (take("{")) return object(input);
    if (begins_name(word[0])) return function(input);
    throw Unknown("a sign that is not known here");
  }

  Value number() {
    while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E'))
      throw Unknown("an exponent");
    Value value;
    value.is_scalar = true;
    return value;
  }

  Value text(const Value& input) {
    expect("\"");
    Value value;
    value.is_scalar = value.is_text = true;
    for (;;) {
      if (at_ >= text_.size()) throw Unknown("a string without an end");
      const char c = text_[at_++];
      if (c == '"') return value;
      if (c != '\\') {
        value.literal += c;
        continue;
      }
      if (at_ >= text_.size()) throw Unknown("a string without an end");
      const char escaped = text_[at_++];
      value.is_text = false;
      value.is_made = true;
      if (escaped != '(') continue;
      take_all(pipe(input));
      expect(")");
    }
  }
  std::string literal_text(const Value& input) {
    const auto value = text(input);
    if (!value.is_text) throw Unknown("a name with escapes");
    return value.literal;
  }

  Value object(const Value& input) {
    while (!take("}")) {
      if (token() == "\"") {
        literal_text(input);
        expect(":");
      } else {
        name();
        expect(":");
      }
      take_all(value_of_a_member(input));
      if (token() != "}") expect(",");
    }
    return {};
  }
  // Of an object: terms joined by '|'; a comma ends it.
  Value value_of_a_member(const Value& input) {
    auto value = postfix(input);
    while (take("|")) value = postfix(value);
    return value;
  }

  Value condition(const Value& input) {
    // if A then B (elif C then D)* else E end
    Value all;
    pipe(input);
    expect("then");
    all.add(pipe(input));
    if (take("elif")) {
      all.add(condition(input));
      return all;
    }
    if (take("else"))
      all.add(pipe(input));
    else
      all.add(input);  // jq 1.7: as it is
    expect("end");
    return all;
  }

  Value function(const Value& input) {
    const auto called = name();
    if (called == "if") return condition(input);
    if (called == "null" || called == "true" || called == "false") {
      Value value;
      value.is_scalar = true;
      return value;
    }
    if (called == "empty" || called == "now") return {};
    if (called == "not") return {};
    if (called == "age") {
      take_all(member(member(input, "metadata"), "creationTimestamp"));
      return {};
    }
    if (called == "length" || called == "keys" || called == "type") {
      for (auto* part : input.parts) part->has_keys_ = true;
      return {};
    }
    if (called == "seconds_since" || called == "error") {
      if (token() != "(") return any_function(called, input);
      take("(");
      take_all(pipe(input));
      expect(")");
      return {};
    }
    if (called == "condition") {
      expect("(");
      take_all(pipe(input));
      expect(")");
      auto conditions = each(member(member(input, "status"), "conditions"));
      take_all(member(conditions, "type"));
      return conditions;
    }
    if (called == "select" || called == "first" || called == "map") {
      if (token() != "(") return any_function(called, input);
      take("(");
      const auto value = pipe(called == "map" ? each(input) : input);
      expect(")");
      if (called == "select") return input;
      return called == "map" ? list_of(value) : value;
    }
    if ((called == "any" || called == "all") && token() == "(") {
      take("(");
      const auto begin = at_;
      const auto value = pipe(input);
      if (take(";")) {
        pipe(value);
      } else {
        at_ = begin;
        pipe(each(input));
      }
      expect(")");
      return {};
    }
    if (called == "has" && token() == "(") {
      take("(");
      const auto key = pipe(input);
      expect(")");
      take_all(key);
      if (key.is_text)
        member(input, key.literal);
      else
        take_all(input);
      return {};
    }
    return any_function(called, input);
  }

  // It may look at all of its input, and hand parts of it to its arguments.
  Value any_function(const std::string& called, const Value& given) {
    static const std::set<std::string, std::less<>> with_a_grammar = {
        "def",   "reduce", "foreach", "label", "try", "import", "include", "__loc__",
        "then",  "elif",   "else",    "end",   "as",  "and",    "or",      "catch",
        "break", "input",  "inputs",  "debug", "env", "path",   "paths"};
    if (with_a_grammar.contains(called)) throw Unknown(called);
    take_all(given);
    // Its arguments may be asked about anything: of what is known of the input they know nothing.
    const auto input = changed(given);
    auto result = input;
    if (take("(")) {
      do {
        const auto value = pipe(input);
        take_all(value);
        result.add(value);
      } while (take(";"));
      expect(")");
    }
    return result;
  }

  std::string_view text_;
  JqFields& input_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int open_ = 0;  // brackets
  std::vector<std::size_t> stage_ends_;
  std::map<std::string, Value, std::less<>> variables_;
};

std::vector<std::string_view> JqFields::stages_of(std::string_view expression) {
  std::vector<std::string_view> stages;
  try {
    JqFields fields;
    JqReach reach(expression, fields);
    reach.read();
    for (const auto end : reach.stage_ends()) stages.push_back(expression.substr(0, end));
  } catch (const JqReach::Unknown&) {
    return {};
  }
  return stages;
}

void JqFields::add_read_by(std::string_view expression) {
  try {
    JqReach(expression, *this).read();
  } catch (const JqReach::Unknown&) {
    is_all_ = true;
  }
  settle();
}

void JqFields::add(const JqFields& other) {
  is_all_ = is_all_ || other.is_all_;
  has_keys_ = has_keys_ || other.has_keys_;
  has_order_ = has_order_ || other.has_order_;
  texts_.insert(other.texts_.begin(), other.texts_.end());
  const auto add_to = [](std::unique_ptr<JqFields>& mine, const JqFields& theirs) {
    if (mine == nullptr) {
      mine = std::make_unique<JqFields>();
      mine->depth_ = theirs.depth_;
    }
    mine->add(theirs);
  };
  for (const auto& [name, theirs] : other.members_) add_to(members_[name], *theirs);
  if (other.each_ != nullptr) add_to(each_, *other.each_);
}

// What is read of every member is read of those with a name too.
void JqFields::settle() {
  if (each_ != nullptr) {
    for (auto& [name, member] : members_) member->add(*each_);
    each_->settle();
  }
  for (auto& [name, member] : members_) member->settle();
}

const JqFields* JqFields::member(std::string_view name) const {
  if (is_all_) return this;
  if (const auto found = members_.find(name); found != members_.end()) return found->second.get();
  if (each_ != nullptr) return each_.get();
  return has_keys_ ? &nothing() : nullptr;
}

const JqFields& JqFields::element() const {
  if (is_all_) return *this;
  return each_ != nullptr ? *each_ : nothing();
}

bool JqFields::tells_text(std::string_view text) const {
  return is_all_ || has_keys_ || has_order_ || texts_.contains(text);
}

const JqFields& JqFields::nothing() {
  static const JqFields nothing;
  return nothing;
}

}  // namespace postflight
