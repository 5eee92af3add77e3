#include "clients/kubernetes_list.hpp"

#include <memory>
#include <nlohmann/json.hpp>

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
  std::vector<std::pair<std::string, std::string>> query{
      {"limit", std::to_string(request.page_size)}};
  if (!request.label_selector.empty()) query.emplace_back("labelSelector", request.label_selector);
  if (!request.field_selector.empty()) query.emplace_back("fieldSelector", request.field_selector);
  return with_query(request.path, query);
}

ListPages::ListPages(KubernetesConnection& connection, std::string path)
    : connection_(connection), path_(std::move(path)), asked_(KubernetesQuestion{path_}.name()) {}

std::optional<HttpResponse> ListPages::next(const Limits& limits, bool& cut_short) {
  auto question = KubernetesQuestion{path_};
  if (!token_.empty()) question.path = with_query(path_, {{"continue", token_}});
  question.likely_size = likely_size_;
  try {
    auto page = connection_.ask(question, limits, cut_short);
    likely_size_ = page.body.size() + page.body.size() / 8;  // pages of a list are much the same
    return page;
  } catch (const KubernetesError& e) {
    if (e.status() != 410 || token_.empty()) throw;
    if (restarted_)
      throw KubernetesError(
          reason::expired,
          std::string(e.what()) + " (twice: the list is longer than the server keeps it)",
          e.status(), e.status_reason(), false);
    restarted_ = true;
    seen_.clear();
    token_.clear();
    return std::nullopt;
  }
}

bool ListPages::go_on(std::string token) {
  token_ = std::move(token);
  if (token_.empty()) return false;
  if (!seen_.insert(token_).second)
    throw ClientError(
        reason::unreadable,
        asked_ + ": the server gives the same continue token twice, the list has no end");
  return true;
}

Kubernetes::Pages read_pages(KubernetesConnection& connection, const std::string& path,
                             const Limits& limits, bool& cut_short) {
  const auto asked = KubernetesQuestion{path}.name();
  ListPages list(connection, path);
  std::vector<Kubernetes::Json> pages;
  std::size_t size = 0;
  for (;;) {
    auto response = list.next(limits, cut_short);
    if (!response) {
      pages.clear();
      size = 0;
      continue;
    }
    const bool is_last = !list.go_on(check_page(*response, asked));
    size += response->body.size();
    if (size > largest_list)
      throw ClientError(reason::too_large, asked + ": the list is larger than 256 MiB");
    pages.push_back(std::make_shared<const std::string>(std::move(response->body)));
    if (is_last) return std::make_shared<const std::vector<Kubernetes::Json>>(std::move(pages));
  }
}

void check_object(const HttpResponse& response, const std::string& asked) {
  read_top(response, asked);
}

}  // namespace postflight
