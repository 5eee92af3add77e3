// Answers of a recording as JSON.
#include <nlohmann/json.hpp>

#include "clients/recording_json.hpp"
#include "clients/recording_text.hpp"

namespace postflight {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr const char* end_words[] = {"stayed-open", "closed", "reset"};

std::size_t index_of(const TcpAnswer& answer) { return static_cast<std::size_t>(answer.end); }

class AnswerWriter {
 public:
  AnswerWriter(const std::string& name, TextWriter& texts) : name_(name), texts_(texts) {}

  Json operator()(const Refusal& refusal) const {
    Json json = {{"reason", refusal.reason}, {"message", text(refusal.message, "refusal")}};
    if (refusal.kubernetes)
      json["kubernetes"] = {{"status", refusal.kubernetes->status},
                            {"reason", refusal.kubernetes->status_reason},
                            {"object_is_missing", refusal.kubernetes->object_is_missing}};
    if (!refusal.cause.empty()) json["cause"] = text(refusal.cause, "cause");
    return {{"refused", json}};
  }
  Json operator()(const Kubernetes::Json& body) const { return {{"body", text(*body)}}; }
  Json operator()(const Kubernetes::Pages& pages) const {
    auto list = Json::array();
    for (const auto& page : *pages) list.push_back(text(*page));
    return {{"pages", list}};
  }
  Json operator()(const std::string& log) const { return {{"text", text(log)}}; }
  Json operator()(const ExecResult& result) const {
    return {{"exit_code", result.exit_code},
            {"output", text(result.output, "output")},
            {"errors", text(result.errors, "errors")}};
  }
  Json operator()(const ClockAnswer& answer) const {
    return {{"date", text(answer.date, "date")},
            {"asked", recorded_time(answer.asked)},
            {"answered", recorded_time(answer.answered)}};
  }
  Json operator()(const CommandResult& result) const {
    return {{"exit_code", result.exit_code},
            {"signal", result.signal},
            {"output", text(result.output, "output")},
            {"errors", text(result.errors, "errors")}};
  }
  Json operator()(const NameAnswer& answer) const {
    auto records = Json::array();
    for (const auto& record : answer.records)
      records.push_back({{"name", text(record.name, "name")},
                         {"type", record.type},
                         {"data", text(record.data, "data")}});
    return {{"exists", answer.exists}, {"records", records}, {"server", answer.server}};
  }
  Json operator()(const HostAddresses& addresses) const { return {{"addresses", addresses.list}}; }
  Json operator()(const TcpAnswer& answer) const { return {{"end", end_words[index_of(answer)]}}; }
  Json operator()(const TlsAnswer& answer) const {
    auto chain = Json::array();
    for (const auto& one : answer.chain) {
      auto names = Json::array();
      for (const auto& name : one.names) names.push_back(text(name, "name"));
      chain.push_back({{"subject", text(one.subject, "subject")},
                       {"issuer", text(one.issuer, "issuer")},
                       {"names", names},
                       {"not_before", recorded_time(one.not_before)},
                       {"not_after", recorded_time(one.not_after)},
                       {"signed_by_next", one.signed_by_next}});
    }
    return {{"chain", chain}, {"distrust", text(answer.distrust, "distrust")}};
  }
  Json operator()(const PostgresRows& answer) const {
    auto columns = Json::array(), rows = Json::array();
    for (const auto& column : answer.columns) columns.push_back(text(column, "column"));
    for (const auto& row : answer.rows) {
      auto cells = Json::array();
      for (const auto& cell : row) cells.push_back(cell ? text(*cell, "cell") : Json());
      rows.push_back(std::move(cells));
    }
    return {{"columns", columns}, {"rows", rows}};
  }
  Json operator()(const WebSocketAnswer& answer) const {
    auto messages = Json::array();
    for (const auto& message : answer.messages) messages.push_back(text(message, "message"));
    return {{"status", answer.response.status},
            {"protocol", answer.response.protocol},
            {"closed", answer.response.closed},
            {"close_code", answer.response.close_code},
            {"messages", messages}};
  }
  Json operator()(const HttpResponse& response) const {
    auto headers = Json::array(), certificates = Json::array();
    for (const auto& header : response.headers)
      headers.push_back({{"name", text(header.name)}, {"value", text(header.value, "header")}});
    for (const auto& one : response.certificates)
      certificates.push_back({{"subject", text(one.subject, "subject")},
                              {"issuer", text(one.issuer, "issuer")},
                              {"not_before", recorded_time(one.not_before)},
                              {"not_after", recorded_time(one.not_after)}});
    return {{"status", response.status},
            {"url", text(response.url, "url")},
            {"remote_address", response.remote_address},
            {"headers", headers},
            {"body", text(response.body)},
            {"connected_ms", response.timings.connected.count()},
            {"first_byte_ms", response.timings.first_byte.count()},
            {"total_ms", response.timings.total.count()},
            {"certificates", certificates}};
  }

