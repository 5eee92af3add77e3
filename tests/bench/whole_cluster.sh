#!/usr/bin/env bash
# The questions of checklists/cluster.yaml asked one after another with kubectl and jq, as a shell
# script would: what scripts/bench compares postflight with. Prints what is wrong. Not asked, here and
# there: what is in Prometheus, and the leases.
set -euo pipefail
: "${KUBECONFIG:?}"

definitions='
  def seconds_since(f): f as $t | if $t == null then null else now - ($t[0:19] + "Z" | fromdateiso8601) end;
  def age: seconds_since(.metadata.creationTimestamp);
  def condition($type): (.status.conditions // [])[] | select(.type == $type);
  def quantity: if type == "number" then . else
    capture("^(?<n>[0-9.]+)(?<u>[a-zA-Z]*)$") as $q
    | ($q.n | tonumber) * {"": 1, "n": 1e-9, "u": 1e-6, "m": 0.001, "k": 1000, "M": 1e6, "G": 1e9, "T": 1e12,
      "Ki": 1024, "Mi": 1048576, "Gi": 1073741824, "Ti": 1099511627776}[$q.u] end;'
query() { jq -r --argjson grace_minutes 10 --argjson recent_hours 24 "$definitions $1"; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
list() { kubectl get "$1" -A -o json "${@:2}"; }

# wrong RESOURCE EXPRESSION [kubectl arguments]: what is wrong with each object.
wrong() { list "$1" "${@:3}" | query ".items[] | \"\\(.metadata.namespace // \"\")/\\(.metadata.name)\" as \$name | ($2
) | \"$1 \\(\$name): \\(.)\""; }
# missing RESOURCE NAMES OTHERS FOUND_BY: what is referred to, and not there.
missing() {
  list "$1" | query ".items[] | $2" | sort -u >"$work/names"
  list "$3" | query ".items[] | $4" | sort -u >"$work/others"
  comm -23 "$work/names" "$work/others"
}
# too_many RESOURCE EXPRESSION MOST [kubectl arguments]
too_many() { list "$1" "${@:4}" | query "[.items[] | select($2)] | length | select(. > $3) | \"$1: \\(.)\""; }

# api-ready
kubectl get --raw /readyz >/dev/null
kubectl version -o json >/dev/null 2>&1

# apiservices-available
wrong apiservices.apiregistration.k8s.io '
  [condition("Available")][0] as $available
  | if $available == null then "nobody has said that it is available"
    elif $available.status != "True" then "not available: \($available.message // $available.reason // "no reason given")"
    else empty end'

# crds-established
wrong customresourcedefinitions.apiextensions.k8s.io '
  ("Established", "NamesAccepted") as $type
  | [condition($type)][0] as $is
  | select($is.status != "True")
  | "not \($type): \($is.message // $is.reason // "nobody has said so")"'
missing customresourcedefinitions.apiextensions.k8s.io '
  .spec.conversion.webhook.clientConfig.service | select(. != null) | "\(.namespace)/\(.name)"' endpointslices.discovery.k8s.io '
  select([.endpoints[]? | select(.conditions.ready != false)] | length > 0)
  | "\(.metadata.namespace)/\(.metadata.labels["kubernetes.io/service-name"])"'

# validating-webhooks-served
missing validatingwebhookconfigurations.admissionregistration.k8s.io '
  .webhooks[]?.clientConfig.service | select(. != null) | "\(.namespace)/\(.name)"' endpointslices.discovery.k8s.io '
  select([.endpoints[]? | select(.conditions.ready != false)] | length > 0)
  | "\(.metadata.namespace)/\(.metadata.labels["kubernetes.io/service-name"])"'

# mutating-webhooks-served
missing mutatingwebhookconfigurations.admissionregistration.k8s.io '
  .webhooks[]?.clientConfig.service | select(. != null) | "\(.namespace)/\(.name)"' endpointslices.discovery.k8s.io '
  select([.endpoints[]? | select(.conditions.ready != false)] | length > 0)
  | "\(.metadata.namespace)/\(.metadata.labels["kubernetes.io/service-name"])"'

# certificate-requests-answered
wrong certificatesigningrequests.certificates.k8s.io '
  ([condition("Failed")][0]) as $failed
  | if $failed != null then "failed: \($failed.message // $failed.reason // "no reason given")"
    elif (.status.conditions // [] | length) == 0 and age > $grace_minutes * 60
      then "asked for by \(.spec.username // "nobody"), it has waited for \(age / 60 | floor) minutes"
    elif [condition("Approved")][0].status == "True" and .status.certificate == null and age > $grace_minutes * 60
      then "approved \(age / 60 | floor) minutes ago, and no certificate was issued"
    else empty end'

# namespaces-not-stuck
wrong namespaces '
  select(.metadata.deletionTimestamp != null and seconds_since(.metadata.deletionTimestamp) > $grace_minutes * 60)
  | ([.status.conditions[]? | select(.status == "True") | .message] | join("; ")) as $why
  | "being deleted since \(.metadata.deletionTimestamp): \(if $why == "" then "nobody says what holds it" else $why end)"'

# nodes-ready
wrong nodes '
  ("Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable") as $type
  | [condition($type)][0] as $is
  | if $type == "Ready" and $is.status != "True" then "not Ready: \($is.message // "nobody has said so")"
    elif $type != "Ready" and $is != null and $is.status != "False" then "\($type): \($is.message)"
    elif $type == "Ready" and .spec.unschedulable == true then "it takes no new pods"
    else empty end'
kubectl get nodes -o json | query '[.items[].status.nodeInfo.kubeletVersion] | unique | select(length > 1) | "kubelets of \(.)"'

# nodes-have-room
kubectl get nodes -o json | query '.items[] | "\(.metadata.name) \(.status.allocatable.cpu | quantity) \(.status.allocatable.memory | quantity)"' | sort >"$work/nodes"
kubectl get --raw /apis/metrics.k8s.io/v1beta1/nodes | query '.items[] | "\(.metadata.name) \(.usage.cpu | quantity) \(.usage.memory | quantity)"' | sort >"$work/use"
join -a 1 "$work/nodes" "$work/use" | awk 'NF < 5 || $4 > 0.8 * $2 || $5 > 0.8 * $3 {print "node " $1 ": used up"}'

# pods-start
wrong pods '
  select(.status.phase != "Succeeded" and .status.phase != "Failed" and .metadata.deletionTimestamp == null)
  | (age > $grace_minutes * 60) as $long
  | (.status.initContainerStatuses[]?, .status.containerStatuses[]?)
  | select(.state.waiting != null and (.state.waiting.reason != "PodInitializing" or $long))
  | select($long or (.state.waiting.reason // "" | test("BackOff|Err|Invalid")))
  | "\(.name) waits: \(.state.waiting.reason // "no reason given")\(if .state.waiting.message == null then "" else ": \(.state.waiting.message)" end)"'

# pods-scheduled
wrong pods '
  select((.spec.nodeName // "") == "" and .status.phase != "Failed" and .metadata.deletionTimestamp == null
    and (.spec.schedulingGates // [] | length) == 0 and age > $grace_minutes * 60)
  | "it has waited for a node for \(age / 60 | floor) minutes: \([condition("PodScheduled").message][0] // "the scheduler has said nothing")"'

# pods-ready
wrong pods '
  select((.status.phase == "Running" or .status.phase == "Unknown") and .metadata.deletionTimestamp == null)
  | [condition("Ready")][0] as $ready
  | if .status.phase == "Unknown" then "its phase is Unknown: its node has stopped reporting"
    elif $ready == null then "nobody has said whether it is ready"
    elif $ready.status != "True" and seconds_since($ready.lastTransitionTime) > $grace_minutes * 60
      then "not ready for \(seconds_since($ready.lastTransitionTime) / 60 | floor) minutes: \($ready.message // $ready.reason // "no reason given")"
    else empty end'

# pods-not-restarting
wrong pods '
  .status.containerStatuses[]?
  | (.state.terminated, .lastState.terminated) as $exit
  | select($exit != null and seconds_since($exit.finishedAt) < $recent_hours * 3600)
  | if $exit.reason == "OOMKilled" then "\(.name) was killed for want of memory at \($exit.finishedAt)"
    elif .restartCount >= 3 and $exit.exitCode != 0
      then "\(.name) was started \(.restartCount) times anew, and last ended at \($exit.finishedAt): \($exit.reason // "no reason given"), exit code \($exit.exitCode)"
    else empty end'

# pods-not-failed
wrong pods '
  select(.status.phase == "Failed" and ([.metadata.ownerReferences[]? | select(.kind == "Job")] | length) == 0)
  | "failed: \(.status.reason // "no reason given")\(if (.status.message // "") == "" then "" else ": \(.status.message)" end)"'

# pods-not-stuck
wrong pods '
  select(.metadata.deletionTimestamp != null and seconds_since(.metadata.deletionTimestamp) > $grace_minutes * 60)
  | "being deleted since \(.metadata.deletionTimestamp)\(if (.metadata.finalizers // [] | length) > 0 then ", held by \(.metadata.finalizers | join(", "))" else "" end)"'

# rollouts-complete
for resource in deployments statefulsets daemonsets; do
  wrong "$resource" '
  .status as $is
  | ($is.desiredNumberScheduled // .spec.replicas // 1) as $wanted
  | if ($is.observedGeneration // 0) < .metadata.generation then "its controller has not seen its newest specification"
    elif ($is.updatedReplicas // $is.updatedNumberScheduled // 0) != $wanted then "not all of its replicas are updated"
    elif ($is.readyReplicas // $is.numberReady // 0) != $wanted then "not all of its replicas are ready"
    elif ($is.availableReplicas // $is.numberAvailable // 0) != $wanted then "not all of its replicas are available"
    elif .spec.paused == true then "it is paused"
    elif [condition("Progressing")][0].status == "False" then "it makes no progress"
    else empty end'
  list "$resource" | query '.items[] | .metadata.uid as $uid | .spec.template.spec.containers[] | "\($uid) \(.name) \(.image)"' | sort >"$work/images.$resource"
done
list replicasets | query '.items[] | select((.status.replicas // 0) > 0) | "\(.metadata.uid) \(.metadata.ownerReferences[0].uid)"' | sort >"$work/sets"
list pods | query '.items[] | select(.status.phase == "Running" and .metadata.deletionTimestamp == null and .metadata.ownerReferences != null)
  | .metadata.ownerReferences[0].uid as $owner | .spec.containers[] | "\($owner) \(.name) \(.image)"' | sort >"$work/pods"
awk 'NR == FNR {owner[$1] = $2; next} {print ($1 in owner ? owner[$1] : $1), $2, $3}' "$work/sets" "$work/pods" | sort -u >"$work/running"
cut -d ' ' -f 1 "$work"/images.* | sort -u >"$work/workloads"
comm -13 <(sort -u "$work"/images.*) <(join "$work/running" "$work/workloads")

# jobs-not-failed
wrong jobs.batch '
  condition("Failed")
  | select(.status == "True" and seconds_since(.lastTransitionTime) < $recent_hours * 3600)
  | "failed at \(.lastTransitionTime): \(.reason // "no reason given"): \(.message // "")"'

# cronjobs-succeed
wrong cronjobs.batch '
  select(.status.lastScheduleTime != null and (.status.active // [] | length) == 0
    and seconds_since(.status.lastScheduleTime) > $grace_minutes * 60)
  | if .status.lastSuccessfulTime == null then "started last at \(.status.lastScheduleTime), it has never succeeded"
    elif seconds_since(.status.lastSuccessfulTime) > seconds_since(.status.lastScheduleTime)
      then "started last at \(.status.lastScheduleTime), it succeeded last at \(.status.lastSuccessfulTime)"
    else empty end'

# cronjobs-not-suspended
wrong cronjobs.batch '
  select(.spec.suspend == true) | "suspended\(if .status.lastScheduleTime == null then "" else ", started last at \(.status.lastScheduleTime)" end)"'

# volume-claims-bound
wrong persistentvolumeclaims '
  (if .status.phase == "Lost" then "its volume is gone"
  elif .status.phase != "Bound" and age > $grace_minutes * 60
    then "\(.status.phase // "without a phase") for \(age / 60 | floor) minutes; storage class \(.spec.storageClassName // "none")"
  else empty end
  ),
  (.status.conditions[]?
  | select(.status == "True" and seconds_since(.lastTransitionTime) > $grace_minutes * 60)
  | "\(.type) since \(.lastTransitionTime): \(.message // "no message")"
  )'

# volumes-not-left-over
wrong persistentvolumes '
  (if .status.phase == "Failed" then "failed: \(.status.message // "no message")"
  elif .status.phase == "Released" and .spec.persistentVolumeReclaimPolicy == "Delete"
    and seconds_since(.status.lastPhaseTransitionTime // .metadata.creationTimestamp) > $grace_minutes * 60
    then "released since \(.status.lastPhaseTransitionTime), and not deleted as its policy says"
  else empty end
  ),
  (select(.status.phase == "Released" and .spec.persistentVolumeReclaimPolicy != "Delete")
  | "kept from the claim \(.spec.claimRef.namespace)/\(.spec.claimRef.name), which is gone"
  )'

# volumes-attached
wrong volumeattachments.storage.k8s.io '
  if .status.attachError != null then "cannot be attached to \(.spec.nodeName): \(.status.attachError.message // "no message")"
  elif .status.detachError != null then "cannot be detached from \(.spec.nodeName): \(.status.detachError.message // "no message")"
  elif .metadata.deletionTimestamp != null and seconds_since(.metadata.deletionTimestamp) > $grace_minutes * 60
    then "being detached from \(.spec.nodeName) since \(.metadata.deletionTimestamp)"
  elif .status.attached != true and age > $grace_minutes * 60 then "not attached to \(.spec.nodeName) for \(age / 60 | floor) minutes"
  else empty end'

# autoscalers-active
wrong horizontalpodautoscalers.autoscaling '
  select(age > $grace_minutes * 60)
  | ("AbleToScale", "ScalingActive") as $type
  | [condition($type)][0] as $is
  | select($is.status != "True" and $is.reason != "ScalingDisabled")
  | "not \($type): \($is.message // $is.reason // "nobody has said so")"'

# autoscalers-not-at-limit
wrong horizontalpodautoscalers.autoscaling '
  condition("ScalingLimited")
  | select(.status == "True" and .reason != "TooFewReplicas")
  | "\(.message // .reason), since \(.lastTransitionTime)"'

# quotas-not-full
wrong resourcequotas '
  ((.status.used // {}) as $used
  | if (.status.hard == null) and age > $grace_minutes * 60 then "nobody has counted what is used of it"
    else (.status.hard // {} | to_entries[]
      | (.value | quantity) as $hard
      | select($hard > 0)
      | (($used[.key] // "0" | quantity) * 100 / $hard) as $percent
      | select($percent > 95)
      | "\($percent | floor) % of \(.key) are used: \($used[.key]) of \(.value)") end
  ),
  ((.status.used // {}) as $used
  | .status.hard // {} | to_entries[]
  | (.value | quantity) as $hard
  | select($hard > 0)
  | (($used[.key] // "0" | quantity) * 100 / $hard) as $percent
  | select($percent > 80 and $percent <= 95)
  | "\($percent | floor) % of \(.key) are used: \($used[.key]) of \(.value)"
  )'

# disruption-budgets-have-room
wrong poddisruptionbudgets.policy '
  ([condition("DisruptionAllowed")][0] as $allowed
  | if $allowed.reason == "SyncFailed" then "it cannot be counted: \($allowed.message // "no message")"
    elif .status.expectedPods > 0 and .status.disruptionsAllowed == 0 and .status.currentHealthy < .status.expectedPods
      then "no pod may be moved: \(.status.currentHealthy) of \(.status.expectedPods) are healthy, and \(.status.desiredHealthy) must be"
    else empty end
  ),
  (select(.status.expectedPods > 0 and .status.disruptionsAllowed == 0 and .status.currentHealthy >= .status.expectedPods)
  | "no pod may ever be moved: \(.status.expectedPods) pods, and \(.status.desiredHealthy) of them must be healthy"
  )'

# services-have-endpoints
missing services '
  select(.spec.type != "ExternalName" and (.spec.selector // {} | length) > 0 and age > $grace_minutes * 60)
  | "\(.metadata.namespace)/\(.metadata.name)"' endpointslices.discovery.k8s.io '
  select([.endpoints[]? | select(.conditions.ready != false)] | length > 0)
  | "\(.metadata.namespace)/\(.metadata.labels["kubernetes.io/service-name"])"'

# load-balancers-have-address
wrong services '
  select(.spec.type == "LoadBalancer" and (.status.loadBalancer.ingress // [] | length) == 0 and age > $grace_minutes * 60)
  | "no address for \(age / 60 | floor) minutes"'

# ingresses-have-address
wrong ingresses.networking.k8s.io '
  select((.status.loadBalancer.ingress // [] | length) == 0 and age > $grace_minutes * 60)
  | "no controller has given it an address; class \(.spec.ingressClassName // "none")"'

# ingresses-have-services
missing ingresses.networking.k8s.io '
  .metadata.namespace as $namespace
  | (.spec.defaultBackend, .spec.rules[]?.http.paths[]?.backend) | select(.service != null)
  | "\($namespace)/\(.service.name)"' services '
  "\(.metadata.namespace)/\(.metadata.name)"'

# tls-secrets-valid
list secrets --field-selector type=kubernetes.io/tls | query '.items[] | "\(.metadata.namespace)/\(.metadata.name) \(.data["tls.crt"])"' >"$work/certificates"
while read -r name certificate; do
  base64 -d <<<"$certificate" | openssl x509 -noout -checkend $((14 * 86400)) >/dev/null || echo "secret $name: its certificate runs out"
done <"$work/certificates"
list ingresses | query '.items[] | .metadata.namespace as $namespace | .spec.tls[]? | "\($namespace)/\(.secretName) \(.hosts[]?)"' >"$work/hosts"
while read -r name host; do
  awk -v name="$name" '$1 == name {print $2}' "$work/certificates" | base64 -d | openssl x509 -noout -checkhost "$host" | grep -q 'does match' ||
    echo "secret $name: its certificate is not for $host"
done <"$work/hosts"

# cert-manager-certificates-ready
wrong certificates.cert-manager.io '
  [condition("Ready")][0] as $ready
  | if $ready.status != "True" and age > $grace_minutes * 60
      then "not issued: \($ready.message // $ready.reason // "nobody has said why")"
    elif .status.renewalTime != null and seconds_since(.status.renewalTime) > 3600
      then "it should have been renewed at \(.status.renewalTime), and ends at \(.status.notAfter)"
    else empty end'

# cert-manager-requests-issued
wrong certificaterequests.cert-manager.io '
  [condition("Ready")][0] as $ready
  | [.status.conditions[]? | select((.type == "Denied" or .type == "InvalidRequest") and .status == "True")][0] as $refused
  | ($ready.reason == "Failed" or $ready.reason == "Denied" or $refused != null) as $over
  | if $over and seconds_since(.status.failureTime // ($refused // $ready).lastTransitionTime) < $recent_hours * 3600
      then "\(($refused.type // $ready.reason)): \(($refused // $ready).message // "no message")"
    elif ($over | not) and $ready.status != "True" and age > $grace_minutes * 60
      then "not issued for \(age / 60 | floor) minutes: \($ready.message // $ready.reason // "nobody has said why")"
    else empty end'

# cert-manager-issuers-ready
wrong issuers.cert-manager.io '
  [condition("Ready")][0] as $ready
  | select($ready.status != "True" and age > $grace_minutes * 60)
  | "not ready: \($ready.message // $ready.reason // "nobody has said why")"'

# cert-manager-cluster-issuers-ready
wrong clusterissuers.cert-manager.io '
  [condition("Ready")][0] as $ready
  | select($ready.status != "True" and age > $grace_minutes * 60)
  | "not ready: \($ready.message // $ready.reason // "nobody has said why")"'

# helm-releases-deployed
list secrets --field-selector type=helm.sh/release.v1 | query '.items[] | "\(.metadata.namespace) \(.metadata.labels.name) \(.metadata.labels.version) \(.data.release)"' |
  sort -k 1,2 -k 3,3nr | sort -u -k 1,2 >"$work/releases"
while read -r namespace name _ release; do
  base64 -d <<<"$release" | base64 -d | gunzip >"$work/release"
  jq -r --arg name "$namespace/$name" 'select(.info.status != "deployed") | "release \($name): \(.info.status)"' "$work/release"
  jq -r .manifest "$work/release" | awk '{gsub("\"", "")} /^kind:/ {kind = $2} /^  name:/ && name == "" {name = $2}
    /^---/ {name = ""} / image:/ && kind ~ /^(Deployment|StatefulSet|DaemonSet)$/ {print kind, name, $NF}' >"$work/wanted"
  while read -r kind workload image; do
    kubectl -n "$namespace" get "$kind" "$workload" -o json | query '.spec.template.spec | .containers[], .initContainers[]? | .image' | grep -qxF "$image" ||
      echo "release $namespace/$name: $kind $workload does not run $image"
  done <"$work/wanted"
done <"$work/releases"

# events-few-warnings
too_many events '
  seconds_since(.series.lastObservedTime // .lastTimestamp // .eventTime // .metadata.creationTimestamp) < 3600' 25 --field-selector type=Warning
