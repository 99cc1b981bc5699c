// How rules compare numbers, instants and days.
#pragma once

#include "tests/support/model/rule.h"

namespace leadpulse::model {

template <typename Number>
bool CompareNumbers(Compare compare, Number left, Number right) {
  switch (compare) {
    case Compare::kEqual:
      return left == right;
    case Compare::kNotEqual:
      return left != right;
    case Compare::kLess:
      return left < right;
    case Compare::kLessEqual:
      return left <= right;
    case Compare::kMore:
      return left > right;
    case Compare::kMoreEqual:
      return left >= right;
  }
  return false;
}

}  // namespace leadpulse::model
