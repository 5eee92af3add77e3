#include "clients/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

#include "clients/error.hpp"

namespace postflight {
namespace {

constexpr int with_gzip_header = 15 + 16;  // the largest window, and which format

Bytef* input_of(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

struct Inflation {
  Inflation() {
    if (inflateInit2(&stream, with_gzip_header) != Z_OK) throw std::bad_alloc();
  }
  ~Inflation() { inflateEnd(&stream); }
  Inflation(const Inflation&) = delete;
  Inflation& operator=(const Inflation&) = delete;
  z_stream stream{};
};

}  // namespace

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b\x08"); }

std::string gzipped(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, with_gzip_header, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string result(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int ended = deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  if (ended != Z_STREAM_END) throw std::bad_alloc();
  return result;
}

std::string gunzipped(std::string_view bytes, std::size_t most) {
  Inflation inflation;
  auto& stream = inflation.stream;
  stream.next_in = input_of(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string result;
  std::array<char, 64 * 1024> block{};
  for (;;) {
    stream.next_out = reinterpret_cast<Bytef*>(block.data());
    stream.avail_out = static_cast<uInt>(block.size());
    const int state = inflate(&stream, Z_NO_FLUSH);
    result.append(block.data(), block.size() - stream.avail_out);
    if (result.size() > most)
      throw ClientError(reason::too_large,
                        "unpacked it is larger than " + std::to_string(most >> 20) + " MiB");
    if (state == Z_STREAM_END) return result;
    if (state != Z_OK)
      throw ClientError(reason::unreadable,
                        state == Z_BUF_ERROR ? "its gzip ends too early" : "its gzip is damaged");
  }
}

}  // namespace postflight
