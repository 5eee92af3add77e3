#include "clients/ares_names.hpp"

// What newer versions call old is all that older ones have.
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "clients/child_process.hpp"
#include "clients/dns_reply.hpp"
#include "clients/error.hpp"

namespace postflight {
namespace {

using Clock = std::chrono::steady_clock;

// How long the first try of a question waits, and how often it is asked; each try waits longer.
struct Patience {
  int milliseconds, tries;
};
constexpr Patience with_one_server{2000, 4}, with_others{1500, 2};

// One channel of c-ares, for one question.
class Channel {
 public:
  explicit Channel(Patience patience, int flags)
      : stopped_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (stopped_.number() < 0)
      throw ClientError(reason::configuration, "the DNS cannot be asked: no file can be opened");
    ares_options options{};
    options.flags = flags;
    options.timeout = patience.milliseconds;
    options.tries = patience.tries;
    const auto status = ares_init_options(&channel_, &options,
                                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
    if (status != ARES_SUCCESS)
      throw ClientError(reason::configuration,
                        fmt::format("the DNS cannot be asked: {}", ares_strerror(status)));
  }
  ~Channel() { ares_destroy(channel_); }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  ares_channel get() const { return channel_; }

  // Asks these servers; empty: those of the system.
  void use(const std::string& servers) {
    if (!servers.empty() && ares_set_servers_ports_csv(channel_, servers.c_str()) != ARES_SUCCESS)
      throw ClientError(reason::configuration, "\"" + servers + "\" is no address of a DNS server");
    ares_set_socket_callback(channel_, on_socket, this);
  }

  // Whether an answer did not fit into a datagram.
  bool asked_over_tcp() const { return asked_over_tcp_; }

  // Lets c-ares work until `ended`, at the latest to the deadline or stop. False when it was late.
  bool work(const bool& ended, const Limits& limits) {
    const std::stop_callback on_stop(limits.stop, [this] { eventfd_write(stopped_.number(), 1); });
    while (!ended) {
      if (limits.stop.stop_requested())
        throw ClientError(reason::interrupted,
                          "the DNS was not asked to the end: the run was "
                          "asked to stop");
      if (Clock::now() >= limits.deadline) return false;
      step(limits.deadline);
    }
    return true;
  }

 private:
  static int on_socket(ares_socket_t, int type, void* user) {
    if (type == SOCK_STREAM) static_cast<Channel*>(user)->asked_over_tcp_ = true;
    return ARES_SUCCESS;
  }

