#include "rtc/connection_report.h"

#include <gtest/gtest.h>

#include "rtc/candidate.h"

namespace coterie::rtc {
namespace {

Candidate candidate(Candidate::Type type, const char* address) {
  Candidate made;
  made.type = type;
  made.address = *IpAddress::parse(address);
  return made;
}

TEST(ConnectionReportTest, PairsAreOfOneAddressFamily) {
  const std::vector<Candidate> local{candidate(Candidate::Type::host, "192.168.1.2"),
                                     candidate(Candidate::Type::host, "2001:db8::2"),
                                     candidate(Candidate::Type::srflx, "198.51.100.7")};
  const std::vector<Candidate> remote{candidate(Candidate::Type::host, "10.0.0.2"),
                                      candidate(Candidate::Type::relay, "203.0.113.9")};
  ConnectionReport report;
  count_candidates(report, local, remote);
  const CandidateCounts own{{CandidateType::host, 2}, {CandidateType::srflx, 1}};
  const PairCounts pairs{{{CandidateType::host, CandidateType::host}, 1},
                         {{CandidateType::host, CandidateType::relay}, 1},
                         {{CandidateType::srflx, CandidateType::host}, 1},
                         {{CandidateType::srflx, CandidateType::relay}, 1}};
  EXPECT_EQ(report.local, own);
  EXPECT_EQ(report.pairs, pairs);
  EXPECT_TRUE(report.local_ipv6);
  EXPECT_FALSE(report.remote_is_private);
}

TEST(ConnectionReportTest, NoPairIsBetweenTwoFamilies) {
  ConnectionReport report;
  count_candidates(report, {candidate(Candidate::Type::host, "2001:db8::2")},
                   {candidate(Candidate::Type::host, "10.0.0.2")});
  EXPECT_TRUE(report.pairs.empty());
  EXPECT_TRUE(report.remote_is_private);
}

TEST(ConnectionReportTest, ThatNothingWasToldIsNotThatItIsPrivate) {
  ConnectionReport report;
  count_candidates(report, {candidate(Candidate::Type::host, "10.0.0.2")}, {});
  EXPECT_FALSE(report.remote_is_private);
}

}  // namespace
}  // namespace coterie::rtc
