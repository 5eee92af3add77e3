#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "checks/support/limits.hpp"
#include "checks/support/postgres_settings.hpp"
#include "checks/support/redirect.hpp"
#include "checks/support/session_judge.hpp"
#include "checks/support/session_table.hpp"
#include "clients/clients.hpp"
#include "clients/url.hpp"
#include "runner/check.hpp"

namespace postflight {
extern constinit const CheckKind postgres_session_growth;

namespace {

using std::chrono::milliseconds;

constexpr Setting request_fields[] = {
    {"url", SettingType::text, "the URL to ask for, without a session: https://app.example.com/",
     true},
    {"method", SettingType::text, "HTTP method", false, "GET"},
    {"resolve", SettingType::text, "address (ip or ip:port) to connect to instead of the URL's"},
    {"ca-file", SettingType::text, "file of certificates to trust instead of the system's"},
    {"headers", SettingType::text_map, "headers to send"},
    {"expect-status", SettingType::texts,
     "status codes that mean the request got as far as making a session; 302 when left out"},
    {"redirect",
     SettingType::object,
     "where an answer leads that made a session: one that leads elsewhere comes from somebody else",
     false,
     {},
     redirect_settings},
};

constexpr Setting growth_fields[] = {
    {"request", SettingType::object, "a request that must create a row", false, {}, request_fields},
    {"within", SettingType::duration, "how soon after the answer the row must be there", false,
     "2s"},
    {"interval", SettingType::duration,
     "instead of a request: how long to wait for somebody else's row"},
};

constexpr Setting settings_of_session_growth[] = {
    postgres_url_setting,
    postgres_password_setting,
    postgres_password_file_setting,
    postgres_password_secret_setting,
    {"table", SettingType::text, "the table of sessions, with its schema where it needs one", false,
     "authentik_providers_proxy_proxysession"},
    {"expires-column", SettingType::text, "column (timestamptz) of the time a row expires", false,
     "expires"},
    {"data-column", SettingType::text,
     "column (jsonb) by which a row is known to be a login; empty for none", false, "session_data"},
    {"claims-key", SettingType::text, "key that the data of a login holds", false, "claims"},
    {"validity", SettingType::duration, "how long a new session is valid", false, "28d"},
    {"validity-extra", SettingType::duration, "what the writer adds to that", false, "1s"},
    {"tolerance", SettingType::duration, "how far a new row's expiry may be from the validity",
     false, "10m"},
    {"max-idle", SettingType::duration, "how long ago the last write may be", false, "10m"},
    {"overdue-after", SettingType::duration,
     "how long after its expiry a row should have been cleaned up", false, "20m"},
    {"max-overdue-percent", SettingType::number, "share of the rows that may be overdue", false,
     "0"},
    {"min-logins", SettingType::integer, "how many rows must be logins", false, "0"},
    {"growth",
     SettingType::object,
     "prove that the table grows: by a request that must create a row, or over an interval",
     false,
     {},
     growth_fields},
};

struct GrowthPlan {
  std::optional<HttpRequest> request;
  std::vector<int> expected_status;
  std::optional<RedirectWanted> redirect;
  milliseconds within{0};
  milliseconds interval{0};
};

constexpr milliseconds between_looks{100};

// Returns when the time has passed. Throws CannotTell when stopped, and at once when the check has
// not that much time left.
void pause(const CheckContext& context, milliseconds duration) {
  const auto end = context.clock.now() + duration;
  if (end > context.deadline)
    throw CannotTell("timeout", fmt::format("no time left to wait {} for a new row: give the check "
                                            "a longer timeout",
                                            format_duration(duration)));
  context.clock.sleep_until(end, context.stop);
  if (context.stop.stop_requested())
    throw CannotTell("interrupted", "stopped while waiting for a new row");
}

class SessionGrowthCheck : public Check {
 public:
  SessionGrowthCheck(PostgresSource source, SessionTable table, SessionExpectations expected,
                     std::optional<GrowthPlan> plan)
      : source_(std::move(source)),
        table_(std::move(table)),
        expected_(std::move(expected)),
        plan_(std::move(plan)) {}

