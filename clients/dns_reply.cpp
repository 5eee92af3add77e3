#include "clients/dns_reply.hpp"

// What newer versions call old is all that older ones have.
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace postflight {
namespace {

constexpr int class_internet = 1;
constexpr std::array types{RecordType{"A", 1},     RecordType{"AAAA", 28}, RecordType{"CAA", 257},
                           RecordType{"CNAME", 5}, RecordType{"MX", 15},   RecordType{"NS", 2},
                           RecordType{"PTR", 12},  RecordType{"SOA", 6},   RecordType{"SRV", 33},
                           RecordType{"TXT", 16}};

std::string type_name(int number) {
  const auto found = std::ranges::find(types, number, &RecordType::number);
  return found == types.end() ? fmt::format("TYPE{}", number) : std::string(found->name);
}

// Thrown while reading, and never leaves this file.
struct Unreadable {};

// Reads a message from its begin to its end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::size_t at() const { return at_; }

  int number(int size) {
    const auto part = take(static_cast<std::size_t>(size));
    std::uint32_t value = 0;
    for (const unsigned char byte : part) value = value << 8 | byte;
    return static_cast<int>(value & 0x7fffffff);
  }
  std::uint32_t long_number() {
    const auto high = static_cast<std::uint32_t>(number(2));
    return high << 16 | static_cast<std::uint32_t>(number(2));
  }

  std::string_view take(std::size_t size) {
    if (size > bytes_.size() - at_) throw Unreadable();
    const auto part = bytes_.substr(at_, size);
    at_ += size;
    return part;
  }

  // A domain name, compressed or not, with what is no letter of a name escaped.
  std::string name() {
    char* text = nullptr;
    long size = 0;
    const auto* begin = reinterpret_cast<const unsigned char*>(bytes_.data());
    if (at_ >= bytes_.size() ||
        ares_expand_name(begin + at_, begin, static_cast<int>(bytes_.size()), &text, &size) !=
            ARES_SUCCESS)
      throw Unreadable();
    std::string copy(text);
    ares_free_string(text);
    take(static_cast<std::size_t>(size));
    return copy;
  }

  // A length and as many bytes.
  std::string_view text() { return take(static_cast<std::size_t>(number(1))); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

std::string address_in(Reader& reader, int family, std::size_t size) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, reader.take(size).data(), text.data(), text.size());
  return text.data();
}

std::string in_hexadecimal(std::string_view bytes) {
  std::string text = fmt::format("\\# {}", bytes.size());
  if (!bytes.empty()) text += ' ';
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string data_in(Reader& reader, int type, std::size_t end) {
  switch (type) {
    case 1:
      return address_in(reader, AF_INET, 4);
    case 28:
      return address_in(reader, AF_INET6, 16);
    case 2:
    case 5:
    case 12:
      return reader.name();
    case 15: {
      const auto preference = reader.number(2);
      return fmt::format("{} {}", preference, reader.name());
    }
    case 33: {
      const auto priority = reader.number(2), weight = reader.number(2), port = reader.number(2);
      return fmt::format("{} {} {} {}", priority, weight, port, reader.name());
    }
    case 6: {
      auto text = reader.name();
      text += " " + reader.name();
      for (int count = 0; count < 5; ++count) text += fmt::format(" {}", reader.long_number());
      return text;
    }
    case 16: {
      std::string text;
      while (reader.at() < end) text += reader.text();
      return text;
    }
    case 257: {
      const auto flags = reader.number(1);
      const auto tag = std::string(reader.text());
      return fmt::format("{} {} \"{}\"", flags, tag, reader.take(end - std::min(end, reader.at())));
    }
    default:
      return in_hexadecimal(reader.take(end - reader.at()));
  }
}

void read_record(Reader& reader, DnsReply& reply) {
  NameRecord record;
  record.name = reader.name();
  const auto type = reader.number(2), record_class = reader.number(2);
  reader.long_number();  // how long it may be kept
  const auto size = static_cast<std::size_t>(reader.number(2));
  auto inside = reader;
  reader.take(size);
  if (record_class != class_internet) return;
  record.type = type_name(type);
  record.data = data_in(inside, type, reader.at());
  if (inside.at() != reader.at()) throw Unreadable();
  reply.records.push_back(std::move(record));
}

}  // namespace

std::optional<DnsReply> read_dns_reply(std::string_view bytes) {
  constexpr int is_reply = 0x8000, truncated = 0x0200, code = 0x000f;
  try {
    Reader reader(bytes);
    reader.number(2);  // whose question it answers: whoever received it knows
    const auto flags = reader.number(2);
    if ((flags & is_reply) == 0) return std::nullopt;
    DnsReply reply{flags & code, (flags & truncated) != 0, {}};
    const auto questions = reader.number(2), answers = reader.number(2);
    reader.take(4);  // how many records follow the answers
    for (int count = 0; count < questions; ++count) {
      reader.name();
      reader.take(4);
    }
    if (reply.is_truncated) return reply;
    for (int count = 0; count < answers; ++count) read_record(reader, reply);
    return reply;
  } catch (const Unreadable&) {
    return std::nullopt;
  }
}

std::span<const RecordType> record_types() { return types; }

std::string response_code_name(int code) {
  constexpr const char* names[] = {"NOERROR",  "FORMERR", "SERVFAIL",
                                   "NXDOMAIN", "NOTIMP",  "REFUSED"};
  return code >= 0 && code < 6 ? names[code] : fmt::format("RCODE {}", code);
}

}  // namespace postflight
