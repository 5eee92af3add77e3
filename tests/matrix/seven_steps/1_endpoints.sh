# The outpost's Service has endpoints: there is some address.
kubectl -n authentik get endpoints "$OUTPOST" -o jsonpath='{.subsets[*].addresses[*].ip}' | grep -E '([0-9]+\.){3}[0-9]+'
