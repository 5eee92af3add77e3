# Sessions are not kept in files: there are no more than a few dozen in /dev/shm.
files=$(kubectl -n authentik exec "deployment/$OUTPOST" -c proxy -- ls /dev/shm | wc -l)
echo "$files files"
[ "$files" -lt 100 ]
