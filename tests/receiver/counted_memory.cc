#include "tests/receiver/counted_memory.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace leadpulse::testing {
namespace {

std::atomic<size_t> g_held{0};
std::atomic<size_t> g_peak{0};
std::atomic<size_t> g_total{0};

void* Take(size_t bytes) {
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  const size_t taken = malloc_usable_size(memory);
  g_total += taken;
  const size_t held = g_held += taken;
  size_t peak = g_peak;
  while (held > peak && !g_peak.compare_exchange_weak(peak, held)) {
  }
  return memory;
}

void GiveBack(void* memory) {
  if (memory == nullptr) return;
  g_held -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

CountedMemory::CountedMemory() : held_before_(g_held), total_before_(g_total) { g_peak = held_before_; }

MemoryCount CountedMemory::count() const { return {g_peak - held_before_, g_total - total_before_}; }

}  // namespace leadpulse::testing

void* operator new(size_t bytes) { return leadpulse::testing::Take(bytes); }
void* operator new[](size_t bytes) { return leadpulse::testing::Take(bytes); }
void operator delete(void* memory) noexcept { leadpulse::testing::GiveBack(memory); }
void operator delete[](void* memory) noexcept { leadpulse::testing::GiveBack(memory); }
void operator delete(void* memory, size_t) noexcept { leadpulse::testing::GiveBack(memory); }
void operator delete[](void* memory, size_t) noexcept { leadpulse::testing::GiveBack(memory); }
