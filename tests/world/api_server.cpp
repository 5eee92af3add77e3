#include "tests/world/api_server.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include "tests/world/discovery.hpp"
#include "tests/world/gzip.hpp"
#include "tests/world/heartbeats.hpp"
#include "tests/world/json.hpp"
#include "tests/world/listing.hpp"
#include "tests/world/object_store.hpp"
#include "tests/world/pod_logs.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/refusal.hpp"
#include "tests/world/request_counts.hpp"
#include "tests/world/reviews.hpp"
#include "tests/world/table.hpp"
#include "tests/world/url.hpp"
#include "tests/world/users.hpp"

namespace postflight::world {

namespace {

// /api/v1/namespaces/N/RESOURCE/NAME/SUBRESOURCE and the like. `resource` is empty when the path
// leads to no resource.
struct Route {
  std::string group, version, resource, name_space, name, subresource;
};

Route parse_path(const std::string& path) {
  auto parts = split(path.substr(1), '/');
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  Route route;
  std::size_t at = 0;
  const auto next = [&]() -> std::string { return at < parts.size() ? parts[at++] : ""; };
  const std::string root = next();
  if (root != "api" && root != "apis") return route;
  if (root == "apis") route.group = next();
  route.version = next();
  route.resource = next();
  if (route.resource == "namespaces" && at < parts.size()) {
    const std::string name_space = next();
    route.name_space = name_space;
    route.resource = next();
    if (route.resource.empty()) {
      route.resource = "namespaces";
      route.name = name_space;
    }
  }
  if (route.name.empty()) {
    route.name = next();
    route.subresource = next();
  }
  return route;
}

// A namespaced object needs its namespace; a cluster-wide one has none (but a namespace is its
// own).
bool leads_to(const Route& route, const Resource& resource) {
  if (resource.namespaced) return !route.name_space.empty() || route.name.empty();
  return route.name_space.empty() || route.resource == "namespaces";
}

std::string verb_of(const Request& request, const Route& route) {
  if (request.method == "GET" || request.method == "HEAD")
    return route.name.empty() && !route.resource.empty() ? "list" : "get";
  if (request.method == "POST") return "create";
  if (request.method == "PUT") return "update";
  if (request.method == "PATCH") return "patch";
  return request.method == "DELETE" && route.name.empty() ? "deletecollection" : "delete";
}

std::string counted_as(const Request& request, const Action& action) {
  if (action.resource.empty()) return request.path;
  const std::string name = action.resource + (action.group.empty() ? "" : "." + action.group);
  return action.subresource.empty() ? name : name + "/" + action.subresource;
}

std::string counted_verb(const Request& request, const std::string& verb) {
  return verb == "list" && request.has_parameter("continue") ? "page" : verb;
}

// The real server compresses larger objects and lists, fast, for who can take it.
void compress(const Request& request, Answer& answer) {
  constexpr std::size_t threshold = 128 << 10;  // defaultGzipThresholdBytes of apiserver
  if (answer.body.size() <= threshold) return;
  for (const auto& coding : split(request.header("Accept-Encoding"), ',')) {
    if (coding.find("gzip") == std::string::npos) continue;
    answer.body = gzip(answer.body, 1);
    answer.headers.emplace_back("Content-Encoding", "gzip");
    answer.headers.emplace_back("Vary", "Accept-Encoding");
    return;
  }
}

std::string audit_id() {
  std::uint64_t parts[2];
  RAND_bytes(reinterpret_cast<unsigned char*>(parts), sizeof parts);
  return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}", parts[0] >> 32,
                     parts[0] >> 16 & 0xffff, parts[0] & 0xfff, parts[1] >> 48 & 0xfff,
                     parts[1] & 0xffffffffffff);
}

}  // namespace

struct ApiServer::Implementation {
  const ObjectStore& store;
  const PodLogs& logs;
  const Users& users;
  Sandboxes sandboxes;
  RequestCounts* counts;
  Discovery discovery;
  std::string version = go_json(recording("version.json"));

