#pragma once

#include "clients/curl_request.hpp"
#include "clients/curl_transfer.hpp"

namespace postflight {

// Throws ClientError for a transfer that ended without a whole answer: what was asked, and in
// plain words why there is none.
[[noreturn]] void throw_curl_error(const CurlRequest& request, const TransferEnd& end);

}  // namespace postflight
