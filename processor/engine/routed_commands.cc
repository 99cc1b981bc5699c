#include "processor/engine/routed_commands.h"

#include <algorithm>
#include <span>

namespace leadpulse::engine {
namespace {

using state::RoutedCommand;
using Rows = std::vector<RoutedCommand>;

// The rows of the command whose first row this is.
std::span<const RoutedCommand> RowsFrom(const Rows& rows, size_t first) {
  size_t end = first;
  while (end < rows.size() && rows[end].command_id == rows[first].command_id) ++end;
  return std::span(rows).subspan(first, end - first);
}

// The targets of the row's command. None if the row is damaged: it refers to no command before it.
std::vector<std::string> TargetsAt(const Rows& rows, size_t row) {
  while (row > 0 && rows[row].lead.empty()) --row;
  while (row > 0 && rows[row - 1].command_id == rows[row].command_id) --row;
  std::vector<std::string> targets;
  for (const RoutedCommand& one : RowsFrom(rows, row)) {
    if (!one.lead.empty()) targets.push_back(one.lead);
  }
  return targets;
}

size_t CountCommands(const Rows& rows) {
  size_t commands = 0;
  for (size_t i = 0; i < rows.size(); ++i) commands += i == 0 || rows[i].command_id != rows[i - 1].command_id;
  return commands;
}

void ForgetOldest(Rows* rows) {
  const size_t oldest = RowsFrom(*rows, 0).size();
  size_t forgotten = oldest;
  if (oldest < rows->size() && (*rows)[oldest].lead.empty()) {
    // The next command went to the same leads.
    const std::string next = (*rows)[oldest].command_id;
    for (size_t i = 0; i < oldest; ++i) (*rows)[i].command_id = next;
    rows->erase(rows->begin() + static_cast<ptrdiff_t>(oldest));
    forgotten = 0;
  }
  rows->erase(rows->begin(), rows->begin() + static_cast<ptrdiff_t>(forgotten));
}

}  // namespace

std::vector<std::string> RoutedTargets(const state::LeadIdentity& mailbox, std::string_view command_id) {
  const Rows& rows = mailbox.routed;
  const auto first = std::ranges::find(rows, command_id, &RoutedCommand::command_id);
  if (first == rows.end()) return {};
  return TargetsAt(rows, static_cast<size_t>(first - rows.begin()));
}

void RememberRouted(const std::string& command_id, const std::vector<std::string>& targets,
                    state::LeadIdentity* mailbox) {
  Rows& rows = mailbox->routed;
  if (std::ranges::find(rows, command_id, &RoutedCommand::command_id) != rows.end()) return;
  if (targets.size() > 1 && !rows.empty() && TargetsAt(rows, rows.size() - 1) == targets) {
    rows.push_back({command_id, ""});
  } else {
    for (const std::string& target : targets) rows.push_back({command_id, target});
  }
  size_t commands = CountCommands(rows);
  for (; commands > state::kMaxRoutedCommands || rows.size() > state::kMaxRoutedTargets; --commands) {
    ForgetOldest(&rows);
  }
}

}  // namespace leadpulse::engine
