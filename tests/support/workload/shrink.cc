#include "tests/support/workload/shrink.h"

#include <utility>

namespace leadpulse::workload {
namespace {

using model::Definitions;
using model::Rule;
using model::TenantDefinitions;

class Shrinker {
 public:
  Shrinker(Workload workload, const std::function<bool(const Workload&)>& still_fails, int budget)
      : best_(std::move(workload)), still_fails_(still_fails), budget_(budget) {}

  Workload Shrink() {
    DropPhases();
    DropWays();
    DropTenants();
    DropEdits();
    bool has_shrunk = true;
    while (has_shrunk && budget_ > 0) {
      has_shrunk = DropRecords();
      has_shrunk = DropDefinitions() || has_shrunk;
    }
    return best_;
  }

 private:
  // Keeps a smaller workload if it still fails.
  bool Try(const Workload& smaller) {
    if (budget_ <= 0) return false;
    --budget_;
    if (!still_fails_(smaller)) return false;
    best_ = smaller;
    return true;
  }

  template <typename Change>
  bool TryChange(Change change) {
    Workload smaller = best_;
    if (!change(smaller)) return false;
    return Try(smaller);
  }

  void DropPhases() {
    while (best_.phases.size() > 1) {
      const bool dropped = TryChange([](Workload& workload) {
        workload.phases.pop_back();
        return true;
      });
      if (!dropped) break;
    }
    for (size_t i = best_.phases.size(); i-- > 0;) {
      if (!TryChange([i](Workload& workload) { return DropPhase(workload, i); })) {
        TryChange([i](Workload& workload) { return JoinPhase(workload, i); });
      }
    }
  }

  static bool DropPhase(Workload& workload, size_t at) {
    if (workload.phases.size() < 2) return false;
    workload.phases.erase(workload.phases.begin() + at);
    return true;
  }

  // Reads its records together with those of the next phase.
  static bool JoinPhase(Workload& workload, size_t at) {
    if (at + 1 >= workload.phases.size()) return false;
    std::vector<model::Record> records = std::move(workload.phases[at].records);
    std::vector<model::Record>& next = workload.phases[at + 1].records;
    records.insert(records.end(), next.begin(), next.end());
    next = std::move(records);
    return DropPhase(workload, at);
  }

  void DropWays() {
    TryChange([](Workload& workload) {
      for (Phase& phase : workload.phases) {
        phase.cuts.clear();
        phase.separate_runs = false;
        phase.grown = 0;
        phase.padding = 0;
      }
      return true;
    });
    for (size_t i = 0; i < best_.phases.size(); ++i) {
      TryChange([i](Workload& workload) { return std::exchange(workload.phases[i].is_abandoned, false); });
      TryChange([i](Workload& workload) { return std::exchange(workload.phases[i].keeps_definitions, false); });
      for (size_t kill = best_.phases[i].kills.size(); kill-- > 0;) {
        TryChange([=](Workload& workload) {
          workload.phases[i].kills.erase(workload.phases[i].kills.begin() + kill);
          return true;
        });
      }
      TryChange([i](Workload& workload) { return std::exchange(workload.phases[i].until, std::nullopt).has_value(); });
    }
  }

  void DropTenants() {
    Definitions all;
    for (const Phase& phase : best_.phases) {
      all.insert(phase.definitions.begin(), phase.definitions.end());
    }
    for (const auto& [name, definitions] : all) {
      TryChange([&name = name](Workload& workload) {
        for (Phase& phase : workload.phases) phase.definitions.erase(name);
        return true;
      });
    }
  }

  // Gives a tenant the definitions of the previous phase.
  void DropEdits() {
    for (size_t i = 1; i < best_.phases.size(); ++i) {
      const Definitions before = best_.phases[i - 1].definitions;
      for (const auto& [name, definitions] : before) {
        TryChange([&, &name = name, &definitions = definitions](Workload& workload) {
          workload.phases[i].definitions[name] = definitions;
          return true;
        });
      }
    }
  }

  // Tries halves, quarters and so on down to one record.
  bool DropRecords() {
    bool has_shrunk = false;
    for (size_t i = 0; i < best_.phases.size(); ++i) {
      size_t chunk = best_.phases[i].records.size() / 2 + 1;
      while (true) {
        size_t at = 0;
        while (at < best_.phases[i].records.size() && budget_ > 0) {
          const bool dropped = TryChange([=](Workload& workload) {
            auto& records = workload.phases[i].records;
            const size_t end = std::min(records.size(), at + chunk);
            records.erase(records.begin() + at, records.begin() + end);
            return true;
          });
          if (!dropped) at += chunk;
          has_shrunk = has_shrunk || dropped;
        }
        if (chunk == 1) break;
        chunk /= 2;
      }
    }
    return has_shrunk;
  }

