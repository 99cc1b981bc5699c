#include "state/rocksdb/rocksdb_table_keys.h"

#include <rocksdb/options.h>

#include <utility>

#include "state/rocksdb/rocksdb_options.h"

namespace leadpulse::state {
namespace {

constexpr size_t kLongestKey = 8 << 10;  // bytes; far beyond any row's

using RowIterator = std::unique_ptr<rocksdb::Iterator>;

RowIterator RowsFrom(rocksdb::SstFileReader* reader, const std::string& key) {
  RowIterator rows(reader->NewIterator(rocksdb::ReadOptions()));
  rows->Seek(key);
  return rows;
}

// Moves to the rows after the damage that follows `reached`. An iterator cannot step over an unreadable block, but it
// can seek: within the block that is an error, after it not. The end of the block, the greatest key with an error, is
// found byte by byte. An iterator may keep an error, so each seek uses a new one.
RowIterator RowsBehindDamage(rocksdb::SstFileReader* reader, const std::string& reached) {
  const auto damaged = [&](const std::string& key) { return key <= reached || !RowsFrom(reader, key)->status().ok(); };
  std::string end;
  while (damaged(end + '\0') && end.size() < kLongestKey) {
    int low = 0, high = 256;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      if (damaged(end + static_cast<char>(middle))) {
        low = middle;
      } else {
        high = middle;
      }
    }
    end += static_cast<char>(low);
  }
  return RowsFrom(reader, end + '\0');
}

}  // namespace

TableKeys::TableKeys(const std::vector<std::string>& paths, const std::optional<std::string>& after) {
  for (const std::string& path : paths) {
    Table table;
    rocksdb::Options options;
    options.merge_operator = RowAppends();
    table.reader = std::make_unique<rocksdb::SstFileReader>(options);
    if (!table.reader->Open(path).ok()) continue;
    table.rows = RowsFrom(table.reader.get(), after ? *after + '\0' : "");
    PassOverDamage(after.value_or(""), &table);
    tables_.push_back(std::move(table));
  }
}

void TableKeys::PassOverDamage(const std::string& reached, Table* table) {
  if (!table->rows->status().ok()) table->rows = RowsBehindDamage(table->reader.get(), reached);
}

std::optional<std::string> TableKeys::Next() {
  std::optional<std::string> least;
  for (const Table& table : tables_) {
    if (!table.rows->Valid()) continue;
    if (!least || table.rows->key().compare(*least) < 0) least = table.rows->key().ToString();
  }
  for (Table& table : tables_) {
    if (!least || !table.rows->Valid() || table.rows->key() != *least) continue;
    table.rows->Next();
    PassOverDamage(*least, &table);
  }
  return least;
}

}  // namespace leadpulse::state
