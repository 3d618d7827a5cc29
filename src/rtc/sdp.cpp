#include "rtc/sdp.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <utility>

#include "rtc/sdp_grammar.h"

namespace coterie::rtc::sdp {

namespace {

constexpr std::size_t kMaxLines = 512;
constexpr std::size_t kMaxCandidates = 64;  // lines looked at; far fewer are used

Error malformed(std::string_view what) {
  return refused_error(fmt::format("the other side's session description is not usable: {}", what));
}

const char* setup_name(Setup setup) {
  switch (setup) {
    case Setup::actpass:
      return "actpass";
    case Setup::active:
      return "active";
    case Setup::passive:
      return "passive";
  }
  return "";
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_mid(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
  });
}

// Reads the lines one by one; remembers the first problem.
class Reader {
 public:
  explicit Reader(SessionDescription::Type type) : type_(type) {}

  void read_line(std::string_view line);
  Result<Description> finish();

 private:
  void read_media(std::string_view value);
  void read_attribute(std::string_view attribute);
  void read_fingerprint(std::string_view value);
  void read_setup(std::string_view value);
  void fail(std::string_view what) {
    if (problem_.empty()) problem_ = what;
  }
  // Session-level values hold for the section, too, so both levels together may give a value once.
  void read_once(std::string& field, std::string_view value, std::string_view name) {
    if (!field.empty()) return fail(fmt::format("{} stands twice", name));
    field = value;
  }

  SessionDescription::Type type_;
  Description description_;
  std::string problem_;
  std::string mid_;
  std::size_t lines_ = 0;
  std::size_t sections_ = 0;
  std::size_t fingerprints_ = 0;  // sha-256 ones
  std::optional<Setup> setup_;
  bool has_port_ = false;
  bool has_max_message_size_ = false;
};

void Reader::read_line(std::string_view line) {
  if (++lines_ > kMaxLines) return fail("too many lines");
  if (line.size() < 2 || line[1] != '=' || !is_line(line)) return fail("malformed line");
  if (lines_ == 1 && line != "v=0") return fail("it does not begin with v=0");
  if (line[0] == 'm') read_media(line.substr(2));
  if (line[0] == 'a') read_attribute(line.substr(2));
}

void Reader::read_media(std::string_view value) {
  if (++sections_ > 1) return fail("more than one m= section");
  const auto fields = split(value, ' ');
  if (fields.size() != 4 || fields[0] != "application" || fields[3] != "webrtc-datachannel" ||
      (fields[2] != "UDP/DTLS/SCTP" && fields[2] != "TCP/DTLS/SCTP")) {
    return fail("its m= section is not one of data channels");
  }
  const auto port = parse_number<std::uint16_t>(fields[1]);
  // RFC 3264 §6: port 0 rejects the section.
  if (!port || *port == 0) return fail("its m= section has no port");
}

void Reader::read_attribute(std::string_view attribute) {
  const std::size_t colon = attribute.find(':');
  const std::string_view name = attribute.substr(0, colon);
  const std::string_view value = colon == attribute.npos ? std::string_view() : attribute.substr(colon + 1);
  if (name == "ice-ufrag") {
    if (value.size() < 4 || value.size() > 256 || !is_ice_chars(value)) return fail("ice-ufrag");
    read_once(description_.ice_ufrag, value, name);
  } else if (name == "ice-pwd") {
    if (value.size() < 22 || value.size() > 256 || !is_ice_chars(value)) return fail("ice-pwd");
    read_once(description_.ice_pwd, value, name);
  } else if (name == "fingerprint") {
    read_fingerprint(value);
  } else if (name == "setup") {
    read_setup(value);
  } else if (name == "mid") {
    if (!is_mid(value)) return fail("mid");
    read_once(mid_, value, name);
  } else if (name == "sctp-port") {
    const auto port = parse_number<std::uint16_t>(value);
    if (!port || *port == 0 || std::exchange(has_port_, true)) return fail("sctp-port");
    description_.sctp_port = *port;
  } else if (name == "max-message-size") {
    const auto size = parse_number<std::uint64_t>(value);
    if (!size || std::exchange(has_max_message_size_, true)) return fail("max-message-size");
    description_.max_message_bytes = *size;
  } else if (name == "candidate") {
    if (description_.candidates.size() < kMaxCandidates) description_.candidates.emplace_back(attribute);
  } else if (name == "end-of-candidates") {
    description_.end_of_candidates = true;
  }
}

void Reader::read_fingerprint(std::string_view value) {
  const std::size_t space = value.find(' ');
  // RFC 8122 §5: hash names are case-insensitive.
  if (space == value.npos || !equal_ignoring_case(value.substr(0, space), "sha-256")) return;
  const auto fingerprint = Fingerprint::parse(value.substr(space + 1));
  if (!fingerprint) return fail("malformed fingerprint");
  ++fingerprints_;
  description_.fingerprint = *fingerprint;
}

void Reader::read_setup(std::string_view value) {
  if (setup_) return fail("setup stands twice");
  for (const Setup setup : {Setup::actpass, Setup::active, Setup::passive}) {
    if (value == setup_name(setup)) setup_ = setup;
  }
  if (!setup_) fail("setup");
}

Result<Description> Reader::finish() {
  if (problem_.empty() && sections_ != 1) fail("it has no m= section");
  if (problem_.empty() && description_.ice_ufrag.empty()) fail("it has no ice-ufrag");
  if (problem_.empty() && description_.ice_pwd.empty()) fail("it has no ice-pwd");
  if (problem_.empty() && fingerprints_ != 1) {
    fail(fmt::format("it has {} sha-256 fingerprints, not one", fingerprints_));
  }
  // RFC 8842 §5.3: an answer decides who is client.
  if (problem_.empty() && (!setup_ || (type_ == SessionDescription::Type::answer && *setup_ == Setup::actpass))) {
    fail("it does not say who is DTLS client (setup)");
  }
  if (!problem_.empty()) return malformed(problem_);
  description_.setup = *setup_;
  description_.mid = mid_;
  return description_;
}

}  // namespace

