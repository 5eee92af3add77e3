#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "runner/checklist.hpp"
#include "tests/support/recorded_clients.hpp"

namespace postflight::test {

// Clients for checks that ask nothing.
inline const Clients& recorded_clients() {
  static RecordedWorld world;
  static const Clients clients = world.clients();
  return clients;
}

// A check that does what the test says.
class FakeCheck : public Check {
 public:
  using Body = std::function<Outcome(const CheckContext&)>;
  explicit FakeCheck(Body body) : body_(std::move(body)) {}
  Outcome run(const CheckContext& context) const override { return body_(context); }

 private:
  Body body_;
};

inline Outcome good() {
  return {Status::passed, "all is well", {{"thing", "well", "well", Status::passed}}, 1, ""};
}

// test.echo: its pass says what its settings were read as.
inline const CheckKind& echo_kind() {
  static constexpr std::array<std::string_view, 2> colours{"red", "green"};
  static constexpr std::array settings{
      Setting{"text", SettingType::text, "any text"},
      Setting{"number", SettingType::integer, "a number"},
      Setting{"list", SettingType::texts, "a list"},
      Setting{"map", SettingType::text_map, "a map"},
      Setting{"colour", SettingType::text, "a colour", false, "red", {}, colours},
  };
  static constexpr CheckKind kind{
      "test.echo", "says what it was given", settings,
      [](const Settings& given) -> std::unique_ptr<Check> {
        auto outcome = good();
        outcome.summary = given.text("text");
        for (const auto& item : given.texts("list"))
          outcome.evidence.push_back({"item", "", item, Status::passed});
        for (const auto& [name, value] : given.text_map("map"))
          outcome.evidence.push_back({name, "", value, Status::passed});
        if (given.has("number") && given.integer("number") > 10)
          given.mistake("number", "the number is above 10");
        return std::make_unique<FakeCheck>([outcome](const CheckContext&) { return outcome; });
      }};
  return kind;
}

}  // namespace postflight::test
