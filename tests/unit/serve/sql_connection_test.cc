// Statements that a connection keeps: each run is as if it had been prepared for it.
#include "processor/serve/access/sql_connection.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/scratch_directory.h"

namespace leadpulse::access::sql_connection_test {

class SqlConnectionTest : public ::testing::Test {
 protected:
  SqlConnectionTest() {
    std::ofstream(directory_ / "a.db").close();
    sql_ = std::move(*SqlConnection::Open(directory_ / "a.db"));
    EXPECT_TRUE(sql_->RunScript("CREATE TABLE numbers (number INTEGER PRIMARY KEY, name TEXT)").ok());
  }
  Status Insert(int64_t number, const SqlValue& name) {
    return sql_->Run("INSERT INTO numbers VALUES (?, ?)", {number, name});
  }
  std::vector<int64_t> NumbersFrom(int64_t first) {
    return *sql_->Rows<int64_t>("SELECT number FROM numbers WHERE number >= ? ORDER BY number", {first},
                                [](const SqlStatement& row) { return row.Int(0); });
  }

  const testing::ScratchDirectory directory_;
  std::unique_ptr<SqlConnection> sql_;
};

TEST_F(SqlConnectionTest, AStatementHasTheValuesOfItsOwnRun) {
  ASSERT_TRUE(Insert(1, std::string("one")).ok());
  ASSERT_TRUE(Insert(2, nullptr).ok());
  ASSERT_TRUE(Insert(3, std::string("three")).ok());
  EXPECT_EQ(*sql_->Int("SELECT count(*) FROM numbers WHERE name IS NULL"), 1);
  EXPECT_EQ(NumbersFrom(2), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(NumbersFrom(3), (std::vector<int64_t>{3}));
}

TEST_F(SqlConnectionTest, AStatementRunsInsideItself) {
  for (int64_t number = 1; number <= 3; ++number) ASSERT_TRUE(Insert(number, nullptr).ok());
  std::vector<size_t> behind;
  const auto rows = sql_->Rows<int64_t>("SELECT number FROM numbers WHERE number >= ? ORDER BY number", {int64_t{1}},
                                        [&](const SqlStatement& row) {
                                          behind.push_back(NumbersFrom(row.Int(0)).size());
                                          return row.Int(0);
                                        });
  EXPECT_EQ(*rows, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(behind, (std::vector<size_t>{3, 2, 1}));
}

TEST_F(SqlConnectionTest, OneThatFailedRunsAgain) {
  ASSERT_TRUE(Insert(1, nullptr).ok());
  EXPECT_EQ(Insert(1, nullptr).kind(), ErrorKind::kRejected);
  EXPECT_TRUE(Insert(2, nullptr).ok());
  EXPECT_EQ(NumbersFrom(1), (std::vector<int64_t>{1, 2}));
}

// A statement that was not run to its end would hold its snapshot.
TEST_F(SqlConnectionTest, OneThatIsOverSeesWhatCameSince) {
  ASSERT_TRUE(Insert(1, nullptr).ok());
  ASSERT_TRUE(Insert(2, nullptr).ok());
  const auto other = std::move(*SqlConnection::Open(directory_ / "a.db"));
  EXPECT_EQ(*other->Int("SELECT number FROM numbers ORDER BY number DESC"), 2);  // reads one row of two
  ASSERT_TRUE(Insert(3, nullptr).ok());
  EXPECT_EQ(*other->Int("SELECT number FROM numbers ORDER BY number DESC"), 3);
  EXPECT_EQ(*sql_->Int("PRAGMA wal_checkpoint(TRUNCATE)"), 0);  // nobody reads
}

TEST_F(SqlConnectionTest, APragmaHoldsEachTime) {
  for (int turn = 0; turn < 2; ++turn) {
    for (const auto& [pragma, value] :
         {std::pair("PRAGMA synchronous=NORMAL", 1), std::pair("PRAGMA synchronous=FULL", 2)}) {
      ASSERT_TRUE(sql_->Run(pragma).ok());
      EXPECT_EQ(*sql_->Int("PRAGMA synchronous"), value);
    }
  }
}

TEST_F(SqlConnectionTest, ATableMayChangeBetweenTwoRuns) {
  ASSERT_TRUE(Insert(1, nullptr).ok());
  EXPECT_EQ(NumbersFrom(1).size(), 1U);
  ASSERT_TRUE(sql_->RunScript("ALTER TABLE numbers ADD COLUMN more TEXT; CREATE INDEX by_more ON numbers (more)").ok());
  EXPECT_EQ(NumbersFrom(1).size(), 1U);
}

}  // namespace leadpulse::access::sql_connection_test