  void step(Clock::time_point deadline) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto mask = ares_getsock(channel_, sockets.data(), ARES_GETSOCK_MAXNUM);
    std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> files{pollfd{stopped_.number(), POLLIN, 0}};
    nfds_t count = 1;
    for (unsigned index = 0; index < ARES_GETSOCK_MAXNUM; ++index) {
      const bool reads = ARES_GETSOCK_READABLE(static_cast<unsigned>(mask), index);
      const bool writes = ARES_GETSOCK_WRITABLE(static_cast<unsigned>(mask), index);
      const auto events = static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
      if (events != 0) files[count++] = {sockets[index], events, 0};
    }
    poll(files.data(), count, milliseconds_to(deadline));
    for (nfds_t index = 1; index < count; ++index) {
      const auto [file, wanted, seen] = files[index];
      const auto if_any = [&, socket = file, events = seen](int of) {
        return (events & (of | POLLERR | POLLHUP)) != 0 ? socket : ARES_SOCKET_BAD;
      };
      if (seen != 0)
        ares_process_fd(channel_, (wanted & POLLIN) != 0 ? if_any(POLLIN) : ARES_SOCKET_BAD,
                        (wanted & POLLOUT) != 0 ? if_any(POLLOUT) : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // whose time is over
  }

  int milliseconds_to(Clock::time_point deadline) const {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    auto most = std::clamp<long long>(left.count(), 0, 3'600'000);
    timeval next{};
    if (ares_timeout(channel_, nullptr, &next) != nullptr)
      most = std::min<long long>(most, next.tv_sec * 1000LL + next.tv_usec / 1000 + 1);
    return static_cast<int>(most);
  }

  ares_channel channel_ = nullptr;
  bool asked_over_tcp_ = false;
  Descriptor stopped_;
};

std::string after_time(Clock::time_point began) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(Clock::now() - began).count());
}

std::string joined(const std::string& address, int port) {
  return address.find(':') == std::string::npos ? fmt::format("{}:{}", address, port)
                                                : fmt::format("[{}]:{}", address, port);
}

struct Reply {
  bool ended = false;
  int status = ARES_SUCCESS;
  std::optional<std::string> bytes;
  bool asked_over_tcp = false;
};

void on_reply(void* user, int status, int, unsigned char* bytes, int size) {
  auto& reply = *static_cast<Reply*>(user);
  reply.ended = true;
  reply.status = status;
  if (bytes != nullptr && size > 0)
    reply.bytes.emplace(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

// One question to one server.
class Query {
 public:
  Query(const NameRequest& request, std::string server)
      : request_(request), server_(std::move(server)) {}

  NameAnswer ask(Patience patience, const Limits& limits) const {
    const auto began = Clock::now();
    const auto reply = reply_of(patience, limits);
    if (!reply.ended) fail(reason::timeout, "no answer within " + after_time(began));
    if (!reply.bytes) throw_status(reply, began);
    const auto read = read_dns_reply(*reply.bytes);
    if (!read) fail(reason::unreadable, "the answer is no DNS message");
    if (read->is_truncated) fail(reason::unreadable, "the answer is cut off, over TCP too");
    const auto code = response_code_name(read->code);
    if (code == "REFUSED") fail(reason::forbidden, "the server refuses to answer us (REFUSED)");
    if (code == "FORMERR") fail(reason::rejected, "the server cannot read the question (FORMERR)");
    if (code != "NOERROR" && code != "NXDOMAIN")
      fail(reason::server_error, "the server could not find out (" + code + ")");
    return {code == "NOERROR", read->records, server_};
  }

 private:
  Reply reply_of(Patience patience, const Limits& limits) const {
    Reply reply;
    Channel channel(patience, ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_NOCHECKRESP);
    channel.use(server_);
    constexpr int class_internet = 1;
    const auto types = record_types();
    const auto type = std::ranges::find(types, std::string_view(request_.type), &RecordType::name);
    if (type == types.end()) fail(reason::configuration, "there is no such type of record");
    ares_query(channel.get(), request_.name.c_str(), class_internet, type->number, on_reply,
               &reply);
    auto copy = channel.work(reply.ended, limits) ? reply : Reply{};
    copy.asked_over_tcp = channel.asked_over_tcp();
    ares_cancel(channel.get());  // calls on_reply, which the copy does not see
    return copy;
  }

  [[noreturn]] void throw_status(const Reply& reply, Clock::time_point began) const {
    switch (reply.status) {
      case ARES_ETIMEOUT:
        fail(reason::timeout, "no answer within " + after_time(began));
      case ARES_ECONNREFUSED:  // and whatever ends a connection
        if (reply.asked_over_tcp)
          fail(reason::unreachable,
               "the answer does not fit into a datagram, and over TCP there is none");
        throw ClientError(reason::refused, text("nothing listens there (connection refused)"),
                          fmt::format("DNS server {}: connection refused", server_));
      case ARES_EBADNAME:
      case ARES_EFORMERR:
        fail(reason::configuration, "this is not a name");
      case ARES_EBADRESP:
        fail(reason::unreadable, "the answer is no DNS message");
      default:
        fail(reason::unreachable, ares_strerror(reply.status));
    }
  }

  std::string text(const std::string& why) const {
    return fmt::format("{} {} of the DNS server {}: {}", request_.type, request_.name, server_,
                       why);
  }
  [[noreturn]] void fail(std::string_view word, const std::string& why) const {
    throw ClientError(word, text(why));
  }

  const NameRequest& request_;
  const std::string server_;
};

// Those that a channel with these settings would ask.
std::vector<std::string> servers_of(const std::string& wanted) {
  Channel channel(with_others, 0);
  channel.use(wanted);
  ares_addr_port_node* first = nullptr;
  ares_get_servers_ports(channel.get(), &first);
  const std::unique_ptr<ares_addr_port_node, void (*)(void*)> owner(first, ares_free_data);
  std::vector<std::string> servers;
  for (const auto* node = first; node != nullptr; node = node->next) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    inet_ntop(node->family, &node->addr, text.data(), text.size());
    servers.push_back(joined(text.data(), node->udp_port == 0 ? 53 : node->udp_port));
  }
  return servers;
}

struct Found {
  bool ended = false;
  int status = ARES_SUCCESS;
  HostAddresses addresses;
};

void on_addresses(void* user, int status, int, ares_addrinfo* result) {
  auto& found = *static_cast<Found*>(user);
  found.ended = true;
  found.status = status;
  if (result == nullptr) return;
  for (const auto* node = result->nodes; node != nullptr; node = node->ai_next) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const auto* address = static_cast<const void*>(node->ai_addr);
    const auto* ip =
        node->ai_family == AF_INET6
            ? static_cast<const void*>(&static_cast<const sockaddr_in6*>(address)->sin6_addr)
            : &static_cast<const sockaddr_in*>(address)->sin_addr;
    inet_ntop(node->ai_family, ip, text.data(), text.size());
    auto& list = found.addresses.list;
    if (std::ranges::find(list, text.data()) == list.end()) list.emplace_back(text.data());
  }
  ares_freeaddrinfo(result);
}

[[noreturn]] void throw_no_addresses(const std::string& host, int status) {
  const auto [word, why] = [&]() -> std::pair<std::string_view, std::string> {
    switch (status) {
      case ARES_ENOTFOUND:
      case ARES_ENODATA:
        return {reason::dns, "does not resolve: no server knows an address of it"};
      case ARES_ETIMEOUT:
        return {reason::timeout, "does not resolve: no DNS server answered in time"};
      case ARES_EBADNAME:
        return {reason::configuration, "is no name that could be looked up"};
      default:
        return {reason::dns, fmt::format("does not resolve: {}", ares_strerror(status))};
    }
  }();
  const auto what = fmt::format("the name {} {}", host, why);
  throw ClientError(word, what, what);
}

}  // namespace

