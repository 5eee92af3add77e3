#include "reports/report.hpp"

#include <algorithm>

namespace postflight {}
