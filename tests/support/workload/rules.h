// Random rules.
#pragma once

#include <string>

#include "tests/support/workload/world.h"

namespace leadpulse::workload {

// Whether random rules may hold comparisons that are never true. The program refuses those in new rules.
enum class Comparisons { kMayHold, kAny };

// A maker of random rules about the values of one world.
class RuleMaker {
 public:
  RuleMaker(Random& random, const World& world, const model::TenantDefinitions& definitions,
            Comparisons comparisons = Comparisons::kMayHold)
      : random_(random), world_(world), definitions_(definitions), comparisons_(comparisons) {}

  // Makes a rule. `may_use_score` also allows rules that depend on the score or on other segments.
  model::Rule MakeRule(int depth, bool may_use_score);
  model::Step MakeStep();

 private:
  model::Predicate MakePredicate(bool may_use_score);
  model::Predicate MakeAnyPredicate(bool may_use_score);
  model::Step MakeAnyStep();
  void FillProfile(model::Predicate& predicate, bool may_use_score);
  void FillTime(model::Predicate& predicate);
  void FillDid(model::Predicate& predicate);
  void FillThen(model::Predicate& predicate);
  void FillName(model::Predicate& predicate, bool may_use_score);
  model::Test MakeTest(model::FieldType taste, bool may_be_date);
  model::Literal MakeLiteral(model::FieldType taste);
  model::Instant MakeInstant();
  model::Day MakeDay();
  model::Period MakePeriod();
  model::Window MakeWindow();
  model::TextTest MakeTextTest();
  std::string TimeField();

  Random& random_;
  const World& world_;
  const model::TenantDefinitions& definitions_;
  const Comparisons comparisons_;
};

}  // namespace leadpulse::workload
