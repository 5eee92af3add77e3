#pragma once

#include <optional>
#include <set>
#include <string>

#include "clients/kubernetes.hpp"
#include "clients/kubernetes_connection.hpp"

namespace postflight {

// The path and query of a list's first page, the same for the same request.
std::string list_path(const ListRequest& request);

// Asks for the pages of a list one after another, each once: whoever calls decides what to keep.
class ListPages {
 public:
  ListPages(KubernetesConnection& connection, std::string path);

  // The next page, or nothing when the list began anew (410, expired) and what was taken from it
  // counts for nothing. Throws as read_pages does.
  std::optional<HttpResponse> next(const Limits& limits, bool& cut_short);
  // Says where the page after that begins; false when it was the last one.
  bool go_on(std::string token);

 private:
  KubernetesConnection& connection_;
  const std::string path_, asked_;
  std::string token_;
  std::set<std::string> seen_;
  bool restarted_ = false;
  std::size_t likely_size_ = 0;  // of the next page, bytes
};

// All pages of the list at that path. Throws ClientError unreadable for a page that is no list,
// expired when the list ended (410) under our hands twice, too-large over 256 MiB.
Kubernetes::Pages read_pages(KubernetesConnection& connection, const std::string& path,
                             const Limits& limits, bool& cut_short);

// Throws ClientError unreadable unless the answer is a JSON object with a `kind`.
void check_object(const HttpResponse& response, const std::string& asked);

}  // namespace postflight