 private:
  Json text(const std::string& bytes, const std::string& what = "") const {
    return texts_.write(bytes, what.empty() ? name_ : name_ + "-" + what);
  }
  const std::string& name_;
  TextWriter& texts_;
};

class AnswerReader {
 public:
  AnswerReader(const RecordedObject& json, TextReader& texts) : json_(json), texts_(texts) {}

  Refusal refusal() const {
    const auto refused = json_.object("refused");
    Refusal refusal{refused.text("reason"),
                    texts_.read(refused.member("message"), refused.place_of("message")),
                    {},
                    {}};
    if (refused.has("kubernetes")) {
      const auto status = refused.object("kubernetes");
      refusal.kubernetes = {number(status, "status"), status.text("reason"),
                            status.flag("object_is_missing")};
      status.refuse_unknown();
    }
    if (refused.has("cause"))
      refusal.cause = texts_.read(refused.member("cause"), refused.place_of("cause"));
    refused.refuse_unknown();
    return refusal;
  }
  Kubernetes::Json body() const {
    return texts_.share(json_.member("body"), json_.place_of("body"));
  }
  Kubernetes::Pages pages() const {
    auto pages = std::make_shared<std::vector<Kubernetes::Json>>();
    const auto& list = json_.list("pages");
    for (std::size_t index = 0; index < list.size(); ++index)
      pages->push_back(texts_.share(list[index], json_.place_of("pages", index)));
    return pages;
  }
  std::string log() const { return text("text"); }
  ExecResult executed() const {
    return {number(json_, "exit_code"), text("output"), text("errors")};
  }
  ClockAnswer clock() const { return {text("date"), json_.time("asked"), json_.time("answered")}; }
  CommandResult ended() const {
    return {number(json_, "exit_code"), number(json_, "signal"), text("output"), text("errors")};
  }
  PostgresRows rows() const {
    PostgresRows answer;
    answer.columns = text_list(json_, "columns");
    const auto& rows = json_.list("rows");
    for (std::size_t index = 0; index < rows.size(); ++index) {
      const auto place = json_.place_of("rows", index);
      if (!rows[index].is_array()) throw RecordingError(place + " must be a list");
      auto& row = answer.rows.emplace_back();
      for (const auto& cell : rows[index])
        row.push_back(cell.is_null() ? std::optional<std::string>()
                                     : std::optional(texts_.read(cell, place)));
      if (row.size() != answer.columns.size())
        throw RecordingError(place + " must hold " + std::to_string(answer.columns.size()) +
                             " cells, one for each column");
    }
    return answer;
  }
  NameAnswer named() const {
    NameAnswer answer;
    answer.exists = json_.flag("exists");
    for_each("records", [&](const RecordedObject& record) {
      answer.records.push_back({text(record, "name"), record.text("type"), text(record, "data")});
    });
    answer.server = json_.text("server");
    return answer;
  }
  HostAddresses addresses() const { return {json_.texts("addresses")}; }
  TcpAnswer connected() const {
    const auto word = json_.text("end");
    for (const auto end : {TcpEnd::stayed_open, TcpEnd::closed, TcpEnd::reset})
      if (word == end_words[index_of({end})]) return {end};
    json_.refuse("end", "stayed-open, closed or reset");
  }
  TlsAnswer shown() const {
    TlsAnswer answer;
    for_each("chain", [&](const RecordedObject& one) {
      answer.chain.push_back({text(one, "subject"), text(one, "issuer"), text_list(one, "names"),
                              one.time("not_before"), one.time("not_after"),
                              one.flag("signed_by_next")});
    });
    answer.distrust = text("distrust");
    return answer;
  }
  WebSocketAnswer conversation() const {
    return {{number(json_, "status"), json_.text("protocol"), json_.flag("closed"),
             number(json_, "close_code")},
            text_list(json_, "messages")};
  }
  HttpResponse response() const {
    HttpResponse response;
    response.status = number(json_, "status");
    response.url = text("url");
    response.remote_address = json_.text("remote_address");
    for_each("headers", [&](const RecordedObject& header) {
      response.headers.push_back({text(header, "name"), text(header, "value")});
    });
    response.body = text("body");
    response.timings = {milliseconds(json_.integer("connected_ms")),
                        milliseconds(json_.integer("first_byte_ms")),
                        milliseconds(json_.integer("total_ms"))};
    for_each("certificates", [&](const RecordedObject& one) {
      response.certificates.push_back({text(one, "subject"), text(one, "issuer"),
                                       one.time("not_before"), one.time("not_after")});
    });
    return response;
  }

