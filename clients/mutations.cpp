#include "clients/mutations.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "clients/http_changes.hpp"
#include "clients/network_changes.hpp"
#include "clients/rows_changes.hpp"
#include "clients/secret_changes.hpp"
#include "clients/text_changes.hpp"

namespace postflight {
namespace {

struct Ranked {
  Mutation mutation;
  int rank = 0;
};
using Candidates = std::vector<Ranked>;

Mutation refused(std::string what, Refusal refusal, bool is_refusal = true) {
  return {std::move(what), is_refusal,
          [refusal = std::move(refusal)](const Answer&) { return Answer(refusal); }};
}

Refusal of_kubernetes(std::string_view word, const Question& question, int status,
                      const std::string& status_reason) {
  return {std::string(word), to_string(question) + ": " + status_reason,
          Refusal::OfKubernetes{status, status_reason, word == reason::not_found}};
}

std::vector<Mutation> refusals_of(const Question& question) {
  const auto without_answer = [&](std::string_view word) {
    return refused(std::string(word),
                   {std::string(word), to_string(question) + ": " + std::string(word), {}});
  };
  std::vector<Mutation> list;
  if (question.kind == question_kind::command) {
    list.push_back(without_answer(reason::missing_tool));
  } else if (question.kind == question_kind::addresses) {
    list.push_back(without_answer(reason::dns));
  } else if (question.kind == question_kind::name) {
    list.push_back(without_answer(reason::refused));
    list.push_back(without_answer(reason::server_error));
  } else if (question.kind == question_kind::tcp) {
    list.push_back(without_answer(reason::unreachable));
    // Nobody listening is an answer to whoever asks whether somebody does.
    list.push_back(refused(std::string(reason::refused),
                           {std::string(reason::refused), to_string(question) + ": refused", {}},
                           false));
  } else {
    list.push_back(without_answer(reason::refused));
    if (question.kind.starts_with("kubernetes"))
      list.push_back(
          refused("forbidden", of_kubernetes(reason::forbidden, question, 403, "Forbidden")));
    else if (question.kind == question_kind::postgres)
      list.push_back(without_answer(reason::forbidden));
    else
      list.push_back(without_answer(reason::tls));
  }
  list.push_back(without_answer(reason::timeout));
  return list;
}

// The server's own word that what was asked for is not there.
Mutation missing_object(const Question& question) {
  return refused("not found", of_kubernetes(reason::not_found, question, 404, "NotFound"), false);
}

// Makes changes of T changes of an answer that holds a T.
template <typename T, typename Change>
void add_changes(std::vector<Change> changes, Candidates& list) {
  for (auto& change : changes)
    list.push_back({{std::move(change.what), false,
                     [apply = std::move(change.apply)](const Answer& old) {
                       const auto* value = std::get_if<T>(&old);
                       if (value == nullptr) return old;
                       auto copy = *value;
                       apply(copy);
                       return Answer(std::move(copy));
                     }},
                    change.rank});
}

struct Candidate {
  const Question& question;
  const std::vector<Plant>& plants;
  Candidates& list;
  const std::chrono::system_clock::time_point now;

  void operator()(const Refusal&) const {}

  void operator()(const Kubernetes::Json& text) const {
    auto changes = object_changes(*text, plants);
    if (changes.empty()) {
      changes.push_back({"another text", 0, [](const auto&) { return std::string("changed"); }});
      changes.push_back({"empty", 0, [](const auto&) { return std::string(); }});
      list.push_back(
          {refused("500 with its reasons",
                   {std::string(reason::server_error), "[-]changed failed: readyz check failed",
                    Refusal::OfKubernetes{500, "", false}},
                   false)});
    } else {
      list.push_back({missing_object(question)});
    }
    for (auto& change : prometheus_changes(*text, now)) changes.push_back(std::move(change));
    add_changes<Kubernetes::Json>(on_text(std::move(changes)), list);
  }

  void operator()(const Kubernetes::Pages& pages) const {
    if (pages->size() > 1)
      list.push_back({{"the last page missing", false, [](const Answer& old) {
                         const auto& all = std::get<Kubernetes::Pages>(old);
                         auto fewer = *all;
                         fewer.pop_back();
                         return Answer(
                             std::make_shared<const std::vector<Kubernetes::Json>>(fewer));
                       }}});
    list.push_back({{"a thousand items more", false,
                     [](const Answer& old) { return with_more_items(old, 1000); }}});
    // All pages are one list of pages, so that a change reaches every item.
    std::string all = "[";
    for (const auto& page : *pages) all += (all.size() == 1 ? "" : ",") + *page;
    for (auto& change : object_changes(all + "]", plants)) {
      if (change.what.starts_with("it:") || change.what.starts_with("[]:")) continue;
      if (change.what.starts_with("[].")) change.what.erase(0, 3);
      list.push_back({{std::move(change.what), false,
                       [apply = std::move(change.apply)](const Answer& old) {
                         return changed_pages(old, apply);
                       }},
                      change.rank});
    }
  }

