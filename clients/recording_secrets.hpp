#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "clients/recording.hpp"

namespace postflight {

// Takes the secrets that are known out of a text: Redactor::redact.
using Redact = std::function<std::string(std::string_view)>;

// What carries a secret by its shape, whoever knows it: tokens (JWT), private keys, the password in
// a URL, parameters of a URL named as secrets are. Their letters become a, A and 0, so that lengths
// and patterns of characters stay.
std::string with_masked_credentials(std::string_view text);

// What a question is in a recording: without the secrets known to `redact`, credentials in its URL,
// and the values of headers and variables named as secrets are.
Question without_secrets(Question question, const Redact& redact);

// What an answer is in a recording. Of cookies and of headers named as secrets are the values are
// masked; of Kubernetes Secrets the data, of Pods variables named so, are replaced.
Answer without_secrets(const Answer& answer, const Redact& redact);

// The values that a request carries by way of proof: of Authorization, Cookie and the like.
std::vector<std::string> credentials_of(const HttpRequest& request);

}  // namespace postflight
