# Sessions are kept in the database: there are some that have not expired.
sessions=$(psql -At "$DATABASE_URL" -c "SELECT count(*) FROM $SESSION_TABLE WHERE expires > now()")
echo "$sessions sessions"
[ "$sessions" -gt 0 ]
