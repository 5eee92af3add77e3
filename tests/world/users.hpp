#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/world/http_server.hpp"

namespace postflight::world {

// As a rule of a Role or ClusterRole, with a place. "*" stands for any; so does an empty namespace.
struct Rule {
  std::vector<std::string> verbs, groups, resources;  // a subresource is "pods/log"
  std::string name_space;
  std::vector<std::string> names = {};  // of the only objects that it is about; empty: of all
};

struct User {
  std::string name;
  std::vector<std::string> groups;
  std::vector<Rule> rules;
};

// What a request wants to do, in RBAC's words. A path that is no resource has an empty resource.
struct Action {
  std::string verb, group, resource, subresource, name_space, name, path;
};

class Users {
 public:
  void add(const std::string& token, User user);
  // From now on its rules are those of the manifests in a file, as it is when somebody asks.
  void take_rights_from(const std::string& token, std::filesystem::path manifests);
  // By bearer token or trusted client certificate; anonymous without any. Throws Refusal (401) for
  // a token or a certificate that is not known. Members of system:masters may do everything.
  User authenticate(const Request& request) const;

 private:
  std::map<std::string, User> by_token_;
  std::map<std::string, std::filesystem::path> manifests_;  // by token
};

bool is_allowed(const User& user, const Action& action);
// Throws Refusal (403) in the server's words.
void authorize(const User& user, const Action& action);

// Rights that a validator needs: reading, logs and exec, in every namespace.
std::vector<Rule> reader_rules();
// The same, and reading objects of every kind, Secrets too.
std::vector<Rule> cluster_reader_rules();

}  // namespace postflight::world
