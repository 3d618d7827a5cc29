// A wallet that creates a multisig with contacts of its vault, and shows how it goes. The others join with `coterie
// multisig join`: embedded_creator HOME PASSPHRASE_FILE NAME THRESHOLD SIGNER...
#include <coterie/coterie.h>

#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <iostream>
#include <thread>

namespace {

// Called on the thread of create_multisig: copies what it needs and returns at once.
class Screen : public coterie::Observer {
 public:
  void on_invite(const coterie::InviteEvent& event) override {
    std::cout << "invite " << event.invite << "\ncode " << event.verification_code << std::endl;
  }
  void on_peer(const coterie::PeerEvent& event) override {
    // A name of a contact: checked when its card was accepted, but it may be in any script.
    std::cout << "peer " << event.name << ' ' << coterie::to_string(event.state) << std::endl;
  }
  void on_notice(const std::string& line) override { std::cerr << line << std::endl; }
  void on_multisig(const coterie::Multisig& multisig) override {
    std::cout << "recorded " << multisig.name << ' ' << coterie::to_string(multisig.status) << std::endl;
  }
};

int fail(const coterie::Error& error) {
  std::cerr << "error: " << error.message << "\nhint: " << error.hint << '\n';
  return error.kind == coterie::ErrorKind::pending ? 6 : 1;
}

// Ctrl-C ends the creation in order: what is recorded stays pending, and the same call goes on with it.
std::stop_token stop_on_interrupt() {
  static std::stop_source source;
  static sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_BLOCK, &interrupt, nullptr);
  std::thread([] {
    int signal = 0;
    sigwait(&interrupt, &signal);
    source.request_stop();
  }).detach();
  return source.get_token();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: embedded_creator HOME PASSPHRASE_FILE NAME THRESHOLD SIGNER...\n";
    return 2;
  }
  std::ifstream file(argv[2], std::ios::binary);
  coterie::SecretBytes typed(256);
  file.getline(reinterpret_cast<char*>(typed.data()), static_cast<std::streamsize>(typed.size()));
  typed.truncate(file.gcount() > 0 ? static_cast<std::size_t>(file.gcount()) - (file.eof() ? 0 : 1) : 0);
  auto vault = coterie::Vault::open(argv[1], coterie::Passphrase(std::move(typed)));
  if (!vault) return fail(vault.error());

  Screen screen;
  coterie::CreateOptions options;
  options.connection.stun.clear();
  options.venue.listen = "127.0.0.1";
  options.venue.port = 0;
  options.observer = &screen;
  options.stop = stop_on_interrupt();
  int threshold = 0;  // stays 0, which is refused, when the argument is no number
  std::from_chars(argv[4], argv[4] + std::strlen(argv[4]), threshold);
  const auto multisig = coterie::create_multisig(*vault, {argv + 5, argv + argc}, threshold, argv[3], options);
  if (!multisig) return fail(multisig.error());
  std::cout << "address " << std::get<coterie::AztecPublic>(multisig->account).address << std::endl;
  return 0;
}
