// LP_ASSIGN_OR_RETURN: takes the value out of a Result, or passes its error on to the caller.
#pragma once

#include <utility>

#include "processor/base/status.h"  // IWYU pragma: export

// LP_ASSIGN_OR_RETURN(const Instant clock, ClockOfState(store));
// LP_ASSIGN_OR_RETURN(member_, Open(path));
//
// The first argument is the left side of an assignment or declaration, without a comma; the rest is an expression of
// type Result. The enclosing function returns a Status or a Result. It expands to several statements, so an `if` around
// it needs braces.
#define LP_ASSIGN_OR_RETURN(target, ...) \
  LP_ASSIGN_OR_RETURN_FROM(LP_ASSIGN_NAME(lp_result_, __LINE__), target, __VA_ARGS__)
#define LP_ASSIGN_OR_RETURN_FROM(result, target, ...) \
  auto result = (__VA_ARGS__);                        \
  if (!result.ok()) return result.status();           \
  target = std::move(*result)
#define LP_ASSIGN_NAME(begin, line) LP_ASSIGN_JOINED(begin, line)
#define LP_ASSIGN_JOINED(begin, line) begin##line
