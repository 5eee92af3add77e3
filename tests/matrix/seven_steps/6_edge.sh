# The edge sends a visitor to the login.
curl -sI --cacert "$EDGE_CA_FILE" --cert "$EDGE_CERTIFICATE_FILE" --key "$EDGE_KEY_FILE" \
  ${EDGE_ADDRESS:+--connect-to "::$EDGE_ADDRESS"} "$APP_URL" | grep -i '^location: https://auth.example.com/'
