#pragma once

#include <string>
#include <string_view>

namespace postflight {

// The type of the Secrets in which Helm keeps its releases, one for each revision.
inline constexpr std::string_view helm_release_type = "helm.sh/release.v1";

// What stands in `data.release` of such a Secret, as the text of one JSON object: no more of it
// than checks look at, and no value that anybody set. It holds
//   name, namespace, version (the revision), info.status and its dates, chart.metadata;
//   config and chart.values: their keys; true, false and null; texts as "[secret]" or as the
//   actions
//     of the template that they are, numbers as 0 or 1;
//   chart.templates and chart.files: name and `actions`, without NOTES.txt and what has none;
//   workloads: of the manifest's Deployments, StatefulSets and DaemonSets kind, namespace, name and
//     the images of their containers, or `unreadable`: why a document of it could not be read.
// What was made by this function and packed again reads the same. Throws ClientError: unreadable,
// too-large.
std::string read_helm_release(std::string_view data);

// The text of `data.release` with that JSON in it: base64 of base64 of gzip, as Helm writes it.
std::string packed_helm_release(std::string_view json);

}  // namespace postflight
