#include "tests/world/cluster_faults/edits.hpp"
#include "tests/world/cluster_objects/metadata.hpp"
#include "tests/world/json.hpp"

namespace postflight::world {

using namespace std::chrono_literals;

namespace {

void no_metric(Json& autoscaler) {
  autoscaler["status"]["currentMetrics"] = nullptr;
  set_condition(autoscaler, "ScalingActive", "False", "FailedGetResourceMetric",
                "the HPA was unable to compute the replica count: failed to get cpu utilization: "
                "unable to get metrics for resource cpu: no metrics returned from resource metrics "
                "API",
                30min);
}

// The controller leaves the place of a metric that it cannot get empty, and goes on by the other.
void one_metric_missing(Json& autoscaler) {
  autoscaler["spec"]["metrics"].push_back(
      {{"type", "Pods"},
       {"pods",
        {{"metric", {{"name", "requests_per_second"}}},
         {"target", {{"type", "AverageValue"}, {"averageValue", "10"}}}}}});
  autoscaler["status"]["currentMetrics"].push_back({{"type", ""}});
}

void at_limit(Json& autoscaler) {
  autoscaler["spec"]["maxReplicas"] = 3;
  autoscaler["status"]["currentMetrics"][0]["resource"]["current"] = {{"averageUtilization", 163},
                                                                      {"averageValue", "163m"}};
  set_condition(autoscaler, "ScalingLimited", "True", "TooManyReplicas",
                "the desired replica count is more than the maximum replica count", 50min);
}

void no_room(Json& budget) {
  budget["spec"]["minAvailable"] = 3;
  budget["status"]["desiredHealthy"] = 3;
  budget["status"]["disruptionsAllowed"] = 0;
  set_condition(budget, "DisruptionAllowed", "False", "InsufficientPods", "", 50min);
}

}  // namespace

std::vector<Fault> limit_faults() {
  return {
      fault("hpa-no-metric", "an autoscaler has no metric to scale by", {"autoscalers-active"},
            change("horizontalpodautoscalers", "shop", "web", no_metric)),
      fault("hpa-metric-missing", "an autoscaler gets one of its two metrics",
            {"autoscalers-active"},
            change("horizontalpodautoscalers", "shop", "web", one_metric_missing)),
      fault("hpa-at-limit", "an autoscaler wants more replicas than it may have",
            {"autoscalers-not-at-limit"},
            change("horizontalpodautoscalers", "shop", "web", at_limit)),
      fault("quota-nearly-used", "99 % of a quota are used, told in decimal units",
            {"quotas-not-full"},
            change("resourcequotas", "shop", "compute",
                   [](Json& quota) { quota["status"]["used"]["limits.memory"] = "31680M"; })),
      fault("pdb-no-room", "a disruption budget allows no pod to be moved",
            {"disruption-budgets-have-room"},
            change("poddisruptionbudgets", "shop", "web", no_room)),
  };
}

}  // namespace postflight::world