 private:
  static int number(const RecordedObject& object, const char* name) {
    const auto value = object.integer(name);
    if (value < INT32_MIN || value > INT32_MAX) object.refuse(name, "a smaller number");
    return static_cast<int>(value);
  }
  std::string text(const RecordedObject& object, const char* name) const {
    return texts_.read(object.member(name), object.place_of(name));
  }
  std::string text(const char* name) const { return text(json_, name); }
  std::vector<std::string> text_list(const RecordedObject& object, const char* name) const {
    std::vector<std::string> texts;
    const auto& list = object.list(name);
    for (std::size_t index = 0; index < list.size(); ++index)
      texts.push_back(texts_.read(list[index], object.place_of(name, index)));
    return texts;
  }
  template <typename Read>
  void for_each(const char* name, const Read& read) const {
    const auto& list = json_.list(name);
    for (std::size_t index = 0; index < list.size(); ++index) {
      const RecordedObject object(list[index], json_.place_of(name, index));
      read(object);
      object.refuse_unknown();
    }
  }

  const RecordedObject& json_;
  TextReader& texts_;
};

}  // namespace

Json json_of(const Answer& answer, const std::string& name, TextWriter& texts) {
  return std::visit(AnswerWriter(name, texts), answer);
}

Answer answer_of(const RecordedObject& json, std::string_view kind, TextReader& texts) {
  const AnswerReader reader(json, texts);
  if (json.has("refused")) return reader.refusal();
  if (kind == question_kind::kubernetes_get) return reader.body();
  if (kind == question_kind::kubernetes_list) return reader.pages();
  if (kind == question_kind::kubernetes_log || kind == question_kind::password_file)
    return reader.log();
  if (kind == question_kind::kubernetes_exec) return reader.executed();
  if (kind == question_kind::kubernetes_clock) return reader.clock();
  if (kind == question_kind::http) return reader.response();
  if (kind == question_kind::websocket) return reader.conversation();
  if (kind == question_kind::postgres) return reader.rows();
  if (kind == question_kind::command) return reader.ended();
  if (kind == question_kind::name) return reader.named();
  if (kind == question_kind::addresses) return reader.addresses();
  if (kind == question_kind::tcp) return reader.connected();
  if (kind == question_kind::tls) return reader.shown();
  throw RecordingError("there is no kind of question '" + std::string(kind) + "'");
}

}  // namespace postflight