  std::vector<std::string> kubernetes_paths() const override { return source_.kubernetes_paths(); }

  Outcome run(const CheckContext& context) const override {
    const auto target = source_.target(context);
    const auto sample = look_at_table(context.clients.postgres, target, table_, expected_.rules,
                                      limits_of(context));
    if (!plan_ && sample.standby) throw standby();
    if (!plan_) return judge_sessions(expected_, sample, {}, {});
    std::optional<FreshRows> fresh;
    GrowthProof proof;
    if (plan_->request) {
      proof.subject = fmt::format("{} {}", plan_->request->method,
                                  parse_url(plan_->request->url)->without_query());
      proof.expected = fmt::format("a new row within {}", format_duration(plan_->within));
      proof.anonymous_row = true;
    } else {
      proof.subject = format_duration(plan_->interval) + " of waiting";
      proof.expected = "a new row";
    }
    try {
      if (plan_->request) {
        proof.attempt = send(context);
        fresh = look_until_written(context, target, sample);
      } else {
        pause(context, plan_->interval);
        fresh = look_for_rows(context, target, sample);
      }
    } catch (const ClientError&) {
      proof.error = std::current_exception();
    } catch (const CannotTell&) {
      proof.error = std::current_exception();
    }
    // A row that came through shows that the standby follows, and so does all the rest that it has.
    if (sample.standby && (!fresh || fresh->rows == 0)) throw standby();
    return judge_sessions(expected_, sample, fresh, proof);
  }

 private:
  CannotTell standby() const {
    return {"standby",
            fmt::format("the server is a standby and may be behind: no new row of {} was seen to "
                        "arrive. Ask the primary (target_session_attrs=primary in the url)",
                        expected_.table)};
  }

  FreshRows look_for_rows(const CheckContext& context, const PostgresTarget& target,
                          const SessionSample& sample) const {
    return look_for_new_rows(context.clients.postgres, target, table_, expected_.rules, sample,
                             limits_of(context));
  }

  // Throws when the answer says that no session was asked for: the table is not to blame then.
  std::string send(const CheckContext& context) const {
    const auto response = context.clients.http.send(*plan_->request, limits_of(context));
    if (std::ranges::find(plan_->expected_status, response.status) ==
        plan_->expected_status.end()) {
      const auto* reason = response.status == 403   ? "forbidden"
                           : response.status == 429 ? "throttled"
                           : response.status >= 500 ? "server-error"
                                                    : "unexpected-answer";
      throw CannotTell(reason,
                       fmt::format("answered {}, not {}: no session was asked for", response.status,
                                   fmt::join(plan_->expected_status, " or ")));
    }
    if (plan_->redirect) {
      const auto fact =
          judge_redirect(*plan_->redirect, response.url, response.all_headers("Location"));
      if (fact.status != Status::passed)
        throw CannotTell("unexpected-answer",
                         fmt::format("answered {}, but its redirect leads not {}: {}; no session "
                                     "was asked for",
                                     response.status, fact.expected, fact.observed));
    }
    return fmt::format("answered {}", response.status);
  }

  FreshRows look_until_written(const CheckContext& context, const PostgresTarget& target,
                               const SessionSample& sample) const {
    const auto end = context.clock.now() + plan_->within;
    while (true) {
      const auto fresh = look_for_rows(context, target, sample);
      if (fresh.anonymous > 0 || context.clock.now() >= end) return fresh;
      pause(context, between_looks);
    }
  }

