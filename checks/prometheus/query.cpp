#include <fmt/format.h>

#include "checks/support/prometheus_source.hpp"
#include "checks/support/series_judge.hpp"
#include "checks/support/text.hpp"

namespace postflight {
extern constinit const CheckKind prometheus_query;

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr Setting settings_of_query[] = {
    prometheus_url_setting,
    prometheus_service_setting,
    headers_setting,
    resolve_setting,
    ca_file_setting,
    client_certificate_setting,
    client_key_setting,
    insecure_setting,
    {"query", SettingType::text, "a PromQL expression that yields numbers", true},
    {"min", SettingType::number, "every series has at least this value"},
    {"max", SettingType::number, "every series has at most this value"},
    {"equals", SettingType::number, "every series has exactly this value"},
    {"warn-min", SettingType::number, "a value below is warned of"},
    {"warn-max", SettingType::number, "a value above is warned of"},
    {"must-exist", SettingType::texts,
     "conditions on labels, each of which some series of the answer meets: {job=\"node\"}"},
    {"min-series", SettingType::integer, "how many series at least"},
    {"max-series", SettingType::integer, "how many series at most"},
    {"allow-empty", SettingType::flag,
     "an answer without series is a healthy one; when nothing else is expected, the only one",
     false, "false"},
    {"among", SettingType::text,
     "a PromQL expression for what the query looks through: it must have series, so that an empty "
     "answer is no slip of the pen"},
    {"over", SettingType::duration,
     "judge what each series did over this time, instead of its value now"},
    {"step", SettingType::duration,
     "how far apart the values of that time are looked at; a 60th of 'over' when absent"},
    {"grows", SettingType::flag, "every series is higher at the end of that time", false, "false"},
    {"min-growth", SettingType::number, "every series has grown by at least this"},
    {"max-growth", SettingType::number, "every series has grown by at most this"},
    {"min-rate", SettingType::number, "every series has grown by at least this in a second"},
    {"max-rate", SettingType::number, "every series has grown by at most this in a second"},
    {"counter", SettingType::flag, "a fall is a counter that began anew from 0", false, "false"},
    {"max-age", SettingType::duration, "how old, by our clock, the answer's values may be", false,
     "5m"},
};

constexpr std::string_view path = "/api/v1/query";

class QueryCheck : public Check {
 public:
  QueryCheck(PrometheusSource source, SeriesWanted wanted, std::string among)
      : source_(std::move(source)), wanted_(std::move(wanted)), among_(std::move(among)) {}

  std::vector<std::string> kubernetes_paths() const override { return source_.kubernetes_paths(); }

  Outcome run(const CheckContext& context) const override {
    const auto answer = ask(expression(), context);
    std::optional<std::size_t> among;
    if (!among_.empty()) among = ask(among_, context).series.size();
    auto outcome = judge_series(wanted_, answer, among, context.today);
    tell_unverified(source_.request(), outcome);
    return outcome;
  }

 private:
  QueryAnswer ask(const std::string& expression, const CheckContext& context) const {
    const std::string target(path);
    return read_query_answer(source_.get(target, {{"query", expression}}, context),
                             source_.question(target));
  }

  // A range up to now is asked as a subquery: the question is the same whenever it is asked.
  std::string expression() const {
    if (!wanted_.growth) return wanted_.query;
    return fmt::format("({}\n)[{}:{}]", wanted_.query, format_duration(wanted_.growth->over),
                       format_duration(wanted_.growth->step));
  }

