// Which leads each command that names only an address went to, as the mailbox of the address remembers it (spec §9,
// rule 4).
//
// The rows of a command in LeadIdentity::routed stand next to each other, the oldest command first. A command that went
// to the same leads as the one before has one row, whose lead is empty: so that a mailbox with many users remembers as
// many commands as others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/lead/identity.h"

namespace leadpulse::engine {

// The ids of the leads that a command went to, in the order in which they got it. Empty: it is not remembered.
std::vector<std::string> RoutedTargets(const state::LeadIdentity& mailbox, std::string_view command_id);

// Remembers a command that went to `targets`, which are not empty, unless it is remembered already. Forgets the oldest
// ones beyond state::kMaxRoutedCommands and state::kMaxRoutedTargets.
void RememberRouted(const std::string& command_id, const std::vector<std::string>& targets,
                    state::LeadIdentity* mailbox);

}  // namespace leadpulse::engine
