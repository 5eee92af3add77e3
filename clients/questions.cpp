// What a request is as a question: all that decides its answer, and nothing that differs from one
// run to the next.
#include <algorithm>

#include "clients/postgres_address.hpp"
#include "clients/recording.hpp"

namespace postflight {
namespace {

class QuestionWriter {
 public:
  explicit QuestionWriter(std::string_view kind) { question_.kind = kind; }

  QuestionWriter& text(std::string name, const std::string& value) {
    if (!value.empty()) question_.fields.push_back({std::move(name), {value}});
    return *this;
  }
  QuestionWriter& list(std::string name, std::vector<std::string> values) {
    if (!values.empty()) question_.fields.push_back({std::move(name), std::move(values)});
    return *this;
  }
  QuestionWriter& flag(std::string name, bool value) {
    return text(std::move(name), value ? "true" : "");
  }
  Question take() { return std::move(question_); }

 private:
  Question question_;
};

QuestionWriter http_question(std::string_view kind, const HttpRequest& request) {
  std::vector<std::string> headers;
  for (const auto& header : request.headers) headers.push_back(header.name + ": " + header.value);
  const auto& tls = request.tls;
  QuestionWriter question(kind);
  question.text("method", request.method)
      .text("url", request.url)
      .list("headers", std::move(headers))
      .text("body", request.body)
      .text("resolve", request.resolve)
      .text("proxy", request.proxy)
      .text("follow_redirects",
            request.follow_redirects == 0 ? "" : std::to_string(request.follow_redirects))
      .flag("fresh_connection", request.fresh_connection)
      .flag("want_certificates", request.want_certificates)
      .text("ca_file", tls.ca_file)
      .text("certificate_file", tls.certificate_file)
      .text("server_name", tls.server_name)
      .flag("insecure", !tls.verify);
  return question;
}

}  // namespace

Question question_of_get(const std::string& path) {
  return QuestionWriter(question_kind::kubernetes_get).text("path", path).take();
}

Question question_of_clock() { return QuestionWriter(question_kind::kubernetes_clock).take(); }

Question question_of_password_file(const std::string& path) {
  return QuestionWriter(question_kind::password_file).text("path", path).take();
}

Question question_of(const ListRequest& request) {
  return QuestionWriter(question_kind::kubernetes_list)
      .text("path", request.path)
      .text("label_selector", request.label_selector)
      .text("field_selector", request.field_selector)
      .take();
}

Question question_of(const LogRequest& request) {
  return QuestionWriter(question_kind::kubernetes_log)
      .text("namespace", request.name_space)
      .text("pod", request.pod)
      .text("container", request.container)
      .flag("previous", request.previous)
      .text("since_seconds", request.since ? std::to_string(request.since->count()) : "")
      .take();
}

Question question_of(const ExecRequest& request) {
  return QuestionWriter(question_kind::kubernetes_exec)
      .text("namespace", request.name_space)
      .text("pod", request.pod)
      .text("container", request.container)
      .list("command", request.command)
      .take();
}

Question question_of(const HttpRequest& request) {
  return http_question(question_kind::http, request).take();
}

Question question_of(const HttpRequest& request, const std::vector<std::string>& protocols) {
  return http_question(question_kind::websocket, request).list("protocols", protocols).take();
}

Question question_of(const PostgresTarget& target, const std::string& sql,
                     const std::vector<std::string>& parameters) {
  return QuestionWriter(question_kind::postgres)
      .text("url", without_passwords(target.url))
      .text("sql", sql)
      .list("parameters", parameters)
      .take();
}

Question question_of(const CommandRequest& request) {
  std::vector<std::string> environment;
  for (const auto& [name, value] : request.environment) environment.push_back(name + "=" + value);
  return QuestionWriter(question_kind::command)
      .list("argv", request.argv)
      .text("directory", request.directory)
      .list("environment", std::move(environment))
      .take();
}

Question question_of(const NameRequest& request) {
  return QuestionWriter(question_kind::name)
      .text("name", request.name)
      .text("type", request.type)
      .text("server", request.server)
      .take();
}

Question question_of_addresses(const std::string& host) {
  return QuestionWriter(question_kind::addresses).text("host", host).take();
}

Question question_of(const TcpRequest& request) {
  return QuestionWriter(question_kind::tcp)
      .text("address", request.address)
      .text("stays_open_ms",
            request.stays_open.count() == 0 ? "" : std::to_string(request.stays_open.count()))
      .take();
}

Question question_of(const TlsRequest& request) {
  return QuestionWriter(question_kind::tls)
      .text("host", request.host)
      .text("port", std::to_string(request.port))
      .text("address", request.address)
      .text("server_name", request.server_name)
      .text("ca_file", request.ca_file)
      .flag("insecure", !request.verify)
      .take();
}

}  // namespace postflight
