// Three signers in one process share an account, each with a vault of its own: three_signers DIRECTORY
#include <coterie/coterie.h>

#include <functional>
#include <future>
#include <iostream>
#include <stdexcept>

template <class T>
T must(coterie::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message + "; " + result.error().hint);
  return std::move(*result);
}

struct Wallet : coterie::Observer {
  std::function<void(const std::string& invite)> hand_out;
  void on_invite(const coterie::InviteEvent& event) override { hand_out(event.invite); }
  // A wallet shows the request to its user. Here everyone agrees, for all signers are contacts (else: code_needed).
  coterie::ConsentAnswer ask_consent(const coterie::ConsentRequest&, std::stop_token) override {
    return {coterie::ConsentAnswer::Choice::accept, {}, {}, {}, {}};
  }
};

int main(int, char** argv) try {
  const coterie::Passphrase passphrase(coterie::SecretBytes::copy_of("ask your user for it"));
  std::vector<coterie::Vault> vaults;
  std::vector<coterie::Card> cards;
  for (const std::string name : {"alice", "bob", "carol"}) {
    vaults.push_back(must(coterie::Vault::create(argv[1] + ("/" + name), passphrase)));
    cards.push_back(must(vaults.back().create_signer(name)).card());
  }
  for (coterie::Vault& vault : vaults) must(vault.add_contacts(cards));

  Wallet wallet;
  std::vector<std::future<coterie::Multisig>> joins;
  wallet.hand_out = [&](const std::string& invite) {  // by any channel; must not block
    for (std::size_t i = 1; i < vaults.size(); ++i) {
      joins.push_back(std::async(std::launch::async, [&wallet, &vault = vaults[i], invite] {
        return must(coterie::join_multisig(vault, invite, {.connection = {.stun = {}}, .observer = &wallet}));
      }));
    }
  };
  const coterie::CreateOptions options{
      .connection = {.stun = {}}, .venue = {.port = 0, .listen = "127.0.0.1"}, .observer = &wallet};
  must(coterie::exchange_shared_state_via_webrtc(must(vaults[0].signer()), {cards[1], cards[2]},
                                                 must(coterie::Account::generate()), {"treasury", 2}, options));
  for (auto& join : joins) join.get();

  for (coterie::Vault& vault : vaults) {
    const coterie::Account account = must(vault.account("treasury"));  // with its secrets: account.reveal()
    std::cout << must(vault.signer()).name() << ' ' << std::get<coterie::AztecPublic>(account.public_part()).address
              << ' ' << must(coterie::verify_certificate(must(vault.certificate("treasury")), vault)).signers.size()
              << " signatures\n";
  }
} catch (const std::exception& error) {
  std::cerr << "three_signers: " << error.what() << '\n';
  return 1;
}
