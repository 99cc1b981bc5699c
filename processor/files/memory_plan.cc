#include "processor/files/memory_plan.h"

#include <algorithm>

namespace leadpulse::files {
namespace {

constexpr size_t kMebibyte = size_t{1} << 20;
// The program with its libraries, batches being read and decoded, changes and rows that wait to be written.
constexpr size_t kFixed = 96 * kMebibyte;

}  // namespace

MemoryPlan PlanMemory(size_t total) {
  const size_t rest = std::max(total, kFixed) - kFixed;
  MemoryPlan plan;
  plan.blocks = std::max(rest / 8, 4 * kMebibyte);
  plan.changed_leads = std::clamp(rest / 8, 16 * kMebibyte, 256 * kMebibyte);
  plan.write_buffer = std::clamp(rest / 24, 2 * kMebibyte, 64 * kMebibyte);
  // One buffer is filled while another is written out. The leads of an epoch are also held encoded and in the write
  // batch. The allocator needs a quarter more than the counted size of leads.
  const size_t taken = plan.blocks + plan.changed_leads * 7 / 4 + plan.write_buffer * 5 / 2;
  plan.leads = std::max((std::max(rest, taken) - taken) / 5 * 4, 8 * kMebibyte);
  return plan;
}

}  // namespace leadpulse::files
