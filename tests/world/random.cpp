#include "tests/world/random.hpp"

#include <openssl/rand.h>

#include <stdexcept>

namespace postflight::world {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error("OpenSSL could not make random bytes");
  return bytes;
}

std::string random_base32(std::size_t characters) {
  std::string text = random_bytes(characters);
  for (char& letter : text)
    letter = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[static_cast<unsigned char>(letter) % 32];
  return text;
}

}  // namespace postflight::world
