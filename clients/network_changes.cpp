#include "clients/network_changes.hpp"

#include <algorithm>

namespace postflight {
namespace {

using namespace std::chrono_literals;

// Another value of a record of that type, of the same shape.
std::string other_data(const std::string& type, const std::string& data) {
  if (type == "A") return "203.0.113.254";
  if (type == "AAAA") return "2001:db8::fffe";
  return data + (type == "TXT" ? " changed" : ".changed.example.com");
}

}  // namespace

std::vector<AnswerChange<NameAnswer>> name_changes(const NameAnswer& answer) {
  std::vector<AnswerChange<NameAnswer>> changes{{"no such name", 0, [](NameAnswer& other) {
                                                   other.exists = false;
                                                   other.records.clear();
                                                 }}};
  if (answer.records.empty()) return changes;
  changes.push_back({"no record", 0, [](NameAnswer& other) { other.records.clear(); }});
  changes.push_back(
      {"only an alias", 0, [](NameAnswer& other) {
         if (!other.records.empty())
           other.records = {{other.records.front().name, "CNAME", "changed.example.com"}};
       }});
  changes.push_back({"one more record", 0, [](NameAnswer& other) {
                       if (other.records.empty()) return;
                       auto record = other.records.back();
                       record.data = other_data(record.type, record.data);
                       other.records.push_back(std::move(record));
                     }});
  changes.push_back({"every record another", 0, [](NameAnswer& other) {
                       for (auto& record : other.records)
                         record.data = other_data(record.type, record.data);
                     }});
  for (std::size_t index = 0; index < answer.records.size(); ++index) {
    const auto which = "record " + std::to_string(index + 1);
    changes.push_back({which + " removed", 1, [index](NameAnswer& other) {
                         if (index < other.records.size())
                           other.records.erase(other.records.begin() +
                                               static_cast<std::ptrdiff_t>(index));
                       }});
    changes.push_back({which + " another", 1, [index](NameAnswer& other) {
                         if (index >= other.records.size()) return;
                         auto& record = other.records[index];
                         record.data = other_data(record.type, record.data);
                       }});
  }
  return changes;
}

std::vector<AnswerChange<HostAddresses>> address_changes(const HostAddresses& addresses) {
  std::vector<AnswerChange<HostAddresses>> changes{
      {"one more address", 0,
       [](HostAddresses& other) { other.list.emplace_back("203.0.113.254"); }}};
  for (std::size_t index = 0; addresses.list.size() > 1 && index < addresses.list.size(); ++index)
    changes.push_back(
        {"address " + std::to_string(index + 1) + " removed", 1, [index](HostAddresses& other) {
           if (index < other.list.size())
             other.list.erase(other.list.begin() + static_cast<std::ptrdiff_t>(index));
         }});
  return changes;
}

std::vector<AnswerChange<TcpAnswer>> connection_changes(const TcpAnswer& answer) {
  std::vector<AnswerChange<TcpAnswer>> changes;
  const auto add = [&](const char* what, TcpEnd end) {
    if (end != answer.end)
      changes.push_back({what, 0, [end](TcpAnswer& other) { other.end = end; }});
  };
  add("closed at once", TcpEnd::closed);
  add("reset at once", TcpEnd::reset);
  add("stays open", TcpEnd::stayed_open);
  return changes;
}

std::vector<AnswerChange<TlsAnswer>> chain_changes(const TlsAnswer& answer) {
  std::vector<AnswerChange<TlsAnswer>> changes;
  const auto add = [&](const char* what, int rank, auto edit) {
    changes.push_back({what, rank, [edit](TlsAnswer& other) {
                         for (auto& certificate : other.chain) edit(certificate);
                       }});
  };
  add("certificates expired long ago", 0,
      [](Certificate& one) { one.not_after -= 24h * 365 * 30; });
  add("certificates begin much later", 0,
      [](Certificate& one) { one.not_before += 24h * 365 * 30; });
  add("certificates expire within the hour", 0,
      [](Certificate& one) { one.not_after = one.not_before + 1h; });
  add("for other names", 0, [](Certificate& one) { one.names = {"changed.example.com"}; });
  add("of another issuer", 0, [](Certificate& one) { one.issuer = "CN = changed"; });
  add("in no order", 1, [](Certificate& one) { one.signed_by_next = false; });
  if (answer.distrust.empty())
    changes.push_back({"not trusted", 0, [](TlsAnswer& other) {
                         other.distrust = "unable to get local issuer certificate";
                       }});
  if (!answer.chain.empty()) {
    changes.push_back({"the leaf expired", 0,
                       [](TlsAnswer& other) { other.chain.front().not_after -= 24h * 365 * 30; }});
    for (std::size_t index = 0; index < answer.chain.front().names.size(); ++index)
      changes.push_back(
          {"name " + std::to_string(index + 1) + " removed", 1, [index](TlsAnswer& other) {
             auto& names = other.chain.front().names;
             if (index < names.size())
               names.erase(names.begin() + static_cast<std::ptrdiff_t>(index));
           }});
  }
  if (answer.chain.size() > 1)
    changes.push_back({"the leaf alone", 1, [](TlsAnswer& other) {
                         other.chain.resize(1);
                         other.chain.front().signed_by_next = false;
                       }});
  return changes;
}

}  // namespace postflight
