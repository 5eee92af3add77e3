#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "clients/error.hpp"

namespace postflight {

// A kubeconfig, or a file it names, that cannot be used: the message says which file, the line
// where YAML knows it, what is wrong and what is there instead.
class KubeconfigError : public ClientError {
 public:
  explicit KubeconfigError(const std::string& what) : ClientError(reason::configuration, what) {}
};

// There is no kubeconfig, or it names no cluster: an error only for who needs one.
class NoKubeconfig : public KubeconfigError {
 public:
  using KubeconfigError::KubeconfigError;
};

struct ConfigMember;

// One value of a kubeconfig and where it is written.
struct ConfigNode {
  enum class Type { null, scalar, list, map };
  Type type = Type::null;
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar that is text whatever it looks like
  std::vector<ConfigNode> items;
  std::vector<ConfigMember> members;
  std::string file;
  int line = 0;

  // The member of that name unless it is null; else nullptr.
  const ConfigNode* find(std::string_view key) const;
  // "FILE:LINE: what"
  KubeconfigError mistake(const std::string& what) const;
};

struct ConfigMember {
  std::string key;
  ConfigNode value;
};

// Reads a YAML (or JSON) file; an empty one is null. What kubectl would pass over in silence (a
// second document) or read in a way of its own (a merge key, a tag) is an error. Throws
// KubeconfigError.
ConfigNode read_config(const std::string& file);

// The same value as JSON, for an exec plug-in.
std::string json_of(const ConfigNode& node);

// The bytes of a file of at most 16 MiB. Throws KubeconfigError: "NAME FILE: why".
std::string read_config_file(const std::string& name, const std::string& file);

}  // namespace postflight
