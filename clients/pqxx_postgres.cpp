#include "clients/pqxx_postgres.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <pqxx/pqxx>

#include "clients/error.hpp"
#include "clients/postgres_address.hpp"

namespace postflight {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// One question to one server. libpq can wait without end for a name, a greeting or a row, so a
// thread of its own asks it; the two share this.
struct PqxxPostgres::Conversation {
  PostgresTarget target;
  std::string sql;
  std::vector<std::string> parameters;
  steady_clock::time_point deadline;

  std::mutex mutex;
  std::condition_variable_any changed;
  bool given_up = false;  // nobody waits for the answer any more
  int socket = -1;        // while connected, so that giving up can cut it
  bool ended = false;
  PostgresRows rows;
  std::exception_ptr error;

  milliseconds left() const {
    return std::max(std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now()),
                    milliseconds(1));  // 0 would mean no limit at all
  }
  // A little earlier, so that the server's own words about it arrive.
  milliseconds statement_timeout() const {
    return left() - std::min(left() / 4, milliseconds(100));
  }
};

namespace {

constexpr milliseconds longest_connect = std::chrono::seconds(10);

// What libpqxx renamed between 6.4 and 7, or has since marked as going away.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

// Notices ("there is no transaction in progress") would go to standard error.
struct Quiet {
  explicit Quiet(pqxx::connection& connection) : handler(connection) {
#if PQXX_VERSION_MAJOR < 7
    connection.inhibit_reactivation(true);  // a cut connection stays cut
#endif
  }
  pqxx::quiet_errorhandler handler;
};

// Through the extended protocol, with or without parameters: it refuses a second statement.
pqxx::result execute(pqxx::transaction_base& transaction, const std::string& sql,
                     const std::vector<std::string>& parameters) {
#if PQXX_VERSION_MAJOR < 7
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
#else
  pqxx::params values;
  for (const auto& parameter : parameters) values.append(parameter);
  return transaction.exec_params(sql, values);
#endif
}

#pragma GCC diagnostic pop

std::unique_ptr<pqxx::connection> connect(const PostgresTarget& target, milliseconds timeout) {
  try {
    return std::make_unique<pqxx::connection>(connection_text(target, timeout));
  } catch (const std::exception& error) {
    const auto reason = connection_failure_reason(error.what());
    auto text = connection_failure_text(error.what());
    // What libpq quotes of a URL it cannot read may be a part of the password.
    if (reason == reason::configuration)
      for (auto from = text.find('"'); from != text.npos; from = text.find('"', from + 3)) {
        const auto to = text.find('"', from + 1);
        text.replace(from, to == text.npos ? text.npos : to - from + 1, "...");
      }
    const auto words =
        without_secrets(target, fmt::format("PostgreSQL {}: {}", describe(target), text));
    throw ClientError(reason, words, words);
  }
}

PostgresRows copied(const pqxx::result& result) {
  PostgresRows answer;
  for (pqxx::row::size_type column = 0; column < result.columns(); ++column)
    answer.columns.emplace_back(result.column_name(column));
  for (const auto& row : result) {
    auto& values = answer.rows.emplace_back();
    for (const auto& field : row)
      values.push_back(field.is_null() ? std::nullopt
                                       : std::optional<std::string>({field.c_str(), field.size()}));
  }
  return answer;
}

std::string first_line(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

std::string cut_off(const std::string& words) {
  return "the connection ended before the answer did: " + words;
}

// libpqxx 6 leaves it out of the errors that it has a class for.
std::string sqlstate_of(const pqxx::sql_error& error) {
  if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
  if (dynamic_cast<const pqxx::undefined_table*>(&error) != nullptr) return "42P01";
  if (dynamic_cast<const pqxx::undefined_column*>(&error) != nullptr) return "42703";
  return error.sqlstate();
}

}  // namespace

PostgresRows PqxxPostgres::ask(Conversation& conversation) {
  const auto connection =
      connect(conversation.target, std::min(conversation.left(), longest_connect));
  const auto failure = [&](std::string_view reason, std::string_view text) {
    return ClientError(reason, without_secrets(conversation.target,
                                               fmt::format("PostgreSQL {}: {}",
                                                           describe(conversation.target), text)));
  };
  // Makes the socket known while the connection lives.
  struct Cuttable {
    Cuttable(Conversation& of, int socket) : conversation(of) {
      const std::scoped_lock lock(conversation.mutex);
      conversation.socket = socket;
      if (conversation.given_up) ::shutdown(socket, SHUT_RDWR);
    }
    ~Cuttable() {
      const std::scoped_lock lock(conversation.mutex);
      conversation.socket = -1;
    }
    Conversation& conversation;
  };
  try {
    const Quiet quiet(*connection);
    const Cuttable cuttable(conversation, connection->sock());
    pqxx::read_transaction transaction(*connection);
    // SET LOCAL ends with the transaction: a pooled connection is handed on as it was.
    transaction.exec(fmt::format(
        "SET LOCAL statement_timeout = {}; SET LOCAL default_transaction_read_only = on; "
        "SET LOCAL row_security = off",
        conversation.statement_timeout().count()));
    return copied(execute(transaction, conversation.sql, conversation.parameters));
  } catch (const pqxx::sql_error& error) {
    const auto state = sqlstate_of(error);
    const auto line = first_line(error.what());
    if (!state.empty()) {
      const auto refused = failure(statement_failure_reason(state, line),
                                   fmt::format("{} (SQLSTATE {})", line, state));
      // A right or a table that is missing is missing to every statement.
      const bool is_missing =
          refused.reason() == reason::forbidden || refused.reason() == reason::not_found;
      throw is_missing ? ClientError(refused.reason(), refused.what(), refused.what()) : refused;
    }
    if (is_nonsense(line)) throw failure(reason::unreadable, line);
    if (!connection->is_open()) throw failure(reason::unreachable, cut_off(line));
    throw failure(reason::server_error, line);
  } catch (const pqxx::broken_connection& error) {
    throw failure(reason::unreachable, cut_off(first_line(error.what())));
  } catch (const std::exception& error) {
    const auto line = first_line(error.what());
    throw failure(is_nonsense(line) ? reason::unreadable : reason::server_error, line);
  }
}

void PqxxPostgres::talk(Conversation& conversation) {
  PostgresRows rows;
  std::exception_ptr error;
  try {
    rows = ask(conversation);
  } catch (...) {
    error = std::current_exception();
  }
  const std::scoped_lock lock(conversation.mutex);
  conversation.rows = std::move(rows);
  conversation.error = error;
  conversation.ended = true;
  conversation.changed.notify_all();
}

PqxxPostgres::PqxxPostgres() = default;

PqxxPostgres::~PqxxPostgres() {
  for (auto& left : left_behind_) left.thread.join();
}

bool PqxxPostgres::waits_for_servers() const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(left_behind_, [](const LeftBehind& left) {
    const std::scoped_lock conversation_lock(left.conversation->mutex);
    return !left.conversation->ended;
  });
}

