// Runs a fuzz target once over each file of the given folders, as libFuzzer's own main does, but with every compiler.
// Prints each file's name before it runs, so that the last name is that of the file that failed.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<std::filesystem::path> FilesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  if (std::filesystem::is_regular_file(folder)) return {folder};
  if (!std::filesystem::is_directory(folder)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void RunOn(const std::filesystem::path& file) {
  std::printf("%s\n", file.c_str());
  std::fflush(stdout);
  std::ifstream stream(file, std::ios::binary);
  // The vector has exactly this size, so that the sanitizer sees a read after its end.
  std::vector<uint8_t> bytes(std::filesystem::file_size(file));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) {
  LLVMFuzzerTestOneInput(nullptr, 0);
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::filesystem::path> files = FilesIn(argv[i]);
    if (files.empty()) {
      std::fprintf(stderr, "%s holds no inputs: name a file or a folder with some, as build/release/fuzz/seeds/NAME\n",
                   argv[i]);
      return 1;
    }
    for (const std::filesystem::path& file : files) RunOn(file);
    std::printf("%zu inputs of %s\n", files.size(), argv[i]);
  }
  return 0;
}