  bool DropDefinitions() {
    bool has_shrunk = false;
    for (size_t i = 0; i < best_.phases.size(); ++i) {
      std::vector<std::string> names;
      for (const auto& [name, unused] : best_.phases[i].definitions) {
        names.push_back(name);
      }
      for (const std::string& name : names) {
        has_shrunk = DropLists(i, name) || has_shrunk;
        has_shrunk = DropParts(i, name) || has_shrunk;
        has_shrunk = DropExtras(i, name) || has_shrunk;
      }
    }
    return has_shrunk;
  }

  TenantDefinitions& At(Workload& workload, size_t phase, const std::string& name) {
    return workload.phases[phase].definitions.at(name);
  }

  template <typename List>
  bool DropEach(List list) {
    bool has_shrunk = false;
    for (size_t at = list(best_).size(); at-- > 0;) {
      has_shrunk = TryChange([&](Workload& workload) {
                     auto& items = list(workload);
                     items.erase(items.begin() + at);
                     return true;
                   }) ||
                   has_shrunk;
    }
    return has_shrunk;
  }

  bool DropLists(size_t phase, const std::string& name) {
    bool has_shrunk = DropEach([&](Workload & workload) -> auto& { return At(workload, phase, name).segments; });
    has_shrunk =
        DropEach([&](Workload & workload) -> auto& { return At(workload, phase, name).scoring.rules; }) || has_shrunk;
    has_shrunk = DropEach([&](Workload & workload) -> auto& { return At(workload, phase, name).topics; }) || has_shrunk;
    return has_shrunk;
  }

  bool DropExtras(size_t phase, const std::string& name) {
    using Drop = std::function<void(TenantDefinitions&)>;
    static const std::vector<Drop> kDrops = {[](auto& d) { d.scoring.exclude.reset(); },
                                             [](auto& d) { d.scoring.min.reset(); },
                                             [](auto& d) { d.scoring.max.reset(); },
                                             [](auto& d) { d.scoring.reset_on.clear(); },
                                             [](auto& d) { d.lifecycle = {}; },
                                             [](auto& d) { d.quality = {}; },
                                             [](auto& d) { d.fields.clear(); },
                                             [](auto& d) { d.event_properties.clear(); },
                                             [](auto& d) { d.timezone = "UTC"; },
                                             [](auto& d) { d.max_entries = 1000; },
                                             [](auto& d) { d.publish_score_changes = false; },
                                             [](auto& d) { d.publish_updates = false; },
                                             [](auto& d) { d.suppressed_domains.clear(); },
                                             [](auto& d) { d.identity_by_email = model::kProgramKnowsAddresses; },
                                             [](auto& d) {
                                               d.tiers = {{"cold", std::nullopt}};
                                             }};
    bool has_shrunk = false;
    for (const Drop& drop : kDrops) {
      has_shrunk = TryChange([&](Workload& workload) {
                     auto& definitions = At(workload, phase, name);
                     Definitions before = {{name, definitions}};
                     drop(definitions);
                     return DefinitionsYaml(before) != DefinitionsYaml({{name, definitions}});
                   }) ||
                   has_shrunk;
    }
    return has_shrunk;
  }

  // Replaces a rule by one of its parts.
  bool DropParts(size_t phase, const std::string& name) {
    bool has_shrunk = false;
    const auto& segments = At(best_, phase, name).segments;
    const size_t count = segments.size();
    for (size_t at = 0; at < count; ++at) {
      for (size_t part = 0; part < 3; ++part) {
        has_shrunk = TryChange([&](Workload& workload) {
                       Rule& rule = At(workload, phase, name).segments[at].rule;
                       if (part >= rule.parts.size()) return false;
                       const Rule chosen = rule.parts[part];
                       rule = chosen;
                       return true;
                     }) ||
                     has_shrunk;
      }
    }
    return has_shrunk;
  }

  Workload best_;
  const std::function<bool(const Workload&)>& still_fails_;
  int budget_;
};

}  // namespace

Workload Shrink(Workload workload, const std::function<bool(const Workload&)>& still_fails, int budget) {
  return Shrinker(std::move(workload), still_fails, budget).Shrink();
}

}  // namespace leadpulse::workload
