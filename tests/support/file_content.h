// Whole files, read and written by tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace leadpulse::testing {

// Returns the content of a file; empty if there is no such file.
inline std::string ReadWholeFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void WriteFile(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}
inline void AppendToFile(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::app) << bytes;
}

// Flips one bit of the byte at `at`. Done twice, the file is as before.
inline void FlipByte(const std::filesystem::path& path, uintmax_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get() ^ 1);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

}  // namespace leadpulse::testing
