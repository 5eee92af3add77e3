// A DNS server's message is any bytes: refused, or records that name their type and are text of
// what stood in the message.
#include "clients/dns_reply.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace postflight;
using postflight::test::must;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = postflight::test::text_of(data, size);
  const auto reply = read_dns_reply(bytes);
  if (!reply) return 0;
  must(size >= 12, "a reply has a whole header");
  must((data[2] & 0x80) != 0, "a question is no reply");
  must(reply->code >= 0 && reply->code < 16, "a code has four bits");
  // A record has ten bytes at least, beside its name.
  must(reply->records.size() <= size / 11, "no record is made up");
  for (const auto& record : reply->records) must(!record.type.empty(), "a record has a type");
  must(!response_code_name(reply->code).empty(), "a code has a name");
  return 0;
}
