#include "clients/http_changes.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "clients/text_changes.hpp"

namespace postflight {
namespace {

using namespace std::chrono_literals;
using Changes = std::vector<HttpChange>;

constexpr int statuses[] = {200, 204, 302, 400, 401, 403, 404, 500, 502, 503};

bool same_name(std::string_view one, std::string_view other) {
  return std::ranges::equal(one, other, [](unsigned char a, unsigned char b) {
    return std::tolower(a) == std::tolower(b);
  });
}

bool is_header_name(const std::string& text) {
  return !text.empty() && text.size() <= 60 &&
         std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         std::ranges::all_of(text,
                             [](unsigned char c) { return std::isalnum(c) != 0 || c == '-'; });
}

void add(Changes& changes, std::string what, int rank, std::function<void(HttpResponse&)> apply) {
  changes.push_back({std::move(what), rank, std::move(apply)});
}

// Of every header of that name.
void edit_header(Changes& changes, const std::string& name, const std::string& what, int rank,
                 std::function<std::string(const std::string&)> edit) {
  add(changes, "header " + name + ": " + what, rank,
      [name, edit = std::move(edit)](HttpResponse& response) {
        for (auto& header : response.headers)
          if (same_name(header.name, name)) header.value = edit(header.value);
      });
}

std::string without(std::string text, std::size_t from, std::size_t to) {
  return text.erase(from, std::min(to, text.size()) - from);
}

// Each parameter of the query dropped, another host, another path, no TLS.
void add_redirect_changes(Changes& changes, const std::string& name, const std::string& url) {
  edit_header(changes, name, "leads elsewhere", 0, [](const std::string&) {
    return std::string("https://changed.example.com/changed");
  });
  edit_header(changes, name, "another host", 0, [](const std::string& old) {
    const auto begin = old.find("://");
    if (begin == std::string::npos) return "https://changed.example.com" + old;
    return std::string(old).replace(begin + 3,
                                    std::min(old.find('/', begin + 3), old.size()) - begin - 3,
                                    "changed.example.com");
  });
  edit_header(changes, name, "another path", 0, [](const std::string& old) {
    const auto begin = old.find("://");
    const auto path = old.find('/', begin == std::string::npos ? 0 : begin + 3);
    return path == std::string::npos ? old + "/changed" : std::string(old).insert(path, "/changed");
  });
  edit_header(changes, name, "without TLS", 0, [](const std::string& old) {
    return old.starts_with("https:") ? "http:" + old.substr(6) : old;
  });
  for (auto at = url.find('?'); at != std::string::npos; at = url.find('&', at + 1)) {
    const auto key = url.substr(at + 1, url.find_first_of("=&", at + 1) - at - 1);
    edit_header(changes, name, "without " + key, 0, [key](const std::string& old) {
      for (const char* mark : {"?", "&"})
        if (const auto from = old.find(mark + key + "="); from != std::string::npos)
          return without(
              old, from + 1,
              old.find('&', from + 1) + 1 == 0 ? old.size() : old.find('&', from + 1) + 1);
      return old;
    });
    edit_header(changes, name, "another " + key, 0, [key](const std::string& old) {
      for (const char* mark : {"?", "&"})
        if (const auto from = old.find(mark + key + "="); from != std::string::npos)
          return std::string(old).insert(from + key.size() + 2, "changed");
      return old;
    });
  }
}

// Each attribute dropped: Secure, HttpOnly, SameSite and the like.
void add_cookie_changes(Changes& changes, const std::string& name, const std::string& cookie) {
  edit_header(changes, name, "another cookie", 0,
              [](const std::string& old) { return "changed_" + old; });
  for (auto at = cookie.find(';'); at != std::string::npos; at = cookie.find(';', at + 1)) {
    auto begin = cookie.find_first_not_of(' ', at + 1);
    if (begin == std::string::npos) break;
    const auto attribute = cookie.substr(begin, cookie.find_first_of("=;", begin) - begin);
    edit_header(changes, name, "without " + attribute, 0, [attribute](const std::string& old) {
      for (const char* mark : {"; ", ";"})
        if (const auto from = old.find(mark + attribute); from != std::string::npos)
          return without(old, from, std::min(old.find(';', from + 1), old.size()));
      return old;
    });
  }
}

void add_header_changes(Changes& changes, const HttpResponse& response,
                        const std::vector<Plant>& plants) {
  std::set<std::string> names;
  for (const auto& header : response.headers) {
    if (!names.insert(header.name).second) continue;
    add(changes, "header " + header.name + " removed", 0,
        [name = header.name](HttpResponse& other) {
          std::erase_if(other.headers, [&](const auto& one) { return same_name(one.name, name); });
        });
    for (const auto& change : word_changes(header.value))
      edit_header(changes, header.name, change.what, 1 + change.rank, change.apply);
    if (same_name(header.name, "Location"))
      add_redirect_changes(changes, header.name, header.value);
  }
  for (const auto& header : response.headers)
    if (same_name(header.name, "Set-Cookie"))
      add_cookie_changes(changes, header.name, header.value);
  std::set<std::string> added{"WWW-Authenticate"};
  for (const auto& plant : plants)
    if (plant.is_name && is_header_name(plant.text)) added.insert(plant.text);
  for (const auto& name : added)
    if (!names.contains(name))
      add(changes, "header " + name + " added", 0, [name](HttpResponse& other) {
        other.headers.push_back({name, "changed"});
      });
}

void add_body_changes(Changes& changes, const HttpResponse& response,
                      const std::vector<Plant>& plants, std::chrono::system_clock::time_point now) {
  add(changes, "another body", 0, [](HttpResponse& other) { other.body = "changed"; });
  if (!response.body.empty())
    add(changes, "empty body", 0, [](HttpResponse& other) { other.body.clear(); });
  for (const auto& plant : plants)
    if (!plant.is_name)
      add(changes, "in the body: " + plant.about, 0,
          [plant](HttpResponse& other) { other.body += "\n" + plant.text + "\n"; });
  for (auto& change : prometheus_changes(response.body, now))
    add(changes, "body: " + change.what, change.rank,
        [apply = std::move(change.apply)](HttpResponse& other) { other.body = apply(other.body); });
  auto inside = json_changes(response.body);
  if (inside.empty() && response.body.find('\n') != std::string::npos)
    inside = line_changes(response.body, Lines::of_output, {});
  for (auto& change : inside)
    add(changes, "body: " + change.what, change.rank + 1,
        [apply = std::move(change.apply)](HttpResponse& other) { other.body = apply(other.body); });
}

void add_certificate_changes(Changes& changes) {
  const auto move = [&](const char* what, auto HttpCertificate::*end, std::chrono::hours by) {
    add(changes, what, 0, [end, by](HttpResponse& other) {
      for (auto& certificate : other.certificates) certificate.*end += by;
    });
  };
  move("certificates expired long ago", &HttpCertificate::not_after, -24h * 365 * 30);
  move("certificates begin much later", &HttpCertificate::not_before, 24h * 365 * 30);
  add(changes, "certificates expire within the hour", 0, [](HttpResponse& other) {
    for (auto& certificate : other.certificates)
      certificate.not_after = certificate.not_before + 1h;
  });
  add(changes, "no certificate shown", 4, [](HttpResponse& other) { other.certificates.clear(); });
}

}  // namespace

std::vector<HttpChange> http_changes(const HttpResponse& response, const std::vector<Plant>& plants,
                                     std::chrono::system_clock::time_point now) {
  Changes changes;
  for (const int status : statuses)
    if (status != response.status)
      add(changes, "status " + std::to_string(status), 0,
          [status](HttpResponse& other) { other.status = status; });
  add_header_changes(changes, response, plants);
  add_body_changes(changes, response, plants, now);
  if (!response.certificates.empty()) add_certificate_changes(changes);
  add(changes, "answered an hour late", 0, [](HttpResponse& other) { other.timings.total += 1h; });
  return changes;
}

}  // namespace postflight
