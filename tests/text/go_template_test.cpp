#include "text/go_template.hpp"

#include <catch2/catch_test_macros.hpp>

namespace postflight::test {

using Actions = std::vector<std::string>;

TEST_CASE("of a template only its actions are read, without comments and needless blanks",
          "[go-template]") {
  CHECK(
      template_actions("a: {{ .Values.a }}\n{{- /* {{ no }} */ -}}\n{{-  if\n .b -}} c {{end}}") ==
      Actions{".Values.a", "if .b", "end"});
  CHECK(template_actions("no action } } { {").empty());
  CHECK(template_actions("{{ -3 }}{{-3}}") == Actions{"-3", "-3"});
  CHECK(template_actions("{{a /* b */}}{{a/**/b}}") == Actions{"a", "a b"});
  CHECK(template_actions("{{ (dict\n  \"key\" 1) }}") == Actions{R"((dict "key" 1))"});
}

TEST_CASE("texts in actions are emptied, but for names of templates and the key Values",
          "[go-template]") {
  CHECK(template_actions(R"({{ "s3cret" | quote }})") == Actions{R"("" | quote)"});
  CHECK(template_actions("{{ `a }} b` | indent 2 }}") == Actions{R"("" | indent 2)"});
  CHECK(template_actions(R"({{ "a \" }} b" }}{{ 'x' }})") == Actions{R"("")", R"("")"});
  CHECK(template_actions(R"({{ include "a.b" (dict "c" 1) }})") ==
        Actions{R"(include "a.b" (dict "c" 1))"});
  CHECK(template_actions(R"({{ (dict "key" ("value" | b64enc) "b-2" "") "c" }})") ==
        Actions{R"((dict "key" ("" | b64enc) "" "") "")"});
  CHECK(template_actions(R"({{ index . "Values" "a" }})") == Actions{R"(index . "Values" "")"});
  CHECK(template_actions(R"({{ define "a" }}{{ template `b` . }})") ==
        Actions{R"(define "a")", R"(template "b" .)"});
}

TEST_CASE("an action that never ends is cut off at the end of the text", "[go-template]") {
  CHECK(template_actions("{{ .a") == Actions{".a"});
  CHECK(template_actions("{{ \"a") == Actions{R"("")"});
  CHECK(template_actions("{{ \"a\\") == Actions{R"("")"});
  CHECK(template_actions("{{ /* a").empty());
  CHECK(template_actions("{{").empty());
}

TEST_CASE("a template made of actions has the same ones", "[go-template]") {
  const auto actions =
      template_actions(R"({{- if and .a (not .b) -}} x {{ include "n" . | quote }}{{ end }})");
  CHECK(actions.size() == 3);
  CHECK(template_actions(template_of(actions)) == actions);
  CHECK(template_of({}).empty());

  // Also those of what is no template: every text of up to five of these words.
  const std::vector<std::string> words{"{{", "}}", "}",       "-",  " ",  "/*", "*/",
                                       "\"", "'",  "`",       "\\", "a",  "(",  "(dict",
                                       ")",  "\n", "include", "3",  "\t", "|"};
  std::size_t tried = 0;
  const auto holds = [&](const auto& again, const std::string& text, int left) -> void {
    const auto once = template_of(template_actions(text));
    ++tried;
    if (template_of(template_actions(once)) != once) FAIL_CHECK(text << " becomes " << once);
    if (left > 0)
      for (const auto& word : words) again(again, text + word, left - 1);
  };
  holds(holds, "{{", 4);
  holds(holds, "{{ include (dict\t", 3);
  CHECK(tried > 150'000);
}

}  // namespace postflight::test
