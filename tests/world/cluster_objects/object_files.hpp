#pragma once

#include "tests/world/object_store.hpp"

namespace postflight::world {

class CertificateAuthority;

// Puts the objects of namespaces.json, storage.json and the like into the store. In them
// "$ago(3h)" is a time before now (d, h, m, s; negative: to come), "$authority" the authority's
// certificate as PEM, "$authority64" that in base64. What objects of a server have besides (uid,
// creationTimestamp) is filled in.
void load_object_files(ObjectStore& store, const CertificateAuthority& authority);

// As written in such a file, for what is put together elsewhere.
nlohmann::ordered_json read_object_file(const std::string& name);

}  // namespace postflight::world
