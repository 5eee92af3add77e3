// The real kubectl as a witness: it works with the stand-in as with a cluster.
#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_directory.hpp"
#include "tests/world/child_process.hpp"
#include "tests/world/cluster.hpp"
#include "tests/world/witness.hpp"

namespace postflight::world {
namespace {

using Json = nlohmann::json;

const std::string pod = "ak-outpost-authentik-embedded-outpost-744d7859bb-7mgzl";

class Kubectl {
 public:
  explicit Kubectl(Cluster::Contents contents = Cluster::Contents::recorded)
      : authority_("test"),
        cluster_(authority_, directory_.path() + std::string("/pods"), contents) {
    cluster_.serve(authority_);
    std::ofstream(file()) << kubeconfig(authority_, cluster_.port());
  }
  CommandResult operator()(std::vector<std::string> words) const {
    // HOME is where kubectl keeps what it discovered.
    words.insert(words.begin(), {"kubectl", "--kubeconfig", file()});
    return witness(words, {{"HOME", directory_.path()}});
  }

 private:
  std::string file() const { return std::string(directory_.path()) + "/kubeconfig"; }
  test::TemporaryDirectory directory_;
  CertificateAuthority authority_;
  Cluster cluster_;
};

}  // namespace

TEST_CASE("kubectl works with the stand-in as with a cluster", "[world]") {
  if (find_program("kubectl").empty()) SKIP("kubectl is not installed");
  const Kubectl kubectl;

  SECTION("get, as JSON and as a table") {
    const auto all = kubectl({"get", "pods,svc,endpointslices", "-o", "json"});
    REQUIRE(all.exit_code == 0);
    std::map<std::string, int> kinds;
    const Json list = Json::parse(all.output);
    for (const auto& item : list["items"]) ++kinds[item["kind"]];
    CHECK(kinds == std::map<std::string, int>{{"Pod", 3}, {"Service", 1}, {"EndpointSlice", 1}});
    const auto table = kubectl({"get", "pods"});
    CHECK(table.exit_code == 0);
    CHECK(table.output.find("READY") != std::string::npos);
    CHECK(table.output.find(pod + "   1/1     Running") != std::string::npos);
    const auto one = kubectl({"get", "pod", pod, "-o", "name"});
    CHECK(one.output == "pod/" + pod + "\n");
  }
  SECTION("pages: kubectl follows them and shows the whole") {
    const auto paged = kubectl({"get", "events", "-o", "name", "--chunk-size=7"});
    const auto whole = kubectl({"get", "events", "-o", "name", "--chunk-size=0"});
    CHECK(paged.output == whole.output);
    CHECK(std::count(whole.output.begin(), whole.output.end(), '\n') > 14);
  }
  SECTION("logs, and the refusal of those that are gone") {
    const auto log = kubectl({"logs", pod, "--tail=1000"});
    CHECK(log.exit_code == 0);
    CHECK(log.output.find("using PostgreSQL session backend") != std::string::npos);
    const auto previous = kubectl({"logs", pod, "--previous"});
    CHECK(previous.exit_code == 1);
    CHECK(previous.errors.find("previous terminated container \"proxy\" in pod") !=
          std::string::npos);
  }
  SECTION("exec: output, exit codes, a command that is not there") {
    const auto df = kubectl({"exec", pod, "-c", "proxy", "--", "df", "-P", "-k", "/dev/shm"});
    CHECK(df.exit_code == 0);
    CHECK(df.output.find("65536") != std::string::npos);
    CHECK(df.output.find("/dev/shm") != std::string::npos);
    const auto three = kubectl({"exec", pod, "--", "sh", "-c", "echo out; echo err >&2; exit 3"});
    CHECK(three.exit_code == 3);
    CHECK(three.output == "out\n");
    CHECK(three.errors.starts_with("err\n"));
    const auto missing = kubectl({"exec", pod, "--", "no-such-program"});
    CHECK(missing.exit_code == 1);
    CHECK(missing.errors.find("executable file not found in $PATH") != std::string::npos);
  }
  SECTION("who is refused, and why") {
    const auto forbidden = kubectl({"--context", "forbidden", "get", "pods"});
    CHECK(forbidden.exit_code == 1);
    CHECK(forbidden.errors ==
          "Error from server (Forbidden): pods is forbidden: User "
          "\"system:serviceaccount:authentik:nobody\" cannot list resource \"pods\" in API group "
          "\"\" in the namespace \"authentik\"\n");
    CHECK(kubectl({"--context", "wrong-token", "get", "pods"}).errors.find("(Unauthorized)") !=
          std::string::npos);
    CHECK(kubectl({"--context", "client-certificate", "get", "nodes"}).exit_code == 0);
    CHECK(kubectl({"get", "pod", "nope"}).errors ==
          "Error from server (NotFound): pods \"nope\" not found\n");
  }
}

TEST_CASE("kubectl reads the whole healthy cluster as any other", "[world][cluster]") {
  if (find_program("kubectl").empty()) SKIP("kubectl is not installed");
  const Kubectl kubectl(Cluster::Contents::healthy);

  SECTION("every sort of object, in all namespaces") {
    const auto all = kubectl(
        {"get",
         "nodes,deploy,sts,ds,rs,jobs,cronjobs,pvc,pv,hpa,pdb,ingress,quota,sc,volumeattachments,"
         "validatingwebhookconfigurations,mutatingwebhookconfigurations,apiservices,csr,crd,leases,"
         "certificates,certificaterequests,clusterissuers,issuers,secrets,events",
         "-A", "-o", "json"});
    CHECK(all.errors.empty());
    REQUIRE(all.exit_code == 0);
    std::map<std::string, int> kinds;
    const Json list = Json::parse(all.output);
    for (const auto& item : list["items"]) ++kinds[item["kind"]];
    CHECK(kinds.size() == 27);
    CHECK(kinds["Node"] == 4);
    CHECK(kinds["Certificate"] == 2);
  }
  SECTION("use of nodes and pods") {
    const auto nodes = kubectl({"top", "nodes"});
    CHECK(nodes.exit_code == 0);
    CHECK(nodes.output.find("worker-1          1920m        24%") != std::string::npos);
    CHECK(kubectl({"top", "pods", "-A"}).output.find("postgres-0") != std::string::npos);
  }
  SECTION("field selectors that the server knows, and one that it does not") {
    const auto running = kubectl({"get", "pods", "-A", "--field-selector",
                                  "status.phase!=Running,spec.nodeName=worker-2", "-o", "name"});
    CHECK(std::count(running.output.begin(), running.output.end(), '\n') == 6);
    CHECK(kubectl(
              {"get", "secrets", "-A", "--field-selector", "type=kubernetes.io/tls", "-o", "name"})
              .output.find("secret/shop-tls\n") != std::string::npos);
    CHECK(kubectl({"get", "deploy", "-A", "--field-selector", "status.replicas=1"})
              .errors.find("is not a known field selector") != std::string::npos);
  }
}

}  // namespace postflight::world