  void operator()(const std::string& log) const {
    list.push_back({missing_object(question)});
    for (auto& change : line_changes(log, Lines::of_log, plants))
      list.push_back({{std::move(change.what), false,
                       [apply = std::move(change.apply)](const Answer& old) {
                         const auto* text = std::get_if<std::string>(&old);
                         return text == nullptr ? old : Answer(apply(*text));
                       }},
                      change.rank});
  }

  void operator()(const ExecResult& result) const { ended_program(result, {1}); }
  // 2 is Terraform's word for changes, and a plug-in's for a failure.
  void operator()(const CommandResult& result) const {
    ended_program(result, {1, 2});
    for (const auto& change : failing_words(result.output))
      list.push_back({{"exit code 2, output: " + change.what, false,
                       [apply = change.apply](const Answer& old) {
                         const auto* value = std::get_if<CommandResult>(&old);
                         if (value == nullptr) return old;
                         auto copy = *value;
                         copy.output = apply(copy.output);
                         copy.exit_code = 2;
                         return Answer(std::move(copy));
                       }},
                      change.rank});
  }

  template <typename Result>
  void ended_program(const Result& result, std::initializer_list<int> codes) const {
    struct Change {
      std::string what;
      int rank;
      std::function<void(Result&)> apply;
    };
    std::vector<Change> changes;
    for (const int code : codes)
      if (code != result.exit_code)
        changes.push_back({"exit code " + std::to_string(code), 0,
                           [code](Result& other) { other.exit_code = code; }});
    if (result.exit_code != 0)
      changes.push_back({"exit code 0", 0, [](Result& other) { other.exit_code = 0; }});
    const auto codes_only = changes;
    for (const auto& change : line_changes(result.output, Lines::of_output, plants)) {
      const auto edit = [apply = change.apply](Result& other) {
        other.output = apply(other.output);
      };
      changes.push_back({"output: " + change.what, change.rank, edit});
      // Programs say the same by both.
      for (const auto& code : codes_only)
        changes.push_back({code.what + ", output: " + change.what, change.rank,
                           [edit, apply = code.apply](Result& other) {
                             edit(other);
                             apply(other);
                           }});
    }
    add_changes<Result>(std::move(changes), list);
  }

  void operator()(const ClockAnswer& answer) const {
    struct Change {
      std::string what;
      int rank;
      std::function<void(ClockAnswer&)> apply;
    };
    std::vector<Change> changes;
    for (const auto ours : {std::chrono::hours(1), std::chrono::hours(-1)})
      changes.push_back({ours.count() < 0 ? "our clock an hour behind" : "our clock an hour ahead",
                         0, [ours](ClockAnswer& other) {
                           other.asked += ours;
                           other.answered += ours;
                         }});
    if (!answer.date.empty())
      changes.push_back({"no Date", 0, [](ClockAnswer& other) { other.date.clear(); }});
    add_changes<ClockAnswer>(std::move(changes), list);
  }

  void operator()(const HttpResponse& response) const {
    add_changes<HttpResponse>(http_changes(response, plants, now), list);
  }

  void operator()(const NameAnswer& answer) const {
    add_changes<NameAnswer>(name_changes(answer), list);
  }
  void operator()(const HostAddresses& addresses) const {
    add_changes<HostAddresses>(address_changes(addresses), list);
  }
  void operator()(const TcpAnswer& answer) const {
    add_changes<TcpAnswer>(connection_changes(answer), list);
  }
  void operator()(const TlsAnswer& answer) const {
    add_changes<TlsAnswer>(chain_changes(answer), list);
  }