AresNames::AresNames(std::string servers) : servers_(std::move(servers)) {
  static const auto result = ares_library_init(ARES_LIB_INIT_ALL);
  if (result != ARES_SUCCESS)
    throw ClientError(reason::configuration,
                      fmt::format("c-ares does not start: {}", ares_strerror(result)));
}

NameAnswer AresNames::ask(const NameRequest& request, const Limits& limits) {
  if (!request.server.empty()) return Query(request, request.server).ask(with_one_server, limits);
  const auto servers = servers_of(servers_);
  if (servers.empty()) throw ClientError(reason::configuration, "this system names no DNS server");
  std::optional<ClientError> first;
  for (const auto& server : servers) {
    try {
      return Query(request, server)
          .ask(servers.size() == 1 ? with_one_server : with_others, limits);
    } catch (const ClientError& error) {
      if (error.reason() == reason::interrupted) throw;
      if (!first) first = error;
    }
  }
  throw ClientError(*first);
}

HostAddresses AresNames::addresses(const std::string& host, const Limits& limits) {
  Found found;
  Channel channel(with_others, 0);
  channel.use(servers_);
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  ares_getaddrinfo(channel.get(), host.c_str(), nullptr, &hints, on_addresses, &found);
  const bool in_time = channel.work(found.ended, limits);
  const auto result = found;
  ares_cancel(channel.get());
  if (!in_time) throw_no_addresses(host, ARES_ETIMEOUT);
  if (result.status != ARES_SUCCESS || result.addresses.list.empty())
    throw_no_addresses(host, result.status == ARES_SUCCESS ? ARES_ENODATA : result.status);
  return result.addresses;
}

}  // namespace postflight