  PostgresSource source_;
  SessionTable table_;
  SessionExpectations expected_;
  std::optional<GrowthPlan> plan_;
};

HttpRequest read_request(const Settings& settings, std::vector<int>& expected_status) {
  HttpRequest request;
  request.url = settings.text("url");
  if (settings.has("url") && !parse_url(request.url))
    settings.mistake("url", "'url' must be an http or https URL");
  request.method = settings.text("method");
  request.resolve = settings.text("resolve");
  request.tls.ca_file = settings.text("ca-file");
  for (const auto& [name, value] : settings.text_map("headers"))
    request.headers.push_back({name, value});
  for (const auto& text : settings.texts("expect-status")) {
    int status = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, status);
    if (error != std::errc{} || rest != end || status < 100 || status > 599)
      settings.mistake("expect-status",
                       fmt::format("'expect-status' must hold status codes, not '{}'", text));
    expected_status.push_back(status);
  }
  if (expected_status.empty()) expected_status.push_back(302);
  return request;
}

std::optional<GrowthPlan> read_growth(const Settings& settings) {
  if (!settings.has("growth")) return std::nullopt;
  const auto growth = settings.object("growth");
  if (growth.has("request") == growth.has("interval"))
    settings.mistake("growth", "'growth' needs either 'request' or 'interval'");
  if (growth.has("interval") && growth.has("within"))
    growth.mistake("within", "'within' belongs to a request, not to an interval");
  GrowthPlan plan;
  plan.within = growth.duration("within");
  plan.interval = growth.optional_duration("interval").value_or(milliseconds(0));
  if (growth.has("request"))
    plan.request = read_request(growth.object("request"), plan.expected_status);
  if (growth.has("request") && growth.object("request").has("redirect"))
    plan.redirect = read_redirect_wanted(growth.object("request").object("redirect"));
  return plan;
}

std::string read_quoted_name(const Settings& settings, std::string_view name) {
  auto quoted = quoted_name(settings.text(name));
  if (quoted.empty())
    settings.mistake(name, fmt::format("'{}' must be a name of letters, digits, _, $ and -", name));
  return quoted;
}

std::unique_ptr<Check> create_session_growth(const Settings& settings) {
  SessionTable table;
  table.table = read_quoted_name(settings, "table");
  table.expires_column = read_quoted_name(settings, "expires-column");
  if (!settings.text("data-column").empty())
    table.data_column = read_quoted_name(settings, "data-column");
  table.claims_key = settings.text("claims-key");
  if (table.claims_key.empty())
    settings.mistake("claims-key",
                     "'claims-key' must not be empty: leave 'data-column' empty "
                     "where no row is a login");
  SessionExpectations expected;
  expected.table = settings.text("table");
  expected.rules = {settings.duration("validity") + settings.duration("validity-extra"),
                    settings.duration("tolerance"), settings.duration("overdue-after")};
  expected.max_idle = settings.duration("max-idle");
  expected.max_overdue_percent = settings.number("max-overdue-percent");
  if (expected.rules.tolerance >= expected.rules.lifetime)
    settings.mistake("tolerance", "'tolerance' must be less than 'validity'");
  if (expected.max_overdue_percent < 0 || expected.max_overdue_percent > 100)
    settings.mistake("max-overdue-percent", "'max-overdue-percent' must be from 0 to 100");
  const auto logins = settings.integer("min-logins");
  if (logins < 0) settings.mistake("min-logins", "'min-logins' must not be negative");
  if (logins > 0 && table.data_column.empty())
    settings.mistake("min-logins", "'min-logins' needs 'data-column', by which logins are known");
  expected.min_logins = static_cast<std::size_t>(std::max<std::int64_t>(logins, 0));
  return std::make_unique<SessionGrowthCheck>(PostgresSource(settings), std::move(table),
                                              std::move(expected), read_growth(settings));
}

}  // namespace

constinit const CheckKind postgres_session_growth{
    "postgres.session-growth",
    "sessions are being written, live as long as they should, and expired ones are cleaned up",
    settings_of_session_growth, create_session_growth};

}  // namespace postflight