  void operator()(const WebSocketAnswer& answer) const {
    struct Change {
      std::string what;
      int rank;
      std::function<void(WebSocketAnswer&)> apply;
    };
    std::vector<Change> changes{
        {"cut off", 0, [](WebSocketAnswer& other) { other.response.closed = false; }},
        {"not upgraded", 0, [](WebSocketAnswer& other) { other.response.status = 403; }}};
    if (!answer.messages.empty()) {
      changes.push_back({"no message", 0, [](WebSocketAnswer& other) { other.messages.clear(); }});
      changes.push_back({"the last message missing", 0,
                         [](WebSocketAnswer& other) { other.messages.pop_back(); }});
      changes.push_back({"other messages", 0, [](WebSocketAnswer& other) {
                           for (auto& message : other.messages) message += "changed";
                         }});
    }
    add_changes<WebSocketAnswer>(std::move(changes), list);
  }

  void operator()(const PostgresRows& rows) const {
    const auto sql = std::ranges::find(question.fields, "sql", &Question::Field::name);
    add_changes<PostgresRows>(
        rows_changes(sql == question.fields.end() ? "" : sql->values.front(), rows, plants), list);
  }

 private:
  // Again and again those that there are.
  static Answer with_more_items(const Answer& old, std::size_t count) {
    const auto* pages = std::get_if<Kubernetes::Pages>(&old);
    if (pages == nullptr) return old;
    auto more = **pages;
    for (const auto& page : **pages) {
      const auto list = nlohmann::json::parse(*page, nullptr, false);
      const auto items = list.is_object() ? list.find("items") : list.end();
      if (items == list.end() || !items->is_array() || items->empty()) continue;
      for (std::size_t added = 0; added < count; added += items->size()) more.push_back(page);
      break;
    }
    return std::make_shared<const std::vector<Kubernetes::Json>>(std::move(more));
  }

  static Answer changed_pages(const Answer& old,
                              const std::function<std::string(const std::string&)>& apply) {
    const auto* pages = std::get_if<Kubernetes::Pages>(&old);
    if (pages == nullptr) return old;
    std::string all = "[";
    for (const auto& page : **pages) all += (all.size() == 1 ? "" : ",") + *page;
    std::vector<Kubernetes::Json> changed;
    auto text = apply(all + "]");
    // The usual list has one page, which is all between the brackets.
    if ((*pages)->size() == 1 && text.starts_with("[{") && text.ends_with("}]")) {
      changed.push_back(std::make_shared<const std::string>(text, 1, text.size() - 2));
      return std::make_shared<const std::vector<Kubernetes::Json>>(std::move(changed));
    }
    const auto list = nlohmann::json::parse(text, nullptr, false);
    for (const auto& page : list)
      changed.push_back(std::make_shared<const std::string>(page.dump()));
    return std::make_shared<const std::vector<Kubernetes::Json>>(std::move(changed));
  }

  struct JsonChange {
    std::string what;
    int rank;
    std::function<void(Kubernetes::Json&)> apply;
  };
  static std::vector<JsonChange> on_text(std::vector<TextChange> changes) {
    std::vector<JsonChange> list;
    for (auto& change : changes)
      list.push_back({std::move(change.what), change.rank,
                      [apply = std::move(change.apply)](Kubernetes::Json& text) {
                        text = std::make_shared<const std::string>(apply(*text));
                      }});
    return list;
  }
};

// The lowest ranks whole; of the rank that does not fit, evenly many.
Mutations chosen(Candidates candidates, std::size_t most) {
  std::ranges::stable_sort(candidates, {}, &Ranked::rank);
  Mutations mutations;
  auto begin = candidates.begin();
  while (begin != candidates.end()) {
    const auto end = std::find_if(begin, candidates.end(),
                                  [&](const Ranked& one) { return one.rank != begin->rank; });
    const auto there = static_cast<std::size_t>(end - begin);
    const auto room = std::min(there, most - mutations.list.size());
    for (std::size_t turn = 0; turn < room; ++turn)
      mutations.list.push_back(
          std::move(begin[static_cast<std::ptrdiff_t>(turn * there / room)].mutation));
    mutations.left_out += there - room;
    begin = end;
  }
  return mutations;
}

}  // namespace

Mutations mutations_of(const Question& question, const Answer& answer,
                       const std::vector<Plant>& plants, std::size_t most,
                       std::chrono::system_clock::time_point now) {
  Candidates candidates;
  std::visit(Candidate{question, plants, candidates, now}, answer);
  auto mutations = chosen(std::move(candidates), most);
  auto refusals = refusals_of(question);
  mutations.list.insert(mutations.list.begin(), std::make_move_iterator(refusals.begin()),
                        std::make_move_iterator(refusals.end()));
  return mutations;
}

}  // namespace postflight
