#pragma once

#include <string>
#include <vector>

#include "clients/text_changes.hpp"

namespace postflight {

// As json_changes, of a text that may have Secrets in it: of Helm's inside of their releases too,
// and with a value set that no chart knows; of TLS the certificates too, expired, of another name
// and in another order.
std::vector<TextChange> object_changes(const std::string& text, const std::vector<Plant>& plants);

}  // namespace postflight
