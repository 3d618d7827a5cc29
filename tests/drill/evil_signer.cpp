// evil_signer: a signer with a vault of the real program and software that follows no rule (docs/drill.md). Tells what
// happens as JSON lines on stdout, and goes on until it is killed.
//
//   evil_signer recipient DEED HOME PASSPHRASE_FILE READABLE_FILE INVITE
//   evil_signer creator   DEED HOME PASSPHRASE_FILE READABLE_FILE ACCOUNT_FILE RECIPIENT...
//   evil_signer squatter  -    HOME PASSPHRASE_FILE READABLE_FILE INVITE
//   evil_signer seal      -    HOME PASSPHRASE_FILE READABLE_FILE INVITE RECIPIENT FROM_EPOCH TO_EPOCH LINK
#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "drill/creator_deeds.h"
#include "drill/false_offer.h"
#include "drill/recipient_deeds.h"
#include "vault/vault.h"

namespace coterie::drill {
namespace {

// What an error here says of: the test, or the machine.
template <class T>
T must(Result<T> result) {
  if (result) return std::move(result.value());
  std::cerr << "evil_signer: " << result.error().message << std::endl;
  std::exit(1);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

vault::Vault open_vault(const std::string& home, const std::string& passphrase_file) {
  const std::string text = read(passphrase_file);
  const auto line = std::string_view(text).substr(0, text.find('\n'));
  return must(vault::Vault::open(home, Passphrase(SecretBytes::copy_of(line))));
}

template <class Deed>
const Deed& find_deed(const std::vector<Deed>& deeds, const std::string& name) {
  const auto found = std::find_if(deeds.begin(), deeds.end(), [&](const Deed& deed) { return deed.name == name; });
  if (found != deeds.end()) return *found;
  std::cerr << "evil_signer: no deed " << name << std::endl;
  std::exit(1);
}

int run(const std::vector<std::string>& arguments) {
  const std::string& role = arguments.at(0);
  const std::string& deed = arguments.at(1);
  vault::Vault vault = open_vault(arguments.at(2), arguments.at(3));
  session::Store store(vault);
  const session::LocalSigner signer = must(store.signer(std::nullopt));
  Witness witness(arguments.at(4));
  const std::vector<std::string> rest(arguments.begin() + 5, arguments.end());

  session::EventLoop loop;
  if (role == "recipient") {
    EvilRecipient recipient(loop, signer, witness, must(ceremony::Invite::parse(rest.at(0))),
                            find_deed(recipient_deeds(), deed));
    loop.run();
  } else if (role == "creator") {
    EvilCreator creator(loop, signer, witness, must(store.cards({rest.begin() + 1, rest.end()})),
                        SecretBytes::copy_of(read(rest.at(0))), find_deed(creator_deeds(), deed));
    loop.run();
  } else if (role == "squatter") {
    // The same room, with a salt and a roster of its own.
    const auto invite = must(ceremony::Invite::parse(rest.at(0)));
    SystemRandom random;
    const signaling::RoomTerms terms{
        random.draw<RoomSalt>(), {signer.card.sign_key(), invite.creator.sign_key}, std::chrono::minutes(10)};
    const Place place(loop, signer, witness, {invite.host, invite.port, invite.room, terms, {invite.creator}, {}},
                      {[](const SignKey&) {}, [](const SignKey&, const std::string&) {}});
    loop.run();
  } else {
    const auto invite = must(ceremony::Invite::parse(rest.at(0)));
    const ceremony::LinkContext context{invite.room,
                                        invite.creator.sign_key,
                                        must(store.contact(rest.at(1))).sign_key(),
                                        must(Epoch::parse(rest.at(2))),
                                        must(Epoch::parse(rest.at(3))),
                                        must(LinkId::parse(rest.at(4)))};
    witness.tell({{"sealed", seal_false_offer(signer.identity, must(store.contact(rest.at(1))).peer(), context)}});
  }
  return 0;
}

}  // namespace
}  // namespace coterie::drill

int main(int count, char** arguments) {
  return coterie::drill::run({arguments + 1, arguments + count});
}