  Answer route(const Request& request) const {
    const User user = users.authenticate(request);
    const Route where = parse_path(request.path);
    const std::string verb = verb_of(request, where);
    const Action action{
        verb,       where.group, where.resource, where.subresource, where.name_space,
        where.name, request.path};
    if (counts != nullptr) counts->count(counted_as(request, action), counted_verb(request, verb));
    authorize(user, action);
    if (where.resource.empty()) return path(request);
    if (!discovery.serves(where.group, where.version)) throw path_not_found();
    const Resource* resource = discovery.find(where.group, where.version, where.resource);
    if (resource == nullptr || !leads_to(where, *resource)) throw resource_not_found();
    if (verb == "create" && where.resource.rfind("selfsubject", 0) == 0)
      return review(user, where.resource, request);
    if (where.subresource == "exec" && where.resource == "pods") {
      if (request.method != "GET") throw method_not_allowed();
      return exec(user, action, request);
    }
    if (verb != "get" && verb != "list") throw method_not_allowed();
    if (!where.subresource.empty()) return subresource(where, request);
    return read(*resource, where, request);
  }

  Answer path(const Request& request) const {
    if (request.path == "/version") return json_answer(200, version);
    for (const char* health : {"readyz", "livez", "healthz"})
      if (request.path == std::string("/") + health)
        return health_answer(health, request.has_parameter("verbose"));
    std::string known = request.path;
    while (known.size() > 1 && known.back() == '/') known.pop_back();
    const std::string document = discovery.document(known);
    if (document.empty()) throw path_not_found();
    accepted_form(request.header("Accept"));
    return json_answer(200, document);
  }

  static Answer health_answer(const std::string& name, bool verbose) {
    if (!verbose) return text_answer(200, "ok");
    std::string text = recorded_text("readyz_verbose.txt");
    text.erase(text.rfind("readyz check passed"));
    return text_answer(200, text + name + " check passed\n");
  }

  Answer exec(const User& user, const Action& action, const Request& request) const {
    // Since Kubernetes 1.35 an upgrade by GET needs the right that SPDY's POST always needed.
    Action creating = action;
    creating.verb = "create";
    authorize(user, creating);
    const Object pod = store.find("pods", action.name_space, action.name);
    if (!pod) throw object_not_found("", "pods", action.name);
    return pod_exec(sandboxes, *pod, request);
  }

  Answer subresource(const Route& where, const Request& request) const {
    if (where.resource != "pods" || where.subresource != "log") throw resource_not_found();
    const Object pod = store.find("pods", where.name_space, where.name);
    return pod_log(logs, pod.get(), where.name, request);
  }

  Answer read(const Resource& resource, const Route& where, const Request& request) const {
    const Form form = accepted_form(request.header("Accept"));
    if (request.parameter("watch") == "true" || request.parameter("watch") == "1")
      throw bad_request("this stand-in for an API server has no watches");
    Answer answer;
    if (where.name.empty()) {
      answer = json_answer(200, in_form(form, resource.name,
                                        list_objects(store, resource, where.name_space, request)));
    } else {
      const bool is_namespace = where.resource == "namespaces";
      const auto object =
          store.kept(resource.kept_as(), is_namespace ? "" : where.name_space, where.name);
      if (!object) throw object_not_found(resource.group, resource.name, where.name);
      answer = json_answer(200, in_form(form, resource.name, object_text(resource, *object)));
    }
    if (resource.name == "leases") answer.body = with_renewed_times(std::move(answer.body));
    compress(request, answer);
    if (resource.name == "endpoints")
      answer.headers.emplace_back("Warning",
                                  "299 - \"v1 Endpoints is deprecated in v1.33+; use "
                                  "discovery.k8s.io/v1 EndpointSlice\"");
    return answer;
  }
};

ApiServer::ApiServer(const ObjectStore& store, const PodLogs& logs, const Users& users,
                     Sandboxes sandboxes, RequestCounts* counts, AddOns add_ons)
    : implementation_(new Implementation{store, logs, users, std::move(sandboxes), counts,
                                         Discovery(add_ons)}) {}

ApiServer::~ApiServer() = default;

Answer ApiServer::answer(const Request& request) const {
  Answer answer;
  try {
    answer = implementation_->route(request);
    if (answer.upgrade) return answer;
  } catch (const Refusal& refusal) {
    if (refusal.from_node) return refusal.answer;
    answer = refusal.answer;
  } catch (const std::exception& error) {
    answer = internal_error(error.what()).answer;
  }
  answer.headers.emplace_back("Audit-Id", audit_id());
  answer.headers.emplace_back("Cache-Control", "no-cache, private");
  return answer;
}

}  // namespace postflight::world
