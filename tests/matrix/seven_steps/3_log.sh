# The outpost sets up its applications: no line says that it failed to.
errors=$(kubectl -n authentik logs "deployment/$OUTPOST" -c proxy --since=10m | grep -c 'failed to setup application')
echo "$errors errors"
[ "$errors" -eq 0 ]
