# The Service selects the outpost's pods: the selector holds the outpost's label.
kubectl -n authentik get service "$OUTPOST" -o jsonpath='{.spec.selector}' | grep 'goauthentik.io/outpost-name'
