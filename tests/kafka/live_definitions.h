// The definitions of live_test.py as structures of the model, written a second time. If the two differ, the model and
// the program do.
#pragma once

#include "tests/support/model/definitions.h"

namespace leadpulse::testing {

model::Definitions LiveDefinitions();

}  // namespace leadpulse::testing
