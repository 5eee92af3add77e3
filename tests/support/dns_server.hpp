#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace postflight::test {

struct DnsQuery {
  std::string bytes, name;
  int type = 0;
  bool over_tcp = false;
};

// A record of an answer, its data as bytes.
struct DnsRecord {
  std::string name;
  int type = 0;
  std::string data;
};

// A DNS server on loopback, on a port the system chooses, that answers each question, over UDP or
// TCP, with the bytes that its script gives, or not at all. One question at a time.
class DnsServer {
 public:
  using Script = std::function<std::optional<std::string>(const DnsQuery&)>;

  explicit DnsServer(Script script);
  ~DnsServer();
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  std::string address() const;                          // 127.0.0.1:port
  std::size_t questions() const { return questions_; }  // received so far

 private:
  void work();
  void answer_datagram();
  void answer_connection();
  std::optional<std::string> answer(const std::string& bytes, bool over_tcp);

  Script script_;
  int port_ = 0, datagrams_ = -1, listener_ = -1, quit_ = -1;
  std::atomic<std::size_t> questions_ = 0;
  std::thread thread_;
};

// A reply to that query as a server writes it.
std::string dns_reply(const DnsQuery& query, int code, const std::vector<DnsRecord>& records);
// The same, cut off: it says that it did not fit.
std::string truncated_reply(const DnsQuery& query);

std::string dns_name(std::string_view name);  // as bytes, not compressed
DnsRecord address_record(const std::string& name, const std::string& ip);
DnsRecord alias_record(const std::string& name, const std::string& target);

}  // namespace postflight::test
