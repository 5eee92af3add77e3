#include "tests/support/dns_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace postflight::test {
namespace {

constexpr std::size_t header_size = 12;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool bind_to(int socket, int port) {
  const auto address = loopback(port);
  return bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

int port_of(int socket) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

std::string two_bytes(int number) {
  return {static_cast<char>(number >> 8 & 0xff), static_cast<char>(number & 0xff)};
}

// The end of the question section, and the query's name and type.
std::size_t read_question(const std::string& bytes, std::string& name, int& type) {
  std::size_t at = header_size;
  while (at < bytes.size() && bytes[at] != 0) {
    const auto length = static_cast<std::size_t>(bytes[at]);
    name += (name.empty() ? "" : ".") + bytes.substr(at + 1, length);
    at += length + 1;
  }
  if (at + 5 > bytes.size()) throw std::runtime_error("no whole question");
  type = static_cast<unsigned char>(bytes[at + 1]) << 8 | static_cast<unsigned char>(bytes[at + 2]);
  return at + 5;
}

std::string reply_to(const DnsQuery& query, int flags, const std::vector<DnsRecord>& records) {
  std::string name;
  int type = 0;
  const auto end = read_question(query.bytes, name, type);
  auto reply = query.bytes.substr(0, 2) + two_bytes(0x8180 | flags) + two_bytes(1) +
               two_bytes(static_cast<int>(records.size())) + two_bytes(0) + two_bytes(0) +
               query.bytes.substr(header_size, end - header_size);
  for (const auto& record : records)
    reply += dns_name(record.name) + two_bytes(record.type) + two_bytes(1) + two_bytes(0) +
             two_bytes(60) + two_bytes(static_cast<int>(record.data.size())) + record.data;
  return reply;
}

}  // namespace

DnsServer::DnsServer(Script script)
    : script_(std::move(script)), quit_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  for (int tries = 0; tries < 50; ++tries) {  // until a port is free for both
    datagrams_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!bind_to(datagrams_, 0)) throw std::runtime_error("no port for a DNS server");
    port_ = port_of(datagrams_);
    if (bind_to(listener_, port_) && listen(listener_, 16) == 0) break;
    close(datagrams_);
    close(listener_);
    datagrams_ = listener_ = -1;
  }
  if (listener_ < 0) throw std::runtime_error("no port for a DNS server");
  thread_ = std::thread([this] { work(); });
}

DnsServer::~DnsServer() {
  eventfd_write(quit_, 1);
  thread_.join();
  for (const int file : {datagrams_, listener_, quit_}) close(file);
}

std::string DnsServer::address() const { return "127.0.0.1:" + std::to_string(port_); }

void DnsServer::work() {
  for (;;) {
    std::array<pollfd, 3> files{pollfd{datagrams_, POLLIN, 0}, pollfd{listener_, POLLIN, 0},
                                pollfd{quit_, POLLIN, 0}};
    poll(files.data(), files.size(), -1);
    if (files[2].revents != 0) return;
    if (files[0].revents != 0) answer_datagram();
    if (files[1].revents != 0) answer_connection();
  }
}

std::optional<std::string> DnsServer::answer(const std::string& bytes, bool over_tcp) {
  ++questions_;
  DnsQuery query{bytes, "", 0, over_tcp};
  read_question(bytes, query.name, query.type);
  return script_(query);
}

void DnsServer::answer_datagram() {
  std::array<char, 4096> bytes;
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const auto count = recvfrom(datagrams_, bytes.data(), bytes.size(), 0,
                              reinterpret_cast<sockaddr*>(&peer), &size);
  if (count <= 0) return;
  if (const auto reply = answer({bytes.data(), static_cast<std::size_t>(count)}, false))
    sendto(datagrams_, reply->data(), reply->size(), 0, reinterpret_cast<const sockaddr*>(&peer),
           size);
}

void DnsServer::answer_connection() {
  const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const timeval patience{10, 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string bytes;
  std::array<char, 4096> part;
  const auto wanted = [&] {
    return bytes.size() < 2
               ? 2
               : 2 + (static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 |
                      static_cast<unsigned char>(bytes[1]));
  };
  while (bytes.size() < wanted()) {
    const auto count = recv(connection, part.data(), part.size(), 0);
    if (count <= 0) break;
    bytes.append(part.data(), static_cast<std::size_t>(count));
  }
  if (bytes.size() > 2)
    if (const auto reply = answer(bytes.substr(2), true)) {
      const auto framed = two_bytes(static_cast<int>(reply->size())) + *reply;
      send(connection, framed.data(), framed.size(), MSG_NOSIGNAL);
    }
  close(connection);
}

std::string dns_reply(const DnsQuery& query, int code, const std::vector<DnsRecord>& records) {
  return reply_to(query, code, records);
}

std::string truncated_reply(const DnsQuery& query) { return reply_to(query, 0x0200, {}); }

std::string dns_name(std::string_view name) {
  std::string bytes;
  while (!name.empty()) {
    const auto end = std::min(name.find('.'), name.size());
    bytes += static_cast<char>(end);
    bytes += name.substr(0, end);
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return bytes + '\0';
}

DnsRecord address_record(const std::string& name, const std::string& ip) {
  const bool is_ipv6 = ip.find(':') != std::string::npos;
  std::array<char, sizeof(in6_addr)> bytes{};
  if (inet_pton(is_ipv6 ? AF_INET6 : AF_INET, ip.c_str(), bytes.data()) != 1)
    throw std::runtime_error(ip + " is no address");
  return {name, is_ipv6 ? 28 : 1, std::string(bytes.data(), is_ipv6 ? 16 : 4)};
}

DnsRecord alias_record(const std::string& name, const std::string& target) {
  return {name, 5, dns_name(target)};
}

}  // namespace postflight::test
