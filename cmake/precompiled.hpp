#pragma once

// What most files include, parsed once. Only where POSTFLIGHT_PRECOMPILED is on: elsewhere each
// file shows that it includes what it uses.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <sstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

// JSON is instantiated once, in json_instances.cpp, not in each of a hundred files.
#define POSTFLIGHT_JSON_INSTANCES(EXTERN)                                                     \
  EXTERN template class nlohmann::basic_json<>;                                               \
  EXTERN template class nlohmann::detail::serializer<nlohmann::json>;                         \
  EXTERN template class nlohmann::detail::json_sax_dom_parser<nlohmann::json>;                \
  EXTERN template class nlohmann::detail::json_sax_dom_callback_parser<nlohmann::json>;       \
  EXTERN template class nlohmann::detail::lexer<                                              \
      nlohmann::json, nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>; \
  EXTERN template class nlohmann::detail::parser<                                             \
      nlohmann::json, nlohmann::detail::iterator_input_adapter<std::string::const_iterator>>; \
  EXTERN template class std::vector<nlohmann::json>;                                          \
  EXTERN template class std::map<std::string, nlohmann::json, std::less<>>;
POSTFLIGHT_JSON_INSTANCES(extern)
