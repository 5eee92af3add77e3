namespace postflight {}
