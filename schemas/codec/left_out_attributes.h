// Commands without some of the attributes that they set. Thread-safe.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "schemas/codec/records.h"

namespace leadpulse::codec {

// Removes the attributes of these names from those that the command sets. The command keeps its id.
inline void LeaveOutAttributes(const std::vector<std::string>& names, Command* command) {
  if (names.empty()) return;
  Actions actions;
  for (Action action : command->actions) {
    if (auto* const update = std::get_if<UpdateProfile>(&action)) {
      std::erase_if(update->set,
                    [&names](const auto& named) { return std::ranges::find(names, named.first) != names.end(); });
    }
    actions.Add(std::move(action));
  }
  command->actions = std::move(actions);
}

}  // namespace leadpulse::codec
