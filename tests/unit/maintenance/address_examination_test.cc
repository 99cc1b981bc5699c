// Leads and mailboxes that disagree: found, and repaired if one of the two is known to be right.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/maintenance/examined_state.h"

namespace leadpulse::maintenance::address_examination_test {

using state::RowFamily;
using ::testing::AllOf;
using testing::AppendToFile;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadWholeFile;
using testing::StateTampering;

std::string SetEmail(const std::string& lead, const std::string& address) {
  return R"({"command":{"tenantId":"acme","leadId":")" + lead + R"(","commandId":"email-)" + lead +
         R"(","issuedAt":"2026-03-10T10:00:00Z","updateProfile":{"set":{"email":")" + address + "\"}}}}\n";
}

// crm-1 and crm-2 use ann@x.example; crm-1 unsubscribed. crm-3 uses bob@x.example.
class SharedAddresses : public ExaminedState {
 protected:
  SharedAddresses() {
    AppendToFile(directory_ / "a.jsonl", SetEmail("crm-1", "ann@x.example") + SetEmail("crm-2", "ann@x.example") +
                                             SetEmail("crm-3", "bob@x.example") +
                                             Event("ann@x.example", "OPEN", "a1", 11) +
                                             Event("crm-1", "UNSUBSCRIBE", "u1", 12));
    Run(kDefinitions);
  }
};

TEST_F(SharedAddresses, AgreeAfterARun) {
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  EXPECT_EQ(facts_.mailboxes, 2u);
}

TEST_F(SharedAddresses, AMailboxThatForgotItsUsersGetsThemBackWithTheirOptOuts) {
  Change("ann@x.example", [](state::Lead* mailbox) { mailbox->identity->leads.clear(); });
  EXPECT_EQ(Check(), (Kinds{{"forgotten_user", 2}}));
  EXPECT_THAT(texts_, HasSubstr("lead \"crm-1\" of tenant \"acme\" uses the mailbox \"ann@x.example\", which does not "
                                "have it among its users"));
  ExpectMended({{"forgotten_user", 2}});
  // The next report reaches both again.
  AppendToFile(directory_ / "a.jsonl", Event("ann@x.example", "COMPLAINT", "a2", 13));
  Run(kDefinitions);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  const std::string changes = ReadWholeFile(directory_ / "out/changes.jsonl");
  for (const char* lead : {"crm-1", "crm-2"}) {
    EXPECT_THAT(changes, HasSubstr("\"leadId\":\"" + std::string(lead) + "\",\"seq\":\"4\""));
  }
}

TEST_F(SharedAddresses, ALeadThatUsesNoMailboxIsTakenOutOfIt) {
  Change("ann@x.example", [](state::Lead* mailbox) {
    mailbox->identity->leads["nobody"].uses = true;
    mailbox->identity->leads["crm-3"].uses = true;
  });
  EXPECT_EQ(Check(), (Kinds{{"unknown_user", 2}}));
  EXPECT_THAT(texts_, AllOf(HasSubstr("lead \"ann@x.example\" of tenant \"acme\" has lead \"nobody\" among its users"),
                            HasSubstr("has lead \"crm-3\" among its users, which does not use it")));
  ExpectMended({{"unknown_user", 2}});
}

TEST_F(SharedAddresses, AMailboxTakesTheOptOutsOfALeadFromTheLead) {
  Change("ann@x.example", [](state::Lead* mailbox) { mailbox->identity->leads["crm-1"].facts = {}; });
  EXPECT_EQ(Check(), (Kinds{{"wrong_user_facts", 1}}));
  EXPECT_THAT(texts_, HasSubstr("lead \"crm-1\" of tenant \"acme\" has other opt-outs than the mailbox"));
  ExpectMended({{"wrong_user_facts", 1}});
}

TEST_F(SharedAddresses, ALeadThatLacksTheOptOutOfItsAddressIsPublishedByTheNextRun) {
  Change("crm-2", [](state::Lead* lead) {
    ASSERT_EQ(lead->view.email_status, EmailStatus::kUnsubscribed);
    lead->identity->standing = {};
    lead->view.email_status = EmailStatus::kActive;
    lead->view.sendable = true;
  });
  ExpectLeft({{"wrong_standing", 1}});
  EXPECT_THAT(texts_, HasSubstr("does not have the opt-outs that the mailbox \"ann@x.example\" has of others"));
  ExpectMended({{"wrong_standing", 1}}, {.reevaluate = true});
  const size_t before = ReadWholeFile(directory_ / "out/changes.jsonl").size();
  Run(kDefinitions);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
  const std::string added = ReadWholeFile(directory_ / "out/changes.jsonl").substr(before);
  EXPECT_THAT(added, AllOf(HasSubstr("\"crm-2\""), HasSubstr("\"to\":\"unsubscribed\"")));
}

TEST_F(SharedAddresses, AWrongStandingAndAWrongViewOfOneLeadAreMendedTogether) {
  Change("crm-2", [](state::Lead* lead) { lead->identity->standing = {}; });
  ExpectMended({{"wrong_standing", 1}, {"wrong_view", 1}}, {.reevaluate = true});
  Run(kDefinitions);
  EXPECT_THAT(Check(), IsEmpty()) << texts_;
}

TEST_F(SharedAddresses, AMailboxThatIsGoneCannotBeMended) {
  {
    StateTampering state(State());
    for (const StateTampering::Row& row : state.RowsOf(RowFamily::kLeads)) {
      if (StateTampering::Decode(row).key.lead == "ann@x.example") state.Delete(RowFamily::kLeads, row.key);
    }
  }
  ExpectLeft({{"missing_mailbox", 2}});
  EXPECT_THAT(texts_, HasSubstr("uses the mailbox \"ann@x.example\", which the state does not hold: what was sent for "
                                "the address is lost"));
}

}  // namespace leadpulse::maintenance::address_examination_test
