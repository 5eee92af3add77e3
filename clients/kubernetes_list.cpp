#include "clients/kubernetes_list.hpp"

#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "clients/kubernetes_path.hpp"
#include "clients/kubernetes_status.hpp"
#include "text/json_depth.hpp"

namespace postflight {
namespace {

using Json = nlohmann::json;
constexpr std::size_t largest_list = 256u << 20;

// The top of an answer: the members of an object, and of the objects in it. What is deeper, such
// as the items of a list, is checked for syntax and dropped.
Json read_top(const HttpResponse& response, const std::string& asked) {
  const auto top = [](int depth, Json::parse_event_t event, Json&) {
    return depth < 2 || (event != Json::parse_event_t::object_start &&
                         event != Json::parse_event_t::array_start);
  };
  if (!is_nested_at_most(response.body, deepest_answer))
    throw ClientError(reason::unreadable, asked + ": the answer is nested deeper than " +
                                              std::to_string(deepest_answer) + " levels");
  auto json = Json::parse(response.body, top, false);
  if (!json.is_object() || !json.contains("kind") || !json["kind"].is_string())
    throw ClientError(reason::unreadable,
                      asked + ": " + description_of(response) + "; a Kubernetes object is wanted");
  return json;
}

// Where the next page begins; empty on the last one.
std::string check_page(const HttpResponse& response, const std::string& asked) {
  const auto page = read_top(response, asked);
  const auto kind = page["kind"].get<std::string>();
  const auto items = page.find("items");
  if (!kind.ends_with("List") || items == page.end() || !(items->is_array() || items->is_null()))
    throw ClientError(reason::unreadable, asked + ": an object of kind " + first_line(kind, 80) +
                                              (items == page.end() ? " without items" : "") +
                                              "; a list with items is wanted");
  const auto metadata = page.find("metadata");
  if (metadata == page.end() || !metadata->is_object()) return {};
  const auto next = metadata->find("continue");
  if (next == metadata->end() || next->is_null()) return {};
  if (!next->is_string())
    throw ClientError(reason::unreadable, asked + ": metadata.continue is not text");
  return next->get<std::string>();
}

}  // namespace

std::string list_path(const ListRequest& request) {
  std::vector<std::pair<std::string, std::string>> query{{"limit", "500"}};
  if (!request.label_selector.empty()) query.emplace_back("labelSelector", request.label_selector);
  if (!request.field_selector.empty()) query.emplace_back("fieldSelector", request.field_selector);
  return with_query(request.path, query);
}

Kubernetes::Pages read_pages(KubernetesConnection& connection, const std::string& path,
                             const Limits& limits, bool& cut_short) {
  const auto asked = KubernetesQuestion{path}.name();
  bool restarted = false;
  std::vector<Kubernetes::Json> pages;
  std::set<std::string> seen;
  std::size_t size = 0;
  for (std::string next;;) {
    auto question = KubernetesQuestion{path};
    if (!next.empty()) question.path = with_query(path, {{"continue", next}});
    HttpResponse response;
    try {
      response = connection.ask(question, limits, cut_short);
    } catch (const KubernetesError& e) {
      if (e.status() != 410 || next.empty()) throw;
      if (restarted)
        throw KubernetesError(
            reason::expired,
            std::string(e.what()) + " (twice: the list is longer than the server keeps it)",
            e.status(), e.status_reason(), false);
      restarted = true;
      pages.clear();
      seen.clear();
      next.clear();
      size = 0;
      continue;
    }
    next = check_page(response, asked);
    size += response.body.size();
    if (size > largest_list)
      throw ClientError(reason::too_large, asked + ": the list is larger than 256 MiB");
    pages.push_back(std::make_shared<const std::string>(std::move(response.body)));
    if (next.empty())
      return std::make_shared<const std::vector<Kubernetes::Json>>(std::move(pages));
    if (!seen.insert(next).second)
      throw ClientError(
          reason::unreadable,
          asked + ": the server gives the same continue token twice, the list has no end");
  }
}

void check_object(const HttpResponse& response, const std::string& asked) {
  read_top(response, asked);
}

}  // namespace postflight