  PrometheusSource source_;
  SeriesWanted wanted_;
  std::string among_;
};

void read_value(const Settings& settings, ValueWanted& wanted) {
  wanted = {settings.optional_number("equals"), settings.optional_number("min"),
            settings.optional_number("max"), settings.optional_number("warn-min"),
            settings.optional_number("warn-max")};
  if (wanted.equals)
    for (const auto* name : {"min", "max", "warn-min", "warn-max"})
      if (settings.has(name))
        settings.mistake(name, fmt::format("'{}' adds nothing to 'equals'", name));
  if (wanted.min && wanted.max && *wanted.min > *wanted.max)
    settings.mistake("max", "'max' must not be less than 'min'");
  if (wanted.min && wanted.warn_min && *wanted.warn_min <= *wanted.min)
    settings.mistake("warn-min", "'warn-min' must be more than 'min', below which all has failed");
  if (wanted.max && wanted.warn_max && *wanted.warn_max >= *wanted.max)
    settings.mistake("warn-max", "'warn-max' must be less than 'max', above which all has failed");
}

constexpr std::string_view growth_settings[] = {"grows",    "min-growth", "max-growth",
                                                "min-rate", "max-rate",   "counter"};

std::optional<GrowthWanted> read_growth(const Settings& settings) {
  if (!settings.has("over")) {
    for (const auto name : growth_settings)
      if (settings.has(name))
        settings.mistake(name, fmt::format("'{}' is about a time: say which by 'over'", name));
    if (settings.has("step")) settings.mistake("step", "'step' divides 'over', which is missing");
    return std::nullopt;
  }
  GrowthWanted wanted;
  wanted.over = settings.duration("over");
  // Whole seconds, and at least one.
  const auto sixtieth = std::max<milliseconds>(wanted.over / 60 / 1s * 1s, 1s);
  wanted.step = settings.optional_duration("step").value_or(sixtieth);
  wanted.grows = settings.flag("grows");
  wanted.is_counter = settings.flag("counter");
  wanted.min = settings.optional_number("min-growth");
  wanted.max = settings.optional_number("max-growth");
  wanted.min_rate = settings.optional_number("min-rate");
  wanted.max_rate = settings.optional_number("max-rate");
  for (const auto* name : {"min", "max", "equals", "warn-min", "warn-max"})
    if (settings.has(name))
      settings.mistake(name, fmt::format("'{}' is about the value now and 'over' about a time: "
                                         "leave out one of them, or ask for max_over_time() or "
                                         "the like",
                                         name));
  if (wanted.step <= 0ms || wanted.step * 4 > wanted.over)
    settings.mistake(settings.has("step") ? "step" : "over",
                     "'over' must be at least four times 'step', which is a second or more where "
                     "it is left out");
  else if (wanted.over / wanted.step > 11'000)
    settings.mistake("step", "'step' is too small: Prometheus gives at most 11,000 values");
  if (!wanted.grows && !wanted.min && !wanted.max && !wanted.min_rate && !wanted.max_rate)
    settings.mistake("over",
                     "nothing is expected of that time: give 'grows', 'min-growth', 'max-growth', "
                     "'min-rate' or 'max-rate'");
  if (wanted.min && wanted.max && *wanted.min > *wanted.max)
    settings.mistake("max-growth", "'max-growth' must not be less than 'min-growth'");
  if (wanted.min_rate && wanted.max_rate && *wanted.min_rate > *wanted.max_rate)
    settings.mistake("max-rate", "'max-rate' must not be less than 'min-rate'");
  return wanted;
}

void read_count(const Settings& settings, SeriesWanted& wanted) {
  const auto min = settings.optional_integer("min-series");
  wanted.max = settings.optional_integer("max-series");
  wanted.allow_empty = settings.flag("allow-empty");
  for (const auto* name : {"min-series", "max-series"})
    if (settings.optional_integer(name).value_or(0) < 0)
      settings.mistake(name, fmt::format("'{}' must not be negative", name));
  if (min && *min == 0)
    settings.mistake("min-series", "no series at all are right with allow-empty: true alone");
  if (min && wanted.allow_empty)
    settings.mistake("allow-empty", "'allow-empty' and 'min-series' contradict each other");
  if (!wanted.must_exist.empty() && wanted.allow_empty)
    settings.mistake("allow-empty", "'allow-empty' and 'must-exist' contradict each other");
  if (wanted.max == 0 && !wanted.allow_empty)
    settings.mistake("max-series",
                     "no series at all is right then: say so by allow-empty: true instead");
  if (min && wanted.max && *min > *wanted.max)
    settings.mistake("max-series", "'max-series' must not be less than 'min-series'");
  wanted.min_given = min.has_value();
  wanted.min = min.value_or(wanted.allow_empty ? 0 : 1);
  if (settings.has("among") && !wanted.allow_empty)
    settings.mistake("among", "'among' is of use only where allow-empty: true lets no series pass");
}

std::unique_ptr<Check> create_query(const Settings& settings) {
  SeriesWanted wanted;
  wanted.query = settings.text("query");
  const auto is_blank = [](const std::string& text) {
    return text.find_first_not_of(" \t\r\n") == std::string::npos;
  };
  for (const auto* name : {"query", "among"})
    if (settings.has(name) && is_blank(settings.text(name)))
      settings.mistake(name, fmt::format("'{}' is empty", name));
  read_value(settings, wanted.value);
  wanted.growth = read_growth(settings);
  wanted.must_exist = read_label_matchers(settings, "must-exist", "__name__");
  read_count(settings, wanted);
  wanted.max_age = settings.duration("max-age");
  if (wanted.max_age <= 0ms) settings.mistake("max-age", "'max-age' must be more than nothing");
  const bool of_each = wanted.value.any() || wanted.growth;
  if (wanted.allow_empty && !of_each && !wanted.max) wanted.max = 0;
  if (!of_each && !wanted.max && !wanted.min_given && wanted.must_exist.empty())
    settings.mistake("query",
                     "nothing is expected of the answer: give a value such as 'min' or 'max', a "
                     "number of series, 'must-exist', 'over', or allow-empty: true where an "
                     "answer without series is the right one");
  return std::make_unique<QueryCheck>(PrometheusSource(settings), std::move(wanted),
                                      settings.text("among"));
}

}  // namespace

constinit const CheckKind prometheus_query{
    "prometheus.query",
    "every series that a PromQL query yields has the right value, or grew as it should",
    settings_of_query, create_query};

}  // namespace postflight
