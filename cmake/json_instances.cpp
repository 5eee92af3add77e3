// The one place where JSON is instantiated when headers are precompiled.
POSTFLIGHT_JSON_INSTANCES()
