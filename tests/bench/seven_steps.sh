#!/usr/bin/env bash
# The questions of checklists/authentik-upgrade.yaml (without the Terraform step), asked one after
# another with kubectl, psql and curl: what scripts/bench compares postflight with.
set -euo pipefail
: "${KUBECONFIG:?}" "${NAMESPACE:?}" "${OUTPOST:?}" "${APP_URL:?}" "${EDGE_ADDRESS:?}" "${EDGE_CA_FILE:?}" "${DATABASE_URL:?}" "${PGPASSWORD:?}"

kube() { kubectl -n "$NAMESPACE" "$@"; }
host_port=${APP_URL#https://} host_port=${host_port%%/*} host=${host_port%%:*} port=443
[ "$host_port" = "$host" ] || port=${host_port##*:}
edge() { curl -sS -o /dev/null -w '%{http_code} %{redirect_url}\n' --cacert "$EDGE_CA_FILE" --connect-to "$host:$port:$EDGE_ADDRESS" "$APP_URL"; }

kubectl get --raw /readyz >/dev/null
kubectl version -o json >/dev/null
kube get service "$OUTPOST" -o json >/dev/null
kube get endpointslices -l "kubernetes.io/service-name=$OUTPOST" -o json >/dev/null
pods=$(kube get pods -l app.kubernetes.io/name=authentik-outpost-proxy -o jsonpath='{.items[*].metadata.name}')
kube get pods -l app.kubernetes.io/name=authentik,app.kubernetes.io/component=server -o json >/dev/null
kube get deployment "$OUTPOST" -o json >/dev/null
for pod in $pods; do
  kube logs "$pod" -c proxy --timestamps >/dev/null
  kube exec "$pod" -c proxy -- df -P -k /dev/shm >/dev/null
  kube exec "$pod" -c proxy -- ls -1A /dev/shm >/dev/null
done
sample="SELECT count(*), max(expires), count(*) FILTER (WHERE expires < now() - interval '20 minutes'), count(*) FILTER (WHERE session_data ? 'claims') FROM authentik_providers_proxy_proxysession"
psql -At "$DATABASE_URL" -c "$sample" >/dev/null
edge >/dev/null
psql -At "$DATABASE_URL" -c "$sample" >/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do edge; done >/dev/null
