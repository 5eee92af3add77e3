#include "clients/recording_secrets.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "clients/credential_masks.hpp"
#include "clients/kubernetes_secrets.hpp"

namespace postflight {
namespace {

std::string cleaned_value(const std::string& field, const std::string& value,
                          const Redact& redact) {
  const bool is_header = field == "headers", is_variable = field == "environment";
  const auto separator = value.find(is_header ? ':' : '=');
  if ((is_header || is_variable) && separator != value.npos) {
    const auto name = value.substr(0, separator);
    if (is_header && names_secret(name)) return name + ": " + secret_placeholder;
    const bool is_empty = separator + 1 == value.size();
    if (is_variable && !is_empty && names_secret_variable(name))
      return name + "=" + secret_placeholder;
  }
  return redact(replaced_credentials(value, [](std::string_view) { return secret_placeholder; }));
}

// "name=value; Path=/": the value alone.
std::string masked_set_cookie(const std::string& header) {
  const auto end = std::min(header.find(';'), header.size());
  const auto equals = std::min(header.find('='), end);
  if (equals == end) return masked(header.substr(0, end)) + header.substr(end);
  return header.substr(0, equals + 1) + masked(header.substr(equals + 1, end - equals - 1)) +
         header.substr(end);
}

bool is_set_cookie(std::string_view name) {
  constexpr std::string_view wanted = "set-cookie";
  return name.size() == wanted.size() &&
         std::ranges::equal(name, wanted, [](char a, char b) { return (a | 0x20) == b || a == b; });
}

class AnswerCleaner {
 public:
  explicit AnswerCleaner(const Redact& redact) : redact_(redact) {}

  Answer operator()(Refusal refusal) const {
    refusal.message = text(refusal.message);
    refusal.cause = text(refusal.cause);
    return refusal;
  }
  Answer operator()(const Kubernetes::Json& body) const { return object(*body); }
  Answer operator()(const Kubernetes::Pages& pages) const {
    auto clean = std::make_shared<std::vector<Kubernetes::Json>>();
    for (const auto& page : *pages) clean->push_back(object(*page));
    return Kubernetes::Pages(std::move(clean));
  }
  Answer operator()(const std::string& log) const { return text(log); }
  Answer operator()(ExecResult result) const { return streams(std::move(result)); }
  Answer operator()(ClockAnswer answer) const {
    answer.date = text(answer.date);
    return answer;
  }
  Answer operator()(CommandResult result) const { return streams(std::move(result)); }
  Answer operator()(NameAnswer answer) const {
    for (auto& record : answer.records) {
      record.name = text(record.name);
      record.data = text(record.data);
    }
    return answer;
  }
  Answer operator()(const HostAddresses& addresses) const { return addresses; }
  Answer operator()(const TcpAnswer& answer) const { return answer; }
  Answer operator()(TlsAnswer answer) const {
    for (auto& certificate : answer.chain) {
      certificate.subject = text(certificate.subject);
      certificate.issuer = text(certificate.issuer);
      for (auto& name : certificate.names) name = text(name);
    }
    answer.distrust = text(answer.distrust);
    return answer;
  }
  Answer operator()(PostgresRows answer) const {
    for (auto& column : answer.columns) column = text(column);
    for (auto& row : answer.rows)
      for (auto& cell : row)
        if (cell) cell = text(*cell);
    return answer;
  }
  Answer operator()(WebSocketAnswer answer) const {
    for (auto& message : answer.messages) message = text(message);
    return answer;
  }
  Answer operator()(HttpResponse response) const {
    for (auto& header : response.headers) {
      if (is_set_cookie(header.name))
        header.value = masked_set_cookie(header.value);
      else if (names_secret(header.name))
        header.value = masked(header.value);
      header.value = text(header.value);
    }
    response.url = text(response.url);
    response.body = text(response.body);
    return response;
  }

 private:
  std::string text(const std::string& dirty) const {
    return redact_(with_masked_credentials(dirty));
  }
  Kubernetes::Json object(const std::string& body) const {
    return std::make_shared<const std::string>(text(without_secret_data(body)));
  }
  template <typename Result>
  Answer streams(Result result) const {
    result.output = text(result.output);
    result.errors = text(result.errors);
    return result;
  }

  const Redact& redact_;
};

}  // namespace

Question without_secrets(Question question, const Redact& redact) {
  for (auto& field : question.fields)
    for (auto& value : field.values) value = cleaned_value(field.name, value, redact);
  return question;
}

Answer without_secrets(const Answer& answer, const Redact& redact) {
  return std::visit(AnswerCleaner(redact), answer);
}

std::vector<std::string> credentials_of(const HttpRequest& request) {
  std::vector<std::string> credentials;
  for (const auto& [name, value] : request.headers) {
    if (!names_secret(name)) continue;
    credentials.push_back(value);
    const auto space = value.find(' ');
    if (space != value.npos) credentials.push_back(value.substr(space + 1));
  }
  return credentials;
}

}  // namespace postflight