void PqxxPostgres::leave_behind(LeftBehind left) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(left_behind_, [](LeftBehind& earlier) {
    {
      const std::scoped_lock conversation_lock(earlier.conversation->mutex);
      if (!earlier.conversation->ended) return false;
    }
    earlier.thread.join();
    return true;
  });
  left_behind_.push_back(std::move(left));
}

PostgresRows PqxxPostgres::query(const PostgresTarget& target, const std::string& sql,
                                 const std::vector<std::string>& parameters, const Limits& limits) {
  const auto conversation = std::make_shared<Conversation>();
  conversation->target = target;
  conversation->sql = sql;
  conversation->parameters = parameters;
  conversation->deadline = limits.deadline;
  std::thread thread([conversation] { talk(*conversation); });

  std::unique_lock lock(conversation->mutex);
  conversation->changed.wait_until(lock, limits.stop, limits.deadline,
                                   [&] { return conversation->ended; });
  const bool ended = conversation->ended;
  const bool connected = conversation->socket >= 0;
  conversation->given_up = !ended;
  if (!ended && connected) ::shutdown(conversation->socket, SHUT_RDWR);
  lock.unlock();
  // A cut connection ends at once; one that is being made is not waited for.
  if (ended || connected)
    thread.join();
  else
    leave_behind({conversation, std::move(thread)});

  if (ended && conversation->error) std::rethrow_exception(conversation->error);
  if (ended) return std::move(conversation->rows);
  if (limits.stop.stop_requested())
    throw ClientError(reason::interrupted,
                      fmt::format("PostgreSQL {}: stopped before it answered", describe(target)));
  const auto words = fmt::format("PostgreSQL {}: {} in time", describe(target),
                                 connected ? "connected, but the statement was not answered"
                                           : "the connection was not answered");
  throw ClientError(reason::timeout, words, connected ? "" : words);
}

}  // namespace postflight
