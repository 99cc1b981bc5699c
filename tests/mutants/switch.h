// Included by mutated sources only: whether a mutant is on.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

// LEADPULSE_MUTANT is the number of the mutant that is on. LEADPULSE_MUTANTS_REACHED is a file with a byte for each
// mutant; that of a reached one becomes 1.
struct LpMutants {
  long on = 0;
  long count = 0;
  unsigned char* reached = nullptr;

  LpMutants() {
    if (const char* number = std::getenv("LEADPULSE_MUTANT")) on = std::atol(number);
    const char* path = std::getenv("LEADPULSE_MUTANTS_REACHED");
    const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (struct stat status; file >= 0 && fstat(file, &status) == 0) {
      void* mapped = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (mapped != MAP_FAILED) reached = static_cast<unsigned char*>(mapped);
      count = status.st_size;
      close(file);
    }
  }
};

inline bool lp_mutant(long number) {
  static const LpMutants mutants;
  if (mutants.reached != nullptr && number < mutants.count) mutants.reached[number] = 1;
  return number == mutants.on;
}
