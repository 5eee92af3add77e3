#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "clients/http.hpp"
#include "clients/kubernetes.hpp"

namespace postflight {

// A Status object, the API server's way to say no.
struct KubernetesStatus {
  bool success = false;
  std::string reason, message;
  std::string name;                      // details.name: the object it speaks of
  std::optional<std::string> exit_code;  // details.causes[reason=ExitCode].message
};

// Nothing when the text is no Status. The last message of an exec is one without a `kind`.
std::optional<KubernetesStatus> read_status(std::string_view text);

// The refusal in an answer that is not 2xx to a GET of `path`. `asked` begins the message: "GET
// /api/v1/pods". A missing right names the rule to add, and is the error's cause.
KubernetesError refusal_of(const HttpResponse& response, const std::string& asked,
                           const std::string& path);

// The word of clients/error.hpp for an HTTP status that is not 2xx.
std::string_view reason_of_http_status(int status);

// At most `most` characters of the first line that is not blank, control characters and bytes
// beyond ASCII made harmless.
std::string first_line(std::string_view text, std::size_t most = 200);

// "an answer of type text/html that begins with ...": for an answer of the wrong shape.
std::string description_of(const HttpResponse& response);

}  // namespace postflight
