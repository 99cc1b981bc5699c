// The audit log: its chain stays valid, even after erasures, and every change of it is found.
#include "processor/serve/access/audit_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "tests/support/file_content.h"
#include "tests/unit/serve/access_directory.h"

namespace leadpulse::access::audit_log_test {

using ::testing::HasSubstr;
using ::testing::Not;

class AuditLogTest : public ::testing::Test {
 protected:
  // Appends a line about an edit by kim. The log's first line is that of the admin.
  void Append(const std::string& lead, const std::string& tenant = "acme") {
    ASSERT_TRUE(files_.audit->Append({kNow, "kim", tenant, "lead.edit", lead, "done"}).ok());
  }
  void Erase(const std::string& lead, const std::string& tenant = "acme") {
    files_.Change([&](const Transaction& transaction) {
      return files_.audit->EraseSubject({kNow, "kim", tenant, "", lead, "done"}, kNow, /*if_known=*/false, transaction);
    });
  }
  // Returns the first line that does not match; 0 if all do.
  int64_t FirstWrong() {
    const auto report = files_.audit->CheckChain();
    EXPECT_TRUE(report.ok());
    return report->problem ? report->problem->number : 0;
  }
  int64_t FirstWrongAfter(const std::string& sql) {
    files_.Tamper(sql);
    return FirstWrong();
  }
  AccessDirectory files_;
};

TEST_F(AuditLogTest, LinesAreNumberedAndRead) {
  for (const char* lead : {"ada", "bob", "cyd"}) Append(lead);
  Append("eve", "other");
  EXPECT_EQ(FirstWrong(), 0);
  EXPECT_EQ(files_.audit->CheckChain()->lines, 5);
  const auto lines = files_.audit->Lines({.tenant = "acme"}, 4, 2);
  ASSERT_EQ(lines->size(), 2U);
  EXPECT_EQ(lines->front().number, 3);
  EXPECT_EQ(lines->front().entry.subject, "bob");
  EXPECT_EQ(lines->back().entry.subject, "ada");
  EXPECT_EQ(files_.audit->Lines({}, 100, 100)->size(), 5U);
}

TEST_F(AuditLogTest, EveryColumnIsCovered) {
  for (const char* lead : {"ada", "bob", "cyd"}) Append(lead);
  for (const char* change : {"at_ms = at_ms + 1", "who = 'lee'", "tenant = 'other'", "action = 'lead.erase'",
                             "subject = 'eve'", "subject = NULL", "subject = ''", "subject_hash = zeroblob(32)",
                             "outcome = 'refused'", "chain = zeroblob(32)"}) {
    const std::string set = std::string("UPDATE audit SET ") + change + " WHERE number = 3";
    files_.Tamper("CREATE TABLE before AS SELECT * FROM audit");
    EXPECT_EQ(FirstWrongAfter(set), 3) << change;
    files_.Tamper("DELETE FROM audit; INSERT INTO audit SELECT * FROM before; DROP TABLE before");
    ASSERT_EQ(FirstWrong(), 0) << change;
  }
  EXPECT_EQ(FirstWrongAfter("UPDATE audit SET number = 9 WHERE number = 3"), 3);
}

TEST_F(AuditLogTest, RemovedAddedAndMovedLinesAreFound) {
  for (const char* lead : {"ada", "bob", "cyd"}) Append(lead);
  files_.Tamper("CREATE TABLE before AS SELECT * FROM audit; CREATE TABLE head AS SELECT * FROM audit_head");
  const auto tampered = [&](const std::string& sql) {
    const int64_t wrong = FirstWrongAfter(sql);
    files_.Tamper(
        "DELETE FROM audit; INSERT INTO audit SELECT * FROM before;"
        "DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM head");
    return wrong;
  };
  EXPECT_EQ(tampered("DELETE FROM audit WHERE number = 2"), 2);
  EXPECT_EQ(tampered("DELETE FROM audit WHERE number = 1"), 1);
  EXPECT_EQ(tampered("DELETE FROM audit WHERE number = 4"), 4);
  EXPECT_EQ(tampered("DELETE FROM audit"), 1);
  EXPECT_EQ(tampered("DELETE FROM audit; DELETE FROM audit_head"), 1);
  EXPECT_EQ(tampered("DELETE FROM audit WHERE number = 2; UPDATE audit SET number = number - 1 WHERE number > 2"), 2);
  EXPECT_EQ(tampered("UPDATE audit SET number = -3 WHERE number = 2; UPDATE audit SET number = 2 WHERE number = 3;"
                     "UPDATE audit SET number = 3 WHERE number = -3"),
            2);
  EXPECT_EQ(tampered("INSERT INTO audit SELECT -5, at_ms, who, tenant, action, subject, subject_hash, outcome, chain "
                     "FROM audit WHERE number = 1"),
            -5);
  EXPECT_EQ(tampered("INSERT INTO audit SELECT 5, at_ms, who, tenant, action, subject, subject_hash, outcome, chain "
                     "FROM audit WHERE number = 4"),
            5);
  EXPECT_EQ(tampered("DELETE FROM audit WHERE number = 4; UPDATE audit_head SET lines = 3"), 4);
  EXPECT_EQ(tampered("UPDATE audit_head SET seal = zeroblob(32)"), 5);
  EXPECT_EQ(tampered("DELETE FROM audit_head"), 5);
  EXPECT_EQ(FirstWrong(), 0);
}

TEST_F(AuditLogTest, ALogThatWasChangedTakesNoMoreLines) {
  Append("ada");
  files_.Tamper("DELETE FROM audit WHERE number = 2");
  const Status refused = files_.audit->Append({kNow, "kim", "acme", "lead.edit", "bob", "done"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.kind(), ErrorKind::kFatal);
  EXPECT_THAT(refused.message(), HasSubstr("serve audit check"));
}

TEST_F(AuditLogTest, AnErasureRemovesTheSubjectAndKeepsTheChain) {
  Append("ada@example.com");
  Append("bob");
  Append("ada@example.com", "other");
  Append("ada@example.com");
  Erase("ada@example.com");
  EXPECT_EQ(FirstWrong(), 0);
  const auto lines = files_.audit->Lines({.tenant = "acme"}, 100, 100);
  ASSERT_EQ(lines->size(), 5U);
  EXPECT_EQ((*lines)[0].entry.action, kSubjectErased);
  for (const size_t erased : {0, 1, 3}) {
    EXPECT_TRUE((*lines)[erased].erased);
    EXPECT_EQ((*lines)[erased].entry.subject, "");
    EXPECT_EQ((*lines)[erased].subject_hash, (*lines)[0].subject_hash);
  }
  EXPECT_EQ((*lines)[2].entry.subject, "bob");
  EXPECT_EQ(files_.audit->Lines({.tenant = "other"}, 100, 1)->front().entry.subject, "ada@example.com");
  Append("ada@example.com");  // a new lead with the same id
  EXPECT_EQ(FirstWrong(), 0);
  EXPECT_EQ(FirstWrongAfter("UPDATE audit SET subject = NULL WHERE number = 7"), 7);
}

TEST_F(AuditLogTest, AnErasedSubjectIsInNoFile) {
  for (int i = 0; i < 200; ++i) Append("ada@example.com");
  Erase("ada@example.com");
  for (const auto& entry : std::filesystem::directory_iterator(files_.path())) {
    const std::string bytes = testing::ReadWholeFile(entry.path());
    EXPECT_THAT(bytes, Not(HasSubstr("ada@example"))) << entry.path();
  }
}

TEST_F(AuditLogTest, TextsThatWouldReadDifferentlyAreRefused) {
  for (const std::string& text : {std::string("a\0b", 3), std::string("\xff"), std::string((1 << 20) + 1, 'x')}) {
    EXPECT_FALSE(files_.audit->Append({kNow, "kim", "acme", "lead.edit", text, "done"}).ok());
  }
  EXPECT_EQ(FirstWrong(), 0);
}

TEST_F(AuditLogTest, FieldsDoNotRunIntoEachOther) {
  ASSERT_TRUE(files_.audit->Append({kNow, "ab", "c", "d", "e", "f"}).ok());
  Erase("e", "c");  // afterwards only the chain covers the tenant
  EXPECT_EQ(FirstWrongAfter("UPDATE audit SET who = 'a', tenant = 'bc' WHERE number = 2"), 2);
}

// Random appends and erasures keep the chain valid, and a change of any byte of any column is found.
TEST_F(AuditLogTest, RandomHistoriesStayWholeAndAnyChangedByteIsFound) {
  std::mt19937 random(7);
  const auto below = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
  for (int i = 0; i < 120; ++i) {
    const std::string lead = "lead" + std::to_string(below(6));
    below(5) == 0 ? Erase(lead) : Append(lead);
    if (i % 20 == 0) {
      files_.Open();
      ASSERT_EQ(FirstWrong(), 0) << i;
    }
  }
  ASSERT_EQ(FirstWrong(), 0);
  files_.Tamper("CREATE TABLE before AS SELECT * FROM audit");
  const std::vector<std::string> columns = {"who", "tenant", "action", "subject", "subject_hash", "outcome", "chain"};
  for (int i = 0; i < 150; ++i) {
    const std::string& column = columns[static_cast<size_t>(below(static_cast<int>(columns.size())))];
    const std::string number = std::to_string(1 + below(121));
    const bool blob = column == "chain" || column == "subject_hash";
    // SQLite 3.40 has no unhex: joins the parts around the byte.
    const std::string index = "1 + abs(" + std::to_string(below(1'000)) + " % length(" + column + "))";
    const std::string joined = "CAST(substr(" + column + ", 1, " + index + " - 1) || CASE WHEN substr(" + column +
                               ", " + index + ", 1) IN ('A', x'41') THEN " + (blob ? "x'42'" : "'B'") + " ELSE " +
                               (blob ? "x'41'" : "'A'") + " END || substr(" + column + ", " + index + " + 1) AS " +
                               (blob ? "BLOB" : "TEXT") + ")";
    files_.Tamper("UPDATE audit SET " + column + " = " + joined + " WHERE number = " + number + " AND " + column +
                  " IS NOT NULL");
    const auto was_null =
        files_.database->Read().sql().Int("SELECT count(*) FROM audit WHERE subject IS NULL AND number = " + number);
    if (column != "subject" || *was_null == 0) {
      EXPECT_EQ(FirstWrong(), std::stoll(number)) << column;
    }
    files_.Tamper("DELETE FROM audit; INSERT INTO audit SELECT * FROM before");
  }
  EXPECT_EQ(FirstWrong(), 0);
}

}  // namespace leadpulse::access::audit_log_test
