#include "tests/matrix/verdict.hpp"

namespace postflight::matrix {

namespace {

constexpr char passed[] = "passed", failed[] = "failed", errored[] = "errored";

std::vector<Exception> of_the_edge() {
  const std::string edge = R"(http\.response .*)";
  return {
      {R"(http\.response \(certificate days\))",
       "TLS: certificate expired",
       "",
       failed,
       {},
       "The check asks how long the certificate is valid, and it no longer is: that is an answer."},
      {edge,
       "40[14].*|50.",
       "",
       failed,
       {},
       "The check is about the status, and the edge answered with another one: that is the edge's "
       "own fault, whoever behind it caused it."},
      {edge,
       "403|429.*",
       "",
       errored,
       {"inconclusive"},
       "A firewall or a rate limiter answers so: nothing is known about what was asked. The edge "
       "is "
       "not asked again; a checklist can say `wait`."},
      {edge,
       "malformed JSON|JSON of the wrong shape|HTML login page.*|empty body.*|another format.*",
       "",
       failed,
       {},
       "A whole answer, and a wrong one: its status or its body is not what the check is about."},
      {edge,
       "redirect to a login page",
       "",
       failed,
       {},
       "A whole answer, and a wrong one: the redirect leads elsewhere."},
  };
}

std::vector<Exception> of_harmless_failures() {
  return {
      {"", "429 once.*", "", passed, {}, "Throttled requests are repeated."},
      {"",
       "right body, wrong content type",
       "",
       passed,
       {},
       "The body is what is read, and it is right; proxies are known to change the type."},
  };
}

std::vector<Exception> of_kubernetes() {
  return {
      {R"(k8s\.service-endpoints)",
       "404, a plain page",
       "endpointslices",
       passed,
       {},
       "So an API server answers that has no discovery.k8s.io/v1: v1 Endpoints are read instead, "
       "and the evidence says so."},
      {R"(k8s\.pod-logs)",
       "empty body, 200",
       "log",
       errored,
       {"nothing-examined"},
       "So an API server answers when the log is empty."},
      {R"(k8s\.tmpfs-usage)",
       "body of 100 MB",
       "exec",
       errored,
       {"unreadable"},
       "The answer is no WebSocket, and is not read to its end."},
  };
}

}  // namespace

const std::vector<Exception>& exceptions() {
  static const auto all = [] {
    std::vector<Exception> list;
    for (const auto& part : {of_the_edge(), of_kubernetes(), of_harmless_failures()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

}  // namespace postflight::matrix