std::string serialize(const Description& description, std::uint64_t session_id) {
  std::string text = fmt::format(
      "v=0\r\n"
      "o=- {} 2 IN IP4 127.0.0.1\r\n"
      "s=-\r\n"
      "t=0 0\r\n",
      session_id);
  if (!description.mid.empty()) text += fmt::format("a=group:BUNDLE {}\r\n", description.mid);
  text +=
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
      "c=IN IP4 0.0.0.0\r\n";
  if (!description.mid.empty()) text += fmt::format("a=mid:{}\r\n", description.mid);
  text += fmt::format(
      "a=ice-ufrag:{}\r\n"
      "a=ice-pwd:{}\r\n"
      "a=ice-options:trickle\r\n"
      "a=fingerprint:sha-256 {}\r\n"
      "a=setup:{}\r\n"
      "a=sctp-port:{}\r\n"
      "a=max-message-size:{}\r\n",
      description.ice_ufrag, description.ice_pwd, description.fingerprint.serialize(), setup_name(description.setup),
      description.sctp_port, description.max_message_bytes);
  for (const std::string& candidate : description.candidates) text += fmt::format("a={}\r\n", candidate);
  if (description.end_of_candidates) text += "a=end-of-candidates\r\n";
  return text;
}

Result<Description> parse(const SessionDescription& description) {
  std::string_view text = description.sdp;
  if (text.size() > kMaxSdpBytes) return malformed(fmt::format("longer than {} bytes", kMaxSdpBytes));
  Reader reader(description.type);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    // RFC 8866 §5: CRLF, or a bare LF. A CR elsewhere is a control character, refused with its line.
    if (end != text.npos && line.ends_with('\r')) line.remove_suffix(1);
    reader.read_line(line);
    if (end == text.npos) break;
    text.remove_prefix(end + 1);
  }
  return reader.finish();
}

}  // namespace coterie::rtc::sdp
