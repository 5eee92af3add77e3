#include "cli/terminal.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>

#include "cli/live_status.hpp"

namespace postflight::test {
namespace {

Terminal terminal(std::map<std::string, std::string> environment, bool is_terminal = true) {
  Terminal terminal;
  terminal.output_is_terminal = terminal.errors_is_terminal = is_terminal;
  terminal.columns = 80;
  terminal.environment = [environment](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  return terminal;
}

Options wishing(ColourWish wish) {
  Options options;
  options.colour = wish;
  return options;
}

}  // namespace

TEST_CASE("colours are for a terminal that can, unless asked otherwise", "[terminal]") {
  const auto is_coloured = [](ColourWish wish, const Terminal& where) {
    return style_for(wishing(wish), where).colour;
  };
  CHECK(is_coloured(ColourWish::automatic, terminal({{"TERM", "xterm"}})));
  CHECK(!is_coloured(ColourWish::automatic, terminal({{"TERM", "dumb"}})));
  CHECK(!is_coloured(ColourWish::automatic, terminal({})));
  CHECK(!is_coloured(ColourWish::automatic, terminal({{"TERM", "xterm"}, {"NO_COLOR", "1"}})));
  CHECK(!is_coloured(ColourWish::automatic, terminal({{"TERM", "xterm"}}, false)));
  CHECK(!is_coloured(ColourWish::never, terminal({{"TERM", "xterm"}})));
  CHECK(is_coloured(ColourWish::always, terminal({{"NO_COLOR", "1"}}, false)));
}

TEST_CASE("the first variable of the locale that is set decides about the marks", "[terminal]") {
  const auto is_unicode = [](std::map<std::string, std::string> environment) {
    return style_for({}, terminal(std::move(environment))).unicode;
  };
  CHECK(is_unicode({{"LANG", "de_DE.UTF-8"}}));
  CHECK(is_unicode({{"LC_CTYPE", "C.utf8"}, {"LANG", "C"}}));
  CHECK(!is_unicode({{"LC_ALL", "C"}, {"LANG", "de_DE.UTF-8"}}));
  CHECK(!is_unicode({{"LANG", "de_DE@euro"}}));
  CHECK(!is_unicode({}));
}

TEST_CASE("text is wrapped on a terminal only", "[terminal]") {
  CHECK(style_for({}, terminal({})).width == 80);
  CHECK(style_for({}, terminal({}, false)).width == 0);
}

TEST_CASE("a live status is shown on a terminal that can be redrawn, unless quiet", "[terminal]") {
  Options quiet;
  quiet.quiet = true;
  CHECK(shows_live_status({}, terminal({{"TERM", "xterm"}})));
  CHECK(!shows_live_status(quiet, terminal({{"TERM", "xterm"}})));
  CHECK(!shows_live_status({}, terminal({{"TERM", "dumb"}})));
  CHECK(!shows_live_status({}, terminal({{"TERM", "xterm"}}, false)));
}

TEST_CASE("the status line says what runs, and counts what does not fit", "[terminal]") {
  StatusLine line;
  line.total = 8;
  line.done = 3;
  line.elapsed = std::chrono::seconds(12);
  CHECK(line.text(80) == "3 of 8 done, 12s");
  line.running = {{"outpost-endpoints", 2}, {"edge", 0}, {"rows", 0}};
  CHECK(line.text(80) == "3 of 8 done, 12s; waiting for outpost-endpoints (attempt 3), edge, rows");
  CHECK(line.text(71) == "3 of 8 done, 12s; waiting for outpost-endpoints (attempt 3) and 2 more");
  CHECK(line.text(40) == "3 of 8 done, 12s; waiting for 3 more");
  CHECK(line.text(20) == "3 of 8 done, 12s");
  CHECK(line.text(5) == "3 of ");
  line.running = {{"edge", 2, std::chrono::seconds(102)}, {"rows", 4, std::chrono::seconds(11)}};
  CHECK(line.text(80) ==
        "3 of 8 done, 12s; waiting for edge (holds, 1m30s left), rows (holds, 0s left)");
}

}  // namespace postflight::test
