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
      {"",
       "410 on continue, once",
       "",
       passed,
       {},
       "A list that changed while it was read is read again from its start, once."},
  };
}

std::vector<Exception> of_the_growth_request() {
  const std::string growth = R"(postgres\.session-growth.*)";
  return {
      {growth,
       "40[14].*|HTML login page.*|empty body.*|another format.*|malformed JSON|"
       "JSON of the wrong shape|redirect to a login page",
       "",
       errored,
       {"unexpected-answer"},
       "The answer is not the redirect to the login that comes with a new session, so nobody knows "
       "whether one would have been written."},
      {growth,
       "429 once.*",
       "",
       errored,
       {"throttled"},
       "The request is sent once: a second one would not prove the same."},
  };
}

std::vector<Exception> of_kubernetes() {
  const std::string no_slices = "404, a plain page|404, the API group of EndpointSlices is missing";
  const std::string looks_for_it = R"((k8s|helm)\..*)";
  return {
      {R"(k8s\.service-endpoints)",
       no_slices,
       "endpointslices",
       passed,
       {},
       "So an API server answers that has no discovery.k8s.io/v1: v1 Endpoints are read instead, "
       "and the evidence says so."},
      {looks_for_it,
       "404, this object does not exist|the namespace does not exist",
       "",
       failed,
       {},
       "The API server says that the Service or the workload that the checklist names does not "
       "exist: an answer, and a wrong state."},
      {R"(k8s\.api-ready.*)",
       "500, it says that it is not ready",
       "",
       failed,
       {},
       "The API server itself says so, and which of its checks fails."},
      {R"(k8s\.certificates \(hosts of Ingresses\))",
       "200, an empty list",
       "secrets",
       passed,
       {},
       "The Secret that an Ingress names may be younger than the list: it is asked for by its "
       "name, "
       "is there, and is judged."},
      {R"(k8s\.certificates \(hosts of Ingresses\))",
       "200, an empty list",
       "ingresses",
       passed,
       {},
       "A cluster may have no Ingresses; the Secrets were looked at, and no host is claimed."},
      {R"(k8s\.rollout)",
       "200, an empty list",
       "statefulsets|daemonsets",
       passed,
       {},
       "A namespace may have none, and the others are looked at."},
      {R"(k8s\.rollout)",
       "200, an empty list",
       "replicasets|pods",
       errored,
       {"contradiction"},
       "The status of the workload tells of pods, and no list has them."},
      {R"(k8s\.nodes)",
       "200, an empty list",
       "nodes",
       failed,
       {},
       "A whole answer: a cluster without a node."},
      {R"(k8s\.resources \(counts\))",
       "200, an empty list",
       "pods",
       failed,
       {},
       "The check asks how many there are, and it is too few: an answer."},
      {R"(k8s\.resources \(references\))",
       "200, an empty list",
       "namespaces",
       failed,
       {},
       "A whole answer: what the pods refer to is not there."},
      {R"(k8s\.service-endpoints)",
       "200, an empty list",
       "endpointslices",
       failed,
       {},
       "A whole answer: the Service has no endpoint."},
      {R"(k8s\.service-.*)",
       "200, an empty list",
       "replicasets",
       failed,
       {},
       "A whole answer: pods whose ReplicaSet does not exist are not the Deployment's."},
      {R"(k8s\.service-endpoints)",
       "200, an empty list",
       "pods",
       passed,
       {},
       "A pod that an endpoint names and the list lacks may be younger than the list: it is asked "
       "for by its name, and is there."},
      {R"(k8s\.pod-logs.*)",
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

std::vector<Exception> of_logs() {
  return {
      {"",
       "an unwanted line with ANSI.*",
       "",
       failed,
       {},
       "The line is in the log. It is quoted without what a terminal would obey."},
      {"",
       "a line (of|with) .*|one line of 50 MB",
       "",
       passed,
       {},
       "Every line was read, this one too, and none is unwanted."},
      {"",
       "the pod restarts between list and log",
       "",
       passed,
       {},
       "The log begins later than the container that was listed, so the pod is asked for again: "
       "the log is that of its new container, from its start."},
      {R"(k8s\.pod-logs)",
       "restarted 10 s ago",
       "",
       passed,
       {},
       "Without a window a rule is about the instance that runs, from its start."},
      {R"(k8s\.pod-logs \(and the instance before\))",
       "restarted 10 s ago",
       "",
       passed,
       {},
       "Both logs were read, from the start of the one before."},
      {R"(k8s\.pod-logs \(and the instance before\))",
       "restarted, and the log before is missing",
       "",
       errored,
       {"log-start-gone"},
       "The log that is left does not reach back to the start."},
      {"",
       "restarted, and the log before is missing",
       "",
       passed,
       {},
       "The log before is not asked for without `previous: true`."},
  };
}

std::vector<Exception> of_postgres() {
  return {
      {"postgres.query",
       "a standby .*",
       "",
       passed,
       {},
       "It is the server that the checklist names, and it answers. A checklist that wants the "
       "primary says `target_session_attrs=primary` in the URL."},
      {R"(postgres\.session-growth \(with a request\))",
       "a standby that is up to date",
       "",
       passed,
       {},
       "The new row came through to it while it was watched, so it is not behind."},
      {"", "a read-only server.*", "", passed, {}, "Nothing but reading is asked of it."},
      {"postgres.query",
       "no row|NULL where a value is expected",
       "",
       failed,
       {},
       "A whole answer, and not what the checklist expects: a count of 0, a maximum of NULL."},
      {R"(postgres\.session-growth \(with a request\))",
       "no row",
       "",
       failed,
       {},
       "The edge says that it made a session, and the table that should hold it does not."},
  };
}

std::vector<Exception> of_prometheus() {
  return {
      {R"(prometheus\.(query|query \(none may be\)|alerts.*|rules))",
       "429 once.*",
       "",
       errored,
       {"throttled"},
       "Prometheus is asked once; a checklist can say `wait`."},
      {R"(prometheus\.query \(none may be\))",
       "200, nothing in it",
       "query",
       passed,
       {},
       "That is the healthy answer, and what the query looks through is there."},
      {R"(prometheus\.rules)",
       "200, nothing in it",
       "",
       failed,
       {},
       "A whole answer: the rule is not loaded."},
  };
}

std::vector<Exception> of_commands() {
  return {{"",
           "its child keeps the output open",
           "",
           passed,
           {},
           "The program did all it had to and ended well. What it left running is ended with it."},
          {R"(command\.run \(monitoring plug-in\))",
           "its verdict twice|cut in the middle|bytes that are no text|JSON a hundred.*",
           "",
           passed,
           {},
           "By this contract the exit code is the verdict, and the first line says something."}};
}

std::vector<Exception> of_the_network() {
  return {
      {R"(dns\.resolves.*)",
       "no such name|an empty answer|an alias that leads nowhere|another address",
       "",
       failed,
       {},
       "A whole answer, and a wrong one: the name is not what the checklist expects."},
      {R"(dns\.resolves.*)",
       "does not fit into a datagram",
       "",
       passed,
       {},
       "So servers answer long answers: the question is asked again over TCP."},
      {R"(tcp\.connects( \(several servers\))?)",
       "nobody listens|closed at once|reset at once",
       "",
       failed,
       {},
       "That is the answer to the question: the server does not take connections."},
      {R"(tcp\.connects \(without watching\))",
       "nobody listens",
       "",
       failed,
       {},
       "That is the answer to the question: the server does not take connections."},
      {R"(tcp\.connects \(without watching\))",
       "closed at once|reset at once",
       "",
       passed,
       {},
       "The connection was made, and `stays-open: 0s` asks for no more."},
      {R"(tls\.certificate \(trust not verified\))",
       "unknown authority",
       "",
       passed,
       {},
       "`verify-trust: false` asks not who issued it, and the evidence says so."},
      {R"(tls\.certificate.*)",
       "expired|for another host|unknown authority",
       "",
       failed,
       {},
       "The certificate was shown, and it is a wrong one: that is what the check is about."},
      {R"(tls\.certificate.*)",
       "wants a certificate of ours",
       "",
       passed,
       {},
       "In TLS 1.3 the server has shown its own by then, and that is right."},
      {R"(tls\.certificate \(trust not verified\))",
       "our file of authorities is missing",
       "",
       passed,
       {},
       "No authorities are asked for."},
  };
}

}  // namespace

const std::vector<Exception>& exceptions() {
  static const auto all = [] {
    std::vector<Exception> list;
    for (const auto& part :
         {of_the_edge(), of_the_growth_request(), of_kubernetes(), of_logs(), of_postgres(),
          of_commands(), of_the_network(), of_prometheus(), of_harmless_failures()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

}  // namespace postflight::matrix
