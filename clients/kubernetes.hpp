#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "clients/error.hpp"
#include "clients/limits.hpp"
#include "clients/list_use.hpp"

namespace postflight {

// An API server's refusal: the HTTP status and the reason of its Status object ("NotFound",
// "Forbidden", ...; empty when the body was not a Status).
class KubernetesError : public ClientError {
 public:
  KubernetesError(std::string_view reason, const std::string& what, int status,
                  std::string status_reason, bool names_object, std::string cause = {})
      : ClientError(reason, what, std::move(cause)),
        status_(status),
        status_reason_(std::move(status_reason)),
        names_object_(names_object) {}
  int status() const { return status_; }
  const std::string& status_reason() const { return status_reason_; }

  // True when the server said that this very object does not exist: an answer about the world,
  // unlike the 404 of a path, API group or resource it does not know.
  bool object_is_missing() const {
    return status_ == 404 && status_reason_ == "NotFound" && names_object_;
  }

 private:
  int status_;
  std::string status_reason_;
  bool names_object_;
};

struct ListRequest {
  std::string path;  // /api/v1/namespaces/authentik/pods
  std::string label_selector;
  std::string field_selector;
  int page_size = 500;  // items; fewer where one item may be large
};

struct LogRequest {
  std::string name_space, pod, container;
  bool previous = false;                      // the container instance before this one
  std::optional<std::chrono::seconds> since;  // how far back; nothing means all that is kept
  std::size_t limit_bytes = 64u << 20;        // more than this throws too-large
};

struct ExecRequest {
  std::string name_space, pod, container;
  std::vector<std::string> command;      // argv, never a shell line
  std::size_t output_limit = 16u << 20;  // bytes of stdout and of stderr; more throws too-large
};

struct ExecResult {
  int exit_code = 0;
  std::string output;  // stdout
  std::string errors;  // stderr
};

// What an answer of the API server said of its clock.
struct ClockAnswer {
  std::string date;  // its Date header, in whole seconds; empty when it had none
  std::chrono::system_clock::time_point asked{}, answered{};  // that answer, by our clock
};

// A Kubernetes API server, read only. Safe to use from many threads. Every call throws
// KubernetesError for a refusal, ClientError when there is no whole answer. Throttling (429) and
// 5xx are retried inside the deadline. The same get and list within a run is asked once.
class Kubernetes {
 public:
  using Json = std::shared_ptr<const std::string>;         // the text of one JSON object
  using Pages = std::shared_ptr<const std::vector<Json>>;  // the pages of one list, in order

  virtual ~Kubernetes();
  virtual std::string server() const = 0;  // its URL, without credentials

  // `path` may hold a query. Json for object paths; the raw body for /readyz and the like, and for
  // what is behind .../proxy/.
  virtual Json get(const std::string& path, const Limits& limits) = 0;
  virtual Pages list(const ListRequest& request, const Limits& limits) = 0;

  // Told before a run: the uses that will be read, which outlive this object's use.
  virtual void expect(const std::vector<const ListUse*>& uses);
  // The reading of that list, from its first item to its last. All expected uses of the same list
  // go by in one, and a list that begins anew (410) begins all readings anew. A use that reads
  // again asks again. Throws also what the reading itself threw.
  virtual std::shared_ptr<const ListReading> read(const ListUse& use,
                                                  std::chrono::system_clock::time_point today,
                                                  const Limits& limits);

  // Asked anew each time.
  virtual ClockAnswer clock(const Limits& limits) = 0;

  // Bytes as the container wrote them, each line behind its RFC 3339 timestamp and a space.
  virtual std::string log(const LogRequest& request, const Limits& limits) = 0;
  // Throws ClientError missing-tool when the container has no such program.
  virtual ExecResult exec(const ExecRequest& request, const Limits& limits) = 0;
};

}  // namespace postflight
