#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "clients/clients.hpp"

namespace postflight {

// What was asked of the outside world, in words. It holds all that decides the answer, and never
// the password of a database. Fields that are empty are left out; a list may be one.
struct Question {
  struct Field {
    std::string name;
    std::vector<std::string> values;
    auto operator<=>(const Field&) const = default;
  };
  std::string kind;  // one of question_kinds
  std::vector<Field> fields;

  auto operator<=>(const Question&) const = default;
};

namespace question_kind {
inline constexpr std::string_view kubernetes_get = "kubernetes-get";
inline constexpr std::string_view kubernetes_list = "kubernetes-list";
inline constexpr std::string_view kubernetes_clock = "kubernetes-clock";
inline constexpr std::string_view kubernetes_log = "kubernetes-log";
inline constexpr std::string_view kubernetes_exec = "kubernetes-exec";
inline constexpr std::string_view http = "http";
inline constexpr std::string_view websocket = "websocket";
inline constexpr std::string_view postgres = "postgres";
inline constexpr std::string_view password_file = "password-file";
inline constexpr std::string_view command = "command";
inline constexpr std::string_view name = "name";
inline constexpr std::string_view addresses = "addresses";
inline constexpr std::string_view tcp = "tcp";
inline constexpr std::string_view tls = "tls";
}  // namespace question_kind

// One line for a person: "kubernetes-get path=/readyz".
std::string to_string(const Question& question);

Question question_of_get(const std::string& path);
Question question_of_clock();
Question question_of_password_file(const std::string& path);
Question question_of(const ListRequest& request);
Question question_of(const LogRequest& request);
Question question_of(const ExecRequest& request);
Question question_of(const HttpRequest& request);
Question question_of(const HttpRequest& request, const std::vector<std::string>& protocols);
Question question_of(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters);
Question question_of(const CommandRequest& request);
Question question_of(const NameRequest& request);
Question question_of_addresses(const std::string& host);
Question question_of(const TcpRequest& request);
Question question_of(const TlsRequest& request);

// A ClientError or KubernetesError as a value, with all its fields.
struct Refusal {
  struct OfKubernetes {
    int status = 0;
    std::string status_reason;
    bool object_is_missing = false;
    bool operator==(const OfKubernetes&) const = default;
  };
  std::string reason, message;
  std::optional<OfKubernetes> kubernetes;
  std::string cause = {};

  bool operator==(const Refusal&) const = default;
  [[noreturn]] void raise() const;
};
Refusal refusal_in(const ClientError& error);

struct WebSocketAnswer {
  WebSocketResponse response;
  std::vector<std::string> messages;
};

// In place of a secret.
inline constexpr const char* secret_placeholder = "[secret]";

// Kubernetes::Json answers a get, Pages a list, std::string a log, and whether a password could be
// read: a placeholder.
using Answer = std::variant<Refusal, Kubernetes::Json, Kubernetes::Pages, std::string, ExecResult,
                            ClockAnswer, HttpResponse, WebSocketAnswer, PostgresRows, CommandResult,
                            NameAnswer, HostAddresses, TcpAnswer, TlsAnswer>;

struct Exchange {
  std::string asked_by;  // the id of the check
  Question question;
  Answer answer;
  std::size_t times = 1;  // in a row that this was the answer
};

// What was asked and answered, in the order of asking. Safe to use from many threads.
class Recording {
 public:
  // Keeps the place of a question until its answer is known. Without one it is not in the list.
  std::size_t ask(std::string_view asked_by, Question question);
  void answer(std::size_t place, Answer answer);

  std::vector<Exchange> exchanges() const;

 private:
  struct Place {
    std::string asked_by;
    Question question;
    std::optional<Answer> answer;
  };
  mutable std::mutex mutex_;
  std::vector<Place> places_;
};

// Gives the answers of exchanges back: to the n-th asking of a question by a check the n-th answer
// that this check had, afterwards the last one. A check that never asked it gets the answers of the
// first check that did. Safe to use from many threads.
class Replay {
 public:
  explicit Replay(const std::vector<Exchange>& exchanges);
  // Throws ClientError not-recorded, naming the question, when nobody asked it.
  Answer next(std::string_view asked_by, const Question& question);

 private:
  struct Turn {
    std::size_t end = 0;  // the first asking that is not answered by it
    Answer answer;
  };
  std::map<Question, std::map<std::string, std::vector<Turn>, std::less<>>> answers_;
  std::map<Question, std::string> first_asker_;
  std::mutex mutex_;
  std::map<std::pair<Question, std::string>, std::size_t> asked_;  // how often
};

}  // namespace postflight
