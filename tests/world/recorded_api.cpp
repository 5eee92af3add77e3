#include "tests/world/recorded_api.hpp"

#include "tests/world/controllers.hpp"
#include "tests/world/recordings.hpp"
#include "tests/world/url.hpp"

namespace postflight::world {

RecordedApi::RecordedApi(RequestCounts* counts)
    : api_(
          store, logs, users_, [](const std::string&, const std::string&) { return nullptr; },
          counts) {
  load_recorded_objects(store);
  settle(store);
  write_recorded_logs(store, logs);
  users_.add("reader", {"system:serviceaccount:authentik:reader", {}, reader_rules()});
  users_.add("nobody", {"system:serviceaccount:authentik:nobody", {}, {}});
  users_.add("admin", {"admin", {"system:masters"}, {}});
}

Answer RecordedApi::ask(const std::string& target, const std::string& token, const Headers& headers,
                        const std::string& method, const std::string& body) const {
  Request request;
  request.method = method;
  request.target = target;
  const auto mark = target.find('?');
  request.path = percent_decode(target.substr(0, mark), false);
  if (mark != std::string::npos) request.query = parse_query(target.substr(mark + 1));
  request.headers = headers;
  request.body = body;
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  return api_.answer(request);
}

}  // namespace postflight::world
