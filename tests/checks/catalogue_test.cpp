#include "checks/catalogue.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace postflight::test {
namespace {

// What follows from a kind's name: k8s.pod-logs -> k8s/pod_logs.
std::string file_of(std::string_view kind) {
  std::string path(kind);
  path.replace(path.find('.'), 1, "/");
  std::ranges::replace(path, '-', '_');
  return std::string(SOURCE_ROOT) + "/tests/checks/" + path + "_test.cpp";
}

std::string page_of(std::string_view kind) {
  return std::string(SOURCE_ROOT) + "/docs/kinds/" + std::string(kind) + ".md";
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What a page sets in code: fenced blocks, and spans between backticks.
std::string code_in(const std::string& page) {
  static const RE2 code("(?s)```(.*?)```|`([^`\\n]+)`");
  std::string found;
  re2::StringPiece rest(page), block, span;
  while (RE2::FindAndConsume(&rest, code, &block, &span))
    found += std::string(block) + std::string(span) + "\n";
  return found;
}

bool has_word(const std::string& text, std::string_view word) {
  return RE2::PartialMatch(text, "(^|[^a-z0-9-])" + std::string(word) + "($|[^a-z0-9-])");
}

// Every setting, and the fields of those that have some.
void each_setting(std::span<const Setting> settings,
                  const std::function<void(const Setting&)>& visit) {
  for (const auto& setting : settings) {
    visit(setting);
    each_setting(setting.fields, visit);
  }
}

}  // namespace

TEST_CASE("kinds are sorted by name, and no name is used twice", "[catalogue]") {
  const auto kinds = all_kinds();
  REQUIRE(kinds.size() > 1);
  const RE2 name("[a-z][a-z0-9]*\\.[a-z0-9]+(-[a-z0-9]+)*");
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    INFO(kinds[i]->name);
    CHECK(RE2::FullMatch(std::string(kinds[i]->name), name));
    if (i > 0) CHECK(kinds[i - 1]->name < kinds[i]->name);
    CHECK(find_kind(kinds[i]->name) == kinds[i]);
  }
  CHECK(find_kind("k8s.no-such-kind") == nullptr);
}

TEST_CASE("every kind can be made and says what its pass means", "[catalogue]") {
  for (const auto* kind : all_kinds()) {
    INFO(kind->name);
    CHECK_FALSE(kind->summary.empty());
    CHECK(kind->create != nullptr);
  }
}

TEST_CASE("every setting is explained, once, under a plain name", "[catalogue]") {
  const RE2 plain("[a-z0-9]+(-[a-z0-9]+)*");
  for (const auto* kind : all_kinds()) {
    const std::function<void(std::span<const Setting>)> no_twins = [&](auto settings) {
      for (const auto& setting : settings) {
        INFO(kind->name << ": " << setting.name);
        CHECK(std::ranges::count(settings, setting.name, &Setting::name) == 1);
        no_twins(setting.fields);
      }
    };
    no_twins(kind->settings);
    each_setting(kind->settings, [&](const Setting& setting) {
      INFO(kind->name << ": " << setting.name);
      CHECK(RE2::FullMatch(std::string(setting.name), plain));
      CHECK_FALSE(setting.about.empty());
      CHECK(setting.about.find('\n') == std::string_view::npos);
      const bool has_fields =
          setting.type == SettingType::object || setting.type == SettingType::objects;
      CHECK(has_fields == !setting.fields.empty());
      CHECK((setting.choices.empty() || setting.type == SettingType::text));
      CHECK_FALSE((setting.required && !setting.fallback.empty()));
    });
  }
}

TEST_CASE("every kind has a test of its own", "[catalogue]") {
  for (const auto* kind : all_kinds()) {
    INFO("missing: " << file_of(kind->name));
    CHECK(text_of(file_of(kind->name)).find("TEST_CASE(") != std::string::npos);
  }
}

TEST_CASE(
    "every kind has a page that says what a pass means, what it does not prove, and every "
    "setting",
    "[catalogue]") {
  for (const auto* kind : all_kinds()) {
    const auto page = text_of(page_of(kind->name));
    INFO(page_of(kind->name));
    REQUIRE_FALSE(page.empty());
    CHECK(page.starts_with("# " + std::string(kind->name) + "\n"));
    CHECK(page.find("A pass means") != std::string::npos);
    CHECK(page.find("not prove") != std::string::npos);
    CHECK(page.find("kind: " + std::string(kind->name)) != std::string::npos);
    const auto code = code_in(page);
    each_setting(kind->settings, [&](const Setting& setting) {
      INFO("the setting " << setting.name);
      CHECK(has_word(code, setting.name));
    });
  }
}

TEST_CASE("every page in docs/kinds is of a kind that exists", "[catalogue]") {
  std::size_t pages = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(SOURCE_ROOT) + "/docs/kinds")) {
    const auto path = entry.path();
    if (path.extension() != ".md" || path.stem() == "README") continue;
    INFO(path);
    CHECK(find_kind(path.stem().string()) != nullptr);
    ++pages;
  }
  CHECK(pages == all_kinds().size());
}

}  // namespace postflight::test
