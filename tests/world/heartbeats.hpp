#pragma once

#include <chrono>
#include <string>

namespace postflight::world {

// In place of a time that somebody renews for as long as the world lives: when it is served, it is
// always so long ago.
std::string kept_renewed(std::chrono::seconds before);

// A text to be served, with times of now for all that are kept renewed.
std::string with_renewed_times(std::string text);

}  // namespace postflight::world
